package merge

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// erasedWith are the tables whose rows speak of one member and of nobody else. A
// payment does too, but books must be kept (Law on Accounting 88/2015/QH13, art.
// 41): it names a row, and no person.
var erasedWith = func() map[uint16]bool {
	out := map[uint16]bool{}
	for _, t := range schema.Tables() {
		named := slices.ContainsFunc(t.Columns, func(c schema.Column) bool { return c.Ref == "member" })
		out[t.No] = t.Frozen == "" && named || t.Name == "stub" || t.Name == "finding_answer"
	}
	return out
}()

// ErasureID is the id of the row of table erasure that tells of a row.
func ErasureID(row change.ID) change.ID { return FindingID("erasure", row, change.ID{}) }

// ErasedWith tells whether the table's rows are erased together with the member
// that they name.
func ErasedWith(t *schema.Table) bool { return erasedWith[t.No] }

// SpeaksOf tells whether a row write is of an erased row, or of one that is
// erased with a row that it names.
func SpeaksOf(rw *change.RowWrite, erased func(change.ID) (bool, error)) (bool, error) {
	if yes, err := erased(rw.ID); err != nil || yes || !erasedWith[rw.Table] {
		return yes, err
	}
	for _, w := range rw.Writes {
		for _, v := range w.Vals {
			if id, ok := v.ID(); ok {
				if yes, err := erased(id); err != nil || yes {
					return yes, err
				}
			}
		}
	}
	return false, nil
}

// Erasing returns the write that deletes the row and leaves nothing of what its
// registers hold but what names rows and units; ok is false where that is so.
// It names all that is here as seen: no rival is left, and no question.
func (r *Row) Erasing() (rw change.RowWrite, ok bool) {
	rw = change.RowWrite{Table: r.Table.No, ID: r.ID, Birth: r.Birth}
	r.eachRegister(func(no uint16, heads []Head) {
		if no != schema.Alive && (len(heads) > 1 || slices.ContainsFunc(heads, says)) {
			rw.Writes = append(rw.Writes, change.Write{Reg: no, Vals: change.Blanks(r.Shown(no).Vals), Seen: r.HeadDots(no)})
		}
	})
	if len(rw.Writes) == 0 && !r.Exists() && len(r.Conflicts()) == 0 {
		return rw, false
	}
	gone := change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: r.AllDots()}
	for _, d := range r.HeadDots(schema.Alive) {
		if !slices.Contains(gone.Seen, d) {
			gone.Seen = append(gone.Seen, d)
		}
	}
	rw.Writes = append(rw.Writes, gone)
	return rw, true
}

// says tells whether a head holds something that can be erased.
func says(h Head) bool {
	return slices.ContainsFunc(h.Vals, func(v change.Value) bool { return v != v.Blank() })
}

// Blank returns the row with the same heads and nothing in them, as it stands
// where its history is told: later changes fall on it as they did.
func (r *Row) Blank() *Row {
	out := r.Clone()
	blank := func(heads []Head) []Head {
		heads = slices.Clone(heads)
		for i := range heads {
			heads[i].Vals = change.Blanks(heads[i].Vals)
		}
		return heads
	}
	for i := range out.Regs {
		out.Regs[i] = blank(out.Regs[i])
	}
	for no := range out.Raw {
		out.Raw[no] = blank(out.Raw[no])
	}
	return out
}
