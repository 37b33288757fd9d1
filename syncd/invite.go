package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func init() { commands = append(commands, inviteCommand) }

func inviteCommand(p *program) *cobra.Command {
	var data, unit, role, person, url string
	c := &cobra.Command{Use: "invite", Short: p.text("cmd.invite"), RunE: func(*cobra.Command, []string) error {
		s, store, err := p.openServer(data)
		if err != nil {
			return err
		}
		code, err := s.Invite(unit, role, person, url)
		if err == nil {
			p.say("invite.give", "unit", unit)
			fmt.Fprintln(p.out, code) // a contract: the last line is the code
		}
		return errors.Join(err, store.Close())
	}}
	c.Flags().StringVar(&data, "data", "", p.text("flag.data"))
	c.Flags().StringVar(&unit, "unit", "", p.text("flag.unit"))
	c.Flags().StringVar(&role, "role", "", p.text("flag.role"))
	c.Flags().StringVar(&person, "person", "", p.text("flag.person"))
	c.Flags().StringVar(&url, "url", "", p.text("flag.url"))
	p.required(c, "data", "unit", "role")
	return c
}
