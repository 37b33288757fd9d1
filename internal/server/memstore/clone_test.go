package memstore_test

import (
	"fmt"
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/internal/server/memstore"
	"dongbo/schema"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var log, list = change.ID{1}, server.List{ID: change.ID{2}}

// add appends an entry of a writer of that name, and puts a device in.
func add(t *testing.T, s *memstore.Store, name byte) {
	t.Helper()
	must(t, s.Update(func(tx server.Tx) error {
		ref, err := tx.Ref(change.ID{name})
		must(t, err)
		must(t, tx.AddID(change.ID{3}, change.ID{name}))
		must(t, tx.SaveDevice(&server.Device{ID: change.ID{name}}))
		return tx.Append(&server.Entry{Log: log, Dot: change.Dot{W: ref, N: 1}, Body: []byte{name}}, []server.List{list})
	}))
}

// holds tells whose entries, devices and ids a store holds.
func holds(t *testing.T, s *memstore.Store) string {
	t.Helper()
	var entries, devices, ids []byte
	must(t, s.View(func(tx server.Tx) error {
		nums, err := tx.ReadLists([]server.List{list}, log, 0, 100)
		must(t, err)
		for _, n := range nums {
			e, err := tx.Entry(log, n)
			must(t, err)
			entries = append(entries, e.Body...)
		}
		all, err := tx.Devices()
		must(t, err)
		for _, d := range all {
			devices = append(devices, d.ID[0])
		}
		twins, err := tx.SameID(change.ID{3}, 99)
		must(t, err)
		for _, id := range twins {
			ids = append(ids, id[0])
		}
		return nil
	}))
	return fmt.Sprintf("%s %s %s", entries, devices, ids)
}

func TestACloneGoesItsOwnWay(t *testing.T) {
	s := memstore.New(memstore.NewNames())
	for _, name := range []byte("dac") {
		add(t, s, name)
	}
	first := s.Clone()
	second := s.Clone()
	add(t, s, 's')
	add(t, first, 'f')
	add(t, second, 'b')
	third := first.Clone()
	add(t, third, 't')
	add(t, first, 'g')
	for _, c := range []struct {
		what  string
		store *memstore.Store
		want  string
	}{
		{"the first of all", s, "dacs acds acds"},
		{"its clone", first, "dacfg acdfg acdfg"},
		{"its other clone", second, "dacb abcd abcd"},
		{"the clone's clone", third, "dacft acdft acdft"},
	} {
		if got := holds(t, c.store); got != c.want {
			t.Errorf("%s holds %q, want %q", c.what, got, c.want)
		}
	}
}

func TestStoresThatShareADictionaryNumberAWriterAlike(t *testing.T) {
	names := memstore.NewNames()
	mine, err := names.Ref(change.ID{'a'})
	must(t, err)
	a, b := memstore.New(names), memstore.New(names)
	refs := map[change.Ref]bool{mine: true}
	for _, s := range []*memstore.Store{a, b, a.Clone()} {
		must(t, s.Update(func(tx server.Tx) error {
			own, err := tx.Ref(change.ID{'a'})
			must(t, err)
			other, err := tx.Ref(change.ID{'b'})
			must(t, err)
			again, err := tx.Ref(change.ID{'b'})
			must(t, err)
			if own != mine || again != other || tx.Name(other) != (change.ID{'b'}) {
				t.Errorf("refs %d, %d, %d", own, other, again)
			}
			refs[other] = true
			return nil
		}))
	}
	if len(refs) != 2 {
		t.Errorf("two writers have the numbers %v", refs)
	}
}

func TestWhatIsReadIsInOrderHoweverItCame(t *testing.T) {
	s := memstore.New(memstore.NewNames())
	for _, name := range []byte("zmbyxa") {
		add(t, s, name)
	}
	must(t, s.View(func(tx server.Tx) error {
		devices, err := tx.Devices()
		must(t, err)
		if !slices.IsSortedFunc(devices, func(a, b *server.Device) int { return slices.Compare(a.ID[:], b.ID[:]) }) {
			t.Error("devices are not in order")
		}
		return nil
	}))
	if got := holds(t, s); got != "zmbyxa abmxyz abmxyz" {
		t.Errorf("got %q", got)
	}
	units := schema.ByName("unit")
	must(t, s.Update(func(tx server.Tx) error {
		for i, name := range []byte("zmbyxa") {
			row := merge.NewRow(units, change.ID{name}, change.Birth{Dot: change.Dot{W: 1, N: uint64(i) + 1}})
			must(t, tx.SaveRow(row, nil))
		}
		return nil
	}))
	var rows []byte
	must(t, s.View(func(tx server.Tx) error {
		return tx.Rows(units, func(r *merge.Row) error { rows = append(rows, r.ID[0]); return nil })
	}))
	if string(rows) != "abmxyz" {
		t.Errorf("rows %q", rows)
	}
}
