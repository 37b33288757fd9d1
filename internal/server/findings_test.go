package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
)

// disagrees gives the states of a member's disagreements as a device sees them.
func (d *device) disagrees(member change.ID) map[string]string {
	out := map[string]string{}
	for _, kind := range finding.Disagreements {
		if s := d.finding(merge.FindingID(kind, member, change.ID{})); s != "-" {
			out[kind] = s
		}
	}
	return out
}

func (d *device) wantDisagrees(member change.ID, want map[string]string) {
	d.t.Helper()
	got := d.disagrees(member)
	if len(got) != len(want) {
		d.t.Errorf("%v, want %v", got, want)
		return
	}
	for kind, s := range want {
		if got[kind] != s {
			d.t.Errorf("%s is %q, want %q", kind, got[kind], s)
		}
	}
}

func TestAMemberAndTheRecordsThatDisagreeAreFoundFromEitherSide(t *testing.T) {
	w := newWorld(t)
	a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
	an := w.member(a, "A", "An", "")
	w.edit(a, "A", an, set{"status": "active", "wage_base": 5, "union_role": "Đoàn viên"})
	w.sync(a)
	a.wantDisagrees(an, nil)

	membership, wage := w.newID(), w.newID()
	a.author(w.log("A"), created("membership", membership, set{"unit_id": w.units["A"], "member_id": an, "in_unit_id": w.units["B"], "from_date": "2024"}))
	a.author(w.log("A"), created("wage", wage, set{"unit_id": w.units["A"], "member_id": an, "from_month": "2024-01", "base": 6}))
	w.sync(a, b)
	a.wantDisagrees(an, map[string]string{finding.UnitDisagrees: "open", finding.WageDisagrees: "open"})
	b.wantDisagrees(an, nil)
	row := a.rows[key{17, merge.FindingID(finding.WageDisagrees, an, change.ID{})}]
	if id, _ := row.Value("row_b").ID(); id != wage || !row.Value("detail").IsNull() || row.Unit() != w.units["A"] {
		t.Errorf("the finding names %s at %s: %s", id, row.Unit(), row.Value("detail"))
	}

	w.edit(a, "A", an, set{"wage_base": 6, "status": "left"})
	a.author(w.log("A"), edited(a.view("membership", membership), set{"in_unit_id": w.units["A"]}))
	w.sync(a)
	a.wantDisagrees(an, map[string]string{finding.UnitDisagrees: "closed", finding.WageDisagrees: "closed", finding.StatusDisagrees: "open"})
	a.author(w.log("A"), edited(a.view("membership", membership), set{"to_date": "2026-10-31"}))
	a.author(w.log("A"), deleted(a.view("wage", wage)))
	w.sync(a)
	a.wantDisagrees(an, map[string]string{finding.UnitDisagrees: "closed", finding.WageDisagrees: "closed", finding.StatusDisagrees: "closed"})
}

func TestARecordThatGoesToAnotherMemberIsJudgedForBoth(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	an, binh, wage := w.member(a, "A", "An", ""), w.member(a, "A", "Bình", ""), w.newID()
	w.edit(a, "A", an, set{"wage_base": 5})
	w.edit(a, "A", binh, set{"wage_base": 6})
	a.author(w.log("A"), created("wage", wage, set{"unit_id": w.units["A"], "member_id": binh, "from_month": "2024-01", "base": 5}))
	w.sync(a)
	a.wantDisagrees(binh, map[string]string{finding.WageDisagrees: "open"})
	a.author(w.log("A"), edited(a.view("wage", wage), set{"member_id": an}))
	w.sync(a)
	a.wantDisagrees(binh, map[string]string{finding.WageDisagrees: "closed"})
	a.wantDisagrees(an, nil)
}

func TestADisagreementGoesWithTheMemberAndEndsWithTheMember(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("c", "C1", "staff")
	an := w.member(a, "A", "An", "")
	a.author(w.log("A"), created("position", w.newID(), set{"unit_id": w.units["A"], "member_id": an, "office": "chair", "from_date": "2024"}))
	w.sync(a, b, c)
	a.wantDisagrees(an, map[string]string{finding.RoleDisagrees: "open"})
	w.edit(c, "A", an, set{"unit_id": w.units["B"]})
	w.sync(c, a, b)
	a.wantDisagrees(an, nil)
	b.wantDisagrees(an, map[string]string{finding.RoleDisagrees: "open"})
	b.author(w.log("B"), deleted(b.view("member", an)))
	w.sync(b)
	b.wantDisagrees(an, map[string]string{finding.RoleDisagrees: "closed"})
}

func TestRecordsWithoutNumberSayNothing(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	an := w.member(a, "A", "An", "")
	for i := range 257 {
		a.author(w.log("A"), created("wage", w.newID(), set{"unit_id": w.units["A"], "member_id": an, "from_month": "2024-01", "base": i + 1}))
		if i == 255 {
			w.sync(a)
			a.wantDisagrees(an, map[string]string{finding.WageDisagrees: "open"})
		}
	}
	w.sync(a)
	a.wantDisagrees(an, map[string]string{finding.WageDisagrees: "closed"})
}
