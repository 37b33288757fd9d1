package server_test

import (
	"errors"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/internal/server/sqlitestore"
	"dongbo/internal/wire"
	"dongbo/schema"
)

func wantProblem(t *testing.T, d *device, err error, code fault.Code) {
	t.Helper()
	if err == nil || d.problem == nil || d.problem.Code != string(code) {
		t.Errorf("got %v, %+v; want %s", err, d.problem, code)
	}
}

func TestACodeIsForTheFirstKeyThatShowsIt(t *testing.T) {
	w := newWorld(t)
	code, err := w.s.Invite("A", "officer", "An", "https://x")
	must(t, err)
	first, second := newDevice(t, "first", code), newDevice(t, "second", code)
	first.stopAt = 1
	if err := first.sync(w.s); !errors.Is(err, errCut) {
		t.Fatalf("the line was not cut: %v", err)
	}
	wantProblem(t, second, second.sync(w.s), fault.AuthCodeUsed)
	first.stopAt = 0
	first.resume = nil // it lost what it had received
	must(t, first.sync(w.s))
	if list, err := w.s.Devices(); err != nil || len(list) != 1 || list[0].Label != "PC" || list[0].LastContact == 0 {
		t.Errorf("devices %+v, %v", list, err)
	}
}

func TestACodeThatIsForeignOrTooOldIsTurnedAway(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	code, err := other.s.Invite("A", "officer", "", "https://x")
	must(t, err)
	d := newDevice(t, "foreign", code)
	wantProblem(t, d, d.sync(w.s), fault.AuthCodeUnknown)

	code, err = w.s.Invite("A", "officer", "", "https://x")
	must(t, err)
	w.now = w.now.Add(15 * 24 * time.Hour)
	d = newDevice(t, "late", code)
	wantProblem(t, d, d.sync(w.s), fault.AuthCodeExpired)
}

