package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"dongbo/internal/badlink"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// story is the stage of the demonstration: a server process, a line that can
// be made bad, and the offices' replica files. Every step runs this program as
// its own process, as people would.
type story struct {
	p       *program
	ctx     context.Context
	cancel  context.CancelFunc
	self    string
	dir     string
	clean   func() error
	began   time.Time
	server  *exec.Cmd
	link    *badlink.Link
	offices []*office
	typed   []typedValue
}

// office is one replica of the story.
type office struct {
	key, code, role, person string
	path                    string
}

// typedValue is something that a person typed, to be found again at the end.
type typedValue struct {
	table, column string
	row           change.ID
	value         change.Value
}

func newStory(ctx context.Context, p *program, keep string) (*story, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, clean, err := workFolder(keep)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &story{p: p, ctx: ctx, cancel: cancel, self: self, dir: dir, clean: clean, began: p.env.Now()}
	for _, o := range []office{
		{key: "office1", code: "TP01", role: "officer", person: "Lê Thị Hoa"},
		{key: "office2", code: "DT02", role: "officer", person: "Trần Văn Tú"},
		{key: "province", code: "79", role: "staff", person: "Nguyễn Minh Khôi"},
		{key: "admin", code: "VN", role: "admin", person: "Phạm Thu Hà"},
	} {
		o.path = filepath.Join(dir, o.key+".db")
		s.offices = append(s.offices, &o)
	}
	return s, nil
}

func (s *story) close() error {
	s.cancel()
	var errs []error
	if s.server != nil {
		_ = s.server.Process.Kill()
		_ = s.server.Wait()
	}
	if s.link != nil {
		errs = append(errs, s.link.Close())
	}
	return errors.Join(append(errs, s.clean())...)
}

func (s *story) tell(key string, args ...any) { s.p.say(key, args...) }

// word names one of a few things: a role, a register.
func (s *story) word(family, name string) string {
	return s.p.text(strings.Join([]string{"story", family + "_" + name}, "."))
}

// chapter opens an act with a blank line and a heading.
func (s *story) chapter(key string, args ...any) {
	fmt.Fprintln(s.p.out)
	s.p.say(key, args...)
}

// run runs this program as its own process and returns what it printed and its
// exit code.
func (s *story) run(args ...string) (out string, code int, err error) {
	cmd := exec.CommandContext(s.ctx, s.self, append(args, "--lang", s.p.lang)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var ex *exec.ExitError
	if errors.As(err, &ex) {
		code, err = ex.ExitCode(), nil
	}
	if err == nil && code != exitDone && code != exitNoLine && code != exitPerson {
		err = fmt.Errorf("syncd %s: exit %d: %s", strings.Join(args, " "), code, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), code, err
}

// startServer starts the central server and waits for its ready line.
func (s *story) startServer(listen string) (address string, err error) {
	s.server = exec.CommandContext(s.ctx, s.self, "serve", "--data", filepath.Join(s.dir, "server"), "--listen", listen)
	s.server.Stderr = s.p.errOut
	out, err := s.server.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := s.server.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "ready https://")
	if err != nil || !ok {
		return "", fmt.Errorf("server did not start: %q %v", line, err)
	}
	return address, nil
}

// with opens an office's replica for a moment.
func (s *story) with(o *office, f func(*replica.Replica) error) error {
	r, err := replica.Open(o.path, s.p.env)
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.Close())
}

// typeIn commits an edit as a person at an office would, and remembers what
// was typed.
func (s *story) typeIn(o *office, e replica.Edit) (id change.ID, err error) {
	err = s.with(o, func(r *replica.Replica) error {
		ids, err := r.Commit(e)
		if err == nil {
			id = ids[0]
		}
		return err
	})
	for col, v := range e.Set {
		s.typed = append(s.typed, typedValue{table: e.Table, column: col, row: id, value: v})
	}
	return id, err
}

// sync synchronises an office, trying again while the line breaks.
func (s *story) sync(o *office) (tries int, err error) {
	for tries = 1; tries <= 40; tries++ {
		_, code, err := s.run("sync", "--replica", o.path)
		if err != nil || code != exitNoLine {
			return tries, err
		}
	}
	return tries, fmt.Errorf("%s: no exchange completed in %d tries", o.key, tries)
}

func size(n int64) string {
	if n >= 1000 {
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%d B", n)
}

// grouped writes an amount of đồng as people do: 1.234.567.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "." + digits[i:]
	}
	return digits
}
