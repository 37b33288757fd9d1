package storetest

import (
	"errors"
	"fmt"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// everything writes one of each thing; again tells the values apart.
func everything(t *testing.T, tx server.Tx, again int) {
	ref, err := tx.Ref(id(100 + again))
	must(t, err)
	must(t, tx.Announce())
	must(t, tx.SetSetting("a", []byte{byte(again)}))
	must(t, tx.SaveRow(mandate(ref, 1, id(200+again), id(300)), nil))
	must(t, tx.SaveRow(member(ref, uint64(again), id(200+again)), nil))
	must(t, tx.SaveUnit(id(3), server.Unit{Reshaped: uint64(again)}))
	must(t, tx.AddID(id(4), id(again)))
	e := entry(id(5), ref, 1)
	e.Code = "x"
	must(t, tx.Append(e, []server.List{{ID: id(6)}}))
	must(t, tx.AddPast(server.Past{Kind: server.PastPlace, Of: id(7), Log: id(5), Num: uint64(again), Value: []byte("v")}))
	must(t, tx.SaveDevice(&server.Device{ID: id(again), Key: []byte("k")}))
	must(t, tx.SaveWriter(&server.Writer{Ref: ref, Name: id(100 + again), Device: id(1)}))
	must(t, tx.SaveCode(&server.Code{Hash: id(8), Device: id(again)}))
}

// told is all that the store says of what everything wrote.
func told(t *testing.T, s server.Store) (out string) {
	gen, err := s.Generation()
	must(t, err)
	say := func(v any, err error) {
		must(t, err)
		out += fmt.Sprintf("%+v\n", v)
	}
	say(gen, nil)
	view(t, s, func(tx server.Tx) {
		say(tx.Setting("a"))
		list := func(r *merge.Row) error {
			out += fmt.Sprintf("%s at %s\n", r.ID, r.Unit())
			return nil
		}
		for _, table := range []*schema.Table{memberTable, mandateTable} {
			must(t, tx.Rows(table, list))
			must(t, tx.RowsOf(table, id(201), list))
			must(t, tx.RowsOf(table, id(202), list))
		}
		must(t, tx.RowsBy(mandateTable, "person_id", id(300), list))
		say(tx.Unit(id(3)))
		say(tx.SameID(id(4), 99))
		say(tx.Head(id(5)))
		say(tx.ReadLists([]server.List{{ID: id(6)}}, id(5), 0, 9))
		say(tx.Pasts(server.PastPlace, id(7), id(5), 0))
		devices, err := tx.Devices()
		say(len(devices), err)
		writers, err := tx.WritersOf(id(1))
		say(len(writers), err)
		refused, err := tx.Refused(1, 1, 9)
		say(len(refused), err)
		code, err := tx.Code(id(8))
		say(*code, err)
		say(tx.Ref(id(102)))
	})
	return out
}

func restored(t *testing.T, m Maker) {
	s := open(t, m)
	update(t, s, func(tx server.Tx) { everything(t, tx, 1) })
	before := told(t, s)
	for range 2 {
		err := s.Update(func(tx server.Tx) error {
			everything(t, tx, 2)
			must(t, tx.SaveRow(mandate(1, 1, id(202), id(301)), nil))
			must(t, tx.DropID(id(4), id(1)))
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatalf("got %v", err)
		}
		if after := told(t, s); after != before {
			t.Errorf("there was\n%s\nand is\n%s", before, after)
		}
	}
	update(t, s, func(tx server.Tx) { everything(t, tx, 2) })
	if told(t, s) == before {
		t.Error("nothing is told of what was written")
	}
}

func readOnly(t *testing.T, m Maker) {
	s := open(t, m)
	for name, write := range map[string]func(server.Tx) error{
		"a setting":       func(tx server.Tx) error { return tx.SetSetting("a", nil) },
		"a row":           func(tx server.Tx) error { return tx.SaveRow(member(1, 1, id(3)), nil) },
		"an entry":        func(tx server.Tx) error { return tx.Append(entry(id(1), 1, 1), nil) },
		"an announcement": func(tx server.Tx) error { return tx.Announce() },
	} {
		if err := s.View(write); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	view(t, s, func(tx server.Tx) {
		if head, err := tx.Head(id(1)); head != 0 || err != nil {
			t.Errorf("an entry is there: %d, %v", head, err)
		}
	})
}

var mandateTable = schema.ByName("mandate")

func mandate(w change.Ref, n uint64, unit, person change.ID) *merge.Row {
	r := merge.NewRow(mandateTable, id(400+int(n)), change.Birth{Dot: change.Dot{W: w, N: n}, I: 1})
	r.Apply(r.Birth.Dot, &change.RowWrite{Creates: true, Writes: []change.Write{
		{Reg: 1, Vals: []change.Value{change.IDValue(unit)}}, {Reg: 2, Vals: []change.Value{change.IDValue(person)}},
	}})
	return r
}

// foundAt counts the mandates of two units and of two persons.
func foundAt(t *testing.T, s server.Store) (out [4]int) {
	view(t, s, func(tx server.Tx) {
		for i, n := range []int{1, 2} {
			must(t, tx.RowsOf(mandateTable, id(n), func(*merge.Row) error { out[i]++; return nil }))
			must(t, tx.RowsBy(mandateTable, "person_id", id(300+n), func(*merge.Row) error { out[2+i]++; return nil }))
		}
	})
	return out
}

func moved(t *testing.T, m Maker) {
	s := open(t, m)
	r := mandate(1, 1, id(1), id(301))
	update(t, s, func(tx server.Tx) {
		must(t, tx.SaveRow(r, nil))
		must(t, tx.SaveRow(mandate(1, 2, id(1), id(301)), nil))
	})
	alive := func(n int64, w change.Ref) change.Write {
		return change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(n)}, Seen: []change.Dot{{W: w, N: 1}}}
	}
	for i, step := range []struct {
		what  string
		write change.Write
		want  [4]int
	}{
		{"to another unit", change.Write{Reg: 1, Vals: []change.Value{change.IDValue(id(2))}, Seen: []change.Dot{r.Birth.Dot}}, [4]int{1, 1, 2, 0}},
		{"to another person", change.Write{Reg: 2, Vals: []change.Value{change.IDValue(id(302))}, Seen: []change.Dot{r.Birth.Dot}}, [4]int{1, 1, 1, 1}},
		{"deleted", alive(0, 1), [4]int{1, 1, 1, 0}},
		{"back again", alive(1, 4), [4]int{1, 1, 1, 1}},
	} {
		r = r.Clone()
		r.Apply(change.Dot{W: change.Ref(i + 2), N: 1}, &change.RowWrite{Writes: []change.Write{step.write}})
		update(t, s, func(tx server.Tx) { must(t, tx.SaveRow(r, []uint16{step.write.Reg})) })
		if got := foundAt(t, s); got != step.want {
			t.Errorf("%s: %v, want %v", step.what, got, step.want)
		}
	}
}

func handedOut(t *testing.T, m Maker) {
	s := open(t, m)
	want := member(1, 1, id(3))
	update(t, s, func(tx server.Tx) { must(t, tx.SaveRow(member(1, 1, id(3)), nil)) })
	var mine []*merge.Row
	view(t, s, func(tx server.Tx) {
		one, err := tx.Row(memberTable, want.ID)
		must(t, err)
		born, err := tx.RowByBirth(memberTable, want.Birth)
		must(t, err)
		mine = append(mine, one, born)
		keep := func(r *merge.Row) error { mine = append(mine, r); return nil }
		must(t, tx.Rows(memberTable, keep))
		must(t, tx.RowsOf(memberTable, id(3), keep))
	})
	for i, r := range mine {
		r.Apply(change.Dot{W: 2, N: uint64(i) + 1}, &change.RowWrite{Writes: []change.Write{{Reg: 9, Vals: []change.Value{change.Text("mine")}}}})
		view(t, s, func(tx server.Tx) {
			if got, err := tx.Row(memberTable, want.ID); err != nil || !same(got, want) {
				t.Errorf("what the caller did to row %d of %d is in the store: %v", i, len(mine), err)
			}
		})
	}
}
