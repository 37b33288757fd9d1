package merge_test

import (
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
	"dongbo/schema/schematest"
)

// TestMain makes this process the last of three releases; rows of tables as
// earlier ones have them (As) play the older programs.
func TestMain(m *testing.M) {
	schematest.Become(schematest.Last)
	os.Exit(m.Run())
}

// releases makes the row that a change creates, in the eyes of each release.
func releases(table string) (rows []*merge.Row) {
	for release := uint16(schematest.Today); release <= schematest.Last; release++ {
		t := schema.ByName(table).As(release)
		rows = append(rows, merge.NewRow(t, change.ID{1}, change.Birth{Dot: dot(1, 1)}))
	}
	return rows
}

// TestProgramsOfThreeReleasesMergeAlike applies any writes, of registers that
// all know and that some do not, to the row as each release sees it.
func TestProgramsOfThreeReleasesMergeAlike(t *testing.T) {
	tables := map[string][]uint16{
		"member": {schema.Alive, 2, phone, 901, 902, 903, 905, schema.LatestFrom},
		"loan":   {schema.Alive, 1, 2, 3, 4, 5},
		"visit":  {schema.Alive, 1, 2, 3},
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"member", "loan", "visit"}).Draw(t, "table")
		rows := releases(name)
		last := rows[len(rows)-1]
		for i := range rapid.IntRange(0, 25).Draw(t, "writes") {
			rw := change.RowWrite{Creates: i == 0}
			d := dot(1, 1)
			if i > 0 {
				d = dot(change.Ref(rapid.IntRange(2, 5).Draw(t, "writer")), uint64(i+2))
			}
			for _, reg := range rapid.SliceOfNDistinct(rapid.SampledFrom(tables[name]), 1, 3, rapid.ID[uint16]).Draw(t, "registers") {
				rw.Writes = append(rw.Writes, anyWrite(t, last, reg, i == 0))
			}
			for _, r := range rows {
				r.Apply(d, &rw)
			}
		}
		for i, r := range rows {
			wantAlike(t, r, last)
			upgraded, err := merge.DecodeRow(r.Append(nil)) // what an older program kept, as the last one reads it
			if err != nil {
				t.Fatalf("release %d: %v", i+1, err)
			}
			wantAlike(t, upgraded, last)
			if upgraded.Sums(names{}) != last.Sums(names{}) || !slices.Equal(upgraded.Conflicts(), last.Conflicts()) {
				t.Fatalf("release %d: after the upgrade not as if it had known:\n%+v\n%+v", i+1, upgraded, last)
			}
		}
	})
}

func wantAlike(t *rapid.T, r, last *merge.Row) {
	t.Helper()
	if r.Sums(names{}).Total() != last.Sums(names{}).Total() || r.Sums(names{}).Print() != last.Sums(names{}).Print() {
		t.Fatalf("digests differ:\n%+v\n%+v", r, last)
	}
	if !slices.Equal(r.AllDots(), last.AllDots()) || !slices.Equal(r.UnseenByDelete(), last.UnseenByDelete()) {
		t.Fatalf("a delete would name %v, not %v", r.AllDots(), last.AllDots())
	}
	if r.Exists() != last.Exists() || r.Unit() != last.Unit() {
		t.Fatalf("whose row it is, and whether it is, differ:\n%+v\n%+v", r, last)
	}
}

// anyWrite draws a write whose author had seen some of the heads. Values are
// mostly such as fit the columns.
func anyWrite(t *rapid.T, r *merge.Row, reg uint16, creates bool) change.Write {
	w := change.Write{Reg: reg}
	n := 1
	if i := r.Table.RegisterIndex(reg); i >= 0 && reg != schema.Alive {
		n = len(r.Table.Registers()[i].Columns)
	}
	for range n {
		v := anyValue(t, reg)
		switch {
		case creates && reg == schema.Alive:
			v = change.Int(1)
		case reg == 1:
			v = change.IDValue(change.ID{rapid.Byte().Draw(t, "unit")})
		}
		w.Vals = append(w.Vals, v)
	}
	if creates {
		return w
	}
	for _, h := range r.Heads(reg) {
		if rapid.Bool().Draw(t, "saw") {
			w.Seen = append(w.Seen, h.Dot)
		}
	}
	if reg == schema.Alive && rapid.Bool().Draw(t, "saw all") {
		w.Seen = r.AllDots()
	}
	return w
}

func TestARegisterWhoseValueDoesNotFitItsColumnsKeepsIt(t *testing.T) {
	r := merge.NewRow(schema.ByName("member"), change.ID{1}, change.Birth{Dot: dot(1, 1)})
	r.Apply(dot(2, 1), &change.RowWrite{Writes: []change.Write{
		{Reg: 902, Vals: text("năm trăm nghìn"), Seen: []change.Dot{dot(1, 1)}}, {Reg: 903, Vals: text("mẹ"), Seen: []change.Dot{dot(1, 1)}}}})
	if r.InColumns(902) || r.InColumns(903) || !r.Stored(902)[0].IsNull() || len(r.Stored(903)) != 2 {
		t.Fatalf("a text in a column of money, one value for two columns: %v, %v", r.Stored(902), r.Stored(903))
	}
	back, err := merge.DecodeRow(r.Append(nil))
	if err != nil || back.Sums(names{}) != r.Sums(names{}) || back.Shown(902).Vals[0].Text() != "năm trăm nghìn" {
		t.Errorf("%+v, %v", back, err)
	}
	// Another program writes the column, which shows it nothing.
	back = merge.NewRow(r.Table, r.ID, r.Birth)
	back.Regs[r.Table.RegisterIndex(902)][0].Vals = []change.Value{change.Int(500_000)}
	if err := back.SetVersion(r.Version()); err != nil || back.Shown(902).Vals[0].Int() != 500_000 {
		t.Errorf("what stands in the column was written since: %v, %v", back.Shown(902), err)
	}
}

func TestADeleteByAnOlderProgramLeavesNoConflictOverColumnsThatItDoesNotKnow(t *testing.T) {
	rows := releases("visit")
	old, last := rows[0], rows[len(rows)-1]
	everything := change.RowWrite{Writes: []change.Write{ // but for illness, which nobody ever wrote
		{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: old.AllDots()},
		{Reg: 1, Vals: []change.Value{change.IDValue(change.ID{7})}, Seen: old.AllDots()},
		{Reg: 2, Vals: text("thăm"), Seen: old.AllDots()},
	}}
	for _, r := range rows {
		r.Apply(dot(2, 1), &everything)
	}
	gone := change.RowWrite{Writes: []change.Write{{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: old.AllDots()}}}
	last.Apply(dot(3, 1), &gone)
	if last.Exists() || len(last.Conflicts()) != 0 {
		t.Errorf("exists %v, conflicts %v", last.Exists(), last.Conflicts())
	}
}
