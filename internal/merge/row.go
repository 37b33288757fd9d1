// Package merge decides what a change does to a row. It is pure: no I/O, no
// clock, no randomness.
//
// A Row is a record with all its registers. Each register holds Heads: the
// values that no later change has superseded, normally one. A write removes
// the heads that its author had seen and adds its own; two writes that had not
// seen each other leave two heads, and where the register's policy is Review
// and the heads differ, that is a conflict for a person.
//
// Heads stand in order. A successor takes the place of the first head it
// removes, a newcomer goes last; under Review the first is shown, under Latest
// the last. So one's own correction never makes the screen jump to somebody
// else's value, and no number needs storing.
//
// Why replicas agree: the server orders changes, every replica applies the
// same changes to a row in that order, and Apply depends on nothing but the
// row and the change. A replica's own unsent changes lie on top of that and
// are taken off and put on again whenever something arrives beneath them.
package merge

import (
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// MaxHeads bounds a register's heads. One more unseen write is refused:
// "settle first".
const MaxHeads = 16

// Head is one live value of a register.
type Head struct {
	Dot   change.Dot
	Vals  []change.Value
	Knows []change.Dot // of a delete: the dots of all the row's heads that its author had seen
}

// Row is the merged state of one record.
type Row struct {
	Table *schema.Table
	ID    change.ID
	Birth change.Birth
	Alive []Head
	Regs  [][]Head          // by index into Table.Registers()
	Raw   map[uint16][]Head // registers that this program does not know: raw.go
}

// NewRow makes the row that a change creates, before its writes: alive, every
// register NULL, all at the birth dot.
func NewRow(t *schema.Table, id change.ID, birth change.Birth) *Row {
	r := &Row{Table: t, ID: id, Birth: birth, Alive: []Head{{Dot: birth.Dot, Vals: []change.Value{change.Int(1)}}}}
	regs := t.Registers()
	heads := make([]Head, len(regs))
	vals := make([]change.Value, len(t.Columns))
	r.Regs = make([][]Head, len(regs))
	for i := range regs {
		n := len(regs[i].Columns)
		heads[i] = Head{Dot: birth.Dot, Vals: vals[:n:n]}
		vals = vals[n:]
		r.Regs[i] = heads[i : i+1 : i+1]
	}
	return r
}

// Clone copies the row so that applying to one leaves the other as it is. The
// two share the heads of registers that neither writes: Apply makes new lists,
// it never writes into one.
func (r *Row) Clone() *Row {
	out := *r
	out.Regs = slices.Clone(r.Regs)
	out.Raw = maps.Clone(r.Raw)
	return &out
}

// Heads returns the heads of register no.
func (r *Row) Heads(no uint16) []Head {
	if no == schema.Alive {
		return r.Alive
	}
	if i := r.Table.RegisterIndex(no); i >= 0 {
		return r.Regs[i]
	}
	return r.Raw[no]
}

func (r *Row) setHeads(no uint16, heads []Head) {
	if no == schema.Alive {
		r.Alive = heads
	} else if i := r.Table.RegisterIndex(no); i >= 0 {
		r.Regs[i] = heads
	} else {
		if r.Raw == nil {
			r.Raw = map[uint16][]Head{}
		}
		r.Raw[no] = heads
	}
}

// policyOf reads the policy from the number: it must be known of registers that
// are not.
func policyOf(no uint16) schema.Policy {
	if no >= schema.LatestFrom {
		return schema.Latest
	}
	return schema.Review
}

// Apply merges one change's writes to the row. The dot is the change's.
func (r *Row) Apply(dot change.Dot, rw *change.RowWrite) {
	for _, w := range rw.Writes {
		r.applyWrite(dot, w, rw.Creates)
	}
}

func (r *Row) applyWrite(dot change.Dot, w change.Write, creates bool) {
	if len(w.Vals) == 0 {
		r.takeAway(w)
		return
	}
	head := Head{Dot: dot, Vals: w.Vals}
	if w.Reg == schema.Alive && len(w.Vals) == 1 && w.Vals[0].Int() == 0 {
		head.Knows = w.Seen
	}
	if creates {
		r.setHeads(w.Reg, []Head{head})
		return
	}
	heads := r.stood(w)
	kept := make([]Head, 0, len(heads)+1)
	place := -1
	for _, h := range heads {
		if slices.Contains(w.Seen, h.Dot) {
			if place < 0 {
				place = len(kept)
			}
			continue
		}
		kept = append(kept, h)
	}
	if place < 0 || policyOf(w.Reg) == schema.Latest {
		place = len(kept)
	}
	r.setHeads(w.Reg, slices.Insert(kept, place, head))
}

// takeAway applies a write without a value: its own was replaced before it came
// (a server that was restored receives changes in another order), and all that
// is left of it is what it had replaced. A register is never left empty.
func (r *Row) takeAway(w change.Write) {
	heads := r.Heads(w.Reg)
	kept := slices.DeleteFunc(slices.Clone(heads), func(h Head) bool { return slices.Contains(w.Seen, h.Dot) })
	if len(kept) > 0 && len(kept) < len(heads) {
		r.setHeads(w.Reg, kept)
	}
}

// Shown returns the head of register no that screens and tables show.
func (r *Row) Shown(no uint16) Head {
	heads := r.Heads(no)
	switch {
	case len(heads) == 0:
		return Head{Dot: r.Birth.Dot}
	case policyOf(no) == schema.Latest:
		return heads[len(heads)-1]
	default:
		return heads[0]
	}
}

// Exists tells whether the row is shown as existing.
func (r *Row) Exists() bool {
	h := r.Shown(schema.Alive)
	return len(h.Vals) == 0 || h.Vals[0].Int() != 0
}

// Value returns the shown value of a column.
func (r *Row) Value(column string) change.Value {
	c := r.Table.Column(column)
	if c == nil {
		return change.Null
	}
	reg := r.Table.Registers()[r.Table.RegisterIndex(c.RegisterOf())]
	vals := r.Shown(reg.No).Vals
	for i, ci := range reg.Columns {
		if r.Table.Columns[ci].Name == column && i < len(vals) {
			return vals[i]
		}
	}
	return change.Null
}

// Posted tells whether the row may no longer change: it stands in a table that
// only grows, or has what freezes it.
func (r *Row) Posted() bool {
	if r.Table.Frozen == "" {
		return false
	}
	return len(r.Table.FrozenBy) == 0 || slices.ContainsFunc(r.Table.FrozenBy, func(c string) bool { return !r.Value(c).IsNull() })
}

// Unit returns the unit whose row it is; zero where the scope column holds no id.
func (r *Row) Unit() change.ID {
	if r.Table.Scope == "id" {
		return r.ID
	}
	id, _ := r.Value(r.Table.Scope).ID()
	return id
}

// ShownDots returns the dots that an ordinary write on register no supersedes
// when its author was shown the row as it is: those of every head whose value
// equals the one shown.
func (r *Row) ShownDots(no uint16) []change.Dot {
	heads := r.Heads(no)
	if len(heads) == 0 {
		return []change.Dot{r.Birth.Dot}
	}
	shown := r.Shown(no)
	var out []change.Dot
	for _, h := range heads {
		if slices.Equal(h.Vals, shown.Vals) {
			out = append(out, h.Dot)
		}
	}
	return out
}

// HeadDots returns the dots of all heads of register no: what settling supersedes.
func (r *Row) HeadDots(no uint16) []change.Dot {
	heads := r.Heads(no)
	if len(heads) == 0 {
		return []change.Dot{r.Birth.Dot}
	}
	out := make([]change.Dot, len(heads))
	for i, h := range heads {
		out[i] = h.Dot
	}
	return out
}

// AllDots returns the dots of all heads of all registers that anybody ever
// wrote, each once: what a delete names as seen.
func (r *Row) AllDots() []change.Dot {
	var out []change.Dot
	r.eachRegister(func(no uint16, heads []Head) {
		if r.untouched(no, heads) {
			return
		}
		for _, h := range heads {
			if !slices.Contains(out, h.Dot) {
				out = append(out, h.Dot)
			}
		}
	})
	return out
}

func (r *Row) rawNumbers() []uint16 {
	out := make([]uint16, 0, len(r.Raw))
	for no := range r.Raw {
		out = append(out, no)
	}
	slices.Sort(out)
	return out
}
