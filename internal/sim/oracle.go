package sim

import (
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
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
	knows    []*op        // of a delete: all values of the row that its author saw
	dots     []change.Dot // its change, by all the names that it had
	lost     bool         // its disk was lost: the server may never have heard of it
	out      bool         // some computer that showed it has spoken since: others may have it
	with     *op          // the write of the same change on another row
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
	if r.reg == aheadReg {
		name = "a column to come"
	} else if i := t.RegisterIndex(r.reg); r.reg != schema.Alive {
		name = t.Columns[t.Registers()[i].Columns[0]].Name
	}
	return fmt.Sprintf("%s.%s of %s", t.Name, name, r.id.String()[:6])
}

// unwritten is the author of what a creation left empty, and of what stood
// before the history.
const unwritten = "nobody"

// view is what one replica ever showed, under which names it showed it, and
// which writes go by another name there than they did.
type view struct {
	seen map[*op]bool
	as   map[named]bool
	away map[named]bool
}

type named struct {
	op  *op
	dot change.Dot
}

func (k *oracle) view(d machine) *view {
	v := k.views[d]
	if v == nil {
		v = &view{seen: map[*op]bool{}, as: map[named]bool{}, away: map[named]bool{}}
		k.views[d] = v
	}
	return v
}

// oracle knows what every history must come to.
type oracle struct {
	ops   []*op
	of    map[register][]*op
	views map[machine]*view // what each replica ever showed
	order []register        // of which there are ops, as they came
	rows  []rowKey          // of those, each once
	pairs []*op             // of changes to two rows
	held  held
	// gaps: a register was restored, and either did not know it for a while (rows
	// that it lacked are unknown to it then; on a real line so are their ids, and the
	// session ends), or somebody who held what it lacked never came back.
	gaps bool
	// hidden: who replaced a value that is nowhere now had it from a snapshot, and
	// cannot say what that one had replaced: a rival that is none may stand.
	hidden bool
	gone   map[change.ID]bool      // rows that were erased: nothing is held of them but that (I22)
	said   map[change.ID][][]byte  // what was ever written to a row
	hung   map[change.ID]change.ID // on which member a wage hangs
}

func newOracle() *oracle {
	return &oracle{of: map[register][]*op{}, views: map[machine]*view{}, gone: map[change.ID]bool{}, said: map[change.ID][][]byte{}, hung: map[change.ID]change.ID{}}
}

// wrote notes a change that an office just made. before are its rows as they
// were shown; all says that the author settled or deleted: he replaced all
// that he saw, not only what was shown.
func (k *oracle) wrote(at *office, c *change.Change, before map[rowKey]*merge.Row, settles bool) {
	v := k.view(at.machine)
	var first *op
	for _, rw := range c.Rows {
		was := before[rowKey{Table: rw.Table, ID: rw.ID}]
		for _, w := range rw.Writes {
			k.typedFor(rw.ID, w.Vals)
			if moves(rw.Table, w.Reg) {
				continue
			}
			on := register{rw.Table, rw.ID, w.Reg}
			o := &op{no: len(k.ops), by: at.name, on: on, vals: w.Vals, at: c.At, dots: []change.Dot{c.Dot}}
			if was != nil {
				o.replaces = k.shown(was, on, settles || w.Reg == schema.Alive, v)
			}
			v.as[named{o, c.Dot}] = true
			if o.deletes() || o.merges() {
				o.knows = k.all(was, v)
			}
			k.add(o)
			if first == nil {
				first = o
			} else if first.on.id != rw.ID {
				o.with, first.with = first, o
				k.pairs = append(k.pairs, o, first)
			}
		}
		if rw.Creates {
			k.leftEmpty(c, &rw)
		}
	}
}

