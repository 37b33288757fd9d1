package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
)

// answer says of two members that they are two people.
func (w *world) answer(d *device, unit, kind string, a, b change.ID) change.ID {
	id := w.newID()
	d.author(w.log(unit), created("finding_answer", id, set{"unit_id": w.units[unit], "finding": merge.FindingID(kind, a, b).String(),
		"answer": finding.NotSame, "row_a": a, "row_b": b}))
	return id
}

func TestWhatIsAnsweredStaysAnsweredWhateverBecomesOfTheTwo(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("c", "C1", "staff")
	one, two := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(a, "A", "Lê Hòa", "1990-05-03")
	w.sync(a)
	answer := w.answer(a, "A", finding.PossibleDuplicate, two, one) // either may stand first
	w.sync(a, c)
	id := alikeID(one, two)
	if c.finding(id) != "closed" {
		t.Fatal("the answer did not close it")
	}
	w.edit(a, "A", one, set{"phone": "0903111222"})
	w.edit(a, "A", two, set{"phone": "0903111222"})
	w.sync(a, c)
	w.edit(c, "A", two, set{"unit_id": w.units["B"]})
	w.sync(c, a, b)
	if c.finding(id) != "closed" {
		t.Error("it opened again")
	}
	w.edit(a, "A", one, set{"full_name": []any{"Lê Hòa", "1990-05-03", "079190000012"}})
	w.edit(b, "B", two, set{"full_name": []any{"Lê Hòa", "1990-05-03", "079190000012"}})
	w.sync(a, b, c)
	dup, mine := merge.FindingID(finding.DuplicateID, one, two), merge.FindingID(finding.KeptElsewhere, one, two, one)
	if c.finding(dup) != "open" || c.finding(mine) != "open" || c.finding(id) != "closed" {
		t.Errorf("one national id is stronger than a likeness: duplicate %s, elsewhere %s, possible %s", c.finding(dup), c.finding(mine), c.finding(id))
	}
	w.answer(c, "C1", finding.DuplicateID, one, two)
	w.sync(c, a)
	if c.finding(dup) != "closed" || a.finding(mine) != "closed" {
		t.Errorf("duplicate %s, elsewhere %s", c.finding(dup), a.finding(mine))
	}
	c.author(w.log("A"), deleted(c.view("finding_answer", answer)))
	w.edit(b, "B", two, set{"full_name": []any{"Lê Hòa", "1990-05-03", ""}})
	w.sync(b, c)
	if c.finding(dup) != "closed" || c.finding(id) != "closed" {
		t.Error("two people with one national id are two people without it")
	}
}

func TestAnAnswerThatIsTakenBackOpensTheFindingAgain(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	one, two := w.member(a, "A", "Lê Hòa", "079190000012"), w.member(a, "A", "Trần Bé", "079190000012")
	answer := w.answer(a, "A", finding.DuplicateID, one, two)
	w.sync(a)
	id := merge.FindingID(finding.DuplicateID, one, two)
	if a.finding(id) != "closed" && a.finding(id) != "-" {
		t.Error("the answer did not close it")
	}
	a.author(w.log("A"), edited(a.view("finding_answer", answer), set{"answer": "settled"}))
	w.sync(a)
	if a.finding(id) != "open" {
		t.Error("it stays closed")
	}
	w.answer(a, "A", finding.Orphan, one, two) // of another kind
	w.sync(a)
	if a.finding(id) != "open" {
		t.Error("an answer to something else closed it")
	}
}

func TestOnlyWhoSeesBothMayAnswer(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("c", "C1", "staff")
	one, two := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(b, "B", "Lê Hòa", "1990-05-03")
	w.sync(a, b, c)
	w.answer(a, "A", finding.PossibleDuplicate, one, two)
	w.sync(a, c)
	a.wantRefused(2, "mandate.unit", "finding_answer")
	if c.finding(alikeID(one, two)) != "open" {
		t.Error("an office answered for both")
	}
	answer := w.answer(c, "C1", finding.PossibleDuplicate, one, two)
	w.sync(c, a)
	if c.finding(alikeID(one, two)) != "closed" || len(c.refused) != 0 {
		t.Error("who sees both could not answer")
	}
	// Nor may an office take over an answer of its own for another pair.
	own := w.answer(a, "A", finding.PossibleDuplicate, one, one)
	w.sync(a)
	a.author(w.log("A"), edited(a.view("finding_answer", own), set{"row_b": two}))
	w.sync(a)
	a.wantRefused(4, "mandate.unit", "finding_answer")
	if a.view("finding_answer", answer) != nil {
		t.Error("the office sees the commune's answer")
	}
}
