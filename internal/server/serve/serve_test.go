package serve_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/server"
	"dongbo/internal/server/serve"
	"dongbo/internal/server/sqlitestore"
	"dongbo/internal/wire"
	"dongbo/schema"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// running is a server on a socket.
type running struct {
	t    testing.TB
	s    *server.Server
	addr string
	stop func() error
}

func start(t testing.TB) *running {
	t.Helper()
	dir := t.TempDir()
	store, err := sqlitestore.Open(filepath.Join(dir, "central.db"))
	must(t, err)
	must(t, server.Init(store, "VN", nil, time.Now(), rand.NewChaCha8(sha256.Sum256([]byte(t.Name())))))
	s, err := server.New(store, server.Options{Dir: dir})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve.Serve(ctx, s, ln) }()
	r := &running{t: t, s: s, addr: ln.Addr().String()}
	r.stop = func() error { cancel(); return <-done }
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(100 * time.Millisecond): // stopped by the test
		}
		_ = store.Close()
	})
	return r
}

// names is a client's dictionary; these tests name no writers but their own.
type names struct{ list []change.ID }

func (n *names) Name(r change.Ref) change.ID { return n.list[r] }
func (n *names) Ref(name change.ID) (change.Ref, error) {
	n.list = append(n.list, name)
	return change.Ref(len(n.list) - 1), nil
}

// client is a bare device.
type client struct {
	t         testing.TB
	key       ed25519.PrivateKey
	ws        *websocket.Conn
	c         *wire.Conn
	challenge []byte
	header    http.Header
}

func (r *running) dial(key ed25519.PrivateKey, pin identity.Pin) (*client, error) {
	d := websocket.Dialer{TLSClientConfig: identity.ClientTLS(pin), HandshakeTimeout: 5 * time.Second}
	ws, resp, err := d.Dial("wss://"+r.addr+serve.Path, nil)
	if err != nil {
		return nil, err
	}
	c := &client{t: r.t, key: key, ws: ws, header: resp.Header}
	c.challenge, err = base64.StdEncoding.DecodeString(resp.Header.Get(serve.ChallengeHeader))
	must(r.t, err)
	n := &names{list: make([]change.ID, 1)}
	c.c = wire.NewConn(ws, n, n, wire.Options{})
	r.t.Cleanup(func() { _ = ws.Close() })
	return c, nil
}

func (c *client) write(m wire.Message) {
	c.t.Helper()
	must(c.t, c.c.Write(context.Background(), m))
}

func (c *client) read() wire.Message {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	m, err := c.c.Read(ctx)
	must(c.t, err)
	return m
}

func (c *client) greet(code *identity.Code, live bool) {
	c.t.Helper()
	pub := c.key.Public().(ed25519.PublicKey)
	if code != nil {
		c.write(&wire.Enroll{Token: code.Token, PublicKey: pub, Label: "PC", Writers: []wire.NewWriter{{Name: change.ID{9}}}})
	}
	c.write(&wire.Hello{
		Protocol: wire.Protocol, Schema: schema.Version, Device: identity.DeviceID(pub), Live: live,
		Writers: []wire.WriterState{{Name: change.ID{9}}}, Proof: identity.SignHello(c.key, c.challenge),
	})
	c.write(&wire.Ack{})
}

// until reads up to a message of type M.
func until[M wire.Message](c *client) M {
	c.t.Helper()
	for range 1000 {
		if m, ok := c.read().(M); ok {
			return m
		}
	}
	panic("it never came")
}

func newKey(t testing.TB) ed25519.PrivateKey {
	k, err := identity.NewKey(rand.NewChaCha8(sha256.Sum256([]byte(t.Name()))))
	must(t, err)
	return k
}

// enrolled is a connected client that has its snapshot.
func (r *running) enrolled(live bool) (*client, *identity.Code) {
	r.t.Helper()
	text, err := r.s.Invite("0", "admin", "Người", "https://"+r.addr)
	must(r.t, err)
	code, err := identity.ParseCode(text)
	must(r.t, err)
	c, err := r.dial(newKey(r.t), code.SPKI)
	must(r.t, err)
	c.greet(&code, live)
	until[*wire.SnapshotEnd](c)
	until[*wire.CaughtUp](c)
	return c, &code
}

