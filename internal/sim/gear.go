package sim

import (
	"errors"
	"math/rand/v2"
	"slices"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/server/memstore"
	"dongbo/internal/wire"
)

// Gear says what histories run on.
type Gear string

// The gears.
const (
	Pure   Gear = "pure"   // maps in memory; messages handed over
	SQLite Gear = "sqlite" // SQLite files on both sides; messages encoded
)

// machine is the computer of an office: what histories do to its replica, and
// what the oracle sees of it. Dots have world-wide numbers there; as an
// agent.Replica it speaks with its own.
type machine interface {
	agent.Replica
	state(of ...rowKey) (state, error)
	commit(kind replica.Kind, edits ...replica.Edit) error
	wake(host)
	open() error // before it is used as an agent.Replica
	close() error
	holdings() ([][]byte, error) // all that it keeps
	unused() bool                // nothing was ever asked of it: a history may do without
}

// state is what a machine holds at one moment.
type state struct {
	ready   bool
	rows    map[rowKey]*merge.Row // of those asked for, as shown
	waiting []*change.Change      // own changes that have not come back
	refused []change.Dot
	covered int // rows whose confirmed state is kept apart, below what waits
}

type rowKey = replica.RowName

func (s *state) waits(dot change.Dot) bool {
	return slices.ContainsFunc(s.waiting, func(c *change.Change) bool { return c.Dot == dot })
}

// host is the world around a machine.
type host struct {
	now     func() int64
	random  *rand.Rand
	newID   func() change.ID
	renamed func(c *change.Change, to change.Dot) // a waiting change got another name
}

// ground is what a world's machines and its register are made of.
type ground interface {
	register() (server.Store, error)
	machine(replica.Identity) (machine, error)
	fork(machine) (machine, error)      // a copy of a disk as it is at this moment
	rest(server.Store, []machine) error // nobody writes any more: branches may be made
	branch(server.Store) (ground, server.Store, error)
	reopen(server.Store) (server.Store, error)
	save(server.Store) (restore func() (server.Store, error), err error)
	line(machine, *server.Inline) line
	worldly(server.Tx) server.Tx // the register by world-wide numbers
	worldDot(server.Tx) func(change.Dot) change.Dot
	clear(server.Store) error // the end of a world; nil: of all
}

// line carries messages between a machine and a server.
type line struct {
	up, down func(wire.Message) (wire.Message, error)
}

// ground makes what a gear's worlds are made of; dir is for its files.
func (g Gear) ground(dir string) (ground, error) {
	switch g {
	case Pure, "":
		return memory{memstore.NewNames()}, nil
	case SQLite:
		return newFolder(dir)
	}
	return nil, errors.New("sim: no such gear: " + string(g))
}

// memory is the pure gear's ground: all have one dictionary of writers.
type memory struct{ names *memstore.Names }

func (m memory) register() (server.Store, error) { return memstore.New(m.names), nil }

func (m memory) machine(id replica.Identity) (machine, error) { return newDesk(m.names, id), nil }

func (m memory) fork(of machine) (machine, error) { return of.(*desk).copy(), nil }

func (m memory) rest(server.Store, []machine) error { return nil }

func (m memory) branch(s server.Store) (ground, server.Store, error) {
	return m, s.(*memstore.Store).Clone(), nil
}

func (m memory) reopen(s server.Store) (server.Store, error) { return s, nil }

func (m memory) save(s server.Store) (func() (server.Store, error), error) {
	saved := s.(*memstore.Store).Clone()
	return func() (server.Store, error) { return saved.Clone(), nil }, nil
}

func (m memory) line(machine, *server.Inline) line { return line{asIs, asIs} }

func asIs(m wire.Message) (wire.Message, error) { return m, nil }

func (m memory) worldly(tx server.Tx) server.Tx { return tx }

func (m memory) worldDot(server.Tx) func(change.Dot) change.Dot {
	return func(d change.Dot) change.Dot { return d }
}

func (m memory) clear(server.Store) error { return nil }
