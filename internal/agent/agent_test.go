package agent_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/badlink"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/server/serve"
	"dongbo/internal/server/sqlitestore"
)

// place is a central server with a line to it that tests can spoil.
type place struct {
	t    *testing.T
	dir  string
	srv  *server.Server
	addr string
	link *badlink.Link
	stop func() // the server's process
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir()}
	store, err := sqlitestore.Open(filepath.Join(p.dir, "register.db"))
	must(t, err)
	must(t, server.Init(store, "Sổ", []server.UnitRow{{Code: "VN", Name: "Tổng", Kind: "national"},
		{Code: "P1", Name: "Tỉnh", Kind: "province", ParentCode: "VN"}, {Code: "G1", Name: "Cơ sở", Kind: "grassroots", ParentCode: "P1"},
		{Code: "G2", Name: "Cơ sở khác", Kind: "grassroots", ParentCode: "P1"},
		{Code: "P2", Name: "Tỉnh khác", Kind: "province", ParentCode: "VN"}, {Code: "H", Name: "Cơ sở xa", Kind: "grassroots", ParentCode: "P2"}}, time.Now(), rand.Reader))
	must(t, store.Close())
	p.serve("127.0.0.1:0")
	p.link, err = badlink.New(p.addr)
	must(t, err)
	t.Cleanup(func() {
		p.link.Close()
		p.stop()
	})
	return p
}

// serve starts a server on the register.
func (p *place) serve(addr string) {
	p.t.Helper()
	store, err := sqlitestore.Open(filepath.Join(p.dir, "register.db"))
	must(p.t, err)
	p.srv, err = server.New(store, server.Options{Dir: p.dir})
	must(p.t, err)
	ln, err := net.Listen("tcp", addr)
	must(p.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func(s *server.Server) { served <- serve.Serve(ctx, s, ln) }(p.srv)
	p.addr = ln.Addr().String()
	p.stop = func() {
		cancel()
		<-served
		store.Close()
	}
}

var env = replica.Env{Now: time.Now, Rand: rand.Reader}

func options() agent.Options {
	return agent.Options{Program: "test", Now: time.Now, Rand: rand.Reader, Pace: time.Millisecond}
}

func (p *place) enrol(name, unit, role string) *replica.Replica {
	p.t.Helper()
	return p.enrolAt(name, unit, role, p.link.Addr())
}

func (p *place) enrolAt(name, unit, role, addr string) *replica.Replica {
	p.t.Helper()
	code, err := p.srv.Invite(unit, role, name, "https://"+addr)
	must(p.t, err)
	r, _, err := agent.Enroll(context.Background(), filepath.Join(p.dir, name+".db"), code, env, options())
	must(p.t, err)
	p.t.Cleanup(func() { r.Close() })
	return r
}

func people(t *testing.T, r *replica.Replica, n int) []replica.Edit {
	t.Helper()
	var unit []byte
	must(t, r.DB().QueryRow("SELECT id FROM unit WHERE code = 'G1'").Scan(&unit))
	edits := make([]replica.Edit, n)
	for i := range edits {
		edits[i] = replica.Edit{Table: "member", Bulk: n > 1, Set: map[string]change.Value{"unit_id": change.Blob(unit),
			"full_name": change.Text(fmt.Sprintf("Nguyễn Văn %d", i)), "notes": change.Text(rand.Text() + rand.Text())}}
	}
	return edits
}

func count(t *testing.T, r *replica.Replica) (n int) {
	t.Helper()
	must(t, r.DB().QueryRow("SELECT count(*) FROM member").Scan(&n))
	return n
}

func TestALineThatBreaksAgainAndAgainCarriesEverythingBothWays(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	_, err := a.CommitEach(people(t, a, 2000))
	must(t, err)
	p.link.Set(badlink.Conditions{CutAfter: 40 << 10})
	p.untilThrough(a)
	p.untilThrough(b)
	if n := count(t, b); n != 2000 {
		t.Errorf("b has %d members", n)
	}
}

// untilThrough synchronises until an exchange completes; each broken one must
// have moved something.
func (p *place) untilThrough(r *replica.Replica) {
	p.t.Helper()
	for try := range 60 {
		_, err := agent.Sync(context.Background(), r, options())
		if err == nil {
			p.t.Logf("through in %d tries", try+1)
			return
		}
		if code := fault.CodeOf(err); code != "sync.no_line" {
			p.t.Fatalf("a broken line must be called one: %v", err)
		}
	}
	p.t.Fatal("never through")
}

func TestASnapshotThatIsCutGoesOnWhereItStopped(t *testing.T) {
	p := newPlace(t)
	a := p.enrol("a", "G1", "officer")
	_, err := a.CommitEach(people(t, a, 3000))
	must(t, err)
	p.untilThrough(a)
	code, err := p.srv.Invite("P1", "staff", "b", "https://"+p.link.Addr())
	must(t, err)
	p.link.Set(badlink.Conditions{CutAfter: 60 << 10})
	path := filepath.Join(p.dir, "b.db")
	p.link.Reset()
	for try := 0; ; try++ {
		r, _, err := agent.Enroll(context.Background(), path, code, env, options())
		if err == nil {
			defer r.Close()
			if n := count(t, r); n != 3000 {
				t.Errorf("%d members", n)
			}
			_, down := p.link.Counts()
			t.Logf("%d tries, %d bytes down", try+1, down)
			return
		}
		if try > 60 || fault.CodeOf(err) != "sync.no_line" {
			t.Fatalf("try %d: %v", try, err)
		}
	}
}

func TestAHandEditOfAnImportedRowFollowsTheImport(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	ids, err := a.CommitEach(people(t, a, 700))
	must(t, err)
	for _, id := range []change.ID{ids[0], ids[699]} { // one in the first batch, one in the last
		_, err = a.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{"phone": change.Text("0901")}})
		must(t, err)
	}
	p.untilThrough(a)
	p.untilThrough(b)
	var n int
	must(t, b.DB().QueryRow("SELECT count(*) FROM member WHERE phone = '0901'").Scan(&n))
	if st, err := a.Status(); err != nil || n != 2 || st.Conflicts+st.Quarantined+st.Waiting != 0 {
		t.Errorf("%d corrected rows arrived, %+v, %v", n, st, err)
	}
}

