package sim

import (
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// op is one register write as its author meant it: which writes he was shown,
// and so replaced. It is taken from what stood before him, never from the
// change that the engine made of it.
type op struct {
	no       int
	by       string
	on       register
	vals     []change.Value
	at       int64 // the author's clock; tells two writes apart that look alike
	replaces []*op
	dots     []change.Dot // its change, by all the names that it had
	lost     bool         // its disk was lost: the server may never have heard of it
}

func (o *op) String() string { return fmt.Sprintf("%s#%d=%v", o.by, o.no, o.vals) }

// register names one register of one row.
type register struct {
	table uint16
	id    change.ID
	reg   uint16
}

func (r register) String() string {
	t := schema.ByNo(r.table)
	name := "alive"
	if i := t.RegisterIndex(r.reg); r.reg != schema.Alive && i >= 0 {
		name = t.Columns[t.Registers()[i].Columns[0]].Name
	}
	return fmt.Sprintf("%s.%s of %s", t.Name, name, r.id.String()[:6])
}

// unwritten is the author of what a creation left empty, and of what stood
// before the history.
const unwritten = "nobody"

// oracle knows what every history must come to.
type oracle struct {
	ops   []*op
	of    map[register][]*op
	seen  map[machine]map[*op]bool // what each replica ever showed
	order []register               // of which there are ops, as they came
	rows  []rowKey                 // of those, each once
}

func newOracle() *oracle {
	return &oracle{of: map[register][]*op{}, seen: map[machine]map[*op]bool{}}
}

// wrote notes a change that an office just made. before are its rows as they
// were shown; all says that the author settled or deleted: he replaced all
// that he saw, not only what was shown.
func (k *oracle) wrote(by string, c *change.Change, before map[rowKey]*merge.Row, settles bool) {
	for _, rw := range c.Rows {
		was := before[rowKey{Table: rw.Table, ID: rw.ID}]
		for _, w := range rw.Writes {
			on := register{rw.Table, rw.ID, w.Reg}
			o := &op{no: len(k.ops), by: by, on: on, vals: w.Vals, at: c.At, dots: []change.Dot{c.Dot}}
			if was != nil {
				o.replaces = k.shown(was, on, settles || w.Reg == schema.Alive)
			}
			k.add(o)
		}
	}
}

func (k *oracle) add(o *op) {
	if k.of[o.on] == nil {
		k.order = append(k.order, o.on)
		if key := (rowKey{Table: o.on.table, ID: o.on.id}); !slices.Contains(k.rows, key) {
			k.rows = append(k.rows, key)
		}
	}
	k.ops = append(k.ops, o)
	k.of[o.on] = append(k.of[o.on], o)
}

// shown returns the writes that a person sees on a register: of the value
// shown, or of all.
func (k *oracle) shown(row *merge.Row, on register, all bool) (out []*op) {
	first := row.Shown(on.reg)
	for _, h := range row.Heads(on.reg) {
		if all || slices.Equal(h.Vals, first.Vals) {
			out = append(out, k.opOf(row, on, h))
		}
	}
	return out
}

// opOf finds a head's write. Registers that a creation left empty, and what
// stood before the history, have writes of their own too.
func (k *oracle) opOf(row *merge.Row, on register, h merge.Head) *op {
	if o := k.called(on, h.Dot, h.Vals, 0); o != nil {
		return o
	}
	o := &op{no: len(k.ops), by: unwritten, on: on, vals: h.Vals, dots: []change.Dot{h.Dot}}
	k.add(o)
	return o
}

// renamed notes that a change has another name now. Only the office that parts
// is meant: a copy of it may keep the old name.
func (k *oracle) renamed(c *change.Change, to change.Dot) {
	for _, rw := range c.Rows {
		for _, w := range rw.Writes {
			on := register{rw.Table, rw.ID, w.Reg}
			k.alias(k.called(on, c.Dot, w.Vals, c.At), to)
		}
		if !rw.Creates {
			continue
		}
		for _, o := range k.ops { // what the creation left empty
			if o.on.id == rw.ID && o.by == unwritten && slices.Contains(o.dots, c.Dot) {
				k.alias(o, to)
			}
		}
	}
}

func (k *oracle) alias(o *op, to change.Dot) {
	if o == nil {
		return
	}
	if !slices.Contains(o.dots, to) {
		o.dots = append(o.dots, to)
	}
}

// called finds the write of a value that goes by that dot: two copies of a
// disk give one dot to two writes, until one of them parts. A time of 0 is any.
func (k *oracle) called(on register, dot change.Dot, vals []change.Value, at int64) *op {
	for _, o := range k.of[on] {
		if slices.Equal(o.vals, vals) && (at == 0 || o.at == at) && slices.Contains(o.dots, dot) {
			return o
		}
	}
	return nil
}

// replaced tells whether some write among those that by lists replaces o: by
// naming it, or by naming one that does. Whoever has a write has all that it
// rests on; and who replaced a value that was refused had replaced what stood
// before that.
func (k *oracle) replaced(o *op, by func(func(*op) bool) bool) bool {
	return by(func(x *op) bool { return x != o && rests(x, o, 0) })
}

func rests(x, o *op, depth int) bool {
	for _, r := range x.replaces {
		if r == o || depth < 64 && rests(r, o, depth+1) {
			return true
		}
	}
	return false
}

// look reads what an office shows, and holds it against what it must be.
func (k *oracle) look(at *office) error {
	is, err := at.state(k.rows...)
	if err != nil {
		return broken("%s cannot be read: %v", at.name, err)
	}
	return k.hold(at, &is)
}

// hold holds what an office shows against what it showed before: nothing that
// it ever showed may vanish but by a write that replaces it, and no two values
// may stand side by side of which one replaced the other.
func (k *oracle) hold(at *office, is *state) error {
	seen := k.seen[at.machine]
	if seen == nil {
		seen = map[*op]bool{}
		k.seen[at.machine] = seen
	}
	refused := func(o *op) bool {
		return slices.ContainsFunc(is.refused, func(dot change.Dot) bool { return slices.Contains(o.dots, dot) })
	}
	for _, on := range k.order {
		row := is.rows[rowKey{Table: on.table, ID: on.id}]
		if row == nil {
			for _, o := range k.of[on] {
				delete(seen, o) // the row left the scope
			}
			continue
		}
		heads := map[*op]bool{}
		for _, h := range row.Heads(on.reg) {
			heads[k.opOf(row, on, h)] = true
		}
		for o := range heads {
			seen[o] = true
		}
		known := func(f func(*op) bool) bool {
			for _, o := range k.of[on] {
				if seen[o] && !refused(o) && f(o) {
					return true
				}
			}
			return false
		}
		for _, o := range k.of[on] {
			switch {
			case !seen[o] || refused(o):
			case heads[o] == k.replaced(o, known):
				return broken("%s: %s of %s %s", at.name, o, on, map[bool]string{true: "is shown, and was replaced (I4)", false: "vanished, and nobody replaced it (I3)"}[heads[o]])
			}
		}
	}
	return nil
}

// verdicts asks the register what became of each write.
func (k *oracle) verdicts(tx server.Tx) (accepted map[*op]bool, err error) {
	accepted = map[*op]bool{}
	for _, o := range k.ops {
		n, refused := 0, false
		for _, dot := range o.dots {
			link, known, err := tx.Link(dot)
			if err != nil {
				return nil, err
			}
			if !known {
				continue
			}
			if same, err := holds(tx, link, o); err != nil || !same {
				if err != nil {
					return nil, err
				}
				continue // another copy of the disk gave this name to something else
			}
			if link.Refused {
				refused = true
			} else {
				n++
			}
		}
		accepted[o] = n > 0
		switch {
		case n > 1:
			return nil, broken("%s of %s was taken %d times (I11)", o, o.on, n)
		case n == 0 && !refused && !o.lost:
			return nil, broken("%s of %s reached nobody (I2)", o, o.on)
		}
	}
	return accepted, nil
}

// holds tells whether the change at that place of a log made the write.
func holds(tx server.Tx, link server.Link, o *op) (bool, error) {
	e, err := tx.Entry(link.Log, link.Num)
	if err != nil {
		return false, err
	}
	c, err := change.Decode(e.Body)
	if err != nil {
		return false, err
	}
	for _, rw := range c.Rows {
		if rw.Table != o.on.table || rw.ID != o.on.id {
			continue
		}
		for _, w := range rw.Writes {
			if w.Reg == o.on.reg {
				return slices.Equal(w.Vals, o.vals) && (o.by == unwritten || c.At == o.at), nil
			}
		}
		return rw.Creates && o.by == unwritten, nil
	}
	return false, nil
}

// end holds the register against what it must be: of every register exactly
// those values that were taken and that nobody who had seen them replaced.
func (k *oracle) end(tx server.Tx) error {
	accepted, err := k.verdicts(tx)
	if err != nil {
		return err
	}
	for _, on := range k.order {
		row, err := tx.Row(schema.ByNo(on.table), on.id)
		if err != nil {
			return err
		}
		taken := func(f func(*op) bool) bool {
			return slices.ContainsFunc(k.of[on], func(o *op) bool { return accepted[o] && f(o) })
		}
		for _, o := range k.of[on] {
			if !accepted[o] {
				continue
			}
			if row == nil {
				return broken("%s of %s was taken, and the row is nowhere (I2)", o, on)
			}
			stands := slices.ContainsFunc(row.Heads(on.reg), func(h merge.Head) bool { return slices.Contains(o.dots, h.Dot) })
			replaced := k.replaced(o, taken)
			switch {
			case stands && replaced:
				return broken("the register: %s of %s stands, and was replaced (I4)", o, on)
			case !stands && !replaced:
				return broken("the register: %s of %s is gone, and nobody replaced it (I2, I3)", o, on)
			}
		}
	}
	return nil
}

// violation is an invariant that did not hold.
type violation string

func (v violation) Error() string { return string(v) }

func broken(format string, args ...any) error { return violation(fmt.Sprintf(format, args...)) }
