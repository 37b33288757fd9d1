// Package storetest is the conformance suite of server.Store: what the prose of
// the interface promises, as tests that any store runs.
package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// Maker makes empty stores for the suite.
type Maker struct {
	// Open opens the store of a test; a second call for the same test opens
	// the same store again, as another process would. Where no other process
	// can, it returns the same store.
	Open func(t *testing.T) server.Store
	// Fill makes the store refuse to grow, as a full disk would; nil where
	// that cannot be done. It returns how to make room again.
	Fill func(t *testing.T, s server.Store) (room func())
}

// Run runs the suite.
func Run(t *testing.T, m Maker) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Maker)
	}{
		{"commit order is log order under concurrent updates", ordering},
		{"a reader never passes a number whose transaction is open", noOpenNumbers},
		{"an update that fails leaves nothing", rollback},
		{"an update that fails leaves all that was there as it was", restored},
		{"a view cannot write", readOnly},
		{"rows come back with all their heads", rows},
		{"rows are found by unit, by birth and by reference", rowQueries},
		{"a row that moved or was deleted is found where it stands now", moved},
		{"a row that was handed out is the caller's", handedOut},
		{"lists are read merged, rising, each number once", lists},
		{"a change is found by its dot", links},
		{"a change that waited gets another place", waited},
		{"what is summed up of a unit comes back", units},
		{"what was so before an entry is found from a place in the log", pasts},
		{"the directory of hashes lists by rising id, no more than asked, and forgets", directory},
		{"below its floor a log keeps who, when and what was refused", pruned},
		{"an entry that is rewritten keeps its place and its name", rewritten},
		{"devices, writers and codes come back", people},
		{"another process's writes are seen, and announced", beside},
		{"a full disk is an error and leaves nothing half done", full},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, m) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func id(n int) (out change.ID) {
	copy(out[:], fmt.Sprintf("id %013d", n))
	return out
}

