package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// ask asks for a member's transfer to a unit that the office knows by its code.
func (w *world) ask(d *device, unit string, member change.ID, to string) change.ID {
	id := w.newID()
	d.author(w.log(unit), created("transfer", id, set{"unit_id": w.units[unit], "member_id": member, "to_code": to,
		"decision_no": "12/QĐ", "why": "chuyển nơi làm việc", "status": "asked"}))
	return id
}

// awaited is the one arrival that the device holds.
func (d *device) awaited() *merge.Row {
	d.t.Helper()
	list := d.living("arrival")
	if len(list) != 1 {
		d.t.Fatalf("%d arrivals", len(list))
	}
	return list[0]
}

// respond writes an answer to the arrival.
func (w *world) respond(d *device, unit, status, why string) *change.Change {
	s := set{"status": status}
	if why != "" {
		s["answer_why"] = why
	}
	return d.author(w.log(unit), edited(d.awaited(), s))
}

func TestATransferIsAskedAcceptedAndThenTheMemberMoves(t *testing.T) {
	for _, to := range []string{"B", "H"} {
		t.Run("to "+to, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.enroll("a", "A", "officer"), w.enroll("b", to, "officer")
			an := w.member(a, "A", "An", "001090000001")
			wage := w.hang(a, "wage", "A", an, nil)
			id := w.ask(a, "A", an, to)
			w.sync(a, b)
			in := b.awaited()
			if in.Value("full_name").Text() != "An" || in.Value("birth_date").Text() != "1990" || in.Value("from_name").Text() != "Công ty A" {
				t.Errorf("what the receiver learns: %v", in)
			}
			if len(b.living("member"))+len(b.living("transfer"))+len(b.living("wage")) != 0 {
				t.Error("the receiver sees more before it accepts")
			}
			w.sync(a)
			if a.value("member", an, "full_name") != "An" || a.value("transfer", id, "to_name") != "Công ty "+to {
				t.Error("until then the sender has the member, and knows the unit by its name")
			}
			w.respond(b, to, "accepted", "")
			w.sync(b, a)
			if b.view("member", an).Unit() != w.units[to] || b.view("wage", wage) == nil || a.view("member", an) != nil {
				t.Errorf("B: %v", b.counts)
			}
			if a.value("transfer", id, "status") != "accepted" || len(a.living("stub")) != 1 {
				t.Errorf("A is told %q and keeps %d stubs", a.value("transfer", id, "status"), len(a.living("stub")))
			}
		})
	}
}

func TestARefusedTransferLeavesAllAsItWasAndSaysWhy(t *testing.T) {
	w := newWorld(t)
	a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
	an := w.member(a, "A", "An", "")
	id := w.ask(a, "A", an, "B")
	w.sync(a, b)
	n := w.respond(b, "B", "refused", "").N
	w.sync(b)
	b.wantRefused(n, "transfer.reason", "arrival.answer_why")
	w.respond(b, "B", "refused", "chưa có quyết định")
	w.sync(b, a)
	if a.value("transfer", id, "status") != "refused" || a.value("transfer", id, "answer_why") != "chưa có quyết định" ||
		a.view("member", an).Unit() != w.units["A"] || a.counts[wire.EntryEvict] != 0 {
		t.Errorf("A: %v", a.view("transfer", id))
	}
	w.ask(a, "A", an, "B")
	w.sync(a, b)
	if len(b.living("arrival")) != 2 || len(a.refused) != 0 {
		t.Error("after a refusal one may ask again")
	}
}

func TestOfWithdrawingAndAcceptingAtOnceTheFirstHoldsAndTheOtherIsTold(t *testing.T) {
	for _, first := range []string{"withdrawn", "accepted"} {
		t.Run(first, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
			an := w.member(a, "A", "An", "")
			id := w.ask(a, "A", an, "B")
			w.sync(a, b, a)
			withdraw := a.author(w.log("A"), edited(a.view("transfer", id), set{"status": "withdrawn"})).N
			accept := w.respond(b, "B", "accepted", "").N
			unit := w.units["A"]
			if first == "accepted" {
				w.sync(b, a, b)
				a.wantRefused(withdraw, "transfer.closed", "transfer.status")
				unit = w.units["B"]
			} else {
				w.sync(a, b, a)
				b.wantRefused(accept, "transfer.closed", "arrival.status")
			}
			if got := a.value("transfer", id, "status"); got != first || b.awaited().Value("status").Text() != first {
				t.Errorf("A reads %s, B %s", got, b.awaited().Value("status").Text())
			}
			for _, r := range append(a.living("member"), b.living("member")...) {
				if r.Unit() != unit {
					t.Error("the member stands where he must not")
				}
			}
			if len(a.living("member"))+len(b.living("member")) != 1 {
				t.Error("the member must count once")
			}
		})
	}
}

