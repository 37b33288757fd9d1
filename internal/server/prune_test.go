package server_test

import (
	"fmt"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/server"
	"dongbo/internal/wire"
)

const year = 365 * 24 * time.Hour

// prune prunes and returns the floors by the code of the log's unit.
func (w *world) prune() map[string]server.PrunedLog {
	w.t.Helper()
	done, err := w.s.Prune(server.Pruning{Silent: year})
	must(w.t, err)
	out := map[string]server.PrunedLog{}
	for _, l := range done.Logs {
		for code, id := range w.units {
			if id == l.Log {
				out[code] = l
			}
		}
	}
	return out
}

func (w *world) entry(log string, num uint64) (e *server.Entry) {
	must(w.t, w.store.View(func(tx server.Tx) (err error) {
		e, err = tx.Entry(w.log(log), num)
		return err
	}))
	return e
}

func TestALogIsPrunedAsFarAsAllHaveReadIt(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	w.sync(a, p)
	an := w.member(a, "A", "An", "")
	w.sync(a)
	if l := w.prune()["P1"]; l.Holds == nil || l.Holds.ID != p.id || l.Here != p.cursor.Logs[w.units["P1"]] || l.Here >= l.Head {
		t.Errorf("the province has not read it: %+v", l)
	}
	w.sync(p)
	l := w.prune()["P1"]
	if l.Here != l.Head {
		t.Errorf("all have read it: %+v", l)
	}
	if e := w.entry("A", l.Head); len(e.Body)+len(e.Effective)+len(e.Places) != 0 || e.Person != a.person || e.Hash == (change.Hash{}) {
		t.Errorf("the entry is %+v", e)
	}
	w.edit(p, "A", an, set{"phone": "1"})
	w.edit(a, "A", an, set{"email": "2"})
	w.sync(p, a, p)
	if a.value("member", an, "phone") != "1" || p.value("member", an, "email") != "2" || a.begun != nil || p.begun != nil {
		t.Errorf("they go on by entries: %v %v", a.begun, p.begun)
	}
	h := w.enroll("b", "B", "officer")
	if h.begun == nil || w.prune()["P1"].Holds == nil {
		t.Error("who comes new begins with a snapshot, and is waited for from then on")
	}
}

// silentYear is an office that wrote for a year and spoke to nobody, while its
// logs were pruned.
func silentYear(t *testing.T) (w *world, a, p *device, an change.ID) {
	w = newWorld(t)
	a, p = w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an = w.member(a, "A", "An", "")
	w.sync(a, p)
	for i := range 60 {
		w.edit(a, "A", an, set{"phone": fmt.Sprint(i)})
	}
	w.edit(p, "A", an, set{"email": "của tỉnh"})
	w.now = w.now.Add(year + time.Hour)
	w.sync(p)
	done, err := w.s.Prune(server.Pruning{Silent: year})
	must(t, err)
	if len(done.Silent) != 1 || done.Silent[0].ID != a.id || done.Entries == 0 || done.Listed == 0 {
		t.Fatalf("%+v", done)
	}
	return w, a, p, an
}

func TestWhoWasSilentForAYearHandsInFirstAndThenBeginsWithASnapshot(t *testing.T) {
	w, a, p, an := silentYear(t)
	wantProblem(t, a, a.sync(w.s), fault.ScopeChanged)
	if a.begun != nil || a.value("member", an, "email") != "" {
		t.Error("something came before all was handed in")
	}
	w.sync(p)
	if got := p.value("member", an, "phone"); got != "59" {
		t.Errorf("the province has %q", got)
	}
	w.sync(a)
	if a.begun == nil || a.value("member", an, "email") != "của tỉnh" || a.value("member", an, "phone") != "59" || len(a.refused) != 0 {
		t.Errorf("snapshot %v, email %q, refused %v", a.begun, a.value("member", an, "email"), a.refused)
	}
	if m := a.metas[a.rows[key{5, an}].Heads(2)[0].Dot]; m.Person.IsZero() {
		t.Error("nobody knows any more who wrote it")
	}
}

func TestWhoHandsInNothingMoreGetsItsSnapshot(t *testing.T) {
	w, a, _, _ := silentYear(t)
	greets := func() *wire.Welcome {
		c := w.inline(a)
		defer c.End()
		must(t, a.greet(c, false))
		m, err := c.Read()
		must(t, err)
		return m.(*wire.Welcome)
	}
	if greets().Snapshot {
		t.Error("a snapshot before its turn to hand in")
	}
	if !greets().Snapshot {
		t.Error("it came back with nothing, and must wait for ever")
	}
}

func TestRightsAreJudgedWhereASilentAuthorStood(t *testing.T) {
	w, a, p, an := silentYear(t)
	w.edit(p, "A", an, set{"unit_id": w.units["B"]})
	w.sync(p)
	w.prune()
	wantProblem(t, a, a.sync(w.s), fault.ScopeChanged)
	w.sync(a, p)
	if len(a.refused) != 0 || p.value("member", an, "phone") != "59" || a.view("member", an) != nil {
		t.Errorf("refused %v, the province has %q", a.refused, p.value("member", an, "phone"))
	}
}

func TestWhatComesBehindASnapshotThatIsOnItsWayIsKept(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	for i := range 2000 {
		w.member(a, "A", fmt.Sprint("Người ", i), "")
	}
	w.sync(a, p)
	code, err := w.s.Invite("C1", "staff", "c", "https://x")
	must(t, err)
	c := newDevice(t, "c", code)
	c.stopAt = 1
	if c.sync(w.s) == nil {
		t.Fatal("the line was not cut")
	}
	begun := c.begun.ID
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	w.prune()
	c.stopAt = 0
	w.sync(c)
	if c.begun.ID != begun || c.value("member", an, "full_name") != "An" {
		t.Errorf("another snapshot, or %q", c.value("member", an, "full_name"))
	}
}

func TestAPruningThatWasCutOffIsFinishedByTheNext(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	w.member(a, "A", "An", "")
	w.sync(a)
	head := a.cursor.Logs[w.units["P1"]]
	must(t, w.store.Update(func(tx server.Tx) error { return tx.SetFloor(w.units["P1"], head) }))
	dry, err := w.s.Prune(server.Pruning{Silent: year, Dry: true})
	must(t, err)
	if dry.Entries != 0 || len(w.entry("A", head).Body) == 0 {
		t.Error("a dry run took something away")
	}
	if w.prune(); len(w.entry("A", head).Body) != 0 {
		t.Error("it stands")
	}
}

func TestNothingIsPrunedWhileARestoredRegisterTakesBackWhatItLacked(t *testing.T) {
	w := newWorld(t)
	must(t, w.s.Restored())
	if _, err := w.s.Prune(server.Pruning{Silent: year}); fault.CodeOf(err) != fault.PruneRecovering {
		t.Errorf("%v", err)
	}
}
