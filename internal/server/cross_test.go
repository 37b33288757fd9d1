package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/wire"
)

// crossing is a country in which An, who has a wage, is about to move from
// office A in one province to office H in another.
type crossing struct {
	*world
	a, c, h, root *device
	an, wage      change.ID
}

func newCrossing(t *testing.T) *crossing {
	w := newWorld(t)
	x := &crossing{world: w, a: w.enroll("a", "A", "officer"), c: w.enroll("c", "C1", "staff"), h: w.enroll("h", "H", "officer"), root: w.enroll("vn", "VN", "admin")}
	x.an = w.member(x.a, "A", "An", "001090000001")
	x.wage = w.hang(x.a, "wage", "A", x.an, set{"base": int64(5_000_000)})
	w.sync(x.a, x.c, x.h, x.root)
	return x
}

// move lets the root's administrator move An to H.
func (x *crossing) move() {
	x.edit(x.root, "A", x.an, set{"unit_id": x.units["H"]})
	x.sync(x.root)
}

func TestAMemberMovesToAnotherProvinceWithAllThatHangsOnHim(t *testing.T) {
	x := newCrossing(t)
	x.move()
	x.sync(x.a, x.c, x.h, x.root)
	// The third that goes is the finding that his wage differs from its record.
	if x.a.view("member", x.an) != nil || x.c.view("wage", x.wage) != nil || x.a.counts[wire.EntryEvict] != 3 {
		t.Errorf("the old province still holds him: %v", x.a.counts)
	}
	if x.h.view("member", x.an).Unit() != x.units["H"] || x.h.view("wage", x.wage).Unit() != x.units["H"] {
		t.Errorf("the new office lacks him: %v", x.h.counts)
	}
	x.inNewProvince(x.h, set{"phone": "ở tỉnh mới"})
	x.sync(x.h, x.root)
	if x.root.value("member", x.an, "phone") != "ở tỉnh mới" || len(x.root.refused)+len(x.h.refused) != 0 {
		t.Errorf("an edit in the new province: %v %v", x.root.refused, x.h.refused)
	}
}

// inNewProvince edits An in the second province's log.
func (x *crossing) inNewProvince(d *device, s set) { x.edit(d, "H", x.an, s) }

func TestAnEditFromBeforeAMoveToAnotherProvinceReachesTheNewOffice(t *testing.T) {
	for _, by := range []string{"who loses him", "who keeps seeing him", "both, and the new office between them"} {
		t.Run(by, func(t *testing.T) {
			x := newCrossing(t)
			old := x.root.view("member", x.an)
			x.move()
			if by != "who keeps seeing him" {
				x.edit(x.a, "A", x.an, set{"phone": "viết ở A"})
			}
			x.sync(x.h)
			x.inNewProvince(x.h, set{"email": "viết ở H", "phone": "số ở H"})
			x.sync(x.h)
			if by != "who loses him" {
				rw := edited(old, set{"address": "viết ở VN"})
				c := x.root.author(x.log("A"), rw)
				c.Read = 1 // as it stood when the form was opened
				x.root.rechain()
			}
			x.sync(x.a, x.h, x.root, x.c, x.h)
			for _, d := range []*device{x.h, x.root} {
				if len(d.refused) != 0 || d.value("member", x.an, "email") != "viết ở H" {
					t.Errorf("refused %v", d.refused)
				}
				if by != "who loses him" && d.value("member", x.an, "address") != "viết ở VN" {
					t.Errorf("the root's edit is lost")
				}
			}
			if by == "who keeps seeing him" {
				return
			}
			if len(x.a.refused) != 0 || len(x.a.waiting) != 0 || x.a.view("member", x.an) != nil {
				t.Errorf("A: refused %v, waiting %v", x.a.refused, x.a.waiting)
			}
			if r := x.h.view("member", x.an); len(r.Conflicts()) != 1 || r.Value("phone").Text() != "số ở H" || len(r.Heads(9)) != 2 {
				t.Errorf("two phones are a conflict of the new office: %v", r.Heads(9))
			}
			if len(lateFindings(x.h)) != 1 {
				t.Errorf("%d findings", len(lateFindings(x.h)))
			}
		})
	}
}

// rechain seals the last change again after a test has changed it.
func (d *device) rechain() {
	n := len(d.chain) - 1
	c := d.chain[n]
	prev := change.Hash{}
	if n > 0 {
		prev = d.hashes[n-1]
	}
	d.hashes[n] = change.NewChain(d.writer, d.secret[:], d).Next(prev, c)
}