func TestADeviceEnrolsOverARealSocketAndIsToldWhatComes(t *testing.T) {
	r := start(t)
	c, _ := r.enrolled(true)
	_, err := r.s.Invite("0", "officer", "Người mới", "")
	must(t, err)
	if e := until[*wire.Entries](c); len(e.Entries) == 0 {
		t.Error("no entries")
	}
	until[*wire.CaughtUp](c)
	c.write(&wire.Bye{})
}

func TestTheChallengeIsThatOfTheTLSConnection(t *testing.T) {
	r := start(t)
	c, code := r.enrolled(false)
	state := c.ws.NetConn().(*tls.Conn).ConnectionState()
	derived, err := identity.Challenge(state)
	must(t, err)
	if !bytes.Equal(derived, c.challenge) {
		t.Error("header and connection differ")
	}
	other, err := r.dial(c.key, code.SPKI)
	must(t, err)
	other.challenge = c.challenge // a greeting overheard elsewhere
	other.greet(nil, false)
	if p := until[*wire.Problem](other); p.Code != string(fault.AuthProof) {
		t.Errorf("got %+v", p)
	}
}

func TestAServerWithAnotherKeyIsNotTalkedTo(t *testing.T) {
	r := start(t)
	if _, err := r.dial(newKey(t), identity.Pin{1}); fault.CodeOf(err) != fault.ServerKeyWrong {
		t.Errorf("got %v", err)
	}
}

func TestARevokedDeviceIsToldWhyAndLeft(t *testing.T) {
	r := start(t)
	c, _ := r.enrolled(true)
	must(t, r.s.RevokeDevice(identity.DeviceID(c.key.Public().(ed25519.PublicKey)), false))
	if p := until[*wire.Problem](c); p.Code != string(fault.ScopeChanged) {
		t.Errorf("got %+v", p)
	}
	if _, err := c.c.Read(context.Background()); err == nil {
		t.Error("the connection stays")
	}
}

func TestGarbageEndsTheConnectionWithAReason(t *testing.T) {
	r := start(t)
	_, code := r.enrolled(false)
	for name, sent := range map[string]struct {
		bytes []byte
		code  fault.Code
	}{
		"random bytes":    {[]byte("GET / HTTP/1.1\r\n"), fault.WireNotOurs},
		"a newer wire":    {[]byte{'D', 'B', 99, 1}, fault.WireVersion},
		"an unknown kind": {append(preamble(t), 0x7E), fault.WireKind},
		"a huge length":   {append(preamble(t), 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F), fault.WireTooLarge},
		"a broken body":   {append(preamble(t), 1, 3, 0, 1, 2, 3), fault.WireInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := r.dial(newKey(t), code.SPKI)
			must(t, err)
			c.t = t
			must(t, c.ws.WriteMessage(websocket.BinaryMessage, sent.bytes))
			if p := until[*wire.Problem](c); p.Code != string(sent.code) {
				t.Errorf("got %+v, want %s", p, sent.code)
			}
		})
	}
}

// preamble is what a good stream begins with.
func preamble(t *testing.T) []byte {
	var b bytes.Buffer
	n := &names{}
	must(t, wire.NewEncoder(&b, n, wire.Options{}).Write(&wire.Bye{}))
	return b.Bytes()[:4:4]
}

func TestAServerThatStopsSaysGoodbye(t *testing.T) {
	r := start(t)
	c, _ := r.enrolled(true)
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	if _, err := c.c.Read(context.Background()); err != io.EOF {
		t.Errorf("got %v, want a clean end", err)
	}
	_ = c.ws.Close()
	select {
	case err := <-stopped:
		must(t, err)
	case <-time.After(5 * time.Second):
		t.Error("it does not stop")
	}
}
