package merge

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// SameAs is the column in which a member's row names the row in which the
// person is kept now. It is a register like any other: the row that names
// another keeps all its values and its history, and stands for itself again
// when the register is emptied.
const SameAs = "same_as"

// KeptIn returns the row that the member was merged into; zero: it stands for itself.
func (r *Row) KeptIn() (id change.ID) {
	if c := r.Table.Column(SameAs); c != nil && r.Table.RegisterIndex(c.RegisterOf()) >= 0 {
		id, _ = r.Value(SameAs).ID()
	}
	return id
}

// Stands tells whether a row is one to list and to count: it exists and was not
// merged into another.
func (r *Row) Stands() bool { return r.Exists() && r.KeptIn().IsZero() }

// SeenByMerge adds to what a write of SameAs supersedes every value that its
// author was shown, as a delete names them: what the row has beside these, or
// comes to have, the other row has to be told. A rival merge is not among them:
// it was not shown, and waits for a person.
func (r *Row) SeenByMerge(seen []change.Dot) []change.Dot {
	out := slices.Clone(seen)
	rivals := r.HeadDots(r.Table.Column(SameAs).RegisterOf())
	for _, d := range r.AllDots() {
		if !slices.Contains(out, d) && !slices.Contains(rivals, d) {
			out = append(out, d)
		}
	}
	return out
}

// Unseen returns the registers of the row with values that people wrote and
// that are not among seen; of each register those values alone, in order.
func (r *Row) Unseen(seen []change.Dot) (out []change.Write) {
	r.eachRegister(func(no uint16, heads []Head) {
		if no == schema.Alive || r.untouched(no, heads) {
			return
		}
		for _, h := range heads {
			if !slices.Contains(seen, h.Dot) {
				out = append(out, change.Write{Reg: no, Vals: h.Vals})
			}
		}
	})
	return out
}

// Follow makes of a write to a merged row the write to the row it was merged
// into (r). Where the author's value stood in place of one that r has as well
// (old), it replaces that one; where nobody filled the register it fills it;
// else it stands beside what r has, for a person to settle. False: r says so
// already, or there is nothing to say.
func (r *Row) Follow(w change.Write, old []change.Value) (change.Write, bool) {
	heads := r.Heads(w.Reg)
	blank := !slices.ContainsFunc(w.Vals, func(v change.Value) bool { return !v.IsNull() })
	out := change.Write{Reg: w.Reg, Vals: w.Vals}
	filled := false
	if len(heads) == 0 && !blank { // of a later release: empty since the row was made
		out.Seen = []change.Dot{r.Birth.Dot}
	}
	for _, h := range heads {
		switch {
		case slices.Equal(h.Vals, w.Vals):
			return out, false
		case old != nil && slices.Equal(h.Vals, old):
			out.Seen = append(out.Seen, h.Dot)
		case slices.ContainsFunc(h.Vals, func(v change.Value) bool { return !v.IsNull() }):
			filled = true
		case !blank:
			out.Seen = append(out.Seen, h.Dot)
		}
	}
	if blank && (filled || len(out.Seen) == 0) {
		return out, false // emptying one row takes nothing from the other
	}
	return out, len(heads)-len(out.Seen) < MaxHeads
}
