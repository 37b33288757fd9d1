package merge_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

var phoneNo = schema.ByName("member").Column("phone").RegisterOf()

// drawn is a member with values of one register of which some replaced others.
func drawn(rt *rapid.T, id byte) *merge.Row {
	r := merge.NewRow(schema.ByName("member"), change.ID{id}, change.Birth{Dot: change.Dot{W: change.Ref(id), N: 1}})
	for n := range rapid.IntRange(0, 4).Draw(rt, "writes") {
		w := change.Write{Reg: phoneNo, Vals: []change.Value{drawnPhone(rt)}}
		for _, h := range r.Heads(phoneNo) {
			if rapid.Bool().Draw(rt, "saw") {
				w.Seen = append(w.Seen, h.Dot)
			}
		}
		r.Apply(change.Dot{W: change.Ref(id), N: uint64(n + 2)}, &change.RowWrite{Writes: []change.Write{w}})
	}
	return r
}

func drawnPhone(rt *rapid.T) change.Value {
	return rapid.SampledFrom([]change.Value{change.Null, change.Text("1"), change.Text("2"), change.Text("3")}).Draw(rt, "phone")
}

func has(r *merge.Row, v change.Value) bool {
	return slices.ContainsFunc(r.Heads(phoneNo), func(h merge.Head) bool { return h.Vals[0] == v })
}

func TestFollowingShowsWhatWasTypedAndHidesNothingThatItsAuthorDidNotReplace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stays, typed, old := drawn(rt, 1), drawnPhone(rt), []change.Value{drawnPhone(rt)}
		if rapid.Bool().Draw(rt, "a rival at the other row") {
			old = nil
		}
		before := stays.Clone()
		w, needed := stays.Follow(change.Write{Reg: phoneNo, Vals: []change.Value{typed}}, old)
		if needed {
			stays.Apply(change.Dot{W: 9, N: 1}, &change.RowWrite{Writes: []change.Write{w}})
		}
		if !typed.IsNull() && !has(stays, typed) {
			rt.Fatalf("%v was typed, and stands nowhere: %v", typed, stays.Heads(phoneNo))
		}
		for _, h := range before.Heads(phoneNo) {
			if !h.Vals[0].IsNull() && !has(stays, h.Vals[0]) && !slices.Equal(h.Vals, old) {
				rt.Fatalf("%v is gone, and nobody replaced it", h.Vals)
			}
		}
		if _, again := stays.Follow(change.Write{Reg: phoneNo, Vals: []change.Value{typed}}, old); needed && again {
			rt.Fatal("what is there already is written again")
		}
	})
}

func TestAMergeNamesAllThatItsAuthorSawAndNoRivalMerge(t *testing.T) {
	same := schema.ByName("member").Column(merge.SameAs).RegisterOf()
	rapid.Check(t, func(rt *rapid.T) {
		row := drawn(rt, 1)
		into := func(w change.Ref, id byte) {
			row.Apply(change.Dot{W: w, N: 1}, &change.RowWrite{Writes: []change.Write{{Reg: same, Vals: []change.Value{change.IDValue(change.ID{id})}, Seen: []change.Dot{row.Birth.Dot}}}})
		}
		into(7, 2)
		rivals := rapid.Bool().Draw(rt, "somebody else merged it elsewhere")
		if rivals {
			into(8, 3)
		}
		seen := row.SeenByMerge(row.ShownDots(same))
		if slices.ContainsFunc(row.Unseen(seen), func(w change.Write) bool { return w.Reg == phoneNo }) {
			rt.Fatal("it would be told to the other row, though it was seen")
		}
		row.Apply(change.Dot{W: 9, N: 9}, &change.RowWrite{Writes: []change.Write{{Reg: phoneNo, Vals: []change.Value{change.Text("later")}}}})
		if got := row.Unseen(seen); !slices.ContainsFunc(got, func(w change.Write) bool { return w.Reg == phoneNo && w.Vals[0] == change.Text("later") }) {
			rt.Fatalf("what came unseen is not told: %v", got)
		}
		if rivals && slices.Contains(seen, change.Dot{W: 8, N: 1}) {
			rt.Fatal("a rival merge that was not shown is replaced")
		}
	})
}
