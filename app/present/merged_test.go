package present_test

import (
	"strings"
	"testing"

	"dongbo/app/apptest"
	"dongbo/app/present"
	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
)

func TestTheInboxTellsOfAMergeAndTheListCountsOnePersonOnce(t *testing.T) {
	o := apptest.New(t, 12)
	d := desk(o)
	a, b := o.Members[0], o.Members[1]
	for _, id := range []change.ID{a, b} {
		_, err := o.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{"full_name": change.Text("Đặng Ánh Tuyết"), "phone": change.Text("0903111222")}})
		must(t, err)
	}
	count := func() int {
		t.Helper()
		m := present.NewMembers(d)
		must(t, m.Reload())
		n := m.Count()
		m.SetQuery("tuyet 0903")
		must(t, m.Reload())
		return n*100 + m.Count()
	}
	if got := count(); got != 1202 {
		t.Fatalf("before: %d", got)
	}
	f := replica.Finding{ID: merge.FindingID(finding.PossibleDuplicate, a, b), Kind: finding.PossibleDuplicate, Rows: []change.ID{a, b}}
	must(t, o.AnswerSame(f, replica.Same{Keep: a, Why: "nhập hai lần"}))
	if got := count(); got != 1101 {
		t.Errorf("merged: %d", got)
	}
	inbox := present.NewConflicts(d)
	must(t, inbox.Reload())
	told := ""
	for _, n := range inbox.Notices() {
		told += n.Title + " " + n.Text
	}
	for _, want := range []string{"Đặng Ánh Tuyết", "nhập hai lần", "không bị xóa"} {
		if !strings.Contains(told, want) {
			t.Errorf("the inbox does not say %q: %s", want, told)
		}
	}
	list, err := o.Merges()
	must(t, err)
	_, err = o.UndoSame(list[0])
	must(t, err)
	if got := count(); got != 1202 {
		t.Errorf("undone: %d", got)
	}
	must(t, inbox.Reload())
	if n := inbox.Notices(); len(n) != 0 {
		t.Errorf("undone, and the inbox says %+v", n)
	}
}

func TestTwoWhoMergeOneRecordIntoDifferentOnesAreShownWhereEachIsKept(t *testing.T) {
	o := apptest.New(t, 3)
	into := func(id change.ID) map[string]change.Value {
		return map[string]change.Value{merge.SameAs: change.IDValue(id)}
	}
	row, err := o.Replica.Row("member", o.Members[0])
	must(t, err)
	before := map[uint16][]change.Dot{55: row.ShownDots(55)} // both had the row before them as it was
	for _, id := range o.Members[1:3] {
		_, err := o.Commit(replica.Edit{Table: "member", ID: o.Members[0], Set: into(id), Shown: before})
		must(t, err)
	}
	inbox := present.NewConflicts(desk(o))
	must(t, inbox.Reload())
	list := inbox.List()
	if len(list) != 1 || len(list[0].Lines) != 1 {
		t.Fatalf("%+v", list)
	}
	for i, text := range list[0].Lines[0].Values {
		kept, err := o.Replica.Row("member", o.Members[1+i])
		must(t, err)
		if name := kept.Value("full_name").Text(); !strings.HasPrefix(text, name+" – ") {
			t.Errorf("%q does not name %s", text, name)
		}
	}
}
