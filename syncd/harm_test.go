package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyReplica copies a replica's file, which no process holds open.
func (w *world) copyReplica(from, to string) string {
	w.t.Helper()
	w.exec(from, "PRAGMA wal_checkpoint(TRUNCATE)")
	b, err := os.ReadFile(from)
	must(w.t, err)
	must(w.t, os.WriteFile(w.path(to), b, 0o600))
	return w.path(to)
}

func (w *world) wantMembers(want string, files ...string) {
	w.t.Helper()
	for _, f := range files {
		if got := w.query(f, members); got != want {
			w.t.Errorf("%s has %q, want %q", f, got, want)
		}
	}
}

// round is enough exchanges for everybody to hear of everything.
func (w *world) round(files ...string) {
	w.t.Helper()
	for range 3 {
		w.sync(files...)
	}
	w.agree(files...)
}

func TestAnOfficeRestoredFromAnOldCopyGetsBackWhatItSentAndKeepsWhatItTypedSince(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "An", "1", "G1")
	w.sync(a)
	old := w.copyReplica(a, "old.db")
	w.exec(a, setTo, "2", "An")
	w.exec(a, insertMember, "Bình", "2", "G1")
	w.sync(a)

	must(t, os.Remove(a))
	_, _ = os.Remove(a+"-wal"), os.Remove(a+"-shm")
	must(t, os.Rename(old, a))
	w.exec(a, insertMember, "Chi", "3", "G1") // under a number that Bình's has already
	w.round(a, p)
	w.wantMembers("An 2|Bình 2|Chi 3", a, p)
}

func TestTwoPCsMadeFromOneDiskBothKeepWhatIsTypedOnThemAndTheOfficeIsTold(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "An", "1", "G1")
	w.sync(a)
	clone := w.copyReplica(a, "clone.db")
	w.exec(a, insertMember, "Ở a", "2", "G1")
	w.exec(clone, insertMember, "Ở bản chép", "3", "G1")
	w.exec(a, setTo, "a", "An")
	w.exec(clone, setTo, "b", "An")
	w.round(a, clone, p)
	for _, f := range []string{a, clone, p} {
		if got := w.query(f, "SELECT full_name FROM member ORDER BY full_name"); got != "An|Ở a|Ở bản chép" {
			t.Errorf("%s has %q", f, got)
		}
		var list []conflictJSON
		must(t, json.Unmarshal([]byte(w.ok("conflicts", "--replica", f, "--json")), &list))
		if len(list) != 1 || len(list[0].Values) != 2 {
			t.Errorf("%s: %+v", f, list)
		}
	}
	if got := w.query(p, "SELECT count(*) > 0 FROM finding WHERE kind = 'copied_device' AND status = 'open'"); got != "1" {
		t.Error("nobody is told of the copy")
	}
}

func TestTwoProgramsOnOneFileAtOnceWriteAndSendEverythingOnce(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	done := make(chan string, 2)
	for range 2 {
		go func() {
			out, code := w.run("sync", "--replica", a)
			if code == exitDone {
				out = ""
			}
			done <- out
		}()
	}
	for i := range 20 {
		w.exec(a, insertMember, "Máy "+string(rune('a'+i)), "1", "G1")
	}
	for range 2 {
		if out := <-done; out != "" && !strings.Contains(out, a) { // one of the two is told that the other holds the file
			t.Errorf("a sync beside another: %s", out)
		}
	}
	w.round(a, p)
	if got := w.query(p, "SELECT count(*) || ' ' || count(DISTINCT full_name) FROM member"); got != "20 20" {
		t.Errorf("the province has %s", got)
	}
}

func TestADamagedRowIsMendedAndSaidSo(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "An", "1", "G1")
	w.exec(a, insertMember, "Bình", "2", "G1")
	w.round(a, p)
	// Bits fall over: who writes a version passes the triggers.
	w.exec(p, "UPDATE member SET phone = 'hỏng', sync_version = x'' WHERE full_name = 'An'; UPDATE sync_digest SET sums = zeroblob(length(sums))")
	out := w.ok("sync", "--replica", p)
	w.wantMembers("An 1|Bình 2", a, p)
	if !strings.Contains(out, "mended") {
		t.Errorf("a repair is never silent: %s", out)
	}
	w.round(a, p)
	w.wantMembers("An 1|Bình 2", a, p)
}

