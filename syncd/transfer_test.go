package main

import (
	"encoding/json"
	"testing"
)

func (w *world) transfers(file string) (list []transferJSON) {
	w.t.Helper()
	must(w.t, json.Unmarshal([]byte(w.ok("transfer", "--replica", file, "--list", "--json")), &list))
	return list
}

// Two offices in two provinces, never on the line together, hand a member over:
// refused once with a reason, then accepted.
func TestAMemberIsHandedOverToAnOfficeInAnotherProvince(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrol("a", "G1", "officer"), w.enrol("b", "P2", "officer")
	w.exec(a, insertMember, "Nguyễn Thị Thủy", "0901", "G1")
	member := w.query(a, "SELECT lower(hex(id)) FROM member")
	w.exec(a, "INSERT INTO wage (unit_id, member_id, base) SELECT unit_id, id, 5000000 FROM member")
	w.exec(a, "INSERT INTO dues_payment (unit_id, member_id, amount, receipt_no) SELECT unit_id, id, 50000, '1' FROM member")
	w.says(t, w.ok("transfer", "--replica", a, "--member", member, "--to", "P2", "--decision", "12/QĐ", "--date", "1/3/2026"), "Asked")
	w.says(t, w.fails(exitFailed, "transfer", "--replica", a, "--member", member, "--to", "P2"), "waiting for an answer")
	w.sync(a, b)

	in := w.transfers(b)
	if len(in) != 1 || in[0].Name != "Nguyễn Thị Thủy" || in[0].Direction != "in" || in[0].OnDate != "2026-03-01" || w.query(b, "SELECT count(*) FROM member") != "0" {
		t.Fatalf("the receiver sees %+v", in)
	}
	w.says(t, w.fails(exitFailed, "transfer", "--replica", b, "--refuse", in[0].ID), "needs a reason")
	w.says(t, w.fails(exitFailed, "transfer", "--replica", b, "--withdraw", in[0].ID), "cannot be withdrawn here")
	w.ok("transfer", "--replica", b, "--refuse", in[0].ID[:10], "--why", "chưa có thẻ")
	w.sync(b, a)
	w.says(t, w.ok("transfer", "--replica", a, "--list"), "LĐLĐ tỉnh Hai", "refused", "chưa có thẻ")

	w.ok("transfer", "--replica", a, "--member", member, "--to", "P2")
	w.sync(a, b)
	for _, x := range w.transfers(b) {
		if x.Status == "asked" {
			w.says(t, w.ok("transfer", "--replica", b, "--accept", x.ID), "Accepted")
		}
	}
	w.exec(a, "UPDATE member SET phone = '0902'") // written before its office could know
	w.sync(b, a, b)
	if got := w.query(b, "SELECT m.full_name || ' ' || m.phone || ' ' || g.base FROM member m JOIN wage g ON g.member_id = m.id"); got != "Nguyễn Thị Thủy 0902 5000000" {
		t.Errorf("the new office holds %q", got)
	}
	if got := w.query(a, "SELECT (SELECT count(*) FROM member) || ' ' || (SELECT count(*) FROM wage) || ' ' || (SELECT count(*) FROM dues_payment) || ' ' || full_name || ' ' || to_name FROM stub"); got != "0 0 1 Nguyễn Thị Thủy LĐLĐ tỉnh Hai" {
		t.Errorf("the old office holds %q", got)
	}
	w.agree(a, b)
	if s := w.status(a); s.Quarantined != 0 {
		t.Errorf("%+v", s)
	}
	for _, x := range w.transfers(a) {
		w.says(t, w.fails(exitFailed, "transfer", "--replica", a, "--withdraw", x.ID), "had ended")
		if x.Name != "Nguyễn Thị Thủy" {
			t.Errorf("the sender's list names %q", x.Name)
		}
	}
}

func TestWithdrawingTooLateIsTakenBackWithItsReason(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer")
	w.exec(a, insertMember, "Trần Văn Đạt", "0901", "G1")
	member := w.query(a, "SELECT lower(hex(id)) FROM member")
	w.ok("transfer", "--replica", a, "--member", member, "--to", "G2")
	w.sync(a, b, a)
	w.ok("transfer", "--replica", a, "--withdraw", w.transfers(a)[0].ID)
	w.ok("transfer", "--replica", b, "--accept", w.transfers(b)[0].ID)
	w.sync(b)
	w.fails(exitPerson, "sync", "--replica", a)
	if code := w.query(a, "SELECT code FROM sync_quarantine"); code != "transfer.closed" {
		t.Errorf("the officer is told %q", code)
	}
	if x := w.transfers(a)[0]; x.Status != "accepted" || w.query(b, "SELECT full_name FROM member") != "Trần Văn Đạt" {
		t.Errorf("%+v", x)
	}
	w.agree(a, b)
}
