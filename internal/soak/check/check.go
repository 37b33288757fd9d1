package check

import (
	"fmt"
	"slices"
	"strings"
)

// Violation is one broken promise with the operations that prove it.
type Violation struct {
	Guarantee string   `json:"guarantee"`
	Text      string   `json:"text"`
	Proof     []string `json:"proof"` // session#seq
}

func (v Violation) String() string {
	return v.Guarantee + ": " + v.Text + " [" + strings.Join(v.Proof, ", ") + "]"
}

// most bounds the violations reported: one fault may show in every later read.
const most = 50

// Check answers every violation found in the record, at most fifty.
func Check(record []Op) []Violation {
	c := &checker{sessions: map[string]*session{}, told: map[string]bool{}}
	ops := c.order(record)
	c.g = newGraph(ops, c.broken)
	c.refusals(ops)
	c.walk()
	c.ends()
	return c.found
}

type checker struct {
	g        *graph
	sessions map[string]*session
	names    []string
	found    []Violation
	told     map[string]bool
	finals   []*Op
}

// session is what one replica knows, as the walk goes on.
type session struct {
	ops     []*Op
	next    int
	step    int
	foreign set // read from others, and what rests beneath
	before  set // own writes of earlier steps
	current set // own writes of this step
	wrote   set // own writes, known by having written them
	past    map[*Op]set
	first   map[int]*Op // where a value was first known
}

func (c *checker) broken(guarantee, text string, proof ...*Op) {
	if len(c.found) >= most || c.told[guarantee+text] {
		return
	}
	c.told[guarantee+text] = true
	v := Violation{Guarantee: guarantee, Text: text}
	for _, o := range proof {
		v.Proof = append(v.Proof, o.id())
	}
	c.found = append(c.found, v)
}

// order sorts the record into sessions; of lines with one number the last counts.
func (c *checker) order(record []Op) (ops []*Op) {
	place := map[string]int{}
	for i := range record {
		o := &record[i]
		if at, ok := place[o.id()]; ok {
			ops[at] = o
			continue
		}
		place[o.id()] = len(ops)
		ops = append(ops, o)
	}
	for _, o := range ops {
		s := c.sessions[o.Session]
		if s == nil {
			s = &session{past: map[*Op]set{}, first: map[int]*Op{}}
			c.sessions[o.Session] = s
			c.names = append(c.names, o.Session)
		}
		if n := len(s.ops); n > 0 && s.ops[n-1].Seq >= o.Seq {
			c.broken("record", fmt.Sprintf("%s comes after %s: a session does one thing after another", o.id(), s.ops[n-1].id()), o)
		}
		s.ops = append(s.ops, o)
	}
	slices.Sort(c.names)
	return ops
}

// refusals marks what the server refused. A value that its author wrote over
// before the engine took it in was refused with its successor.
func (c *checker) refusals(ops []*Op) {
	var mark func(v *value)
	mark = func(v *value) {
		v.refused = true
		for _, p := range v.over {
			if !p.refused && p.by.Session == v.by.Session && p.by.Step == v.by.Step {
				mark(p)
			}
		}
	}
	for _, o := range ops {
		for _, text := range o.Values {
			if v := c.g.byText[text]; v != nil {
				mark(v)
			} else if o.Kind == Refused {
				c.broken("no invention", fmt.Sprintf("%s: the server refused %q, which nobody wrote", o.id(), text), o)
			}
		}
	}
}

// walk goes through all sessions together, each operation after those whose
// values it read.
func (c *checker) walk() {
	for moved := true; moved; {
		moved = false
		for _, name := range c.names {
			s := c.sessions[name]
			for s.next < len(s.ops) && c.ready(s, s.ops[s.next]) {
				c.do(s, s.ops[s.next])
				s.next++
				moved = true
			}
		}
	}
	for _, name := range c.names {
		if s := c.sessions[name]; s.next < len(s.ops) {
			o := s.ops[s.next]
			c.broken("no invention", o.id()+" read a value before its author could have written it", o)
			return
		}
	}
}

// ready tells whether the authors of all that o read have been walked past.
func (c *checker) ready(s *session, o *Op) bool {
	for _, v := range c.observed(o) {
		if w := c.sessions[v.by.Session]; w != s {
			if _, done := w.past[v.by]; !done {
				return false
			}
		}
	}
	return true
}

// observed lists the values that an operation saw.
func (c *checker) observed(o *Op) (out []*value) {
	add := func(text string) {
		if v := c.g.byText[text]; v != nil {
			out = append(out, v)
		}
	}
	for _, r := range o.Reads {
		add(r.Shown)
		for _, h := range r.Heads {
			add(h)
		}
	}
	for _, w := range o.Writes {
		for _, p := range w.Over {
			add(p)
		}
	}
	return out
}

func (c *checker) do(s *session, o *Op) {
	if o.Step > s.step {
		s.before.join(s.current)
		s.current, s.step = nil, o.Step
	}
	c.invented(o)
	here := c.learn(s, o)
	c.covers(s, o, here)
	s.past[o] = nil
	if len(o.Writes) > 0 {
		past := s.foreign.clone()
		past.join(s.before)
		s.past[o] = past
	}
	if o.Outcome == OK {
		for _, w := range o.Writes {
			if v := c.g.byText[w.Value]; v != nil {
				s.wrote.add(v.no)
				c.own(s, v, o)
			}
		}
	}
	if o.Kind == Final {
		c.finals = append(c.finals, o)
	}
}

