// Package serve puts a server on the network: HTTPS, one path, WebSocket.
//
// An idle device costs one goroutine and a few KiB: the upgrade's handler
// returns at once, so that net/http frees what it held, read buffers are small
// and write buffers come from a pool. Deadlines follow progress, not messages:
// below TLS each piece of at most 16 KiB must go out within a minute, so a slow
// line may take an hour for what it carries and a dead one is noticed. Only a
// line on which nothing moved for a while is pinged, so a ping never competes
// with bulk data.
package serve

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"dongbo/internal/identity"
	"dongbo/internal/server"
)

// Path is where devices connect; its number is the protocol's.
const Path = "/sync/1"

// ChallengeHeader carries what the greeting must sign, in the upgrade's
// response. It is bound to the TLS connection: both ends can derive it.
const ChallengeHeader = "Dongbo-Challenge"

// The patience of the server.
const (
	greetWithin = 30 * time.Second // from connecting to the greeting
	pingAfter   = 30 * time.Second // of silence
	deadAfter   = 90 * time.Second // of silence
	lookEvery   = 5 * time.Second
	stopWithin  = 5 * time.Second
)

// front is a server on one listener.
type front struct {
	server   *server.Server
	upgrader websocket.Upgrader
	ctx      context.Context

	mu    sync.Mutex
	lines map[*line]bool
	wait  sync.WaitGroup
}

// Serve answers devices on the listener until ctx ends, or a newer program has
// upgraded the register, and then ends their sessions. It closes the listener.
func Serve(ctx context.Context, s *server.Server, ln net.Listener) error {
	cert, err := s.TLS()
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := &front{server: s, ctx: ctx, lines: map[*line]bool{}}
	f.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second, ReadBufferSize: 512, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{},
	}
	h := &http.Server{
		Handler: f.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 30 * time.Second,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(tls.NewListener(pacedListener{ln}, identity.ServerTLS(cert))) }()
	overtaken := make(chan error, 1)
	f.wait.Go(func() {
		if err := s.Watch(ctx); err != nil {
			overtaken <- err
		}
	})
	f.wait.Go(f.look)
	select {
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case err = <-overtaken:
	case <-ctx.Done():
		err = nil
	}
	stop()
	f.stop(h)
	return err
}

func (f *front) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, f.upgrade)
	return mux
}

// upgrade turns a request into a session and returns: see the package document.
func (f *front) upgrade(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil {
		http.Error(w, "TLS only", http.StatusBadRequest)
		return
	}
	challenge, err := identity.Challenge(*r.TLS)
	if err != nil {
		http.Error(w, "no challenge", http.StatusInternalServerError)
		return
	}
	header := http.Header{ChallengeHeader: {base64.StdEncoding.EncodeToString(challenge)}}
	ws, err := f.upgrader.Upgrade(w, r, header)
	if err != nil {
		return // the upgrader has answered
	}
	l := newLine(f.ctx, ws, f.server.NewSession(challenge))
	if !f.add(l) {
		_ = ws.Close()
		return
	}
	go func() {
		defer f.wait.Done()
		defer f.remove(l)
		l.run()
	}()
}

func (f *front) add(l *line) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lines == nil {
		return false
	}
	f.lines[l] = true
	f.wait.Add(1)
	return true
}

func (f *front) remove(l *line) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.lines, l)
}

// look pings the silent and closes the dead.
func (f *front) look() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-f.ctx.Done():
			return
		case now := <-tick.C:
			f.mu.Lock()
			for l := range f.lines {
				l.look(now)
			}
			f.mu.Unlock()
		}
	}
}

// stop ends all sessions and waits for them.
func (f *front) stop(h *http.Server) {
	f.mu.Lock()
	lines := f.lines
	f.lines = nil
	for l := range lines {
		go l.goAway()
	}
	f.mu.Unlock()
	done := make(chan struct{})
	go func() {
		f.wait.Wait()
		close(done)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	_ = h.Shutdown(ctx)
	select {
	case <-done:
	case <-ctx.Done():
		for l := range lines {
			_ = l.ws.Close()
		}
		<-done
	}
}
