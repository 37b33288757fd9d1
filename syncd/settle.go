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
	r          *replica.Replica
	file, id   string
	take       int
	value, why string
	set        []string
	by         struct{ take, value, set bool }
}

func settleCommand(p *program) *cobra.Command {
	s := &settling{p: p}
	c := &cobra.Command{Use: "settle CONFLICT", Short: p.text("cmd.settle"), Args: p.oneArgument("CONFLICT")}
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

func (s *settling) run() (err error) {
	ways := 0
	for _, given := range []bool{s.by.take, s.by.value, s.by.set} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return usage(errors.New(s.p.text("conflict.one_way")))
	}
	if s.r, err = s.p.openReplica(s.file); err != nil {
		return err
	}
	defer s.r.Close()
	list, err := s.r.Conflicts()
	if err != nil {
		return err
	}
	c, err := pick(list, func(c replica.Conflict) change.ID { return c.ID }, s.id, "conflict.unknown", "conflict.ambiguous")
	if err != nil {
		return err
	}
	d, err := s.decision(c)
	if err != nil {
		return err
	}
	if err := s.r.Settle(c.ID, d); err != nil {
		return err
	}
	s.p.say("conflict.settled", "title", c.Title, "what", s.p.columnTitles(c.Differs))
	return nil
}

func (s *settling) decision(c replica.Conflict) (d replica.Decision, err error) {
	d = replica.Decision{Why: s.why, Set: map[string]change.Value{}}
	switch {
	case s.by.take:
		if s.take < 1 || s.take > len(c.Values) {
			return d, fault.New("conflict.no_such_value", "n", s.take, "count", len(c.Values))
		}
		d.Take = s.take
	case s.by.value:
		if len(c.Differs) != 1 {
			return d, fault.New("conflict.several_columns", "columns", strings.Join(c.Differs, ", "))
		}
		d.Set[c.Differs[0]], err = s.read(c.Table, c.Differs[0], s.value)
	default:
		for _, pair := range s.set {
			col, text, ok := strings.Cut(pair, "=")
			if !ok {
				return d, usage(errors.New(s.p.text("conflict.set_form")))
			}
			if _, ok := c.Values[0].Values[col]; !ok {
				return d, fault.New("conflict.no_such_column", "column", col)
			}
			if d.Set[col], err = s.read(c.Table, col, text); err != nil {
				return d, err
			}
		}
		err = everyColumn(c, d)
	}
	return d, err
}

// everyColumn holds that a column on which the versions differ and of which
// nothing was said is not decided in passing.
func everyColumn(c replica.Conflict, d replica.Decision) error {
	var silent []string
	for _, col := range c.Differs {
		if _, ok := d.Set[col]; !ok {
			silent = append(silent, col)
		}
	}
	if len(silent) > 0 {
		return fault.New("conflict.column_left_open", "columns", strings.Join(silent, ", "))
	}
	return nil
}

// read reads a value as a person types it.
func (s *settling) read(t *schema.Table, col, text string) (change.Value, error) {
	if col == "alive" {
		switch viet.Fold(strings.TrimSpace(text)) {
		case "keep", "giu", "giu lai", "1":
			return change.Int(1), nil
		case "delete", "xoa", "0":
			return change.Int(0), nil
		}
		return change.Null, fault.New("conflict.keep_or_delete", "value", text)
	}
	c := t.Column(col)
	v, err := unionstore.ReadValue(c, text, s.p.env.Now().Year())
	if err != nil && c.Ref == "unit" { // people know units by their codes
		unit, uerr := unionstore.UnitByCode(s.r, strings.TrimSpace(text))
		return change.IDValue(unit), uerr
	}
	return v, err
}
