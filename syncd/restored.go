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
		} else if err = p.restored(s, data); err == nil {
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

// restored begins the recovery, unless the list of what was erased did.
func (p *program) restored(s *server.Server, data string) error {
	begun, err := p.eraseAgain(s, data)
	if err != nil || begun {
		return err
	}
	return s.Restored()
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
