package wire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dongbo/internal/change"
)

// Conn speaks wire over a WebSocket: one binary message for each of ours. One
// goroutine may read while another writes; neither method may run twice at once.
type Conn struct {
	ws      *websocket.Conn
	enc     *Encoder
	dec     *Decoder
	in, out atomic.Int64
}

// NewConn makes a Conn of a connection that is ready.
func NewConn(ws *websocket.Conn, names change.Names, refs Refs, opts Options) *Conn {
	c := &Conn{ws: ws}
	ws.SetReadLimit(MaxPacket + int64(len(preamble)))
	c.enc = NewEncoder(sender{c}, names, opts)
	c.dec = NewDecoder(&receiver{conn: c}, refs, opts)
	return c
}

// Read returns the next message. When ctx ends, so does the connection.
func (c *Conn) Read(ctx context.Context) (Message, error) {
	stop, err := c.until(ctx, c.ws.SetReadDeadline)
	if err != nil {
		return nil, err
	}
	defer stop()
	m, err := c.dec.Read()
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return m, err
}

// Write sends m. When ctx ends before m is handed to the system, so does the
// connection.
func (c *Conn) Write(ctx context.Context, m Message) error {
	return c.send(ctx, func() error { return c.enc.Write(m) })
}

// WriteLast sends m and ends the exchange: see Encoder.WriteLast.
func (c *Conn) WriteLast(ctx context.Context, m Message) error {
	return c.send(ctx, func() error { return c.enc.WriteLast(m) })
}

// Rest ends the exchange: see Encoder.Rest.
func (c *Conn) Rest(ctx context.Context) error { return c.send(ctx, c.enc.Rest) }

func (c *Conn) send(ctx context.Context, write func() error) error {
	stop, err := c.until(ctx, c.ws.SetWriteDeadline)
	if err != nil {
		return err
	}
	defer stop()
	if err = write(); err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// Close ends the connection. Only when no Read and no Write runs any more are
// their contexts given back: call Release then.
func (c *Conn) Close() error { return c.ws.Close() }

// Release gives the compression contexts back. No Read or Write may run.
func (c *Conn) Release() {
	c.enc.Close()
	c.dec.Rest()
}

// Counts returns the bytes of payload received and sent.
func (c *Conn) Counts() (in, out int64) { return c.in.Load(), c.out.Load() }

// until makes the connection's deadline follow ctx, and ends the connection
// with it: a deadline of a WebSocket must not be moved while a write runs.
func (c *Conn) until(ctx context.Context, set func(time.Time) error) (stop func() bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline() // the zero time: none
	if err := set(deadline); err != nil {
		return nil, err
	}
	if ctx.Done() == nil {
		return func() bool { return true }, nil
	}
	return context.AfterFunc(ctx, func() { _ = c.ws.NetConn().Close() }), nil
}

// sender is the Encoder's writer: one WebSocket message a call.
type sender struct{ c *Conn }

func (s sender) Write(b []byte) (int, error) {
	if err := s.c.ws.WriteMessage(websocket.BinaryMessage, b); err != nil {
		return 0, err
	}
	s.c.out.Add(int64(len(b)))
	return len(b), nil
}

// receiver is the Decoder's reader: the binary messages as one stream.
type receiver struct {
	conn *Conn
	cur  io.Reader
}

func (r *receiver) Read(b []byte) (int, error) {
	for {
		if r.cur == nil {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.cur.Read(b)
		r.conn.in.Add(int64(n))
		if err == io.EOF {
			r.cur, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (r *receiver) next() error {
	kind, cur, err := r.conn.ws.NextReader()
	switch {
	case websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway):
		return io.EOF
	case err != nil:
		return err
	case kind != websocket.BinaryMessage:
		text, _ := io.ReadAll(io.LimitReader(cur, 64))
		return fmt.Errorf("%w: a text message: %q", ErrNotWire, bytes.ToValidUTF8(text, nil))
	}
	r.cur = cur
	return nil
}
