package skew

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"dongbo/internal/replica"
	"dongbo/schema/schematest"
)

// town is a world with an office of today's release and one of the last.
func town(t *testing.T, server uint16) (w *world, old, new *office) {
	w = newWorld(t, t.TempDir(), newFleet(t), false, server)
	t.Cleanup(w.stop)
	old, new = newOffice("old", "P1", "staff", schematest.Today), newOffice("new", "P1", "staff", schematest.Last)
	w.enroll(old)
	w.enroll(new)
	return w, old, new
}

func (w *world) g1(o *office) string { return w.do(o, order{Do: "unit", Name: "G1"}).Text }

// shell runs statements on an office's file as any program may.
func (w *world) shell(o *office, statements ...string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path(o)+"?_pragma=busy_timeout(5000)")
	if err == nil {
		defer db.Close()
		_, err = db.Exec(strings.Join(statements, "; "))
	}
	if err != nil {
		w.t.Fatalf("shell: %v", err)
	}
}

func (w *world) asksFor(o *office, query string) (out string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path(o)+"?mode=ro")
	if err == nil {
		defer db.Close()
		err = db.QueryRow(query).Scan(&out)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return out
}

func TestWhatNewerProgramsWroteComesToLifeWithTheUpgrade(t *testing.T) {
	w, old, new := town(t, schematest.Last)
	other := newOffice("other", "P1", "staff", schematest.Last)
	w.enroll(other)
	an, loan, gone := idOf("An"), idOf("loan"), idOf("gone")
	w.set(new, "member", an, map[string]string{"unit_id": w.g1(new), "full_name": "'An'", "allowance": "500", "guardian": "'Mẹ An'"})
	w.set(new, "loan", loan, map[string]string{"unit_id": w.g1(new), "amount": "900", "decided_on": "'2026-01-02'"})
	w.set(new, "loan", gone, map[string]string{"unit_id": w.g1(new), "amount": "1"})
	w.sync(new, old, other)
	w.do(new, order{Do: "edit", Edit: replica.Edit{Table: "loan", ID: gone, Delete: true}})
	w.set(new, "member", an, map[string]string{"allowance": "600"})
	w.set(new, "member", an, map[string]string{"hobby": "'cờ'"})
	w.set(other, "member", an, map[string]string{"hobby": "'đá bóng'"})
	w.set(old, "member", an, map[string]string{"phone": "'0901'"})
	w.sync(new, other, old, new, other, old)
	if n := w.asksFor(old, "SELECT count(*) FROM sync_conflict"); n != "0" {
		t.Errorf("the old program shows %s conflicts that nobody could read", n)
	}
	// Another program replaces the row whole, with the columns that it knows.
	w.shell(old, "INSERT OR REPLACE INTO member (id, unit_id, full_name, phone) SELECT id, unit_id, full_name, '0902' FROM member")
	w.sync(old)

	tells := func() string {
		return w.do(old, order{Do: "history", Edit: replica.Edit{Table: "member", ID: an}}).Text
	}
	if got := tells(); got != "alive full_name phone unit_id" {
		t.Errorf("the old program tells of %s", got)
	}
	before := w.asksFor(old, "SELECT count(*) || ' raw' FROM sync_raw")
	w.upgrade(schematest.Last, old)
	if after := w.asksFor(old, "SELECT count(*) || ' raw' FROM sync_raw"); before != "2 raw" || after != "0 raw" {
		t.Errorf("%s rows of unknown tables before the upgrade, %s after", before, after)
	}
	if n := w.asksFor(old, "SELECT count(*) FROM sync_meta WHERE key = 'unwatched' AND value <> 0"); n != "0" {
		t.Error("the triggers of new columns were missing to nobody")
	}
	if got := tells(); got != "alive allowance full_name guardian hobby phone unit_id" {
		t.Errorf("the new one of %s", got)
	}
	w.sync(new)
	wantSame(t, "the upgraded office is not as the one that was new", w.contents(old), w.contents(new))
	for _, want := range []string{"phone='0902'", "allowance=600", "guardian='Mẹ An'", "amount=900 decided_on='2026-01-02'", "conflict member", "hobby:đá bóng"} {
		if !strings.Contains(w.contents(old), want) {
			t.Errorf("no %s in\n%s", want, w.contents(old))
		}
	}
	w.sync(old, new)
	wantSame(t, "digests are counted to the classes as if all had been known", w.picture(old), w.picture(new))
}

func TestAnOldProgramStopsAtAFileThatANewerOneHasUpgraded(t *testing.T) {
	w, old, _ := town(t, schematest.Last)
	held := w.program(schematest.Today)
	an := w.on(old, order{Edit: replica.Edit{Table: "member", ID: idOf("An")}, Set: map[string]string{"unit_id": w.g1(old), "full_name": "'An'"}})
	an.Do = "hold" // as a daemon does
	held.do(an)
	an.Do = "edit held"
	held.do(an)
	w.upgrade(schematest.Last, old)
	for _, do := range []string{"edit held", "read held", "write held"} {
		an.Do, an.Edit.ID = do, idOf("Bình")
		if a := held.ask(an); a.Code != "replica.newer" {
			t.Errorf("%s: %+v", do, a)
		}
	}
	held.do(order{Do: "release held"})
	an.Do = "edit"
	if a := held.ask(an); a.Code != "replica.newer" {
		t.Errorf("opened again: %+v", a)
	}
	w.sync(old)
	if n := w.asksFor(old, "SELECT count(*) FROM member"); n != "1" {
		t.Errorf("%s members", n)
	}
}

