package server

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// After a restore devices send again what the backup lacked, in whatever order
// they come. What that order must not change:
//
//   - What was refused stays refused: its device says so, and can harm nobody
//     but itself by it.
//   - A value that another names as replaced is replaced, though it comes later:
//     it is remembered as dead. When it comes, it takes away what it had
//     replaced, and dies.
//   - Whoever replaced a value that is not here had replaced what lay below that
//     too. What lay below, the device knows from its history, and says it
//     (wire.Below): nothing is guessed, so that of two rivals of which an author
//     saw one replaced, the other stays.
//   - A change whose row, unit or mandate is not here waits, and nobody behind
//     it does: it stands in its chain, and is judged when that comes. When a
//     person says that nothing more will come it is judged as things stand.
//   - Rights are judged where the author stood: in numbers of before, that was
//     at least where the backup ends.

// again is what goes with changes of before a restore.
type again struct {
	through uint64
	below   map[writeAt][]change.Dot
	refused map[uint64]wire.Refusal
	revived bool // the change has waited here
}

// writeAt names one write of a writer's changes.
type writeAt struct {
	n          uint64
	row, write int
}

// again reads what goes with changes; a register that was never restored hears
// nothing of it.
func (set *settings) again(m *wire.Again) *again {
	if m == nil || len(set.former) == 0 {
		return nil
	}
	a := &again{through: m.Through, below: map[writeAt][]change.Dot{}, refused: map[uint64]wire.Refusal{}}
	for _, b := range m.Below {
		a.below[writeAt{b.N, int(b.Row), int(b.Write)}] = b.Dots
	}
	for _, r := range m.Refused {
		a.refused[r.N] = r
	}
	return a
}

// of is a for a change that was made before; nil for a later one.
func (a *again) of(c *change.Change) *again {
	if a == nil || c.N > a.through {
		return nil
	}
	return a
}

func rowNames(m *wire.Again) map[change.Birth]change.ID {
	if m == nil {
		return nil
	}
	out := make(map[change.Birth]change.ID, len(m.Rows))
	for _, r := range m.Rows {
		out[r.Birth] = r.ID
	}
	return out
}

