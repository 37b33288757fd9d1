package present

import (
	"bytes"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/internal/viet"
)

// Choice is one answer that a notice offers, and the words on its button.
type Choice struct {
	Label string
	Done  string // what to say once it is given

	what answer
	keep change.ID
}

type answer byte

const (
	notSame answer = iota + 1
	onePerson
	transferred
	takeApart
)

// Choices are the answers that a notice offers: to two members who may be one
// person, and to a record that was merged. Every one of them can be taken back.
func (c *Conflicts) Choices(n Notice) []Choice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.choices[n]
}

func (d *Desk) choices(n Notice) []Choice {
	switch {
	case !n.merged.IsZero():
		return []Choice{{Label: d.T("app.answer.apart"), Done: d.T("app.answer.apart_done"), what: takeApart}}
	case n.a.IsZero() || n.b.IsZero():
		return nil
	}
	out := []Choice{{Label: d.T("app.answer.not_same"), Done: d.T("app.answer.not_same_done"), what: notSame}}
	a, errA := d.R.Row("member", n.a)
	b, errB := d.R.Row("member", n.b)
	if errA != nil || errB != nil || a == nil || b == nil {
		return out // who sees one of the two can only say that they are two
	}
	for _, row := range []change.ID{n.a, n.b} {
		out = append(out, Choice{Label: d.T("app.answer.same", "keep", d.memberName(row)), Done: d.T("app.answer.same_done"), what: onePerson, keep: row})
	}
	if a.Unit() == b.Unit() {
		return out
	}
	older, newer := a, b
	if bytes.Compare(a.ID[:], b.ID[:]) > 0 {
		older, newer = b, a
	}
	return append(out, Choice{Label: d.T("app.answer.moved", "from", d.unitName(older.Unit()), "to", d.unitName(newer.Unit())),
		Done: d.T("app.answer.moved_done"), what: transferred, keep: older.ID})
}

// Choose gives one of the answers that the notice offers.
func (c *Conflicts) Choose(n Notice, choice Choice, why string) error {
	r := c.desk.R
	why = viet.Clean(why)
	if choice.what == takeApart {
		list, err := r.Merges()
		i := slices.IndexFunc(list, func(m replica.Merged) bool { return m.Row == n.merged })
		if err != nil || i < 0 {
			return err
		}
		_, err = r.UndoSame(list[i])
		return err
	}
	f, err := c.finding(n.finding)
	if err != nil {
		return err
	}
	switch choice.what {
	case onePerson:
		return r.AnswerSame(f, replica.Same{Keep: choice.keep, Why: why})
	case transferred:
		newer := n.a
		if newer == choice.keep {
			newer = n.b
		}
		_, _, err = unionstore.SendAfter(r, choice.keep, newer, why)
		return err
	}
	return r.AnswerNotSame(f, why)
}

// finding reads a finding anew: somebody else may have answered it meanwhile.
func (c *Conflicts) finding(id change.ID) (replica.Finding, error) {
	list, err := c.desk.R.Findings()
	if err != nil {
		return replica.Finding{}, err
	}
	i := slices.IndexFunc(list, func(f replica.Finding) bool { return f.ID == id && slices.Contains(finding.Pairs, f.Kind) })
	if i < 0 {
		return replica.Finding{}, sentence(c.desk.T("app.conflicts.changed"))
	}
	return list[i], nil
}