// leftEmpty notes the registers that a creation did not write: they stand at
// its dot all the same.
func (k *oracle) leftEmpty(c *change.Change, rw *change.RowWrite) {
	t := schema.ByNo(rw.Table)
	for _, no := range inPlay(t) {
		if slices.ContainsFunc(rw.Writes, func(w change.Write) bool { return w.Reg == no }) {
			continue
		}
		n := len(t.Registers()[t.RegisterIndex(no)].Columns)
		k.add(&op{no: len(k.ops), by: unwritten, on: register{rw.Table, rw.ID, no}, vals: make([]change.Value, n), dots: []change.Dot{c.Dot}})
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
func (k *oracle) shown(row *merge.Row, on register, all bool, v *view) (out []*op) {
	first := row.Shown(on.reg)
	for _, h := range row.Heads(on.reg) {
		if all || slices.Equal(h.Vals, first.Vals) {
			out = append(out, k.opOf(on, h, v))
		}
	}
	return out
}

// deletes tells whether the write deleted its row.
func (o *op) deletes() bool { return o.on.reg == schema.Alive && o.vals[0] == change.Int(0) }

// all lists the writes of all values that a row shows.
func (k *oracle) all(row *merge.Row, v *view) (out []*op) {
	for _, no := range written(row) {
		on := register{row.Table.No, row.ID, no}
		for _, h := range row.Heads(no) {
			out = append(out, k.opOf(on, h, v))
		}
	}
	return out
}

// inPlay are the registers that histories write after a row was made.
func inPlay(t *schema.Table) (out []uint16) {
	for _, c := range append(columns, t.Scope, merge.SameAs) {
		if col := t.Column(c); col != nil {
			out = append(out, col.RegisterOf())
		}
	}
	return out
}

// opOf finds a head's write. Registers that a creation left empty, and what
// stood before the history, have writes of their own too.
func (k *oracle) opOf(on register, h merge.Head, v *view) *op {
	if o := k.called(on, h.Dot, h.Vals, 0, v); o != nil {
		if v.as != nil {
			v.as[named{o, h.Dot}] = true
		}
		return o
	}
	o := &op{no: len(k.ops), by: unwritten, on: on, vals: h.Vals, dots: []change.Dot{h.Dot}}
	k.add(o)
	return o
}

// renamed notes that a change has another name now. Only the office that parts
// is meant: a copy of it may keep the old name.
func (k *oracle) renamed(d machine, c *change.Change, to change.Dot) {
	v := k.view(d)
	for _, rw := range c.Rows {
		for _, w := range rw.Writes {
			on := register{rw.Table, rw.ID, w.Reg}
			k.alias(v, k.called(on, c.Dot, w.Vals, c.At, v), c.Dot, to)
		}
		if !rw.Creates {
			continue
		}
		for _, o := range k.ops { // what the creation left empty
			if o.on.id == rw.ID && o.by == unwritten && slices.Contains(o.dots, c.Dot) {
				k.alias(v, o, c.Dot, to)
			}
		}
	}
}

func (k *oracle) alias(v *view, o *op, from, to change.Dot) {
	if o == nil {
		return
	}
	v.away[named{o, from}] = true
	if !slices.Contains(o.dots, to) {
		o.dots = append(o.dots, to)
	}
}

// speaks notes that a computer begins an exchange.
func (k *oracle) speaks(d machine) {
	for shown := range k.view(d).as {
		shown.op.out = true
	}
}

// called finds the write of a value that goes by that dot: two copies of a
// disk give one dot to two writes, until one of them parts. A time of 0 is any;
// of two that look alike the one is meant that was seen there under that name.
func (k *oracle) called(on register, dot change.Dot, vals []change.Value, at int64, v *view) (found *op) {
	for _, o := range slices.Backward(k.of[on]) {
		switch {
		case !slices.Equal(o.vals, vals) || at != 0 && o.at != at || !slices.Contains(o.dots, dot) || v.away[named{o, dot}]:
		case v.as[named{o, dot}]:
			return o
		case !o.out && o.by != unwritten:
		case found == nil || found.rank(dot) < o.rank(dot):
			found = o
		}
	}
	return found
}

// rank says how likely somebody means this write by that dot, of several.
func (o *op) rank(dot change.Dot) (rank int) {
	if o.dots[len(o.dots)-1] == dot {
		rank += 2
	}
	if !o.lost {
		rank++
	}
	return rank
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
	h := holding{k: k, at: at, is: is, view: k.view(at.machine)}
	for _, on := range k.order {
		if k.erased(on.id) {
			continue
		}
		if err := h.register(on); err != nil {
			return err
		}
	}
	return h.whole()
}

// holding is one look at an office.
type holding struct {
	k    *oracle
	at   *office
	is   *state
	view *view
}

func (h *holding) row(on register) *merge.Row { return h.is.rows[rowKey{Table: on.table, ID: on.id}] }

func (h *holding) refused(o *op) bool {
	return slices.ContainsFunc(h.is.refused, func(dot change.Dot) bool { return slices.Contains(o.dots, dot) })
}

// replaced tells whether something that the office has seen replaces o.
func (h *holding) replaced(o *op) bool {
	return h.k.replaced(o, func(f func(*op) bool) bool {
		return slices.ContainsFunc(h.k.of[o.on], func(x *op) bool { return h.view.seen[x] && !h.refused(x) && f(x) })
	})
}

func (h *holding) register(on register) error {
	row := h.row(on)
	if row == nil {
		for _, o := range h.k.of[on] {
			delete(h.view.seen, o) // the row left the scope
		}
		return nil
	}
	heads := map[*op]bool{}
	for _, head := range row.Heads(on.reg) {
		o := h.k.opOf(on, head, h.view)
		heads[o], h.view.seen[o] = true, true
	}
	for _, o := range h.k.of[on] {
		switch {
		case !h.view.seen[o] || h.refused(o):
			continue
		case heads[o] == h.replaced(o):
			return broken("%s: %s of %s %s", h.at.name, o, on, map[bool]string{true: "is shown, and was replaced (I4)", false: "vanished, and nobody replaced it (I3)"}[heads[o]])
		}
		h.k.held[map[bool]int{true: 4, false: 3}[heads[o]]]++
	}
	return nil
}

// whole holds that of a change to two rows, both in sight, both arrived.
func (h *holding) whole() error {
	for _, o := range h.k.pairs {
		other := o.with
		if !h.view.seen[o] || h.refused(o) || h.row(other.on) == nil || h.k.erased(o.on.id) || h.k.erased(other.on.id) {
			continue
		}
		h.k.held[5]++
		if !h.view.seen[other] && !h.replaced(other) {
			return broken("%s shows %s of %s, and not %s of %s, which was one change (I5)", h.at.name, o, o.on, other, other.on)
		}
	}
	return nil
}

// verdicts asks the register what became of each write.
func (k *oracle) verdicts(tx server.Tx) (accepted map[*op]bool, err error) {
	accepted = map[*op]bool{}
	for _, o := range k.ops {
		if k.erased(o.on.id) {
			continue
		}
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
			if !link.Refused {
				n++
				continue
			}
			refused = true
			if err := k.just(tx, link, o); err != nil {
				return nil, err
			}
		}
		accepted[o] = n > 0
		k.held[2]++
		k.held[11]++
		switch {
		case n > 1:
			return nil, broken("%s of %s was taken %d times (I11)", o, o.on, n)
		case n == 0 && !refused && !o.lost && !(k.gaps && o.by == unwritten):
			return nil, broken("%s of %s reached nobody (I2)", o, o.on)
		}
	}
	return accepted, nil
}

// reasons are what a change may be refused for in these worlds: rights that its
// author lost, a row that never was, an office that settles nothing, a merge into a row
// that is merged or unsent itself. Whatever
// else is refused is a fault of the server's.
var reasons = []fault.Code{fault.RefusedMandateUnit, fault.RefusedMandateTable, fault.RefusedCreation, fault.RefusedHeads}

func (k *oracle) just(tx server.Tx, link server.Link, o *op) error {
	e, err := tx.Entry(link.Log, link.Num)
	k.held[8]++
	if err == nil && !slices.Contains(reasons, fault.Code(e.Code)) && e.Detail != "member."+merge.SameAs && !(k.gaps && e.Code == string(fault.RefusedRowUnknown)) &&
		!(e.Code == string(fault.RefusedErased) && k.speaksOfErased(o)) {
		err = broken("%s of %s was refused: %s (I8)", o, o.on, e.Code)
	}
	return err
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
		if k.erased(on.id) {
			continue
		}
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
			stands, err := stands(tx, row, o)
			if err != nil {
				return err
			}
			replaced := k.replaced(o, taken)
			k.held[map[bool]int{true: 4, false: 3}[stands]]++
			if row != nil && stands && o.deletes() && len(row.Alive) == 1 {
				if err := k.deleted(o, row, accepted); err != nil {
					return err
				}
			}
			switch {
			case stands && replaced && !k.hidden:
				return broken("the register: %s of %s stands, and was replaced (I4)", o, on)
			case !stands && !replaced:
				return broken("the register: %s of %s is gone, and nobody replaced it (I2, I3)", o, on)
			}
		}
	}
	return nil
}

