package main

import (
	"errors"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
)

func init() { commands = append(commands, revokeCommand) }

func revokeCommand(p *program) *cobra.Command {
	var data, device, person string
	var stolen bool
	c := &cobra.Command{Use: "revoke", Short: p.text("cmd.revoke"), RunE: func(*cobra.Command, []string) error {
		if (device == "") == (person == "") {
			return usage(errors.New(p.text("revoke.one_of")))
		}
		id, err := change.ParseID(device + person)
		if err != nil {
			return usage(errors.New(p.text("revoke.bad_id", "id", device+person)))
		}
		s, store, err := p.openServer(data)
		if err != nil {
			return err
		}
		if device != "" {
			err = s.RevokeDevice(id, stolen)
		} else {
			err = s.RevokePerson(id, stolen)
		}
		if err == nil {
			p.say("revoke.done", "id", id)
			if !stolen {
				p.say("revoke.held_hint", "data", data)
			}
		}
		return errors.Join(err, store.Close())
	}}
	c.Flags().StringVar(&data, "data", "", p.text("flag.data"))
	c.Flags().StringVar(&device, "device", "", p.text("flag.device"))
	c.Flags().StringVar(&person, "person", "", p.text("flag.person_id"))
	c.Flags().BoolVar(&stolen, "stolen", false, p.text("flag.stolen"))
	p.required(c, "data")
	return c
}
