package replica_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/replica"
)

func TestARowTypedInOneOfficeStandsInTheOther(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Nguyễn Văn Ảnh"))
	h.syncAll(a, b)
	if got := b.value(t, id, "full_name"); got != "Nguyễn Văn Ảnh" {
		t.Errorf("b has %q", got)
	}
}

func TestTwoWhoChangedTheSameFieldAreBothShown(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Lê Thị Ánh"))
	h.syncAll(a, b)
	a.commit(t, set(id, "phone", "0901"))
	b.commit(t, set(id, "phone", "0902"))
	b.commit(t, set(id, "email", "b@x.vn"))
	h.syncAll(a, b)
	for _, d := range []*device{a, b} {
		cs, err := d.Conflicts()
		must(t, err)
		if len(cs) != 1 || len(cs[0].Values) != 2 || cs[0].Differs[0] != "phone" {
			t.Fatalf("conflicts: %+v", cs)
		}
		if d.value(t, id, "phone") != "0901" || d.value(t, id, "email") != "b@x.vn" {
			t.Errorf("shown %q %q", d.value(t, id, "phone"), d.value(t, id, "email"))
		}
	}
	cs, _ := b.Conflicts()
	must(t, b.Settle(cs[0].ID, replica.Decision{Take: 2, Why: "gọi điện hỏi"}))
	h.syncAll(a, b)
	for _, d := range []*device{a, b} {
		if cs, _ := d.Conflicts(); len(cs) != 0 || d.value(t, id, "phone") != "0902" {
			t.Errorf("after settling: %d conflicts, phone %s", len(cs), d.value(t, id, "phone"))
		}
		ev, err := d.History("member", id)
		must(t, err)
		phones := map[string]bool{}
		for _, e := range ev {
			if e.Register == "phone" {
				phones[e.Values["phone"].Text()] = true
			}
		}
		if !phones["0901"] || !phones["0902"] {
			t.Errorf("history lost a value: %v", phones)
		}
	}
}

func TestARivalThatArrivesUnderAWaitingEditIsShownAtOnce(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Trần Nam"))
	h.syncAll(a, b)
	a.commit(t, set(id, "phone", "1"))
	h.push(a)
	b.commit(t, set(id, "phone", "2"))
	h.pull(b)
	if got := b.value(t, id, "phone"); got != "1" {
		t.Errorf("shown %q, want the ordered value", got)
	}
	if cs, _ := b.Conflicts(); len(cs) != 1 {
		t.Errorf("%d conflicts", len(cs))
	}
	h.agree(b)
	h.syncAll(b, a)
	if got := a.value(t, id, "phone"); got != "1" {
		t.Errorf("a shows %q", got)
	}
}

func TestARefusedEditGivesBackWhatItHidAndKeepsWhatWasTyped(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	id := a.commit(t, member("Trần Nam"))
	a.commit(t, set(id, "phone", "old"))
	h.syncAll(a)
	bad := a.commit(t, set(id, "phone", "bad"))
	a.commit(t, set(id, "phone", "good"))
	_ = bad
	h.refuse = func(c *change.Change) string {
		if c.Rows[0].Writes[0].Vals[0].Text() == "bad" {
			return "mandate.unit"
		}
		return ""
	}
	h.push(a)
	if got := a.value(t, id, "phone"); got != "good" {
		t.Errorf("before the log comes: %q", got)
	}
	h.pull(a)
	// The later edit named the refused one; the hub here does not expand, so
	// the old value stands beside it: the officer's own view must not lose it.
	q, err := a.Quarantine()
	must(t, err)
	if len(q) != 1 || q[0].Code != "mandate.unit" || q[0].Change.Rows[0].Writes[0].Vals[0].Text() != "bad" {
		t.Errorf("quarantine: %+v", q)
	}
	h.agree(a)
}

func TestADeleteOverARefusedEditHadSeenWhatTheEditHadSeen(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	id := a.commit(t, member("Trần Nam"))
	a.commit(t, set(id, "phone", "old"))
	h.syncAll(a)
	a.commit(t, set(id, "phone", "bad"))
	h.refuse = func(*change.Change) string { return "mandate.unit" }
	h.push(a)
	a.commit(t, replica.Edit{Table: "member", ID: id, Delete: true})
	h.pull(a)
	if cs, err := a.Conflicts(); err != nil || len(cs) != 0 {
		t.Errorf("the delete was made over all there was, and waits in conflict: %+v, %v", cs, err)
	}
}

func TestARowThatLeftWhileAnEditWaitedAndCameBackTakesWhatArrives(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Trần Nam"))
	h.syncAll(a, b)
	a.commit(t, set(id, "phone", "của a"))
	h.leaves(id)
	h.push(a) // taken: a could not know that the row had left
	h.pull(a)
	h.comesBack(id)
	h.syncAll(a, b)
	b.commit(t, set(id, "notes", "của b"))
	h.syncAll(b, a)
	a.commit(t, set(id, "email", "a@cty.vn"))
	b.commit(t, set(id, "address", "phố mới"))
	h.push(b)
	h.pull(a)
	h.agree(a)
	for column, want := range map[string]string{"phone": "của a", "notes": "của b", "email": "a@cty.vn", "address": "phố mới"} {
		if got := a.value(t, id, column); got != want {
			t.Errorf("%s = %q, want %q", column, got, want)
		}
	}
}

func TestARefusedNewRowLeavesTheTable(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	h.refuse = func(*change.Change) string { return "mandate.table" }
	id := a.commit(t, member("Ai Đó"))
	h.push(a)
	h.pull(a)
	if got := a.value(t, id, "full_name"); got != "(sql: no rows in result set)" {
		t.Errorf("still there: %q", got)
	}
	h.agree(a)
}

