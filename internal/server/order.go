package server

import (
	"errors"
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// ordering is one Update of the store in which changes are judged and applied.
type ordering struct {
	s    *Server
	tx   Tx
	set  *settings
	tree *tree // as the changes so far have left it; lies on the shared one
	at   int64

	touched  map[List]bool
	sums     map[change.ID]*Unit // what to add to the units' digests
	mandates map[change.ID][]Mandate
	writers  map[change.Ref]*Writer
	echoing  *echo    // what the next change of the server's own echoes
	after    []behind // what it stands behind
	again    *again   // set for a change of before a restore
	reshaped bool     // a unit was made or moved
	announce bool
	taking   bool // a person has said that what a revoked computer handed in is taken
}

// update runs f in an Update and, when it is durable, tells those who wait.
func (s *Server) update(f func(*ordering) error) error {
	var o *ordering
	err := s.store.Update(func(tx Tx) error {
		base, err := s.treeIn(tx)
		if err != nil {
			return err
		}
		set, err := s.settingsIn(tx)
		if err != nil {
			return err
		}
		o = &ordering{
			s: s, tx: tx, set: set, tree: base.over(), at: s.millis(),
			touched: map[List]bool{}, sums: map[change.ID]*Unit{},
			mandates: map[change.ID][]Mandate{}, writers: map[change.Ref]*Writer{},
		}
		if err := f(o); err != nil {
			return err
		}
		return o.finish()
	})
	if err != nil {
		return err
	}
	if o.reshaped {
		t := o.tree.flat()
		t.gen = o.tree.under.gen + 1
		s.keepTree(t)
	}
	if !o.announces() {
		return nil
	}
	s.hub.own.Add(1)
	if o.announce {
		s.hub.wake(nil)
	} else {
		s.hub.wake(o.touched)
	}
	return nil
}

// finish writes what was gathered over the whole Update.
func (o *ordering) finish() error {
	for id, d := range o.sums {
		u, err := o.tx.Unit(id)
		if err != nil {
			return err
		}
		u.Own, u.Published, u.Reshaped = u.Own.Add(d.Own), u.Published.Add(d.Published), u.Reshaped+d.Reshaped
		if err := o.tx.SaveUnit(id, u); err != nil {
			return err
		}
	}
	for _, w := range o.writers {
		if err := o.tx.SaveWriter(w); err != nil {
			return err
		}
	}
	if o.reshaped {
		if err := setNumber(o.tx, keyTree, o.tree.under.gen+1); err != nil {
			return err
		}
	}
	if o.announces() {
		return o.tx.Announce()
	}
	return nil
}

// announces tells whether others must look.
func (o *ordering) announces() bool { return o.announce || len(o.touched) > 0 }

// writer returns a writer's state as this ordering has left it.
func (o *ordering) writer(ref change.Ref) (*Writer, error) {
	if w := o.writers[ref]; w != nil {
		return w, nil
	}
	w, err := o.tx.Writer(ref)
	if err != nil || w == nil {
		return nil, err
	}
	o.writers[ref] = w
	return w, nil
}

// order puts the next change of writer w in its place: judged, applied or
// quarantined, linked into the chain. An error is the store's; the verdict on
// the change is no error.
func (o *ordering) order(c *change.Change, w *Writer, hash change.Hash, author *Device) error {
	e := &Entry{At: o.at, Dot: c.Dot, Hash: hash, Person: c.Person, AuthorAt: c.At, Log: c.Log, Body: c.Append(nil)}
	st, err := o.judge(c, author)
	err = o.holdBack(err, author)
	var no *refusal
	if errors.As(err, &no) {
		if failed := o.blankErased(e, st, w); failed != nil {
			return failed
		}
	}
	switch {
	case errors.As(err, &no) && o.waits(no):
		err = o.park(e, no, st, author)
		w.Refused++
	case errors.As(err, &no):
		err = o.quarantine(e, no, st, author)
		w.Refused++
	case err == nil:
		err = o.apply(e, st, author)
	}
	w.Last, w.Hash = c.N, hash
	if err != nil {
		return fmt.Errorf("order %s.%d: %w", o.tx.Name(c.W), c.N, err)
	}
	return o.entail(e, st, author)
}

// entail makes the changes of the server's own that follow from one.
func (o *ordering) entail(e *Entry, st *staged, author *Device) error {
	if err := o.echo(e, st); err != nil {
		return err
	}
	if err := o.notice(st); err != nil {
		return err
	}
	if err := o.tellLate(st, author); err != nil {
		return err
	}
	if err := o.follow(st, author); err != nil {
		return err
	}
	if err := o.followSame(st); err != nil {
		return err
	}
	if err := o.carry(st); err != nil {
		return err
	}
	if err := o.eraseAgain(st); err != nil {
		return err
	}
	return o.revive(st)
}

// quarantine enters the change without effect. It stands in its own log where
// its author reads that one, else in the root's.
func (o *ordering) quarantine(e *Entry, no *refusal, st *staged, author *Device) error {
	e.Code, e.Detail = no.code, no.detail
	st.rows = nil // nothing came of it
	e.effect(st)
	reads, err := o.reads(author, e.Log)
	if err != nil {
		return err
	}
	if !reads {
		e.Log = o.tree.root
	}
	return o.enter(e, nil, author)
}

// apply stores what the change made of its rows.
func (o *ordering) apply(e *Entry, st *staged, author *Device) error {
	if st.foreign {
		if err := o.choose(e, st, author); err != nil {
			return err
		}
	}
	e.effect(st)
	e.Places = st.places()
	lists := map[List]bool{}
	for i := range st.rows {
		r := &st.rows[i]
		if err := o.tx.SaveRow(r.after, r.touched); err != nil {
			return err
		}
		o.sum(r)
		if r.before != nil {
			o.listAbove(lists, o.tree, r.after.Table, r.unitBefore)
		}
		if r.after.Table == mandateTable {
			clear(o.mandates)
		}
	}
	was := map[change.ID]node{}
	if st.tree.nodes != nil {
		was = o.reshape(st)
	}
	o.tree.absorb(st.tree)
	for i := range st.rows {
		o.listAbove(lists, o.tree, st.rows[i].after.Table, st.rows[i].unitAfter)
		if st.echo != nil {
			o.listAbove(lists, o.tree, st.rows[i].after.Table, st.echo.from[i])
		}
	}
	if err := o.enter(e, lists, author); err != nil {
		return err
	}
	if err := o.bury(st); err != nil {
		return err
	}
	return o.remember(e, st, was)
}

// listAbove adds the lists that a row of table t at unit concerns.
func (o *ordering) listAbove(lists map[List]bool, tr *tree, t *schema.Table, unit change.ID) {
	for _, a := range tr.above(unit) {
		lists[List{ID: a}] = true
	}
	if t.Published {
		lists[List{ID: unit, Published: true}] = true
	}
}

// enter appends the entry to its log.
func (o *ordering) enter(e *Entry, lists map[List]bool, author *Device) error {
	if lists == nil {
		lists = map[List]bool{}
	}
	if author != nil {
		lists[List{ID: author.ID}] = true
		if !slices.Contains(author.Logs, e.Log) {
			author.Logs = append(slices.Clone(author.Logs), e.Log)
			if err := o.tx.SaveDevice(author); err != nil {
				return err
			}
		}
	}
	list := make([]List, 0, len(lists))
	for l := range lists {
		list = append(list, l)
		o.touched[l] = true
	}
	return o.tx.Append(e, list)
}

// sum notes what the row's change does to the digests of its units.
func (o *ordering) sum(r *stagedRow) {
	var was, is merge.Sums
	switch {
	case r.before == nil:
		is = r.after.Sums(o.tx)
	case r.unitBefore == r.unitAfter:
		was, is = r.before.SumsOf(o.tx, r.touched), r.after.SumsOf(o.tx, r.touched)
	default:
		was, is = r.before.Sums(o.tx), r.after.Sums(o.tx)
	}
	if r.before != nil {
		p := o.sumsOf(r.unitBefore, r.after.Table)
		*p = p.Sub(was)
	}
	p := o.sumsOf(r.unitAfter, r.after.Table)
	*p = p.Add(is)
}

func (o *ordering) sumsOf(unit change.ID, t *schema.Table) *merge.Sums {
	u := o.unitDelta(unit)
	if t.Published {
		return &u.Published
	}
	return &u.Own
}

func (o *ordering) unitDelta(unit change.ID) *Unit {
	u := o.sums[unit]
	if u == nil {
		u = &Unit{}
		o.sums[unit] = u
	}
	return u
}

// reshape notes for each unit that a subtree entered or left that it did, and
// returns where the units stood that have moved.
func (o *ordering) reshape(st *staged) map[change.ID]node {
	o.reshaped = true
	stood, moved := map[change.ID]node{}, map[change.ID]bool{}
	for id, n := range st.tree.nodes {
		old, known := o.tree.node(id)
		if !known {
			continue // a new unit: its rows have entries of their own
		}
		if old.parent != n.parent || old.manager != n.manager {
			stood[id] = old
		}
		was, is := o.tree.above(id), st.tree.above(id)
		for _, a := range slices.Concat(difference(was, is), difference(is, was), o.crossed(st, id)) {
			moved[a] = true
		}
	}
	for id := range moved {
		o.unitDelta(id).Reshaped++
	}
	if len(moved) > 0 {
		o.announce = true
	}
	return stood
}

// difference lists what stands in a and not in b.
func difference(a, b []change.ID) []change.ID {
	return slices.DeleteFunc(slices.Clone(a), func(id change.ID) bool { return slices.Contains(b, id) })
}

// mandatesOf is cached for the Update; a change to any mandate forgets all.
func (o *ordering) mandatesOf(person change.ID) ([]Mandate, error) {
	if m, ok := o.mandates[person]; ok {
		return m, nil
	}
	m, err := mandatesOf(o.tx, person)
	o.mandates[person] = m
	return m, err
}
