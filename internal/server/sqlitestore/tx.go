package sqlitestore

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/server"
	"dongbo/schema"
)

// tx is one transaction on one connection.
type tx struct {
	s      *Store
	c      *regsql.Conn
	writes bool
	refs   map[change.ID]int64 // given out in this transaction
	names  map[change.ID]int64
}

func (t *tx) Ref(name change.ID) (change.Ref, error) {
	if name.IsZero() {
		return 0, nil
	}
	no, err := t.s.refs.lookUp(t.c, name, &t.refs, t.writes)
	return change.Ref(no), err
}

// Name gives a writer's name. Every ref in the file is in its dictionary; a
// zero name could only come from a damaged file and shows as a wrong digest.
func (t *tx) Name(ref change.Ref) change.ID {
	if ref == 0 {
		return change.ID{}
	}
	id, _ := t.s.refs.name(t.c, int64(ref), t.refs)
	if !t.writes && !id.IsZero() {
		t.s.refs.put(int64(ref), id)
	}
	return id
}

func (t *tx) Announce() error {
	return t.c.Exec("UPDATE srv_state SET generation = generation + 1")
}

func (t *tx) Setting(key string) ([]byte, error) {
	row, err := t.c.One("SELECT value FROM srv_setting WHERE key = ?", key)
	if err != nil || row == nil {
		return nil, err
	}
	return regsql.BytesOf(row[0]), nil
}

func (t *tx) SetSetting(key string, value []byte) error {
	return t.c.Exec("INSERT INTO srv_setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, nonNil(value))
}

// nonNil keeps an empty BLOB from becoming NULL.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func (t *tx) Row(table *schema.Table, id change.ID) (*merge.Row, error) {
	r, _, err := t.c.Load(table, id)
	return r, err
}

func (t *tx) RowByBirth(table *schema.Table, b change.Birth) (*merge.Row, error) {
	r, _, err := t.c.LoadByBirth(table, b)
	return r, err
}

func (t *tx) SaveRow(r *merge.Row, touched []uint16) error {
	place, err := t.place(r)
	if err != nil {
		return err
	}
	return t.c.Save(r, place, touched)
}

// place finds where a row stands, without reading it.
func (t *tx) place(r *merge.Row) (regsql.Place, error) {
	n, err := t.c.Int("SELECT 1 FROM "+r.Table.Name+" WHERE id = ?", r.ID)
	if err != nil || n == 1 {
		return regsql.InTable, err
	}
	n, err = t.c.Int("SELECT 1 FROM sync_gone WHERE tbl = ? AND id = ?", r.Table.No, r.ID)
	if n == 1 {
		return regsql.Gone, err
	}
	return regsql.Nowhere, err
}

func (t *tx) Rows(table *schema.Table, f func(*merge.Row) error) error {
	if err := t.scan(table, "1", nil, f); err != nil {
		return err
	}
	return t.scanGone("SELECT state FROM sync_gone WHERE tbl = ?", []any{table.No}, f)
}

func (t *tx) RowsOf(table *schema.Table, unit change.ID, f func(*merge.Row) error) error {
	if err := t.scan(table, table.Scope+" = ?", []any{unit}, f); err != nil {
		return err
	}
	return t.scanGone("SELECT state FROM sync_gone WHERE unit = ? AND tbl = ?", []any{unit, table.No}, f)
}

func (t *tx) RowsBy(table *schema.Table, column string, id change.ID, f func(*merge.Row) error) error {
	c := table.Column(column)
	if c == nil || c.Type != schema.ID {
		return fmt.Errorf("sqlitestore: %s has no id column %s", table.Name, column)
	}
	return t.scan(table, column+" = ? ORDER BY id", []any{id}, f)
}

func (t *tx) scan(table *schema.Table, where string, args []any, f func(*merge.Row) error) error {
	return t.c.Each(regsql.SelectRows(table)+where, args, func(v []driver.Value) error {
		r, err := regsql.Scan(table, v)
		if err != nil {
			return err
		}
		return f(r)
	})
}

func (t *tx) scanGone(query string, args []any, f func(*merge.Row) error) error {
	return t.c.Each(query, args, func(v []driver.Value) error {
		r, err := merge.DecodeRow(slices.Clone(regsql.BytesOf(v[0])))
		if err != nil {
			return err
		}
		return f(r)
	})
}

func (t *tx) Unit(id change.ID) (u server.Unit, err error) {
	row, err := t.c.One("SELECT own, published, reshaped FROM srv_unit WHERE id = ?", id)
	if err != nil || row == nil {
		return u, err
	}
	u.Own, u.Published = sumsOf(row[0]), sumsOf(row[1])
	u.Reshaped = uint64(regsql.IntOf(row[2]))
	return u, nil
}

func (t *tx) SaveUnit(id change.ID, u server.Unit) error {
	return t.c.Exec("INSERT INTO srv_unit (id, own, published, reshaped) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET own = excluded.own, published = excluded.published, reshaped = excluded.reshaped",
		id, packSums(u.Own), packSums(u.Published), u.Reshaped)
}

func packSums(s merge.Sums) []byte {
	b := make([]byte, 0, len(s)*len(s[0]))
	for _, d := range s {
		b = append(b, d[:]...)
	}
	return b
}

func sumsOf(v driver.Value) (s merge.Sums) {
	b := regsql.BytesOf(v)
	for i := range s {
		b = b[copy(s[i][:], b):]
	}
	return s
}

func (t *tx) SameID(hash change.ID, limit int) (list []change.ID, err error) {
	err = t.c.Each("SELECT member FROM srv_national_id WHERE hash = ? ORDER BY member LIMIT ?", []any{hash, limit}, func(v []driver.Value) error {
		list = append(list, regsql.IDOf(v[0]))
		return nil
	})
	return list, err
}

func (t *tx) AddID(hash, row change.ID) error {
	return t.c.Exec("INSERT OR IGNORE INTO srv_national_id (hash, member) VALUES (?, ?)", hash, row)
}

func (t *tx) DropID(hash, row change.ID) error {
	return t.c.Exec("DELETE FROM srv_national_id WHERE hash = ? AND member = ?", hash, row)
}

// packCursor and cursorOf keep a cursor in one column.
func packCursor(c change.Cursor) []byte {
	b := append([]byte(nil), c.Epoch[:]...)
	for log, num := range c.Logs {
		b = append(b, log[:]...)
		b = binary.AppendUvarint(b, num)
	}
	return b
}

func cursorOf(v driver.Value) (c change.Cursor) {
	in := change.Reader{B: regsql.BytesOf(v)}
	if len(in.B) == 0 {
		return c
	}
	c = change.Cursor{Epoch: in.ID(), Logs: map[change.ID]uint64{}}
	for len(in.B) > 0 {
		log := in.ID()
		c.Logs[log] = in.Uvarint()
	}
	return c
}
