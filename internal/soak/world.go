package soak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"dongbo/internal/badlink"
	"dongbo/internal/soak/check"
)

const unitsCSV = `code,name,kind,parent_code
VN,Tổng Liên đoàn,national,
P1,LĐLĐ tỉnh Một,province,VN
G1,CĐCS Công ty A,grassroots,P1
G2,CĐCS Công ty B,grassroots,P1
`

// seats are whose replicas there are, in this order and round again: two of one
// scope first, so that there is always something to be equal.
var seats = []struct{ unit, role string }{
	{"G1", "officer"}, {"P1", "staff"}, {"G1", "officer"}, {"G2", "officer"}, {"P1", "staff"}, {"VN", "admin"}}

// world is one run's server, lines and replicas.
type world struct {
	ctx      context.Context
	stop     context.CancelFunc
	o        Options
	dir      string
	seed     uint64
	dice     *rand.Rand
	began    time.Time
	server   *process
	address  string
	replicas []*seat

	mu     sync.Mutex
	faults map[string]int
	exits  map[string]int
	refuse map[string]int
}

// seat is one replica with its line, its daemon and its writer.
type seat struct {
	name, unit, file string
	link             *badlink.Link
	daemon, writer   *process
	record           *recorder
}

func newWorld(ctx context.Context, o Options, dir string, seed uint64) (*world, error) {
	w := &world{o: o, dir: dir, seed: seed, dice: rand.New(rand.NewPCG(seed, 1)), began: time.Now(),
		faults: map[string]int{}, exits: map[string]int{}, refuse: map[string]int{}}
	w.ctx, w.stop = context.WithCancel(ctx)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return w, err
	}
	units := filepath.Join(dir, "units.csv")
	if err := os.WriteFile(units, []byte(unitsCSV), 0o600); err != nil {
		return w, err
	}
	data := filepath.Join(dir, "server")
	if _, err := w.run("init", "--data", data, "--name", "Soak", "--units", units); err != nil {
		return w, err
	}
	if err := w.startServer(data); err != nil {
		return w, err
	}
	for i := range o.Replicas {
		s, err := w.enrol(fmt.Sprintf("r%d", i+1), seats[i%len(seats)].unit, seats[i%len(seats)].role)
		if err != nil {
			return w, err
		}
		w.replicas = append(w.replicas, s)
	}
	return w, nil
}

// command is one process of syncd.
func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.o.Self, args...)
	cmd.Env = append(append(os.Environ(), w.o.Env...), "LANG=en_US.UTF-8", "LC_ALL=en_US.UTF-8")
	return cmd
}

// run runs a command to its end and returns what it printed.
func (w *world) run(args ...string) (string, error) {
	cmd := w.command(args...)
	var out, said tail
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var ex *exec.ExitError
	if errors.As(err, &ex) && ex.ExitCode() == 4 { // done, and something needs a person
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("syncd %s: %w: %s", strings.Join(args, " "), err, said.String())
	}
	return out.String(), err
}

// startServer starts the server, which keeps its address for the run.
func (w *world) startServer(data string) error {
	listen := "127.0.0.1:0"
	w.server = &process{name: "server", ready: true, ended: w.ended("server"),
		files: []string{filepath.Join(data, "register.db"), filepath.Join(data, "register.db-wal")},
		make:  func() *exec.Cmd { return w.command("serve", "--data", data, "--listen", listen) }}
	if err := w.server.start(); err != nil {
		return err
	}
	address, ok := strings.CutPrefix(w.server.said, "ready https://")
	if !ok {
		return fmt.Errorf("the server said %q", w.server.said)
	}
	w.address, listen = address, address
	return nil
}

// ended counts ends that nobody asked for by the process's last sentence.
func (w *world) ended(name string) func(string) {
	return func(said string) {
		line, _, _ := strings.Cut(said, "\n")
		line = strings.ReplaceAll(line, w.dir, "…")
		w.mu.Lock()
		defer w.mu.Unlock()
		w.exits[name+": "+line]++
	}
}

func (w *world) enrol(name, unit, role string) (*seat, error) {
	s := &seat{name: name, unit: unit, file: filepath.Join(w.dir, name+".db")}
	var err error
	if s.link, err = badlink.New(w.address); err != nil {
		return nil, err
	}
	if s.record, err = newRecorder(name, filepath.Join(w.dir, name+".jsonl")); err != nil {
		return nil, err
	}
	code, err := w.run("invite", "--data", filepath.Join(w.dir, "server"), "--unit", unit, "--role", role,
		"--person", "Soak "+name, "--url", "https://"+s.link.Addr())
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(code), "\n")
	if _, err := w.run("enroll", "--replica", s.file, "--code", lines[len(lines)-1]); err != nil {
		return nil, err
	}
	files := []string{s.file, s.file + "-wal"}
	s.daemon = &process{name: name + " daemon", files: files, ended: w.ended("daemon"),
		make: func() *exec.Cmd { return w.command("run", "--replica", s.file) }}
	s.writer = &process{name: name + " writer", files: files, out: s.record, ended: w.ended("writer"),
		make: func() *exec.Cmd { return w.command("soak", "writer", "--config", w.writerConfig(s)) }}
	return s, nil
}

func (w *world) writerConfig(s *seat) string {
	seq, step := s.record.turn()
	text, _ := json.Marshal(WriterConfig{Replica: s.file, Session: s.name, Unit: s.unit, Seq: seq, Step: step,
		Rate: w.o.Rate / float64(w.o.Replicas), Began: w.began.UnixNano(), Seed: w.seed})
	return string(text)
}

// live lets the run happen.
func (w *world) live(out *Outcome) error {
	for _, s := range w.replicas {
		if err := errors.Join(s.daemon.start(), s.writer.start()); err != nil {
			return err
		}
	}
	if err := w.storm(); err != nil {
		return err
	}
	calm := time.Now()
	for _, s := range w.replicas {
		if w.o.Mend {
			s.link.Set(badlink.Conditions{Down: true})
			s.link.Set(badlink.Conditions{})
		}
		s.writer.stop(syscall.SIGTERM)
	}
	why, err := w.rest(&out.Last)
	out.Drained = time.Since(calm).Seconds()
	if err != nil {
		return err
	}
	out.Stalled = why
	return w.judge(out)
}

// close ends every process and line.
func (w *world) close() {
	w.stop()
	for _, s := range w.replicas {
		s.writer.stop(syscall.SIGKILL)
		s.daemon.stop(syscall.SIGKILL)
	}
	if w.server != nil {
		w.server.stop(syscall.SIGKILL)
	}
	for _, s := range w.replicas {
		_ = s.link.Close()
		_ = s.record.file.Close()
	}
}

// sum counts what the record and the faults hold.
func (w *world) sum(out *Outcome) {
	last := map[string]check.Op{}
	for _, s := range w.replicas {
		ops, _ := s.record.all()
		for _, o := range ops {
			last[fmt.Sprint(o.Session, o.Seq)] = o
		}
	}
	for _, o := range last {
		switch {
		case o.Kind != check.Txn:
		case len(o.Writes) == 0:
			out.Reads++
		case o.Outcome == check.OK:
			out.Done++
		case o.Outcome == check.Failed:
			out.Failed++
		default:
			out.Unknown++
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	out.Faults, out.Exits, out.Refused = w.faults, w.exits, w.refuse
}
