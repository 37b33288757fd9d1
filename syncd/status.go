package main

import (
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/replica"
)

func init() { commands = append(commands, statusCommand) }

// statusJSON is a contract: other programs read these names.
type statusJSON struct {
	Unit         string            `json:"unit"`
	UnitName     string            `json:"unit_name"`
	Role         string            `json:"role"`
	Person       string            `json:"person"`
	Ready        bool              `json:"ready"`
	Waiting      int64             `json:"waiting"`
	Received     int64             `json:"received"`
	Conflicts    int64             `json:"conflicts"`
	Quarantined  int64             `json:"quarantined"`
	Findings     int64             `json:"findings"`
	Digest       string            `json:"digest"`
	Cursor       map[string]uint64 `json:"cursor"`
	ServerDigest string            `json:"server_digest"`
	LastContact  *string           `json:"last_contact"`
	Encrypted    *bool             `json:"encrypted_volume"` // null: this system does not say
	Restored     *string           `json:"server_restored"`  // since when a restored server takes back what it lost; null: it does not
	Held         int64             `json:"held"`
}

func statusCommand(p *program) *cobra.Command {
	var file string
	var asJSON bool
	c := &cobra.Command{Use: "status", Short: p.text("cmd.status"), RunE: func(*cobra.Command, []string) error {
		r, err := p.openReplica(file)
		if err != nil {
			return err
		}
		defer r.Close()
		s, err := r.Status()
		if err != nil {
			return err
		}
		if asJSON {
			return p.printJSON(statusOf(s, encryptedVolume(file)))
		}
		p.tellStatus(s, encryptedVolume(file))
		return nil
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica")
	return c
}

func statusOf(s replica.Status, encrypted *bool) statusJSON {
	out := statusJSON{Unit: s.Unit, UnitName: s.UnitName, Role: s.Role, Person: s.Person, Ready: s.Ready, Waiting: s.Waiting,
		Received: s.Received, Conflicts: s.Conflicts, Quarantined: s.Quarantined, Findings: s.Findings, Digest: s.Digest,
		Cursor: s.Cursor, ServerDigest: s.ServerDigest, Encrypted: encrypted}
	if !s.LastContact.IsZero() {
		at := s.LastContact.Format(time.RFC3339)
		out.LastContact = &at
	}
	if !s.Restored.IsZero() {
		at := s.Restored.Format(time.RFC3339)
		out.Restored, out.Held = &at, s.Held
	}
	return out
}

func (p *program) tellStatus(s replica.Status, encrypted *bool) {
	p.say("status.unit", "code", s.Unit, "name", s.UnitName)
	p.say("status.person", "name", s.Person, "role", s.Role)
	if s.Waiting > 0 {
		p.say("status.waiting", "n", s.Waiting)
	} else {
		p.say("status.clean")
	}
	if s.LastContact.IsZero() {
		p.say("status.never")
	} else {
		p.say("status.last_contact", "when", s.LastContact.Format("15:04 02/01/2006"))
	}
	if !s.Restored.IsZero() {
		p.say("status.restored", "when", s.Restored.Format("15:04 02/01/2006"))
	}
	for key, n := range map[string]int64{"status.held": s.Held, "status.conflicts": s.Conflicts, "status.quarantined": s.Quarantined, "status.findings": s.Findings} {
		if n > 0 {
			p.say(key, "n", n)
		}
	}
	switch {
	case encrypted == nil:
		p.say("status.encrypted_unknown")
	case *encrypted:
		p.say("status.encrypted_yes")
	default:
		p.say("status.encrypted_no")
	}
}
