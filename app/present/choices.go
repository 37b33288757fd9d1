package present

import (
	"bytes"
	"slices"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/internal/viet"
)

// Choice is one answer that a notice offers, and the words on its button.
type Choice struct {
	Label string

	done string // what to say once it is given
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
		return []Choice{{Label: d.T("app.answer.apart"), done: d.T("app.answer.apart_done"), what: takeApart}}
	case n.a.IsZero() || n.b.IsZero():
		return nil
	}
	a, errA := d.R.Row("member", n.a)
	b, errB := d.R.Row("member", n.b)
	if errA != nil || errB != nil || a == nil || b == nil {
		return nil // who does not see both cannot tell
	}
	out := []Choice{{Label: d.T("app.answer.not_same"), done: d.T("app.answer.not_same_done"), what: notSame}}
	for _, row := range []change.ID{n.a, n.b} {
		out = append(out, Choice{Label: d.T("app.answer.same", "keep", d.memberName(row)), done: d.T("app.answer.same_done"), what: onePerson, keep: row})
	}
	if a.Unit() == b.Unit() {
		return out
	}
	older, newer := a, b
	if bytes.Compare(a.ID[:], b.ID[:]) > 0 {
		older, newer = b, a
	}
	return append(out, Choice{Label: d.T("app.answer.moved", "from", d.unitName(older.Unit()), "to", d.unitName(newer.Unit())),
		done: d.T("app.answer.moved_done"), what: transferred, keep: older.ID})
}

// Choose gives one of the answers that the notice offers, and returns what to
// say of it.
func (c *Conflicts) Choose(n Notice, choice Choice, why string) (done string, err error) {
	if choice.what == takeApart {
		return c.takeApart(n, choice)
	}
	f, err := c.finding(n.finding)
	if err != nil {
		return "", err
	}
	r := c.desk.R
	switch why = viet.Clean(why); choice.what {
	case onePerson:
		err = r.AnswerSame(f, replica.Same{Keep: choice.keep, Why: why})
	case transferred:
		newer := n.a
		if newer == choice.keep {
			newer = n.b
		}
		_, _, err = unionstore.SendAfter(r, choice.keep, newer, why)
	default:
		err = r.AnswerNotSame(f, why)
	}
	return choice.done, err
}

// takeApart undoes a merge. What this computer cannot give back it names.
func (c *Conflicts) takeApart(n Notice, choice Choice) (done string, err error) {
	list, err := c.desk.R.Merges()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(m replica.Merged) bool { return m.Row == n.merged })
	if i < 0 {
		return "", sentence(c.desk.T("app.conflicts.changed"))
	}
	left, err := c.desk.R.UndoSame(list[i])
	if err != nil || len(left) == 0 {
		return choice.done, err
	}
	for i, column := range left {
		left[i] = c.desk.Label(column)
	}
	return choice.done + " " + c.desk.T("app.answer.apart_left", "columns", strings.Join(left, ", ")), nil
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
