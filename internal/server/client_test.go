package server_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/identity"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// pipe is one direction of a line: packets that never block their writer.
type pipe struct {
	mu     sync.Mutex
	cond   sync.Cond
	buf    []byte
	closed bool
}

func newPipe() *pipe {
	p := &pipe{}
	p.cond.L = &p.mu
	return p
}

func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	p.buf = append(p.buf, b...)
	p.cond.Broadcast()
	return len(b), nil
}

func (p *pipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.buf) == 0 && !p.closed {
		p.cond.Wait()
	}
	if len(p.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.buf)
	p.buf = p.buf[n:]
	return n, nil
}

func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.cond.Broadcast()
}

// end is one end of a line between a fake device and a session.
type end struct {
	enc     *wire.Encoder
	dec     *wire.Decoder
	in, out *pipe
}

type refs interface {
	change.Names
	wire.Refs
}

func connect(a, b refs) (*end, *end) { return connectWith(a, b, wire.Options{}) }

func connectWith(a, b refs, o wire.Options) (*end, *end) {
	up, down := newPipe(), newPipe()
	return &end{wire.NewEncoder(up, a, o), wire.NewDecoder(down, a, o), down, up},
		&end{wire.NewEncoder(down, b, o), wire.NewDecoder(up, b, o), up, down}
}

func (e *end) Read() (wire.Message, error)    { return e.dec.Read() }
func (e *end) Write(m wire.Message) error     { return e.enc.Write(m) }
func (e *end) WriteLast(m wire.Message) error { return e.enc.WriteLast(m) }
func (e *end) Close() error {
	e.out.close()
	e.in.close()
	return nil
}

// key names a row.
type key struct {
	table uint16
	id    change.ID
}

// device is a fake replica: it holds rows in memory and applies what it is sent
// with merge, nothing else.
type device struct {
	t      testing.TB
	key    ed25519.PrivateKey
	id     change.ID
	code   *identity.Code
	writer change.ID
	secret [32]byte

	names []change.ID // by ref
	refs  map[change.ID]change.Ref

	person  change.ID
	roots   []wire.Root
	scope   change.Hash
	cursor  change.Cursor
	rows    map[key]*merge.Row
	births  map[change.Birth]key
	metas   map[change.Dot]wire.Meta
	chain   []*change.Change // all own changes
	hashes  []change.Hash    // of each
	waiting map[uint64]bool
	refused map[uint64]wire.Refusal
	resume  *wire.Resume
	staged  []*merge.Row

	counts       map[wire.EntryKind]int
	receipts     []*wire.Receipt
	problem      *wire.Problem
	caught       *wire.CaughtUp
	begun        *wire.SnapshotBegin
	pendingScope change.Hash
	held         uint64 // how much of the own chain the snapshot holds
	stopAt       int    // chunks after which the line is cut; 0: never
	hears        func(*wire.Entry)
}

var errCut = errors.New("the test cut the line")

