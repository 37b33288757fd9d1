// Package memstore keeps a central register in memory: a server.Store for the
// simulator and for tests, which make a register for each history and throw it
// away. Nothing else uses it: what it holds ends with the process.
//
// The nouns. A state is all that the register holds: maps of values that never
// change once they are in. An Update writes into a layer of its own above them,
// which is kept when it succeeds and dropped when it fails, so that a View
// beside it sees what was committed and no more. Clone lays two stores upon one
// shared layer: a world that took a while to make is copied for each history at
// the price of a struct. Names is the writers' dictionary, which several stores
// may share.
//
// Whatever is read comes in an order that follows from the contents alone, ids
// rising: two runs of one history read alike.
package memstore

import (
	"errors"
	"sync"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
)

// Store is a server.Store in memory.
type Store struct {
	names *Names

	update sync.Mutex   // one Update at a time
	mu     sync.RWMutex // guards state; a View holds it while it reads
	state  state
}

var _ server.Store = (*Store)(nil)

// New makes an empty store whose writers are numbered by names.
func New(names *Names) *Store { return &Store{names: names} }

// Clone makes a store that holds the same and goes its own way from here on,
// with the same dictionary. Cloning a store that has not been written to since
// it was last cloned costs the same however much it holds.
func (s *Store) Clone() *Store {
	s.update.Lock()
	defer s.update.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.state.cells() {
		c.freeze()
	}
	return &Store{names: s.names, state: s.state}
}

// Update implements server.Store.
func (s *Store) Update(f func(server.Tx) error) error {
	s.update.Lock()
	defer s.update.Unlock()
	// Whoever writes the state holds update, so it may be read without mu.
	t := &tx{state: s.state, giver: giver{names: s.names}, writes: true}
	defer t.giver.end()
	if err := f(t); err != nil {
		return err
	}
	t.giver.keep()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range t.state.cells() {
		c.commit()
	}
	s.state = t.state
	return nil
}

var errView = errors.New("memstore: a View has written")

// View implements server.Store.
func (s *Store) View(f func(server.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := &tx{state: s.state, giver: giver{names: s.names}}
	err := f(t)
	for _, c := range t.state.cells() {
		if err == nil && c.dirty() {
			err = errView
		}
	}
	if err == nil && t.state.generation != s.state.generation {
		err = errView
	}
	return err
}

// Generation implements server.Store.
func (s *Store) Generation() (uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.generation, nil
}

// Name implements server.Store.
func (s *Store) Name(ref change.Ref) change.ID { return s.names.Name(ref) }

// Scrub implements server.Store; there are no files.
func (s *Store) Scrub() (bool, error) { return true, nil }

// Close implements server.Store; there is nothing to close.
func (s *Store) Close() error { return nil }

// state is what a register holds. No value is written to once it is in.
type state struct {
	generation uint64
	settings   layers[string, []byte]

	rows   layers[rowKey, *merge.Row]
	births layers[birthKey, change.ID]
	tables lists[uint16, change.ID] // the rows of a table, as they came
	placed lists[rowKey, change.ID] // of a table at a unit, as they came
	named  lists[refKey, change.ID] // of a table by whom they name, existing ones
	units  layers[change.ID, server.Unit]
	twins  lists[change.ID, change.ID]

	logs    lists[change.ID, *server.Entry] // number n at n-1
	chain   layers[change.Dot, *server.Entry]
	refused lists[change.Ref, *server.Entry]
	index   lists[listKey, uint64]
	pasts   lists[pastKey, server.Past]
	floors  layers[change.ID, uint64]

	devices   layers[change.ID, server.Device]
	enrolled  lists[struct{}, change.ID] // all devices
	writers   layers[change.Ref, server.Writer]
	writersOf lists[change.ID, change.Ref]
	codes     layers[change.ID, server.Code]
}

// rowKey names a row of a table, or the rows of a table at a unit.
type rowKey struct {
	table uint16
	id    change.ID
}

type birthKey struct {
	table uint16
	birth change.Birth
}

type refKey struct {
	table, column uint16
	id            change.ID
}

type listKey struct {
	list server.List
	log  change.ID
}

type pastKey struct {
	kind    server.PastKind
	of, log change.ID
}

// cell is any of the state's maps.
type cell interface {
	dirty() bool
	commit()
	freeze()
}

func (s *state) cells() [19]cell {
	return [...]cell{
		&s.settings, &s.rows, &s.births, &s.tables, &s.placed, &s.named, &s.units, &s.twins,
		&s.logs, &s.chain, &s.refused, &s.index, &s.pasts, &s.floors,
		&s.devices, &s.enrolled, &s.writers, &s.writersOf, &s.codes,
	}
}
