package main

import (
	"slices"

	"github.com/spf13/pflag"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/finding"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
)

// sameRun are the flags of syncd findings that merge two records of one person,
// list what was merged, and undo it.
type sameRun struct {
	keep, undo string
	take       []string
	merged     bool
}

type mergedJSON struct {
	Row  string  `json:"row"`
	Into string  `json:"into"`
	Name string  `json:"name"`
	By   string  `json:"by,omitempty"`
	At   *string `json:"at,omitempty"`
	Why  string  `json:"why,omitempty"`
}

func (s *sameRun) flags(p *program, f *pflag.FlagSet) {
	f.StringVar(&s.keep, "keep", "", p.text("flag.same_keep"))
	f.StringSliceVar(&s.take, "take", nil, p.text("flag.same_take"))
	f.BoolVar(&s.merged, "merged", false, p.text("flag.same_merged"))
	f.StringVar(&s.undo, "undo", "", p.text("flag.same_undo"))
}

// formed tells whether the flags go with each other and with the answer's.
func (s *sameRun) formed(of *findingsRun) bool {
	merges := of.answers && of.as != asNotSame
	switch {
	case merges != (s.keep != ""), len(s.take) > 0 && of.as != asSame:
		return false
	case s.undo != "":
		return !s.merged && !of.answers && !of.asJSON
	}
	return !s.merged || !of.answers
}

// one answers that the two of a finding are one person.
func (s *findingsRun) one(r *replica.Replica, f replica.Finding) error {
	if !slices.Contains(finding.Pairs, f.Kind) || len(f.Rows) != 2 {
		return fault.New("finding.no_pair")
	}
	keep, err := pick(f.Rows, func(id change.ID) change.ID { return id }, s.same.keep, "same.not_of_two", "same.ambiguous")
	if err != nil {
		return err
	}
	other := f.Rows[0]
	if other == keep {
		other = f.Rows[1]
	}
	if s.as == asMoved {
		return s.moved(r, keep, other)
	}
	if err := r.AnswerSame(f, replica.Same{Keep: keep, Take: s.same.take, Why: s.why}); err != nil {
		return err
	}
	s.p.say("same.merged", "who", s.p.memberText(r, keep, ""), "id", other.String())
	return nil
}

// moved asks for the transfer of the older record to the unit that has the
// newer one; accepted, the two become one.
func (s *findingsRun) moved(r *replica.Replica, older, newer change.ID) error {
	unit, id, err := unionstore.SendAfter(r, older, newer, s.why)
	if err != nil {
		return err
	}
	s.p.say("same.moving", "who", s.p.memberText(r, older, ""), "to", unit.Value("name").Text(), "id", id.String())
	return nil
}

// runMerged lists what was merged, or undoes one.
func (s *findingsRun) runMerged(r *replica.Replica) error {
	list, err := r.Merges()
	if err != nil {
		return err
	}
	if s.same.undo != "" {
		m, err := pick(list, func(m replica.Merged) change.ID { return m.Row }, s.same.undo, "same.unknown", "same.ambiguous")
		if err != nil {
			return err
		}
		left, err := r.UndoSame(m)
		if err != nil {
			return err
		}
		s.p.say("same.undone", "who", s.p.memberText(r, m.Row, m.Name), "into", s.p.memberText(r, m.Into, ""))
		for _, column := range left {
			s.p.say("same.left", "column", s.p.columnTitle(column))
		}
		return nil
	}
	if s.asJSON {
		out := make([]mergedJSON, 0, len(list))
		for _, m := range list {
			out = append(out, mergedJSON{Row: m.Row.String(), Into: m.Into.String(), Name: m.Name, By: m.Person, At: stamp(m.At), Why: m.Why})
		}
		return s.p.printJSON(out)
	}
	for _, m := range list {
		s.p.say("same.line", "who", s.p.memberText(r, m.Row, m.Name), "into", s.p.memberText(r, m.Into, ""))
		s.p.say("same.by", "who", s.p.whoText(m.Origin), "when", s.p.originWhen(m.Origin), "why", m.Why)
	}
	s.p.say("same.count", "n", len(list))
	return nil
}
