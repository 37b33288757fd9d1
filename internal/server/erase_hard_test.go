package server_test

import (
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/server"
	"dongbo/internal/wire"
)

// What hangs on him stands wherever, and may never have been taken at all.

func TestWhatHangsOnAnErasedMemberIsNowhereThoughItWasRefusedHeldOrTakenBack(t *testing.T) {
	for name, hang := range map[string]func(w *world, a, p *device, an change.ID){
		"refused": func(w *world, a, _ *device, an change.ID) {
			w.hang(a, "wage", "A", an, set{"source": secret, "base": "không phải số"})
			w.sync(a)
		},
		"held": func(w *world, a, _ *device, an change.ID) {
			w.hang(a, "wage", "A", an, set{"source": secret})
			must(w.t, w.s.RevokeDevice(a.id, false))
			_ = a.sync(w.s)
		},
		"at a unit above": func(w *world, _, p *device, an change.ID) {
			w.hang(p, "position", "P1", an, set{"basis": secret})
			w.sync(p)
		},
		"at a unit above, and deleted": func(w *world, _, p *device, an change.ID) {
			id := w.newID()
			p.author(w.log("P1"), created("finding_answer", id, set{"unit_id": w.units["P1"], "answer": "not_same", "row_a": an, "why": secret}))
			w.sync(p)
			p.author(w.log("P1"), deleted(p.view("finding_answer", id)))
			w.sync(p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
			an := w.member(a, "A", "An", "")
			w.sync(a, p)
			hang(w, a, p, an)
			if len(w.filesWith(secret)) == 0 {
				t.Fatal("it is nowhere to begin with")
			}
			w.erase(an)
			w.wantNowhere(secret)
		})
	}
}

func TestWhatIsHungOnHimBetweenThePlanAndTheErasureGoesWithHim(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	an := w.member(a, "A", "An", "")
	w.sync(a)
	planned, err := w.s.PlanErasure("member", an)
	must(t, err)
	w.hang(a, "wage", "A", an, set{"source": secret})
	w.sync(a)
	all, _, err := w.s.Erase(server.Erasing{Rows: planned, Why: "số 12"})
	must(t, err)
	_, err = w.s.Scrub()
	must(t, err)
	w.wantNowhere(secret)
	if len(planned) != 1 || len(all) != 2 {
		t.Errorf("planned %v, erased %v", planned, all)
	}
}

func TestBooksThatSpeakOfAnErasedMemberAreNoOrphans(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	an := w.member(a, "A", "An", "")
	w.hang(a, "dues_payment", "A", an, set{"amount": 50000})
	w.sync(a)
	w.erase(an)
	w.sync(a)
	for _, f := range a.living("finding") {
		if f.Value("kind").Text() == "orphan" && f.Value("status").Text() == "open" {
			t.Error("the office is told to look after what it cannot mend")
		}
	}
}

// A chain covers no value of a row that is said to be erased.
func TestARowThatIsSaidToBeErasedMaySayNothing(t *testing.T) {
	full := func(vals ...change.Value) func(*change.Write) { return func(w *change.Write) { w.Vals = vals } }
	for _, c := range []struct {
		name   string
		column set
		put    func(*change.Write)
		code   string
	}{
		{"a value", set{"phone": "0901"}, nil, "change.invalid"},
		{"a value of another kind", set{"children": "hai"}, nil, "change.invalid"},
		{"an empty value of another kind", set{"children": ""}, nil, "value.type"},
		{"a NULL in a name", set{"full_name": []any{"x", nil, nil, nil}}, full(make([]change.Value, 4)...), "value.type"},
		{"no values at all", set{"full_name": []any{"x", nil, nil, nil}}, full(), ""},
		{"empty values", set{"phone": ""}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.enroll("a", "A", "officer")
			an := w.member(a, "A", "An", "")
			w.sync(a)
			ch := a.author(w.log("A"), edited(a.view("member", an), c.column))
			ch.Rows[0].Erased = change.Hash{1}
			if c.put != nil {
				c.put(&ch.Rows[0].Writes[0])
				ch.Rows[0].Writes[0].Seen = nil
			}
			a.rechain()
			must(t, a.sync(w.s))
			if got := a.refused[ch.N].Code; got != c.code {
				t.Errorf("refused %q, want %q", got, c.code)
			}
			r, err := w.s.Row("member", an)
			must(t, err)
			if r.Value("full_name").Text() != "An" {
				t.Errorf("the name is %v", r.Value("full_name"))
			}
		})
	}
}

