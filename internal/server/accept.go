package server

import (
	"errors"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// errMoved says that the writer's chain grew while a batch was verified.
var errMoved = errors.New("server: the chain has grown meanwhile")

// batch is what verification found out about a batch.
type batch struct {
	writer Writer // as it stood
	fresh  []*change.Change
	hashes []change.Hash
	first  uint64
	last   uint64
	again  *again    // what goes with changes of before a restore
	epoch  change.ID // in which the device was greeted; zero: whatever is
}

// Accept verifies a batch of a device's changes, orders it in one Update and
// returns the receipt. A batch that was received before is answered as it was.
func (s *Server) Accept(device change.ID, m *wire.Changes) (*wire.Receipt, error) {
	return s.acceptIn(change.ID{}, device, m)
}

// acceptIn is Accept of a device that was greeted in an epoch.
func (s *Server) acceptIn(epoch, device change.ID, m *wire.Changes) (*wire.Receipt, error) {
	for {
		var b *batch
		err := s.store.View(func(tx Tx) (err error) {
			b, err = s.verify(tx, device, m)
			return err
		})
		if err != nil {
			return nil, err
		}
		b.epoch = epoch
		r, err := s.orderBatch(device, b)
		if !errors.Is(err, errMoved) {
			return r, err
		}
	}
}

func (s *Server) orderBatch(device change.ID, b *batch) (*wire.Receipt, error) {
	if len(b.fresh) > 0 {
		err := s.update(func(o *ordering) error { return o.orderBatch(device, b) })
		if err != nil {
			return nil, err
		}
	}
	var r *wire.Receipt
	err := s.store.View(func(tx Tx) (err error) {
		r, err = s.receipt(tx, b.writer.Ref, b.first, b.last)
		return err
	})
	return r, err
}

func (o *ordering) orderBatch(device change.ID, b *batch) error {
	author, err := o.tx.Device(device)
	if err != nil {
		return err
	}
	if err := heard(author); err != nil {
		return err
	}
	w, err := o.writer(b.writer.Ref)
	if err != nil {
		return err
	}
	if w == nil || w.Last != b.writer.Last || w.Hash != b.writer.Hash {
		return errMoved
	}
	if !b.epoch.IsZero() && b.epoch != o.set.epoch {
		return fault.New(fault.ServerRestored)
	}
	defer func() { o.again = nil }()
	for i, c := range b.fresh {
		o.again = b.again.of(c)
		if err := o.order(c, w, b.hashes[i], author); err != nil {
			return err
		}
	}
	if author.Revoked {
		return o.noticeHeld(author, len(b.fresh) > 0)
	}
	return nil
}

// heard tells whether anything is taken from a device.
func heard(d *Device) error {
	switch {
	case d == nil:
		return fault.New(fault.AuthUnknownDevice)
	case d.Stolen:
		return fault.New(fault.AuthRevoked)
	}
	return nil
}

// verify holds a batch against the writer's chain and the device's key before
// anything of it is believed. It fills in the ids of rows that the wire names
// by their birth.
func (s *Server) verify(tx Tx, device change.ID, m *wire.Changes) (*batch, error) {
	d, err := tx.Device(device)
	if err != nil {
		return nil, err
	}
	if err := heard(d); err != nil {
		return nil, err
	}
	ref, err := tx.Ref(m.Writer)
	if err != nil {
		return nil, err
	}
	w, err := tx.Writer(ref)
	if err != nil {
		return nil, err
	}
	if w == nil || w.Device != device {
		return nil, fault.New(fault.AuthWriter)
	}
	set, err := s.settingsIn(tx)
	if err != nil {
		return nil, err
	}
	b := &batch{writer: *w, again: set.again(m.Again)}
	if len(m.Changes) == 0 {
		return b, nil
	}
	if err := b.follow(tx, m); err != nil {
		return nil, err
	}
	if err := b.restsHere(tx); err != nil {
		return nil, err
	}
	if s.seal.VerifyRange(d.Key, m.Writer, b.last, m.Last, m.Signature) != nil {
		return nil, fault.New(fault.ChainBroken)
	}
	return b, nil
}

// follow goes along the chain.
func (b *batch) follow(tx Tx, m *wire.Changes) error {
	b.first, b.last = m.Changes[0].N, m.Changes[len(m.Changes)-1].N
	prev, err := b.before(tx)
	if err != nil {
		return err
	}
	chain := change.NewChain(b.writer.Name, b.writer.Key[:], tx)
	born, names := map[change.Birth]change.ID{}, rowNames(m.Again)
	for i, c := range m.Changes {
		if c == nil || c.W != b.writer.Ref || c.N != b.first+uint64(i) || c.N > change.MaxNumber {
			return fault.New(fault.ChainBroken)
		}
		if err := nameRows(tx, c, born, names); err != nil {
			return err
		}
		prev = chain.Next(prev, c)
		if c.N > b.writer.Last {
			b.fresh, b.hashes = append(b.fresh, c), append(b.hashes, prev)
			continue
		}
		link, _, err := tx.Link(c.Dot)
		if err != nil {
			return err
		}
		if link.Hash != prev {
			return fault.New(fault.ChainForked, "n", c.N)
		}
	}
	if prev != m.Last {
		return fault.New(fault.ChainBroken)
	}
	return nil
}

// before returns the chain's hash before the batch.
func (b *batch) before(tx Tx) (change.Hash, error) {
	switch {
	case b.first == 0 || b.first > b.writer.Last+1:
		return change.Hash{}, fault.New(fault.ChainGap, "n", b.first, "last", b.writer.Last)
	case b.first == b.writer.Last+1:
		return b.writer.Hash, nil
	case b.first == 1:
		return change.Hash{}, nil
	}
	link, _, err := tx.Link(change.Dot{W: b.writer.Ref, N: b.first - 1})
	return link.Hash, err
}

// nameRows fills in the ids of the rows that a change names by their birth.
// The chain covers ids. Of a row that the server has lost the device says it.
func nameRows(tx Tx, c *change.Change, born, names map[change.Birth]change.ID) error {
	for i := range c.Rows {
		rw := &c.Rows[i]
		if rw.Creates {
			born[rw.Birth] = rw.ID
			continue
		}
		if !rw.ID.IsZero() {
			continue
		}
		if id, ok := born[rw.Birth]; ok {
			rw.ID = id
			continue
		}
		id, err := bornAs(tx, rw)
		if err != nil {
			return err
		}
		if id.IsZero() {
			id = names[rw.Birth]
		}
		if id.IsZero() { // nobody can have made the row but before a restore
			return fault.New(fault.ServerBehind)
		}
		rw.ID, born[rw.Birth] = id, id
	}
	return nil
}

// bornAs finds the id of a row by its birth: in the register, or, where its
// creation was refused, in the change that would have made it.
func bornAs(tx Tx, rw *change.RowWrite) (id change.ID, err error) {
	if t := schema.ByNo(rw.Table); t != nil {
		row, err := tx.RowByBirth(t, rw.Birth)
		if err != nil {
			return id, err
		}
		if row != nil {
			return row.ID, nil
		}
	}
	link, known, err := tx.Link(rw.Birth.Dot)
	if err != nil || !known {
		return id, err
	}
	c, err := effectiveAt(tx, link)
	if err != nil || c == nil {
		return id, err
	}
	for i := range c.Rows {
		if c.Rows[i].Creates && c.Rows[i].Birth == rw.Birth {
			return c.Rows[i].ID, nil
		}
	}
	return id, nil
}

// receipt says what became of a writer's changes from first to last, and how
// far its chain reaches.
func (s *Server) receipt(tx Tx, ref change.Ref, first, last uint64) (*wire.Receipt, error) {
	w, err := tx.Writer(ref)
	if err != nil {
		return nil, err
	}
	r := &wire.Receipt{Writer: w.Name, Through: w.Last, Hash: w.Hash}
	if last > 0 && last < w.Last {
		link, _, err := tx.Link(change.Dot{W: ref, N: last})
		if err != nil {
			return nil, err
		}
		r.Through, r.Hash = last, link.Hash
	}
	refused, err := tx.Refused(ref, first, r.Through)
	if err != nil {
		return nil, err
	}
	for _, e := range refused {
		r.Refused = append(r.Refused, wire.Refusal{N: e.Dot.N, Code: e.Code, Detail: e.Detail})
	}
	return r, s.signReceipt(tx, r)
}
