package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestARowWrittenByAnyProgramStandsInTheOtherAfterTwoSyncs(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "Đặng Thị Ước", "0901", "G1")
	if s := w.status(a); s.Waiting < 1 {
		t.Errorf("waiting %d before the sync", s.Waiting)
	}
	w.sync(a, p)
	if got := w.query(p, "SELECT full_name FROM member"); got != "Đặng Thị Ước" {
		t.Errorf("province has %q", got)
	}
	w.agree(a, p)
}

func TestOneOfficeNeverSeesTheOther(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer")
	w.exec(a, insertMember, "Riêng Của A", "1", "G1")
	w.sync(a, b)
	if got := w.query(b, "SELECT count(*) FROM member"); got != "0" {
		t.Errorf("b sees %s members", got)
	}
	w.agree(a, b)
}

func TestANewConflictOrFindingIsExitCodeFour(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "Trùng", "1", "G1")
	w.sync(a, p)
	w.exec(a, "UPDATE member SET phone = '2'")
	w.exec(p, "UPDATE member SET phone = '3'")
	w.sync(a)
	w.fails(exitPerson, "sync", "--replica", p)
	w.fails(exitPerson, "sync", "--replica", a)
	w.fails(exitDone, "sync", "--replica", a)
	w.exec(a, "UPDATE member SET national_id = '079199000001'")
	w.exec(b, "INSERT INTO member (unit_id, full_name, national_id) SELECT id, 'Trùng Khác', '079199000001' FROM unit WHERE code = 'G2'")
	w.sync(a, b)
	w.fails(exitPerson, "sync", "--replica", a)
	if s := w.status(a); s.Findings != 1 {
		t.Errorf("a: %d findings", s.Findings)
	}
	w.fails(exitPerson, "sync", "--replica", p)
	if s := w.status(p); s.Findings != 1 {
		t.Errorf("province: %d findings", s.Findings)
	}
	w.sync(b)
	w.agree(a, b, p)
}

func TestAWriteWithoutMandateIsTakenBackWithItsReason(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	w.exec(a, "UPDATE unit SET name = 'Của tôi' WHERE code = 'VN'")
	w.fails(exitPerson, "sync", "--replica", a)
	if got := w.query(a, "SELECT name FROM unit WHERE code = 'VN'"); got != "Tổng Liên đoàn" {
		t.Errorf("unit is called %q", got)
	}
	if s := w.status(a); s.Quarantined != 1 {
		t.Errorf("%d quarantined", s.Quarantined)
	}
	w.agree(a)
}

func TestBadCodesAreRefusedAndLeaveNothingBehind(t *testing.T) {
	w := newWorld(t)
	good := w.invite("G1", "officer")
	w.ok("enroll", "--replica", w.path("first.db"), "--code", good)
	other := newWorld(t)
	foreign := other.invite("G1", "officer")
	for name, code := range map[string]string{
		"used":    good,
		"damaged": good[:len(good)-3] + "AAA",
		"no code": "hello",
	} {
		out := w.fails(exitFailed, "enroll", "--replica", w.path("x.db"), "--code", code)
		if !strings.Contains(out, "syncd:") || strings.Contains(out, "[") {
			t.Errorf("%s: no sentence: %s", name, out)
		}
		if _, err := os.Stat(w.path("x.db")); err == nil {
			t.Errorf("%s: left a file", name)
		}
	}
	other.server.Process.Kill()
	other.server.Wait()
	w.fails(exitNoLine, "enroll", "--replica", w.path("y.db"), "--code", foreign)
}

func TestARevokedDeviceGetsNothingMoreAndWhatItHandsInWaitsForTheAdministrator(t *testing.T) {
	w := newWorld(t)
	a, b := w.enrol("a", "G1", "officer"), w.enrol("b", "G1", "officer")
	w.exec(a, insertMember, "Sau Khi Thu Hồi", "1", "G1")
	w.sync(a)
	device := w.query(b, "SELECT lower(hex(value)) FROM sync_meta WHERE key = 'device'")
	server := w.path("server")
	w.ok("revoke", "--data", server, "--device", device)
	w.exec(b, insertMember, "Đã Gõ", "2", "G1")
	w.exec(b, insertMember, "Gõ Nhầm", "3", "G1")
	out := w.fails(exitFailed, "sync", "--replica", b)
	if strings.Contains(out, "[") || !strings.Contains(out, "waits for the administrator") {
		t.Errorf("no sentence: %s", out)
	}
	if got := w.query(b, "SELECT group_concat(full_name) FROM (SELECT full_name FROM member ORDER BY phone)"); got != "Đã Gõ,Gõ Nhầm" {
		t.Errorf("b has %q", got)
	}
	w.sync(a)
	if got := w.query(a, "SELECT count(*) FROM finding WHERE kind = 'revoked_writes' AND status = 'open'"); got != "1" {
		t.Errorf("the office is told %s times", got)
	}
	var held []heldJSON
	if err := json.Unmarshal([]byte(w.ok("held", "--json", "--data", server)), &held); err != nil {
		t.Fatal(err)
	}
	if len(held) != 2 || held[0].Rows[0].Title != "Đã Gõ" || held[0].Rows[0].Values["phone"] != "2" || !held[0].Rows[0].New {
		t.Fatalf("held are %+v", held)
	}
	if out := w.ok("held", "--data", server); !strings.Contains(out, "Gõ Nhầm") || !strings.Contains(out, held[1].ID) {
		t.Errorf("the administrator sees %s", out)
	}
	w.ok("held", "--data", server, "--take", held[0].ID)
	w.ok("held", "--data", server, "--discard", "all", "--why", "gõ nhầm")
	w.sync(a)
	w.agree(a)
	if got := w.query(a, "SELECT group_concat(full_name) FROM (SELECT full_name FROM member ORDER BY phone)"); got != "Sau Khi Thu Hồi,Đã Gõ" {
		t.Errorf("a has %q", got)
	}
	if got := w.query(a, "SELECT status FROM finding WHERE kind = 'revoked_writes'"); got != "closed" {
		t.Errorf("the finding is %s", got)
	}
	w.ok("revoke", "--data", server, "--device", device, "--stolen")
	if out := w.fails(exitFailed, "sync", "--replica", b); !strings.Contains(out, "revoked") {
		t.Errorf("it is told %s", out)
	}
}

