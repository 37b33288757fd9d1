package check_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/soak/check"
)

// model is a correct engine in a few lines: a log, and replicas that apply it
// in order beneath their own waiting changes.
type model struct {
	dice     *rand.Rand
	log      []mchange
	replicas []*mreplica
	story    story
	values   int
}

type mchange struct {
	by     int
	writes []check.Write
}

type mreplica struct {
	no        int
	step      int
	sent      int // of waiting
	cursor    int
	confirmed map[string][]string
	waiting   []mchange
}

func merged(state map[string][]string, c mchange) {
	for _, w := range c.writes {
		var kept []string
		at := -1
		for _, h := range state[w.Key] {
			if slices.Contains(w.Over, h) {
				if at < 0 {
					at = len(kept)
				}
				continue
			}
			kept = append(kept, h)
		}
		if at < 0 {
			at = len(kept)
		}
		state[w.Key] = slices.Insert(kept, at, w.Value)
	}
}

func (r *mreplica) view() map[string][]string {
	state := map[string][]string{}
	for key, h := range r.confirmed {
		state[key] = slices.Clone(h)
	}
	for _, c := range r.waiting {
		merged(state, c)
	}
	return state
}

var modelKeys = []string{"G1/1/a", "G1/1/b", "G1/2/a", "G1/2/b"}

func (r *mreplica) reads() (out []check.Read) {
	state := r.view()
	for _, key := range modelKeys {
		h := state[key]
		if len(h) == 0 {
			h = []string{""}
		}
		out = append(out, heads(key, h...))
	}
	return out
}

func (m *model) write(r *mreplica) {
	state := r.view()
	c := mchange{by: r.no}
	for _, key := range modelKeys {
		if m.dice.IntN(3) > 0 {
			continue
		}
		m.values++
		w := put(key, fmt.Sprint("v", m.values))
		if h := state[key]; len(h) > 0 && m.dice.IntN(4) == 0 {
			w.Over = h
		} else if len(h) > 0 {
			w.Over = h[:1]
		}
		c.writes = append(c.writes, w)
	}
	if len(c.writes) == 0 {
		return
	}
	r.step++
	o := check.Op{Session: r.name(), Step: r.step, Writes: c.writes}
	switch m.dice.IntN(8) {
	case 0:
		o.Outcome = check.Failed
	case 1:
		o.Outcome = check.Unknown
	}
	if o.Outcome == "" || o.Outcome == check.Unknown && m.dice.IntN(2) == 0 {
		r.waiting = append(r.waiting, c)
	}
	m.story.add(o)
}

func (r *mreplica) name() string { return fmt.Sprint("r", r.no) }

func (m *model) push(r *mreplica) {
	if r.sent < len(r.waiting) {
		m.log = append(m.log, r.waiting[r.sent])
		r.sent++
	}
}

func (m *model) pull(r *mreplica) {
	if r.cursor == len(m.log) {
		return
	}
	c := m.log[r.cursor]
	r.cursor++
	merged(r.confirmed, c)
	if c.by == r.no {
		r.waiting = r.waiting[1:]
		r.sent--
	}
}

func (m *model) read(r *mreplica) {
	all := r.reads()
	if m.dice.IntN(2) == 0 {
		m.story.whole(r.name(), all...)
		return
	}
	some := shown(all[m.dice.IntN(len(all))].Key, "")
	some.Shown = all[slices.IndexFunc(all, func(x check.Read) bool { return x.Key == some.Key })].Shown
	m.story.read(r.name(), some)
}

// history runs the model for a while and lets it come to rest.
func history(seed uint64) []check.Op {
	m := &model{dice: rand.New(rand.NewPCG(seed, 1))}
	for i := range 3 {
		m.replicas = append(m.replicas, &mreplica{no: i, confirmed: map[string][]string{}})
	}
	for range 80 {
		r := m.replicas[m.dice.IntN(len(m.replicas))]
		[]func(*mreplica){m.write, m.push, m.pull, m.pull, m.read}[m.dice.IntN(5)](r)
	}
	for _, do := range []func(*mreplica){m.push, m.pull} {
		for range 100 {
			for _, r := range m.replicas {
				do(r)
			}
		}
	}
	for _, r := range m.replicas {
		m.story.final(r.name(), r.reads()...)
	}
	return m.story.ops
}

