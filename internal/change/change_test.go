package change_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
)

type names struct{}

func (names) Name(r change.Ref) change.ID { return change.ID{byte(r), byte(r >> 8)} }

func anyDot(t *rapid.T) change.Dot {
	return change.Dot{W: change.Ref(rapid.IntRange(1, change.MaxWriter).Draw(t, "w")), N: uint64(rapid.IntRange(1, change.MaxNumber).Draw(t, "n"))}
}

func anyChange(t *rapid.T) *change.Change {
	c := &change.Change{Dot: anyDot(t), Person: change.ID{1}, At: rapid.Int64().Draw(t, "at"), Log: change.ID{2},
		Read: rapid.Uint64().Draw(t, "read"), Group: 3, Schema: 1, Rows: []change.RowWrite{}}
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		rw := change.RowWrite{Table: 5, ID: change.ID{9}, Birth: change.Birth{Dot: anyDot(t), I: 7}, Creates: rapid.Bool().Draw(t, "creates"), Writes: []change.Write{}}
		for range rapid.IntRange(0, 3).Draw(t, "writes") {
			rw.Writes = append(rw.Writes, change.Write{Reg: uint16(rapid.IntRange(0, 60).Draw(t, "reg")),
				Vals: []change.Value{change.Text(rapid.String().Draw(t, "text")), change.Int(rapid.Int64().Draw(t, "int")), change.Real(rapid.Float64().Draw(t, "real")), change.Null, change.Blob([]byte{0, 255})},
				Seen: []change.Dot{anyDot(t)}})
		}
		c.Rows = append(c.Rows, rw)
	}
	return c
}

func TestAChangeSurvivesItsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyChange(t)
		back, err := change.Decode(c.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(c, back) {
			t.Fatalf("%+v became %+v", c, back)
		}
	})
}

func TestABirthSurvivesItsPacking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := change.Birth{Dot: anyDot(t), I: uint16(rapid.IntRange(0, change.MaxRows-1).Draw(t, "i"))}
		if v := b.Pack(); v <= 0 || change.Unpack(v) != b {
			t.Fatalf("%+v became %d, %+v", b, v, change.Unpack(v))
		}
	})
}

func TestEveryPartOfAChangeIsInItsHash(t *testing.T) {
	make := func() *change.Change {
		return &change.Change{Dot: change.Dot{W: 1, N: 2}, Person: change.ID{1}, At: 3, Log: change.ID{2}, Read: 4, Group: 5, Schema: 1,
			Rows: []change.RowWrite{{Table: 5, ID: change.ID{9}, Birth: change.Birth{Dot: change.Dot{W: 1, N: 1}},
				Writes: []change.Write{{Reg: 9, Vals: []change.Value{change.Text("a")}, Seen: []change.Dot{{W: 1, N: 1}}}}}}}
	}
	hash := func(c *change.Change, key string) change.Hash {
		return change.NewChain(change.ID{7}, []byte(key), names{}).Next(change.Hash{}, c)
	}
	plain := hash(make(), "k")
	if hash(make(), "k") != plain {
		t.Fatal("the hash is not stable")
	}
	for name, alter := range map[string]func(*change.Change){
		"number": func(c *change.Change) { c.N++ }, "person": func(c *change.Change) { c.Person[0]++ }, "time": func(c *change.Change) { c.At++ },
		"log": func(c *change.Change) { c.Log[0]++ }, "read": func(c *change.Change) { c.Read++ }, "group": func(c *change.Change) { c.Group++ },
		"schema": func(c *change.Change) { c.Schema++ }, "table": func(c *change.Change) { c.Rows[0].Table++ }, "row": func(c *change.Change) { c.Rows[0].ID[0]++ },
		"birth": func(c *change.Change) { c.Rows[0].Birth.N++ }, "register": func(c *change.Change) { c.Rows[0].Writes[0].Reg++ },
		"seen":  func(c *change.Change) { c.Rows[0].Writes[0].Seen[0].N++ },
		"value": func(c *change.Change) { c.Rows[0].Writes[0].Vals[0] = change.Text("b") },
	} {
		c := make()
		alter(c)
		if hash(c, "k") == plain {
			t.Errorf("another %s gives the same hash", name)
		}
	}
	if hash(make(), "other key") == plain {
		t.Error("the values' digest is not keyed")
	}
}
