package skew

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/server/serve"
	"dongbo/internal/server/sqlitestore"
	"dongbo/schema/schematest"
)

const releaseVariable = "DONGBO_TEST_RELEASE"

// TestMain lets the test binary be a program of another release: it takes
// orders, one a line, and answers each.
func TestMain(m *testing.M) {
	if release, err := strconv.ParseUint(os.Getenv(releaseVariable), 10, 16); err == nil {
		schematest.Become(uint16(release))
		slog.SetDefault(slog.New(slog.DiscardHandler))
		(&program{}).obey(os.Stdin, os.Stdout)
		return
	}
	_ = flag.Set("rapid.checks", "3") // each is two worlds of real processes; -rapid.checks asks for more
	os.Exit(m.Run())
}

// order is what a test asks a program to do.
type order struct {
	Do       string
	Path     string // of the server's folder or the replica's file
	Seed     string // all randomness follows from it, so that a history can be played again
	Addr     string
	Code     string
	Unit     string
	Role     string
	Name     string
	Edit     replica.Edit
	Set      map[string]string // the edit's values as SQL literals would be: 'text', 12, x'…'
	Release  uint16            // as which the officer acts: what a later one has is not touched
	Which    int
	Take     int
	Contents bool // without dots: what people see
}

// answer is what came of it.
type answer struct {
	Code   string // of the fault
	Why    string
	Text   string
	Did    bool
	Result agent.Result
}

// teller is a test, or one run of a property.
type teller interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Program is a running process of one release.
type Program struct {
	t   teller
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

func start(t *testing.T, release uint16) *Program {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", releaseVariable, release))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &Program{t: t, cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(out)}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask has an order carried out, whatever comes of it.
func (p *Program) ask(o order) (a answer) {
	p.t.Helper()
	if err := errors.Join(p.in.Encode(o), p.out.Decode(&a)); err != nil {
		p.t.Fatalf("%s: %v", o.Do, err)
	}
	return a
}

// do has an order carried out that must succeed.
func (p *Program) do(o order) answer {
	p.t.Helper()
	a := p.ask(o)
	if a.Why != "" {
		p.t.Fatalf("%s %s: %s", o.Do, filepath.Base(o.Path), a.Why)
	}
	return a
}

// program is the process's own side.
type program struct {
	srv   *server.Server
	store *sqlitestore.Store
	stop  func() error
	ended chan error       // what the serving ended with
	open  *replica.Replica // kept open by "hold"
}

func (p *program) obey(in io.Reader, out io.Writer) {
	orders, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	for {
		var o order
		if orders.Decode(&o) != nil {
			return
		}
		a, err := p.carryOut(&o)
		if err != nil {
			a.Code, a.Why = string(fault.CodeOf(err)), err.Error()
		}
		_ = answers.Encode(a)
	}
}

func (p *program) carryOut(o *order) (answer, error) {
	switch o.Do {
	case "serve":
		return p.serve(o)
	case "stop":
		return answer{}, p.stop()
	case "serve on":
		err := <-p.ended
		p.ended <- nil
		return answer{}, err
	case "invite":
		code, err := p.srv.Invite(o.Unit, o.Role, o.Name, "https://"+o.Addr)
		return answer{Text: code}, err
	case "server digest":
		return p.serverDigest(o)
	case "enroll":
		r, res, err := agent.Enroll(context.Background(), o.Path, o.Code, environment(o), options())
		if err != nil {
			return answer{}, err
		}
		return answer{Result: res}, r.Close()
	case "hold":
		var err error
		p.open, err = replica.Open(o.Path, environment(o))
		return answer{}, err
	case "edit held":
		_, err := p.open.Commit(edit(o))
		return answer{}, err
	case "read held":
		_, err := p.open.Status()
		return answer{}, err
	case "write held":
		return answer{}, p.open.SetScope(change.Hash{})
	case "release held":
		return answer{}, p.open.Close()
	}
	r, err := replica.Open(o.Path, environment(o))
	if err != nil {
		return answer{}, err
	}
	a, err := p.onReplica(o, r)
	return a, errors.Join(err, r.Close())
}

func (p *program) onReplica(o *order, r *replica.Replica) (a answer, err error) {
	switch o.Do {
	case "sync":
		a.Result, err = agent.Sync(context.Background(), r, options())
	case "edit":
		a.Did, err = editRow(o, r)
	case "settle":
		a.Did, err = settleOne(o, r)
	case "picture":
		a.Text, err = picture(r, o.Contents)
	case "history":
		a.Text, err = history(r, o)
	case "digest":
		a.Text, err = digest(r)
	case "unit":
		a.Text, err = unitID(r, o.Name)
	case "open": // and no more: the upgrade
	default:
		err = fmt.Errorf("no such order: %s", o.Do)
	}
	return a, err
}

func environment(o *order) replica.Env {
	return replica.Env{Now: fixedClock, Rand: rand.NewChaCha8(sha256.Sum256([]byte(o.Seed)))}
}

func fixedClock() time.Time { return time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC) }

func options() agent.Options {
	return agent.Options{Program: "test", Now: fixedClock, Rand: rand.NewChaCha8([32]byte{}), Pace: time.Nanosecond}
}

// serve opens the register, making it where there is none, and serves it.
func (p *program) serve(o *order) (answer, error) {
	store, err := sqlitestore.Open(filepath.Join(o.Path, "central.db"))
	if err != nil {
		return answer{}, err
	}
	random := environment(o).Rand
	err = server.Init(store, "VN", []server.UnitRow{{Code: "VN", Name: "Tổng", Kind: "national"},
		{Code: "P1", Name: "Tỉnh", Kind: "province", ParentCode: "VN"}, {Code: "G1", Name: "Cơ sở", Kind: "grassroots", ParentCode: "P1"},
		{Code: "G2", Name: "Cơ sở khác", Kind: "grassroots", ParentCode: "P1"}}, fixedClock(), random)
	if err != nil && fault.CodeOf(err) != fault.ServerInit {
		return answer{}, errors.Join(err, store.Close())
	}
	p.store = store
	if p.srv, err = server.New(store, server.Options{Dir: o.Path, Now: fixedClock, Rand: random}); err != nil {
		return answer{}, errors.Join(err, store.Close())
	}
	ln, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return answer{}, errors.Join(err, store.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve.Serve(ctx, p.srv, ln) }()
	p.ended = ended
	p.stop = func() error {
		cancel()
		return errors.Join(<-ended, store.Close())
	}
	return answer{Text: ln.Addr().String()}, nil
}

// serverDigest is what an office at that unit must hold, class by class.
func (p *program) serverDigest(o *order) (answer, error) {
	unit, _ := value(o.Unit).ID()
	sums, err := p.srv.Digest(unit)
	return answer{Text: fmt.Sprintf("%x", sums)}, err
}
