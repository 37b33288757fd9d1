package server_test

import (
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// same merges one member into another, as whoever sees both as d does.
func (w *world) same(d *device, unit string, from, into change.ID) *change.Change {
	row := d.view("member", from)
	c := edited(row, set{"same_as": into})
	c.Writes[0].Seen = row.SeenByMerge(c.Writes[0].Seen)
	return d.author(w.log(unit), c)
}

// phone sets or, with nothing, empties the telephone.
func phone(number string) set {
	if number == "" {
		return set{"phone": nil}
	}
	return set{"phone": number}
}

func (d *device) phone(id change.ID) string { return d.value("member", id, "phone") }

func TestWhatIsWrittenUnawareToTheRowThatGaveWayStandsInTheRowThatStays(t *testing.T) {
	for _, c := range []struct {
		name, here, there, typed, shown string
		conflict                        bool
	}{
		{"where nobody filled it, it fills it", "", "", "2", "2", false},
		{"where both said the same, it replaces it", "1", "1", "2", "2", false},
		{"where they differed, it stands beside it", "1", "9", "2", "9", true},
		{"what is there already says it", "1", "2", "2", "2", false},
		{"emptying takes nothing away", "1", "9", "", "9", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "C1", "staff")
			one, two := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(b, "B", "Lê Hòa", "1990-05-03")
			w.edit(a, "A", one, phone(c.there))
			w.edit(b, "B", two, phone(c.here))
			w.sync(a, b, p)
			w.same(p, "C1", two, one)
			w.edit(b, "B", two, phone(c.typed))
			w.sync(p, b, a, p)
			if len(b.refused)+len(p.refused) != 0 {
				t.Fatalf("refused: %v %v", b.refused, p.refused)
			}
			if got := a.phone(one); got != c.shown {
				t.Errorf("the row that stays shows %q", got)
			}
			if got := len(a.view("member", one).Conflicts()) > 0; got != c.conflict {
				t.Errorf("conflict: %v", got)
			}
			if b.phone(two) != c.typed || b.view("member", two).Stands() {
				t.Error("the row that gave way keeps what was typed, and gives way")
			}
			if p.finding(alikeID(one, two)) != "closed" {
				t.Error("the finding is still open")
			}
		})
	}
}

func TestWhatTheMergerHadNotSeenIsToldToTheRowThatStays(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "C1", "staff")
	one, two := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(b, "B", "Lê Hòa", "1990-05-03")
	w.sync(a, b, p)
	w.same(p, "C1", two, one)
	w.edit(b, "B", two, set{"phone": "0903"})
	w.sync(b, p, a) // the edit is first
	if a.phone(one) != "0903" {
		t.Errorf("the row that stays shows %q", a.phone(one))
	}
}

func TestAChainIsFollowedStepByStepSoThatEachStepCanBeUndone(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "C1", "staff")
	one, two, three := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(a, "A", "Lê Hòa", "1990-05-03")
	w.sync(a, p)
	w.same(p, "C1", two, three)
	w.same(p, "C1", one, two)
	w.edit(a, "A", one, set{"phone": "0903"})
	w.sync(p, a, p)
	if a.phone(two) != "0903" || a.phone(three) != "0903" {
		t.Errorf("two %q, three %q", a.phone(two), a.phone(three))
	}
	if len(a.living("member")) != 3 {
		t.Error("nothing is deleted")
	}
	w.edit(p, "C1", two, set{"same_as": nil})
	w.sync(p, a)
	if p.finding(alikeID(two, three)) != "open" || p.finding(alikeID(one, three)) != "closed" {
		t.Errorf("undone: %s %s", p.finding(alikeID(two, three)), p.finding(alikeID(one, three)))
	}
}

func TestOfTwoWhoMergeTheOtherWayRoundTheFirstHolds(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "C1", "staff")
	one, two, three := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(a, "A", "Lê Hòa", "1990-05-03")
	w.sync(a, p)
	w.same(p, "C1", one, two)
	w.same(p, "C1", two, three)
	late := w.same(a, "A", three, one)
	self := w.same(a, "A", three, three)
	w.sync(p, a, p)
	a.wantRefused(late.Dot.N, "same.circle", "member.same_as")
	a.wantRefused(self.Dot.N, "same.self", "member.same_as")
	if !a.view("member", three).Stands() || a.view("member", one).Stands() {
		t.Error("what was refused took effect")
	}
}