func TestWhatIsNotForAReaderHoldsNothingUpThatIs(t *testing.T) {
	x := newCrossing(t)
	x.edit(x.a, "A", x.an, set{"phone": "viết ở A"})
	x.move()
	x.sync(x.h)
	x.h.author(x.log("H"), created("member", x.newID(), set{"unit_id": x.units["D"], "full_name": []any{"Bình", "1990", ""}}))
	x.sync(x.h) // refused: its entry is in the new province's log, and in no list
	x.sync(x.a) // stands behind that entry
	if len(x.h.refused) != 1 {
		t.Fatalf("refused %v", x.h.refused)
	}
	x.sync(x.root)
	if got := x.root.value("member", x.an, "phone"); got != "viết ở A" {
		t.Errorf("the root reads %q", got)
	}
}

func TestAUnitMovesToAnotherProvinceWithAllItsRows(t *testing.T) {
	x := newCrossing(t)
	x.root.author(x.log("A"), edited(x.root.view("unit", x.units["C1"]), set{"parent_id": x.units["P2"]}))
	x.sync(x.root)
	// Written before its officer could know, for the log of the old province.
	x.edit(x.a, "A", x.an, set{"phone": "viết trước"})
	binh := x.member(x.a, "A", "Bình", "")
	p1, p2 := x.enroll("p1", "P1", "staff"), x.enroll("p2", "P2", "staff")
	x.sync(x.a, x.c, x.root, p1, p2)
	for _, d := range []*device{x.a, x.c, x.root, p2} {
		if d.value("member", x.an, "phone") != "viết trước" || d.value("member", binh, "full_name") != "Bình" || len(d.refused)+len(d.waiting) != 0 {
			t.Errorf("%s: refused %v, waiting %v", d.roots[0].Code, d.refused, d.waiting)
		}
	}
	if p1.view("member", x.an) != nil || p1.view("unit", x.units["C1"]) != nil {
		t.Error("the old province still holds the unit")
	}
	x.edit(x.a, "H", binh, set{"phone": "trong sổ mới"})
	x.sync(x.a, x.root, p2)
	if p2.value("member", binh, "phone") != "trong sổ mới" || x.root.value("member", binh, "phone") != "trong sổ mới" {
		t.Error("what is written in the new log does not arrive")
	}
}

func TestARowWhoseFindingSpansProvincesIsNoMistakeOfOurs(t *testing.T) {
	x := newCrossing(t)
	x.member(x.a, "A", "An", "001090000001")
	x.sync(x.a, x.c)
	if len(x.c.living("finding")) == 0 {
		t.Fatal("two of one number at one office are a finding")
	}
	x.move()
	x.sync(x.a, x.h, x.root, x.c)
	for _, r := range x.root.living("finding") {
		if r.Value("kind").Text() == "duplicate_national_id" && r.Unit() != x.units["VN"] {
			t.Errorf("the finding stands at %s", r.Unit())
		}
	}
}

// Logs are read one after the other, in the order of their ids: of the two
// directions, one goes from a log that is read later to one that is read first.
func TestWhoReadsBothProvincesReceivesARowsHistoryInOrder(t *testing.T) {
	for from, to := range map[string]string{"A": "H", "H": "A"} {
		t.Run(from+" to "+to, func(t *testing.T) {
			w := newWorld(t)
			here, there := w.enroll("here", from, "officer"), w.enroll("there", to, "officer")
			root, late := w.enroll("vn", "VN", "admin"), w.enroll("late", "VN", "staff")
			an := w.member(here, from, "An", "")
			w.sync(here, root)
			w.edit(here, from, an, set{"phone": "1"})
			w.sync(here, root)
			w.edit(root, from, an, set{"unit_id": w.units[to]})
			w.edit(here, from, an, set{"address": "viết muộn"})
			w.sync(root, there)
			w.edit(there, to, an, set{"phone": "2", "address": "ở nơi mới"})
			w.sync(there, here, late)
			r := late.view("member", an)
			if r.Value("phone").Text() != "2" || r.Unit() != w.units[to] || len(r.Conflicts()) != 1 {
				t.Errorf("%v", r)
			}
		})
	}
}

