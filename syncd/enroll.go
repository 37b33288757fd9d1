package main

import (
	"github.com/spf13/cobra"

	"dongbo/internal/agent"
)

func init() { commands = append(commands, enrollCommand) }

func (p *program) agentOptions() agent.Options {
	return agent.Options{Program: "syncd " + version, Now: p.env.Now, Rand: p.env.Rand, Log: p.log}
}

func enrollCommand(p *program) *cobra.Command {
	var file, code string
	c := &cobra.Command{Use: "enroll", Short: p.text("cmd.enroll"), RunE: func(c *cobra.Command, _ []string) error {
		r, res, err := agent.Enroll(c.Context(), file, code, p.env, p.agentOptions())
		if err != nil {
			return p.noLine(err)
		}
		defer r.Close()
		st, err := r.Status()
		if err != nil {
			return err
		}
		p.say("enroll.done", "unit", st.Unit+" "+st.UnitName, "rows", res.Rows)
		return nil
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().StringVar(&code, "code", "", p.text("flag.code"))
	p.required(c, "replica", "code")
	return c
}