func TestAnEditOfAMemberWhoWasTransferredMeanwhileReachesTheNewOffice(t *testing.T) {
	p := newPlace(t)
	a, b, staff := p.enrol("a", "G1", "officer"), p.enrol("b", "G2", "officer"), p.enrol("staff", "P1", "staff")
	ids, err := a.Commit(people(t, a, 1)...)
	must(t, err)
	p.untilThrough(a)
	p.untilThrough(staff)

	var other []byte
	must(t, staff.DB().QueryRow("SELECT id FROM unit WHERE code = 'G2'").Scan(&other))
	_, err = staff.Commit(replica.Edit{Table: "member", ID: ids[0], Set: map[string]change.Value{"unit_id": change.Blob(other)}})
	must(t, err)
	_, err = a.Commit(replica.Edit{Table: "member", ID: ids[0], Set: map[string]change.Value{"phone": change.Text("0901")}})
	must(t, err)
	for _, r := range []*replica.Replica{staff, a, b, a, staff} {
		p.untilThrough(r)
	}

	var phone string
	must(t, b.DB().QueryRow("SELECT phone FROM member").Scan(&phone))
	found, err := b.Findings()
	if err != nil || phone != "0901" || len(found) != 1 || found[0].Kind != "after_transfer" {
		t.Errorf("the new office sees %q, %+v, %v", phone, found, err)
	}
	st, err := a.Status()
	if err != nil || count(t, a) != 0 || st.Waiting+st.Quarantined != 0 {
		t.Errorf("the old office has %d members, %+v, %v", count(t, a), st, err)
	}
}