// own makes the session know a value of its own.
func (c *checker) own(s *session, v *value, o *Op) {
	if v.by.Step < s.step {
		s.before.add(v.no)
	} else {
		s.current.add(v.no)
	}
	if s.first[v.no] == nil {
		s.first[v.no] = o
	}
}

// learn makes the session know what the operation saw and what rests beneath
// it. It answers what is known only since this operation.
func (c *checker) learn(s *session, o *Op) (here map[int]*value) {
	here = map[int]*value{}
	know := func(i int, because *value) {
		if s.first[i] != nil {
			return
		}
		s.first[i] = o
		here[i] = because
		if v := c.g.all[i]; c.sessions[v.by.Session] == s {
			c.own(s, v, o)
		} else {
			s.foreign.add(i)
		}
	}
	for _, v := range c.observed(o) {
		v.exists = true
		if s.first[v.no] != nil {
			continue // with all that rests beneath it
		}
		know(v.no, v)
		for _, sibling := range c.g.atoms[v.by][v.atom] {
			know(sibling.no, v)
		}
		c.sessions[v.by.Session].past[v.by].each(func(i int) { know(i, v) })
	}
	return here
}

// invented finds values that nobody wrote, or only a transaction that failed.
func (c *checker) invented(o *Op) {
	look := func(key, text string) {
		v := c.g.byText[text]
		switch {
		case text == "":
		case v == nil || v.key != key:
			c.broken("no invention", fmt.Sprintf("%s read %q as %s, which nobody wrote there", o.id(), text, key), o)
		case v.by.Outcome == Failed:
			c.broken("no invention", fmt.Sprintf("%s read %s as %s, whose transaction failed", o.id(), v, key), o, v.by)
		}
	}
	for _, r := range o.Reads {
		look(r.Key, r.Shown)
		for _, h := range r.Heads {
			look(r.Key, h)
		}
		if len(r.Heads) > 0 && r.Heads[0] != r.Shown {
			c.broken("no invention", fmt.Sprintf("%s was shown %q as %s, but its first head is %q", o.id(), r.Shown, r.Key, r.Heads[0]), o)
		}
		if slices.Contains(r.Heads[min(1, len(r.Heads)):], "") || len(r.Heads) > 1 && r.Heads[0] == "" {
			c.broken("no invention", fmt.Sprintf("%s read a conflict of %s with the empty value, which every write goes over", o.id(), r.Key), o)
		}
	}
}

// covers holds that the operation's reads cover what the session knows.
func (c *checker) covers(s *session, o *Op, here map[int]*value) {
	if len(o.Reads) == 0 && !o.Whole {
		return
	}
	read := map[string]*Read{}
	for i := range o.Reads {
		read[o.Reads[i].Key] = &o.Reads[i]
	}
	one := func(v *value) {
		r := read[v.key]
		missing := r != nil && !c.covered(v, r) || r == nil && o.Whole && o.within(v.key)
		if missing && !v.refused && s.first[v.no] != nil {
			c.missed(s, o, r, v, here[v.no])
		}
	}
	if o.Whole {
		for _, v := range c.g.all {
			one(v)
		}
		return
	}
	for key := range read {
		for _, v := range c.g.byKey[key] {
			one(v)
		}
	}
}

func (c *checker) covered(v *value, r *Read) bool {
	if r.Heads == nil {
		shown := c.g.byText[r.Shown]
		return r.Shown != "" && (shown == nil || shown == v || !v.beneath.has(shown.no))
	}
	return slices.ContainsFunc(r.Heads, func(h string) bool {
		head := c.g.byText[h]
		return head != nil && v.under(head)
	})
}

// missed reports a read that lacks v, by the guarantee that asked for it.
func (c *checker) missed(s *session, o *Op, r *Read, v, because *value) {
	saw := "nothing at all"
	switch {
	case r != nil && r.Heads == nil:
		saw = fmt.Sprintf("%q shown", r.Shown)
	case r != nil:
		saw = fmt.Sprintf("%q", r.Heads)
	}
	lacks := fmt.Sprintf("%s read %s of %s, in which %s is missing", o.id(), saw, v.key, v)
	switch {
	case because == nil && s.wrote.has(v.no):
		c.broken("read your writes", lacks+", its session's own", o, v.by)
	case because == nil:
		c.broken("monotonic reads", lacks+", which its session knew since "+s.first[v.no].id(), o, s.first[v.no], v.by)
	case because == v:
		c.broken("monotonic reads", lacks+", although the same operation saw it", o, v.by)
	case because.by == v.by:
		c.broken("atomic visibility", fmt.Sprintf("%s, but it saw %s of the same atom", lacks, because), o, v.by)
	case because.by.Session == v.by.Session:
		c.broken("monotonic writes", fmt.Sprintf("%s, but it saw %s, which the same session wrote later", lacks, because), o, v.by, because.by)
	default:
		c.broken("writes follow reads", fmt.Sprintf("%s, but it saw %s, whose author knew it", lacks, because), o, v.by, because.by)
	}
}
