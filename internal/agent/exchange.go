package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// How much is under way at once: batches without a receipt, changes and bytes
// in a batch. What a cut makes us send again is at most window batches, each
// of which the server acknowledges durably by itself. A line that broke before
// any batch got through gets smaller ones, one that carried all larger ones.
const (
	window     = 4
	batchSize  = 500
	mostBytes  = 64 << 10
	leastBytes = 1 << 10
	applySlice = 400
)

// exchange is one connection's conversation. Its fields belong to the
// goroutine of run; a reader and a sender goroutine serve it, so that it never
// waits for the line while something waits to be applied.
type exchange struct {
	r    *replica.Replica
	o    Options
	live bool
	res  Result

	conn     *line
	id       identityOf
	send     chan wire.Message // what the sender writes next
	idle     bool              // the sender has nothing to write
	queue    []wire.Message
	welcome  *wire.Welcome
	at       replica.Sent
	out      int  // batches without a receipt
	through  bool // a batch got its receipt
	bytes    int  // of a batch
	snapshot *wire.SnapshotBegin
	receipts replica.Receipts
	acked    bool // we said that there is nothing more
	caughtUp bool
	mending  repair
}

func (x *exchange) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := errors.Join(x.r.Seal(), x.captureMissed()); err != nil {
		return err
	}
	var err error
	if x.id, err = loadIdentity(x.r); err != nil {
		return err
	}
	if x.bytes, err = x.r.BatchBytes(mostBytes); err != nil {
		return err
	}
	if x.conn, err = dial(ctx, x.id, x.r, x.o); err != nil {
		return err
	}
	var wg sync.WaitGroup
	incoming, failed := make(chan wire.Message), make(chan error, 2)
	x.send = make(chan wire.Message)
	sent := make(chan struct{}, 1)
	wg.Add(2)
	go func() { defer wg.Done(); x.reader(ctx, incoming, failed) }()
	go func() { defer wg.Done(); x.sender(ctx, sent, failed) }()
	err = x.loop(ctx, incoming, sent, failed)
	cancel()
	x.conn.Close()
	wg.Wait()
	x.conn.Release()
	x.res.BytesDown, x.res.BytesUp = x.conn.Counts()
	return errors.Join(err, x.adapt(err))
}

// adapt remembers how large a batch this line carries.
func (x *exchange) adapt(err error) error {
	size := x.bytes
	switch {
	case err == nil && x.through:
		size = min(2*size, mostBytes)
	case err != nil && x.out > 0 && !x.through:
		size = max(size/2, leastBytes)
	}
	if size == x.bytes {
		return nil
	}
	return x.r.SetBatchBytes(size)
}

func (x *exchange) reader(ctx context.Context, incoming chan<- wire.Message, failed chan<- error) {
	for {
		m, err := x.conn.Read(ctx)
		if err != nil {
			failed <- lineError(err)
			return
		}
		select {
		case incoming <- m:
		case <-ctx.Done():
			return
		}
	}
}

func (x *exchange) sender(ctx context.Context, sent chan<- struct{}, failed chan<- error) {
	for {
		select {
		case m := <-x.send:
			if err := x.conn.Write(ctx, m); err != nil {
				failed <- lineError(err)
				return
			}
			sent <- struct{}{}
		case <-ctx.Done():
			return
		}
	}
}

// lineError tells a broken line from a message that made no sense.
func lineError(err error) error {
	if fault.CodeOf(err) != fault.Internal && !errors.Is(err, wire.ErrTruncated) {
		return err
	}
	return fault.Wrap(err, "sync.no_line")
}

func (x *exchange) loop(ctx context.Context, incoming <-chan wire.Message, sent <-chan struct{}, failed <-chan error) error {
	x.idle = true
	if err := x.greet(); err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	if x.live {
		go func() { _ = x.r.Watch(ctx, func() { poke(changed) }) }()
	}
	watchdog := time.NewTicker(silence / 3)
	defer watchdog.Stop()
	quiet := &quietness{conn: x.conn}
	for {
		var send chan wire.Message
		var next wire.Message
		if x.idle && len(x.queue) > 0 {
			send, next = x.send, x.queue[0]
		}
		var err error
		select {
		case send <- next:
			x.idle, x.queue = false, x.queue[1:]
		case <-sent:
			x.idle = true
			err = x.pump()
		case m := <-incoming:
			err = x.receive(m)
		case <-changed:
			err = x.localChange()
		case <-watchdog.C:
			err = quiet.check(x.live && x.caughtUp)
		case err = <-failed:
			err = x.lastWords(incoming, err)
		case <-ctx.Done():
			return ctx.Err()
		}
		if errors.Is(err, errDone) {
			return x.farewell(ctx, sent)
		}
		if err != nil {
			return err
		}
	}
}

