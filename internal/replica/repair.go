package replica

import (
	"database/sql/driver"
	"errors"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// When a replica's digest is not the server's, it counts its rows again, tells
// the server the print of each unit, then of each bucket of those that differ,
// and receives the rows of the buckets that differ. What another program wrote
// while the capture triggers were missing is such a difference: it is made a
// change of this device, as if it had been captured.

// Recount makes the digests anew from the confirmed rows themselves and
// returns each unit's print.
func (r *Replica) Recount() (prints []wire.UnitPrint, err error) {
	err = r.sealed(func() error {
		sums := map[change.ID]merge.Sums{}
		err := r.eachConfirmed(change.ID{}, func(row *merge.Row) error {
			unit := row.Unit()
			sums[unit] = sums[unit].Add(row.Sums(r.names))
			return nil
		})
		if err != nil {
			return err
		}
		if err := r.w.Exec("DELETE FROM sync_digest"); err != nil {
			return err
		}
		prints = prints[:0]
		for unit, s := range sums {
			if err := r.w.Exec("INSERT INTO sync_digest (unit, sums) VALUES (?, ?)", unit, encodeSums(s)); err != nil {
				return err
			}
			prints = append(prints, wire.UnitPrint{Unit: unit, Print: s.Print()})
		}
		return nil
	})
	return prints, err
}

// CaptureMissed makes changes of what some program wrote, while the triggers
// were missing, into rows with unsent edits: what they should show is known
// here. All other rows are held against the server's (Mend).
func (r *Replica) CaptureMissed() error {
	return r.sealed(func() error {
		a, err := r.applier()
		if err != nil {
			return err
		}
		rows, err := a.unsentRows()
		if err != nil {
			return err
		}
		var missed []Edit
		for _, row := range rows {
			pending, err := r.pendingOf(row.Table.No, row.ID)
			if err != nil {
				return err
			}
			should, err := a.overlay(row, pending)
			if err != nil {
				return err
			}
			shown, _, err := r.w.Load(row.Table, row.ID)
			if err != nil {
				return err
			}
			if shown != nil {
				missed = append(missed, missedEdit(shown, should)...)
			}
		}
		return r.capture(missed)
	})
}

// unsentRows returns, for each row with unsent writes, what those lie on.
func (a *applier) unsentRows() (rows []*merge.Row, err error) {
	err = a.r.w.Each("SELECT state FROM sync_confirmed", nil, func(v []driver.Value) error {
		row, err := merge.DecodeRow(slices.Clone(regsql.BytesOf(v[0])))
		rows = append(rows, row)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = a.r.w.Each("SELECT body FROM sync_outbox", nil, func(v []driver.Value) error {
		c, err := change.Decode(slices.Clone(regsql.BytesOf(v[0])))
		if err != nil {
			return err
		}
		for i := range c.Rows {
			if rw := &c.Rows[i]; rw.Creates {
				row := merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
				row.Apply(c.Dot, rw)
				rows = append(rows, row)
			}
		}
		return nil
	})
	return rows, err
}

// BucketPrints returns the prints of a unit's buckets.
func (r *Replica) BucketPrints(unit change.ID) (*wire.Buckets, error) {
	m := &wire.Buckets{Unit: unit}
	err := r.sealed(func() error {
		sums := [256]merge.Sums{}
		err := r.eachConfirmed(unit, func(row *merge.Row) error {
			s := &sums[merge.Bucket(row.Table.No, row.ID)]
			*s = s.Add(row.Sums(r.names))
			return nil
		})
		m.Prints = m.Prints[:0]
		for b := range sums {
			if p := sums[b].Print(); p != (merge.Print{}) {
				m.Prints = append(m.Prints, wire.BucketPrint{Bucket: byte(b), Print: p})
			}
		}
		return err
	})
	return m, err
}

// eachConfirmed calls f for the confirmed rows of a unit, or of all (zero).
func (r *Replica) eachConfirmed(unit change.ID, f func(*merge.Row) error) error {
	own, err := r.ownWriters()
	if err != nil {
		return err
	}
	covered := map[change.Birth]bool{}
	err = r.w.Each("SELECT state FROM sync_confirmed", nil, func(v []driver.Value) error {
		row, err := merge.DecodeRow(slices.Clone(regsql.BytesOf(v[0])))
		if err != nil {
			return err
		}
		covered[row.Birth] = true
		if !unit.IsZero() && row.Unit() != unit {
			return nil
		}
		return f(row)
	})
	if err != nil {
		return err
	}
	unsent, err := r.unsentNumbers()
	if err != nil {
		return err
	}
	once := func(row *merge.Row) error {
		if covered[row.Birth] || own[row.Birth.W] && unsent[row.Birth.Dot] {
			return nil
		}
		return f(row)
	}
	raw, err := r.w.RawTables()
	if err != nil {
		return err
	}
	for _, t := range slices.Concat(schema.Tables(), raw) {
		if err := r.w.EachRow(t, unit, once); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replica) unsentNumbers() (map[change.Dot]bool, error) {
	out := map[change.Dot]bool{}
	err := r.w.Each("SELECT w, n FROM sync_outbox", nil, func(v []driver.Value) error {
		out[change.Dot{W: change.Ref(regsql.IntOf(v[0])), N: uint64(regsql.IntOf(v[1]))}] = true
		return nil
	})
	return out, err
}

// Mend makes the confirmed rows of some buckets what the server says, and
// returns how many differed. Waiting changes lie on top as before.
func (r *Replica) Mend(m *wire.Mend) (differed int, err error) {
	err = r.sealed(func() error {
		a, err := r.applier()
		if err != nil {
			return err
		}
		unwatched, err := metaInt(r.w, "unwatched")
		if err != nil {
			return err
		}
		theirs := map[rowKey]*merge.Row{}
		for _, row := range m.Rows {
			theirs[rowKey{row.Table.No, row.Birth}] = row
		}
		gone, missed, err := a.hold(m, theirs, unwatched != 0)
		if err != nil {
			return err
		}
		differed = len(gone) + len(theirs)
		for _, row := range gone {
			if err := a.evict(&wire.Entry{Table: row.Table.No, Birth: row.Birth}); err != nil {
				return err
			}
		}
		for _, row := range theirs {
			if err := a.arrive(&wire.Entry{Row: row}); err != nil {
				return err
			}
		}
		return errors.Join(a.flush(), r.capture(missed))
	})
	return differed, err
}

// hold compares the rows of the message's buckets with the server's: it takes
// equal ones out of theirs, returns those that the server does not have, and
// what some program wrote unseen into those that it has.
func (a *applier) hold(m *wire.Mend, theirs map[rowKey]*merge.Row, unwatched bool) (gone []*merge.Row, missed []Edit, err error) {
	err = a.r.eachConfirmed(m.Unit, func(mine *merge.Row) error {
		if !slices.Contains(m.Buckets, merge.Bucket(mine.Table.No, mine.ID)) {
			return nil
		}
		key := rowKey{mine.Table.No, mine.Birth}
		row := theirs[key]
		switch {
		case row == nil:
			gone = append(gone, mine)
		case row.Sums(a.r.names) == mine.Sums(a.r.names):
			delete(theirs, key)
		case unwatched:
			missed = append(missed, missedEdit(mine, row)...)
		}
		return nil
	})
	return gone, missed, err
}

// missedEdit returns what a program wrote into the row while nothing captured
// it: registers that stand at the right dots, but not at their values. It is a
// write even where the table shows the value already.
func missedEdit(mine, theirs *merge.Row) []Edit {
	e := Edit{Table: mine.Table.Name, ID: mine.ID, Settle: true, Set: map[string]change.Value{}, Shown: map[uint16][]change.Dot{}}
	for _, reg := range mine.Table.Registers() {
		is, was := mine.Shown(reg.No), theirs.Shown(reg.No)
		if is.Dot != was.Dot || slices.Equal(is.Vals, was.Vals) {
			continue
		}
		e.Shown[reg.No] = theirs.ShownDots(reg.No)
		for i, ci := range reg.Columns {
			e.Set[mine.Table.Columns[ci].Name] = is.Vals[i]
		}
	}
	if len(e.Set) == 0 || theirs.Posted() {
		return nil
	}
	return []Edit{e}
}

// capture makes changes of what was missed, one a row.
func (r *Replica) capture(missed []Edit) error {
	if len(missed) == 0 {
		return nil
	}
	p, err := r.pen(Hand)
	if err != nil {
		return err
	}
	for i := range missed {
		if _, err := p.commit(missed[i : i+1]); err != nil {
			return err
		}
	}
	return p.end()
}

// Mended ends a repair: digests are right again, and so is the capture.
func (r *Replica) Mended() error {
	return r.write(func() error { return r.setMeta("unwatched", nil) })
}

// Unwatched tells whether triggers were missing when the file was opened: some
// program may have written what nothing captured.
func (r *Replica) Unwatched() (yes bool, err error) {
	err = r.read(func(c *regsql.Conn) error {
		n, err := metaInt(c, "unwatched")
		yes = n != 0
		return err
	})
	return yes, err
}
