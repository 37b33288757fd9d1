package server_test

import (
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// settled is a settlement: it supersedes all that is in the register.
func settled(d *device, id change.ID, to change.ID) change.RowWrite {
	r := d.view("member", id)
	rw := edited(r, set{"unit_id": to})
	rw.Writes[0].Seen = r.HeadDots(rw.Writes[0].Reg)
	return rw
}

// Two who are above both units move a member at once, each to another unit. The
// first in the server's order holds; the rival is an open conflict that the
// lowest unit above all of them sees and may settle, either way.
func TestOfTwoMovesAtOnceTheFirstHoldsAndTheRivalMayBeSettledFor(t *testing.T) {
	scope := schema.ByName("member").ScopeRegister()
	for _, c := range []struct{ name, above, first, rival string }{
		{"within a province", "P1", "B", "D"},
		{"to another province, and within", "VN", "H", "B"},
		{"within, and to another province", "VN", "B", "H"},
	} {
		for _, choice := range []string{c.first, c.rival} {
			t.Run(c.name+", settled for "+choice, func(t *testing.T) {
				w := newWorld(t)
				a, one, two := w.enroll("a", "A", "officer"), w.enroll("one", c.above, "staff"), w.enroll("two", c.above, "staff")
				first, rival := w.enroll("first", c.first, "officer"), w.enroll("rival", c.rival, "officer")
				an := w.member(a, "A", "An", "")
				wage := w.hang(a, "wage", "A", an, nil)
				w.sync(a, one, two)
				w.edit(one, "A", an, set{"unit_id": w.units[c.first]})
				w.edit(two, "A", an, set{"unit_id": w.units[c.rival]})
				w.sync(one, two, one, first, rival)
				if first.view("member", an) == nil || first.view("wage", wage) == nil || rival.view("member", an) != nil {
					t.Error("the first in order holds")
				}
				for _, d := range []*device{one, two} {
					if !slices.Contains(d.view("member", an).Conflicts(), scope) {
						t.Fatal("who may settle it must see it")
					}
				}
				log := w.log(c.first)
				two.author(log, settled(two, an, w.units[choice]))
				w.sync(two, one, first, rival)
				got := one.view("member", an)
				if got.Unit() != w.units[choice] || len(got.Conflicts()) != 0 || len(two.refused) != 0 || one.view("wage", wage).Unit() != w.units[choice] {
					t.Errorf("settled: %v, refused %v", got.Unit(), two.refused)
				}
				if (rival.view("wage", wage) != nil) != (choice == c.rival) || (first.view("member", an) != nil) != (choice == c.first) {
					t.Errorf("first %v, rival %v", first.counts, rival.counts)
				}
				if choice == c.first && first.counts[wire.EntryEvict] != 0 {
					t.Error("nothing moved")
				}
			})
		}
	}
}

// An office that accepted a member while somebody above moved him elsewhere at
// once: the server's order decides here, too, and nothing is left in between.
func TestAnAcceptanceAndAMoveFromAboveAtOnceLeaveTheMemberInOnePlace(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.ask(a, "A", an, "B")
	w.sync(a, b, p)
	w.respond(b, "B", "accepted", "")
	w.edit(p, "A", an, set{"unit_id": w.units["D"]})
	w.sync(b, p)
	r := p.view("member", an)
	if r.Unit() != w.units["B"] || len(r.Conflicts()) != 1 {
		t.Fatalf("at %s, conflicts %v", r.Unit(), r.Conflicts())
	}
	p.author(w.log("A"), settled(p, an, w.units["D"]))
	w.sync(p, b, a)
	if b.view("member", an) != nil || p.view("member", an).Unit() != w.units["D"] {
		t.Error("who is above both may still decide otherwise")
	}
}
