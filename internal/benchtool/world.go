package benchtool

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/badlink"
	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/server/serve"
	"dongbo/internal/server/sqlitestore"
	"dongbo/internal/synth"
)

// province is the code of the unit whose office all replicas are.
const province = "BD"

// world is a server behind a line that counts.
type world struct {
	b      *bench
	dir    string
	server *server.Server
	link   *badlink.Link
	units  map[synth.ID]change.ID // of the workload → of the register
	clock  *clock
	stop   func() error
}

// newWorld starts a server whose tree is the national level above the
// workload's province and its unions.
func (b *bench) newWorld(name string, w *synth.Workload) (_ *world, err error) {
	dir := b.path(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := sqlitestore.Open(filepath.Join(dir, "register.db"))
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	x := &world{b: b, dir: dir, clock: newClock()}
	if err := server.Init(store, "bench", unitRows(w.Units), time.Now(), rand.Reader); err != nil {
		return nil, errors.Join(err, ln.Close(), store.Close())
	}
	if x.server, err = server.New(store, server.Options{Dir: dir, Log: b.o.Log}); err != nil {
		return nil, errors.Join(err, ln.Close(), store.Close())
	}
	if x.link, err = badlink.New(ln.Addr().String()); err != nil {
		return nil, errors.Join(err, ln.Close(), store.Close())
	}
	ctx, cancel := context.WithCancel(b.ctx)
	served := make(chan error, 1)
	go func() { served <- serve.Serve(ctx, x.server, ln) }()
	x.stop = func() error {
		cancel()
		return errors.Join(x.link.Close(), <-served, store.Close())
	}
	return x, nil
}

func unitRows(units []synth.Row) []server.UnitRow {
	codes := map[string]string{}
	rows := []server.UnitRow{{Code: "VN", Name: "Tổng Liên đoàn", Kind: "national"}}
	for _, u := range units {
		code := u.Set["code"].(string)
		codes[string(u.ID[:])] = code
		parent, _ := u.Set["parent_id"].([]byte)
		row := server.UnitRow{Code: code, Name: u.Set["name"].(string), Kind: u.Set["kind"].(string), ParentCode: "VN"}
		if above, ok := codes[string(parent)]; ok {
			row.ParentCode = above
		}
		rows = append(rows, row)
	}
	return rows
}

func (x *world) close() error { return x.stop() }

func (x *world) env() replica.Env { return replica.Env{Now: x.clock.now, Rand: rand.Reader} }

// options leave no pause: nobody else is on the file.
func (x *world) options() agent.Options {
	return agent.Options{Program: x.b.o.Program, Now: x.clock.now, Rand: rand.Reader, Log: x.b.o.Log, Pace: time.Nanosecond}
}

// enrol makes a replica of the province's office.
func (x *world) enrol(name string) (*replica.Replica, error) {
	code, err := x.server.Invite(province, "staff", name, "https://"+x.link.Addr())
	if err != nil {
		return nil, err
	}
	x.link.Reset()
	r, _, err := agent.Enroll(x.b.ctx, filepath.Join(x.dir, name+".db"), code, x.env(), x.options())
	return r, err
}

// mapUnits finds the workload's units in a replica, by their codes.
func (x *world) mapUnits(r *replica.Replica, units []synth.Row) error {
	byCode := map[string]change.ID{}
	rows, err := r.DB().QueryContext(x.b.ctx, "SELECT code, id FROM unit")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var code string
		var id []byte
		if err := rows.Scan(&code, &id); err != nil {
			return err
		}
		byCode[code] = change.ID(id)
	}
	x.units = map[synth.ID]change.ID{}
	for _, u := range units {
		x.units[u.ID] = byCode[u.Set["code"].(string)]
	}
	return rows.Err()
}

// sync holds one exchange and returns what passed on the line.
func (x *world) sync(r *replica.Replica) (t traffic, err error) {
	x.link.Reset()
	res, err := agent.Sync(x.b.ctx, r, x.options())
	if err == nil && !res.Same {
		err = errors.New("bench: the digests differ after an exchange")
	}
	// The line carries the goodbyes a moment longer than the exchange lasts.
	for last := int64(-1); ; time.Sleep(20 * time.Millisecond) {
		t.up, t.down = x.link.Counts()
		if t.up+t.down == last {
			break
		}
		last = t.up + t.down
	}
	t.inside = res.BytesUp + res.BytesDown
	return t, err
}

// traffic is what passed in one exchange.
type traffic struct{ up, down, inside int64 }

// clock is that of an office where a person edits every few seconds; it starts
// in the past, so that no change comes from the future.
type clock struct {
	mu   sync.Mutex
	ms   int64
	dice *mathrand.Rand
}

func newClock() *clock {
	return &clock{ms: time.Now().Add(-2 * 24 * time.Hour).UnixMilli(), dice: mathrand.New(mathrand.NewPCG(seed, 1))}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.UnixMilli(c.ms)
}

// step moves on to the person's next edit.
func (c *clock) step() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ms += 5000 + c.dice.Int64N(20000)
}
