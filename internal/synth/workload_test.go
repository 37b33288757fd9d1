package synth_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"dongbo/internal/synth"
)

func TestAWorkloadHasTheShapeOfTheFixedOne(t *testing.T) {
	s := synth.FixedSizes().Scaled(0.1)
	w := synth.NewWorkload(1, s)
	if len(w.Units) != s.Units+1 || len(w.Members) != s.Members || len(w.Edits) != s.Edits || len(w.Dues) != s.Dues ||
		len(w.ConcA) != s.Conc || len(w.ConcB) != s.Conc || len(w.Overlaps) != s.Overlap {
		t.Errorf("sizes are wrong: %+v", s)
	}
	if len(w.Members[0].Set) != 23 {
		t.Errorf("a member has %d columns beside its id, want 23", len(w.Members[0].Set))
	}
	if !reflect.DeepEqual(w, synth.NewWorkload(1, s)) {
		t.Error("two runs with one seed differ")
	}
	checkWorkload(t, w, s.SameColumn)
}

// checkWorkload holds what the merge is measured against.
func checkWorkload(t *testing.T, w *synth.Workload, same int) {
	t.Helper()
	state := map[synth.ID]map[string]any{}
	for _, m := range w.Members {
		state[m.ID] = m.Set
	}
	cells := 0
	for _, e := range w.Edits {
		cells += len(e.Set)
		if e.Table != "member" || len(e.Set) < 1 || len(e.Set) > 3 || state[e.ID] == nil {
			t.Fatalf("edit %+v is not of one to three columns of a member", e)
		}
	}
	if mean := float64(cells) / float64(len(w.Edits)); mean < 1.4 || mean > 1.65 {
		t.Errorf("%.2f columns an edit, want about 1.53", mean)
	}
	after, both := w.AfterEdits(), map[synth.ID]bool{}
	for i, o := range w.Overlaps {
		both[o.ID] = true
		for c, a := range o.A {
			b, shared := o.B[c]
			if shared != (i < same) || o.Same != shared || shared && reflect.DeepEqual(a, b) {
				t.Errorf("overlap %d: %s is %v and %v", i, c, a, b)
			}
			if reflect.DeepEqual(a, after[o.ID][c]) {
				t.Errorf("overlap %d: %s does not change", i, c)
			}
		}
	}
	seen := map[synth.ID]int{}
	for _, e := range append(w.ConcA, w.ConcB...) {
		seen[e.ID]++
	}
	for id, n := range seen {
		if n != 1 && !both[id] || n != 2 && both[id] {
			t.Errorf("%s is edited %d times while apart", id, n)
		}
	}
}

func TestTheWorkloadIsRefusedWhenSizesDoNotFit(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("more edits than members were taken")
		}
	}()
	synth.NewWorkload(1, synth.Sizes{Units: 3, Members: 3, Conc: 10, Overlap: 1, SameColumn: 1})
}

// fixed is a workload of one row each, as the generator of the fixed one
// writes it.
var fixed = map[string]string{
	"units.jsonl": `{"id":"01941f29-7ea8-7e5c-a9eb-39ccf6fadfa7","parent_id":"","kind":"province","name":"Tỉnh"}
{"id":"01941f29-8065-72c6-a3de-dd9dd015b0dc","parent_id":"01941f29-7ea8-7e5c-a9eb-39ccf6fadfa7","kind":"union","name":"Cơ sở"}
`,
	"members.jsonl": `{"id":"01941f29-c3d4-7cbf-926b-57f6a88fcb8a","unit_id":"01941f29-8065-72c6-a3de-dd9dd015b0dc","full_name":"Phạm Thu Oanh","gender":"nu","national_id":"074303769311","email":"","wage_base":20700000,"wage_coef":6,"created_at":1735689618565}
`,
	"edits.jsonl": `{"seq":1,"ts":1,"table":"members","id":"01941f29-c3d4-7cbf-926b-57f6a88fcb8a","set":{"phone":""}}
`,
	"dues.jsonl": `{"id":"019b7554-0a09-777c-b5a1-6f05affbb132","member_id":"01941f29-c3d4-7cbf-926b-57f6a88fcb8a","unit_id":"01941f29-8065-72c6-a3de-dd9dd015b0dc","month":"2025-12","amount":194000}
`,
	"conc_a.jsonl": "", "conc_b.jsonl": "",
	"conc_overlap.jsonl": `{"id":"01941f29-c3d4-7cbf-926b-57f6a88fcb8a","kind":"same","cols":["phone"],"a":{"phone":"1"},"b":{"phone":"2"}}
`,
}

// writeFixed writes the files, some of them changed.
func writeFixed(t *testing.T, changed map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, files := range []map[string]string{fixed, changed} {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestTheFixedWorkloadIsReadIntoOurColumns(t *testing.T) {
	w, err := synth.ReadWorkload(writeFixed(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	unit := w.Units[1].ID
	wantMember := map[string]any{"unit_id": unit[:], "full_name": "Phạm Thu Oanh", "gender": "female",
		"national_id": "074303769311", "email": nil, "wage_base": int64(20700000), "wage_coef": 6.0}
	for what, pair := range map[string][2]any{
		"the root":    {w.Units[0].Set, map[string]any{"code": "BD", "parent_id": nil, "kind": "province", "name": "Tỉnh"}},
		"a unit":      {w.Units[1].Set["kind"], "grassroots"},
		"a unit code": {w.Units[1].Set["code"], "BD001"},
		"a member":    {w.Members[0].Set, wantMember},
		"an edit":     {w.Edits[0], synth.Edit{Table: "member", ID: w.Members[0].ID, Set: map[string]any{"phone": nil}}},
		"an amount":   {w.Dues[0].Set["amount"], int64(194000)},
		"an overlap":  {w.Overlaps[0].Same, true},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s is %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestABadWorkloadIsRefused(t *testing.T) {
	cases := []struct{ name, file, text, want string }{
		{"a sum that does not fit", "MANIFEST.json", `{"files":{"units.jsonl":{"sha256":"00"}}}`, "generate the workload again"},
		{"an id that is none", "dues.jsonl", `{"id":"x"}`, "dues.jsonl: row 1"},
		{"half a line", "edits.jsonl", `{"seq":1,`, "edits.jsonl: row 1"},
		{"a value of a strange kind", "members.jsonl", `{"id":"01941f29-c3d4-7cbf-926b-57f6a88fcb8a","phone":[1]}`, "phone"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := synth.ReadWorkload(writeFixed(t, map[string]string{c.file: c.text}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := synth.ReadWorkload(t.TempDir()); err == nil {
		t.Error("an empty folder was read")
	}
}

// Where the fixed workload lies on this machine, all of it is read.
func TestTheRealFixedWorkload(t *testing.T) {
	dir := os.Getenv("DONGBO_WORKLOAD")
	if dir == "" {
		t.Skip("DONGBO_WORKLOAD names no folder")
	}
	w, err := synth.ReadWorkload(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Members) != 20000 || len(w.Units) != 41 || len(w.Members[0].Set) != 23 {
		t.Errorf("%d members, %d units, %d columns", len(w.Members), len(w.Units), len(w.Members[0].Set))
	}
	checkWorkload(t, w, 100)
}
