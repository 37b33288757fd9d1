package server_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// recalls greets, shows the server these receipts and an empty one, and returns
// what it answers, and the epoch that it greeted with.
func (w *world) recalls(d *device, shown ...*wire.Recall) (code string, epoch change.ID) {
	w.t.Helper()
	n := w.s.NewSession(challenge)
	mine, theirs := connect(d, n)
	done := make(chan error, 1)
	go func() { done <- n.Run(w.t.Context(), theirs) }()
	defer func() {
		_ = mine.Close()
		<-done
	}()
	must(w.t, d.greet(mine, false))
	for {
		m, err := mine.Read()
		must(w.t, err)
		switch m := m.(type) {
		case *wire.Welcome:
			epoch = m.Epoch
			for _, m := range append(shown, &wire.Recall{}) {
				must(w.t, mine.Write(m))
			}
		case *wire.Problem:
			return m.Code, epoch
		}
	}
}

func TestOnlyAReceiptThatTheServerSignedProvesThatItWasRestored(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	w.member(a, "A", "An", "")
	w.sync(a)
	epoch := a.cursor.Epoch
	good := a.receipts[len(a.receipts)-1]
	forged := *good
	forged.Through, forged.Hash = 7, change.Hash{7}
	for _, tc := range []struct {
		name  string
		shown *wire.Recall
	}{
		{"a receipt about what there is", &wire.Recall{Epoch: epoch, Receipt: *good}},
		{"a forged receipt about more", &wire.Recall{Epoch: epoch, Receipt: forged}},
		{"a good receipt under another epoch", &wire.Recall{Epoch: change.ID{9}, Receipt: *good}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if code, _ := w.recalls(a, tc.shown); code != string(fault.ServerBehind) {
				t.Errorf("answered %s", code)
			}
			if _, now := w.recalls(a); now != epoch {
				t.Error("the server began an epoch")
			}
		})
	}
}

func TestASessionOfTheEpochBeforeIsSentBackToTheGreeting(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	l := w.live(p)
	must(t, w.s.Restored())
	wantProblem(t, p, <-l.caught, fault.ServerRestored)
	if code, epoch := w.recalls(p); code != string(fault.ServerBehind) || epoch == a.cursor.Epoch {
		t.Errorf("answered %s in epoch %v", code, epoch)
	}
}

func TestAChangeThatNamesWhatWasNeverHereWaitsUntilTheServerKnows(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	c := w.edit(p, "A", an, set{"phone": "1"})
	c.Rows[0].Writes[0].Seen[0].N = 99 // of a's, which the server has lost
	p.hashes = p.hashes[:len(p.hashes)-1]
	p.chain = p.chain[:len(p.chain)-1]
	p.author(c.Log, c.Rows...)
	wantProblem(t, p, p.sync(w.s), fault.ServerBehind)
}

func TestAServerThatWasNeverRestoredHearsNothingOfAnEarlierTime(t *testing.T) {
	for _, restored := range []bool{false, true} {
		w := newWorld(t)
		a := w.enroll("a", "A", "officer")
		if restored {
			must(t, w.s.Restored())
		}
		an := w.member(a, "A", "An", "")
		m := a.batch(1, 1)
		m.Again = &wire.Again{Through: 1, Refused: []wire.Refusal{{N: 1, Code: "row.unknown"}}}
		r, err := w.s.Accept(a.id, m)
		must(t, err)
		if got := len(r.Refused) == 1; got != restored {
			t.Errorf("restored %v: the change of %s was refused: %v", restored, an, r.Refused)
		}
	}
}
