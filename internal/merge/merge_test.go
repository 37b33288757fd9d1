package merge_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

var memberTable = schema.ByName("member")

const phone, email = 9, 10

type names struct{}

func (names) Name(r change.Ref) change.ID { return change.ID{byte(r), byte(r >> 8)} }

func dot(w change.Ref, n uint64) change.Dot { return change.Dot{W: w, N: n} }

func row() *merge.Row {
	return merge.NewRow(memberTable, change.ID{1}, change.Birth{Dot: dot(1, 1)})
}

func text(s string) []change.Value { return []change.Value{change.Text(s)} }

func write(r *merge.Row, d change.Dot, reg uint16, v string, seen ...change.Dot) {
	r.Apply(d, &change.RowWrite{Writes: []change.Write{{Reg: reg, Vals: text(v), Seen: seen}}})
}

func values(r *merge.Row, reg uint16) (out []string) {
	for _, h := range r.Heads(reg) {
		out = append(out, h.Vals[0].Text())
	}
	return out
}

func TestWhatBecomesOfTwoWrites(t *testing.T) {
	base, a, b, c := dot(1, 1), dot(2, 1), dot(3, 1), dot(2, 2)
	for _, tc := range []struct {
		name     string
		do       func(*merge.Row)
		heads    []string
		conflict bool
	}{
		{"a write over what its author saw replaces it",
			func(r *merge.Row) { write(r, a, phone, "a", base); write(r, b, phone, "b", a) }, []string{"b"}, false},
		{"two writes that had not seen each other are a conflict",
			func(r *merge.Row) { write(r, a, phone, "a", base); write(r, b, phone, "b", base) }, []string{"a", "b"}, true},
		{"a correction takes the place of what it corrects, so the screen does not jump",
			func(r *merge.Row) {
				write(r, a, phone, "a", base)
				write(r, b, phone, "b", base)
				write(r, c, phone, "a2", a)
			}, []string{"a2", "b"}, true},
		{"settling supersedes every head that it saw",
			func(r *merge.Row) {
				write(r, a, phone, "a", base)
				write(r, b, phone, "b", base)
				write(r, c, phone, "b", a, b)
			}, []string{"b"}, false},
		{"equal values are no conflict, and both dots stay",
			func(r *merge.Row) { write(r, a, phone, "x", base); write(r, b, phone, "x", base) }, []string{"x", "x"}, false},
		{"a write over one of two equal values supersedes only what it names",
			func(r *merge.Row) {
				write(r, a, phone, "x", base)
				write(r, b, phone, "x", base)
				write(r, c, phone, "y", a)
			}, []string{"y", "x"}, true},
		{"writes to different registers never meet",
			func(r *merge.Row) { write(r, a, phone, "p", base); write(r, b, email, "e", base) }, []string{"p"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := row()
			tc.do(r)
			if got := values(r, phone); !slices.Equal(got, tc.heads) {
				t.Errorf("heads %v, want %v", got, tc.heads)
			}
			if got := len(r.Conflicts()) > 0; got != tc.conflict {
				t.Errorf("conflict %v, want %v", got, tc.conflict)
			}
		})
	}
}

func TestADeleteThatMissedAnEditWaitsForAPerson(t *testing.T) {
	r := row()
	write(r, dot(2, 1), phone, "edited there", dot(1, 1))
	r.Apply(dot(3, 1), &change.RowWrite{Writes: []change.Write{{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: []change.Dot{dot(1, 1)}}}})
	if r.Exists() || !slices.Equal(r.Conflicts(), []uint16{schema.Alive}) {
		t.Fatalf("exists %v, conflicts %v", r.Exists(), r.Conflicts())
	}
	r.Apply(dot(3, 2), &change.RowWrite{Writes: []change.Write{{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: r.AllDots()}}})
	if r.Exists() || len(r.Conflicts()) != 0 {
		t.Errorf("a delete that knows the edit settles: exists %v, conflicts %v", r.Exists(), r.Conflicts())
	}
}

