package replica

import (
	"bytes"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// layers is a row with its two layers taken apart.
type layers struct {
	shown     *merge.Row // what the tables show; nil: nothing
	place     regsql.Place
	confirmed *merge.Row // what the log says up to the cursor; nil: does not exist there
	stored    bool       // the confirmed layer stands in sync_confirmed
	pending   []change.Dot
}

// applier applies what arrives, inside one write transaction.
type applier struct {
	r       *Replica
	own     map[change.Ref]bool
	waiting bool // some own change waits: rows may have two layers
	refused bool // some own change was ever refused: Seen lists may need expanding
	again   bool // some own change is sent again: see restore.go
	told    bool // some row was erased by law
	sums    map[change.ID]merge.Sums
	applied int64
	loaded  map[rowKey]*merge.Row // read ahead, each used once: from then on the file knows better
	persons map[change.ID]int64
	history regsql.Bulk
	changes regsql.Bulk
}

// rowKey names a row by its birth.
type rowKey struct {
	table uint16
	birth change.Birth
}

func (r *Replica) applier() (*applier, error) {
	a := &applier{r: r, sums: map[change.ID]merge.Sums{}, loaded: map[rowKey]*merge.Row{},
		persons: map[change.ID]int64{}, history: regsql.Bulk{Insert: insertHistory}, changes: regsql.Bulk{Insert: insertChange}}
	var err error
	if a.own, err = r.ownWriters(); err != nil {
		return nil, err
	}
	n, err := r.w.Int("SELECT EXISTS (SELECT 1 FROM sync_outbox)")
	if err != nil {
		return nil, err
	}
	a.waiting = n > 0
	n, err = r.w.Int("SELECT EXISTS (SELECT 1 FROM sync_quarantine)")
	a.refused = n > 0
	if err == nil && a.waiting {
		a.again, err = sendsAgain(r.w)
	}
	if err != nil {
		return a, err
	}
	n, err = r.w.Int("SELECT EXISTS (SELECT 1 FROM erasure)")
	a.told = n > 0
	return a, err
}

// find takes the row of that birth apart.
func (a *applier) find(t *schema.Table, birth change.Birth) (l layers, err error) {
	key := rowKey{t.No, birth}
	if l.shown = a.loaded[key]; l.shown != nil {
		l.place = regsql.InTable
		delete(a.loaded, key)
	} else if l.shown, l.place, err = a.r.w.LoadByBirth(t, birth); err != nil || l.shown == nil {
		return l, err
	}
	return l, a.split(&l)
}

func (a *applier) split(l *layers) error {
	l.confirmed = l.shown
	if !a.waiting {
		return nil
	}
	t, id := l.shown.Table.No, l.shown.ID
	row, err := a.r.w.One("SELECT state FROM sync_confirmed WHERE tbl = ? AND id = ?", t, id)
	if err != nil {
		return err
	}
	if row != nil {
		l.stored = true
		if l.confirmed, err = merge.DecodeRow(regsql.BytesOf(row[0])); err != nil {
			return err
		}
	} else if a.own[l.shown.Birth.W] {
		unsent, err := a.r.unsentBirth(l.shown.Birth)
		if err != nil {
			return err
		}
		if unsent {
			l.confirmed = nil
		}
	}
	if l.stored || l.confirmed == nil {
		l.pending, err = a.r.pendingOf(t, id)
	}
	return err
}

func (r *Replica) pendingOf(table uint16, id change.ID) ([]change.Dot, error) {
	rows, err := r.w.All("SELECT w, n FROM sync_pending WHERE tbl = ? AND id = ? ORDER BY seq", table, id)
	out := make([]change.Dot, len(rows))
	for i, row := range rows {
		out[i] = change.Dot{W: change.Ref(regsql.IntOf(row[0])), N: uint64(regsql.IntOf(row[1]))}
	}
	return out, err
}

// settleLayers stores the row after its confirmed layer became confirmed (nil:
// it does not exist there) and its unsent edits became pending.
func (a *applier) settleLayers(l layers, confirmed *merge.Row, pending []change.Dot) error {
	id := l.shown
	if id == nil {
		id = confirmed
	}
	shown, err := a.overlay(confirmed, pending)
	if err != nil {
		return err
	}
	switch {
	case confirmed != nil && len(pending) > 0:
		err = a.r.w.Exec("INSERT INTO sync_confirmed (tbl, id, birth, state) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
			id.Table.No, id.ID, id.Birth.Pack(), confirmed.Append(nil))
	case l.stored:
		err = a.r.w.Exec("DELETE FROM sync_confirmed WHERE tbl = ? AND id = ?", id.Table.No, id.ID)
	}
	if err != nil {
		return err
	}
	if shown == nil {
		return a.vanish(l)
	}
	return a.show(l, shown)
}

// show puts what is to be shown of a row in the place of what was.
func (a *applier) show(l layers, shown *merge.Row) error {
	touched := differing(l.shown, shown)
	if l.place == regsql.InTable && len(touched) > 0 && bytes.Equal(l.shown.Version(), shown.Version()) {
		// The table was spoilt, or what waits was emptied: that is no stranger's write.
		if err := a.r.w.Touch(shown.Table, shown.ID); err != nil {
			return err
		}
	}
	return a.r.store(l.shown, shown, l.place, touched)
}

// vanish takes a row that exists in no layer out of the tables.
func (a *applier) vanish(l layers) error {
	if l.shown == nil {
		return nil
	}
	if err := a.r.w.Forget(l.shown.Table, l.shown.ID, l.place); err != nil {
		return err
	}
	return a.r.derive(l.shown, nil)
}

// overlay puts the waiting changes on top of the confirmed layer.
func (a *applier) overlay(confirmed *merge.Row, pending []change.Dot) (*merge.Row, error) {
	if len(pending) == 0 {
		return confirmed, nil
	}
	if confirmed == nil {
		return nil, nil
	}
	row := confirmed.Clone()
	for _, dot := range pending {
		c, err := a.r.waiting(dot)
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		for i := range c.Rows {
			if c.Rows[i].ID != row.ID || c.Rows[i].Table != row.Table.No {
				continue
			}
			rw := c.Rows[i]
			if rw, err = a.expand(rw); err != nil {
				return nil, err
			}
			row.Apply(dot, &rw)
		}
	}
	return row, nil
}

// waiting returns an own change that has not come back yet, or nil.
func (r *Replica) waiting(dot change.Dot) (*change.Change, error) {
	return r.body("sync_outbox", dot)
}

// quarantined returns an own change that was refused, or nil.
func (r *Replica) quarantined(dot change.Dot) (*change.Change, error) {
	return r.body("sync_quarantine", dot)
}

func (r *Replica) body(table string, dot change.Dot) (*change.Change, error) {
	row, err := r.w.One("SELECT body FROM "+table+" WHERE w = ? AND n = ?", dot.W, dot.N)
	if err != nil || row == nil {
		return nil, err
	}
	return change.Decode(regsql.BytesOf(row[0]))
}

// expand gives the writes of a waiting change the Seen lists that the server
// will read in them: with what refused changes had named and, where the server
// was restored, with what lay below the values that they replaced.
func (a *applier) expand(rw change.RowWrite) (change.RowWrite, error) {
	if a.refused {
		wide, _, err := rw.Expand(a.r.quarantined)
		if err != nil {
			return rw, err
		}
		rw = wide
	}
	if !a.again {
		return rw, nil
	}
	rw.Writes = slices.Clone(rw.Writes)
	for i := range rw.Writes {
		w := &rw.Writes[i]
		below, err := belowOf(a.r.w, &rw, w)
		if err != nil {
			return rw, err
		}
		w.Seen = append(slices.Clip(w.Seen), below...)
	}
	return rw, nil
}

// differing returns the registers whose heads differ between two states.
func differing(a, b *merge.Row) []uint16 {
	var out []uint16
	if a == nil || b == nil {
		return nil
	}
	for i, reg := range b.Table.Registers() {
		if !sameHeads(a.Regs[i], b.Regs[i]) {
			out = append(out, reg.No)
		}
	}
	return out
}

func sameHeads(a, b []merge.Head) bool {
	return slices.EqualFunc(a, b, func(x, y merge.Head) bool { return x.Dot == y.Dot && slices.Equal(x.Vals, y.Vals) })
}
