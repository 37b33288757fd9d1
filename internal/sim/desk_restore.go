package sim

import (
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// restoredDesk is what a desk keeps for a server that may be restored from a
// backup: what internal/replica/restore.go does, told with maps.
type restoredDesk struct {
	kept      []*change.Change // own changes that came back
	again     [2]uint64
	restoring bool // until the snapshot has come, again grows
	receipts  [2]*wire.Recall
	replaced  map[replacedBy][]change.Dot // what a change replaced
}

type replacedBy struct {
	row rowKey
	reg uint16
	by  change.Dot
}

func (r restoredDesk) copy() restoredDesk {
	r.kept, r.replaced = slices.Clone(r.kept), maps.Clone(r.replaced)
	return r
}

func (d *desk) keep(c *change.Change) {
	if !slices.ContainsFunc(d.kept, func(k *change.Change) bool { return k.Dot == c.Dot }) {
		d.kept = append(d.kept, c)
	}
}

// cameBack is the last number of an own chain that came back in the log.
func (d *desk) cameBack(w change.Ref) (n uint64) {
	for _, c := range d.kept {
		if c.W == w {
			n = max(n, c.N)
		}
	}
	return n
}

func waitsThere(r *wire.Receipt, n uint64) bool {
	return slices.ContainsFunc(r.Refused, func(f wire.Refusal) bool { return f.N == n && f.Code == string(fault.RefusedWaits) })
}

func (d *desk) remember(by change.Dot, before, after *merge.Row, rw *change.RowWrite) {
	for _, w := range rw.Writes {
		for _, h := range before.Heads(w.Reg) {
			if !slices.ContainsFunc(after.Heads(w.Reg), func(x merge.Head) bool { return x.Dot == h.Dot }) {
				k := replacedBy{rowKey{Table: rw.Table, ID: before.ID}, w.Reg, by}
				d.replaced[k] = append(slices.Clip(d.replaced[k]), h.Dot)
			}
		}
	}
}

func (d *desk) below(rw *change.RowWrite, w *change.Write) (below []change.Dot) {
	known := slices.Clone(w.Seen)
	for i := 0; i < len(known); i++ {
		regs := []uint16{w.Reg}
		if w.Reg == schema.Alive {
			regs = append(regs, append(inPlay(schema.ByNo(rw.Table)), aheadReg)...)
		}
		for _, reg := range regs {
			for _, dot := range d.replaced[replacedBy{rowKey{Table: rw.Table, ID: rw.ID}, reg, known[i]}] {
				if !slices.Contains(known, dot) {
					known, below = append(known, dot), append(below, dot)
				}
			}
		}
	}
	return below
}

// sendsRefused tells whether a change that waits was refused before a restore.
func (d *desk) sendsRefused(c *change.Change) bool {
	return slices.ContainsFunc(d.refused, func(q refusal) bool { return q.change.Dot == c.Dot })
}

func (d *desk) sendsAgain() bool {
	return slices.ContainsFunc(d.waiting, func(c *change.Change) bool { return c.N <= d.againOf(c.W) })
}

func (d *desk) againOf(w change.Ref) uint64 {
	for i := range d.chains {
		if d.chains[i].ref == w {
			return d.again[i]
		}
	}
	return 0
}

func (d *desk) Epoch() (change.ID, error) { return d.cursor.Epoch, nil }

func (d *desk) Recalls() (out []*wire.Recall, err error) {
	for _, m := range d.receipts {
		if m != nil {
			out = append(out, m)
		}
	}
	return out, nil
}

func (d *desk) Restored(w *wire.Welcome) (parts map[replica.Kind]uint64, fresh bool, err error) {
	var back []*change.Change
	for i := range d.chains {
		ch := &d.chains[i]
		at := slices.IndexFunc(w.Writers, func(s wire.WriterState) bool { return s.Name == ch.name })
		if at < 0 {
			continue
		}
		s := w.Writers[at]
		d.again[i] = ch.last
		if s.Last == 0 {
			ch.fresh, fresh = true, true
		}
		lost := len(back)
		for n := s.Last + 1; n <= ch.last; n++ {
			for _, c := range d.kept {
				if c.Dot == (change.Dot{W: ch.ref, N: n}) && d.find(c.Dot) == nil {
					back = append(back, c)
				}
			}
		}
		if s.Last >= ch.received && len(back) == lost {
			continue
		}
		if s.Hash != d.links[change.Dot{W: ch.ref, N: s.Last}] {
			return nil, false, fault.New("replica.forked", "path", d.name)
		}
		ch.received, ch.receivedHash = s.Last, s.Hash
	}
	slices.SortStableFunc(back, func(a, b *change.Change) int { return int(a.At - b.At) })
	d.waiting = append(back, d.waiting...)
	d.kept = slices.DeleteFunc(d.kept, func(c *change.Change) bool { return slices.Contains(back, c) })
	d.scope, d.cursor.Epoch, d.restoring = change.Hash{}, w.Epoch, true
	return nil, fresh, nil
}

func (d *desk) Again(b *replica.Batch) (*wire.Again, error) {
	c0 := b.Changes[0]
	m := &wire.Again{Through: d.againOf(c0.W)}
	if c0.N > m.Through {
		return nil, nil
	}
	for _, c := range b.Changes {
		for i := range c.Rows {
			rw := &c.Rows[i]
			if !rw.Creates {
				m.Rows = append(m.Rows, wire.RowName{Birth: rw.Birth, ID: rw.ID})
			}
			for j := range rw.Writes {
				if below := d.below(rw, &rw.Writes[j]); len(below) > 0 {
					m.Below = append(m.Below, wire.Below{N: c.N, Row: uint16(i), Write: uint16(j), Dots: below})
				}
			}
		}
		if i := slices.IndexFunc(d.refused, func(q refusal) bool { return q.change.Dot == c.Dot }); i >= 0 && c.N <= m.Through {
			m.Refused = append(m.Refused, wire.Refusal{N: c.N, Code: d.refused[i].code})
		}
	}
	return m, nil
}

// rest says that the snapshot has come.
func (d *desk) rest() {
	for i := range d.again {
		if d.restoring {
			d.again[i] = d.chains[i].last
		}
	}
	d.restoring = false
}

// keepReceipt keeps the server's last word on a chain.
func (d *desk) keepReceipt(r *wire.Receipt) {
	for i := range d.chains {
		if d.chains[i].name == r.Writer && len(r.Signature) > 0 && (d.receipts[i] == nil || d.receipts[i].Receipt.Through <= r.Through) {
			d.receipts[i] = &wire.Recall{Epoch: d.cursor.Epoch, Receipt: *r}
		}
	}
}
