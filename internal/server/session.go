package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// Conn is what a session speaks through. Read and Write are each called by one
// goroutine at a time, but not by the same. Where it is an io.Closer too, it is
// closed when writing failed, so that Read ends; where it has WriteLast, that
// ends an exchange and frees what compressing it took.
type Conn interface {
	Read() (wire.Message, error)
	Write(m wire.Message) error
}

type lastWriter interface{ WriteLast(m wire.Message) error }

// Session is one conversation with a device.
//
// The goroutine of Run reads, and orders the changes that come, so that a
// download never holds up an upload. What is to be said is put into a queue; a
// second goroutine says it and exists only while there is something to say. An
// idle session is one goroutine that reads.
type Session struct {
	server    *Server
	challenge []byte
	conn      Conn
	inline    bool // who delivers says what follows, too: see Inline

	// Only Run's goroutine touches these.
	enrolling *wire.Enroll
	foreign   int // names learned that nobody here knew

	// Set once by the first greeting, before anything is queued.
	device  change.ID
	greeted atomic.Bool
	in      atomic.Pointer[change.ID] // the epoch of the last welcome

	// Only the goroutine that says touches this.
	talk talk

	proofs proofs

	mu      sync.Mutex
	queue   []job
	talking bool // somebody says, or is called to, what there is to say
	pump    bool // there may be new entries
	closed  bool
	err     error
	idle    sync.Cond // a job was taken, or talking has ended
}

// job is something to say, in order, before any entries.
type job func(*talk) error

// NewSession makes a session. The challenge is what the device's greeting must
// sign: nobody else may have been given the same.
func (s *Server) NewSession(challenge []byte) *Session {
	n := &Session{server: s, challenge: challenge}
	n.idle.L = &n.mu
	return n
}

func (n *Session) open(conn Conn) {
	n.conn = conn
	n.talk = talk{session: n, server: n.server, conn: conn, proofs: &n.proofs}
}

// Run converses until the device says goodbye, the connection ends or ctx
// does. The error is for the log: the device has been told already.
func (n *Session) Run(ctx context.Context, conn Conn) error {
	n.open(conn)
	defer n.finish()
	for ctx.Err() == nil {
		m, err := conn.Read()
		broken := err != nil && fault.CodeOf(err) == fault.Internal && wireFault(err) == nil
		if err == nil && n.failure() == nil {
			err = n.handle(m)
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, errBye):
			n.drain()
			return n.failure()
		case errors.Is(err, io.EOF):
			return n.failure()
		}
		if failed := n.failure(); failed != nil {
			return failed
		}
		if broken {
			return err // nobody is left to hear why
		}
		n.complain(err)
		return err
	}
	return ctx.Err()
}

func (n *Session) greetedIn(epoch change.ID) { n.in.Store(&epoch) }

// epoch is that of the last welcome, zero before it.
func (n *Session) epoch() (epoch change.ID) {
	if e := n.in.Load(); e != nil {
		epoch = *e
	}
	return epoch
}

// Greeted tells whether the device has proved who it is.
func (n *Session) Greeted() bool { return n.greeted.Load() }

var errBye = errors.New("server: the device said goodbye")

// handle takes one message.
func (n *Session) handle(m wire.Message) error {
	switch m := m.(type) {
	case *wire.Enroll:
		n.enrolling = m
		return nil
	case *wire.Hello:
		return n.greet(m)
	case *wire.Bye:
		return errBye
	}
	if n.device.IsZero() {
		return fault.New(fault.AuthFirst)
	}
	switch m := m.(type) {
	case *wire.Changes:
		n.proofs.sending(m)
		r, err := n.server.acceptIn(n.epoch(), n.device, m)
		if err != nil {
			return err
		}
		return n.enqueue(func(t *talk) error {
			t.proofs.received(m)
			return t.receipt(r)
		})
	case *wire.Recall:
		return n.server.recalled(n.epoch(), m)
	case *wire.Ack:
		return n.enqueue(func(t *talk) error { return t.acked(m.Cursor) })
	case *wire.Compare:
		return n.enqueue(func(t *talk) error { return t.compare(m) })
	case *wire.Ask:
		return n.enqueue(func(t *talk) error { return t.links(m) })
	case *wire.Buckets:
		return n.enqueue(func(t *talk) error { return t.mend(m) })
	}
	return fault.New(fault.ProtoOrder)
}

// greet checks who speaks and queues the welcome.
func (n *Session) greet(h *wire.Hello) error {
	if h.Protocol > wire.Protocol {
		return fault.New(fault.ProtoVersion)
	}
	if err := n.prove(h); err != nil {
		return err
	}
	if !n.device.IsZero() && n.device != h.Device {
		return fault.New(fault.ProtoOrder)
	}
	n.device = h.Device
	n.greeted.Store(true)
	if err := n.server.renew(h); err != nil {
		return err
	}
	return n.enqueue(func(t *talk) error { return t.welcome(h) })
}

// prove holds the greeting against the key of the device; one that shows a
// code brings its key along.
func (n *Session) prove(h *wire.Hello) error {
	if e := n.enrolling; e != nil {
		id, err := deviceID(e.PublicKey)
		if err != nil || id != h.Device || n.server.seal.VerifyHello(e.PublicKey, n.challenge, h.Proof) != nil {
			return fault.New(fault.AuthProof)
		}
		return n.server.enroll(e, id, h.Program)
	}
	return n.server.store.View(func(tx Tx) error {
		d, err := tx.Device(h.Device)
		if err == nil {
			err = heard(d)
		}
		if err == nil && n.server.seal.VerifyHello(d.Key, n.challenge, h.Proof) != nil {
			err = fault.New(fault.AuthProof)
		}
		return err
	})
}

