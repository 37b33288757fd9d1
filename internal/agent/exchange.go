package agent

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
)

// exchange is one connection's conversation. The conversation belongs to the
// goroutine of run; a reader and a sender goroutine serve it, so that it never
// waits for the line while something waits to be applied.
type exchange struct {
	*Conversation
	r    *replica.Replica
	o    Options
	conn *line
	send chan wire.Message // what the sender writes next
	idle bool              // the sender has nothing to write
}

func (x *exchange) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	id, err := loadIdentity(x.r)
	if err != nil {
		return err
	}
	if x.bytes, err = x.r.BatchBytes(mostBytes); err != nil {
		return err
	}
	if err := x.prepare(); err != nil {
		return err
	}
	if x.conn, err = dial(ctx, id, x.r, x.o); err != nil {
		return err
	}
	x.id, x.signer = id.Identity, &signer{id.key, x.conn}
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
	x.Result.BytesDown, x.Result.BytesUp = x.conn.Counts()
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
	if err := x.Greet(); err != nil {
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
		next := x.Next()
		if x.idle && next != nil {
			send = x.send
		}
		var err error
		select {
		case send <- next:
			x.idle = false
			x.Taken()
		case <-sent:
			x.idle = true
			err = x.Sent()
		case m := <-incoming:
			err = x.Receive(m)
		case <-changed:
			err = x.Changed()
		case <-watchdog.C:
			err = quiet.check(x.live && x.caughtUp)
		case err = <-failed:
			err = x.lastWords(incoming, err)
		case <-ctx.Done():
			return ctx.Err()
		}
		if errors.Is(err, ErrDone) {
			return x.farewell(ctx, sent)
		}
		if err != nil {
			return err
		}
	}
}

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
