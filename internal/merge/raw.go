package merge

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// Programs of different releases merge the same changes. One that does not know
// a register keeps its heads in Row.Raw and must end with the very heads of one
// that does, so that their digests agree and its upgrade finds all as it would
// have been: it reads the policy from the register's number, takes an unwritten
// register for NULL at the birth dot, and leaves it out of digests and deletes.
// A row of a table that it does not know has one register, its scope column.

// stood returns the heads that a write meets. A register that is not known here
// and nobody wrote yet stands as NewRow would have made it.
func (r *Row) stood(w change.Write) []Head {
	heads := r.Heads(w.Reg)
	if heads == nil && w.Reg != schema.Alive {
		return []Head{{Dot: r.Birth.Dot, Vals: make([]change.Value, len(w.Vals))}}
	}
	return heads
}

// InColumns tells whether the shown value of register no stands in the table's
// columns. Not where it does not fit them: a server that did not know the
// register could not judge it, and applying never fails on data.
func (r *Row) InColumns(no uint16) bool {
	i := r.Table.RegisterIndex(no)
	if no == schema.Alive || i < 0 {
		return false
	}
	vals, columns := r.Shown(no).Vals, r.Table.Registers()[i].Columns
	if len(vals) != len(columns) {
		return false
	}
	for j, ci := range columns {
		if !vals[j].IsNull() && !storable(&r.Table.Columns[ci], vals[j]) {
			return false
		}
	}
	return true
}

// Stored returns the values that the columns of register no hold: those shown,
// or NULLs where they do not fit.
func (r *Row) Stored(no uint16) []change.Value {
	if r.InColumns(no) {
		return r.Shown(no).Vals
	}
	return make([]change.Value, len(r.Table.Registers()[r.Table.RegisterIndex(no)].Columns))
}

// storable tells whether a STRICT column keeps the value as it is.
func storable(c *schema.Column, v change.Value) bool {
	switch c.Type {
	case schema.Integer, schema.Money, schema.Time:
		return v.Kind() == change.KindInt
	case schema.Real:
		return v.Kind() == change.KindReal
	case schema.ID:
		return v.Kind() == change.KindBlob
	default:
		return v.Kind() == change.KindText
	}
}

func allNull(vals []change.Value) bool {
	return !slices.ContainsFunc(vals, func(v change.Value) bool { return !v.IsNull() })
}
