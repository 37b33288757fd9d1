package memstore

import (
	"errors"
	"sync"

	"dongbo/internal/change"
)

// Names is the writers' dictionary. Several stores, and whoever else takes part
// in a simulation, may share one: the same Ref is then the same writer
// everywhere, and a change may be handed from one to another as it is.
//
// A number that an Update gives out is seen by others when it is committed;
// until then nobody else is given one. So an Update of one store must not run
// inside one of another that shares the dictionary.
type Names struct {
	giving sync.Mutex // held while numbers are given out, and before mu

	mu    sync.RWMutex
	names []change.ID // by Ref; the first is nobody
	refs  map[change.ID]change.Ref
}

var errFull = errors.New("memstore: the dictionary is full")

// NewNames makes an empty dictionary.
func NewNames() *Names {
	return &Names{names: make([]change.ID, 1), refs: map[change.ID]change.Ref{}}
}

// Name gives a writer's name; zero where the number is nobody's.
func (n *Names) Name(ref change.Ref) change.ID {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if int(ref) >= len(n.names) {
		return change.ID{}
	}
	return n.names[ref]
}

// Ref gives a writer its number, a new one if need be.
func (n *Names) Ref(name change.ID) (change.Ref, error) {
	if ref := n.find(name); ref != 0 || name.IsZero() {
		return ref, nil
	}
	g := giver{names: n}
	defer g.end()
	ref, err := g.ref(name)
	g.keep()
	return ref, err
}

func (n *Names) find(name change.ID) change.Ref {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.refs[name]
}

func (n *Names) size() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.names)
}

// giver gives numbers out that may yet be taken back.
type giver struct {
	names *Names
	base  int         // how many there were before
	given []change.ID // nil: it holds no lock
}

func (g *giver) ref(name change.ID) (change.Ref, error) {
	for i, id := range g.given {
		if id == name {
			return change.Ref(g.base + i), nil
		}
	}
	if g.given == nil {
		g.names.giving.Lock()
		g.base, g.given = g.names.size(), []change.ID{}
		if ref := g.names.find(name); ref != 0 {
			return ref, nil // somebody gave it while we waited
		}
	}
	ref := g.base + len(g.given)
	if ref > change.MaxWriter {
		return 0, errFull
	}
	g.given = append(g.given, name)
	return change.Ref(ref), nil
}

func (g *giver) name(ref change.Ref) change.ID {
	if i := int(ref) - g.base; g.given != nil && i >= 0 && i < len(g.given) {
		return g.given[i]
	}
	return g.names.Name(ref)
}

// keep makes the numbers known to all.
func (g *giver) keep() {
	if len(g.given) == 0 {
		return
	}
	g.names.mu.Lock()
	defer g.names.mu.Unlock()
	for i, id := range g.given {
		g.names.refs[id] = change.Ref(g.base + i)
	}
	g.names.names = append(g.names.names, g.given...)
	g.base, g.given = len(g.names.names), g.given[:0]
}

// end lets others give numbers out.
func (g *giver) end() {
	if g.given != nil {
		g.given = nil
		g.names.giving.Unlock()
	}
}