func TestOnlyWhoSeesBothMayMergeOrUndo(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "C1", "staff")
	one, two := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(b, "B", "Lê Hòa", "1990-05-03")
	w.sync(a, b, p)
	grab := w.same(a, "A", one, two)
	w.sync(a)
	a.wantRefused(grab.Dot.N, "mandate.unit", "member")
	w.same(p, "C1", two, one)
	w.sync(p, b)
	undo := w.edit(b, "B", two, set{"same_as": nil})
	w.sync(b, p)
	b.wantRefused(undo.Dot.N, "mandate.unit", "member")
	if p.view("member", two).Stands() {
		t.Error("undone by who does not see both")
	}
}

func TestOneNumberInTwoRowsIsNoFindingOnceTheyAreOne(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "C1", "staff")
	one, two := w.member(a, "A", "Lê Hòa", "079190000012"), w.member(a, "A", "Trần Bé", "079190000012")
	w.sync(a, p)
	id := merge.FindingID(finding.DuplicateID, one, two)
	w.same(a, "A", two, one)
	w.sync(a, p)
	if got := p.finding(id); got != "closed" {
		t.Errorf("merged: %s", got)
	}
	w.edit(a, "A", two, set{"same_as": nil})
	w.sync(a, p)
	if got := p.finding(id); got != "open" {
		t.Errorf("undone: %s", got)
	}
}

// join merges a member that the device sees into another, or undoes it.
func (h *history) join(d *device) {
	if len(h.members) == 0 {
		return
	}
	r, into := d.view("member", pick(h, "member", h.members)), pick(h, "into", h.members)
	switch {
	case r == nil:
	case !r.KeptIn().IsZero():
		d.author(h.logOf(d, r.Unit()), edited(r, set{"same_as": nil}))
	default:
		rw := edited(r, set{"same_as": into})
		rw.Writes[0].Seen = r.SeenByMerge(rw.Writes[0].Seen)
		d.author(h.logOf(d, r.Unit()), rw)
	}
}

// checkSame holds that whoever was merged ends in somebody who stands for
// himself, and that nothing is found of a pair of which one was merged.
func (h *history) checkSame(tx server.Tx) error {
	for _, id := range h.members {
		row, err := tx.Row(schema.ByName("member"), id)
		for at := row; err == nil && at != nil && !at.KeptIn().IsZero(); {
			if at, err = tx.Row(schema.ByName("member"), at.KeptIn()); at != nil && at.ID == id {
				h.rt.Fatalf("%s is kept in himself", id)
			}
		}
		if err != nil {
			return err
		}
	}
	return tx.Rows(schema.ByName("finding"), func(f *merge.Row) error {
		if f.Value("status").Text() != finding.Open || !slices.Contains(finding.Pairs, f.Value("kind").Text()) {
			return nil
		}
		for _, column := range []string{"row_a", "row_b"} {
			id, _ := f.Value(column).ID()
			if row, err := tx.Row(schema.ByName("member"), id); err != nil || row != nil && !row.Stands() {
				h.rt.Fatalf("%s does not stand for himself, and is told to be a double: %v", id, err)
			}
		}
		return nil
	})
}

func TestATransferJoinsOnlyWhatItsAskerSees(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("c", "C1", "staff")
	older, newer := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(b, "B", "Lê Hòa", "1990-05-03")
	w.sync(a, b, c)
	ask := func(d *device, double change.ID) *change.Change {
		return d.author(w.log("A"), created("transfer", w.newID(), set{"unit_id": w.units["A"], "member_id": older, "to_code": "B", "double_id": double, "status": "asked"}))
	}
	grab, wrong := ask(a, newer), ask(c, older)
	w.sync(a, c)
	a.wantRefused(grab.Dot.N, "mandate.unit", "member")
	c.wantRefused(wrong.Dot.N, "transfer.member", "transfer.double_id")
	ask(c, newer)
	w.edit(b, "B", newer, set{"phone": "0902"})
	w.sync(c, b)
	w.respond(b, "B", "accepted", "")
	w.sync(b, c, b)
	if b.view("member", newer).KeptIn() != older || b.view("member", older).Unit() != w.units["B"] || b.phone(older) != "0902" {
		t.Errorf("kept in %v, the one who came has the telephone %q", b.view("member", newer).KeptIn(), b.phone(older))
	}
	if c.finding(alikeID(older, newer)) != "closed" {
		t.Error("the finding is still open")
	}
}