func TestTheDaemonSendsAndReceivesWithoutBeingAskedAndComesBackByItself(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	for _, r := range []*replica.Replica{a, b} {
		go func() { ended <- agent.Run(ctx, r, options()) }()
	}
	t.Cleanup(func() { // before the files close, however the test ends
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	arrives := func(want int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		must(t, b.Watch(ctx, func() {
			if count(t, b) == want {
				cancel()
			}
		}))
		if n := count(t, b); n != want {
			t.Fatalf("b has %d members, want %d", n, want)
		}
	}
	_, err := a.Commit(people(t, a, 1)...)
	must(t, err)
	arrives(1)
	if err := agent.Run(ctx, a, options()); fault.CodeOf(err) != "sync.held" {
		t.Errorf("a second daemon on one file: %v", err)
	}
	p.link.Set(badlink.Conditions{Down: true})
	_, err = a.Commit(people(t, a, 1)...)
	must(t, err)
	p.link.Set(badlink.Conditions{})
	arrives(2)
}

// A line that breaks again and again, but carries all there is each time, is
// tried again soon: the pauses do not add up to minutes.
func TestPausesStartAnewOnceAnExchangeCameToItsEnd(t *testing.T) {
	p := newPlace(t)
	a := p.enrol("a", "G1", "officer")
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx, a, options()) }()
	defer func() { stop(); must(t, <-ended) }()
	began := time.Now()
	for range 5 {
		p.link.Set(badlink.Conditions{Down: true})
		_, err := a.Commit(people(t, a, 1)...)
		must(t, err)
		p.link.Set(badlink.Conditions{})
		through, cancel := context.WithCancel(ctx)
		must(t, a.Watch(through, func() {
			if st, err := a.Status(); err == nil && st.Waiting == 0 && st.Digest == st.ServerDigest {
				cancel()
			}
		}))
		cancel()
	}
	// Growing, the five pauses last half of 1+2+4+8+16 seconds at least.
	if took := time.Since(began); took > 13*time.Second {
		t.Errorf("five breaks took %v", took)
	}
}

// A line may stand and carry nothing, as when a proxy has lost the server
// behind it: who rests on it must notice by itself.
func TestADaemonAtRestNoticesThatItHearsNothingAnyMore(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "P1", "staff"), p.enrolAt("b", "G1", "officer", p.addr)
	ctx, stop := context.WithTimeout(context.Background(), 15*time.Second) // the server pings after 30
	defer stop()
	o := options()
	o.Silence = 600 * time.Millisecond
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx, a, o) }()
	arrives := func(want int) {
		_, err := b.Commit(people(t, b, 1)...)
		must(t, err)
		p.untilThrough(b)
		if want == 2 { // what was sent meanwhile is lost, and the line is good again
			p.link.Set(badlink.Conditions{})
		}
		through, cancel := context.WithCancel(ctx)
		defer cancel()
		must(t, a.Watch(through, func() {
			if count(t, a) == want {
				cancel()
			}
		}))
		if n := count(t, a); n != want {
			t.Errorf("a has %d members, want %d", n, want)
		}
	}
	arrives(1)
	p.link.Set(badlink.Conditions{LoseDown: true})
	arrives(2)
	stop()
	must(t, <-ended)
}

// The file is moved away for a while: what is open goes on, but nothing new can
// be opened, as where the disk is full.
func TestADaemonThatCannotWatchItsFileComesBack(t *testing.T) {
	p := newPlace(t)
	a := p.enrol("a", "G1", "officer")
	p.link.Set(badlink.Conditions{Down: true})
	must(t, os.Rename(a.Path(), a.Path()+"-away"))
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	ended := make(chan error, 1)
	tried := make(chan struct{}, 100)
	o := options()
	o.Now = func() time.Time {
		select {
		case tried <- struct{}{}:
		default:
		}
		return time.Now()
	}
	go func() { ended <- agent.Run(ctx, a, o) }()
	for range 6 { // it asks the time some three times an exchange
		select {
		case <-tried:
		case err := <-ended:
			t.Fatalf("the daemon gave up: %v", err)
		}
	}
	must(t, os.Rename(a.Path()+"-away", a.Path()))
	p.link.Set(badlink.Conditions{})
	_, err := a.Commit(people(t, a, 1)...)
	must(t, err)
	through, cancel := context.WithCancel(ctx)
	defer cancel()
	must(t, a.Watch(through, func() {
		if st, err := a.Status(); err == nil && st.Waiting == 0 {
			cancel()
		}
	}))
	if st, err := a.Status(); err != nil || st.Waiting != 0 {
		t.Errorf("%+v %v", st, err)
	}
	stop()
	must(t, <-ended)
}

func TestAServerWithAnotherKeyIsNotSpokenTo(t *testing.T) {
	p, other := newPlace(t), newPlace(t)
	code, err := p.srv.Invite("G1", "officer", "x", "https://"+other.link.Addr())
	must(t, err)
	_, _, err = agent.Enroll(context.Background(), filepath.Join(p.dir, "x.db"), code, env, options())
	if fault.CodeOf(err) != "sync.wrong_server" {
		t.Errorf("%v", err)
	}
	if s := fault.Sentence("en", err); strings.Contains(s, "sync.") {
		t.Errorf("no sentence: %s", s)
	}
}
