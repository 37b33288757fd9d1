package present_test

import (
	"strings"
	"testing"

	"dongbo/app/apptest"
	"dongbo/app/present"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// pair is an office in which two members have one national id.
func pair(t *testing.T) (*apptest.Office, *present.Conflicts) {
	o := apptest.New(t, 3)
	for i, id := range o.Members[:2] {
		_, err := o.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{
			"full_name": change.Text([]string{"Đặng Ánh Tuyết", "Đặng Tuyết"}[i]), "national_id": change.Text("079199000001")}})
		must(t, err)
	}
	inbox := present.NewConflicts(desk(o))
	must(t, inbox.Reload())
	return o, inbox
}

// offered is the one notice that offers answers, and they.
func offered(t *testing.T, inbox *present.Conflicts) (present.Notice, []present.Choice) {
	t.Helper()
	must(t, inbox.Reload())
	for _, n := range inbox.Notices() {
		if choices := inbox.Choices(n); len(choices) > 0 {
			return n, choices
		}
	}
	t.Fatalf("nothing to answer in %+v", inbox.Notices())
	return present.Notice{}, nil
}

func answer(t *testing.T, inbox *present.Conflicts, n present.Notice, choice present.Choice, why string) {
	t.Helper()
	if done, err := inbox.Choose(n, choice, why); err != nil || done == "" {
		t.Fatalf("%s: %q, %v", choice.Label, done, err)
	}
}

func TestTwoMembersOfOneUnitAreTwoPeopleOrOneAndTheAnswerCanBeTakenBack(t *testing.T) {
	o, inbox := pair(t)
	n, choices := offered(t, inbox)
	if len(choices) != 3 || !strings.Contains(choices[1].Label, "Đặng Ánh Tuyết") || !strings.Contains(choices[2].Label, "Đặng Tuyết") {
		t.Fatalf("%+v", choices)
	}
	answer(t, inbox, n, choices[2], "nhập hai lần")
	merges, err := o.Merges()
	must(t, err)
	if len(merges) != 1 || merges[0].Row != o.Members[0] || merges[0].Why != "nhập hai lần" {
		t.Fatalf("%+v", merges)
	}
	if _, err := inbox.Choose(n, choices[0], ""); err == nil {
		t.Error("a finding that is gone was answered")
	}
	n, choices = offered(t, inbox)
	answer(t, inbox, n, choices[0], "")
	if _, err := inbox.Choose(n, choices[0], ""); err == nil {
		t.Error("what is apart was taken apart")
	}
	if merges, err := o.Merges(); err != nil || len(merges) != 0 {
		t.Errorf("taken apart, and %+v, %v", merges, err)
	}
	n, choices = offered(t, inbox)
	answer(t, inbox, n, choices[0], "")
	must(t, inbox.Reload())
	if n := inbox.Notices(); len(n) != 0 {
		t.Errorf("two people, and the inbox says %+v", n)
	}
}
