package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
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
			return usage(err)
		}
		r, err := p.openReplica(file)
		if err != nil {
			return err
		}
		defer r.Close()
		if err := r.Seal(); err != nil {
			return err
		}
		events, err := r.History(table, id)
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(eventsOf(events))
		}
		for _, e := range events {
			p.tellEvent(schema.ByName(table), e)
		}
		return nil
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().StringVar(&table, "table", "", p.text("flag.table"))
	c.Flags().StringVar(&row, "row", "", p.text("flag.row"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica", "table", "row")
	return c
}

func eventsOf(events []replica.Event) []eventJSON {
	out := make([]eventJSON, 0, len(events))
	for _, e := range events {
		j := eventJSON{Register: e.Register, Value: bare(e.Values), By: e.Person, Device: e.Device, At: stamp(e.At),
			ServerAt: stamp(e.ServerAt), Live: e.Live}
		if !e.Live {
			j.SupersededBy = &originJSON{By: e.SupersededBy.Person, Device: e.SupersededBy.Device, At: stamp(e.SupersededBy.At)}
		}
		out = append(out, j)
	}
	return out
}

func (p *program) tellEvent(t *schema.Table, e replica.Event) {
	for col, v := range e.Values {
		key := "history.live"
		if !e.Live {
			key = "history.past"
		}
		p.say(key, "when", p.whenText(e.At), "who", p.orUnknown(e.Person), "device", p.orUnknown(e.Device),
			"column", p.columnTitle(t, col), "value", fmt.Sprint(plain(v)),
			"next", p.orUnknown(e.SupersededBy.Person), "next_when", p.whenText(e.SupersededBy.At))
	}
}
