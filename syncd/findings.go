package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func init() { commands = append(commands, findingsCommand) }

type findingJSON struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"`
	Rows   []string `json:"rows"`
	Titles []string `json:"titles"`
	Detail string   `json:"detail,omitempty"`
	Local  bool     `json:"local"`
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
				j := findingJSON{ID: f.ID.String(), Kind: f.Kind, Titles: f.Titles, Detail: f.Detail, Local: f.Local, Rows: []string{}}
				for _, id := range f.Rows {
					j.Rows = append(j.Rows, id.String())
				}
				out = append(out, j)
			}
			return p.printJSON(out)
		}
		for _, f := range list {
			p.say("finding.line", "kind", p.text(strings.Join([]string{"finding", f.Kind}, ".")), "who", strings.Join(f.Titles, " · "))
		}
		p.say("finding.count", "n", len(list))
		return nil
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica")
	return c
}
