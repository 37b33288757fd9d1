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
	incoming, failed := make(chan wire.Message), make(chan error, 3)
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

// watch tells of commits to the file. A daemon that no longer hears of them
// must not stay: it would keep a line on which nothing is sent.
func (x *exchange) watch(ctx context.Context, changed chan struct{}, failed chan<- error) {
	if err := x.r.Watch(ctx, func() { poke(changed) }); err != nil {
		failed <- err
	}
}

// lineError tells a broken line from a message that made no sense.
func lineError(err error) error {
	if fault.CodeOf(err) != fault.Internal && !errors.Is(err, wire.ErrTruncated) {
		return err
	}
	return fault.Wrap(err, "sync.no_line")
}

func (x *exchange) loop(ctx context.Context, incoming <-chan wire.Message, sent <-chan struct{}, failed chan error) error {
	x.idle = true
	if err := x.Greet(); err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	if x.live {
		go x.watch(ctx, changed, failed)
	}
	watchdog := time.NewTicker(x.o.Silence / looks)
	defer watchdog.Stop()
	quiet := &quietness{line: x.conn}
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
			err = quiet.check()
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

// farewell says what is left and goodbye, so that the server need not wait for
// a timeout.
func (x *exchange) farewell(ctx context.Context, sent <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	x.queue = append(x.queue, &wire.Bye{})
	for m := x.Next(); m != nil; m = x.Next() {
		send := x.send
		if !x.idle {
			send = nil
		}
		select {
		case send <- m:
			x.idle = false
			x.Taken()
		case <-sent:
			x.idle = true
		case <-ctx.Done():
			return nil
		}
	}
	select {
	case <-sent:
	case <-ctx.Done():
	}
	return nil
}

// silence is how long nothing may be heard of the server, which pings a line on
// which nothing else moves every half minute. looks is how often one looks.
const (
	silence = 90 * time.Second
	looks   = 6
)

// quietness notices a line on which nothing comes, at rest too: behind a proxy
// the connection stands though the server has long gone.
type quietness struct {
	line  *line
	heard int64
	ticks int
}

func (q *quietness) check() error {
	heard := q.line.heard()
	if heard != q.heard {
		q.heard, q.ticks = heard, 0
		return nil
	}
	if q.ticks++; q.ticks > looks {
		return fault.Wrap(io.ErrNoProgress, "sync.server_silent")
	}
	return nil
}
