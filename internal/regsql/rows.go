package regsql

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Place says where a row was found.
type Place uint8

// The places.
const (
	Nowhere Place = iota
	InTable
	Gone
	Raw // of a table that this program does not know
)

// CreateGone is the DDL of the table that holds deleted rows' states.
const CreateGone = `CREATE TABLE IF NOT EXISTS sync_gone (
  tbl INTEGER NOT NULL, id BLOB NOT NULL, birth INTEGER NOT NULL, unit BLOB, state BLOB NOT NULL,
  PRIMARY KEY (tbl, id)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sync_gone_birth ON sync_gone (tbl, birth);`

func sqlValue(a any) driver.Value {
	switch x := a.(type) {
	case change.Value:
		return x.Any()
	case change.ID:
		return x[:]
	case change.Hash:
		return x[:]
	case merge.Digest:
		return x[:]
	case int:
		return int64(x)
	case uint64:
		return int64(x)
	case uint16:
		return int64(x)
	case change.Ref:
		return int64(x)
	case bool:
		if x {
			return int64(1)
		}
		return int64(0)
	default:
		return a
	}
}

// IDOf reads a 16-byte column.
func IDOf(v driver.Value) (id change.ID) {
	b, _ := v.([]byte)
	copy(id[:], b)
	return id
}

// BytesOf, IntOf and TextOf read a column, zero for NULL.
func BytesOf(v driver.Value) []byte { b, _ := v.([]byte); return b }

// IntOf reads a number.
func IntOf(v driver.Value) int64 { n, _ := v.(int64); return n }

// TextOf reads a text.
func TextOf(v driver.Value) string { s, _ := v.(string); return s }

// statements holds a table's SQL texts.
type statements struct {
	selectBy, insert string
	leave, remove    string
}

var cached sync.Map // *schema.Table → *statements

func statementsOf(t *schema.Table) *statements {
	if s, ok := cached.Load(t); ok {
		return s.(*statements)
	}
	cols := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		cols[i] = c.Name
	}
	list := strings.Join(cols, ", ")
	s := &statements{
		selectBy: "SELECT id, sync_birth, sync_version, " + list + " FROM " + t.Name + " WHERE ",
		insert: "INSERT INTO " + t.Name + " (id, sync_birth, sync_version, " + list + ") VALUES (?, ?, ?" +
			strings.Repeat(", ?", len(cols)) + ")",
		leave:  "UPDATE " + t.Name + " SET sync_version = " + schema.LeavingMark + " WHERE id = ?",
		remove: "DELETE FROM " + t.Name + " WHERE id = ?",
	}
	cached.Store(t, s)
	return s
}

// SelectRows is the start of a query whose result rows Scan reads; the caller
// adds a condition.
func SelectRows(t *schema.Table) string { return statementsOf(t).selectBy }

// Scan makes a row of what a SelectRows query returns.
func Scan(t *schema.Table, v []driver.Value) (*merge.Row, error) {
	r := merge.NewRow(t, IDOf(v[0]), change.Unpack(IntOf(v[1])))
	regs := t.Registers()
	for i := range regs {
		vals := r.Regs[i][0].Vals
		for j, ci := range regs[i].Columns {
			val, err := change.FromAny(v[3+ci])
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", t.Name, t.Columns[ci].Name, err)
			}
			vals[j] = val
		}
	}
	if err := r.SetVersion(BytesOf(v[2])); err != nil {
		return nil, fmt.Errorf("%s %s: version: %w", t.Name, r.ID, err)
	}
	return r, nil
}

// Load finds a row by id, in its table or among the deleted; nil if unknown.
// Rows that another program wrote and nobody sealed yet are not found.
func (c *Conn) Load(t *schema.Table, id change.ID) (*merge.Row, Place, error) {
	return c.load(t, "id = ? AND sync_birth IS NOT NULL", "SELECT state FROM sync_gone WHERE tbl = ? AND id = ?", id)
}

// LoadByBirth finds a row by its birth.
func (c *Conn) LoadByBirth(t *schema.Table, b change.Birth) (*merge.Row, Place, error) {
	return c.load(t, "sync_birth = ?", "SELECT state FROM sync_gone WHERE tbl = ? AND birth = ?", b.Pack())
}

func (c *Conn) load(t *schema.Table, inTable, inGone string, key any) (*merge.Row, Place, error) {
	if !t.Known() {
		return c.loadRaw(t, strings.Replace(inGone, "sync_gone", "sync_raw", 1), key)
	}
	v, err := c.One(statementsOf(t).selectBy+inTable, key)
	if err != nil {
		return nil, Nowhere, err
	}
	if v != nil {
		r, err := Scan(t, v)
		return r, InTable, err
	}
	if v, err = c.One(inGone, int(t.No), key); err != nil || v == nil {
		return nil, Nowhere, err
	}
	r, err := merge.DecodeRow(BytesOf(v[0]))
	return r, Gone, err
}

