package agent

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
)

// path is the protocol's, as the server serves it.
const path = "/sync/1"

// identityOf is the device's identity with its key ready to sign.
type identityOf struct {
	replica.Identity
	key ed25519.PrivateKey
	pin identity.Pin
}

func loadIdentity(r *replica.Replica) (id identityOf, err error) {
	if id.Identity, err = r.Identity(); err != nil {
		return id, err
	}
	if len(id.Key) != ed25519.PrivateKeySize || len(id.Pin) != len(id.pin) {
		return id, fault.New("replica.not_enrolled", "path", r.Path())
	}
	id.key = ed25519.PrivateKey(id.Key)
	copy(id.pin[:], id.Pin)
	return id, nil
}

// signer is the device's key on one line.
type signer struct {
	key  ed25519.PrivateKey
	line *line
}

func (s *signer) Enroll(id replica.Identity) *wire.Enroll {
	m := &wire.Enroll{PublicKey: s.key.Public().(ed25519.PublicKey), Label: id.Label}
	copy(m.Token[:], id.Token)
	for _, w := range id.Writers {
		nw := wire.NewWriter{Name: w.Name, Kind: byte(w.Kind)}
		copy(nw.Key[:], w.Key)
		m.Writers = append(m.Writers, nw)
	}
	return m
}

func (s *signer) Hello() []byte { return identity.SignHello(s.key, s.line.challenge) }

func (s *signer) Range(writer change.ID, last uint64, hash change.Hash) []byte {
	return identity.SignRange(s.key, writer, last, hash)
}

// line is a connection to the server.
type line struct {
	*wire.Conn
	challenge []byte
	serverKey ed25519.PublicKey
	pings     atomic.Int64
}

// heard grows with everything that the server says, pings included.
func (l *line) heard() int64 {
	in, _ := l.Counts()
	return in + l.pings.Load()
}

var writeBuffers sync.Pool

func dial(ctx context.Context, id identityOf, r *replica.Replica, o Options) (*line, error) {
	u, err := url.Parse(id.URL)
	if err != nil || u.Host == "" {
		return nil, fault.New("sync.bad_address", "url", id.URL)
	}
	d := websocket.Dialer{TLSClientConfig: identity.ClientTLS(id.pin), Proxy: http.ProxyFromEnvironment,
		HandshakeTimeout: 30 * time.Second, ReadBufferSize: 4096, WriteBufferSize: 4096, WriteBufferPool: &writeBuffers}
	ws, _, err := d.DialContext(ctx, (&url.URL{Scheme: "wss", Host: u.Host, Path: path}).String(), nil)
	if err != nil {
		return nil, dialError(ctx, err, id.URL)
	}
	l := &line{Conn: wire.NewConn(ws, r, r, wire.Options{})}
	pong := ws.PingHandler()
	ws.SetPingHandler(func(data string) error {
		l.pings.Add(1)
		return pong(data)
	})
	if err := l.know(ws); err != nil {
		ws.Close()
		return nil, fault.Wrap(err, "sync.wrong_server", "url", id.URL)
	}
	return l, nil
}

// know takes from the TLS handshake what our greeting signs and whose receipts
// we believe.
func (l *line) know(ws *websocket.Conn) (err error) {
	tc, ok := ws.NetConn().(*tls.Conn)
	if !ok {
		return errors.New("agent: no TLS below the line")
	}
	if l.challenge, err = identity.Challenge(tc.ConnectionState()); err != nil {
		return err
	}
	l.serverKey, err = identity.PeerKey(tc.ConnectionState())
	return err
}

func dialError(ctx context.Context, err error, address string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, fault.New(fault.ServerKeyWrong)):
		return fault.Wrap(err, "sync.wrong_server", "url", address)
	case errors.Is(err, websocket.ErrBadHandshake):
		return fault.Wrap(err, "sync.not_a_server", "url", address)
	}
	return fault.Wrap(err, "sync.no_line", "url", address)
}

// CheckReceipt holds that the word on our changes is the server's own.
func (s *signer) CheckReceipt(w *wire.Welcome, m *wire.Receipt) error {
	if w == nil {
		return fault.New("wire.invalid", "what", "receipt before welcome")
	}
	rc := &identity.Receipt{Epoch: w.Epoch, Writer: m.Writer, Through: m.Through, Hash: m.Hash}
	for _, f := range m.Refused {
		rc.Refused = append(rc.Refused, identity.Refused{N: f.N, Code: f.Code})
	}
	if err := identity.VerifyReceipt(s.line.serverKey, rc, m.Signature); err != nil {
		return fault.Wrap(err, "sync.bad_receipt")
	}
	return nil
}