// A province that was founded later has an id above the root's: its log is read
// after the root's.
func TestTheErasureStandsBehindAllThatEveryLogSaysOfHim(t *testing.T) {
	w := newWorld(t)
	root := w.enroll("vn", "VN", "admin")
	p3, g3 := change.ID{0xff, 1}, change.ID{0xff, 2}
	root.author(w.units["VN"], created("unit", p3, set{"name": "P3", "code": "P3", "parent_id": w.units["VN"]}))
	w.sync(root)
	root.author(p3, created("unit", g3, set{"name": "G3", "code": "G3", "parent_id": p3}))
	w.sync(root)
	w.units["P3"], w.units["G3"] = p3, g3
	old, editor := w.enroll("old", "G3", "officer"), w.enroll("ed", "G3", "officer")
	an := w.newID()
	old.author(p3, created("member", an, set{"unit_id": g3, "full_name": []any{"An", "1990", "1"}, "phone": "cũ"}))
	w.sync(old, root, editor)
	birth := old.view("member", an).Birth
	editor.author(p3, edited(editor.view("member", an), set{"phone": "mới"}))
	w.sync(editor, root)
	root.author(p3, edited(root.view("member", an), set{"unit_id": w.units["H"]}))
	w.sync(root)
	w.erase(an)
	told := false
	old.hears = func(e *wire.Entry) {
		if e.Birth == birth && told {
			t.Errorf("entry %d is of him, behind the erasure", e.Num)
		}
		if e.Change == nil {
			return
		}
		for _, rw := range e.Change.Rows {
			if rw.Birth == birth && told {
				t.Errorf("change %d writes to him behind the erasure", e.Num)
			}
			told = told || rw.Table == 22
		}
	}
	w.sync(old)
	if !told {
		t.Error("it was not told")
	}
}

func TestBeginningASnapshotConfirmsNoErasure(t *testing.T) {
	w, a, _, _, _, an := known(t)
	w.sync(a)
	w.erase(an)
	w.now = w.now.Add(year + time.Hour)
	_, err := w.s.Prune(server.Pruning{Silent: year})
	must(t, err)
	c := w.inline(a)
	must(t, a.greet(c, false))
	m, err := c.Read()
	must(t, err)
	if !m.(*wire.Welcome).Snapshot {
		t.Fatal("it is sent no snapshot")
	}
	c.End()
	all, err := w.s.Erasures()
	must(t, err)
	for _, e := range all {
		if e.Confirmed != 0 {
			t.Errorf("%d have confirmed, and nobody has received it", e.Confirmed)
		}
	}
}

func TestWhileSomebodyReadsTheRegisterIsNotScrubbedAndSaysSo(t *testing.T) {
	w, _, _, _, _, an := known(t)
	rows, err := w.s.PlanErasure("member", an)
	must(t, err)
	must(t, w.store.View(func(tx server.Tx) error {
		if _, err := tx.Head(w.units["P1"]); err != nil { // the transaction begins
			return err
		}
		_, _, err := w.s.Erase(server.Erasing{Rows: rows})
		if err != nil {
			return err
		}
		if done, err := w.s.Scrub(); err != nil || done {
			t.Errorf("scrubbed: %v, %v", done, err)
		}
		return nil
	}))
	if due, err := w.s.Unscrubbed(); err != nil || !due {
		t.Errorf("due: %v, %v", due, err)
	}
	if done, err := w.s.Scrub(); err != nil || !done {
		t.Errorf("scrubbed: %v, %v", done, err)
	}
	w.wantNowhere(secret)
}

// Who lost all mandates hears of what is erased, and of nothing else.
func TestWhoeverMayReadNothingStillHearsOfAnErasure(t *testing.T) {
	w, a, _, _, root, an := known(t)
	for _, r := range root.living("mandate") {
		if id, _ := r.Value("person_id").ID(); id == a.person {
			root.author(w.log("A"), edited(r, set{"status": "ended"}))
		}
	}
	w.sync(root)
	_ = a.sync(w.s) // its scope has changed
	w.sync(a)
	w.erase(an)
	w.sync(a)
	if len(a.living("erasure")) == 0 || len(a.rows) != len(a.living("erasure")) {
		t.Errorf("it holds %d rows, %d of them of erasures", len(a.rows), len(a.living("erasure")))
	}
}
