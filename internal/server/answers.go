package server

import (
	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/schema"
)

var answerTable = schema.ByName("finding_answer")

// answered gives the pair of members that an answer row speaks of.
func answered(r *merge.Row) (p pair, ok bool) {
	if r == nil || r.Table != answerTable {
		return p, false
	}
	a := finding.AnswerOf(r)
	return pairOf(a.A, a.B), !a.A.IsZero() && !a.B.IsZero() && a.A != a.B
}

// checkAnswer asks for the right to answer: a mandate over a unit that sees
// both members, since an answer holds for everybody and for ever. Taking one
// back or changing it asks for the same. Once an answer is in the register it
// counts wherever the two go later. A member who has not arrived yet, from the
// author's other writer, is nobody else's.
func (o *ordering) checkAnswer(tr *tree, r *merge.Row, author *Device) error {
	p, ok := answered(r)
	if !ok {
		return nil
	}
	sees := r.Unit()
	for _, id := range p {
		member, err := o.tx.Row(memberTable, id)
		if err != nil {
			return err
		}
		if member != nil {
			sees = tr.meet(sees, member.Unit())
		}
	}
	return o.checkMandate(tr, answerTable, sees, author)
}

// noticeAnswer looks again at the pairs that an answer spoke of and speaks of.
func (o *ordering) noticeAnswer(r *stagedRow) error {
	for _, row := range []*merge.Row{r.before, r.after} {
		p, ok := answered(row)
		if !ok {
			continue
		}
		if err := o.judgePair(p); err != nil {
			return err
		}
		if err := o.judgeTwins(p); err != nil {
			return err
		}
	}
	return nil
}

// notSame tells whether somebody has said that two members are not the same
// person. Said of a likeness it answers that alone: one national id that comes
// up later is new, and stronger. Said of one national id it answers both.
func (o *ordering) notSame(kind string, a, b change.ID) (said bool, err error) {
	for _, id := range pairOf(a, b) { // either may stand first
		err := o.tx.RowsBy(answerTable, "row_a", id, func(r *merge.Row) error {
			if p, ok := answered(r); ok && p == pairOf(a, b) && finding.AnswerOf(r).Silences(kind) {
				said = true
			}
			return nil
		})
		if err != nil || said {
			return said, err
		}
	}
	return false, nil
}
