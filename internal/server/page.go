package server

import (
	"cmp"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// The bounds of one batch of entries, by count and by estimate.
const (
	maxEntries = 500
	maxBatch   = 128 << 10
)

// leastBatch is what a batch shrinks to on a line that always breaks first.
const leastBatch = 2 << 10

// errBelow ends a session that has read less than the log still says: the
// device comes back at once and is given a snapshot.
var errBelow error = fault.New(fault.ScopeChanged)

// pager reads a scope's part of the logs, as one device sees it.
type pager struct {
	scope *scope
	own   map[change.Ref]bool
	holds func(change.Dot) (bool, error) // whether the device is known to hold that own change
	batch int                            // bytes of a batch, by estimate
}

// page reads the next batch of one log behind the cursor; done tells that there
// is no more, or none before what stands in other logs. All entries of one
// change stand in one batch. A batch may be empty and still move on.
func (p *pager) page(tx Tx, log change.ID, cursor change.Cursor) (m *wire.Entries, done bool, err error) {
	after := cursor.Logs[log]
	m = &wire.Entries{Log: log, Through: after}
	head, err := tx.Head(log)
	if err != nil || after >= head {
		return m, true, err
	}
	if floor, err := tx.Floor(log); err != nil || after < floor {
		return nil, false, cmp.Or(err, errBelow)
	}
	nums, err := tx.ReadLists(p.scope.listsIn(log), log, after, maxEntries)
	if err != nil {
		return nil, false, err
	}
	sizes := wire.Batcher{Max: p.batch}
	for _, num := range nums {
		e, err := tx.Entry(log, num)
		if err != nil {
			return nil, false, err
		}
		places, behind, err := readPlaces(e.Places)
		if err != nil {
			return nil, false, err
		}
		p.forget(places, behind)
		if p.waits(behind, cursor) {
			m.Through = num - 1 // what waits elsewhere may wait for what is not listed here
			return m, true, nil
		}
		if p.own[e.Dot.W] {
			if held, err := p.holds(e.Dot); err != nil && len(m.Entries) > 0 {
				return m, false, nil // first what stands before it
			} else if err != nil || !held {
				return m, true, err
			}
		}
		list, size, err := p.see(e, places)
		if err != nil {
			return nil, false, err
		}
		if sizes.Starts(size) || len(m.Entries) > 0 && len(m.Entries)+len(list) > maxEntries {
			return m, false, nil
		}
		m.Entries = append(m.Entries, list...)
		m.Through = num
	}
	if done = len(nums) < maxEntries; done {
		m.Through = head
	}
	return m, done, nil
}

// see returns what the device sees of an entry, and about how large it is.
func (p *pager) see(e *Entry, places []place) (list []wire.Entry, size int, err error) {
	base := wire.Entry{Num: e.Num, At: e.At, Dot: e.Dot}
	if e.Code == codeWaits {
		return nil, 0, nil // its author keeps it
	}
	if p.own[e.Dot.W] && e.Code != "" {
		base.Kind, base.Code, base.Detail = wire.EntryRefused, e.Code, e.Detail
		return []wire.Entry{base}, 48 + len(e.Detail), nil
	}
	if e.Code != "" {
		return nil, 0, nil
	}
	if p.own[e.Dot.W] {
		return p.seeOwn(base, e, places)
	}
	c, err := e.effective()
	if err != nil {
		return nil, 0, err
	}
	seen := make([]change.RowWrite, 0, len(c.Rows))
	for i := range c.Rows {
		if i < len(places) && p.stays(c.Rows[i].Table, &places[i]) {
			seen = append(seen, c.Rows[i])
		}
	}
	rows := c.Rows
	if len(seen) > 0 {
		c.Rows = seen
		base.Kind, base.Change = wire.EntryChange, c
		list, size = append(list, base), wire.EstimateSize(c)
	}
	return p.moves(list, size, e, rows, places)
}

// seeOwn is see for the device's own change: it holds it already, but for
// lists that the server made longer.
func (p *pager) seeOwn(base wire.Entry, e *Entry, places []place) ([]wire.Entry, int, error) {
	base.Kind = wire.EntryOwn
	size := 16
	c, err := e.effective()
	if err != nil {
		return nil, 0, err
	}
	if e.Effective != nil {
		base.Change = c
		size = wire.EstimateSize(c)
	}
	return p.moves([]wire.Entry{base}, size, e, c.Rows, places)
}

// stays tells whether the device sees the row after the change as before it.
func (p *pager) stays(table uint16, at *place) bool {
	return !at.echo && p.scope.sees(table, at.after) && (at.created || p.scope.sees(table, at.before))
}

// moves adds what leaves the scope and what enters it. A row that the device
// made itself, for a unit that has left its scope meanwhile, leaves at once.
func (p *pager) moves(list []wire.Entry, size int, e *Entry, rows []change.RowWrite, places []place) ([]wire.Entry, int, error) {
	for i := range places {
		at := &places[i]
		if i >= len(rows) {
			continue
		}
		was, is := p.scope.sees(rows[i].Table, at.before), p.scope.sees(rows[i].Table, at.after)
		if at.created {
			was = is || p.own[e.Dot.W]
		} else if at.echo && is {
			was = at.gone // it comes as it is, whatever the device holds, and from the log that holds it
		}
		if was == is {
			continue
		}
		entry := wire.Entry{Num: e.Num, At: e.At, Kind: wire.EntryEvict, Table: rows[i].Table, ID: rows[i].ID, Birth: rows[i].Birth}
		if is {
			row, err := at.arrived()
			if err != nil {
				return nil, 0, err
			}
			entry = wire.Entry{Num: e.Num, At: e.At, Kind: wire.EntryArrive, Row: row}
			size += wire.EstimateRow(row)
		}
		list = append(list, entry)
		size += 32
	}
	return list, size, nil
}

// next reads the first batch of any log behind the cursor, which it moves.
// Where there is none, the cursor stands at the heads. What an entry stands
// behind was entered before it, so one of the logs can always go on.
func (p *pager) next(tx Tx, cursor change.Cursor) (*wire.Entries, error) {
	for moved := true; moved; {
		moved = false
		for _, log := range p.scope.logs {
			for done := false; !done; {
				m, last, err := p.page(tx, log, cursor)
				if err != nil {
					return nil, err
				}
				moved = moved || m.Through > cursor.Logs[log]
				cursor.Logs[log], done = m.Through, last
				if len(m.Entries) > 0 {
					return m, nil
				}
			}
		}
	}
	return nil, nil
}