func TestAnOldServerStopsAtARegisterThatANewerOneHasUpgraded(t *testing.T) {
	w, old, _ := town(t, schematest.Today)
	newer := w.fleet[schematest.Last]
	newer.do(order{Do: "serve", Path: w.dir, Addr: "127.0.0.1:0", Seed: w.seed()})
	invite := order{Do: "invite", Unit: "P1", Role: "staff", Name: "muộn", Addr: w.addr}
	if a := w.program(schematest.Today).ask(invite); a.Code != "server.newer" {
		t.Errorf("the old process still writes: %+v", a)
	}
	if a := w.program(schematest.Today).ask(order{Do: "serve on"}); a.Code != "server.newer" {
		t.Errorf("and ends: %+v", a)
	}
	if a := w.program(old.release).ask(w.on(old, order{Do: "sync"})); a.Code != "sync.no_line" {
		t.Errorf("the office keeps what it has: %+v", a)
	}
	newer.do(invite)
	newer.do(order{Do: "stop"})
	again := w.program(schematest.Next).ask(order{Do: "serve", Path: w.dir, Addr: "127.0.0.1:0", Seed: w.seed()})
	if again.Code != "server.newer" {
		t.Errorf("an old program opens it: %+v", again)
	}
}

func TestAReplicaNewerThanItsServerSendsColumnsAndHoldsTables(t *testing.T) {
	w, old, new := town(t, schematest.Today)
	third := newOffice("third", "P1", "staff", schematest.Last)
	w.enroll(third)
	an := idOf("An")
	w.set(new, "member", an, map[string]string{"unit_id": w.g1(new), "full_name": "'An'", "allowance": "500"})
	w.sync(new, old, third)
	if got := w.asksFor(third, "SELECT allowance FROM member"); got != "500" {
		t.Errorf("a column that the server does not know: %s", got)
	}

	loan := w.on(new, order{Do: "edit", Edit: replica.Edit{Table: "loan", ID: idOf("loan")}, Set: map[string]string{"unit_id": w.g1(new), "amount": "900"}})
	if a := w.program(new.release).ask(loan); a.Code != "edit.server_older" {
		t.Errorf("a table that the server does not know: %+v", a)
	}
	w.shell(new, fmt.Sprintf("INSERT INTO loan (unit_id, amount) VALUES (%s, 900)", w.g1(new)), "UPDATE loan SET purpose = 'nhà'")
	w.set(new, "member", an, map[string]string{"phone": "'0901'"})
	w.sync(new, old, third)
	if got := w.asksFor(old, "SELECT phone FROM member"); got != "0901" {
		t.Errorf("what is held stood before another change: %s", got)
	}
	if a := w.picture(new); !strings.Contains(a, "waiting 1 quarantined 0") || !strings.Contains(a, "purpose='nhà'") {
		t.Errorf("it shows, and is known to be only here:\n%s", a)
	}

	w.serve(schematest.Last)
	w.sync(new, old, third)
	if got := w.asksFor(third, "SELECT amount || purpose FROM loan"); got != "900nhà" {
		t.Errorf("after the server's upgrade: %s", got)
	}
	w.upgrade(schematest.Last, old)
	w.sync(old)
	wantSame(t, "all are alike", w.contents(old), w.contents(new))
	w.sameByClass(old)
	w.sameByClass(new)
	if a := w.program(new.release).ask(loan); a.Why != "" {
		t.Errorf("the screens may, too: %+v", a)
	}
}

func TestAnOldProgramsDamagedFileIsMendedWithWhatItDoesNotKnow(t *testing.T) {
	w, old, new := town(t, schematest.Last)
	for i := range 3 {
		w.set(new, "loan", idOf(fmt.Sprint(i)), map[string]string{"unit_id": w.g1(new), "amount": "900"})
	}
	w.set(new, "member", idOf("An"), map[string]string{"unit_id": w.g1(new), "full_name": "'An'", "allowance": "500"})
	w.sync(new, old)
	w.shell(old, "UPDATE sync_digest SET sums = zeroblob(length(sums))")
	w.sync(old) // counted again, nothing is found
	w.shell(old, "DELETE FROM sync_raw WHERE id = (SELECT min(id) FROM sync_raw)", "UPDATE sync_digest SET sums = zeroblob(length(sums))")
	if res := w.do(old, order{Do: "sync"}).Result; !res.Same || res.Mended != 1 || res.Rows != 0 {
		t.Errorf("one row was gone: %+v", res)
	}
	w.upgrade(schematest.Last, old)
	wantSame(t, "after the upgrade", w.contents(old), w.contents(new))
}
