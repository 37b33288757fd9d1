package unionstore_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/union"
)

func TestAListThatComesAgainMeetsTheRowThatStaysAndMakesNobodyAnew(t *testing.T) {
	r := newOffice(t)
	people := list(map[string]string{"full_name": "Lê Hòa", "notes": "a"}, map[string]string{"full_name": "Lê Hoà B", "notes": "b"})
	bring(t, r, people)
	rows, err := r.Rows("member")
	must(t, err)
	a, b := rows[0].ID, rows[1].ID
	f := replica.Finding{ID: merge.FindingID(finding.PossibleDuplicate, a, b), Unit: office, Kind: finding.PossibleDuplicate, Rows: []change.ID{a, b}}
	must(t, r.AnswerSame(f, replica.Same{Keep: a}))
	again := plan(t, r, people)
	if got := again.Count(); got[union.New] != 0 {
		t.Errorf("%v", got)
	}
}
