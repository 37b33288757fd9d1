package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/fault"
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
			p.tellConflict(c)
		}
		p.say("conflict.count", "n", len(list))
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

func (p *program) tellConflict(c replica.Conflict) {
	p.say("conflict.head", "id", c.ID.String()[:8], "title", c.Title, "what", p.registerTitle(c))
	for _, v := range c.Values {
		p.say("conflict.value", "n", v.N, "value", p.valueText(c, v), "by", p.orUnknown(v.Person), "device", p.orUnknown(v.Device),
			"at", p.whenText(v.At))
	}
}

func (p *program) registerTitle(c replica.Conflict) string {
	if c.Name == "alive" {
		return p.text("conflict.alive")
	}
	titles := make([]string, len(c.Differs))
	for i, col := range c.Differs {
		titles[i] = p.columnTitle(c.Table, col)
	}
	return strings.Join(titles, ", ")
}

func (p *program) valueText(c replica.Conflict, v replica.Version) string {
	if c.Name == "alive" {
		if v.Values["alive"].Int() == 0 {
			return p.text("conflict.delete")
		}
		return p.text("conflict.keep")
	}
	parts := make([]string, len(c.Differs))
	for i, col := range c.Differs {
		parts[i] = fmt.Sprint(plain(v.Values[col]))
		if v.Values[col].IsNull() {
			parts[i] = p.text("conflict.empty")
		}
	}
	return strings.Join(parts, " · ")
}

func (p *program) orUnknown(s string) string {
	if s == "" {
		return p.text("conflict.unknown")
	}
	return s
}

func (p *program) whenText(t time.Time) string {
	if t.IsZero() {
		return p.text("conflict.unknown")
	}
	return t.Format("15:04 02/01/2006")
}

// findConflict finds a conflict by its id or the unique beginning of it.
func findConflict(r *replica.Replica, id string) (found replica.Conflict, err error) {
	list, err := r.Conflicts()
	if err != nil {
		return found, err
	}
	id = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(id), "-", ""))
	n := 0
	for _, c := range list {
		if id != "" && strings.HasPrefix(c.ID.String(), id) {
			found = c
			n++
		}
	}
	if n != 1 {
		return found, fault.New("conflict.unknown", "id", id, "matches", n)
	}
	return found, nil
}
