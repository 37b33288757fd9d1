package wire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// dial joins two ends over a real WebSocket; serve runs at the far one.
func dial(t *testing.T, serve func(ctx context.Context, c *wire.Conn, raw *websocket.Conn)) *wire.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	done := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.Close()
		c := wire.NewConn(ws, newBook(goldenID(0), goldenID(11)), newBook(), wire.Options{})
		serve(ctx, c, ws)
		c.Release()
	}))
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := wire.NewConn(ws, newBook(goldenID(0), goldenID(11)), newBook(), wire.Options{})
	t.Cleanup(func() { _ = c.Close(); <-done; srv.Close(); c.Release() })
	return c
}

func TestMessagesGoBothWaysOverAWebSocket(t *testing.T) {
	ctx := context.Background()
	c := dial(t, func(ctx context.Context, c *wire.Conn, _ *websocket.Conn) {
		for {
			m, err := c.Read(ctx)
			if err != nil {
				return
			}
			if _, last := m.(*wire.Bye); last {
				_ = c.WriteLast(ctx, m)
			} else if err := c.Write(ctx, &wire.Ack{Cursor: change.Cursor{Epoch: goldenID(1)}}); err != nil {
				t.Error(err)
			}
		}
	})
	for _, m := range goldenMessages() {
		if err := c.Write(ctx, m); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	in, out := c.Counts()
	if in == 0 || out == 0 || in > out {
		t.Errorf("counted %d in, %d out", in, out)
	}
}

func TestWhatIsNoWireMessageEndsTheConnectionWithItsOwnError(t *testing.T) {
	cases := []struct {
		name string
		send func(*websocket.Conn) error
		want error
	}{
		{"a text message", func(ws *websocket.Conn) error { return ws.WriteMessage(websocket.TextMessage, []byte("hi")) }, wire.ErrNotWire},
		{"a random message", func(ws *websocket.Conn) error { return ws.WriteMessage(websocket.BinaryMessage, []byte("random")) }, wire.ErrNotWire},
		{"a message too large", func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.BinaryMessage, append([]byte{'D', 'B', 1, 1, 12, 0xFF, 0xFF, 0x3F}, make([]byte, 2<<20)...))
		}, wire.ErrTruncated},
		{"a good end", func(ws *websocket.Conn) error {
			return ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
		}, io.EOF},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := dial(t, func(ctx context.Context, _ *wire.Conn, raw *websocket.Conn) {
				_ = tc.send(raw)
				_, _, _ = raw.ReadMessage()
			})
			_, err := c.Read(context.Background())
			if tc.name == "a message too large" && (errors.Is(err, websocket.ErrReadLimit) || errors.Is(err, wire.ErrTooLarge)) {
				return
			}
			if !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestTheCallersContextEndsAWait(t *testing.T) {
	c := dial(t, func(ctx context.Context, c *wire.Conn, _ *websocket.Conn) { _, _ = c.Read(ctx) })
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := c.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := c.Write(ctx, &wire.Bye{}); !errors.Is(err, context.Canceled) {
		t.Errorf("writing after the end: %v", err)
	}
}

// An exchange in which there is nothing to tell is the commonest of all.
func TestAnExchangeOfNothingIsSmall(t *testing.T) {
	cursor := change.Cursor{Epoch: goldenID(4), Logs: map[change.ID]uint64{goldenID(3): 12345, goldenID(13): 77}}
	town := newTown(3)
	var hash [4]change.Hash
	for i := range hash {
		for j := range hash[i] {
			hash[i][j] = byte(town.Uint32())
		}
	}
	states := []wire.WriterState{{Name: goldenID(5), Last: 400, Hash: hash[0]}, {Name: goldenID(6), Last: 20000, Hash: hash[1]}}
	up := []wire.Message{
		&wire.Hello{Protocol: 1, Schema: 1, Device: goldenID(6), Program: "dongbo 1.0", Writers: states, Cursor: cursor, Scope: hash[2], Proof: make([]byte, 64)},
		&wire.Bye{},
	}
	down := []wire.Message{
		&wire.Welcome{Protocol: 1, Schema: 1, Epoch: goldenID(4), Time: 1764547200000, Device: goldenID(6), Person: goldenID(2), PersonName: "Lê Văn Hùng", Scope: hash[2],
			Roots:   []wire.Root{{Unit: goldenID(1), Log: goldenID(3), Code: "74.01", Name: "Công đoàn cơ sở Công ty TNHH May mặc Tân Phú", Role: "officer"}},
			Writers: states},
		&wire.CaughtUp{Cursor: cursor, Digest: [schema.Classes]merge.Digest{merge.Digest(hash[0]), merge.Digest(hash[1]), merge.Digest(hash[3])}},
	}
	a, b := len(send(t, newBook(), up)), len(send(t, newBook(), down))
	t.Logf("%d bytes up, %d down", a, b)
	if a+b > 800 {
		t.Errorf("%d bytes up, %d down", a, b)
	}
	if e, d := wire.DefaultInUse(); e+d != 0 {
		t.Errorf("contexts in use: %d, %d", e, d)
	}
}
