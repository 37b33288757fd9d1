package server

import (
	"sync"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// A device is told of its own change by its number alone: it holds the rest.
// But another copy of the device may be speaking at the same moment, under the
// same writer. So a number is told as the device's own only where its hash was
// proved in this session: the device greeted with the chain up to it, or sent it.

// proofs are what one session has proved of its device's own chains. The
// goroutine that says owns reach; what was sent is shared with the one that
// reads, which notes it before the change can stand in a log.
type proofs struct {
	reach map[change.Ref]uint64

	mu   sync.Mutex
	sent map[change.Ref]uint64
}

// sending notes numbers that are about to be held against the chain.
func (p *proofs) sending(m *wire.Changes) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent == nil {
		p.sent = map[change.Ref]uint64{}
	}
	for _, c := range m.Changes {
		if c != nil {
			p.sent[c.W] = max(p.sent[c.W], c.N)
		}
	}
}

// received notes that the chain up to there is the one that the device sent.
func (p *proofs) received(m *wire.Changes) {
	for _, c := range m.Changes {
		if reach, own := p.reach[c.W]; own {
			p.reach[c.W] = max(reach, c.N)
		}
	}
}

// holds tells whether the device is known to hold its own change. Where it has
// just sent it, its receipt will tell; otherwise another copy of it did.
func (p *proofs) holds(d change.Dot) (bool, error) {
	if d.N <= p.reach[d.W] {
		return true, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.N <= p.sent[d.W] {
		return false, nil
	}
	return false, fault.New(fault.ChainForked, "n", d.N)
}

// greeted returns how far each of the writers that a device greets with is
// proved: up to where the chain ends here, unless the device's ends before that
// or is another. Such a one has parted from another copy or is about to, and
// greets again before it applies anything: until then it is as strange to that
// writer as anybody.
func greeted(tx Tx, writers []wire.WriterState) (map[change.Ref]uint64, error) {
	reach := make(map[change.Ref]uint64, len(writers))
	for _, g := range writers {
		ref, err := tx.Ref(g.Name)
		if err != nil {
			return nil, err
		}
		w, err := tx.Writer(ref)
		if err != nil {
			return nil, err
		}
		if w == nil || g.Last < w.Last || g.Last == w.Last && g.Hash != w.Hash {
			continue
		}
		reach[ref] = w.Last
	}
	return reach, nil
}
