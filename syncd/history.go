package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/schema"
)

func init() { commands = append(commands, historyCommand) }

type eventJSON struct {
	Register     string      `json:"register"`
	Value        any         `json:"value"`
	By           string      `json:"by"`
	Device       string      `json:"device"`
	At           *string     `json:"at"`
	ServerAt     *string     `json:"server_at"`
	Live         bool        `json:"live"`
	SupersededBy *originJSON `json:"superseded_by"`
}

type originJSON struct {
	Value  any     `json:"value"`
	By     string  `json:"by"`
	Device string  `json:"device"`
	At     *string `json:"at"`
}

func historyCommand(p *program) *cobra.Command {
	var file, table, row string
	var asJSON bool
	c := &cobra.Command{Use: "history", Short: p.text("cmd.history"), RunE: func(*cobra.Command, []string) error {
		id, err := change.ParseID(row)
		if err != nil {
			return usage(errors.New(p.text("history.row_form", "row", row)))
		}
		t := schema.ByName(table)
		if t == nil {
			return fault.New("edit.unknown_table", "table", table)
		}
		return p.history(file, t, id, asJSON)
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().StringVar(&table, "table", "", p.text("flag.table"))
	c.Flags().StringVar(&row, "row", "", p.text("flag.row"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica", "table", "row")
	return c
}

func (p *program) history(file string, t *schema.Table, id change.ID, asJSON bool) error {
	r, err := p.openReplica(file)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Seal(); err != nil { // what another program wrote is history too
		return err
	}
	events, err := r.History(t.Name, id)
	if err != nil {
		return err
	}
	if asJSON {
		out := make([]eventJSON, 0, len(events))
		for _, e := range events {
			out = append(out, eventOf(events, e))
		}
		return p.printJSON(out)
	}
	for _, e := range events {
		p.tellEvent(r, t, events, e)
	}
	return nil
}

func eventOf(all []replica.Event, e replica.Event) eventJSON {
	j := eventJSON{Register: e.Register, Value: bare(e.Values), By: e.Person, Device: e.Device, At: stamp(e.At),
		ServerAt: stamp(e.ServerAt), Live: e.Live}
	if !e.Live {
		by := e.SupersededBy
		j.SupersededBy = &originJSON{By: by.Person, Device: by.Device, At: stamp(by.At)}
		if next := successor(all, e); next != nil {
			j.SupersededBy.Value = bare(next.Values)
		}
	}
	return j
}

// successor finds the value that took the place of one.
func successor(all []replica.Event, e replica.Event) *replica.Event {
	for i := range all {
		if all[i].Register == e.Register && all[i].Dot == e.SupersededBy.Dot {
			return &all[i]
		}
	}
	return nil // it was emptied, or the row is only partly known here
}

func (p *program) tellEvent(r *replica.Replica, t *schema.Table, all []replica.Event, e replica.Event) {
	args := []any{"when", p.originWhen(e.Origin), "who", p.whoText(e.Origin), "value", p.registerText(r, t, e)}
	if e.Live {
		p.say("history.live", args...)
		return
	}
	next := p.text("value.empty")
	if s := successor(all, e); s != nil {
		next = p.registerText(r, t, *s)
	}
	p.say("history.past", append(args, "next", next, "next_who", p.whoText(e.SupersededBy), "next_when", p.originWhen(e.SupersededBy))...)
}

// registerText writes a register's columns in declared order; of a group those
// that are empty are left out.
func (p *program) registerText(r *replica.Replica, t *schema.Table, e replica.Event) string {
	if v, ok := e.Values["alive"]; ok {
		return p.columnTitle("alive") + ": " + p.valueText(r, t, "alive", v)
	}
	var parts []string
	for i := range t.Columns {
		name := t.Columns[i].Name
		if v, ok := e.Values[name]; ok && (len(e.Values) == 1 || !v.IsNull()) {
			parts = append(parts, p.columnTitle(name)+": "+p.valueText(r, t, name, v))
		}
	}
	return strings.Join(parts, " · ")
}