func TestWithoutALineEverythingIsKept(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	w.server.Process.Kill()
	w.server.Wait()
	w.exec(a, insertMember, "Chờ", "1", "G1")
	w.fails(exitNoLine, "sync", "--replica", a)
	if s := w.status(a); s.Waiting != 1 {
		t.Errorf("%d waiting", s.Waiting)
	}
	w.restart()
	w.sync(a)
	w.agree(a)
}

func TestAReplicaNewerThanTheProgramIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	w.exec(a, "PRAGMA user_version = 99")
	for _, args := range [][]string{{"status"}, {"sync"}} {
		out := w.fails(exitFailed, append(args, "--replica", a)...)
		if !strings.Contains(out, "newer") {
			t.Errorf("no word of it: %s", out)
		}
	}
	if got := w.query(a, "SELECT count(*) FROM unit"); got != "3" {
		t.Errorf("%s units", got)
	}
}

func TestWrongUsageIsExitCodeTwo(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	for _, args := range [][]string{{"sync"}, {"sync", "--nonsense"}, {"nonsense"}, {"invite", "--data", "x"}, {"status", "extra"}} {
		w.fails(exitUsage, args...)
	}
	w.fails(exitFailed, "status", "--replica", w.path("none.db"))
}

func TestAFullDiskLosesNothing(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell to set a limit with")
	}
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	for i := range 400 {
		w.exec(a, insertMember, fmt.Sprintf("Đoàn viên %d %s", i, strings.Repeat("x", 800)), "1", "G1")
	}
	w.sync(a)
	cmd := exec.Command("sh", "-c", `ulimit -f 700; exec "$0" "$@"`, os.Args[0], "sync", "--replica", p)
	cmd.Env = append(os.Environ(), "DONGBO_TEST_AS_SYNCD=1", "LANG=en_US.UTF-8")
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "disk") {
		t.Errorf("exit %d: %s", cmd.ProcessState.ExitCode(), out)
	}
	w.sync(p)
	if got := w.query(p, "SELECT count(*) FROM member"); got != "400" {
		t.Errorf("%s members", got)
	}
	w.agree(a, p)
}

// TestKilledAtAnyMomentEverythingArrives kills syncs and the server at random
// moments while people type, then lets things come to rest.
func TestKilledAtAnyMomentEverythingArrives(t *testing.T) {
	w := newWorld(t)
	files := []string{w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer"), w.enrol("p", "P1", "staff")}
	units := []string{"G1", "G2", "G1"}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	typed := 0
	until := time.Now().Add(15 * time.Second)
	if testing.Short() {
		until = time.Now().Add(4 * time.Second)
	}
	for time.Now().Before(until) {
		i := dice.IntN(len(files))
		w.exec(files[i], insertMember, fmt.Sprintf("Người %d", typed), fmt.Sprint(typed), units[i])
		typed++
		w.exec(files[i], "UPDATE member SET phone = phone || '.' WHERE id = (SELECT id FROM member ORDER BY random() LIMIT 1)")
		cmd := w.command("sync", "--replica", files[i])
		must(t, cmd.Start())
		kill := time.AfterFunc(time.Duration(dice.IntN(120))*time.Millisecond, func() {
			if dice.IntN(4) > 0 {
				_ = cmd.Process.Kill()
			}
		})
		if dice.IntN(8) == 0 {
			w.restart()
		}
		_ = cmd.Wait()
		kill.Stop()
	}
	for range 2 {
		w.sync(files...)
	}
	w.agree(files...)
	if got := w.query(files[2], "SELECT count(*) FROM member WHERE full_name LIKE 'Người %'"); got != fmt.Sprint(typed) {
		t.Errorf("province has %s of %d people", got, typed)
	}
}