// anyRow draws a row that several writers changed, knowing more or less of each
// other.
func anyRow(t *rapid.T) *merge.Row {
	r := row()
	for i := range rapid.IntRange(0, 25).Draw(t, "writes") {
		reg := rapid.SampledFrom([]uint16{schema.Alive, 2, 5, phone, email, 21, 49, 900}).Draw(t, "register")
		d := dot(change.Ref(rapid.IntRange(2, 5).Draw(t, "writer")), uint64(i+2))
		var seen []change.Dot
		for _, h := range r.Heads(reg) {
			if rapid.Bool().Draw(t, "saw") {
				seen = append(seen, h.Dot)
			}
		}
		n := 1
		if i := memberTable.RegisterIndex(reg); i >= 0 && reg != schema.Alive {
			n = len(memberTable.Registers()[i].Columns)
		}
		vals := make([]change.Value, n)
		for j := range vals {
			vals[j] = anyValue(t, reg)
		}
		if len(r.Heads(reg)) < merge.MaxHeads {
			r.Apply(d, &change.RowWrite{Writes: []change.Write{{Reg: reg, Vals: vals, Seen: seen}}})
		}
	}
	return r
}

func anyValue(t *rapid.T, reg uint16) change.Value {
	if reg == schema.Alive {
		return change.Int(int64(rapid.IntRange(0, 1).Draw(t, "alive")))
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return change.Null
	case 1:
		return change.Int(rapid.Int64().Draw(t, "int"))
	case 2:
		return change.Real(rapid.Float64().Draw(t, "real"))
	case 3:
		return change.Blob(rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "blob"))
	default:
		return change.Text(rapid.StringN(0, 8, 30).Draw(t, "text"))
	}
}

func TestARowsStateSurvivesItsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(t)
		back, err := merge.DecodeRow(r.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		if back.Sums(names{}) != r.Sums(names{}) {
			t.Fatalf("digest changed:\n%+v\n%+v", r, back)
		}
		if !slices.Equal(back.Conflicts(), r.Conflicts()) || back.Exists() != r.Exists() {
			t.Fatal("conflicts or existence changed")
		}
	})
}

func TestNoUnseenValueIsEverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(t)
		before := values(r, phone)
		d := dot(9, 999)
		var seen []change.Dot
		var kept []string
		for i, h := range r.Heads(phone) {
			if rapid.Bool().Draw(t, "saw") {
				seen = append(seen, h.Dot)
			} else {
				kept = append(kept, before[i])
			}
		}
		write(r, d, phone, "new", seen...)
		after := values(r, phone)
		if len(after) != len(kept)+1 {
			t.Fatalf("%v became %v", before, after)
		}
		without := slices.DeleteFunc(slices.Clone(r.Heads(phone)), func(h merge.Head) bool { return h.Dot == d })
		for i, h := range without {
			if h.Vals[0].Text() != kept[i] {
				t.Fatalf("%v became %v", before, after)
			}
		}
	})
}

func TestTheDigestOfAChangeIsTheDifferenceOfItsRegisters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(t)
		before := r.Clone()
		write(r, dot(9, 999), phone, "new", r.HeadDots(phone)...)
		delta := r.SumsOf(names{}, []uint16{phone}).Sub(before.SumsOf(names{}, []uint16{phone}))
		if before.Sums(names{}).Add(delta) != r.Sums(names{}) {
			t.Fatal("sums do not add up")
		}
	})
}

func TestCloningIsolates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(t)
		was := r.Sums(names{})
		c := r.Clone()
		write(c, dot(9, 999), phone, "new", c.HeadDots(phone)...)
		if r.Sums(names{}) != was {
			t.Fatal("applying to a clone changed the original")
		}
	})
}

func BenchmarkApplyOneRegister(b *testing.B) {
	r := row()
	d := dot(2, 1)
	rw := &change.RowWrite{Writes: []change.Write{{Reg: phone, Vals: text("0901234567"), Seen: []change.Dot{dot(1, 1)}}}}
	b.ReportAllocs()
	for b.Loop() {
		c := r.Clone()
		c.Apply(d, rw)
		c.SumsOf(names{}, []uint16{phone})
	}
}

func TestAWriteWithoutAValueOnlyTakesAway(t *testing.T) {
	s, c := dot(2, 1), dot(3, 1)
	gone := func(r *merge.Row, seen ...change.Dot) {
		r.Apply(dot(2, 9), &change.RowWrite{Writes: []change.Write{{Reg: phone, Seen: seen}, {Reg: 900, Seen: seen}}})
	}
	r := row()
	write(r, s, phone, "s", dot(1, 1))
	write(r, c, phone, "c", dot(2, 5)) // over a value that never came
	gone(r, s)
	if got := values(r, phone); !slices.Equal(got, []string{"c"}) {
		t.Errorf("heads %v, want c alone", got)
	}
	gone(r, c)
	if got := values(r, phone); !slices.Equal(got, []string{"c"}) {
		t.Errorf("heads %v: a register was left empty", got)
	}
	if r.Raw != nil {
		t.Errorf("a register came to be: %v", r.Raw)
	}
}
