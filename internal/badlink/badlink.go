// Package badlink is a TCP line with the faults of a country road: it delays,
// throttles, cuts after so many bytes, swallows what it is given in one
// direction or both, and goes down. It forwards to one target and counts what
// passes. The demonstration, the benchmark and the tests put it
// between a replica and its server.
package badlink

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Conditions are the state of the line. The zero value is a good line.
type Conditions struct {
	Down           bool          // refuses and drops every connection
	Delay          time.Duration // one way
	BytesPerSecond int           // each way, each connection; 0: unlimited
	CutAfter       int64         // each connection breaks after so many bytes; 0: never

	// LoseUp and LoseDown swallow what goes towards the target and back: the
	// connection stands, and nobody is told. At once for those that stand. A
	// connection that lost something breaks at the next byte that does pass.
	LoseUp, LoseDown bool
}

// way is one direction of all connections.
type way struct {
	count atomic.Int64
	lose  atomic.Bool
}

// Link is a running line.
type Link struct {
	ln       net.Listener
	target   string
	up, down way

	mu    sync.Mutex
	cond  Conditions
	conns map[net.Conn]bool
	wait  sync.WaitGroup
}

// New opens a line to target on a free loopback port.
func New(target string) (*Link, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{ln: ln, target: target, conns: map[net.Conn]bool{}}
	l.wait.Add(1)
	go l.accept()
	return l, nil
}

// Addr is where to connect.
func (l *Link) Addr() string { return l.ln.Addr().String() }

// Counts returns the bytes of TCP payload that passed towards the target and
// back since the last Reset.
func (l *Link) Counts() (up, down int64) { return l.up.count.Load(), l.down.count.Load() }

// Reset starts counting anew.
func (l *Link) Reset() {
	l.up.count.Store(0)
	l.down.count.Store(0)
}

// Set changes the conditions, for connections made from now on; going down
// drops those that stand.
func (l *Link) Set(c Conditions) {
	l.up.lose.Store(c.LoseUp)
	l.down.lose.Store(c.LoseDown)
	l.mu.Lock()
	l.cond = c
	var drop []net.Conn
	if c.Down {
		for conn := range l.conns {
			drop = append(drop, conn)
		}
	}
	l.mu.Unlock()
	for _, conn := range drop {
		reset(conn)
	}
}

// Close ends the line and every connection on it.
func (l *Link) Close() error {
	err := l.ln.Close()
	l.Set(Conditions{Down: true})
	l.wait.Wait()
	return err
}

func (l *Link) accept() {
	defer l.wait.Done()
	for {
		c, err := l.ln.Accept()
		if err != nil {
			return
		}
		l.wait.Add(1)
		go l.serve(c)
	}
}

func (l *Link) serve(near net.Conn) {
	defer l.wait.Done()
	defer near.Close()
	cond, ok := l.join(near)
	if !ok {
		reset(near)
		return
	}
	defer l.leave(near)
	far, err := net.Dial("tcp", l.target)
	if err != nil {
		reset(near)
		return
	}
	defer far.Close()
	if _, ok := l.join(far); !ok {
		return
	}
	defer l.leave(far)
	left := &atomic.Int64{}
	left.Store(cond.CutAfter)
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); l.pass(far, near, cond, left, &l.up) }()
	go func() { defer both.Done(); l.pass(near, far, cond, left, &l.down) }()
	both.Wait()
}

func (l *Link) join(c net.Conn) (Conditions, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.cond.Down {
		l.conns[c] = true
	}
	return l.cond, !l.cond.Down
}

func (l *Link) leave(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// reset drops a connection as a broken line does: no goodbye.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

// piece is how much is read at once: small, so that throttling is even.
const piece = 4 << 10

// packet is a piece on its way with the time at which it arrives.
type packet struct {
	b   []byte
	due time.Time
}

// pass carries one direction. Reading and writing are two goroutines so that a
// delay holds back bytes without holding back the sender.
func (l *Link) pass(dst, src net.Conn, cond Conditions, left *atomic.Int64, w *way) {
	line := make(chan packet, 256)
	go func() {
		defer close(line)
		buf := make([]byte, piece)
		for {
			n, err := src.Read(buf)
			if n > 0 {
				line <- packet{append([]byte(nil), buf[:n]...), time.Now().Add(cond.Delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	cut, lost := false, false
	for p := range line {
		if cut {
			continue // drain, so that the reader ends
		}
		time.Sleep(time.Until(p.due))
		if cond.BytesPerSecond > 0 {
			time.Sleep(time.Duration(len(p.b)) * time.Second / time.Duration(cond.BytesPerSecond))
		}
		if w.lose.Load() {
			lost = true
			continue
		}
		w.count.Add(int64(len(p.b)))
		if lost {
			p.b = nil // a stream with a gap in it carries nothing more
		}
		if _, err := dst.Write(p.b); err != nil || lost || cond.CutAfter > 0 && left.Add(-int64(len(p.b))) <= 0 {
			cut = true
			reset(src)
			reset(dst)
		}
	}
	if t, ok := dst.(*net.TCPConn); ok && !cut && !lost {
		_ = t.CloseWrite()
	}
}

var _ io.Closer = (*Link)(nil)
