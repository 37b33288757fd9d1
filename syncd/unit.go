package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

func init() { commands = append(commands, unitCommand) }

// reorganising is one run of a command below syncd unit.
type reorganising struct {
	p                  *program
	r                  *replica.Replica
	file, unit         string
	into, rest         string
	parts              []string
	name, kind, parent string
	decision, date     string
	decided            unionstore.Decision
}

// unitCommand holds what an administrator does to the tree of units.
func unitCommand(p *program) *cobra.Command {
	c := &cobra.Command{Use: "unit", Short: p.text("cmd.unit"), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	for _, make := range []func(*reorganising) *cobra.Command{addCommand, moveCommand, mergeCommand, splitCommand, dissolveCommand} {
		u := &reorganising{p: p}
		sub := make(u)
		sub.Args = func(sub *cobra.Command, args []string) error { return usage(cobra.NoArgs(sub, args)) }
		sub.Flags().StringVar(&u.file, "replica", "", p.text("flag.replica"))
		sub.Flags().StringVar(&u.unit, "unit", "", p.text("flag.unit"))
		c.AddCommand(sub)
	}
	return c
}

// command makes a command that acts on an open replica.
func (u *reorganising) command(name string, act func() error, required ...string) *cobra.Command {
	c := &cobra.Command{Use: name, Short: u.p.text("cmd.unit." + name), RunE: func(*cobra.Command, []string) (err error) {
		if err := u.decide(); err != nil {
			return err
		}
		if u.r, err = u.p.openReplica(u.file); err != nil {
			return err
		}
		defer u.r.Close()
		return act()
	}}
	u.p.required(c, append([]string{"replica", "unit"}, required...)...)
	return c
}

// decisionFlags are what a reorganisation rests on.
func (u *reorganising) decisionFlags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&u.decision, "decision", "", u.p.text("flag.decision"))
	c.Flags().StringVar(&u.date, "date", "", u.p.text("flag.date"))
	return c
}

func (u *reorganising) decide() error {
	u.decided.No = u.decision
	if u.date == "" {
		return nil
	}
	v, err := unionstore.ReadValue(schema.ByName("unit_edge").Column("on_date"), u.date, u.p.env.Now().Year())
	u.decided.Date = v.Text()
	return err
}

func addCommand(u *reorganising) *cobra.Command {
	c := u.command("add", func() error {
		if err := unionstore.AddUnit(u.r, u.unit, u.name, u.kind, u.parent); err != nil {
			return err
		}
		u.p.say("reorg.added", "code", u.unit)
		return nil
	}, "name", "kind", "parent")
	c.Flags().StringVar(&u.name, "name", "", u.p.text("flag.unit_name"))
	c.Flags().StringVar(&u.kind, "kind", "", u.p.text("flag.unit_kind"))
	c.Flags().StringVar(&u.parent, "parent", "", u.p.text("flag.parent"))
	return c
}

func moveCommand(u *reorganising) *cobra.Command {
	c := u.command("move", func() error {
		if err := unionstore.MoveUnit(u.r, u.unit, u.parent); err != nil {
			return err
		}
		u.p.say("reorg.moved", "code", u.unit, "parent", u.parent)
		return nil
	}, "parent")
	c.Flags().StringVar(&u.parent, "parent", "", u.p.text("flag.parent"))
	return c
}

func mergeCommand(u *reorganising) *cobra.Command {
	c := u.command("merge", func() error {
		done, err := unionstore.MergeUnit(u.r, u.unit, u.into, u.decided)
		return u.tell("reorg.merged", done, err)
	}, "into")
	c.Flags().StringVar(&u.into, "into", "", u.p.text("flag.into"))
	return u.decisionFlags(c)
}

func splitCommand(u *reorganising) *cobra.Command {
	c := u.command("split", func() error {
		parts, err := u.readParts()
		if err != nil {
			return err
		}
		done, err := unionstore.SplitUnit(u.r, u.unit, parts, u.rest, u.decided)
		return u.tell("reorg.split", done, err)
	})
	c.Flags().StringArrayVar(&u.parts, "part", nil, u.p.text("flag.part"))
	c.Flags().StringVar(&u.rest, "rest", "", u.p.text("flag.rest"))
	return u.decisionFlags(c)
}

func dissolveCommand(u *reorganising) *cobra.Command {
	return u.decisionFlags(u.command("dissolve", func() error {
		done, err := unionstore.DissolveUnit(u.r, u.unit, u.decided)
		return u.tell("reorg.dissolved", done, err)
	}))
}

func (u *reorganising) tell(key string, done unionstore.Reorganised, err error) error {
	if err == nil {
		u.p.say(key, "code", u.unit, "members", done.Members, "units", done.Units)
	}
	return err
}

// readParts reads CODE=FILE, one member a line.
func (u *reorganising) readParts() (parts []unionstore.Part, err error) {
	for _, part := range u.parts {
		code, file, ok := strings.Cut(part, "=")
		if !ok {
			return nil, usage(errors.New(u.p.text("reorg.part_form")))
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fault.Wrap(err, "reorg.unreadable", "path", file)
		}
		p := unionstore.Part{To: code}
		for _, line := range strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				p.Members = append(p.Members, line)
			}
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return nil, usage(errors.New(u.p.text("reorg.part_form")))
	}
	return parts, nil
}
