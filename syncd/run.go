package main

import (
	"github.com/spf13/cobra"

	"dongbo/internal/agent"
)

func init() { commands = append(commands, runCommand) }

func runCommand(p *program) *cobra.Command {
	var file string
	c := &cobra.Command{Use: "run", Short: p.text("cmd.run"), RunE: func(c *cobra.Command, _ []string) error {
		r, err := p.openReplica(file)
		if err != nil {
			return err
		}
		defer r.Close()
		return agent.Run(c.Context(), r, p.agentOptions())
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	p.required(c, "replica")
	return c
}
