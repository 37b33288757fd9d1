package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/internal/viet"
	"dongbo/schema"
)

func init() { commands = append(commands, settleCommand) }

// settling is one run of syncd settle.
type settling struct {
	p          *program
	file, id   string
	take       int
	value, why string
	set        []string
	by         struct{ take, value, set bool }
}

func settleCommand(p *program) *cobra.Command {
	s := &settling{p: p}
	c := &cobra.Command{Use: "settle CONFLICT", Short: p.text("cmd.settle"), Args: cobra.ExactArgs(1)}
	f := c.Flags()
	f.StringVar(&s.file, "replica", "", p.text("flag.replica"))
	f.IntVar(&s.take, "take", 0, p.text("flag.take"))
	f.StringVar(&s.value, "value", "", p.text("flag.value"))
	f.StringArrayVar(&s.set, "set", nil, p.text("flag.set"))
	f.StringVar(&s.why, "why", "", p.text("flag.why"))
	c.RunE = func(c *cobra.Command, args []string) error {
		s.id = args[0]
		s.by.take, s.by.value, s.by.set = f.Changed("take"), f.Changed("value"), f.Changed("set")
		return s.run()
	}
	p.required(c, "replica")
	return c
}

func (s *settling) run() error {
	ways := 0
	for _, given := range []bool{s.by.take, s.by.value, s.by.set} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return usage(errors.New(s.p.text("conflict.one_way")))
	}
	r, err := s.p.openReplica(s.file)
	if err != nil {
		return err
	}
	defer r.Close()
	c, err := findConflict(r, s.id)
	if err != nil {
		return err
	}
	d, err := s.decision(c)
	if err != nil {
		return err
	}
	if err := r.Settle(c.ID, d); err != nil {
		return err
	}
	s.p.say("conflict.settled", "title", c.Title, "what", s.p.registerTitle(c))
	return nil
}

func (s *settling) decision(c replica.Conflict) (replica.Decision, error) {
	d := replica.Decision{Why: s.why}
	switch {
	case s.by.take:
		if s.take < 1 || s.take > len(c.Values) {
			return d, fault.New("conflict.no_such_value", "n", s.take, "count", len(c.Values))
		}
		d.Take = s.take
		return d, nil
	case s.by.value:
		if len(c.Differs) != 1 {
			return d, fault.New("conflict.several_columns", "columns", strings.Join(c.Differs, ", "))
		}
		return d, addValue(&d, c, c.Differs[0], s.value)
	}
	for _, pair := range s.set {
		col, text, ok := strings.Cut(pair, "=")
		if !ok {
			return d, usage(errors.New(s.p.text("conflict.set_form")))
		}
		if err := addValue(&d, c, col, text); err != nil {
			return d, err
		}
	}
	return d, nil
}

func addValue(d *replica.Decision, c replica.Conflict, col, text string) error {
	v, err := readValue(c.Table, col, text)
	if err != nil {
		return err
	}
	if d.Set == nil {
		d.Set = map[string]change.Value{}
	}
	d.Set[col] = v
	return nil
}

// readValue reads a value as a person types it.
func readValue(t *schema.Table, col, text string) (change.Value, error) {
	if col == "alive" {
		switch text {
		case "keep", "1":
			return change.Int(1), nil
		case "delete", "0":
			return change.Int(0), nil
		}
		return change.Null, fault.New("conflict.keep_or_delete", "value", text)
	}
	c := t.Column(col)
	if c == nil {
		return change.Null, fault.New("edit.unknown_column", "table", t.Name, "column", col)
	}
	if c.Type == schema.Date && text != "" && !viet.ValidDate(text) {
		iso, _, err := viet.ParseDate(text, 0)
		if err != nil {
			return change.Null, fault.New("edit.type", "table", t.Name, "column", col, "value", text)
		}
		text = iso
	}
	return unionstore.ParseValue(c, text)
}
