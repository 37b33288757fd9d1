package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/crash"
	"dongbo/internal/replica"
)

// sides of a record are the folders that are watched.
var sides = []string{"office", "server"}

// studio is a world whose office and server are recorded while they work.
type studio struct {
	*world
	code     string // with which the office enrols, where that is recorded
	file     string // the office's replica
	conflict string // to be settled
	rec      *crash.Recorder
	start    []crash.Image
	recorded *crash.Process // the server
}

// newStudio makes a world with nothing recorded yet.
func newStudio(t *testing.T) *studio {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	for _, dir := range sides {
		must(t, os.Mkdir(w.path(dir), 0o700))
	}
	must(t, os.WriteFile(w.path("units.csv"), []byte(crashUnits), 0o600))
	return &studio{world: w, file: w.path("office/office.db")}
}

const crashUnits = `code,name,kind,parent_code
VN,Tổng Liên đoàn,national,
P1,LĐLĐ tỉnh Một,province,VN
G1,CĐCS Công ty A,grassroots,P1
`

// found makes the central register and starts its server.
func (s *studio) found() {
	s.t.Helper()
	s.ok("init", "--data", s.path("server"), "--name", "Sổ thử", "--units", s.path("units.csv"))
	s.world.start("127.0.0.1:0")
}

// join enrols the studio's office: the province's, which sees everything.
func (s *studio) join() {
	s.t.Helper()
	s.ok("enroll", "--replica", s.file, "--code", s.invite("P1", "staff"))
}

// roll starts the recording; where a server runs, it is started again under it.
func (s *studio) roll() {
	s.t.Helper()
	if s.server != nil {
		_ = s.server.Process.Kill()
		_ = s.server.Wait()
	}
	for _, dir := range sides {
		im, err := crash.Load(s.path(dir))
		must(s.t, err)
		s.start = append(s.start, im)
	}
	rec, err := crash.NewRecorder(s.path(sides[0]), s.path(sides[1]))
	s.orSkip(err)
	s.rec = rec
	if s.server != nil {
		s.serveRecorded()
	}
}

func (s *studio) orSkip(err error) {
	s.t.Helper()
	if errors.Is(err, crash.ErrForbidden) && *crashPoints != 0 { // who asks for all must not be told that all is well
		s.t.Skip(err)
	}
	must(s.t, err)
}

func (s *studio) serveRecorded() {
	s.t.Helper()
	in, out, err := os.Pipe()
	must(s.t, err)
	cmd := s.command("serve", "--data", s.path("server"), "--listen", strings.TrimPrefix(s.url, "https://"))
	s.recorded, err = s.rec.Start(cmd.Args, cmd.Env, out)
	s.orSkip(err)
	s.t.Cleanup(s.recorded.Kill)
	must(s.t, out.Close())
	lines := bufio.NewReader(in)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		s.t.Fatalf("server: %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(os.Stderr, lines); in.Close() }()
}

// does records a command and, where it ends well, that the person was told so.
func (s *studio) does(step string, env []string, argv ...string) {
	s.t.Helper()
	in, out, err := os.Pipe()
	must(s.t, err)
	p, err := s.rec.Start(argv, env, out)
	s.orSkip(err)
	must(s.t, out.Close())
	var said bytes.Buffer
	_, _ = io.Copy(&said, in)
	in.Close()
	code, err := p.Wait()
	must(s.t, err)
	if code != exitDone && code != exitPerson {
		s.t.Fatalf("%s: exit %d: %s", step, code, said.String())
	}
	s.rec.Mark(step)
}

// syncd records a command of the program.
func (s *studio) syncd(step string, args ...string) {
	s.t.Helper()
	cmd := s.command(args...)
	s.does(step, cmd.Env, cmd.Args...)
}

// begin records a command that stays.
func (s *studio) begin(args ...string) *crash.Process {
	s.t.Helper()
	cmd := s.command(args...)
	p, err := s.rec.Start(cmd.Args, cmd.Env, os.Stderr)
	s.orSkip(err)
	s.t.Cleanup(p.Kill)
	return p
}

// act records an actor: a program of the office that is not syncd.
func (s *studio) act(step, act string, args ...string) {
	s.t.Helper()
	s.does(step, append(os.Environ(), "DONGBO_TEST_AS_ACTOR="+act), append([]string{os.Args[0], s.file}, args...)...)
}

// cutHere ends the recording and checks it against the disk.
func (s *studio) cutHere() []crash.Op {
	s.t.Helper()
	if s.recorded != nil {
		s.recorded.Stop()
	}
	ops, err := s.rec.Ops()
	must(s.t, err)
	for side, dir := range sides {
		d := crash.NewDisk(s.start[side])
		for _, o := range ops {
			if o.Side == side {
				d.Do(o)
			}
		}
		real, err := crash.Load(s.path(dir))
		must(s.t, err)
		replayed := d.Killed()
		for name := range real {
			if !bytes.Equal(real[name], replayed[name]) {
				s.t.Fatalf("%s: the record makes another %s", dir, name)
			}
		}
		if len(real) != len(replayed) {
			s.t.Fatalf("%s: the record makes %d files, the disk has %d", dir, len(replayed), len(real))
		}
	}
	return ops
}

// actAs is what a recorded process does when it is not syncd.
func actAs(act string, args []string) int {
	acts := map[string]func(file string, args []string) error{"sql": actSQL, "form": actForm, "drained": actDrained}
	if err := acts[act](args[0], args[1:]); err != nil {
		fmt.Println(err)
		return exitFailed
	}
	return exitDone
}

// actSQL is another program that writes with plain SQL.
func actSQL(file string, args []string) error {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // a pragma holds for what follows it
	for _, q := range args {
		if _, err = db.Exec(q); err != nil {
			break
		}
	}
	return errors.Join(err, db.Close())
}

// actForm is a person who saves one form: a phone number for each name, all in
// one transaction; a member without one yet is a new one.
func actForm(file string, args []string) error {
	r, err := replica.Open(file, replica.Env{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	var unit []byte
	err = r.DB().QueryRow("SELECT id FROM unit WHERE code = 'G1'").Scan(&unit)
	var edits []replica.Edit
	for i := 0; i+1 < len(args) && err == nil; i += 2 {
		e := replica.Edit{Table: "member", Set: map[string]change.Value{"phone": change.Text(args[i+1])}}
		var id []byte
		err = r.DB().QueryRow("SELECT id FROM member WHERE full_name = ?", args[i]).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			e.Set["full_name"], e.Set["unit_id"], err = change.Text(args[i]), change.Blob(unit), nil
		}
		copy(e.ID[:], id)
		edits = append(edits, e)
	}
	if err == nil {
		_, err = r.Commit(edits...)
	}
	return errors.Join(err, r.Close())
}

// actDrained waits until the daemon has sent everything.
func actDrained(file string, _ []string) error {
	r, err := replica.Open(file, replica.Env{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var drained error = errors.New("the daemon has not sent everything within a minute")
	err = r.Watch(ctx, func() {
		if st, err := r.Status(); err == nil && st.Waiting == 0 && st.Digest == st.ServerDigest {
			drained = nil
			cancel()
		}
	})
	return errors.Join(err, drained, r.Close())
}