// errDone ends the loop in good order.
var errDone = errors.New("agent: done")

// lastWords prefers a reason that the server gave before the line broke.
func (x *exchange) lastWords(incoming <-chan wire.Message, err error) error {
	select {
	case m := <-incoming:
		if p, ok := m.(*wire.Problem); ok {
			return problem(p)
		}
	default:
	}
	return err
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (x *exchange) greet() error {
	g, err := x.r.Greeting()
	if err != nil {
		return err
	}
	h := &wire.Hello{Protocol: wire.Protocol, Schema: schema.Version, Device: x.id.Device, Program: x.o.Program,
		Writers: g.Writers, Cursor: g.Cursor, Scope: g.Scope, Live: x.live,
		Proof: identity.SignHello(x.id.key, x.conn.challenge)}
	if h.Resume, err = x.r.Resume(); err != nil {
		return err
	}
	if len(x.id.Token) > 0 {
		x.queue = append(x.queue, enrolMessage(x.id))
	}
	x.queue = append(x.queue, h)
	return nil
}

func (x *exchange) receive(m wire.Message) error {
	defer func() { x.o.Progress(x.res) }()
	switch m := m.(type) {
	case *wire.Welcome:
		return x.welcomed(m)
	case *wire.Receipt:
		return x.receipt(m)
	case *wire.Entries:
		return x.apply(m)
	case *wire.SnapshotBegin:
		x.snapshot = m
		return x.r.BeginSnapshot(m)
	case *wire.Chunk:
		x.res.Rows += int64(len(m.Rows))
		time.Sleep(x.o.Pace)
		return x.r.InstallChunk(m)
	case *wire.SnapshotEnd:
		return x.endSnapshot(m)
	case *wire.CaughtUp:
		return x.atEnd(m)
	case *wire.Differ:
		return x.differ(m)
	case *wire.Mend:
		return x.mend(m)
	case *wire.Problem:
		return problem(m)
	case *wire.Bye:
		return fault.New("sync.no_line")
	}
	return fault.New("wire.invalid", "what", fmt.Sprintf("%T", m))
}

func problem(p *wire.Problem) error {
	args := make([]any, 0, 2*len(p.Args))
	for k, v := range p.Args {
		args = append(args, k, v)
	}
	return fault.New(fault.Code(p.Code), args...)
}

func (x *exchange) welcomed(w *wire.Welcome) error {
	x.welcome = w
	x.receipts = replica.Receipts{}
	x.at = replica.Sent{}
	for _, s := range w.Writers {
		for _, own := range x.id.Writers {
			if own.Name == s.Name {
				x.at[own.Kind] = replica.After{N: s.Last, Hash: s.Hash}
				x.receipts[s.Name] = &wire.Receipt{Writer: s.Name, Through: s.Last, Hash: s.Hash}
				if err := x.r.Received(x.receipts[s.Name]); err != nil {
					return err
				}
			}
		}
	}
	if err := errors.Join(x.r.Welcomed(w), x.r.Seal()); err != nil { // what was held for an older server goes now
		return err
	}
	return x.pump()
}

// ready tells whether our changes may go now: not under a snapshot, which must
// hold exactly what the server had when it greeted us.
func (x *exchange) ready() bool { return x.welcome != nil && !x.welcome.Snapshot }

// pump queues the next batch, by hand before bulk, or says that there is
// nothing more.
func (x *exchange) pump() error {
	if !x.ready() || len(x.queue) > 0 {
		return nil
	}
	for _, kind := range []replica.Kind{replica.Hand, replica.Bulk} {
		if x.out >= window {
			return nil
		}
		b, err := x.r.Unsent(kind, x.at, batchSize, x.bytes)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		last := b.Changes[len(b.Changes)-1].N
		x.at[kind] = replica.After{N: last, Hash: b.Last}
		x.out++
		x.acked, x.caughtUp = false, false
		x.res.Sent += int64(len(b.Changes))
		x.queue = append(x.queue, &wire.Changes{Writer: b.Writer, Changes: b.Changes, Last: b.Last,
			Signature: identity.SignRange(x.id.key, b.Writer, last, b.Last)})
		return nil
	}
	if x.acked {
		return nil
	}
	g, err := x.r.Greeting()
	if err != nil {
		return err
	}
	x.acked = true
	x.queue = append(x.queue, &wire.Ack{Cursor: g.Cursor})
	return nil
}

func (x *exchange) localChange() error {
	if _, err := x.r.TakeRequests(); err != nil {
		return err
	}
	if err := x.r.Seal(); err != nil {
		return err
	}
	return x.pump()
}

func (x *exchange) receipt(m *wire.Receipt) error {
	if err := x.conn.verifyReceipt(x.welcome, m); err != nil {
		return err
	}
	if !x.ready() {
		x.receipts[m.Writer] = m
		return nil
	}
	x.out, x.through = max(0, x.out-1), true
	if err := x.r.Received(m); err != nil {
		return err
	}
	return x.pump()
}

// apply takes a batch into the replica in short transactions, none of which
// parts the entries of one number.
func (x *exchange) apply(m *wire.Entries) error {
	all := m.Entries
	for len(all) > applySlice {
		n := applySlice
		for n < len(all) && all[n].Num == all[n-1].Num {
			n++
		}
		if n == len(all) {
			break
		}
		part := &wire.Entries{Log: m.Log, Through: all[n-1].Num, Entries: all[:n]}
		if err := x.applyPart(part); err != nil {
			return err
		}
		all = all[n:]
		time.Sleep(x.o.Pace)
	}
	return x.applyPart(&wire.Entries{Log: m.Log, Through: m.Through, Entries: all})
}

func (x *exchange) applyPart(m *wire.Entries) error {
	for i := range m.Entries {
		if k := m.Entries[i].Kind; k == wire.EntryChange || k == wire.EntryArrive || k == wire.EntryEvict {
			x.res.Received++
		}
	}
	return x.r.Apply(m)
}

func (x *exchange) endSnapshot(m *wire.SnapshotEnd) error {
	if x.snapshot == nil {
		return fault.New("wire.invalid", "what", "snapshot end")
	}
	if err := x.r.EndSnapshot(m, x.snapshot.Cursor, x.receipts); err != nil {
		return errors.Join(err, x.r.AbandonSnapshot())
	}
	x.snapshot = nil
	x.welcome.Snapshot = false
	if err := x.r.SetScope(x.welcome.Scope); err != nil {
		return err
	}
	return x.pump()
}

// atEnd compares the digests once everything has been said both ways.
func (x *exchange) atEnd(m *wire.CaughtUp) error {
	if err := x.recheck(); err != nil {
		return err
	}
	same, err := x.r.CaughtUp(m)
	if err != nil {
		return err
	}
	x.res.Same, x.caughtUp = same, true
	if !same {
		return x.compare()
	}
	if err := errors.Join(x.whole(), x.pump()); err != nil {
		return err
	}
	if !x.live && x.out == 0 && len(x.queue) == 0 && x.acked {
		return errDone
	}
	return nil
}

// farewell says goodbye so that the server need not wait for a timeout.
func (x *exchange) farewell(ctx context.Context, sent <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if !x.idle {
		select {
		case <-sent:
		case <-ctx.Done():
			return nil
		}
	}
	select {
	case x.send <- &wire.Bye{}:
		select {
		case <-sent:
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	return nil
}

// silence is how long nothing may move on a line that should.
const silence = 90 * time.Second

// quietness notices a line on which nothing moves.
type quietness struct {
	conn  *line
	in    int64
	ticks int
}

func (q *quietness) check(resting bool) error {
	in, _ := q.conn.Counts()
	if in != q.in || resting {
		q.in, q.ticks = in, 0
		return nil
	}
	if q.ticks++; q.ticks > 3 {
		return fault.Wrap(io.ErrNoProgress, "sync.server_silent")
	}
	return nil
}
