package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
)

func init() { commands = append(commands, findingsCommand) }

type findingJSON struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`
	Table  string   `json:"table"` // of the first row
	Rows   []string `json:"rows"`
	Titles []string `json:"titles"`
	Score  int      `json:"score,omitempty"` // of a possible duplicate, 0 to 100
	// Reasons says of each field that both rows have: same, near or differs.
	Reasons map[string]string `json:"reasons,omitempty"`
	Detail  string            `json:"detail,omitempty"`
	Local   bool              `json:"local"` // seen by this replica; the server has not said so yet
}

// findingsRun is one run of syncd findings.
type findingsRun struct {
	p                    *program
	file                 string
	asJSON               bool
	answer, as, why      string
	answers, says, tells bool // which of these flags were given
	same                 sameRun
}

// How --as spells the answers: they are two people, they are one.
const (
	asNotSame = "not-same"
	asSame    = "same"
	asMoved   = "transfer" // they are one, who moved
)

func findingsCommand(p *program) *cobra.Command {
	s := &findingsRun{p: p}
	c := &cobra.Command{Use: "findings", Short: p.text("cmd.findings")}
	f := c.Flags()
	f.StringVar(&s.file, "replica", "", p.text("flag.replica"))
	f.BoolVar(&s.asJSON, "json", false, p.text("flag.json"))
	f.StringVar(&s.answer, "answer", "", p.text("flag.answer"))
	f.StringVar(&s.as, "as", "", p.text("flag.as"))
	f.StringVar(&s.why, "why", "", p.text("flag.answer_why"))
	s.same.flags(p, f)
	c.RunE = func(*cobra.Command, []string) error {
		s.answers, s.says, s.tells = f.Changed("answer"), f.Changed("as"), f.Changed("why")
		return s.run()
	}
	p.required(c, "replica")
	return c
}

// formed tells whether the flags go together.
func (s *findingsRun) formed() bool {
	if s.answers != s.says || s.tells && !s.answers || s.answers && s.asJSON {
		return false
	}
	return (!s.answers || s.as == asNotSame || s.as == asSame || s.as == asMoved) && s.same.formed(s)
}

func (s *findingsRun) run() error {
	if !s.formed() {
		return usage(errors.New(s.p.text("finding.answer_form")))
	}
	r, err := s.p.openReplica(s.file)
	if err != nil {
		return err
	}
	defer r.Close()
	if s.same.merged || s.same.undo != "" {
		return s.runMerged(r)
	}
	list, err := r.Findings()
	if err != nil {
		return err
	}
	if s.answers {
		return s.say(r, list)
	}
	if s.asJSON {
		out := make([]findingJSON, 0, len(list))
		for _, f := range list {
			out = append(out, findingOf(f))
		}
		return s.p.printJSON(out)
	}
	for _, f := range list {
		s.p.tellFinding(r, f)
	}
	s.p.say("finding.count", "n", len(list))
	if i := slices.IndexFunc(list, func(f replica.Finding) bool { return slices.Contains(finding.Pairs, f.Kind) }); i >= 0 {
		s.p.say("finding.hint", "id", shortID(list[i].ID))
	}
	return nil
}

// say answers a finding.
func (s *findingsRun) say(r *replica.Replica, list []replica.Finding) error {
	f, err := pick(list, func(f replica.Finding) change.ID { return f.ID }, s.answer, "finding.unknown", "finding.ambiguous")
	if err != nil {
		return err
	}
	if s.as != asNotSame {
		return s.one(r, f)
	}
	if err := r.AnswerNotSame(f, s.why); err != nil {
		return err
	}
	s.p.say("finding.answered", "who", strings.Join(f.Titles, " · "))
	return nil
}

func findingOf(f replica.Finding) findingJSON {
	out := findingJSON{ID: f.ID.String(), Kind: f.Kind, Table: f.Table, Titles: f.Titles, Detail: f.Detail, Local: f.Local, Rows: []string{}, Score: f.Score}
	if out.Titles == nil {
		out.Titles = []string{}
	}
	for _, id := range f.Rows {
		out.Rows = append(out.Rows, id.String())
	}
	for _, m := range f.Marks {
		if out.Reasons == nil {
			out.Reasons = map[string]string{}
		}
		out.Reasons[m.Field] = m.How
	}
	return out
}

func (p *program) tellFinding(r *replica.Replica, f replica.Finding) {
	about := f.Rows
	sides, disagrees := finding.SidesOf(f.Kind)
	if disagrees || f.Kind == finding.Orphan { // the second row is told apart, or is nowhere
		about = f.Rows[:min(1, len(f.Rows))]
	}
	who := make([]string, len(about))
	for i, id := range about {
		if f.Table == "member" || f.Table == "" {
			who[i] = p.memberText(r, id, f.Titles[i])
		} else {
			who[i] = p.recordText(r, f.Table, id, f.Titles[i])
		}
	}
	p.say("finding.line", "id", shortID(f.ID), "kind", p.text("finding.kind."+f.Kind), "who", strings.Join(who, " · "))
	if disagrees && len(f.Rows) == 2 {
		p.tellSide(r, "finding.member_says", "member", sides.Member, f.Rows[0])
		p.tellSide(r, "finding.record_says", sides.Table, sides.Record, f.Rows[1])
	}
	if len(f.Marks) > 0 {
		p.say("finding.score", "score", f.Score, "why", p.marksText(f.Marks))
	}
	if f.Local {
		p.say("finding.local")
	}
}

// marksText says which fields of two members are the same, nearly so, or differ.
func (p *program) marksText(marks []finding.Mark) string {
	var parts []string
	for _, how := range []string{finding.Same, finding.Near, finding.Differs} {
		var fields []string
		for _, m := range marks {
			if m.How == how {
				fields = append(fields, strings.ToLower(p.columnTitle(m.Field)))
			}
		}
		if len(fields) > 0 {
			parts = append(parts, p.text("finding.how."+how, "fields", strings.Join(fields, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

// recordText names a row that is no member: its table, whom it speaks of, its
// dates, and the id by which history shows it.
func (p *program) recordText(r *replica.Replica, table string, id change.ID, title string) string {
	more := []string{id.String()}
	if row, err := r.Row(table, id); err == nil && row != nil {
		if from, to := row.Value("from_date").Text(), row.Value("to_date").Text(); from != "" || to != "" {
			more = append([]string{unionstore.DateText(from) + " – " + unionstore.DateText(to)}, more...)
		}
	}
	if title != "" {
		more = append([]string{title}, more...)
	}
	return fmt.Sprintf("%s (%s)", p.text("table."+table), strings.Join(more, ", "))
}

// tellSide says what one side of a disagreement holds, where it is here.
func (p *program) tellSide(r *replica.Replica, key, table, column string, id change.ID) {
	row, err := r.Row(table, id)
	if err != nil || row == nil {
		return
	}
	p.say(key, "table", p.text("table."+table), "column", p.columnTitle(column), "value", p.valueText(r, row.Table, column, row.Value(column)))
}

// memberText names a member so that two of one name can be told apart: birth
// date and unit, and the id by which history shows the row.
func (p *program) memberText(r rows, id change.ID, title string) string {
	row, err := r.Row("member", id)
	if err != nil || row == nil { // written by another program and not sealed yet, or not in this scope
		return fmt.Sprintf("%s (%s)", title, id)
	}
	more := []string{}
	if birth := row.Value("birth_date"); !birth.IsNull() {
		more = append(more, unionstore.DateText(birth.Text()))
	}
	more = append(more, p.refText(r, "unit", change.IDValue(row.Unit())), id.String())
	return fmt.Sprintf("%s (%s)", row.Value("full_name").Text(), strings.Join(more, ", "))
}