// EachRow calls f for the sealed rows of a table, deleted ones too: those of
// one unit or, where unit is zero, all. f must not write to the table.
func (c *Conn) EachRow(t *schema.Table, unit change.ID, f func(*merge.Row) error) error {
	if !t.Known() {
		return c.eachRaw(t, unit, f)
	}
	inTable, inGone, args := "sync_birth IS NOT NULL", "tbl = ?", []any{}
	if !unit.IsZero() {
		inTable, inGone, args = inTable+" AND "+t.Scope+" = ?", inGone+" AND unit = ?", []any{unit}
	}
	err := c.Each(SelectRows(t)+inTable, args, func(v []driver.Value) error {
		r, err := Scan(t, v)
		if err != nil {
			return err
		}
		return f(r)
	})
	if err != nil {
		return err
	}
	return c.Each("SELECT state FROM sync_gone WHERE "+inGone, append([]any{t.No}, args...), func(v []driver.Value) error {
		r, err := merge.DecodeRow(slices.Clone(BytesOf(v[0])))
		if err != nil {
			return err
		}
		return f(r)
	})
}

// Save stores a row that was found at place (Nowhere: new); touched are the
// registers whose heads differ from what is stored.
func (c *Conn) Save(r *merge.Row, place Place, touched []uint16) error {
	if !r.Table.Known() {
		return c.saveRaw(r)
	}
	if !r.Exists() {
		if place == InTable {
			if err := c.RemoveFromTable(r.Table, r.ID); err != nil {
				return err
			}
		}
		return c.Exec("INSERT INTO sync_gone (tbl, id, birth, unit, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET birth = excluded.birth, unit = excluded.unit, state = excluded.state",
			r.Table.No, r.ID, r.Birth.Pack(), r.Unit(), r.Append(nil))
	}
	if place == InTable {
		return c.update(r, touched)
	}
	if place == Gone {
		if err := c.removeGone(r.Table, r.ID); err != nil {
			return err
		}
	}
	return c.insert(r)
}

func (c *Conn) insert(r *merge.Row) error {
	args := make([]any, 3+len(r.Table.Columns))
	args[0], args[1], args[2] = r.ID, r.Birth.Pack(), versionArg(r)
	regs := r.Table.Registers()
	for i := range regs {
		for j, v := range r.Stored(regs[i].No) {
			args[3+regs[i].Columns[j]] = v
		}
	}
	return c.Exec(statementsOf(r.Table).insert, args...)
}

func (c *Conn) update(r *merge.Row, touched []uint16) error {
	var q strings.Builder
	q.WriteString("UPDATE " + r.Table.Name + " SET sync_version = ?")
	args := []any{versionArg(r)}
	for _, reg := range r.Table.Registers() {
		if !slices.Contains(touched, reg.No) {
			continue
		}
		for j, v := range r.Stored(reg.No) {
			q.WriteString(", " + r.Table.Columns[reg.Columns[j]].Name + " = ?")
			args = append(args, v)
		}
	}
	q.WriteString(" WHERE id = ?")
	return c.Exec(q.String(), append(args, r.ID)...)
}

func versionArg(r *merge.Row) any {
	if v := r.Version(); v != nil {
		return v
	}
	return nil
}

// Forget removes a row from wherever it stands, without a trace.
func (c *Conn) Forget(t *schema.Table, id change.ID, place Place) error {
	switch place {
	case Gone:
		return c.removeGone(t, id)
	case Raw:
		return c.removeRaw(t, id)
	}
	return c.RemoveFromTable(t, id)
}

func (c *Conn) removeGone(t *schema.Table, id change.ID) error {
	return c.Exec("DELETE FROM sync_gone WHERE tbl = ? AND id = ?", t.No, id)
}

// Touch marks a row in its table that is about to get other values at the same
// version, as a repair does: the capture triggers tell our writes from others'
// by a version that changes.
func (c *Conn) Touch(t *schema.Table, id change.ID) error {
	return c.Exec(statementsOf(t).leave, id)
}

// RemoveFromTable takes a row out of its table unseen by the capture triggers.
func (c *Conn) RemoveFromTable(t *schema.Table, id change.ID) error {
	if err := c.Exec(statementsOf(t).leave, id); err != nil {
		return err
	}
	return c.Exec(statementsOf(t).remove, id)
}

// Readopt gives a row that another program replaced its birth and version
// back; now is the row as that program left it.
func (c *Conn) Readopt(old, now *merge.Row, mended bool) error {
	if mended {
		if err := c.Rewrite(now); err != nil {
			return err
		}
	}
	return c.Exec("UPDATE "+old.Table.Name+" SET sync_birth = ?, sync_version = ? WHERE id = ?", old.Birth.Pack(), versionArg(old), now.ID)
}

// Rewrite puts the row's shown values into its table, its version untouched.
func (c *Conn) Rewrite(r *merge.Row) error {
	var set []string
	var args []any
	for _, reg := range r.Table.Registers() {
		for j, ci := range reg.Columns {
			set = append(set, r.Table.Columns[ci].Name+" = ?")
			args = append(args, r.Stored(reg.No)[j])
		}
	}
	return c.Exec("UPDATE "+r.Table.Name+" SET "+strings.Join(set, ", ")+" WHERE id = ?", append(args, r.ID)...)
}
