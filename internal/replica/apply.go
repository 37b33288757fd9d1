package replica

import (
	"errors"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// Apply takes a batch of one log into the confirmed layer, in one transaction:
// rows, digests and cursor together. What the cursor has passed already is
// skipped, so a batch may come twice and by any road.
func (r *Replica) Apply(b *wire.Entries) error {
	return r.sealed(func() error {
		n, err := r.w.Int("SELECT num FROM sync_cursor WHERE log = ?", b.Log)
		if err != nil {
			return err
		}
		cursor := uint64(n)
		a, err := r.applier()
		if err != nil {
			return err
		}
		entries := b.Entries
		for len(entries) > 0 && entries[0].Num <= cursor {
			entries = entries[1:]
		}
		if err := a.readAhead(entries); err != nil {
			return err
		}
		for i := range entries {
			if err := a.entry(&entries[i]); err != nil {
				return err
			}
		}
		if err := a.flush(); err != nil {
			return err
		}
		return r.setCursor(b.Log, max(cursor, b.Through))
	})
}

func (r *Replica) setCursor(log change.ID, num uint64) error {
	return r.w.Exec("INSERT INTO sync_cursor (log, num) VALUES (?, ?) ON CONFLICT DO UPDATE SET num = max(num, excluded.num)", log, num)
}

// readAhead reads the rows that others' changes edit, many to a statement.
func (a *applier) readAhead(entries []wire.Entry) error {
	births := map[*schema.Table][]change.Birth{}
	for i := range entries {
		if entries[i].Kind != wire.EntryChange {
			continue
		}
		for _, rw := range entries[i].Change.Rows {
			if t := schema.ByNo(rw.Table); t != nil && !rw.Creates {
				births[t] = append(births[t], rw.Birth)
			}
		}
	}
	for t, list := range births {
		err := a.r.w.LoadMany(t, list, func(row *merge.Row) { a.loaded[rowKey{t.No, row.Birth}] = row })
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) entry(e *wire.Entry) error {
	switch e.Kind {
	case wire.EntryChange:
		return a.change(e)
	case wire.EntryOwn:
		return a.confirm(e)
	case wire.EntryRefused:
		return a.refuse(e)
	case wire.EntryEvict:
		return a.evict(e)
	case wire.EntryArrive:
		return a.arrive(e)
	}
	return fault.New("wire.invalid", "what", "entry kind")
}

// change applies somebody else's change.
func (a *applier) change(e *wire.Entry) error {
	for i := range e.Change.Rows {
		rw := &e.Change.Rows[i]
		t := schema.Any(rw.Table)
		if rw.Creates {
			if err := a.create(e.Dot, rw, t); err != nil {
				return err
			}
			continue
		}
		l, err := a.find(t, rw.Birth)
		if err != nil {
			return err
		}
		if l.confirmed == nil {
			continue // not here: the digest at the session's end tells
		}
		rw.ID = l.shown.ID
		confirmed := onTop(l.confirmed, e.Dot, rw)
		err = errors.Join(a.record(e.Dot, l.confirmed, confirmed, touched(rw)), a.settleLayers(l, confirmed, l.pending))
		if err != nil {
			return err
		}
	}
	a.applied++
	return a.recordChange(e.Dot, e.Change.Person, e.Change.At, e.At)
}

// onTop returns the row with one more change; before stays as it is.
func onTop(before *merge.Row, dot change.Dot, rw *change.RowWrite) *merge.Row {
	after := before.Clone()
	after.Apply(dot, rw)
	return after
}

func (a *applier) create(dot change.Dot, rw *change.RowWrite, t *schema.Table) error {
	row := merge.NewRow(t, rw.ID, rw.Birth)
	row.Apply(dot, rw)
	a.add(row.Unit(), row.Sums(a.r.names))
	old, place, err := a.r.w.Load(t, rw.ID)
	if err != nil {
		return err
	}
	if a.waiting { // edits of a row that a restored server had lost came first
		pending, err := a.r.pendingOf(t.No, rw.ID)
		if err != nil || len(pending) > 0 {
			return errors.Join(err, a.settleLayers(layers{shown: old, place: place}, row, pending))
		}
	}
	return a.r.store(old, row, place, allRegisters(t))
}

func allRegisters(t *schema.Table) []uint16 {
	out := make([]uint16, 0, len(t.Registers()))
	for _, reg := range t.Registers() {
		out = append(out, reg.No)
	}
	return out
}

// record keeps what a change superseded and moves the digest along.
func (a *applier) record(dot change.Dot, before, after *merge.Row, regs []uint16) error {
	erased, err := a.erased(before.ID)
	if err != nil {
		return err
	}
	for _, no := range regs {
		for _, h := range before.Heads(no) {
			if !hasDot(after.Heads(no), h.Dot) && !erased {
				a.history.Add(before.Table.No, before.ID, no, h.Dot.W, h.Dot.N, dot.W, dot.N, change.AppendVals(nil, h.Vals))
			}
		}
	}
	from, to := before.Unit(), after.Unit()
	if from == to {
		a.add(to, after.SumsOf(a.r.names, regs).Sub(before.SumsOf(a.r.names, regs)))
		return nil
	}
	a.add(from, merge.Sums{}.Sub(before.Sums(a.r.names)))
	a.add(to, after.Sums(a.r.names))
	return nil
}

const (
	insertHistory = "INSERT OR IGNORE INTO sync_history (tbl, id, reg, w, n, by_w, by_n, vals) VALUES"
	insertChange  = "INSERT OR IGNORE INTO sync_change (w, n, person, at, lag) VALUES"
)

func hasDot(heads []merge.Head, d change.Dot) bool {
	return slices.ContainsFunc(heads, func(h merge.Head) bool { return h.Dot == d })
}

func (a *applier) add(unit change.ID, s merge.Sums) { a.sums[unit] = a.sums[unit].Add(s) }

// flush stores what the batch collected: history, authors, digests, counters.
func (a *applier) flush() error {
	if err := errors.Join(a.history.Flush(a.r.w), a.changes.Flush(a.r.w)); err != nil {
		return err
	}
	for unit, delta := range a.sums {
		row, err := a.r.w.One("SELECT sums FROM sync_digest WHERE unit = ?", unit)
		if err != nil {
			return err
		}
		var old merge.Sums
		if row != nil {
			old = decodeSums(regsql.BytesOf(row[0]))
		}
		if err := a.r.w.Exec("INSERT INTO sync_digest (unit, sums) VALUES (?, ?) ON CONFLICT DO UPDATE SET sums = excluded.sums",
			unit, encodeSums(old.Add(delta))); err != nil {
			return err
		}
	}
	clear(a.sums)
	if a.waiting {
		if err := a.r.tidyKept(); err != nil {
			return err
		}
	}
	if a.applied == 0 {
		return nil
	}
	return a.r.addMeta("received", a.applied)
}

func encodeSums(s merge.Sums) []byte {
	var b []byte
	for i := range s {
		b = append(b, s[i][:]...)
	}
	return b
}

func decodeSums(b []byte) (s merge.Sums) {
	for i := range s {
		if len(b) >= (i+1)*len(s[i]) {
			copy(s[i][:], b[i*len(s[i]):])
		}
	}
	return s
}

// recordChange keeps who made a change and when; it is written with the batch.
func (a *applier) recordChange(dot change.Dot, person change.ID, at, serverAt int64) (err error) {
	no, ok := a.persons[person]
	if !ok {
		if no, err = a.r.personNo(person); err != nil {
			return err
		}
		a.persons[person] = no
	}
	a.changes.Add(dot.W, dot.N, no, at, lag(at, serverAt))
	return nil
}

// confirm moves an own change from the waiting ones into the confirmed layer.
// The server may have widened its Seen lists.
func (a *applier) confirm(e *wire.Entry) error {
	c, err := a.r.waiting(e.Dot)
	if err != nil || c == nil {
		return err
	}
	if e.Change != nil {
		widen(c, e.Change)
	}
	for i := range c.Rows {
		if err := a.confirmRow(e.Dot, &c.Rows[i]); err != nil {
			return err
		}
	}
	if err := a.r.cameBack(e.Dot); err != nil {
		return err
	}
	return a.recordChange(e.Dot, c.Person, c.At, e.At)
}

// cameBack takes an own change that the log has told of out of the outbox.
func (r *Replica) cameBack(dot change.Dot) error {
	err := r.w.Exec(`INSERT OR IGNORE INTO sync_link (w, n, hash) SELECT b.w, b.n, b.hash FROM sync_outbox b JOIN sync_own o ON o.ref = b.w
WHERE b.w = ? AND b.n = ? AND b.n > o.received`, dot.W, dot.N)
	if err != nil {
		return err
	}
	if err := r.keep(dot.W, dot.N, dot.N); err != nil {
		return err
	}
	return r.w.Exec("DELETE FROM sync_outbox WHERE w = ? AND n = ?", dot.W, dot.N)
}

// widen takes the effective Seen lists over, and that a write lost its value:
// it was replaced before it came. Rows and writes are in order.
func widen(c, effective *change.Change) {
	for i := range min(len(c.Rows), len(effective.Rows)) {
		for j := range min(len(c.Rows[i].Writes), len(effective.Rows[i].Writes)) {
			w := &effective.Rows[i].Writes[j]
			if c.Rows[i].Writes[j].Seen = w.Seen; len(w.Vals) == 0 {
				c.Rows[i].Writes[j].Vals = nil
			}
		}
	}
}

func (a *applier) confirmRow(dot change.Dot, rw *change.RowWrite) error {
	t := schema.ByNo(rw.Table)
	l, err := a.find(t, rw.Birth)
	if err != nil {
		return err
	}
	if err := a.r.dropPending(rw.Table, rw.ID, dot); err != nil || l.shown == nil {
		return err // nil where the row moved out of the scope meanwhile; it may come back
	}
	pending := without(l.pending, dot)
	if rw.Creates {
		row := merge.NewRow(t, rw.ID, rw.Birth)
		row.Apply(dot, rw)
		a.add(row.Unit(), row.Sums(a.r.names))
		if len(pending) == 0 {
			return nil // the tables show exactly this already
		}
		return a.settleLayers(l, row, pending)
	}
	if l.confirmed == nil {
		return nil
	}
	confirmed := onTop(l.confirmed, dot, rw)
	return errors.Join(a.record(dot, l.confirmed, confirmed, touched(rw)), a.settleLayers(l, confirmed, pending))
}

func without(dots []change.Dot, d change.Dot) []change.Dot {
	return slices.DeleteFunc(slices.Clone(dots), func(x change.Dot) bool { return x == d })
}

func (r *Replica) dropPending(table uint16, id change.ID, dot change.Dot) error {
	return r.w.Exec("DELETE FROM sync_pending WHERE tbl = ? AND id = ? AND w = ? AND n = ?", table, id, dot.W, dot.N)
}

// refuse takes a refused own change out of the tables. What was typed stays in
// the quarantine with the reason, to be mended and sent again.
func (a *applier) refuse(e *wire.Entry) error {
	c, err := a.r.waiting(e.Dot)
	if err != nil || c == nil {
		return err
	}
	// One that is refused again, by a restored server, is told of once.
	if err := a.r.w.Exec("INSERT OR IGNORE INTO sync_quarantine (w, n, code, detail, at, body) VALUES (?, ?, ?, ?, ?, ?)",
		e.Dot.W, e.Dot.N, e.Code, e.Detail, e.At, c.Append(nil)); err != nil {
		return err
	}
	a.refused = true
	if e.Code == string(fault.RefusedErased) {
		if err := a.r.stillSays(c); err != nil {
			return err
		}
	}
	for i := range c.Rows {
		rw := &c.Rows[i]
		l, err := a.find(schema.ByNo(rw.Table), rw.Birth)
		if err != nil {
			return err
		}
		if err := a.r.dropPending(rw.Table, rw.ID, e.Dot); err != nil {
			return err
		}
		if l.shown == nil {
			continue
		}
		pending := without(l.pending, e.Dot)
		if rw.Creates {
			pending = nil
			if err := a.r.w.Exec("DELETE FROM sync_pending WHERE tbl = ? AND id = ?", rw.Table, rw.ID); err != nil {
				return err
			}
		}
		if err := a.settleLayers(l, l.confirmed, pending); err != nil {
			return err
		}
	}
	if err := a.r.cameBack(e.Dot); err != nil {
		return err
	}
	return a.recordChange(e.Dot, c.Person, c.At, e.At)
}

// evict takes a row that left the scope out of the confirmed layer. Unsent
// edits of it stay in the outbox and are sent.
func (a *applier) evict(e *wire.Entry) error {
	l, err := a.find(schema.Any(e.Table), e.Birth)
	if err != nil || l.shown == nil {
		return err
	}
	if l.confirmed != nil {
		a.add(l.confirmed.Unit(), merge.Sums{}.Sub(l.confirmed.Sums(a.r.names)))
	}
	if l.stored {
		if err := a.r.w.Exec("DELETE FROM sync_confirmed WHERE tbl = ? AND id = ?", e.Table, l.shown.ID); err != nil {
			return err
		}
	}
	a.applied++
	return a.vanish(l)
}

// arrive installs a row that entered the scope, exactly as it is at this place
// of the log.
func (a *applier) arrive(e *wire.Entry) error {
	l, err := a.find(e.Row.Table, e.Row.Birth)
	if err != nil {
		return err
	}
	if l.confirmed != nil {
		a.add(l.confirmed.Unit(), merge.Sums{}.Sub(l.confirmed.Sums(a.r.names)))
	}
	if l.shown == nil {
		if l.pending, err = a.r.pendingOf(e.Row.Table.No, e.Row.ID); err != nil {
			return err
		}
	}
	a.add(e.Row.Unit(), e.Row.Sums(a.r.names))
	a.applied++
	return a.settleLayers(l, e.Row, l.pending)
}

// lag is what sync_change keeps of the server's time: the time between the
// author's clock and the server's takes fewer bytes. Nil: not known.
func lag(at, serverAt int64) any {
	if serverAt == 0 {
		return nil
	}
	return serverAt - at
}
