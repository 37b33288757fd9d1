package wire

import (
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// changes codes changes of any writers, whose number is known.
func (x *codec) changes(list []*change.Change) {
	if !x.charge(len(list) * costChange) {
		return
	}
	for i := range list {
		if x.reading {
			list[i] = new(change.Change)
		} else if list[i] == nil {
			x.fail(ErrInvalid)
			return
		}
	}
	dots(x, keyChangeDot, list, func(c **change.Change) *change.Dot { return &(*c).Dot })
	ids(x, keyChangePerson, list, func(c **change.Change) *change.ID { return &(*c).Person })
	numbers(x, keyChangeAt, list, func(c **change.Change) *int64 { return &(*c).At })
	ids(x, keyChangeLog, list, func(c **change.Change) *change.ID { return &(*c).Log })
	numbers(x, keyChangeRead, list, func(c **change.Change) *uint64 { return &(*c).Read })
	numbers(x, keyChangeGroup, list, func(c **change.Change) *uint64 { return &(*c).Group })
	numbers(x, keyChangeSchema, list, func(c **change.Change) *uint16 { return &(*c).Schema })
	x.rows(x.rowsOf(list))
}

// rowsOf lists the rows of all changes; reading, it makes them.
func (x *codec) rowsOf(list []*change.Change) []rowAt {
	counts := make([]int, len(list))
	total := 0
	for i, c := range list {
		counts[i] = x.count(keyChangeRows, len(c.Rows), costRow)
		total += counts[i]
	}
	if x.err != nil {
		return nil
	}
	var slab []change.RowWrite
	if x.reading {
		slab = make([]change.RowWrite, total)
	}
	rs := make([]rowAt, 0, total)
	for i, c := range list {
		if n := counts[i]; x.reading {
			c.Rows, slab = slab[:n:n], slab[n:]
		}
		for j := range c.Rows {
			rs = append(rs, rowAt{&c.Rows[j], c.Dot, j == 0})
		}
	}
	return rs
}

// states codes whole rows, whose number is known, as the writes that would
// make them: each head is a write, whose Seen is the head's own dot and, behind
// it, what a delete knew. Registers that nobody ever wrote are left out.
func (x *codec) states(list []*merge.Row) {
	if !x.charge(len(list) * costRow) {
		return
	}
	writes := make([]change.RowWrite, len(list))
	rs := make([]rowAt, len(list))
	for i, row := range list {
		if !x.reading && row == nil {
			x.fail(ErrInvalid)
			return
		}
		if !x.reading {
			writes[i] = unmerge(row)
		}
		rs[i] = rowAt{RowWrite: &writes[i]}
	}
	x.rows(rs)
	for i := range list {
		if !x.reading || x.err != nil {
			return
		}
		list[i] = x.remerge(&writes[i])
	}
}

func unmerge(r *merge.Row) change.RowWrite {
	rw := change.RowWrite{Table: r.Table.No, ID: r.ID, Birth: r.Birth, Creates: true}
	rw.Writes = make([]change.Write, 0, len(r.Regs)+1)
	add := func(no uint16, heads []merge.Head, width int, fresh change.Value) {
		if len(heads) == 1 && untouched(&heads[0], r.Birth.Dot, width, fresh) {
			return
		}
		for _, h := range heads {
			seen := append([]change.Dot{h.Dot}, h.Knows...)
			rw.Writes = append(rw.Writes, change.Write{Reg: no, Vals: h.Vals, Seen: seen})
		}
	}
	add(schema.Alive, r.Alive, 1, change.Int(1))
	for i, reg := range r.Table.Registers() {
		add(reg.No, r.Regs[i], len(reg.Columns), change.Null)
	}
	for _, no := range slices.Sorted(maps.Keys(r.Raw)) {
		for _, h := range r.Raw[no] {
			seen := append([]change.Dot{h.Dot}, h.Knows...)
			rw.Writes = append(rw.Writes, change.Write{Reg: no, Vals: h.Vals, Seen: seen})
		}
	}
	return rw
}

// untouched tells whether a head is the one that its row was born with, which
// the reader makes by itself.
func untouched(h *merge.Head, birth change.Dot, width int, fresh change.Value) bool {
	if h.Dot != birth || len(h.Knows) > 0 || len(h.Vals) != width {
		return false
	}
	return !slices.ContainsFunc(h.Vals, func(v change.Value) bool { return v != fresh })
}

// remerge makes the row that unmerge took apart. Of a table that this program
// does not know all but the scope column is raw.
func (x *codec) remerge(rw *change.RowWrite) *merge.Row {
	t := schema.Any(rw.Table)
	if !x.charge(costRow + len(t.Columns)*2*costValue) {
		return nil
	}
	r := merge.NewRow(t, rw.ID, rw.Birth)
	for start := 0; start < len(rw.Writes); {
		no, end := rw.Writes[start].Reg, start
		var heads []merge.Head
		for ; end < len(rw.Writes) && rw.Writes[end].Reg == no; end++ {
			w := &rw.Writes[end]
			if len(w.Seen) == 0 {
				x.fail(ErrInvalid)
				return nil
			}
			h := merge.Head{Dot: w.Seen[0], Vals: w.Vals}
			if len(w.Seen) > 1 {
				h.Knows = w.Seen[1:]
			}
			heads = append(heads, h)
		}
		setHeads(r, no, heads)
		start = end
	}
	return r
}

func setHeads(r *merge.Row, no uint16, heads []merge.Head) {
	if no == schema.Alive {
		r.Alive = heads
	} else if i := r.Table.RegisterIndex(no); i >= 0 {
		r.Regs[i] = heads
	} else {
		if r.Raw == nil {
			r.Raw = map[uint16][]merge.Head{}
		}
		r.Raw[no] = heads
	}
}
