package agent_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// backUp copies the register as it is now.
func (p *place) backUp(name string) {
	p.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(p.dir, "register.db"))
	must(p.t, err)
	defer db.Close()
	_, err = db.Exec("VACUUM INTO ?", filepath.Join(p.dir, name))
	must(p.t, err)
}

// restore puts a copy of the register in its place; told says that somebody
// tells the server so.
func (p *place) restore(name string, told bool) {
	p.t.Helper()
	p.stop()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(filepath.Join(p.dir, "register.db"+suffix))
	}
	b, err := os.ReadFile(filepath.Join(p.dir, name))
	must(p.t, err)
	must(p.t, os.WriteFile(filepath.Join(p.dir, "register.db"), b, 0o600))
	p.serve(p.addr)
	if told {
		must(p.t, p.srv.Restored())
	}
}

func (p *place) sync(replicas ...*replica.Replica) {
	p.t.Helper()
	for _, r := range replicas {
		if _, err := agent.Sync(context.Background(), r, options()); err != nil {
			p.t.Fatalf("%s: %v", filepath.Base(r.Path()), err)
		}
	}
}

// inStep syncs everybody three times round and holds that all is said.
func (p *place) inStep(replicas ...*replica.Replica) {
	p.t.Helper()
	for range 3 {
		p.sync(replicas...)
	}
	for _, r := range replicas {
		st, err := r.Status()
		must(p.t, err)
		if st.Digest != st.ServerDigest || st.Waiting != 0 {
			p.t.Errorf("%s: %+v", filepath.Base(r.Path()), st)
		}
		var waiting int
		must(p.t, r.DB().QueryRow("SELECT count(*) FROM sync_outbox").Scan(&waiting))
		if waiting != 0 {
			p.t.Errorf("%s: %d changes never came back", filepath.Base(r.Path()), waiting)
		}
	}
}

func openConflicts(t *testing.T, r *replica.Replica) int {
	t.Helper()
	list, err := r.Conflicts()
	must(t, err)
	return len(list)
}

// ordersOf are the ways in which two offices may come back.
var ordersOf = []struct {
	name  string
	told  bool
	first int
}{
	{"the server is told, a comes first", true, 0}, {"the server is told, b comes first", true, 1},
	{"a receipt proves it, a comes first", false, 0}, {"a receipt proves it, b comes first", false, 1},
}

func TestWhatARestoredServerLostComesBackFromTheOffices(t *testing.T) {
	for _, tc := range ordersOf {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
			an, binh := write(t, a, "An", "1"), write(t, a, "Bình", "1")
			p.inStep(a, b)
			p.backUp("old.db")

			phone(t, a, an, "2")             // a replaces
			p.sync(a, b)                     //
			phone(t, b, an, "3")             // and b replaces that
			dung := write(t, b, "Dũng", "1") // b enters somebody
			p.sync(b, a)                     //
			phone(t, a, dung, "2")           // whom a edits
			phone(t, a, binh, "a")           // both edit Bình
			phone(t, b, binh, "b")           //
			write(t, a, "Chi", "")           //
			p.sync(a, b, a)                  //
			phone(t, a, an, "4")             // never sent before the restore
			p.restore("old.db", tc.told)

			both := []*replica.Replica{a, b}
			p.sync(both[tc.first])
			phone(t, a, an, "5") // typed before the other came back
			p.sync(both[1-tc.first])
			p.inStep(a, b)
			for _, r := range both {
				got := register(t, r)
				if len(got) != 4 || got[0] != "An 5" || got[2] != "Chi " || got[3] != "Dũng 2" {
					t.Errorf("%s: %q", filepath.Base(r.Path()), got)
				}
				if n := openConflicts(t, r); n != 1 {
					t.Errorf("%s: %d conflicts, want Bình's alone", filepath.Base(r.Path()), n)
				}
			}
			if ar, br := register(t, a), register(t, b); len(ar) == 4 && len(br) == 4 && ar[1] != br[1] {
				t.Errorf("%q and %q", ar[1], br[1])
			}
			if since, err := p.srv.Recovering(); err != nil || since == 0 {
				t.Errorf("the server does not know: %d, %v", since, err)
			}
		})
	}
}

