package server_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/server"
	"dongbo/internal/server/sqlitestore"
	"dongbo/schema"
)

func TestMain(m *testing.M) {
	_ = flag.Set("rapid.checks", "10") // each makes a real file; -rapid.checks asks for more
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// world is a small country, on a real SQLite file unless said otherwise: two provinces, in the first a
// commune with two offices.
type world struct {
	t     testing.TB
	path  string
	store server.Store
	s     *server.Server
	now   time.Time
	units map[string]change.ID
	made  int
}

var country = []server.UnitRow{
	{"VN", "Tổng Liên đoàn", "national", ""},
	{"P1", "Bắc Ninh", "province", "VN"}, {"P2", "Huế", "province", "VN"},
	{"C1", "Phường Kinh Bắc", "commune", "P1"}, {"C2", "Phường Vũ Ninh", "commune", "P1"},
	{"A", "Công ty A", "grassroots", "C1"}, {"B", "Công ty B", "grassroots", "C1"}, {"D", "Công ty D", "grassroots", "C2"},
	{"H", "Công ty H", "grassroots", "P2"},
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "central.db")
	store, err := sqlitestore.Open(path)
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	w := newWorldOn(t, store, filepath.Join(dir, "spool"))
	w.path = path
	return w
}

func newWorldOn(t testing.TB, store server.Store, spool string) *world {
	t.Helper()
	w := &world{t: t, store: store, now: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), units: map[string]change.ID{}}
	must(t, server.Init(store, "VN", country, w.now, random("init")))
	var err error
	w.s, err = server.New(store, server.Options{Dir: spool, Now: func() time.Time { return w.now }, Rand: random("serve")})
	must(t, err)
	must(t, store.View(func(tx server.Tx) error {
		for _, u := range country {
			r, err := server.UnitByCode(tx, u.Code)
			if err != nil {
				return err
			}
			w.units[u.Code] = r.ID
		}
		return nil
	}))
	return w
}

func random(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// enroll makes a device with a mandate and lets it receive its scope.
func (w *world) enroll(name, unit, role string) *device {
	w.t.Helper()
	code, err := w.s.Invite(unit, role, name, "https://x")
	must(w.t, err)
	d := newDevice(w.t, name, code)
	must(w.t, d.sync(w.s))
	return d
}

func (w *world) sync(devices ...*device) {
	w.t.Helper()
	for _, d := range devices {
		if err := d.sync(w.s); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) log(unit string) change.ID {
	switch unit {
	case "VN":
		return w.units["VN"]
	case "P2", "H":
		return w.units["P2"]
	}
	return w.units["P1"]
}

func (w *world) newID() (id change.ID) {
	w.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "row %d", w.made))
	return change.ID(sum[:16])
}

// member enters a member and returns the row's id.
func (w *world) member(d *device, unit, name, nationalID string) change.ID {
	id := w.newID()
	d.author(w.log(unit), created("member", id, set{"unit_id": w.units[unit], "full_name": []any{name, "1990", nationalID}}))
	return id
}

// edit writes what the device sees of a row.
func (w *world) edit(d *device, unit string, id change.ID, s set) *change.Change {
	r := d.view("member", id)
	if r == nil {
		w.t.Fatalf("the device does not hold %s", id)
	}
	return d.author(w.log(unit), edited(r, s))
}

func (d *device) value(table string, id change.ID, column string) string {
	r := d.rows[key{schema.ByName(table).No, id}]
	if r == nil || !r.Exists() {
		return "-"
	}
	return r.Value(column).Text()
}

func (d *device) wantRefused(n uint64, code, detail string) {
	d.t.Helper()
	if r := d.refused[n]; r.Code != code || r.Detail != detail {
		d.t.Errorf("change %d: refused %q %q, want %q %q", n, r.Code, r.Detail, code, detail)
	}
}