func TestWhatIsNoStepOfATransferIsRefused(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
	an, binh := w.member(a, "A", "An", ""), w.member(a, "A", "Bình", "")
	id := w.ask(a, "A", an, "B")
	w.sync(a, b, p, a)
	asked := func(s set) change.RowWrite {
		all := set{"unit_id": w.units["A"], "member_id": binh, "to_code": "B", "status": "asked"}
		for k, v := range s {
			all[k] = v
		}
		return created("transfer", w.newID(), all)
	}
	own, in := a.view("transfer", id), b.awaited()
	for _, c := range []struct {
		name         string
		d            *device
		row          change.RowWrite
		code, detail string
	}{
		{"asking twice", a, asked(set{"member_id": an}), "transfer.open", "transfer.member_id"},
		{"a unit that is not", a, asked(set{"to_code": "?"}), "transfer.to_unit", "transfer.to_code"},
		{"no unit", a, asked(set{"to_code": nil}), "transfer.to_unit", "transfer.to_code"},
		{"to one's own unit", a, asked(set{"to_code": "A"}), "transfer.to_unit", "transfer.to_code"},
		{"a member of another office", b, created("transfer", w.newID(), set{"unit_id": w.units["B"], "member_id": an, "to_code": "A", "status": "asked"}), "transfer.member", "transfer.member_id"},
		{"accepting in another's name", a, asked(set{"status": "accepted"}), "transfer.step", "transfer.status"},
		{"the sender accepts", a, edited(own, set{"status": "accepted"}), "transfer.step", "transfer.status"},
		{"the sender takes another member", a, edited(own, set{"member_id": binh}), "transfer.step", "transfer.member_id"},
		{"the sender deletes it", a, deleted(own), "transfer.step", "transfer"},
		{"an arrival of one's own making", b, created("arrival", w.newID(), set{"unit_id": w.units["B"], "transfer_id": id, "status": "accepted"}), "transfer.step", "arrival"},
		{"the receiver withdraws", b, edited(in, set{"status": "withdrawn"}), "transfer.step", "arrival.status"},
		{"the receiver sends it on", p, edited(p.view("arrival", in.ID), set{"unit_id": w.units["D"]}), "transfer.step", "arrival.unit_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.d.t = t
			n := c.d.author(w.units["P1"], c.row).N
			must(t, c.d.sync(w.s))
			c.d.wantRefused(n, c.code, c.detail)
		})
	}
}

func TestAMoveByThoseAboveOrADeletionEndsAnOpenTransfer(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(w *world, p *device, an change.ID)
		want string
	}{
		"moved to that very unit": {func(w *world, p *device, an change.ID) { w.edit(p, "A", an, set{"unit_id": w.units["B"]}) }, "accepted"},
		"moved elsewhere":         {func(w *world, p *device, an change.ID) { w.edit(p, "A", an, set{"unit_id": w.units["D"]}) }, "overtaken"},
		"deleted":                 {func(w *world, p *device, an change.ID) { p.author(w.log("A"), deleted(p.view("member", an))) }, "overtaken"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
			an := w.member(a, "A", "An", "")
			id := w.ask(a, "A", an, "B")
			w.sync(a, b, p)
			c.act(w, p, an)
			late := w.respond(b, "B", "accepted", "").N
			w.sync(p, b, a)
			b.wantRefused(late, "transfer.closed", "arrival.status")
			if a.value("transfer", id, "status") != c.want || b.awaited().Value("status").Text() != c.want {
				t.Errorf("A reads %q, B %q", a.value("transfer", id, "status"), b.awaited().Value("status").Text())
			}
		})
	}
}

func TestASenderMayCorrectWhatItAsksWhileItIsOpen(t *testing.T) {
	w := newWorld(t)
	a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
	an := w.member(a, "A", "An", "")
	id := w.ask(a, "A", an, "B")
	w.sync(a, b, a)
	a.author(w.log("A"), edited(a.view("transfer", id), set{"decision_no": "13/QĐ"}))
	w.sync(a, b)
	if got := b.awaited().Value("decision_no").Text(); got != "13/QĐ" {
		t.Errorf("B reads %q", got)
	}
}