func TestWhatIsWrittenBeforeAMandateEndsStandsAndWhatIsWrittenAfterComesBackWithItsReason(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "admin")
	w.exec(a, insertMember, "An", "1", "G1")
	w.sync(a, p)
	w.exec(a, setTo, "2", "An") // with no line
	office := w.query(a, "SELECT lower(hex(id)) FROM unit WHERE code = 'G1'")
	w.exec(p, "UPDATE mandate SET status = 'ended' WHERE role = 'officer'")
	w.sync(p)
	w.ok("sync", "--replica", a)
	w.sync(p)
	w.wantMembers("An 2", p)
	if got := w.query(a, "SELECT count(*) FROM member"); got != "0" {
		t.Errorf("the office still holds %s members that it has no mandate for", got)
	}

	w.exec(a, "INSERT INTO member (unit_id, full_name) VALUES (unhex(?), 'Sau khi thôi')", office)
	if out := w.fails(exitPerson, "sync", "--replica", a); !strings.Contains(out, "1") {
		t.Errorf("nobody is told: %s", out)
	}
	w.sync(p)
	w.wantMembers("An 2", p)
	if s := w.status(a); s.Quarantined != 1 {
		t.Errorf("%d changes are kept for their author", s.Quarantined)
	}
}

func TestAnOfficeSilentForAYearHandsInItsWorkAndReceivesItsDataAnew(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "An", "1", "G1")
	w.sync(a, p)
	w.exec(a, setTo, "2", "An")
	w.exec(a, insertMember, "Bình", "2", "G1")
	w.exec(p, insertMember, "Chi", "3", "G1")
	w.sync(p)
	server := w.path("server")
	device := w.query(a, "SELECT lower(hex(value)) FROM sync_meta WHERE key = 'device'")
	w.exec(filepath.Join(server, registerFile), "UPDATE srv_device SET last_contact = 86400000 WHERE lower(hex(id)) = '"+device+"'")

	prune := func(args ...string) (out pruneJSON) {
		t.Helper()
		must(t, json.Unmarshal([]byte(w.ok(append([]string{"prune", "--data", server, "--json"}, args...)...)), &out))
		return out
	}
	if out := prune("--dry-run"); out.Entries != 0 || len(out.Silent) != 1 || out.Silent[0].Device != device {
		t.Errorf("%+v", out)
	}
	out := prune()
	if out.Entries == 0 || out.Listed == 0 || len(out.Logs) == 0 {
		t.Errorf("%+v", out)
	}
	if out := w.ok("prune", "--data", server); !strings.Contains(out, "has been silent since 00:00 02/01/1970") {
		t.Errorf("it says %s", out)
	}
	w.fails(exitUsage, "prune", "--data", server, "--silent", "0")
	w.sync(a) // one command: it hands in, comes back, and takes the snapshot
	w.round(p, a)
	w.wantMembers("An 2|Bình 2|Chi 3", a, p)
}

// holding lists the files below the world's folder in which the text stands.
func (w *world) holding(text string) (files []string) {
	w.t.Helper()
	must(w.t, filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			files = append(files, filepath.Base(path))
		}
		return err
	}))
	return files
}

func TestAnErasedPersonIsInNoFileAndAnOldBackupDoesNotBringHimBack(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enrol("a", "G1", "officer"), w.enrol("b", "G1", "officer"), w.enrol("p", "P1", "staff")
	const secret = "0790991234567"
	w.exec(a, insertMember, "An", secret, "G1")
	w.exec(a, insertMember, "Bình", "1", "G1")
	w.sync(a, b, p)
	w.exec(a, "UPDATE member SET notes = ? WHERE full_name = 'An'", "ghi chú "+secret)
	w.exec(a, "UPDATE member SET national_id = ? WHERE full_name = 'An'", secret)
	w.exec(p, setTo, "hai "+secret, "An")
	w.exec(b, setTo, "ba "+secret, "An")
	w.round(a, b, p) // phone waits for a person
	id := w.query(a, "SELECT lower(hex(id)) FROM member WHERE full_name = 'An'")
	server := w.path("server")
	w.stop()
	backup := w.copyReplica(filepath.Join(server, registerFile), "backup.db")
	w.restart()
	w.exec(b, "UPDATE member SET email = ? WHERE full_name = 'An'", "chưa gửi "+secret)

	w.fails(exitUsage, "erase", "--data", server, "--row", id)
	w.fails(exitFailed, "erase", "--data", server, "--row", strings.Repeat("7", 32), "--dry-run")
	var out erasedJSON
	must(t, json.Unmarshal([]byte(w.ok("erase", "--data", server, "--row", id, "--dry-run", "--json")), &out))
	if len(out.Rows) == 0 || out.Rows[0].Row != id || len(w.holding(secret)) < 4 {
		t.Fatalf("%+v, in %v", out, w.holding(secret))
	}
	w.ok("erase", "--data", server, "--row", id, "--why", "yêu cầu số 12")
	w.sync(a)
	var status []erasureJSON
	must(t, json.Unmarshal([]byte(w.ok("erase", "--data", server, "--status", "--json")), &status))
	if len(status) != len(out.Rows) || status[0].Confirmed != 1 || len(status[0].Waiting) != 2 {
		t.Errorf("%+v", status)
	}
	w.round(a, b, p)
	w.wantMembers("Bình 1", a, b, p)
	must(t, json.Unmarshal([]byte(w.ok("erase", "--data", server, "--status", "--json")), &status))
	if status[0].Confirmed != 3 {
		t.Errorf("%+v", status)
	}
	if got := w.query(a, "SELECT count(*) FROM finding WHERE kind = 'erased' AND status = 'open' AND detail = 'yêu cầu số 12'"); got != "1" {
		t.Errorf("the office is told %s times", got)
	}
	w.stop()
	if files := w.holding(secret); len(files) != 1 || files[0] != "backup.db" {
		t.Errorf("he stands in %v", files)
	}

	w.putBack(backup)
	w.restart()
	w.round(a, b, p)
	w.ok("restored", "--data", server, "--over")
	w.round(a, b, p)
	w.wantMembers("Bình 1", a, b, p)
	w.stop()
	if files := w.holding(secret); len(files) != 0 {
		t.Errorf("he came back in %v", files)
	}
}