// pick finds an operation and one of its reads that the condition likes, at
// random; nil where there is none.
func pick(dice *rand.Rand, ops []check.Op, likes func(at int, r check.Read) bool) (*check.Op, *check.Read) {
	type place struct{ op, read int }
	var places []place
	for i := range ops {
		for j := range ops[i].Reads {
			if likes(i, ops[i].Reads[j]) {
				places = append(places, place{i, j})
			}
		}
	}
	if len(places) == 0 {
		return nil, nil
	}
	p := places[dice.IntN(len(places))]
	return &ops[p.op], &ops[p.op].Reads[p.read]
}

// mutants turn a good history into one that breaks a promise for certain; they
// tell whether the history had a place for it.
var mutants = []struct {
	name string
	make func(dice *rand.Rand, ops []check.Op) bool
}{
	{"a head vanishes at the end", func(dice *rand.Rand, ops []check.Op) bool {
		_, r := pick(dice, ops, func(i int, r check.Read) bool { return ops[i].Kind == check.Final && r.Shown != "" })
		if r != nil {
			r.Heads = r.Heads[1:]
			r.Shown = ""
			if len(r.Heads) > 0 {
				r.Shown = r.Heads[0]
			}
		}
		return r != nil
	}},
	{"a value from nowhere", func(dice *rand.Rand, ops []check.Op) bool {
		_, r := pick(dice, ops, func(int, check.Read) bool { return true })
		if r != nil {
			r.Shown = "from nowhere"
			r.Heads = nil
		}
		return r != nil
	}},
	{"a read goes back to what lies beneath", func(dice *rand.Rand, ops []check.Op) bool {
		over := map[string]string{}
		for _, o := range ops {
			for _, w := range o.Writes {
				if len(w.Over) > 0 && o.Outcome == check.OK {
					over[w.Value] = w.Over[0]
				}
			}
		}
		// The session's next read of a key whose head it had itself read or written.
		known := map[string]bool{}
		o, r := pick(dice, ops, func(i int, r check.Read) bool {
			id := ops[i].Session + r.Shown
			was := known[id]
			known[id] = true
			return was && over[r.Shown] != ""
		})
		if o != nil {
			r.Shown, r.Heads = over[r.Shown], nil
		}
		return o != nil
	}},
	{"half an atom", func(dice *rand.Rand, ops []check.Op) bool {
		sibling := map[string]check.Write{}
		for _, o := range ops {
			if len(o.Writes) == 2 {
				sibling[o.Writes[0].Value] = o.Writes[1]
			}
		}
		o, r := pick(dice, ops, func(i int, r check.Read) bool { return ops[i].Whole && sibling[r.Shown].Key != "" })
		if o == nil {
			return false
		}
		for i := range o.Reads {
			if o.Reads[i].Key == sibling[r.Shown].Key {
				o.Reads[i] = heads(o.Reads[i].Key, "")
			}
		}
		return true
	}},
	{"an own write is not read", func(dice *rand.Rand, ops []check.Op) bool {
		o, _ := pick(dice, ops, func(i int, r check.Read) bool {
			return ops[i].Whole && slices.ContainsFunc(ops[:i], func(o check.Op) bool {
				return o.Session == ops[i].Session && o.Outcome == check.OK && len(o.Writes) > 0
			})
		})
		if o != nil {
			o.Reads = nil
		}
		return o != nil
	}},
	{"one ends otherwise", func(dice *rand.Rand, ops []check.Op) bool {
		_, r := pick(dice, ops, func(i int, r check.Read) bool { return ops[i].Kind == check.Final && len(r.Heads) > 1 })
		if r != nil {
			slices.Reverse(r.Heads)
			r.Shown = r.Heads[0]
		}
		return r != nil
	}},
	{"a refused value ends live", func(dice *rand.Rand, ops []check.Op) bool {
		o, r := pick(dice, ops, func(i int, r check.Read) bool { return ops[i].Kind == check.Final && r.Shown != "" })
		if o != nil {
			o.Values = []string{r.Shown}
		}
		return o != nil
	}},
}

func TestGoodHistoriesAreGoodAndTheirMutantsAreCaught(t *testing.T) {
	made := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		if found := check.Check(history(seed)); len(found) > 0 {
			t.Fatalf("a good history: %v", found)
		}
		for _, m := range mutants {
			ops := history(seed)
			if !m.make(rand.New(rand.NewPCG(seed, 2)), ops) {
				continue
			}
			made[m.name]++
			if len(check.Check(ops)) == 0 {
				t.Fatalf("%s: nothing found", m.name)
			}
		}
	})
	for _, m := range mutants {
		if made[m.name] == 0 {
			t.Errorf("%s: no history had a place for it", m.name)
		}
	}
}