func TestARefusedChangeStaysRefusedWhereTheServerWasRestored(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	an := write(t, a, "An", "1")
	p.inStep(a, b)
	p.backUp("old.db")
	var unit []byte
	must(t, a.DB().QueryRow("SELECT id FROM unit WHERE code = 'P1'").Scan(&unit))
	_, err := a.Commit(replica.Edit{Table: "member", ID: an, Set: map[string]change.Value{"unit_id": change.Blob(unit), "phone": change.Text("2")}})
	must(t, err)
	p.sync(a)
	phone(t, a, an, "3")
	p.sync(a, b)
	refused, err := a.Quarantine()
	if err != nil || len(refused) != 1 {
		t.Fatalf("%v, %v", refused, err)
	}
	db, err := sql.Open("sqlite", a.Path()) // a person has dealt with it
	must(t, err)
	defer db.Close()
	_, err = db.Exec("UPDATE sync_quarantine SET seen = 1")
	must(t, err)
	p.restore("old.db", false)
	p.inStep(a, b)
	wantRegister(t, a, "An 3")
	wantRegister(t, b, "An 3")
	if again, err := a.Quarantine(); err != nil || len(again) != 0 {
		t.Errorf("what a person had dealt with is shown again: %v, %v", again, err)
	}
	if n := openConflicts(t, b); n != 0 {
		t.Errorf("%d conflicts", n)
	}
}

func TestAChangeWhoseRowIsGoneForGoodIsRefusedOnceRecoveryIsOver(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	p.backUp("old.db")
	an := write(t, a, "An", "1")
	p.inStep(a, b)
	phone(t, b, an, "2")
	write(t, b, "Bình", "")
	p.sync(b)
	p.restore("old.db", true) // and a's machine never comes back
	p.sync(b, b)
	wantRegister(t, b, "Bình ")
	must(t, p.srv.Recovered())
	p.inStep(b)
	refused, err := b.Quarantine()
	if err != nil || len(refused) != 1 || refused[0].Code != string(fault.RefusedRowUnknown) {
		t.Errorf("%+v, %v", refused, err)
	}
}

func TestAReaderOfWhatWasLostIsHeldBackUntilTheServerKnows(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	p.inStep(a, b)
	p.backUp("old.db")
	write(t, a, "An", "1")
	p.inStep(a, b)
	p.restore("old.db", false)
	_, err := agent.Sync(context.Background(), b, options())
	if fault.CodeOf(err) != fault.ServerBehind {
		t.Errorf("got %v", err)
	}
	wantRegister(t, b, "An 1")
	p.inStep(a, b)
	wantRegister(t, b, "An 1")
}

func TestAServerRestoredTwiceFromOneBackupLosesNothing(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	p.backUp("old.db")
	an := write(t, a, "An", "1")
	p.inStep(a, b)
	for _, told := range []bool{true, false} {
		p.restore("old.db", told)
		p.sync(a, b)
		phone(t, b, an, map[bool]string{true: "2", false: "3"}[told])
		p.inStep(a, b)
	}
	wantRegister(t, a, "An 3")
	wantRegister(t, b, "An 3")
}

func onFile(t *testing.T, r *replica.Replica, q string, args ...any) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", r.Path())
	must(t, err)
	defer db.Close()
	must(t, db.QueryRow(q, args...).Scan(&n))
	return n
}

func TestWhatIsKeptPackedIsSentAgainToo(t *testing.T) {
	if testing.Short() {
		t.Skip("1,700 commits say nothing more under the race detector")
	}
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	p.backUp("old.db")
	ids, err := a.CommitEach(people(t, a, 1100))
	must(t, err)
	for i := range 600 {
		phone(t, a, ids[i%len(ids)], "1")
	}
	p.inStep(a, b)
	if n := onFile(t, a, "SELECT count(*) FROM sync_kept WHERE packed = 1"); n < 3 {
		t.Fatalf("%d packs", n)
	}
	before := register(t, a)
	p.restore("old.db", true)
	p.inStep(a, b)
	wantRegister(t, a, before...)
	wantRegister(t, b, before...)
	if refused, err := a.Quarantine(); err != nil || len(refused) != 0 || openConflicts(t, b) != 0 {
		t.Errorf("%d refused, %v", len(refused), err)
	}
	if n := onFile(t, a, "SELECT sum(last - n + 1) FROM sync_kept"); n != 1700 {
		t.Errorf("%d changes are kept for the next time, want 1700", n)
	}
}

func TestAServerThatLostMoreThanIsKeptGetsTheRestFromANewWriter(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	p.backUp("old.db")
	write(t, a, "An", "")
	binh := write(t, a, "Bình", "1")
	phone(t, a, binh, "2")
	p.inStep(a, b)
	if n := onFile(t, a, "DELETE FROM sync_kept WHERE n = (SELECT min(n) FROM sync_kept) RETURNING n"); n != 1 {
		t.Fatalf("dropped %d", n)
	}
	phone(t, a, binh, "3")
	p.restore("old.db", false)
	_, err := agent.Sync(context.Background(), a, options())
	must(t, err)
	p.inStep(a, b)
	wantRegister(t, a, "Bình 3")
	wantRegister(t, b, "Bình 3")
}
