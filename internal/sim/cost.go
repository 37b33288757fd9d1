package sim

import (
	"dongbo/internal/change"
	"dongbo/internal/server"
	"dongbo/internal/wire"
)

// counting is a store that counts the entries that a server reads in it.
type counting struct {
	server.Store
	reads *int
}

func (c counting) View(f func(server.Tx) error) error {
	return c.Store.View(func(tx server.Tx) error { return f(countingTx{tx, c.reads}) })
}

func (c counting) Update(f func(server.Tx) error) error {
	return c.Store.Update(func(tx server.Tx) error { return f(countingTx{tx, c.reads}) })
}

type countingTx struct {
	server.Tx
	reads *int
}

func (t countingTx) Entry(log change.ID, num uint64) (*server.Entry, error) {
	*t.reads++
	return t.Tx.Entry(log, num)
}

// work is what one exchange has cost so far.
type work struct {
	began   int // entries that the servers had read before
	entries int // that came down
	changes int // that went up
}

func (k *work) count(m wire.Message) {
	switch m := m.(type) {
	case *wire.Entries:
		k.entries += len(m.Entries)
	case *wire.Changes:
		k.changes += len(m.Changes)
	}
}

// besides is how many entries an exchange may read that it does not carry: where
// an office stood, what it was refused.
const besides = 8

// bounded holds that an exchange read of the logs what it had to say, however
// long they are.
func (w *world) bounded(o *office, k work) error {
	w.oracle.held[20]++
	most := k.entries + 2*k.changes + besides
	if w.restored {
		most += 2 * k.changes // what waits for a row or a right is judged again when that comes
	}
	if w.far() {
		most *= 2 // of a row that has crossed there is an entry in either log
	}
	if n := w.reads - k.began; n > most {
		return broken("%s took %d entries and sent %d changes, and the server read %d entries (I20)", o.name, k.entries, k.changes, n)
	}
	return nil
}

// part is what an office has of a snapshot, and what must not change for it to
// go on where it stopped.
type part struct {
	from   *server.Server
	epoch  change.ID
	scope  change.Hash
	chains uint64 // how far the office's own reach
	next   uint64
}

// resumes holds, once an office has received m, that a snapshot which was cut is
// not sent from its beginning. After a restore it may be: what the devices give
// back makes another snapshot of it.
func (w *world) resumes(o *office, from *server.Server, m wire.Message) error {
	switch m := m.(type) {
	case *wire.Welcome:
		at := part{from: from, epoch: m.Epoch, scope: m.Scope, next: o.part.next}
		for i := range m.Writers {
			at.chains += m.Writers[i].Last
		}
		if at != o.part {
			at.next = 0
		}
		o.part = at
	case *wire.Receipt:
		o.part.next = 0 // more of its own came: another snapshot
	case *wire.Chunk:
		w.oracle.held[20]++
		if uint64(m.Index) < o.part.next && w.spools[o.id] == o && !w.restored {
			return broken("%s had chunk %d of a snapshot and is sent it again (I20)", o.name, m.Index)
		}
		w.spools[o.id] = o
		kept, err := o.Resume()
		if err != nil {
			return err
		}
		if kept != nil { // a chunk that comes while the office greets anew is not meant for it
			o.part.next = uint64(kept.Next)
		}
	case *wire.SnapshotEnd:
		o.part = part{}
	}
	return nil
}
