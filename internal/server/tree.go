package server

import (
	"slices"
	"sync"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// tree is the units by what stands above them. A tree lies on another and
// holds only what differs, so that judging a change costs what it moves; the
// one that sessions share lies on nothing and never changes.
type tree struct {
	under *tree
	nodes map[change.ID]node
	root  change.ID
	gen   uint64 // of the store, for the shared one

	once  sync.Once
	below map[change.ID][]change.ID
	codes map[string]change.ID
}

// node is a unit's place: what it belongs to, and what manages it; and the code
// of one that is not deleted.
type node struct {
	parent, manager change.ID
	code            string
}

var unitTable = schema.ByName("unit")

func nodeOf(r *merge.Row) (n node) {
	n.parent, _ = r.Value("parent_id").ID()
	n.manager, _ = r.Value("managed_by_id").ID()
	if r.Exists() {
		n.code = r.Value("code").Text()
	}
	return n
}

func (t *tree) over() *tree {
	return &tree{under: t, root: t.root}
}

func (t *tree) node(id change.ID) (node, bool) {
	for ; t != nil; t = t.under {
		if n, ok := t.nodes[id]; ok {
			return n, true
		}
	}
	return node{}, false
}

// put places a unit. The first without a parent is the root.
func (t *tree) put(id change.ID, n node) {
	if t.nodes == nil {
		t.nodes = map[change.ID]node{}
	}
	t.nodes[id] = n
	if n.parent.IsZero() && t.root.IsZero() {
		t.root = id
	}
}

// absorb takes over what a tree that lies on t holds.
func (t *tree) absorb(o *tree) {
	for id, n := range o.nodes {
		t.put(id, n)
	}
}

// flat makes a tree that lies on nothing.
func (t *tree) flat() *tree {
	out := &tree{nodes: map[change.ID]node{}, root: t.root}
	var layers []*tree
	for ; t != nil; t = t.under {
		layers = append(layers, t)
	}
	for _, l := range slices.Backward(layers) {
		for id, n := range l.nodes {
			out.nodes[id] = n
		}
	}
	return out
}

// above returns the unit and all that stands above it, through belongs-to and
// managed-by alike, each once, the unit itself first.
func (t *tree) above(id change.ID) []change.ID {
	out := make([]change.ID, 0, 8)
	add := func(id change.ID) {
		if !id.IsZero() && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	add(id)
	for i := 0; i < len(out); i++ {
		n, _ := t.node(out[i])
		add(n.parent)
		add(n.manager)
	}
	return out
}

// line returns the unit and what it belongs to, up to the root; ok is false
// where the line does not end at the root.
func (t *tree) line(id change.ID) (line []change.ID, ok bool) {
	for !id.IsZero() {
		n, known := t.node(id)
		if !known || slices.Contains(line, id) {
			return line, false
		}
		line = append(line, id)
		id = n.parent
	}
	return line, len(line) > 0 && line[len(line)-1] == t.root
}

// log returns the log that orders the unit's rows: the unit directly below the
// root that it belongs to, or the root.
func (t *tree) log(id change.ID) (change.ID, bool) {
	line, ok := t.line(id)
	if !ok {
		return change.ID{}, false
	}
	return line[max(0, len(line)-2)], true
}

// meet returns the lowest unit above both, or one of them.
func (t *tree) meet(a, b change.ID) change.ID {
	line, _ := t.line(a)
	other, _ := t.line(b)
	for _, id := range line {
		if slices.Contains(other, id) {
			return id
		}
	}
	return t.root
}

// within returns the given units and all below them. Only for flat trees.
func (t *tree) within(units []change.ID) map[change.ID]bool {
	t.index()
	out := map[change.ID]bool{}
	queue := slices.Clone(units)
	for len(queue) > 0 {
		id := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if out[id] || id.IsZero() {
			continue
		}
		out[id] = true
		queue = append(queue, t.below[id]...)
	}
	return out
}

// byCode finds a unit by its code.
func (t *tree) byCode(code string) (change.ID, bool) {
	if code == "" {
		return change.ID{}, false
	}
	base := t
	for ; base.under != nil; base = base.under {
		for id := range base.nodes {
			if n, _ := t.node(id); n.code == code {
				return id, true
			}
		}
	}
	base.index()
	id := base.codes[code]
	n, _ := t.node(id)
	return id, n.code == code
}

// index makes what finds the units of a flat tree by what they belong to, and by
// their codes.
func (t *tree) index() {
	t.once.Do(func() {
		t.below, t.codes = map[change.ID][]change.ID{}, map[string]change.ID{}
		for id, n := range t.nodes {
			t.codes[n.code] = id
			t.below[n.parent] = append(t.below[n.parent], id)
			if n.manager != n.parent {
				t.below[n.manager] = append(t.below[n.manager], id)
			}
		}
	})
}

// treeIn returns the shared tree as it is in tx, reading it again only when
// somebody, in whatever process, changed a unit.
func (s *Server) treeIn(tx Tx) (*tree, error) {
	gen, err := number(tx, keyTree)
	if err != nil {
		return nil, err
	}
	if t := s.tree.Load(); t != nil && t.gen == gen {
		return t, nil
	}
	t := &tree{gen: gen, nodes: map[change.ID]node{}}
	if root, err := tx.Setting(keyRoot); err != nil {
		return nil, err
	} else if root != nil {
		copy(t.root[:], root)
	}
	err = tx.Rows(unitTable, func(r *merge.Row) error {
		t.nodes[r.ID] = nodeOf(r)
		return nil
	})
	if err == nil {
		s.keepTree(t)
	}
	return t, err
}

// keepTree shares t, unless a later one is there.
func (s *Server) keepTree(t *tree) {
	for {
		old := s.tree.Load()
		if old != nil && old.gen > t.gen {
			return
		}
		if s.tree.CompareAndSwap(old, t) {
			return
		}
	}
}

// logs lists the units that have a log of their own: the root and those directly
// below it, by rising id.
func (t *tree) logs() (ids []change.ID) {
	for id, n := range t.flat().nodes {
		if id == t.root || n.parent == t.root {
			ids = append(ids, id)
		}
	}
	sortIDs(ids)
	return ids
}
