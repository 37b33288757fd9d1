package main

import (
	"errors"

	"github.com/spf13/cobra"

	"dongbo/internal/server"
)

func init() { commands = append(commands, restoredCommand) }

// restoredCommand may run beside a serving process.
func restoredCommand(p *program) *cobra.Command {
	var data string
	var over bool
	c := &cobra.Command{Use: "restored", Short: p.text("cmd.restored"), RunE: func(*cobra.Command, []string) error {
		s, store, err := p.openServer(data)
		if err != nil {
			return err
		}
		if over {
			err = p.recovered(s)
		} else if err = s.Restored(); err == nil {
			_, err = eraseAgain(s, data)
			p.say("restored.done")
			p.say("restored.over_hint", "data", data)
		}
		return errors.Join(err, store.Close())
	}}
	c.Flags().StringVar(&data, "data", "", p.text("flag.data"))
	c.Flags().BoolVar(&over, "over", false, p.text("flag.restored_over"))
	p.required(c, "data")
	return c
}

func (p *program) recovered(s *server.Server) error {
	since, err := s.Recovering()
	if err != nil {
		return err
	}
	if since == 0 {
		p.say("restored.nothing")
		return nil
	}
	if err := s.Recovered(); err != nil {
		return err
	}
	p.say("restored.over")
	return nil
}
