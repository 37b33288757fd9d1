package server_test

import (
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// set is what a test writes into one register: column name (the register's
// first) and values.
type set map[string]any

// columns are in order, so that a history can be played again to the byte.
func (s set) columns() []string { return slices.Sorted(maps.Keys(s)) }

func vals(t *schema.Table, column string, v any) (reg uint16, out []change.Value) {
	c := t.Column(column)
	r := t.Registers()[t.RegisterIndex(c.RegisterOf())]
	many, ok := v.([]any)
	if !ok {
		many = []any{v}
	}
	for i := range r.Columns {
		x := change.Null
		if i < len(many) {
			x, _ = change.FromAny(many[i])
		}
		out = append(out, x)
	}
	return r.No, out
}

// author seals a change of the device's own from row writes.
func (d *device) author(log change.ID, rows ...change.RowWrite) *change.Change {
	c := &change.Change{
		Dot: change.Dot{W: d.own(), N: uint64(len(d.chain)) + 1}, Person: d.person, At: 1000, Log: log, Read: d.cursor.Logs[log],
		Schema: schema.Version, Rows: rows,
	}
	place := uint16(0)
	for i := range rows {
		if rows[i].Creates {
			c.Rows[i].Birth = change.Birth{Dot: c.Dot, I: place}
			place++
		}
	}
	prev := change.Hash{}
	if len(d.hashes) > 0 {
		prev = d.hashes[len(d.hashes)-1]
	}
	d.chain = append(d.chain, c)
	d.hashes = append(d.hashes, change.NewChain(d.writer, d.secret[:], d).Next(prev, c))
	d.waiting[c.N] = true
	return c
}

// created is the write that makes a row.
func created(table string, id change.ID, s set) change.RowWrite {
	t := schema.ByName(table)
	rw := change.RowWrite{Table: t.No, ID: id, Creates: true}
	for _, column := range s.columns() {
		reg, vs := vals(t, column, s[column])
		rw.Writes = append(rw.Writes, change.Write{Reg: reg, Vals: vs})
	}
	return rw
}

// edited is an ordinary write on a row as it is shown.
func edited(r *merge.Row, s set) change.RowWrite {
	rw := change.RowWrite{Table: r.Table.No, ID: r.ID, Birth: r.Birth}
	for _, column := range s.columns() {
		reg, vs := vals(r.Table, column, s[column])
		rw.Writes = append(rw.Writes, change.Write{Reg: reg, Vals: vs, Seen: r.ShownDots(reg)})
	}
	return rw
}

// deleted is a delete that knows the row as it is.
func deleted(r *merge.Row) change.RowWrite {
	return change.RowWrite{Table: r.Table.No, ID: r.ID, Birth: r.Birth, Writes: []change.Write{
		{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: r.AllDots()},
	}}
}
