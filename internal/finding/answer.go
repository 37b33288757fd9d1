package finding

import (
	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// NotSame is the answer that two members are two people. It is remembered for
// ever: a finding that it answers does not open again, whatever becomes of the
// two. It is taken back by deleting the row that says so.
const NotSame = "not_same"

// SamePerson is the answer that they are one: row_a is the one that stays. It
// keeps why; what it comes to is a register of the row that gave way
// (merge.SameAs), which heals the finding and needs no further memory.
const SamePerson = "same"

// Pairs are the kinds that are about two members, the stronger first: who says
// "not the same" to one of them has said it to those after it.
var Pairs = []string{DuplicateID, PossibleDuplicate}

// Answer is what somebody said of a finding about two rows.
type Answer struct {
	What    string // NotSame; others say nothing to a pair
	Finding string // its id
	A, B    change.ID
}

// AnswerOf reads an answer from its row.
func AnswerOf(r *merge.Row) Answer {
	a, _ := r.Value("row_a").ID()
	b, _ := r.Value("row_b").ID()
	return Answer{r.Value("answer").Text(), r.Value("finding").Text(), a, b}
}

// Silences tells whether the answer is one to the finding of that kind about
// its pair, too.
func (a Answer) Silences(kind string) bool {
	if a.What != NotSame {
		return false
	}
	for _, k := range Pairs {
		if a.Finding == merge.FindingID(k, a.A, a.B).String() {
			return true
		}
		if k == kind {
			break
		}
	}
	return false
}
