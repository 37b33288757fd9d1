package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary be syncd: real processes without a build.
func TestMain(m *testing.M) {
	if os.Getenv("DONGBO_TEST_AS_SYNCD") == "1" {
		main()
	}
	if act := os.Getenv("DONGBO_TEST_AS_ACTOR"); act != "" {
		os.Exit(actAs(act, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// world is a server with two offices, a province and an administrator, each a
// process when it runs.
type world struct {
	t      *testing.T
	dir    string
	server *exec.Cmd
	url    string
}

const unitsCSV = `code,name,kind,parent_code
VN,Tổng Liên đoàn,national,
P1,LĐLĐ tỉnh Một,province,VN
G1,CĐCS Công ty A,grassroots,P1
G2,CĐCS Công ty B,grassroots,P1
P2,LĐLĐ tỉnh Hai,province,VN
`

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	must(t, os.WriteFile(w.path("units.csv"), []byte(unitsCSV), 0o600))
	w.ok("init", "--data", w.path("server"), "--name", "Sổ thử", "--units", w.path("units.csv"))
	w.start("127.0.0.1:0")
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "DONGBO_TEST_AS_SYNCD=1", "LANG=en_US.UTF-8", "LC_ALL=en_US.UTF-8")
	return cmd
}

// start starts the server and waits for its ready line.
func (w *world) start(listen string) {
	w.t.Helper()
	w.server = w.command("serve", "--data", w.path("server"), "--listen", listen)
	out, err := w.server.StdoutPipe()
	must(w.t, err)
	w.server.Stderr = os.Stderr
	must(w.t, w.server.Start())
	cmd := w.server
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	must(w.t, err)
	w.url = strings.TrimSpace(strings.TrimPrefix(line, "ready "))
}

// restart kills the server and starts it at the same address.
func (w *world) restart() {
	w.t.Helper()
	_ = w.server.Process.Kill()
	_ = w.server.Wait()
	w.start(strings.TrimPrefix(w.url, "https://"))
}

// run runs a command and returns its output, both streams, and exit code.
func (w *world) run(args ...string) (string, int) {
	w.t.Helper()
	cmd := w.command(args...)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err := cmd.Run()
	var ex *exec.ExitError
	if err != nil && !errors.As(err, &ex) {
		w.t.Fatal(err)
	}
	return both.String(), cmd.ProcessState.ExitCode()
}

func (w *world) ok(args ...string) string {
	w.t.Helper()
	out, code := w.run(args...)
	if code != exitDone && code != exitPerson {
		w.t.Fatalf("syncd %s: exit %d: %s", strings.Join(args, " "), code, out)
	}
	return out
}

func (w *world) fails(want int, args ...string) string {
	w.t.Helper()
	out, code := w.run(args...)
	if code != want {
		w.t.Errorf("syncd %s: exit %d, want %d: %s", strings.Join(args, " "), code, want, out)
	}
	return out
}

func (w *world) invite(unit, role string) string {
	w.t.Helper()
	lines := strings.Split(strings.TrimSpace(w.ok("invite", "--data", w.path("server"), "--unit", unit, "--role", role)), "\n")
	return lines[len(lines)-1]
}

// enrol makes the replica NAME.db.
func (w *world) enrol(name, unit, role string) string {
	w.t.Helper()
	file := w.path(name + ".db")
	w.ok("enroll", "--replica", file, "--code", w.invite(unit, role))
	return file
}

func (w *world) sync(files ...string) {
	w.t.Helper()
	for _, f := range files {
		w.ok("sync", "--replica", f)
	}
}

// exec runs SQL on a replica through a connection that knows nothing of us.
func (w *world) exec(file, script string, args ...any) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	must(w.t, err)
	defer db.Close()
	_, err = db.Exec(script, args...)
	must(w.t, err)
}

func (w *world) query(file, q string) string {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	must(w.t, err)
	defer db.Close()
	rows, err := db.Query(q)
	must(w.t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s sql.NullString
		must(w.t, rows.Scan(&s))
		out = append(out, s.String)
	}
	must(w.t, rows.Err())
	return strings.Join(out, "|")
}

func (w *world) status(file string) (s statusJSON) {
	w.t.Helper()
	must(w.t, json.Unmarshal([]byte(w.ok("status", "--replica", file, "--json")), &s))
	return s
}

// agree holds that each replica equals the server and nothing waits.
func (w *world) agree(files ...string) {
	w.t.Helper()
	for _, f := range files {
		if s := w.status(f); s.Digest != s.ServerDigest || s.Waiting != 0 {
			w.t.Errorf("%s: digest %s, server %s, %d waiting", filepath.Base(f), s.Digest, s.ServerDigest, s.Waiting)
		}
	}
}

const insertMember = "INSERT INTO member (unit_id, full_name, phone) SELECT id, ?, ? FROM unit WHERE code = ?"
