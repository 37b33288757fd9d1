package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// Each case takes a right away from office A's officer, who then changes a
// member of his twice: before he heard of it, and after.
func TestRightsAreJudgedWhereTheAuthorStood(t *testing.T) {
	mandate := func(w *world, a, p *device) *merge.Row {
		for _, r := range p.rows {
			if id, _ := r.Value("person_id").ID(); r.Table.Name == "mandate" && id == a.person {
				return r
			}
		}
		w.t.Fatal("no mandate")
		return nil
	}
	for _, c := range []struct {
		name string
		take func(w *world, a, p *device, an change.ID)
	}{
		{"the member moved to another office", func(w *world, _, p *device, an change.ID) {
			w.edit(p, "A", an, set{"unit_id": w.units["B"]})
		}},
		{"the member moved away twice", func(w *world, _, p *device, an change.ID) {
			w.edit(p, "A", an, set{"unit_id": w.units["B"]})
			w.edit(p, "A", an, set{"unit_id": w.units["D"]})
		}},
		{"the mandate was ended", func(w *world, a, p *device, _ change.ID) {
			p.author(w.log("A"), edited(mandate(w, a, p), set{"status": "ended"}))
		}},
		{"the mandate was deleted", func(w *world, a, p *device, _ change.ID) {
			p.author(w.log("A"), deleted(mandate(w, a, p)))
		}},
		{"the mandate went over to another office", func(w *world, a, p *device, _ change.ID) {
			p.author(w.log("A"), edited(mandate(w, a, p), set{"unit_id": w.units["B"]}))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "admin")
			an := w.member(a, "A", "An", "")
			w.sync(a, p)
			c.take(w, a, p, an)
			w.sync(p)
			early := w.edit(a, "A", an, set{"phone": "viết trước"}).N
			row := a.view("member", an)
			w.sync(a, p)
			if len(a.refused) != 0 || p.value("member", an, "phone") != "viết trước" {
				t.Fatalf("what was written before he could know: %v, %v", a.refused[early], p.value("member", an, "phone"))
			}
			if late := lateFindings(p); len(late) != 1 || late[0].Unit() != p.view("member", an).Unit() {
				t.Errorf("the unit that has the member now must be told: %v", late)
			}
			n := a.author(w.log("A"), edited(row, set{"phone": "viết sau"})).N
			if err := a.sync(w.s); err != nil {
				t.Fatal(err)
			}
			a.wantRefused(n, "mandate.unit", "member")
		})
	}
}

func lateFindings(d *device) (list []*merge.Row) {
	for _, r := range d.rows {
		if r.Table.Name == "finding" && r.Value("kind").Text() == "after_transfer" {
			list = append(list, r)
		}
	}
	return list
}

func TestAnEditFromBeforeTheUnitWasMovedIsAcceptedOneFromAfterIsNot(t *testing.T) {
	w := newWorld(t)
	c, p := w.enroll("c", "C1", "staff"), w.enroll("p", "P1", "admin")
	an := w.member(p, "A", "An", "")
	w.sync(p, c)
	p.author(w.log("A"), edited(p.view("unit", w.units["A"]), set{"parent_id": w.units["C2"]}))
	w.sync(p)
	row := c.view("member", an)
	w.edit(c, "A", an, set{"phone": "viết trước"})
	w.sync(c, p)
	if len(c.refused) != 0 || p.value("member", an, "phone") != "viết trước" {
		t.Fatalf("before: %v", c.refused)
	}
	n := c.author(w.log("A"), edited(row, set{"phone": "viết sau"})).N
	w.sync(c)
	c.wantRefused(n, "mandate.unit", "member")
}

func TestANewRowForAUnitThatIsGoneFromTheAuthorsScopeIsAcceptedWhereHeCouldNotKnow(t *testing.T) {
	w := newWorld(t)
	c, p := w.enroll("c", "C1", "staff"), w.enroll("p", "P1", "admin")
	p.author(w.log("A"), edited(p.view("unit", w.units["A"]), set{"parent_id": w.units["C2"]}))
	an := w.member(c, "A", "An", "")
	w.sync(p, c, p)
	if len(c.refused) != 0 || p.value("member", an, "full_name") != "An" {
		t.Errorf("refused %v", c.refused)
	}
}
