package regsql

import (
	"database/sql/driver"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// CreateRaw is the DDL of the table that holds rows of tables which came with a
// later release, whole, until this file's program knows them.
const CreateRaw = `CREATE TABLE IF NOT EXISTS sync_raw (
  tbl INTEGER NOT NULL, id BLOB NOT NULL, birth INTEGER NOT NULL, unit BLOB, state BLOB NOT NULL,
  PRIMARY KEY (tbl, id)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sync_raw_birth ON sync_raw (tbl, birth);`

// RawTables returns the tables whose rows the file keeps raw.
func (c *Conn) RawTables() (out []*schema.Table, err error) {
	rows, err := c.All("SELECT DISTINCT tbl FROM sync_raw")
	for _, v := range rows {
		if t := schema.Any(uint16(IntOf(v[0]))); !t.Known() {
			out = append(out, t)
		}
	}
	return out, err
}

func (c *Conn) loadRaw(t *schema.Table, query string, key any) (*merge.Row, Place, error) {
	v, err := c.One(query, int(t.No), key)
	if err != nil || v == nil {
		return nil, Nowhere, err
	}
	r, err := merge.DecodeRow(BytesOf(v[0]))
	return r, Raw, err
}

func (c *Conn) eachRaw(t *schema.Table, unit change.ID, f func(*merge.Row) error) error {
	query, args := "SELECT state FROM sync_raw WHERE tbl = ?", []any{t.No}
	if !unit.IsZero() {
		query, args = query+" AND unit = ?", append(args, unit)
	}
	return c.Each(query, args, func(v []driver.Value) error {
		r, err := merge.DecodeRow(slices.Clone(BytesOf(v[0])))
		if err != nil {
			return err
		}
		return f(r)
	})
}

func (c *Conn) saveRaw(r *merge.Row) error {
	return c.Exec("INSERT INTO sync_raw (tbl, id, birth, unit, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET birth = excluded.birth, unit = excluded.unit, state = excluded.state",
		r.Table.No, r.ID, r.Birth.Pack(), r.Unit(), r.Append(nil))
}

func (c *Conn) removeRaw(t *schema.Table, id change.ID) error {
	return c.Exec("DELETE FROM sync_raw WHERE tbl = ? AND id = ?", t.No, id)
}

// Revive gives what an older program kept raw its place in tables and columns
// that this one knows; from is the version of the declaration that the file was
// last opened with. f is told of each row, with the registers that came to life.
func (c *Conn) Revive(from uint16, f func(r *merge.Row, regs []uint16) error) error {
	for _, t := range schema.Tables() {
		if err := c.reviveTable(t, f); err != nil {
			return err
		}
		if t.Since > from {
			continue // all its rows were raw
		}
		var added []uint16
		for _, reg := range t.Registers() {
			if reg.Since > from {
				added = append(added, reg.No)
			}
		}
		if len(added) == 0 {
			continue
		}
		if err := c.reviveColumns(t, added, f); err != nil {
			return err
		}
	}
	return nil
}

// reviveTable moves a table's raw rows into it.
func (c *Conn) reviveTable(t *schema.Table, f func(*merge.Row, []uint16) error) error {
	states, err := c.All("SELECT state FROM sync_raw WHERE tbl = ?", t.No)
	if err != nil {
		return err
	}
	all := make([]uint16, 0, len(t.Registers()))
	for _, reg := range t.Registers() {
		all = append(all, reg.No)
	}
	for _, v := range states {
		r, err := merge.DecodeRow(BytesOf(v[0]))
		if err != nil {
			return err
		}
		if lacksRequired(r) {
			continue // no program of ours makes such a row, and none shall fail to open over it
		}
		if err := c.removeRaw(t, r.ID); err != nil {
			return err
		}
		if err := c.Save(r, Nowhere, nil); err != nil {
			return err
		}
		if err := f(r, all); err != nil {
			return err
		}
	}
	return nil
}

func lacksRequired(r *merge.Row) bool {
	return slices.ContainsFunc(r.Table.Columns, func(col schema.Column) bool { return col.NotNull && r.Value(col.Name).IsNull() })
}

// reviveColumns moves the values of registers that were raw into their columns.
// Deleted rows hold theirs in one state, which reads right by itself.
func (c *Conn) reviveColumns(t *schema.Table, added []uint16, f func(*merge.Row, []uint16) error) error {
	var rows []*merge.Row
	keep := func(r *merge.Row) error {
		if len(written(r, added)) > 0 {
			rows = append(rows, r)
		}
		return nil
	}
	err := c.Each(SelectRows(t)+"sync_version IS NOT NULL", nil, func(v []driver.Value) error {
		r, err := Scan(t, v)
		if err != nil {
			return err
		}
		return keep(r)
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := c.Save(r, InTable, added); err != nil {
			return err
		}
	}
	err = c.Each("SELECT state FROM sync_gone WHERE tbl = ?", []any{t.No}, func(v []driver.Value) error {
		r, err := merge.DecodeRow(slices.Clone(BytesOf(v[0])))
		if err != nil {
			return err
		}
		return keep(r)
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := f(r, written(r, added)); err != nil {
			return err
		}
	}
	return nil
}

// written returns those of the registers that somebody wrote.
func written(r *merge.Row, regs []uint16) (out []uint16) {
	for _, no := range regs {
		if !r.Untouched(no) {
			out = append(out, no)
		}
	}
	return out
}
