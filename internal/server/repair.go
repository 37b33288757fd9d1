package server

import (
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// compare answers with the units in which the device and the register differ.
// What is under way may make one differ that does not: mend finds nothing then.
func (t *talk) compare(m *wire.Compare) error {
	if t.hello == nil || t.snap != nil {
		return fault.New(fault.ProtoOrder)
	}
	d := &wire.Differ{}
	err := t.server.store.View(func(tx Tx) error {
		if err := t.check(tx); err != nil {
			return err
		}
		sc := t.pager.scope
		theirs := make(map[change.ID]merge.Print, len(m.Units))
		for id := range sc.inside {
			theirs[id] = merge.Print{} // units that the device does not hold differ too
		}
		for _, id := range sc.above {
			theirs[id] = merge.Print{}
		}
		for _, u := range m.Units {
			theirs[u.Unit] = u.Print
		}
		for id, print := range theirs {
			sums, err := sc.unitSums(tx, id)
			if err != nil {
				return err
			}
			if sums.Print() != print {
				d.Units = append(d.Units, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	sortIDs(d.Units)
	t.unanswered = true
	t.server.log.Warn("a replica differs", "device", t.device.ID, "units", len(d.Units))
	return t.say(d)
}

// unitSums is what a device that holds the scope must have of one unit.
func (sc *scope) unitSums(tx Tx, id change.ID) (sums merge.Sums, err error) {
	inside := sc.inside[id]
	if !inside && !slices.Contains(sc.above, id) {
		return sums, nil
	}
	if sc.bare() { // not all that is published is his: no sum is kept of his part
		err := sc.eachRow(tx, func(r *merge.Row) error {
			sums = sums.Add(r.Sums(tx))
			return nil
		})
		return sums, err
	}
	u, err := tx.Unit(id)
	if inside {
		sums = u.Own
	}
	return sums.Add(u.Published), err
}

// mend sends all rows of the unit's buckets that differ, behind all entries
// that were made before: so the device can hold the one against the other.
func (t *talk) mend(m *wire.Buckets) error {
	if t.hello == nil || t.snap != nil {
		return fault.New(fault.ProtoOrder)
	}
	var say []wire.Message
	waits := false
	err := t.server.store.View(func(tx Tx) error {
		if err := t.check(tx); err != nil {
			return err
		}
		page, err := t.pager.next(tx, t.cursor)
		if err != nil {
			return err
		}
		if page != nil {
			say, waits = append(say, page), true
			return nil
		}
		say, err = t.mends(tx, m)
		return err
	})
	if err != nil {
		return err
	}
	t.unanswered = true
	for _, m := range say {
		if err := t.say(m); err != nil {
			return err
		}
	}
	if waits {
		return t.session.enqueue(func(t *talk) error { return t.mend(m) })
	}
	return nil
}

// mends reads the rows of the buckets whose prints are not the device's.
func (t *talk) mends(tx Tx, m *wire.Buckets) ([]wire.Message, error) {
	rows, err := t.pager.scope.bucketsOf(tx, m.Unit)
	if err != nil {
		return nil, err
	}
	differ := map[byte]merge.Print{}
	for bucket, list := range rows {
		var sums merge.Sums
		for _, r := range list {
			sums = sums.Add(r.Sums(tx))
		}
		differ[bucket] = sums.Print()
	}
	for _, b := range m.Prints {
		if differ[b.Bucket] == b.Print {
			delete(differ, b.Bucket)
		} else if rows[b.Bucket] == nil {
			differ[b.Bucket] = merge.Print{}
		}
	}
	out := []wire.Message{}
	next := &wire.Mend{Unit: m.Unit}
	sizes := wire.Batcher{Max: t.pager.batch}
	for _, b := range slices.Sorted(maps.Keys(differ)) {
		size := 16
		for _, r := range rows[b] {
			size += wire.EstimateRow(r)
		}
		if sizes.Starts(size) {
			out, next = append(out, next), &wire.Mend{Unit: m.Unit}
		}
		next.Buckets, next.Rows = append(next.Buckets, b), append(next.Rows, rows[b]...)
	}
	next.Last = true
	return append(out, next), nil
}

// bucketsOf reads the rows of one unit that the scope holds, deleted ones too.
func (sc *scope) bucketsOf(tx Tx, unit change.ID) (map[byte][]*merge.Row, error) {
	out := map[byte][]*merge.Row{}
	for _, t := range schema.Tables() {
		if !sc.sees(t.No, unit) {
			continue
		}
		err := tx.RowsOf(t, unit, func(r *merge.Row) error {
			b := merge.Bucket(t.No, r.ID)
			out[b] = append(out[b], r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
