package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// hang makes a row of a table that names a member.
func (w *world) hang(d *device, table, unit string, member change.ID, s set) change.ID {
	id := w.newID()
	column := "member_id"
	if table == "extra" {
		column = "record_id"
	}
	all := set{"unit_id": w.units[unit], column: member}
	for k, v := range s {
		all[k] = v
	}
	d.author(w.log(unit), created(table, id, all))
	return id
}

// living lists a device's living rows of a table.
func (d *device) living(table string) (list []*merge.Row) {
	t := schema.ByName(table)
	for k, r := range d.rows {
		if k.table == t.No && r.Exists() {
			list = append(list, r)
		}
	}
	return list
}

func TestWhatHangsOnAMemberGoesAlongAndPaymentsStayBehindAStub(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "001090000001")
	other := w.member(a, "A", "Bình", "001090000002")
	for _, member := range []change.ID{an, other} {
		w.hang(a, "membership", "A", member, set{"from_date": "2020"})
		w.hang(a, "position", "A", member, set{"office": "Tổ trưởng"})
		w.hang(a, "wage", "A", member, set{"base": int64(5_000_000)})
		w.hang(a, "extra", "A", member, set{"value": "x"})
		w.hang(a, "dues_payment", "A", member, set{"amount": int64(50_000), "receipt_no": "1"})
	}
	w.sync(a, p)
	w.edit(p, "A", an, set{"unit_id": w.units["B"]})
	w.sync(p, a, b)
	for _, table := range []string{"member", "membership", "position", "wage", "extra"} {
		if len(a.living(table)) != 1 || len(b.living(table)) != 1 || b.living(table)[0].Unit() != w.units["B"] {
			t.Errorf("%s: A holds %d, B %d", table, len(a.living(table)), len(b.living(table)))
		}
	}
	if len(a.living("dues_payment")) != 2 || len(b.living("dues_payment")) != 0 {
		t.Errorf("payments: A holds %d, B %d", len(a.living("dues_payment")), len(b.living("dues_payment")))
	}
	stubs := a.living("stub")
	if len(stubs) != 1 || stubs[0].Value("full_name").Text() != "An" || stubs[0].Value("to_name").Text() != "Công ty B" {
		t.Fatalf("A's stubs: %v", stubs)
	}
	if id, _ := stubs[0].Value("member_id").ID(); id != an || len(b.living("stub")) != 0 {
		t.Errorf("the stub names %s", id)
	}

	w.sync(p)
	w.edit(p, "B", an, set{"unit_id": w.units["A"]})
	w.sync(p, a, b)
	if len(a.living("stub")) != 0 || len(a.living("wage")) != 2 || len(b.living("wage")) != 0 || len(b.living("stub")) != 0 {
		t.Error("a member who comes back brings everything and needs no stub; B posted nothing")
	}
}

func TestAMemberOfWhomNothingStaysLeavesNoStub(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.hang(a, "wage", "A", an, nil)
	w.sync(a, p)
	w.edit(p, "A", an, set{"unit_id": w.units["B"]})
	w.sync(p, a)
	if len(a.living("stub")) != 0 || len(a.living("wage")) != 0 {
		t.Errorf("A holds %d stubs, %d wages", len(a.living("stub")), len(a.living("wage")))
	}
}

func TestWhatIsHungOnAMemberWhoHasLeftUnseenGoesAfterHimOrLeavesAStub(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	w.edit(p, "A", an, set{"unit_id": w.units["B"]})
	w.sync(p)
	wage := w.hang(a, "wage", "A", an, set{"base": int64(6_000_000)})
	pay := w.hang(a, "dues_payment", "A", an, set{"receipt_no": "7"})
	w.sync(a, b)
	if b.view("wage", wage) == nil || a.view("wage", wage) != nil || len(lateFindings(b)) != 1 {
		t.Errorf("B holds the wage: %v; A: %v; %d findings", b.view("wage", wage), a.view("wage", wage), len(lateFindings(b)))
	}
	if a.view("dues_payment", pay) == nil || len(a.living("stub")) != 1 {
		t.Errorf("A keeps the payment (%v) and a stub (%d)", a.view("dues_payment", pay), len(a.living("stub")))
	}
	if a.counts[wire.EntryRefused] != 0 {
		t.Errorf("refused: %v", a.refused)
	}
}

func TestWhatIsHungOnAMemberBetweenTwoMovesThatComeBeforeItGoesAfterHim(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	// Typed: to B, a wage there, to C1. The moves come first, by the other of
	// his computer's two writers.
	w.edit(p, "A", an, set{"unit_id": w.units["B"]})
	w.edit(p, "A", an, set{"unit_id": w.units["C1"]})
	wage := w.hang(p, "wage", "B", an, nil)
	w.sync(p, p)
	if r := p.view("wage", wage); r.Unit() != w.units["C1"] {
		t.Errorf("the wage stayed at %v", r.Unit())
	}
}

func TestNobodyHangsARowOnAMemberHeNeverHad(t *testing.T) {
	w := newWorld(t)
	a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
	an := w.member(b, "B", "An", "")
	w.sync(b)
	wage := w.hang(a, "wage", "A", an, nil)
	w.sync(a, b)
	if a.view("wage", wage) == nil || b.view("wage", wage) != nil {
		t.Error("the row of another office's member must stay where its author has the right")
	}
}

// B leaves the commune and D comes, while the commune's staff moves a member from
// the one to the other: that is refused, what was hung on him is not.
func TestWhatIsHungOnAMemberWhoseMoveWasRefusedGoesBackToHim(t *testing.T) {
	w := newWorld(t)
	c, p := w.enroll("c", "C1", "staff"), w.enroll("p", "P1", "admin")
	an := w.member(p, "B", "An", "")
	w.sync(p, c)
	w.edit(c, "B", an, set{"unit_id": w.units["D"]})
	n := uint64(len(c.chain))
	wage := w.hang(c, "wage", "D", an, set{"base": int64(1)})
	p.author(w.log("A"), edited(p.view("unit", w.units["B"]), set{"parent_id": w.units["C2"]}))
	p.author(w.log("A"), edited(p.view("unit", w.units["D"]), set{"parent_id": w.units["C1"]}))
	if err := p.sync(w.s); err != nil {
		must(t, p.sync(w.s)) // its scope was reshaped
	}
	_ = c.sync(w.s)
	w.sync(c, p)
	c.wantRefused(n, "mandate.unit", "member")
	if r := p.view("wage", wage); r == nil || r.Unit() != w.units["B"] {
		t.Errorf("the wage stands at %v", r)
	}
}