func seeded(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func newDevice(t testing.TB, name, code string) *device {
	t.Helper()
	seed := seeded("key " + name)
	k, err := identity.KeyFromSeed(seed[:])
	must(t, err)
	d := &device{
		t: t, key: k, id: identity.DeviceID(k.Public().(ed25519.PublicKey)), secret: seeded("secret " + name),
		names: []change.ID{{}}, refs: map[change.ID]change.Ref{}, rows: map[key]*merge.Row{}, births: map[change.Birth]key{},
		metas: map[change.Dot]wire.Meta{}, waiting: map[uint64]bool{}, refused: map[uint64]wire.Refusal{}, counts: map[wire.EntryKind]int{},
	}
	w := seeded("writer " + name)
	d.writer = change.ID(w[:16])
	if code != "" {
		c, err := identity.ParseCode(code)
		must(t, err)
		d.code = &c
	}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *device) Name(r change.Ref) change.ID { return d.names[r] }

func (d *device) Ref(name change.ID) (change.Ref, error) {
	if r, ok := d.refs[name]; ok {
		return r, nil
	}
	r := change.Ref(len(d.names))
	d.names = append(d.names, name)
	d.refs[name] = r
	return r, nil
}

func (d *device) own() change.Ref { r, _ := d.Ref(d.writer); return r }

func (d *device) hello(challenge []byte) *wire.Hello {
	h := &wire.Hello{
		Protocol: wire.Protocol, Schema: schema.Version, Device: d.id, Program: "test", Cursor: d.cursor, Scope: d.scope,
		Resume: d.resume, Proof: identity.SignHello(d.key, challenge),
	}
	w := wire.WriterState{Name: d.writer, Last: uint64(len(d.chain))}
	if w.Last > 0 {
		w.Hash = d.hashes[w.Last-1]
	}
	h.Writers = []wire.WriterState{w}
	return h
}

func (d *device) enroll() *wire.Enroll {
	return &wire.Enroll{
		Token: d.code.Token, PublicKey: d.key.Public().(ed25519.PublicKey), Label: "PC",
		Writers: []wire.NewWriter{{Name: d.writer, Key: d.secret}},
	}
}

// greet opens an exchange.
func (d *device) greet(c server.Conn, live bool) error {
	if d.code != nil {
		if err := c.Write(d.enroll()); err != nil {
			return err
		}
	}
	h := d.hello(challenge)
	h.Live = live
	return c.Write(h)
}

var challenge = make([]byte, 32)

// sync is one whole exchange with the server, in memory.
func (d *device) sync(s *server.Server) error {
	n := s.NewSession(challenge)
	mine, theirs := connect(d, n)
	done := make(chan error, 1)
	go func() { done <- n.Run(d.t.Context(), theirs) }()
	err := d.exchange(mine)
	_ = mine.Close()
	<-done
	return err
}

// exchange greets, sends what waits, and takes what comes up to the CaughtUp.
func (d *device) exchange(c server.Conn) error {
	d.problem, d.caught = nil, nil
	if err := d.greet(c, false); err != nil {
		return err
	}
	for {
		m, err := c.Read()
		if err != nil {
			return err
		}
		if w, ok := m.(*wire.Welcome); ok {
			d.welcome(w)
			err := d.push(c, w.Writers[0].Last)
			if err == nil {
				err = c.Write(&wire.Ack{Cursor: d.cursor})
			}
			if err != nil {
				return d.lastWord(c, err)
			}
			continue
		}
		if err := d.take(m); err != nil {
			return err
		}
		if d.caught != nil {
			_ = c.Write(&wire.Ack{Cursor: d.cursor})
			_ = c.Write(&wire.Bye{})
			return nil
		}
	}
}

// lastWord reads why the server hung up while the device was still speaking.
func (d *device) lastWord(c server.Conn, failed error) error {
	for {
		m, err := c.Read()
		if err != nil {
			return failed
		}
		if err := d.take(m); d.problem != nil {
			return err
		}
	}
}

func (d *device) welcome(w *wire.Welcome) {
	d.person, d.roots, d.scope = w.Person, w.Roots, w.Scope
	if w.Snapshot {
		d.scope = change.Hash{} // until it is complete
	}
	d.begun = nil
	d.pendingScope, d.held = w.Scope, w.Writers[0].Last
}

// batch makes the message of own changes from number first to last.
func (d *device) batch(first, last uint64) *wire.Changes {
	return &wire.Changes{
		Writer: d.writer, Changes: d.chain[first-1 : last], Last: d.hashes[last-1],
		Signature: identity.SignRange(d.key, d.writer, last, d.hashes[last-1]),
	}
}

func (d *device) push(c server.Conn, have uint64) error {
	for first := have + 1; first <= uint64(len(d.chain)); first += 50 {
		if err := c.Write(d.batch(first, min(first+49, uint64(len(d.chain))))); err != nil {
			return err
		}
	}
	return nil
}

// take applies one message.
func (d *device) take(m wire.Message) error {
	switch m := m.(type) {
	case *wire.Problem:
		d.problem = m
		return fmt.Errorf("problem %s", m.Code)
	case *wire.Receipt:
		d.receipts = append(d.receipts, m)
		for _, r := range m.Refused {
			d.refused[r.N] = r
		}
	case *wire.SnapshotBegin:
		if d.resume == nil || d.resume.Snapshot != m.ID {
			d.resume, d.staged = &wire.Resume{Snapshot: m.ID}, nil
		}
		d.begun = m
	case *wire.Chunk:
		if m.Index != d.resume.Next {
			return fmt.Errorf("chunk %d, want %d", m.Index, d.resume.Next)
		}
		d.staged = append(d.staged, m.Rows...)
		for _, x := range m.Metas {
			d.metas[x.Dot] = x
		}
		d.resume.Next++
		if d.stopAt > 0 && int(d.resume.Next) >= d.stopAt {
			return errCut
		}
	case *wire.SnapshotEnd:
		return d.install(m)
	case *wire.Entries:
		return d.apply(m)
	case *wire.CaughtUp:
		d.cursor, d.caught = m.Cursor, m
		if got := d.digest(); got != m.Digest {
			return fmt.Errorf("the digest differs: %d rows held", len(d.rows))
		}
	default:
		return fmt.Errorf("unexpected %T", m)
	}
	return nil
}

func (d *device) install(m *wire.SnapshotEnd) error {
	d.rows, d.births = map[key]*merge.Row{}, map[change.Birth]key{}
	for _, r := range d.staged {
		d.hold(r)
	}
	d.cursor, d.scope = d.begun.Cursor, d.pendingScope
	d.resume, d.staged, d.code = nil, nil, nil
	for n := range d.waiting { // what the snapshot holds waits no more
		if n <= d.held {
			delete(d.waiting, n)
		}
	}
	if d.digest() != m.Digest {
		return errors.New("the snapshot's digest differs")
	}
	return nil
}

func (d *device) hold(r *merge.Row) {
	k := key{r.Table.No, r.ID}
	d.rows[k], d.births[r.Birth] = r, k
}

func (d *device) digest() (s merge.Sums) {
	for _, r := range d.rows {
		s = s.Add(r.Sums(d))
	}
	return s
}

func (d *device) apply(b *wire.Entries) error {
	for i := range b.Entries {
		e := &b.Entries[i]
		d.counts[e.Kind]++
		if d.hears != nil {
			d.hears(e)
		}
		switch e.Kind {
		case wire.EntryChange:
			if err := d.merge(e.Change); err != nil {
				return err
			}
		case wire.EntryOwn:
			c := e.Change
			if c == nil {
				c = d.chain[e.Dot.N-1]
			}
			delete(d.waiting, e.Dot.N)
			if err := d.merge(c); err != nil {
				return err
			}
		case wire.EntryRefused:
			delete(d.waiting, e.Dot.N)
			d.refused[e.Dot.N] = wire.Refusal{N: e.Dot.N, Code: e.Code, Detail: e.Detail}
		case wire.EntryEvict:
			delete(d.rows, key{e.Table, e.ID})
		case wire.EntryArrive:
			d.hold(e.Row)
		}
	}
	if d.cursor.Logs == nil {
		d.cursor.Logs = map[change.ID]uint64{}
	}
	d.cursor.Logs[b.Log] = b.Through
	return nil
}

func (d *device) merge(c *change.Change) error {
	for i := range c.Rows {
		rw := &c.Rows[i]
		if rw.Creates {
			r := merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
			r.Apply(c.Dot, rw)
			d.hold(r)
			continue
		}
		r := d.rows[d.births[rw.Birth]]
		if r == nil || r.Birth != rw.Birth {
			continue // left the scope
		}
		r = r.Clone()
		r.Apply(c.Dot, rw)
		d.hold(r)
	}
	return nil
}

// view is a row with the device's own waiting changes on top.
func (d *device) view(table string, id change.ID) *merge.Row {
	t := schema.ByName(table)
	r := d.rows[key{t.No, id}]
	if r != nil {
		r = r.Clone()
	}
	for _, c := range d.chain {
		if !d.waiting[c.N] {
			continue
		}
		for i := range c.Rows {
			rw := &c.Rows[i]
			if rw.Table != t.No || rw.ID != id {
				continue
			}
			if rw.Creates {
				r = merge.NewRow(t, id, rw.Birth)
			}
			if r != nil {
				r.Apply(c.Dot, rw)
			}
		}
	}
	return r
}
