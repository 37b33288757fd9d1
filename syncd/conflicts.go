package main

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/replica"
)

func init() { commands = append(commands, conflictsCommand) }

// conflictJSON and valueJSON are contracts.
type conflictJSON struct {
	ID       string      `json:"id"`
	Table    string      `json:"table"`
	Row      string      `json:"row"`
	Title    string      `json:"title"`
	Register string      `json:"register"`
	Differs  []string    `json:"differs"`
	Values   []valueJSON `json:"values"`
}

type valueJSON struct {
	N        int     `json:"n"`
	Value    any     `json:"value"`
	By       string  `json:"by"`
	Device   string  `json:"device"`
	At       *string `json:"at"`
	ServerAt *string `json:"server_at"`
}

func conflictsCommand(p *program) *cobra.Command {
	var file string
	var asJSON bool
	c := &cobra.Command{Use: "conflicts", Short: p.text("cmd.conflicts"), RunE: func(*cobra.Command, []string) error {
		r, err := p.openReplica(file)
		if err != nil {
			return err
		}
		defer r.Close()
		list, err := r.Conflicts()
		if err != nil {
			return err
		}
		if asJSON {
			out := make([]conflictJSON, 0, len(list))
			for _, c := range list {
				out = append(out, conflictOf(c))
			}
			return p.printJSON(out)
		}
		for _, c := range list {
			p.tellConflict(r, c)
		}
		if len(list) == 0 {
			p.say("conflict.none")
			return nil
		}
		p.say("conflict.count", "n", len(list), "id", shortID(list[0].ID))
		return nil
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica")
	return c
}

func conflictOf(c replica.Conflict) conflictJSON {
	out := conflictJSON{ID: c.ID.String(), Table: c.Table.Name, Row: c.Row.String(), Title: c.Title, Register: c.Name, Differs: c.Differs}
	for _, v := range c.Values {
		out.Values = append(out.Values, valueJSON{N: v.N, Value: bare(v.Values), By: v.Person, Device: v.Device,
			At: stamp(v.At), ServerAt: stamp(v.ServerAt)})
	}
	return out
}

// bare is a register's value: itself where the register is one column, an
// object where it is a group.
func bare(values map[string]change.Value) any {
	group := map[string]any{}
	for name, v := range values {
		group[name] = plain(v)
	}
	if len(group) == 1 {
		for _, v := range group {
			return v
		}
	}
	return group
}

// plain is a value as JSON has it; blobs in hex.
func plain(v change.Value) any {
	if v.Kind() == change.KindBlob {
		return hex.EncodeToString([]byte(v.Text()))
	}
	return v.Any()
}

func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.Format(time.RFC3339)
	return &s
}

// shortID is enough of an id to type.
func shortID(id change.ID) string { return id.String()[:8] }

func (p *program) tellConflict(r *replica.Replica, c replica.Conflict) {
	p.say("conflict.head", "id", shortID(c.ID), "table", p.text("table."+c.Table.Name), "title", c.Title, "what", p.columnTitles(c.Differs))
	for _, v := range c.Values {
		parts := make([]string, len(c.Differs))
		for i, col := range c.Differs {
			parts[i] = p.valueText(r, c.Table, col, v.Values[col])
		}
		p.say("conflict.value", "n", v.N, "value", strings.Join(parts, " · "), "who", p.whoText(v.Origin), "at", p.originWhen(v.Origin))
	}
}
