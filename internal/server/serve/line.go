package serve

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dongbo/internal/server"
	"dongbo/internal/wire"
)

// lastWords is how long the other end has to read why it is left.
const lastWords = 2 * time.Second

// line is one device's connection: the server.Conn of its session.
type line struct {
	ctx     context.Context
	ws      *websocket.Conn
	wire    *wire.Conn
	session *server.Session
	born    time.Time
	paced   *paced
	closing atomic.Bool
}

func newLine(ctx context.Context, ws *websocket.Conn, s *server.Session) *line {
	l := &line{ctx: ctx, ws: ws, session: s, born: time.Now()}
	l.wire = wire.NewConn(ws, s, s, wire.Options{})
	if t, ok := ws.NetConn().(interface{ NetConn() net.Conn }); ok {
		l.paced, _ = t.NetConn().(*paced)
	}
	return l
}

func (l *line) run() {
	if err := l.session.Run(l.ctx, l); err != nil && !closed(err) {
		slog.Info("session ended", "remote", l.ws.RemoteAddr().String(), "err", err)
	}
	l.end()
}

// closed tells whether the error only says that the other end has gone.
func closed(err error) bool {
	var c *websocket.CloseError
	return errors.As(err, &c) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.Canceled)
}

func (l *line) Read() (wire.Message, error) {
	if !l.closing.Load() {
		return l.wire.Read(context.Background())
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	return l.wire.Read(ctx)
}

func (l *line) Write(m wire.Message) error { return l.wire.Write(context.Background(), m) }

// WriteLast sends m and lets go of the compression contexts.
func (l *line) WriteLast(m wire.Message) error { return l.wire.WriteLast(context.Background(), m) }

// Close says goodbye and lets the other end read what was sent before: an
// abrupt end would throw it away.
func (l *line) Close() error {
	if l.closing.Swap(true) {
		return nil
	}
	l.bye(websocket.CloseNormalClosure)
	return l.ws.SetReadDeadline(time.Now().Add(lastWords))
}

func (l *line) bye(code int) {
	_ = l.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
}

// goAway is Close for a server that stops.
func (l *line) goAway() {
	if !l.closing.Swap(true) {
		l.bye(websocket.CloseGoingAway)
		_ = l.ws.SetReadDeadline(time.Now().Add(lastWords))
	}
}

// end closes the connection once the other end has, or after lastWords.
func (l *line) end() {
	_ = l.Close()
	_ = l.ws.SetReadDeadline(time.Now().Add(lastWords))
	for {
		if _, _, err := l.ws.NextReader(); err != nil {
			break
		}
	}
	_ = l.ws.Close()
	l.wire.Release()
}

// look pings a silent line and closes a dead one, or one that never greets.
func (l *line) look(now time.Time) {
	if l.paced == nil {
		return
	}
	silent := now.Sub(time.Unix(0, l.paced.moved.Load()))
	switch {
	case silent > deadAfter, !l.session.Greeted() && now.Sub(l.born) > greetWithin:
		go l.ws.Close()
	case silent > pingAfter:
		go l.ws.WriteControl(websocket.PingMessage, nil, now.Add(time.Second))
	}
}

// A piece is what must go out within pieceWithin.
const (
	piece       = 16 << 10
	pieceWithin = time.Minute
)

// paced is a connection whose write deadline follows progress, and which knows
// when anything last moved.
type paced struct {
	net.Conn
	moved atomic.Int64 // ns since 1970
}

type pacedListener struct{ net.Listener }

func (l pacedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	p := &paced{Conn: c}
	p.moved.Store(time.Now().UnixNano())
	return p, nil
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 {
		p.moved.Store(time.Now().UnixNano())
	}
	return n, err
}

func (p *paced) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		now := time.Now()
		if err = p.Conn.SetWriteDeadline(now.Add(pieceWithin)); err != nil {
			break
		}
		var k int
		k, err = p.Conn.Write(b[:min(piece, len(b))])
		n, b = n+k, b[k:]
		p.moved.Store(time.Now().UnixNano())
	}
	return n, err
}

// SetWriteDeadline does nothing: Write keeps its own.
func (p *paced) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline sets the deadline for reading.
func (p *paced) SetDeadline(t time.Time) error { return p.Conn.SetReadDeadline(t) }