// b has read more than the backup holds: had the server erased before it knew
// that the register is an old one, b would take the loss for the truth.
func TestAnOldRegisterThatLacksAnErasureIsFoundOutBeforeAnythingIsLost(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrol("a", "G1", "officer"), w.enrol("b", "G1", "officer")
	w.exec(a, insertMember, "An", "1", "G1")
	w.exec(a, insertMember, "Bình", "1", "G1")
	w.sync(a, b)
	id := w.query(a, "SELECT lower(hex(id)) FROM member WHERE full_name = 'An'")
	server := w.path("server")
	w.stop()
	backup := w.copyReplica(filepath.Join(server, registerFile), "backup.db")
	w.restart()
	w.exec(a, insertMember, "Chi", "1", "G1")
	w.sync(a, b)
	w.ok("erase", "--data", server, "--row", id, "--why", "số 12")
	w.stop()
	w.putBack(backup)
	w.restart()
	w.run("sync", "--replica", b)
	w.round(a, b)
	w.wantMembers("Bình 1|Chi 1", a, b)
}

// putBack puts a backup in the register's place.
func (w *world) putBack(backup string) {
	w.t.Helper()
	register := filepath.Join(w.path("server"), registerFile)
	for _, beside := range []string{"-wal", "-shm"} {
		_ = os.Remove(register + beside)
	}
	must(w.t, os.Rename(backup, register))
}

func TestWhatWaitsAndHangsOnAnErasedMemberIsEmptiedAndNobodyIsAskedAboutIt(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrol("a", "G1", "officer"), w.enrol("b", "G1", "officer")
	const secret = "0790991234567"
	w.exec(a, insertMember, "An", secret, "G1")
	w.sync(a, b)
	id := w.query(a, "SELECT lower(hex(id)) FROM member WHERE full_name = 'An'")
	for table, column := range map[string]string{"wage": "source", "position": "basis"} {
		w.exec(b, "INSERT INTO "+table+" (unit_id, member_id, "+column+") SELECT unit_id, id, ? FROM member WHERE full_name = 'An'", secret)
	}
	w.ok("status", "--replica", b)
	w.ok("erase", "--data", w.path("server"), "--row", id, "--why", "số 12")
	w.round(b, a)
	if got := w.query(b, "SELECT count(*) FROM sync_quarantine WHERE code != 'row.erased'"); got != "0" {
		t.Errorf("%s changes are refused that nobody made", got)
	}
	if got := w.query(b, "SELECT (SELECT count(*) FROM wage) + (SELECT count(*) FROM position)"); got != "0" {
		t.Errorf("%s records of him are left", got)
	}
	w.stop()
	if files := w.holding(secret); len(files) != 0 {
		t.Errorf("he stands in %v", files)
	}
}

func TestAnErasureThatComesWhileSomebodyReadsTheFileIsFinishedLater(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	const secret = "0790991234567"
	w.exec(a, insertMember, "An", secret, "G1")
	w.sync(a)
	id := w.query(a, "SELECT lower(hex(id)) FROM member WHERE full_name = 'An'")
	w.ok("erase", "--data", w.path("server"), "--row", id, "--why", "số 12")
	db, err := sql.Open("sqlite", "file:"+a)
	must(t, err)
	defer db.Close()
	tx, err := db.Begin()
	must(t, err)
	var n int
	must(t, tx.QueryRow("SELECT count(*) FROM member").Scan(&n))
	w.sync(a)
	must(t, tx.Rollback())
	w.sync(a)
	w.stop()
	if files := w.holding(secret); len(files) != 0 {
		t.Errorf("he stands in %v", files)
	}
}