func TestAStrangerLearnsNothing(t *testing.T) {
	w := newWorld(t)
	d := newDevice(t, "stranger", "")
	wantProblem(t, d, d.sync(w.s), fault.AuthUnknownDevice)

	a := w.enroll("a", "A", "officer")
	thief := newDevice(t, "thief", "")
	thief.id = a.id // without its key
	wantProblem(t, thief, thief.sync(w.s), fault.AuthProof)

	n := w.s.NewSession(challenge)
	mine, theirs := connect(d, n)
	done := make(chan error, 1)
	go func() { done <- n.Run(t.Context(), theirs) }()
	defer func() {
		_ = mine.Close()
		<-done
	}()
	w.member(d, "A", "An", "")
	must(t, mine.Write(d.batch(1, 1)))
	if m, err := mine.Read(); err != nil || m.(*wire.Problem).Code != string(fault.AuthFirst) {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestAProgramWithANewerProtocolIsToldSo(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	greet := func(newer func(*wire.Hello)) wire.Message {
		n := w.s.NewSession(challenge)
		mine, theirs := connect(a, n)
		done := make(chan error, 1)
		go func() { done <- n.Run(t.Context(), theirs) }()
		defer func() {
			_ = mine.Close()
			<-done
		}()
		h := a.hello(challenge)
		newer(h)
		must(t, mine.Write(h))
		m, err := mine.Read()
		must(t, err)
		return m
	}
	if p, ok := greet(func(h *wire.Hello) { h.Protocol++ }).(*wire.Problem); !ok || p.Code != string(fault.ProtoVersion) {
		t.Errorf("another protocol: got %v", p)
	}
	if _, ok := greet(func(h *wire.Hello) { h.Schema++ }).(*wire.Welcome); !ok {
		t.Error("a newer declaration is welcome: what the server does not know of it, it keeps")
	}
}

// live is a device that stays: what it is sent is taken by a goroutine, which
// tells of each CaughtUp.
type live struct {
	*device
	end    *end
	caught chan error
}

func (w *world) live(d *device) *live {
	w.t.Helper()
	n := w.s.NewSession(challenge)
	mine, theirs := connect(d, n)
	done := make(chan error, 1)
	go func() { done <- n.Run(w.t.Context(), theirs) }()
	l := &live{d, mine, make(chan error, 100)}
	must(w.t, d.greet(mine, true))
	must(w.t, mine.Write(&wire.Ack{Cursor: d.cursor}))
	go func() {
		for {
			m, err := mine.Read()
			if _, ok := m.(*wire.Welcome); ok {
				continue
			}
			if err == nil {
				err = d.take(m)
			}
			if err != nil {
				l.caught <- err
				return
			}
			if _, ok := m.(*wire.CaughtUp); ok {
				l.caught <- nil
			}
		}
	}()
	w.t.Cleanup(func() {
		_ = mine.Close()
		<-done
	})
	l.next()
	return l
}

func (l *live) next() {
	l.t.Helper()
	select {
	case err := <-l.caught:
		must(l.t, err)
	case <-time.After(5 * time.Second):
		l.t.Fatal("nothing came")
	}
}

func TestADeviceThatStaysIsSentWhatOthersCommit(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	l := w.live(p)
	an := w.member(a, "A", "An", "")
	w.sync(a)
	l.next()
	if p.value("member", an, "full_name") != "An" {
		t.Error("the member did not come")
	}
	must(t, l.end.Write(&wire.Ack{Cursor: p.cursor}))
	w.edit(a, "A", an, set{"phone": "1"})
	w.sync(a)
	l.next()
	if p.value("member", an, "phone") != "1" || len(l.caught) != 0 {
		t.Error("the edit did not come, or the Ack that only confirms was answered")
	}
}

func TestARevokedDeviceReceivesNothingMore(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	l := w.live(p)
	must(t, w.s.RevokeDevice(p.id, false))
	select {
	case err := <-l.caught:
		wantProblem(t, p, err, fault.ScopeChanged)
	case <-time.After(5 * time.Second):
		t.Fatal("the session stayed")
	}
	an := w.member(a, "A", "An", "")
	w.sync(a)
	wantProblem(t, p, p.sync(w.s), fault.AuthHandedIn)
	if p.value("member", an, "full_name") != "-" {
		t.Error("it received a row")
	}
	must(t, w.s.RevokePerson(a.person, true))
	wantProblem(t, a, a.sync(w.s), fault.AuthRevoked)
	wantCode(t, w.s.RevokePerson(change.ID{1}, false), fault.RevokeNone)
}

func TestASnapshotGoesOnWhereTheLineWasCut(t *testing.T) {
	t.Run("from a folder", func(t *testing.T) { snapshotGoesOn(t, newWorld(t), 3000, 2) })
	t.Run("from memory", func(t *testing.T) { snapshotGoesOn(t, newMemoryWorld(t), 30, 1) })
}

// snapshotGoesOn cuts the line behind the given chunk.
func snapshotGoesOn(t *testing.T, w *world, members, chunk int) {
	a := w.enroll("a", "A", "officer")
	for range members {
		w.member(a, "A", "Nguyễn Thị Một Cái Tên Khá Dài", "")
	}
	w.sync(a)
	code, err := w.s.Invite("P1", "staff", "p", "https://x")
	must(t, err)
	p := newDevice(t, "p", code)
	p.stopAt = chunk
	if err := p.sync(w.s); !errors.Is(err, errCut) {
		t.Fatalf("the line was not cut: %v", err)
	}
	first := p.begun.ID
	later := w.member(a, "A", "Đến sau", "")
	w.sync(a)
	p.stopAt = 0
	must(t, p.sync(w.s))
	if p.begun.ID != first {
		t.Error("the snapshot began anew")
	}
	if p.value("member", later, "full_name") != "Đến sau" || len(p.metas) < members {
		t.Errorf("what came after the snapshot is missing, or who made what: %d", len(p.metas))
	}
	// A snapshot that does not hold what the device has sent since is not
	// gone on with.
	p.resume, p.scope = &wire.Resume{Snapshot: first, Next: 1}, change.Hash{}
	p.staged = nil
	must(t, p.sync(w.s))
	if p.begun.ID == first {
		t.Error("a snapshot that was dropped came back")
	}
}

func TestASnapshotThatNobodyComesBackForIsForgotten(t *testing.T) {
	w := newMemoryWorld(t)
	a := w.enroll("a", "A", "officer")
	a.scope, a.cursor = change.Hash{}, change.Cursor{} // it lost what it had received
	a.stopAt = 1
	cut := func() *wire.Resume {
		if err := a.sync(w.s); !errors.Is(err, errCut) {
			t.Fatalf("the line was not cut: %v", err)
		}
		a.resume.Next = 0
		return a.resume
	}
	first := *cut()
	w.s.SweepSpools()
	w.now = w.now.Add(5 * time.Hour)
	w.s.SweepSpools()
	if *cut() != first {
		t.Error("it is forgotten while the device may come back")
	}
	w.now = w.now.Add(5 * time.Hour)
	w.s.SweepSpools()
	if *cut() == first {
		t.Error("it is kept for ever")
	}
}

func TestAnInvitationFromAnotherProcessIsSeen(t *testing.T) {
	w := newWorld(t)
	p := w.enroll("p", "P1", "staff")
	watched := make(chan error, 1)
	go func() { watched <- w.s.Watch(t.Context()) }()
	t.Cleanup(func() { <-watched })
	l := w.live(p)
	other, err := sqlitestore.Open(w.path)
	must(t, err)
	defer other.Close()
	beside, err := server.New(other, server.Options{Rand: random("beside"), Now: func() time.Time { return w.now }})
	must(t, err)
	code, err := beside.Invite("D", "officer", "Người mới", "https://x")
	must(t, err)
	l.next()
	found := false
	for k, r := range p.rows {
		found = found || k.table == schema.ByName("person").No && r.Value("full_name").Text() == "Người mới"
	}
	if !found {
		t.Error("the live session did not receive the new person")
	}
	d := newDevice(t, "d", code)
	must(t, d.sync(w.s))
	must(t, beside.RevokeDevice(p.id, false))
	for err = nil; err == nil; { // the new computer's row came first
		err = <-l.caught
	}
	wantProblem(t, p, err, fault.ScopeChanged)
}

// finding returns the status of a finding as a device sees it.
func (d *device) finding(id change.ID) string { return d.value("finding", id, "status") }

func TestTheSameNationalIDInTwoOfficesIsFoundAndToldToEachWithoutTheOthersData(t *testing.T) {
	w := newWorld(t)
	a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
	c, p := w.enroll("c", "C1", "staff"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "001 090 000 001")
	binh := w.member(b, "B", "An", "001090000001")
	w.sync(a, b, a, b, c, p)
	pair := merge.FindingID("duplicate_national_id", an, binh)
	mine := merge.FindingID("kept_elsewhere", an, binh, an)
	if c.finding(pair) != "open" || p.finding(pair) != "open" || a.finding(pair) != "-" {
		t.Errorf("commune %s, province %s, office %s", c.finding(pair), p.finding(pair), a.finding(pair))
	}
	row := a.rows[key{17, mine}]
	if a.finding(mine) != "open" || !row.Value("row_b").IsNull() || b.finding(mine) != "-" {
		t.Errorf("office A: %s, B: %s", a.finding(mine), b.finding(mine))
	}
	w.edit(b, "B", binh, set{"full_name": []any{"An", "1990", "001090000002"}})
	w.sync(b, a, c)
	if c.finding(pair) != "closed" || a.finding(mine) != "closed" {
		t.Errorf("commune %s, office %s", c.finding(pair), a.finding(mine))
	}
	w.edit(b, "B", binh, set{"full_name": []any{"An", "1990", "001090000001"}})
	w.sync(b, c)
	if c.finding(pair) != "open" {
		t.Error("it must be open again")
	}
	b.author(w.log("B"), deleted(b.view("member", binh)))
	w.sync(b, c)
	if c.finding(pair) != "closed" {
		t.Error("one of them is gone")
	}
}

func TestTheServersDigestIsTheSumOverTheRowsInScope(t *testing.T) {
	w := newWorld(t)
	a, vn := w.enroll("a", "A", "officer"), w.enroll("vn", "VN", "admin")
	w.member(a, "A", "An", "1")
	w.sync(a, vn)
	for _, d := range []*device{a, vn} {
		got, err := w.s.Digest(d.roots[0].Unit)
		must(t, err)
		if got != d.digest() || got == (merge.Sums{}) {
			t.Error("the digests differ")
		}
	}
}

// fullStore is a store whose disk is full while full is set.
type fullStore struct {
	server.Store
	full bool
}

func (s *fullStore) Update(f func(server.Tx) error) error {
	if s.full {
		return fault.New(fault.ServerFull)
	}
	return s.Store.Update(f)
}

func TestAServerWhoseDiskIsFullSaysSoAndLosesNothing(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	store := &fullStore{Store: w.store, full: true}
	s, err := server.New(store, server.Options{Dir: t.TempDir()})
	must(t, err)
	an := w.member(a, "A", "An", "")
	wantProblem(t, a, a.sync(s), fault.ServerFull)
	store.full = false
	must(t, a.sync(s))
	if a.value("member", an, "full_name") != "An" || len(a.waiting) != 0 {
		t.Error("the change did not arrive afterwards")
	}
}
