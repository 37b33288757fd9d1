package server

import (
	"cmp"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// The law may want a person's data erased. Then
//
//  1. the rows that hold it are marked, so that nothing more is written to them,
//     and a change of the server's own deletes them and leaves them empty;
//  2. the values go out of everything that stands in the logs: what is sent from
//     here on says as little to whoever reads it late;
//  3. a row of table erasure tells every computer, which takes them out of what
//     it keeps (package replica). It stands behind 1. in the order of the logs, so
//     whoever has read it has done that: its cursor is the acknowledgement.
//
// Cut off anywhere, the same call goes on.

// ErasedRow names a row whose values are erased.
type ErasedRow struct {
	Table string
	Row   change.ID
}

var erasureTable = schema.ByName("erasure")

const (
	// keyErased counts the rows that were erased.
	keyErased = "erased"
	// keyUnscrubbed is 1 while the store's files may still hold what was erased.
	keyUnscrubbed = "unscrubbed"
)

// erasedKind is the finding that tells an office that a record of its own was
// erased, and why.
const erasedKind = "erased"

// Erasing is what to erase of one person: the first of the rows is the one that
// was asked for, and why is told to its unit.
type Erasing struct {
	Rows []ErasedRow
	Why  string
}

// Erase erases persons, and returns all rows that it erased of each: what came
// to hang on them since they were planned is among them. Rows that are not here
// are erased when they come: a register that was restored from a backup may not
// have them yet. What it cannot take out of the files now, Scrub will.
func (s *Server) Erase(persons ...Erasing) (all []ErasedRow, entries int, err error) {
	err = s.update(func(o *ordering) (err error) {
		all, err = o.eraseAll(persons)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if entries, err = s.blankLogs(all); err != nil {
		return all, entries, err
	}
	err = s.update(func(o *ordering) error {
		for _, r := range all {
			if err := o.publishErasure(r); err != nil {
				return err
			}
		}
		for _, p := range persons {
			if err := o.tellErased(p.Rows[0], p.Why); err != nil {
				return err
			}
		}
		return setNumber(o.tx, keyUnscrubbed, 1)
	})
	s.spools.clear() // snapshots on their way begin again
	return all, entries, err
}

// eraseAll erases the rows of persons, and what hangs on them by now.
func (o *ordering) eraseAll(persons []Erasing) ([]ErasedRow, error) {
	p := &erasurePlan{tx: o.tx, tree: o.tree}
	for _, person := range persons {
		for _, r := range person.Rows {
			if err := p.named(r); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range p.rows {
		if err := o.mark(r); err != nil {
			return nil, err
		}
	}
	for _, r := range p.rows {
		if err := o.erase(r); err != nil {
			return nil, err
		}
	}
	return p.rows, nil
}

// mark notes that a row is erased: from here on nothing more is written to it.
func (o *ordering) mark(r ErasedRow) error {
	t := schema.ByName(r.Table)
	if t == nil || t == erasureTable {
		return fault.New("edit.unknown_table", "table", r.Table)
	}
	marked, err := o.isErased(r.Row)
	if err != nil || marked {
		return err
	}
	if err := setNumber(o.tx, keyErased, o.set.erased+1); err != nil {
		return err
	}
	if o.set, err = o.s.settingsIn(o.tx); err != nil {
		return err
	}
	return o.tx.AddPast(Past{Kind: PastErased, Of: r.Row, Num: anyPlace, Value: []byte{byte(t.No >> 8), byte(t.No)}})
}

func (o *ordering) isErased(row change.ID) (bool, error) {
	if o.set.erased == 0 {
		return false, nil
	}
	list, err := o.tx.Pasts(PastErased, row, change.ID{}, 0)
	return len(list) > 0, err
}

// erase takes out what a row holds.
func (o *ordering) erase(r ErasedRow) error {
	row, err := o.tx.Row(schema.ByName(r.Table), r.Row)
	if err != nil || row == nil {
		return err
	}
	rw, ok := row.Erasing()
	if !ok {
		return nil
	}
	log, _ := o.tree.log(row.Unit())
	return o.write(log, rw)
}

// publishErasure tells every computer, once the row is empty: behind all that
// stands in any log in which it ever stood.
func (o *ordering) publishErasure(r ErasedRow) error {
	root := o.tree.root
	row, err := o.tx.Row(schema.ByName(r.Table), r.Row)
	if err != nil {
		return err
	}
	var after []behind
	for _, log := range o.tree.logs() {
		stood, err := o.tx.Pasts(PastPlace, r.Row, log, 0)
		if err != nil {
			return err
		}
		if row != nil && len(stood) == 0 {
			if now, _ := o.tree.log(row.Unit()); now != log {
				continue
			}
		}
		head, err := o.tx.Head(log)
		if err != nil {
			return err
		}
		if log != root && head > 0 {
			after = append(after, behind{log, head})
		}
	}
	o.after = after
	defer func() { o.after = nil }()
	return o.put(erasureTable.Name, merge.ErasureID(r.Row), root,
		idOf("unit_id", root), textOf("on_table", r.Table), idOf("row_id", r.Row))
}

func (o *ordering) tellErased(r ErasedRow, why string) error {
	t := schema.ByName(r.Table)
	row, err := o.tx.Row(t, r.Row)
	if err != nil || row == nil {
		return err
	}
	return o.putFinding(found{kind: erasedKind, id: merge.FindingID(erasedKind, r.Row, change.ID{}), unit: row.Unit(), table: t, a: r.Row, detail: why, open: true})
}

// Scrub leaves nothing in the register's files of what was erased. It makes them
// anew, which holds up everybody who writes; done is false where somebody reads
// for so long that it must be tried again.
func (s *Server) Scrub() (done bool, err error) {
	if done, err = s.store.Scrub(); err != nil || !done {
		return false, err
	}
	return true, s.store.Update(func(tx Tx) error { return setNumber(tx, keyUnscrubbed, 0) })
}

// Unscrubbed tells whether there is something to scrub.
func (s *Server) Unscrubbed() (yes bool, err error) {
	err = s.store.View(func(tx Tx) error {
		n, err := number(tx, keyUnscrubbed)
		yes = n != 0
		return err
	})
	return yes, err
}

// Erasure is what became of the erasing of one row.
type Erasure struct {
	ErasedRow
	At        int64     // ms since 1970
	Confirmed int       // computers that have taken it out of what they keep
	Waiting   []*Device // those that have not said so yet, revoked ones too
}

// Erasures lists all that was erased, the latest last. A computer has confirmed
// it when its cursor has passed the row that tells of it.
func (s *Server) Erasures() (list []Erasure, err error) {
	err = s.store.View(func(tx Tx) error {
		set, err := s.settingsIn(tx)
		if err != nil {
			return err
		}
		devices, err := tx.Devices()
		if err != nil {
			return err
		}
		return tx.Rows(erasureTable, func(r *merge.Row) error {
			e := Erasure{ErasedRow: ErasedRow{Table: r.Value("on_table").Text()}}
			e.Row, _ = r.Value("row_id").ID()
			made, _, err := tx.Made(r.Birth.Dot)
			if err != nil {
				return err
			}
			link, _, err := tx.Link(r.Birth.Dot)
			if err != nil {
				return err
			}
			e.At = made.At
			for _, d := range devices {
				if d.Seen.Epoch == set.epoch && d.Seen.Logs[link.Log] >= link.Num && !d.Revoked {
					e.Confirmed++
				} else {
					e.Waiting = append(e.Waiting, d)
				}
			}
			list = append(list, e)
			return nil
		})
	})
	slices.SortStableFunc(list, func(a, b Erasure) int { return cmp.Compare(a.At, b.At) })
	return list, err
}
