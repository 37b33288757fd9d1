package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

func init() { commands = append(commands, heldCommand) }

// heldJSON is a contract.
type heldJSON struct {
	ID       string        `json:"id"` // what --take and --discard want
	Device   string        `json:"device"`
	Label    string        `json:"label"`
	By       string        `json:"by"`
	At       *string       `json:"at"`
	ServerAt *string       `json:"server_at"`
	Rows     []heldRowJSON `json:"rows"`
}

type heldRowJSON struct {
	Table  string         `json:"table"`
	Row    string         `json:"row"`
	Title  string         `json:"title"`
	New    bool           `json:"new"`
	Values map[string]any `json:"values"`
	Now    map[string]any `json:"now"` // what the register shows in their place
}

// heldRun is one run of syncd held. It may run beside a serving process.
type heldRun struct {
	p                  *program
	data               string
	asJSON             bool
	take, discard, why string
}

func heldCommand(p *program) *cobra.Command {
	h := &heldRun{p: p}
	c := &cobra.Command{Use: "held", Short: p.text("cmd.held"), RunE: func(*cobra.Command, []string) error { return h.run() }}
	f := c.Flags()
	f.StringVar(&h.data, "data", "", p.text("flag.data"))
	f.BoolVar(&h.asJSON, "json", false, p.text("flag.json"))
	f.StringVar(&h.take, "take", "", p.text("flag.held_take"))
	f.StringVar(&h.discard, "discard", "", p.text("flag.held_discard"))
	f.StringVar(&h.why, "why", "", p.text("flag.held_why"))
	p.required(c, "data")
	return c
}

func (h *heldRun) run() (err error) {
	if h.take != "" && (h.discard != "" || h.why != "") || (h.discard == "") != (h.why == "") {
		return usage(errors.New(h.p.text("held.form")))
	}
	s, store, err := h.p.openServer(h.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	list, err := s.Held()
	if err != nil {
		return err
	}
	switch {
	case h.take != "":
		return h.takes(s, list)
	case h.discard != "":
		return h.discards(s, list)
	}
	return h.tell(s, list)
}

func (h *heldRun) takes(s *server.Server, list []server.Held) error {
	chosen, err := choose(list, h.take)
	if err != nil {
		return err
	}
	left, err := s.TakeHeld(chosen)
	if err != nil {
		return err
	}
	for _, l := range left {
		h.p.say("held.left", "id", heldID(l), "why", fault.Text(h.p.lang, fault.Code(l.Why)))
	}
	h.p.say("held.taken", "n", len(chosen)-len(left), "left", len(list)-len(chosen)+len(left))
	return nil
}

func (h *heldRun) discards(s *server.Server, list []server.Held) error {
	chosen, err := choose(list, h.discard)
	if err != nil {
		return err
	}
	if err := s.DiscardHeld(chosen, h.why); err != nil {
		return err
	}
	h.p.say("held.discarded", "n", len(chosen), "left", len(list)-len(chosen))
	return nil
}

// heldID is a held change's name for people: enough of its writer, and its number.
func heldID(h server.Held) string { return fmt.Sprintf("%s.%d", shortID(h.Writer), h.Dot.N) }

// choose gives those of a list that somebody named, in the list's order.
func choose(list []server.Held, typed string) (chosen []server.Held, err error) {
	if typed == "all" {
		return list, nil
	}
	named := strings.Split(typed, ",")
	for i := range named {
		named[i] = strings.ToLower(strings.TrimSpace(named[i]))
		if !slices.ContainsFunc(list, func(h server.Held) bool { return heldID(h) == named[i] }) {
			return nil, fault.New("held.unknown", "id", named[i])
		}
	}
	for _, h := range list {
		if slices.Contains(named, heldID(h)) {
			chosen = append(chosen, h)
		}
	}
	return chosen, nil
}

func (h *heldRun) tell(s *server.Server, list []server.Held) error {
	out := make([]heldJSON, 0, len(list))
	for _, l := range list {
		one, err := h.one(s, l)
		if err != nil {
			return err
		}
		out = append(out, one)
	}
	switch {
	case h.asJSON:
		return h.p.printJSON(out)
	case len(list) == 0:
		h.p.say("held.none")
	default:
		h.p.say("held.count", "n", len(list), "id", heldID(list[0]))
	}
	return nil
}

// one says what a held change would write, and what stands there.
func (h *heldRun) one(s *server.Server, l server.Held) (heldJSON, error) {
	at, received := time.UnixMilli(l.At), time.UnixMilli(l.Received)
	out := heldJSON{ID: heldID(l), Device: l.Device.String(), Label: l.Label, By: l.Name, At: stamp(at), ServerAt: stamp(received), Rows: []heldRowJSON{}}
	if !h.asJSON {
		h.p.say("held.line", "id", out.ID, "who", l.Name, "label", l.Label, "at", h.p.whenText(at), "received", h.p.whenText(received))
	}
	for i := range l.Change.Rows {
		row, err := h.row(s, &l.Change.Rows[i])
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func (h *heldRun) row(s *server.Server, rw *change.RowWrite) (out heldRowJSON, err error) {
	t := schema.ByNo(rw.Table)
	if t == nil {
		return heldRowJSON{Table: fmt.Sprint(rw.Table), Row: rw.ID.String()}, nil
	}
	out = heldRowJSON{Table: t.Name, Row: rw.ID.String(), New: rw.Creates, Values: map[string]any{}, Now: map[string]any{}}
	now, err := s.Row(t.Name, rw.ID)
	if err != nil {
		return out, err
	}
	var said []string
	for _, w := range rw.Writes {
		names := t.RegisterColumns(w.Reg)
		if w.Reg == schema.Alive {
			names = []string{"alive"}
		}
		for i, name := range names[:min(len(names), len(w.Vals))] {
			said = append(said, h.p.columnTitle(name)+": "+h.value(s, t, &out, now, name, w.Vals[i]))
		}
	}
	if now != nil {
		out.Title = h.p.refText(s, t.Name, change.IDValue(rw.ID))
	}
	if !h.asJSON {
		h.p.say("held.row", "table", h.p.text("table."+t.Name), "title", out.Title, "values", strings.Join(said, "; "))
	}
	return out, nil
}

// value puts one value of a held row into out, and says it and what stands there.
func (h *heldRun) value(s *server.Server, t *schema.Table, out *heldRowJSON, now *merge.Row, name string, v change.Value) string {
	text := h.p.valueText(s, t, name, v)
	out.Values[name] = plain(v)
	if name == "full_name" || name == "name" {
		out.Title = v.Text()
	}
	if now == nil || name == "alive" || now.Value(name) == v {
		return text
	}
	out.Now[name] = plain(now.Value(name))
	return h.p.text("held.instead", "new", text, "now", h.p.valueText(s, t, name, now.Value(name)))
}