// stands tells whether the write is among the row's values.
func stands(tx server.Tx, row *merge.Row, o *op) (bool, error) {
	for _, h := range row.Heads(o.on.reg) {
		if !slices.Contains(o.dots, h.Dot) || !slices.Equal(h.Vals, o.vals) {
			continue
		}
		made, _, err := tx.Made(h.Dot)
		if err != nil || o.by == unwritten || made.AuthorAt == o.at {
			return err == nil, err
		}
	}
	return false, nil
}

// deleted holds that a deleted row waits for a person exactly where somebody
// edited what its author had not seen.
func (k *oracle) deleted(d *op, row *merge.Row, accepted map[*op]bool) error {
	var unseen *op
	for _, o := range k.all(row, &view{seen: accepted}) {
		if accepted[o] && !slices.Contains(d.knows, o) && !slices.ContainsFunc(d.knows, func(x *op) bool { return rests(x, o, 0) }) && (o.dots[0] != d.dots[0] || o.at != d.at) {
			unseen = o
		}
	}
	waits := slices.Contains(row.Conflicts(), schema.Alive)
	k.held[map[bool]int{true: 3, false: 4}[unseen != nil]]++
	switch {
	case unseen != nil && !waits:
		return broken("%s deleted %s, %s was edited unseen, and nobody is told (I3)", d, d.on, unseen)
	case unseen == nil && waits:
		return broken("%s deleted %s having seen everything, and it waits for a person (I4)", d, d.on)
	}
	return nil
}

// violation is an invariant that did not hold.
type violation string

func (v violation) Error() string { return string(v) }

func broken(format string, args ...any) error { return violation(fmt.Sprintf(format, args...)) }