func TestDeletedHereEditedThereWaitsForAPerson(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Võ Thị Anh"))
	h.syncAll(a, b)
	a.commit(t, replica.Edit{Table: "member", ID: id, Delete: true})
	b.commit(t, set(id, "phone", "0903"))
	h.syncAll(a, b)
	for _, d := range []*device{a, b} {
		cs, err := d.Conflicts()
		must(t, err)
		if len(cs) != 1 || cs[0].Name != "alive" || len(cs[0].Values) != 2 {
			t.Fatalf("%+v", cs)
		}
	}
	cs, _ := a.Conflicts()
	must(t, a.Settle(cs[0].ID, replica.Decision{Take: 2}))
	h.syncAll(a, b)
	for _, d := range []*device{a, b} {
		if d.value(t, id, "phone") != "0903" {
			t.Errorf("not restored: %s", d.value(t, id, "phone"))
		}
		if cs, _ := d.Conflicts(); len(cs) != 0 {
			t.Errorf("still open: %+v", cs)
		}
	}
}

func TestAFormOpenedBeforeAnArrivalDoesNotOverwriteIt(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Đặng Dũng"))
	a.commit(t, set(id, "phone", "0"))
	h.syncAll(a, b)
	form, err := a.Row("member", id)
	must(t, err)
	shown := form.ShownDots(9)
	b.commit(t, set(id, "phone", "b"))
	h.syncAll(b, a)
	e := set(id, "phone", "a")
	e.Shown = map[uint16][]change.Dot{9: shown}
	a.commit(t, e)
	h.syncAll(a, b)
	if cs, _ := b.Conflicts(); len(cs) != 1 {
		t.Errorf("the form overwrote silently: %d conflicts", len(cs))
	}
}

func TestWhatAnotherProgramWroteIsEditedAndSettledLikeAnyOtherValue(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Đặng Dũng"))
	a.commit(t, set(id, "phone", "0"))
	h.syncAll(a, b)
	a.shell(t, "UPDATE member SET phone = 'by the shell'")
	form, err := a.Row("member", id)
	must(t, err)
	e := set(id, "phone", "by the form")
	e.Shown = map[uint16][]change.Dot{9: form.ShownDots(9)}
	a.commit(t, e)
	if cs, _ := a.Conflicts(); len(cs) != 0 || a.value(t, id, "phone") != "by the form" {
		t.Fatalf("phone %q, conflicts %+v", a.value(t, id, "phone"), cs)
	}
	b.commit(t, set(id, "phone", "at b"))
	h.syncAll(a, b)
	a.shell(t, "UPDATE member SET phone = 'by the shell again'")
	cs, err := a.Conflicts()
	must(t, err)
	d := replica.Decision{Take: 2}
	for _, v := range cs[0].Values {
		d.Seen = append(d.Seen, v.Dot)
	}
	must(t, a.Settle(cs[0].ID, d))
	h.syncAll(a, b)
	if cs, _ := b.Conflicts(); len(cs) != 0 {
		t.Errorf("settled, and still open: %+v", cs)
	}
}

func TestALaterSnapshotKeepsUnsentEdits(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	id := a.commit(t, member("Hồ Văn Ý"))
	h.syncAll(a, b)
	b.commit(t, set(id, "email", "x"))
	h.push(b)
	a.commit(t, set(id, "phone", "unsent"))
	fresh := a.commit(t, member("Mới Nhập"))
	a.commit(t, set(fresh, "phone", "76"))
	a.commit(t, set(fresh, "phone", "77"))
	a.shell(t, "UPDATE member SET email = 'typed' WHERE id = X'"+fresh.String()+"'") // not sealed when the snapshot ends
	h.snapshot(a)
	if a.value(t, id, "phone") != "unsent" || a.value(t, id, "email") != "x" || a.value(t, fresh, "phone") != "77" {
		t.Errorf("%q %q %q", a.value(t, id, "phone"), a.value(t, id, "email"), a.value(t, fresh, "phone"))
	}
	if row, err := a.Row("member", fresh); err != nil || len(row.Heads(9)) != 1 || a.value(t, fresh, "email") != "typed" {
		t.Errorf("heads %v, email %q, %v", row.Heads(9), a.value(t, fresh, "email"), err)
	}
	h.syncAll(a, b)
	if b.value(t, id, "phone") != "unsent" || b.value(t, fresh, "phone") != "77" {
		t.Error("the unsent edits did not arrive")
	}
}

func TestSettlingSupersedesOnlyWhatWasShown(t *testing.T) {
	h := newHub(t)
	a, b, c := h.enrol("a"), h.enrol("b"), h.enrol("c")
	id := a.commit(t, member("Bốn Ý Kiến"))
	h.syncAll(a, b, c)
	a.commit(t, set(id, "phone", "1"))
	b.commit(t, set(id, "phone", "2"))
	c.commit(t, set(id, "phone", "3"))
	h.syncAll(a, b)
	shown, err := a.Conflicts()
	must(t, err)
	h.syncAll(c, a)
	d := replica.Decision{Take: 1}
	for _, v := range shown[0].Values {
		d.Seen = append(d.Seen, v.Dot)
	}
	must(t, a.Settle(shown[0].ID, d))
	h.syncAll(a, b, c)
	cs, err := a.Conflicts()
	must(t, err)
	if len(cs) != 1 || len(cs[0].Values) != 2 {
		t.Errorf("what arrived behind the settling was lost: %+v", cs)
	}
}
