package server

import (
	"cmp"
	"encoding/binary"
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

// keyErased counts the rows that were erased.
const keyErased = "erased"

// erasedKind is the finding that tells an office that a record of its own was
// erased, and why.
const erasedKind = "erased"

// Erase erases rows; the first is the one that was asked for, and why is told to
// its unit. Rows that are not here are erased when they come: a register that was
// restored from a backup may not have them yet.
func (s *Server) Erase(rows []ErasedRow, why string) (entries int, err error) {
	err = s.update(func(o *ordering) error {
		for _, r := range rows {
			if err := o.erase(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if entries, err = s.blankLogs(rows); err != nil {
		return entries, err
	}
	err = s.update(func(o *ordering) error {
		for _, r := range rows {
			if err := o.publishErasure(r); err != nil {
				return err
			}
		}
		return o.tellErased(rows[0], why)
	})
	if err == nil {
		s.spools.clear() // snapshots on their way begin again
		err = s.store.Scrub()
	}
	return entries, err
}

// erase marks a row and takes out what it holds.
func (o *ordering) erase(r ErasedRow) error {
	t := schema.ByName(r.Table)
	if t == nil || t == erasureTable {
		return fault.New("edit.unknown_table", "table", r.Table)
	}
	at, marked, err := o.erasedAt(r.Row)
	if err != nil {
		return err
	}
	if !marked {
		if err := setNumber(o.tx, keyErased, o.set.erased+1); err != nil {
			return err
		}
		if o.set, err = o.s.settingsIn(o.tx); err != nil {
			return err
		}
	}
	row, err := o.tx.Row(t, r.Row)
	if err != nil {
		return err
	}
	if row != nil {
		at.log, _ = o.tree.log(row.Unit())
		if rw, ok := row.Erasing(); ok {
			if err := o.write(at.log, rw); err != nil {
				return err
			}
			marked = false
		}
		if at.num, err = o.tx.Head(at.log); err != nil {
			return err
		}
	}
	if marked {
		return nil
	}
	value := binary.AppendUvarint(append(slices.Clone(at.log[:]), byte(t.No>>8), byte(t.No)), at.num)
	return o.tx.AddPast(Past{Kind: PastErased, Of: r.Row, Num: anyPlace, Value: value})
}

// erasedAt tells whether a row was erased, and behind which place of the logs it
// is empty.
func (o *ordering) erasedAt(row change.ID) (at behind, marked bool, err error) {
	if o.set.erased == 0 {
		return at, false, nil
	}
	list, err := o.tx.Pasts(PastErased, row, change.ID{}, 0)
	if err != nil || len(list) == 0 {
		return at, false, err
	}
	in := change.Reader{B: list[len(list)-1].Value}
	at.log = in.ID()
	in.Bytes(2)
	at.num = in.Uvarint()
	return at, true, in.Err
}

// publishErasure tells every computer, once the row is empty.
func (o *ordering) publishErasure(r ErasedRow) error {
	at, _, err := o.erasedAt(r.Row)
	if err != nil {
		return err
	}
	root := o.tree.root
	if at.num > 0 && at.log != root {
		o.after = []behind{at}
		defer func() { o.after = nil }()
	}
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
