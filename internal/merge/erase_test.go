package merge_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
)

// Whoever had heard the values and whoever is told the same history without them
// hold the same row once it is erased.
func TestAnErasedRowIsTheSameToWhoeverHadItAndWhoeverNeverDid(t *testing.T) {
	chain := change.NewChain(change.ID{7}, []byte("key"), names{})
	rapid.Check(t, func(t *rapid.T) {
		had, never := row(), row()
		for n := range rapid.IntRange(0, 8).Draw(t, "changes") {
			c := &change.Change{Dot: dot(2, uint64(n)+1), Rows: []change.RowWrite{{}}}
			seen := rapid.SliceOfN(rapid.SampledFrom(had.AllDots()), 0, 2)
			if len(had.AllDots()) == 0 {
				seen = rapid.Just([]change.Dot{had.Birth.Dot})
			}
			for _, reg := range []uint16{phone, email, 5000} {
				if rapid.Bool().Draw(t, "writes") {
					v := rapid.SampledFrom([]change.Value{change.Null, change.Text(""), change.Text("a"), change.Text("b"), change.Int(0)}).Draw(t, "value")
					c.Rows[0].Writes = append(c.Rows[0].Writes, change.Write{Reg: reg, Vals: []change.Value{v}, Seen: seen.Draw(t, "seen")})
				}
			}
			if rapid.IntRange(0, 4).Draw(t, "deletes") == 0 {
				c.Rows[0].Writes = append(c.Rows[0].Writes, change.Write{Vals: []change.Value{change.Int(int64(n % 2))}, Seen: had.AllDots()})
			}
			had.Apply(c.Dot, &c.Rows[0])
			chain.Erase(c, func(*change.RowWrite) bool { return true })
			never.Apply(c.Dot, &c.Rows[0])
		}
		if !bytes.Equal(had.Blank().Append(nil), never.Append(nil)) {
			t.Fatal("a row is not the same without its values as its history is")
		}
		if erasing, ok := had.Erasing(); ok {
			had.Apply(dot(9, 9), &erasing)
			never.Apply(dot(9, 9), &erasing)
		}
		if had.Exists() || len(had.Conflicts()) > 0 {
			t.Fatalf("it stands, or waits: %v", had.Conflicts())
		}
		if !bytes.Equal(had.Append(nil), never.Append(nil)) {
			t.Fatal("the two differ")
		}
		if _, again := had.Erasing(); again {
			t.Fatal("there is more to erase")
		}
	})
}

func TestAnErasedRowKeepsItsPlace(t *testing.T) {
	r := row()
	r.Apply(dot(2, 1), &change.RowWrite{Writes: []change.Write{{Reg: 1, Vals: []change.Value{change.IDValue(change.ID{4})}, Seen: []change.Dot{dot(1, 1)}}}})
	write(r, dot(2, 2), phone, "0901234567", dot(1, 1))
	erasing, ok := r.Erasing()
	if r.Apply(dot(9, 9), &erasing); !ok || r.Unit() != (change.ID{4}) || bytes.Contains(r.Append(nil), []byte("0901234567")) {
		t.Errorf("at %s: %x", r.Unit(), r.Append(nil))
	}
}