// restsHere holds that what the changes name of other devices' is here, but for
// those of before a restore. Where it is not this register was restored, and
// nobody has said so: who rests on what it lost must wait until it knows.
func (b *batch) restsHere(tx Tx) error {
	named := map[change.Dot]bool{}
	for _, c := range b.fresh {
		for i := range c.Rows {
			for _, w := range c.Rows[i].Writes {
				for _, d := range w.Seen {
					named[d] = named[d] || d.W != c.W && b.again.of(c) == nil
				}
			}
		}
	}
	for d, must := range named {
		if !must {
			continue
		}
		_, here, err := tx.Link(d)
		if err == nil && !here {
			err = b.isOwn(tx, d.W)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isOwn holds that a writer is one of the sender's own.
func (b *batch) isOwn(tx Tx, ref change.Ref) error {
	w, err := tx.Writer(ref)
	if err == nil && (w == nil || w.Device != b.writer.Device) {
		err = fault.New(fault.ServerBehind)
	}
	return err
}

// missing says what a refused change rests on that is not here.
func missing(err error, on change.ID) error {
	var no *refusal
	if errors.As(err, &no) {
		no.on = on
	}
	return err
}

// readOf is how far the change's author had read its log.
func (o *ordering) readOf(c *change.Change) uint64 {
	if stood, ok := o.set.stood[c.Log]; ok && o.again != nil {
		return min(c.Read, stood)
	}
	return c.Read
}

// recall gives a change of before a restore its effective lists, and takes the
// values out that were replaced before they came.
func (o *ordering) recall(st *staged) error {
	a := o.again
	if a == nil {
		return nil
	}
	for i := range st.signed.Rows {
		dead, err := o.deadOf(st.signed.Rows[i].ID)
		if err != nil {
			return err
		}
		for j, w := range st.effective.Rows[i].Writes {
			below := a.below[writeAt{st.signed.N, i, j}]
			dies := slices.Contains(dead, deadValue{w.Reg, st.signed.Dot})
			if len(below) == 0 && !dies {
				continue
			}
			if st.effective == st.signed {
				st.effective = copyChange(st.signed)
			}
			out := &st.effective.Rows[i].Writes[j]
			for _, d := range below {
				if !slices.Contains(out.Seen, d) {
					out.Seen = append(slices.Clip(out.Seen), d)
				}
			}
			if dies {
				out.Vals = nil
			}
		}
	}
	if r, was := a.refused[st.signed.N]; was {
		return &refusal{code: r.Code, detail: r.Detail}
	}
	return nil
}

// died tells whether a write lost its value by recall.
func (o *ordering) died(w change.Write) bool { return o.again != nil && len(w.Vals) == 0 }

// deadValue names one value of a row.
type deadValue struct {
	reg uint16
	dot change.Dot
}

// What is remembered of a row stands under the zero log, at place 1.
const anyPlace = 1

func (o *ordering) deadOf(row change.ID) (list []deadValue, err error) {
	pasts, err := o.tx.Pasts(PastDead, row, change.ID{}, 0)
	for _, p := range pasts {
		in := change.Reader{B: p.Value}
		list = append(list, deadValue{in.Reg(), in.Dot()})
		if in.Err != nil {
			return nil, fmt.Errorf("server: a dead value: %w", in.Err)
		}
	}
	return list, err
}

// bury remembers the values that a change replaced and that are not here: of a
// change of before a restore all, of a later one those that wait.
func (o *ordering) bury(st *staged) error {
	if o.again == nil && o.set.recovering == 0 {
		return nil
	}
	for i := range st.effective.Rows {
		rw := &st.effective.Rows[i]
		var dead []deadValue
		for _, w := range rw.Writes {
			for _, d := range w.Seen {
				missing, err := o.missing(d)
				if err != nil {
					return err
				}
				if missing {
					dead = append(dead, deadValue{w.Reg, d})
				}
			}
		}
		if len(dead) == 0 {
			continue
		}
		known, err := o.deadOf(rw.ID)
		if err != nil {
			return err
		}
		for _, v := range dead {
			if slices.Contains(known, v) {
				continue
			}
			value := change.AppendDot(binary.AppendUvarint(nil, uint64(v.reg)), v.dot)
			if err := o.tx.AddPast(Past{Kind: PastDead, Of: rw.ID, Num: anyPlace, Value: value}); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing tells whether a change may still come, or waits to be judged.
func (o *ordering) missing(d change.Dot) (bool, error) {
	link, known, err := o.tx.Link(d)
	if err != nil || !known {
		return o.again != nil, err
	}
	if !link.Refused {
		return false, nil
	}
	waits, err := o.waitingAt(d)
	return waits != nil, err
}

// waits tells whether a change is not refused but kept until what it rests on
// comes: one of before a restore, or one that rests on such a one.
func (o *ordering) waits(no *refusal) bool {
	return o.set.recovering > 0 && !no.on.IsZero() && (o.again != nil || no.waits)
}

// everybody is under which all changes that wait are found.
var everybody = change.ID{0xFF}

// park enters a change that waits.
func (o *ordering) park(e *Entry, no *refusal, st *staged, author *Device) error {
	if err := o.quarantine(e, &refusal{code: codeWaits, detail: no.detail}, st, author); err != nil {
		return err
	}
	return errors.Join(o.waitFor(no.on, e.Dot), o.waitFor(everybody, e.Dot))
}

func (o *ordering) waitFor(on change.ID, d change.Dot) error {
	list, err := o.tx.Pasts(PastWaits, on, change.ID{}, 0)
	if err != nil || slices.ContainsFunc(list, func(p Past) bool { return bytes.Equal(p.Value, change.AppendDot(nil, d)) }) {
		return err
	}
	return o.tx.AddPast(Past{Kind: PastWaits, Of: on, Num: anyPlace, Value: change.AppendDot(nil, d)})
}

// revive judges the changes that waited for what this one brought.
func (o *ordering) revive(st *staged) error {
	if o.set.recovering == 0 {
		return nil
	}
	for i := range st.signed.Rows {
		if err := o.unpark(st.signed.Rows[i].ID); err != nil {
			return err
		}
	}
	for i := range st.rows {
		if st.rows[i].after.Table != mandateTable {
			continue
		}
		person, _, _ := granted(st.rows[i].after)
		if err := o.unpark(person); err != nil {
			return err
		}
	}
	if st.tree.nodes != nil { // a unit came or moved: rights follow
		return o.unpark(everybody)
	}
	return nil
}

// unpark judges once more what waits for something, in the order in which it
// came.
func (o *ordering) unpark(on change.ID) error {
	list, err := o.tx.Pasts(PastWaits, on, change.ID{}, 0)
	if err != nil || len(list) == 0 {
		return err
	}
	before := o.again
	defer func() { o.again = before }()
	for _, p := range list {
		in := change.Reader{B: p.Value}
		e, err := o.waitingAt(in.Dot())
		if err == nil && e != nil {
			err = o.judgeAgain(e)
		}
		if err = errors.Join(err, in.Err); err != nil {
			return err
		}
	}
	return nil
}

// waitingAt finds a change that waits; nil where it waits no more.
func (o *ordering) waitingAt(d change.Dot) (*Entry, error) {
	link, known, err := o.tx.Link(d)
	if err != nil || !known || !link.Refused {
		return nil, err
	}
	e, err := o.tx.Entry(link.Log, link.Num)
	if err != nil || e.Code != codeWaits {
		return nil, err
	}
	return e, nil
}

// judgeAgain judges a change that waited. If it waits no more it gets a new
// place in the log.
func (o *ordering) judgeAgain(was *Entry) error {
	w, err := o.writer(was.Dot.W)
	if err != nil {
		return err
	}
	author, err := o.tx.Device(w.Device)
	if err != nil {
		return err
	}
	c, err := was.effective()
	if err != nil {
		return err
	}
	o.again = &again{through: c.N, revived: true}
	e := &Entry{At: o.at, Dot: c.Dot, Hash: was.Hash, Person: c.Person, AuthorAt: c.At, Log: c.Log, Body: was.Body, Effective: was.Effective, Moved: true}
	st, err := o.judge(c, author)
	var no *refusal
	if errors.As(err, &no) {
		if failed := o.blankErased(e, st, w); failed != nil {
			return failed
		}
	}
	switch {
	case errors.As(err, &no) && o.waits(no):
		return o.waitFor(no.on, e.Dot)
	case errors.As(err, &no):
		err = o.quarantine(e, no, st, author)
	case err == nil:
		err = o.apply(e, st, author)
	}
	if err != nil {
		return fmt.Errorf("judge %s.%d again: %w", o.tx.Name(c.W), c.N, err)
	}
	return o.entail(e, st, author)
}

// effect keeps the lists that took effect, where they are others than signed.
func (e *Entry) effect(st *staged) {
	if body := st.effectiveBody(); body != nil {
		e.Effective = body
	}
}