func open(t *testing.T, m Maker) server.Store {
	t.Helper()
	s := m.Open(t)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func update(t *testing.T, s server.Store, f func(tx server.Tx)) {
	t.Helper()
	must(t, s.Update(func(tx server.Tx) error { f(tx); return nil }))
}

func view(t *testing.T, s server.Store, f func(tx server.Tx)) {
	t.Helper()
	must(t, s.View(func(tx server.Tx) error { f(tx); return nil }))
}

// entry is a place for the n-th change of a writer.
func entry(log change.ID, w change.Ref, n uint64) *server.Entry {
	return &server.Entry{
		Log: log, At: 5, Dot: change.Dot{W: w, N: n}, Hash: change.Hash{byte(n)}, Person: id(7), AuthorAt: -3, Body: []byte{byte(n)},
	}
}

func ordering(t *testing.T, m Maker) {
	s := open(t, m)
	const writers, each = 4, 25
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for n := range each {
				err := s.Update(func(tx server.Tx) error {
					ref, err := tx.Ref(id(100 + w))
					if err != nil {
						return err
					}
					before, err := tx.Head(id(1))
					if err != nil {
						return err
					}
					e := entry(id(1), ref, uint64(n)+1)
					if err := tx.Append(e, []server.List{{ID: id(2)}}); err != nil {
						return err
					}
					if e.Num != before+1 {
						return fmt.Errorf("number %d after %d", e.Num, before)
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	view(t, s, func(tx server.Tx) {
		last := map[change.Ref]uint64{}
		for num := uint64(1); num <= writers*each; num++ {
			e, err := tx.Entry(id(1), num)
			must(t, err)
			if e.Dot.N != last[e.Dot.W]+1 {
				t.Errorf("at %d: change %d of writer %d after %d", num, e.Dot.N, e.Dot.W, last[e.Dot.W])
			}
			last[e.Dot.W] = e.Dot.N
		}
	})
}

func noOpenNumbers(t *testing.T, m Maker) {
	s := open(t, m)
	update(t, s, func(tx server.Tx) {
		ref, err := tx.Ref(id(1))
		must(t, err)
		must(t, tx.Append(entry(id(1), ref, 1), []server.List{{ID: id(2)}}))
		view(t, s, func(other server.Tx) {
			head, err := other.Head(id(1))
			must(t, err)
			if head != 0 {
				t.Errorf("a reader sees %d before it is committed", head)
			}
		})
	})
}

var errUndo = errors.New("undo")

func rollback(t *testing.T, m Maker) {
	s := open(t, m)
	var ref change.Ref
	err := s.Update(func(tx server.Tx) (err error) {
		if ref, err = tx.Ref(id(1)); err != nil {
			return err
		}
		must(t, tx.SetSetting("a", []byte("b")))
		must(t, tx.Append(entry(id(1), ref, 1), []server.List{{ID: id(2)}}))
		must(t, tx.SaveRow(member(ref, 1, id(3)), nil))
		must(t, tx.SaveUnit(id(3), server.Unit{Reshaped: 1}))
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Errorf("the error is lost: %v", err)
	}
	view(t, s, func(tx server.Tx) {
		again, err := tx.Ref(id(1))
		must(t, err)
		b, err := tx.Setting("a")
		must(t, err)
		head, err := tx.Head(id(1))
		must(t, err)
		r, err := tx.Row(memberTable, id(1001))
		must(t, err)
		u, err := tx.Unit(id(3))
		must(t, err)
		if again != 0 || b != nil || head != 0 || r != nil || u.Reshaped != 0 || !s.Name(ref).IsZero() {
			t.Error("something is left")
		}
	})
	update(t, s, func(tx server.Tx) {
		other, err := tx.Ref(id(2))
		must(t, err)
		if tx.Name(other) != id(2) {
			t.Error("the number names somebody else")
		}
	})
	if s.Name(1) != id(2) {
		t.Error("the dictionary remembers what was undone")
	}
}

var memberTable = schema.ByName("member")

// member makes a row of a unit, as the n-th change of a writer makes it.
func member(w change.Ref, n uint64, unit change.ID) *merge.Row {
	r := merge.NewRow(memberTable, id(1000+int(n)), change.Birth{Dot: change.Dot{W: w, N: n}})
	r.Apply(r.Birth.Dot, &change.RowWrite{Creates: true, Writes: []change.Write{
		{Reg: 1, Vals: []change.Value{change.IDValue(unit)}},
		{Reg: 2, Vals: []change.Value{change.Text("Nguyễn Văn An"), change.Text("1990"), change.Null, change.Null}},
		{Reg: 22, Vals: []change.Value{change.Real(2.34)}},
	}})
	return r
}

func same(a, b *merge.Row) bool {
	return a != nil && b != nil && slices.Equal(a.Append(nil), b.Append(nil))
}

func rows(t *testing.T, m Maker) {
	s := open(t, m)
	steps := []struct {
		what  string
		write change.Write
	}{
		{"an edit", change.Write{Reg: 9, Vals: []change.Value{change.Text("1")}, Seen: []change.Dot{{W: 1, N: 1}}}},
		{"a rival", change.Write{Reg: 9, Vals: []change.Value{change.Text("2")}, Seen: []change.Dot{{W: 1, N: 1}}}},
		{"an unknown register", change.Write{Reg: 900, Vals: []change.Value{change.Int(1), change.Blob([]byte("x"))}}},
		{"a move", change.Write{Reg: 1, Vals: []change.Value{change.IDValue(id(4))}, Seen: []change.Dot{{W: 1, N: 1}}}},
		{"a delete", change.Write{Reg: 0, Vals: []change.Value{change.Int(0)}, Seen: []change.Dot{{W: 1, N: 1}, {W: 2, N: 2}}}},
		{"an edit of what is deleted", change.Write{Reg: 9, Vals: []change.Value{change.Text("3")}}},
		{"a return", change.Write{Reg: 0, Vals: []change.Value{change.Int(1)}, Seen: []change.Dot{{W: 2, N: 6}}}},
	}
	r := member(1, 1, id(3))
	update(t, s, func(tx server.Tx) { must(t, tx.SaveRow(r, nil)) })
	for i, step := range steps {
		dot := change.Dot{W: 2, N: uint64(i) + 2}
		update(t, s, func(tx server.Tx) {
			got, err := tx.Row(memberTable, r.ID)
			must(t, err)
			if !same(got, r) {
				t.Fatalf("before %s: the row differs", step.what)
			}
			got.Apply(dot, &change.RowWrite{Writes: []change.Write{step.write}})
			must(t, tx.SaveRow(got, []uint16{step.write.Reg}))
			r = got
		})
		view(t, s, func(tx server.Tx) {
			got, err := tx.RowByBirth(memberTable, r.Birth)
			must(t, err)
			if !same(got, r) {
				t.Fatalf("after %s: the row differs", step.what)
			}
		})
	}
}

func rowQueries(t *testing.T, m Maker) {
	s := open(t, m)
	mandate := schema.ByName("mandate")
	update(t, s, func(tx server.Tx) {
		for n := range uint64(6) {
			r := member(1, n+1, id(int(n%2)))
			if n == 4 {
				r.Apply(change.Dot{W: 1, N: 9}, &change.RowWrite{Writes: []change.Write{{Reg: 0, Vals: []change.Value{change.Int(0)}, Seen: []change.Dot{r.Birth.Dot}}}})
			}
			must(t, tx.SaveRow(r, nil))
		}
		for _, n := range []int{3, 1, 2} {
			r := merge.NewRow(mandate, id(n), change.Birth{Dot: change.Dot{W: 1, N: 20 + uint64(n)}})
			r.Apply(r.Birth.Dot, &change.RowWrite{Creates: true, Writes: []change.Write{
				{Reg: 1, Vals: []change.Value{change.IDValue(id(0))}}, {Reg: 2, Vals: []change.Value{change.IDValue(id(50))}},
			}})
			must(t, tx.SaveRow(r, nil))
		}
	})
	count := func(run func(f func(*merge.Row) error) error) (n int) {
		must(t, run(func(*merge.Row) error { n++; return nil }))
		return n
	}
	view(t, s, func(tx server.Tx) {
		all := count(func(f func(*merge.Row) error) error { return tx.Rows(memberTable, f) })
		zero := count(func(f func(*merge.Row) error) error { return tx.RowsOf(memberTable, id(0), f) })
		none := count(func(f func(*merge.Row) error) error { return tx.RowsOf(memberTable, id(9), f) })
		var by []change.ID
		must(t, tx.RowsBy(mandate, "person_id", id(50), func(r *merge.Row) error { by = append(by, r.ID); return nil }))
		if all != 6 || zero != 3 || none != 0 || !slices.Equal(by, []change.ID{id(1), id(2), id(3)}) {
			t.Errorf("all %d, of the unit %d, of none %d, by reference %v", all, zero, none, by)
		}
		if err := tx.Rows(memberTable, func(*merge.Row) error { return errUndo }); !errors.Is(err, errUndo) {
			t.Errorf("the caller's error is lost: %v", err)
		}
	})
}

func lists(t *testing.T, m Maker) {
	s := open(t, m)
	a, pub, b := server.List{ID: id(1)}, server.List{ID: id(1), Published: true}, server.List{ID: id(2)}
	update(t, s, func(tx server.Tx) {
		ref, err := tx.Ref(id(1))
		must(t, err)
		for n, on := range [][]server.List{{a}, {b, a}, {pub}, {}, {b}, {a, b, pub}} {
			must(t, tx.Append(entry(id(9), ref, uint64(n)+1), on))
		}
		must(t, tx.Append(entry(id(8), ref, 7), []server.List{a}))
	})
	view(t, s, func(tx server.Tx) {
		for _, c := range []struct {
			lists []server.List
			after uint64
			limit int
			want  []uint64
		}{
			{[]server.List{a, b}, 0, 10, []uint64{1, 2, 5, 6}},
			{[]server.List{a, b, pub}, 1, 3, []uint64{2, 3, 5}},
			{[]server.List{pub}, 3, 10, []uint64{6}},
			{[]server.List{{ID: id(77)}}, 0, 10, nil},
			{nil, 0, 10, nil},
		} {
			got, err := tx.ReadLists(c.lists, id(9), c.after, c.limit)
			must(t, err)
			if !slices.Equal(got, c.want) {
				t.Errorf("lists %v after %d: %v, want %v", c.lists, c.after, got, c.want)
			}
		}
	})
}

// A change that waited stands as refused, and gets another place once.
func waited(t *testing.T, m Maker) {
	s := open(t, m)
	var ref change.Ref
	again := func(code string) *server.Entry {
		e := entry(id(8), ref, 1)
		e.Code, e.Moved = code, true
		return e
	}
	update(t, s, func(tx server.Tx) {
		var err error
		ref, err = tx.Ref(id(1))
		must(t, err)
		e := entry(id(9), ref, 1)
		e.Code = "restore.waits"
		must(t, tx.Append(e, nil))
	})
	for _, code := range []string{"row.unknown", ""} {
		update(t, s, func(tx server.Tx) { must(t, tx.Append(again(code), nil)) })
		view(t, s, func(tx server.Tx) {
			l, known, err := tx.Link(change.Dot{W: ref, N: 1})
			must(t, err)
			refused, err := tx.Refused(ref, 1, 10)
			must(t, err)
			if !known || l.Refused != (code != "") || l.Log != id(8) || len(refused) != 0 != l.Refused || l.Refused && refused[0].Code != code {
				t.Errorf("%q: link %+v, refused %v", code, l, refused)
			}
		})
	}
	view(t, s, func(tx server.Tx) {
		if e, err := tx.Entry(id(9), 1); err != nil || e.Code != "restore.waits" {
			t.Errorf("where it waited: %+v, %v", e, err)
		}
	})
	err := s.Update(func(tx server.Tx) error { return tx.Append(again(""), nil) })
	if err == nil {
		t.Error("one that took effect got another place")
	}
}

func links(t *testing.T, m Maker) {
	s := open(t, m)
	var ref change.Ref
	update(t, s, func(tx server.Tx) {
		var err error
		ref, err = tx.Ref(id(1))
		must(t, err)
		must(t, tx.Append(entry(id(9), ref, 1), nil))
		e := entry(id(9), ref, 2)
		e.Code, e.Detail, e.Effective, e.Places = "mandate.unit", "member", []byte("e"), []byte("p")
		must(t, tx.Append(e, nil))
		if err := tx.Append(entry(id(9), ref, 2), nil); err == nil {
			t.Error("one dot twice")
		}
	})
	view(t, s, func(tx server.Tx) {
		l, known, err := tx.Link(change.Dot{W: ref, N: 2})
		must(t, err)
		if !known || !l.Refused || l.Hash != (change.Hash{2}) || l.Log != id(9) || l.Num != 2 {
			t.Errorf("link %+v", l)
		}
		e, err := tx.Entry(l.Log, l.Num)
		must(t, err)
		if e.Code != "mandate.unit" || e.Detail != "member" || string(e.Effective) != "e" || string(e.Places) != "p" ||
			e.Person != id(7) || e.AuthorAt != -3 || e.At != 5 || e.Hash != (change.Hash{2}) {
			t.Errorf("entry %+v", e)
		}
		if e, err = tx.Entry(id(9), 1); err != nil || e.Code != "" || e.Effective != nil || e.Places != nil {
			t.Errorf("entry %+v, %v", e, err)
		}
		list, err := tx.Refused(ref, 1, 10)
		must(t, err)
		if len(list) != 1 || list[0].Dot.N != 2 {
			t.Errorf("refused %v", list)
		}
		made, known, err := tx.Made(change.Dot{W: ref, N: 1})
		must(t, err)
		if !known || made != (server.Made{Person: id(7), AuthorAt: -3, At: 5}) {
			t.Errorf("made %+v", made)
		}
		if _, known, err = tx.Link(change.Dot{W: ref, N: 3}); known || err != nil {
			t.Errorf("a dot that is not: %v, %v", known, err)
		}
	})
}

func units(t *testing.T, m Maker) {
	s := open(t, m)
	want := server.Unit{Own: merge.Sums{{1}, {2}, {3}}, Published: merge.Sums{{4}, {5}, {6}}, Reshaped: 7}
	update(t, s, func(tx server.Tx) {
		must(t, tx.SaveUnit(id(1), server.Unit{}))
		must(t, tx.SaveUnit(id(1), want))
	})
	view(t, s, func(tx server.Tx) {
		got, err := tx.Unit(id(1))
		must(t, err)
		none, err := tx.Unit(id(2))
		must(t, err)
		if got != want || none != (server.Unit{}) {
			t.Errorf("got %+v, %+v", got, none)
		}
	})
}

func directory(t *testing.T, m Maker) {
	s := open(t, m)
	update(t, s, func(tx server.Tx) {
		must(t, tx.AddID(id(1), id(14)))
		must(t, tx.AddID(id(1), id(13)))
		must(t, tx.AddID(id(1), id(10)))
		must(t, tx.AddID(id(1), id(11)))
		must(t, tx.AddID(id(1), id(11)))
		must(t, tx.AddID(id(2), id(12)))
		must(t, tx.DropID(id(1), id(10)))
	})
	view(t, s, func(tx server.Tx) {
		for _, c := range []struct {
			hash, limit int
			want        []change.ID
		}{{1, 9, []change.ID{id(11), id(13), id(14)}}, {1, 2, []change.ID{id(11), id(13)}}, {2, 9, []change.ID{id(12)}}, {3, 9, nil}} {
			got, err := tx.SameID(id(c.hash), c.limit)
			must(t, err)
			if !slices.Equal(got, c.want) {
				t.Errorf("hash %d, %d at most: got %v, want %v", c.hash, c.limit, got, c.want)
			}
		}
	})
}

func pasts(t *testing.T, m Maker) {
	s := open(t, m)
	update(t, s, func(tx server.Tx) {
		for _, p := range []server.Past{
			{Kind: server.PastPlace, Of: id(1), Log: id(2), Num: 9, Value: []byte("later")},
			{Kind: server.PastPlace, Of: id(1), Log: id(2), Num: 5, Value: []byte("first")},
			{Kind: server.PastPlace, Of: id(1), Log: id(2), Num: 5, Value: []byte("first too")},
			{Kind: server.PastPlace, Of: id(1), Log: id(3), Num: 7, Value: []byte("other log")},
			{Kind: server.PastAbove, Of: id(1), Log: id(2), Num: 7, Value: []byte("other kind")},
			{Kind: server.PastPlace, Of: id(4), Log: id(2), Num: 7, Value: []byte("of another")},
		} {
			must(t, tx.AddPast(p))
		}
	})
	view(t, s, func(tx server.Tx) {
		for after, want := range map[uint64]int{0: 3, 4: 3, 5: 1, 9: 0} {
			got, err := tx.Pasts(server.PastPlace, id(1), id(2), after)
			must(t, err)
			if len(got) != want || want > 0 && string(got[len(got)-1].Value) != "later" {
				t.Errorf("after %d: %v", after, got)
			}
		}
		if got, err := tx.Pasts(server.PastPlace, id(99), id(2), 0); err != nil || got != nil {
			t.Errorf("of nobody: %v, %v", got, err)
		}
	})
}

func people(t *testing.T, m Maker) {
	s := open(t, m)
	d := server.Device{
		ID: id(1), Key: []byte("key"), Person: id(2), Unit: id(3), Label: "PC", Program: "p", Revoked: true, Stolen: true, LastContact: 9,
		Logs: []change.ID{id(5), id(6)},
		Seen: change.Cursor{Epoch: id(4), Logs: map[change.ID]uint64{id(5): 6, id(6): 1 << 40}},
	}
	w := server.Writer{Name: id(20), Device: id(1), Kind: 1, Key: [32]byte{1}, Last: 3, Hash: change.Hash{4}, Refused: 5}
	c := server.Code{Hash: id(30), Person: id(2), Unit: id(3), Expires: 99, Device: id(1)}
	update(t, s, func(tx server.Tx) {
		var err error
		w.Ref, err = tx.Ref(w.Name)
		must(t, err)
		first, unshown := d, c
		first.Stolen, unshown.Device = false, change.ID{}
		for _, d := range []server.Device{first, d} {
			must(t, tx.SaveDevice(&d))
		}
		for _, c := range []server.Code{unshown, c} {
			must(t, tx.SaveCode(&c))
		}
		must(t, tx.SaveWriter(&w))
	})
	view(t, s, func(tx server.Tx) {
		gotD, err := tx.Device(id(1))
		must(t, err)
		if fmt.Sprint(*gotD) != fmt.Sprint(d) {
			t.Errorf("device %+v", gotD)
		}
		list, err := tx.WritersOf(id(1))
		must(t, err)
		if len(list) != 1 || *list[0] != w {
			t.Errorf("writers %+v", list)
		}
		gotC, err := tx.Code(id(30))
		must(t, err)
		if *gotC != c {
			t.Errorf("code %+v", gotC)
		}
		none, err := tx.Device(id(9))
		must(t, err)
		stranger, err := tx.Ref(id(99))
		must(t, err)
		if none != nil || stranger != 0 {
			t.Error("something that is not")
		}
	})
}

func beside(t *testing.T, m Maker) {
	a, b := open(t, m), open(t, m)
	before, err := a.Generation()
	must(t, err)
	var ref change.Ref
	update(t, b, func(tx server.Tx) {
		ref, err = tx.Ref(id(1))
		must(t, err)
		must(t, tx.SetSetting("x", []byte("y")))
		must(t, tx.Announce())
	})
	after, err := a.Generation()
	must(t, err)
	if after != before+1 || a.Name(ref) != id(1) {
		t.Errorf("generation %d after %d, name %s", after, before, a.Name(ref))
	}
	update(t, a, func(tx server.Tx) {
		other, err := tx.Ref(id(2))
		must(t, err)
		known, err := tx.Ref(id(1))
		must(t, err)
		if other == ref || known != ref {
			t.Errorf("refs %d, %d, %d", ref, known, other)
		}
	})
}

func full(t *testing.T, m Maker) {
	if m.Fill == nil {
		t.Skip("the disk of this store cannot be filled")
	}
	s := open(t, m)
	var ref change.Ref
	update(t, s, func(tx server.Tx) {
		var err error
		ref, err = tx.Ref(id(1))
		must(t, err)
	})
	room := m.Fill(t, s)
	add := func(tx server.Tx) error {
		for n := range uint64(100) {
			e := entry(id(9), ref, n+1)
			e.Body = make([]byte, 4096)
			if err := tx.Append(e, []server.List{{ID: id(2)}}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.Update(add); fault.CodeOf(err) != fault.ServerFull {
		t.Fatalf("got %v", err)
	}
	view(t, s, func(tx server.Tx) {
		head, err := tx.Head(id(9))
		must(t, err)
		_, known, err := tx.Link(change.Dot{W: ref, N: 1})
		must(t, err)
		if head != 0 || known {
			t.Error("half of it is there")
		}
	})
	room()
	must(t, s.Update(add))
}
