package server_test

import (
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/server"
	"dongbo/internal/server/sqlitestore"
)

func open(t *testing.T) *sqlitestore.Store {
	t.Helper()
	s, err := sqlitestore.Open(filepath.Join(t.TempDir(), "central.db"))
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestATreeThatIsNoneIsRefusedWithItsLine(t *testing.T) {
	for _, c := range []struct {
		name  string
		units []server.UnitRow
		code  fault.Code
		line  any
	}{
		{"a code twice", []server.UnitRow{{"1", "A", "national", ""}, {"2", "B", "province", "1"}, {"2", "C", "province", "1"}}, fault.UnitsTwice, 4},
		{"an unknown parent", []server.UnitRow{{"1", "A", "national", ""}, {"2", "B", "province", "9"}}, fault.UnitsParent, 3},
		{"a circle", []server.UnitRow{{"1", "A", "national", ""}, {"2", "B", "province", "3"}, {"3", "C", "commune", "2"}}, fault.UnitsCycle, 3},
		{"an unknown kind", []server.UnitRow{{"1", "A", "hội", ""}}, fault.UnitsKind, 2},
		{"no name", []server.UnitRow{{"1", "", "national", ""}}, fault.UnitsEmpty, 2},
		{"two without parent, and 0 taken", []server.UnitRow{{"0", "A", "province", ""}, {"2", "B", "province", ""}}, fault.UnitsNoRoot, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := server.Init(open(t), "VN", c.units, time.Now(), random("x"))
			wantCode(t, err, c.code)
			var e *fault.Error
			if e, _ = err.(*fault.Error); e == nil || e.Args["line"] != c.line {
				t.Errorf("got %v, want line %v", err, c.line)
			}
		})
	}
}

func TestWhereNoSingleUnitIsTheRootOneIsMade(t *testing.T) {
	for _, units := range [][]server.UnitRow{
		nil,
		{{"P1", "Bắc Ninh", "province", ""}, {"P2", "Huế", "province", ""}, {"C", "Phường", "commune", "P1"}},
	} {
		store := open(t)
		must(t, server.Init(store, "Tổng Liên đoàn", units, time.Now(), random("x")))
		s, err := server.New(store, server.Options{Dir: t.TempDir()})
		must(t, err)
		code, err := s.Invite("0", "admin", "", "https://x")
		must(t, err)
		d := newDevice(t, "root", code)
		must(t, d.sync(s))
		if d.roots[0].Name != "Tổng Liên đoàn" {
			t.Errorf("root %+v", d.roots)
		}
	}
}

func TestARegisterIsMadeOnce(t *testing.T) {
	store := open(t)
	_, err := server.New(store, server.Options{})
	wantCode(t, err, fault.ServerNotInit)
	must(t, server.Init(store, "VN", nil, time.Now(), random("x")))
	wantCode(t, server.Init(store, "VN", nil, time.Now(), random("x")), fault.ServerInit)
}

func TestAnInvitationNamesAUnitAndARole(t *testing.T) {
	w := newWorld(t)
	_, err := w.s.Invite("nowhere", "officer", "", "")
	wantCode(t, err, fault.InviteUnit)
	_, err = w.s.Invite("A", "king", "", "")
	wantCode(t, err, fault.InviteRole)
}