// maxQueue bounds what waits to be said to a device that sends and does not read.
const maxQueue = 4096

func (n *Session) enqueue(j job) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err != nil {
		return n.err
	}
	if len(n.queue) >= maxQueue {
		return fault.New(fault.ProtoOrder)
	}
	n.queue = append(n.queue, j)
	n.start()
	return nil
}

// poke says that there may be new entries. It never blocks.
func (n *Session) poke() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pump = true
	n.start()
}

// start makes the goroutine that says, under mu. Inline, settle comes instead.
func (n *Session) start() {
	if n.talking || n.closed || n.err != nil {
		return
	}
	n.talking = true
	if !n.inline {
		go n.speak()
	}
}

// speak says what there is to say, first what was asked for, then what is new.
func (n *Session) speak() {
	for {
		n.mu.Lock()
		if n.closed || n.err != nil || len(n.queue) == 0 && !n.pump {
			n.talking = false
			n.idle.Broadcast()
			n.mu.Unlock()
			return
		}
		var next job
		if len(n.queue) > 0 {
			next, n.queue = n.queue[0], n.queue[1:]
			n.idle.Broadcast()
		} else {
			n.pump = false
			next = (*talk).step
		}
		n.mu.Unlock()
		if err := next(&n.talk); err != nil {
			n.fail(err)
		}
	}
}

// fail ends the session from the saying side. A connection that still works is
// told why; one that does not is closed, so that Run's Read ends.
func (n *Session) fail(err error) {
	n.mu.Lock()
	n.err = err
	n.mu.Unlock()
	if !errors.Is(err, errLine) {
		_ = n.conn.Write(n.server.problem(err))
	}
	if c, ok := n.conn.(io.Closer); ok {
		_ = c.Close()
	}
}

func (n *Session) failure() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// errTold ends the saying side when the other end has been told.
var errTold = fmt.Errorf("server: said the last word: %w", errLine)

// errLine marks errors of the connection itself.
var errLine = errors.New("server: the line")

// complain says what was wrong with what came, behind all that is queued.
func (n *Session) complain(err error) {
	if n.enqueue(func(t *talk) error {
		_ = t.say(n.server.problem(err))
		return errTold
	}) == nil {
		n.settle()
	}
}

// settle returns when there is nothing more to say, or nobody to say it to.
func (n *Session) settle() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.inline && n.talking {
		n.mu.Unlock()
		n.speak()
		n.mu.Lock()
	}
	for n.talking {
		n.idle.Wait()
	}
}

// drain waits until all that was queued is taken up: the last word before a
// goodbye is often what the device holds.
func (n *Session) drain() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for len(n.queue) > 0 && n.talking {
		n.idle.Wait()
	}
}

// finish leaves the hub and waits for the saying side to end.
func (n *Session) finish() {
	n.server.hub.leave(n)
	n.mu.Lock()
	n.closed = true
	talking := n.talking
	n.mu.Unlock()
	if talking {
		if c, ok := n.conn.(io.Closer); ok {
			_ = c.Close()
		}
	}
	n.settle()
	n.talk.end()
}

// problem puts an error into words for the other end. What is none of its
// business is logged here and told as internal.
func (s *Server) problem(err error) *wire.Problem {
	var e *fault.Error
	if !errors.As(err, &e) {
		if w := wireFault(err); w != nil {
			e = w
		} else {
			s.log.Error("session", "err", err)
			e = fault.New(fault.Internal)
		}
	}
	p := &wire.Problem{Code: string(e.Code)}
	for name, v := range e.Args {
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args[name] = fmt.Sprint(v)
	}
	return p
}

// wireFault is the fault of what came over the line, nil for other errors.
func wireFault(err error) *fault.Error {
	for sentinel, code := range map[error]fault.Code{
		wire.ErrNotWire: fault.WireNotOurs, wire.ErrTruncated: fault.WireTruncated, wire.ErrTooLarge: fault.WireTooLarge,
		wire.ErrKind: fault.WireKind, wire.ErrInvalid: fault.WireInvalid, wire.ErrBusy: fault.WireBusy,
		wire.ErrVersion: fault.WireVersion, wire.ErrDictionary: fault.WireDictionary,
	} {
		if errors.Is(err, sentinel) {
			return fault.New(code)
		}
	}
	return nil
}

// Name gives a writer's name, for the connection's encoder.
func (n *Session) Name(ref change.Ref) change.ID { return n.server.store.Name(ref) }

// maxForeign bounds how many unknown writers a session may name.
const maxForeign = 1000

// Ref gives a writer its number, for the connection's decoder. A change may
// rest on one that the server does not know; a stranger may name none.
func (n *Session) Ref(name change.ID) (ref change.Ref, err error) {
	if n.device.IsZero() {
		return 0, fault.New(fault.AuthFirst)
	}
	err = n.server.store.View(func(tx Tx) (err error) {
		ref, err = tx.Ref(name)
		return err
	})
	if err != nil || ref != 0 {
		return ref, err
	}
	if n.foreign++; n.foreign > maxForeign {
		return 0, fault.New(fault.ProtoOrder)
	}
	err = n.server.store.Update(func(tx Tx) (err error) {
		ref, err = tx.Ref(name)
		return err
	})
	return ref, err
}
