package check

import (
	"fmt"
	"slices"
)

// ends judges the final states: nothing lost, and convergence.
func (c *checker) ends() {
	c.complete()
	for _, o := range c.finals {
		held := map[string]bool{}
		for i := range o.Reads {
			held[o.Reads[i].Key] = true
			c.leaves(o, &o.Reads[i])
		}
		for _, v := range c.g.all {
			if v.by.Session == o.Session && v.exists && !v.refused && !held[v.key] {
				c.broken("nothing lost", fmt.Sprintf("%s ends without %s, where %s was written", o.id(), v.key, v), o, v.by)
			}
		}
	}
	for i, a := range c.finals {
		for _, b := range c.finals[i+1:] {
			c.agree(a, b)
		}
	}
}

// complete settles which transactions of unknown outcome were done: those whose
// value somebody saw, with the rest of the transaction.
func (c *checker) complete() {
	for _, v := range c.g.all {
		if !v.exists {
			continue
		}
		for _, atom := range c.g.atoms[v.by] {
			for _, sibling := range atom {
				sibling.exists = true
			}
		}
	}
}

// leaves holds that the heads of a key are its values that nobody wrote over.
func (c *checker) leaves(o *Op, r *Read) {
	for _, v := range c.g.byKey[r.Key] {
		live := slices.Contains(r.Heads, v.text)
		over := c.successor(v)
		switch {
		case live && v.refused:
			c.broken("nothing lost", fmt.Sprintf("%s ends with %s at %s, which the server refused", o.id(), v, r.Key), o, v.by)
		case live && over != nil:
			c.broken("nothing lost", fmt.Sprintf("%s ends with %s at %s, over which %s was written", o.id(), v, r.Key, over), o, v.by, over.by)
		case !live && v.exists && !v.refused && over == nil:
			c.broken("nothing lost", fmt.Sprintf("%s ends with %q at %s: %s is gone though nobody wrote over it", o.id(), r.Heads, r.Key, v), o, v.by)
		}
	}
}

// successor finds a value that went over v and stands; one that was refused
// hands on what it went over.
func (c *checker) successor(v *value) *value {
	for _, w := range v.above {
		switch {
		case !w.exists:
		case !w.refused:
			return w
		default:
			if over := c.successor(w); over != nil {
				return over
			}
		}
	}
	return nil
}

// agree compares two final states: the same heads in the same order where both
// hold a key, and the same keys where they are of one scope.
func (c *checker) agree(a, b *Op) {
	other := map[string][]string{}
	for _, r := range b.Reads {
		other[r.Key] = r.Heads
	}
	for _, r := range a.Reads {
		heads, held := other[r.Key]
		delete(other, r.Key)
		switch {
		case held && !slices.Equal(heads, r.Heads):
			c.broken("convergence", fmt.Sprintf("%s ends with %q at %s, %s with %q", a.id(), r.Heads, r.Key, b.id(), heads), a, b)
		case !held && a.Scope == b.Scope:
			c.broken("convergence", fmt.Sprintf("%s ends with %s, %s of the same scope without", a.id(), r.Key, b.id()), a, b)
		}
	}
	if a.Scope != b.Scope {
		return
	}
	for key := range other {
		c.broken("convergence", fmt.Sprintf("%s ends with %s, %s of the same scope without", b.id(), key, a.id()), b, a)
	}
}
