package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/server"
)

// handIn is an exchange of a revoked device.
func (w *world) handIn(d *device) {
	w.t.Helper()
	if err := d.sync(w.s); d.problem == nil || d.problem.Code != string(fault.AuthHandedIn) {
		w.t.Errorf("%v, %+v", err, d.problem)
	}
}

func (w *world) held() []server.Held {
	w.t.Helper()
	list, err := w.s.Held()
	must(w.t, err)
	return list
}

// revokedWhileAway is a computer that wrote three things before it heard that it was
// revoked: an edit of a member of the office, a new member, and an edit of that one.
func revokedWhileAway(t *testing.T) (w *world, a, b *device, an, binh change.ID) {
	w = newWorld(t)
	a, b = w.enroll("a", "A", "officer"), w.enroll("b", "A", "officer")
	an = w.member(a, "A", "An", "")
	w.sync(a, b)
	w.edit(b, "A", an, set{"phone": "1"})
	binh = w.member(b, "A", "Bình", "")
	w.edit(b, "A", binh, set{"phone": "2"})
	must(t, w.s.RevokeDevice(b.id, false))
	return w, a, b, an, binh
}

func TestWhatARevokedComputerStillHandsInIsHeldForAPerson(t *testing.T) {
	w, a, b, an, binh := revokedWhileAway(t)
	rows := len(b.rows)
	w.edit(a, "A", an, set{"job_title": "thợ hàn"})
	w.sync(a)
	w.handIn(b)
	w.handIn(b)
	if len(b.rows) != rows || b.value("member", an, "job_title") != "" {
		t.Error("it received something")
	}
	w.sync(a)
	if a.value("member", an, "phone") != "" || a.value("member", binh, "full_name") != "-" {
		t.Error("others see it though nobody has said so")
	}
	finding := merge.FindingID("revoked_writes", b.id, change.ID{})
	if got := a.finding(finding); got != "open" {
		t.Errorf("the office is told %q", got)
	}
	list := w.held()
	if len(list) != 3 || list[0].Label != "PC" || list[0].Name != "b" || list[0].Change.Rows[0].ID != an {
		t.Fatalf("held are %+v", list)
	}
	for _, h := range list {
		if h.Dot.N > 3 || h.Device != b.id {
			t.Errorf("held is %+v", h)
		}
	}
}

func TestWhatIsTakenOfARevokedComputerGoesTheWayThatItWouldHaveGone(t *testing.T) {
	w, a, b, an, binh := revokedWhileAway(t)
	w.edit(a, "A", an, set{"phone": "9"}) // b had not seen it
	w.sync(a)
	w.handIn(b)
	left, err := w.s.TakeHeld(w.held())
	must(t, err)
	if len(left) != 0 || len(w.held()) != 0 {
		t.Errorf("left are %+v", left)
	}
	w.sync(a)
	if a.value("member", binh, "full_name") != "Bình" || a.value("member", binh, "phone") != "2" {
		t.Errorf("Bình is %q %q", a.value("member", binh, "full_name"), a.value("member", binh, "phone"))
	}
	if got := a.view("member", an).Conflicts(); len(got) != 1 {
		t.Errorf("two phones that did not know of each other: conflicts in %v", got)
	}
	if got := a.finding(merge.FindingID("revoked_writes", b.id, change.ID{})); got != "closed" {
		t.Errorf("the finding is %q", got)
	}
	again, err := w.s.TakeHeld(w.held())
	must(t, err)
	w.handIn(b)
	if len(again) != 0 || len(w.held()) != 0 {
		t.Error("what is decided waits again")
	}
}

func TestOfWhatARevokedComputerWroteAPersonMayTakeSomeNowAndSomeLater(t *testing.T) {
	w, a, b, an, binh := revokedWhileAway(t)
	w.handIn(b)
	list := w.held()
	left, err := w.s.TakeHeld(list[2:])
	must(t, err)
	if len(left) != 1 || left[0].Why != string(fault.RefusedCreation) || len(w.held()) != 3 {
		t.Errorf("an edit of a member who is not taken: %+v, held %d", left, len(w.held()))
	}
	must(t, w.s.DiscardHeld(list[:1], "số sai"))
	for _, some := range [][]server.Held{list[1:2], list[2:]} {
		left, err = w.s.TakeHeld(some)
		must(t, err)
		if len(left) != 0 {
			t.Errorf("left are %+v", left)
		}
	}
	if len(w.held()) != 0 {
		t.Errorf("held are %+v", w.held())
	}
	w.sync(a)
	if a.value("member", an, "phone") != "" || a.value("member", binh, "phone") != "2" {
		t.Errorf("phones are %q and %q", a.value("member", an, "phone"), a.value("member", binh, "phone"))
	}
}

func TestARightThatWasLostIsHeldAgainstWhatIsTakenToo(t *testing.T) {
	w, a, b, _, _ := revokedWhileAway(t)
	w.member(b, "D", "Không phải của tôi", "")
	w.handIn(b)
	left, err := w.s.TakeHeld(w.held())
	must(t, err)
	if len(left) != 1 || left[0].Why != string(fault.RefusedMandateUnit) {
		t.Errorf("left are %+v", left)
	}
	w.sync(a)
	if got := a.finding(merge.FindingID("revoked_writes", b.id, change.ID{})); got != "open" {
		t.Errorf("the finding is %q", got)
	}
}

func TestFromAStolenComputerNothingIsTaken(t *testing.T) {
	w, _, b, _, _ := revokedWhileAway(t)
	must(t, w.s.RevokeDevice(b.id, true))
	must(t, w.s.RevokeDevice(b.id, false)) // said again, by somebody who did not know
	wantProblem(t, b, b.sync(w.s), fault.AuthRevoked)
	if len(w.held()) != 0 {
		t.Error("something is held")
	}
}
