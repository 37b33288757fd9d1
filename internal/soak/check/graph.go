package check

import (
	"fmt"
	"math/bits"
)

// set is a set of value numbers.
type set []uint64

func (s *set) add(i int) {
	for len(*s) <= i/64 {
		*s = append(*s, 0)
	}
	(*s)[i/64] |= 1 << (i % 64)
}

func (s set) has(i int) bool { return i/64 < len(s) && s[i/64]&(1<<(i%64)) != 0 }

func (s *set) join(o set) {
	for len(*s) < len(o) {
		*s = append(*s, 0)
	}
	for i, w := range o {
		(*s)[i] |= w
	}
}

func (s set) clone() set { return append(set(nil), s...) }

func (s set) each(f func(i int)) {
	for k, w := range s {
		for ; w != 0; w &= w - 1 {
			f(64*k + bits.TrailingZeros64(w))
		}
	}
}

// value is a node of its key's graph.
type value struct {
	no      int
	text    string
	key     string
	by      *Op
	atom    int
	over    []*value // without the empty value
	beneath set      // all values under it
	above   []*value // those that went over it
	refused bool
	exists  bool // its transaction was done, as its outcome or a reader says
}

func (v *value) String() string { return fmt.Sprintf("%q (%s)", v.text, v.by.id()) }

// under tells whether v is h or lies beneath it.
func (v *value) under(h *value) bool { return h == v || h.beneath.has(v.no) }

// graph holds every value of the record.
type graph struct {
	byText map[string]*value
	all    []*value
	byKey  map[string][]*value
	atoms  map[*Op]map[int][]*value
}

// newGraph makes the graph of the writes and reports what makes it none.
func newGraph(ops []*Op, broken func(guarantee, text string, proof ...*Op)) *graph {
	g := &graph{byText: map[string]*value{}, byKey: map[string][]*value{}, atoms: map[*Op]map[int][]*value{}}
	for _, o := range ops {
		for _, w := range o.Writes {
			if old := g.byText[w.Value]; old != nil || w.Value == "" {
				broken("record", fmt.Sprintf("value %q is written twice or empty: the record proves nothing", w.Value), o)
				continue
			}
			v := &value{no: len(g.all), text: w.Value, key: w.Key, by: o, atom: w.Atom, exists: o.Outcome == OK}
			g.byText[w.Value] = v
			g.all = append(g.all, v)
			g.byKey[w.Key] = append(g.byKey[w.Key], v)
			if g.atoms[o] == nil {
				g.atoms[o] = map[int][]*value{}
			}
			g.atoms[o][w.Atom] = append(g.atoms[o][w.Atom], v)
		}
	}
	for _, o := range ops {
		for _, w := range o.Writes {
			g.link(g.byText[w.Value], w, o, broken)
		}
	}
	g.sink()
	return g
}

func (g *graph) link(v *value, w Write, o *Op, broken func(guarantee, text string, proof ...*Op)) {
	if v == nil || v.by != o {
		return
	}
	for _, text := range w.Over {
		p := g.byText[text]
		switch {
		case text == "":
		case p == nil || p.key != v.key:
			broken("no invention", fmt.Sprintf("%s was shown %q as %s, which nobody wrote there", o.id(), text, v.key), o)
		default:
			v.over = append(v.over, p)
			p.above = append(p.above, v)
		}
	}
}

// sink computes what lies beneath each value.
func (g *graph) sink() {
	done := map[*value]bool{}
	var visit func(v *value)
	visit = func(v *value) {
		if done[v] {
			return
		}
		done[v] = true
		for _, p := range v.over {
			visit(p)
			v.beneath.add(p.no)
			v.beneath.join(p.beneath)
		}
	}
	for _, v := range g.all {
		visit(v)
	}
}
