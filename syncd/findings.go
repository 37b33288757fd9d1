package main

import (
	"fmt"
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
	Detail string   `json:"detail,omitempty"`
	Local  bool     `json:"local"` // seen by this replica; the server has not said so yet
}

func findingsCommand(p *program) *cobra.Command {
	var file string
	var asJSON bool
	c := &cobra.Command{Use: "findings", Short: p.text("cmd.findings"), RunE: func(*cobra.Command, []string) error {
		r, err := p.openReplica(file)
		if err != nil {
			return err
		}
		defer r.Close()
		list, err := r.Findings()
		if err != nil {
			return err
		}
		if asJSON {
			out := make([]findingJSON, 0, len(list))
			for _, f := range list {
				out = append(out, findingOf(f))
			}
			return p.printJSON(out)
		}
		for _, f := range list {
			p.tellFinding(r, f)
		}
		p.say("finding.count", "n", len(list))
		return nil
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica")
	return c
}

func findingOf(f replica.Finding) findingJSON {
	out := findingJSON{ID: f.ID.String(), Kind: f.Kind, Table: f.Table, Titles: f.Titles, Detail: f.Detail, Local: f.Local, Rows: []string{}}
	if out.Titles == nil {
		out.Titles = []string{}
	}
	for _, id := range f.Rows {
		out.Rows = append(out.Rows, id.String())
	}
	return out
}

func (p *program) tellFinding(r *replica.Replica, f replica.Finding) {
	members := f.Rows
	sides, disagrees := finding.SidesOf(f.Kind)
	if disagrees {
		members = f.Rows[:1]
	}
	who := make([]string, len(members))
	for i, id := range members {
		who[i] = p.memberText(r, id, f.Titles[i])
	}
	p.say("finding.line", "kind", p.text("finding.kind."+f.Kind), "who", strings.Join(who, " · "))
	if disagrees && len(f.Rows) == 2 {
		p.tellSide(r, "finding.member_says", "member", sides.Member, f.Rows[0])
		p.tellSide(r, "finding.record_says", sides.Table, sides.Record, f.Rows[1])
	}
	if f.Local {
		p.say("finding.local")
	}
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
func (p *program) memberText(r *replica.Replica, id change.ID, title string) string {
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