// The unit went to another province; one who lost it with that, and could not
// know, moves a member between its offices, or out of it.
func TestAMoveFromBeforeAUnitWentToAnotherProvinceTakesTheMemberAlong(t *testing.T) {
	for _, to := range []string{"B", "D"} {
		t.Run("to "+to, func(t *testing.T) {
			w := newWorld(t)
			a, b, d := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("d", "D", "officer")
			p, root, p2 := w.enroll("p", "P1", "staff"), w.enroll("vn", "VN", "admin"), w.enroll("p2", "P2", "staff")
			an := w.member(a, "A", "An", "")
			w.sync(a, p, root)
			root.author(w.log("A"), edited(root.view("unit", w.units["C1"]), set{"parent_id": w.units["P2"]}))
			w.sync(root, a, b, p2)
			w.edit(p, "A", an, set{"unit_id": w.units[to]})
			early := w.edit(a, "H", an, set{"phone": "viết trước"}).N
			w.sync(p)
			w.sync(p2, b, d, root, a, b, d, root, p2)
			if len(p.refused)+len(a.refused) != 0 {
				t.Fatalf("refused: %v, %v (%d)", p.refused, a.refused, early)
			}
			for dev, want := range map[*device]bool{a: false, b: to == "B", d: to == "D", root: true, p2: to == "B"} {
				if got := dev.view("member", an); (got != nil) != want || want && got.Value("phone").Text() != "viết trước" {
					t.Errorf("%s: %v", dev.roots[0].Code, got)
				}
			}
		})
	}
}

// A working group of another province manages an office: it sees and edits the
// office's members, loses one who moves on, and keeps the office where this
// goes over to its own province.
func TestWhoManagesAnOfficeOfAnotherProvinceSeesItWhereverItGoes(t *testing.T) {
	w := newWorld(t)
	a, h, root := w.enroll("a", "A", "officer"), w.enroll("h", "H", "officer"), w.enroll("vn", "VN", "admin")
	an, binh := w.member(a, "A", "An", ""), w.member(a, "A", "Bình", "")
	w.sync(a, root)
	root.author(w.log("A"), edited(root.view("unit", w.units["A"]), set{"managed_by_id": w.units["H"]}))
	w.sync(root, h)
	w.edit(h, "A", an, set{"phone": "1"})
	w.sync(h, root)
	w.edit(root, "A", an, set{"unit_id": w.units["B"]})
	w.sync(root)
	w.edit(h, "A", an, set{"phone": "2"})
	w.sync(h, root)
	if len(h.refused) != 0 || h.view("member", an) != nil || root.value("member", an, "phone") != "2" {
		t.Errorf("who moved on: refused %v, phone %q", h.refused, root.value("member", an, "phone"))
	}
	root.author(w.log("A"), edited(root.view("unit", w.units["C1"]), set{"parent_id": w.units["P2"]}))
	w.sync(root)
	w.edit(h, "A", binh, set{"phone": "trước"}) // not knowing
	w.sync(h)
	w.edit(h, "H", binh, set{"email": "sau"})
	w.sync(h, a, root)
	for _, d := range []*device{h, a, root} {
		if d.value("member", binh, "phone") != "trước" || d.value("member", binh, "email") != "sau" || len(d.refused)+len(d.waiting) != 0 {
			t.Errorf("%s: %v %v", d.roots[0].Code, d.view("member", binh), d.refused)
		}
	}
}

// A member leaves a unit that has gone to another province: who reads both logs
// hears of it in one, and of what came since, before he reads the other.
func TestWhoReadsBothLogsHearsOnceThatARowLeft(t *testing.T) {
	w := newWorld(t)
	a, p, root := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff"), w.enroll("vn", "VN", "admin")
	an := w.member(a, "A", "An", "")
	w.sync(a, p, root)
	w.edit(p, "A", an, set{"unit_id": w.units["B"]}) // with no line
	w.edit(p, "A", an, set{"phone": "viết sau"})
	root.author(w.log("A"), edited(root.view("unit", w.units["A"]), set{"parent_id": w.units["P2"]}))
	w.sync(root, p, root)
	if r := root.view("member", an); r == nil || r.Unit() != w.units["B"] || r.Value("phone").Text() != "viết sau" {
		t.Errorf("%v", r)
	}
}

func TestWhoHasTheRightNowMayNameAnotherProvincesLog(t *testing.T) {
	x := newCrossing(t)
	x.edit(x.root, "H", x.an, set{"phone": "viết ở VN"})
	x.sync(x.root, x.a, x.h)
	if x.a.value("member", x.an, "phone") != "viết ở VN" || len(x.root.refused) != 0 {
		t.Errorf("the office has %q, refused %v", x.a.value("member", x.an, "phone"), x.root.refused)
	}
}

func TestALateRightHoldsOnlyInTheLogOfTheRow(t *testing.T) {
	x := newCrossing(t)
	other := x.enroll("vn2", "VN", "admin")
	x.sync(x.root)
	for _, r := range x.root.living("mandate") {
		if id, _ := r.Value("person_id").ID(); id == other.person {
			x.root.author(x.log("VN"), edited(r, set{"status": "ended"}))
		}
	}
	x.sync(x.root)
	n := x.edit(other, "VN", x.an, set{"address": "sai sổ"}).N
	x.sync(other)
	other.wantRefused(n, "log.mixed", "member.unit_id")
}
