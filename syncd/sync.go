package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

func init() { commands = append(commands, syncCommand) }

func syncCommand(p *program) *cobra.Command {
	var file string
	var asJSON bool
	c := &cobra.Command{Use: "sync", Short: p.text("cmd.sync"), RunE: func(c *cobra.Command, _ []string) error {
		r, err := p.openReplica(file)
		if err != nil {
			return err
		}
		defer r.Close()
		before, err := needsPerson(r)
		if err != nil {
			return err
		}
		res, err := agent.Sync(c.Context(), r, p.agentOptions())
		if err != nil {
			return p.noLine(err)
		}
		after, err := needsPerson(r)
		if err != nil {
			return err
		}
		fresh := 0
		for id := range after {
			if !before[id] {
				fresh++
			}
		}
		return p.tellSync(res, fresh, asJSON)
	}}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica")
	return c
}

func (p *program) tellSync(res agent.Result, fresh int, asJSON bool) error {
	if asJSON {
		if err := p.printJSON(map[string]any{"sent": res.Sent, "received": res.Received, "rows": res.Rows,
			"bytes_up": res.BytesUp, "bytes_down": res.BytesDown, "same": res.Same, "mended": res.Mended, "parted": res.Parted, "restored": res.Restored, "new_for_person": fresh}); err != nil {
			return err
		}
	} else {
		p.say("sync.done", "sent", res.Sent, "received", res.Received, "up", res.BytesUp, "down", res.BytesDown)
		if res.Parted {
			p.say("sync.parted")
		}
		if res.Restored {
			p.say("sync.restored")
		}
		if res.Mended > 0 {
			p.say("sync.mended", "n", res.Mended)
		}
		if fresh > 0 {
			p.say("sync.new_for_person", "n", fresh)
		}
	}
	if fresh > 0 {
		return exit(exitPerson)
	}
	return nil
}

// noLine turns a missing line into its exit code: no failure, everything is kept.
func (p *program) noLine(err error) error {
	if code := fault.CodeOf(err); code != "sync.no_line" && code != "sync.server_silent" {
		return err
	}
	p.tell(err)
	return exit(exitNoLine)
}

// needsPerson names everything that waits for a person.
func needsPerson(r *replica.Replica) (map[string]bool, error) {
	out := map[string]bool{}
	conflicts, err := r.Conflicts()
	if err != nil {
		return nil, err
	}
	for _, c := range conflicts {
		out["c"+c.ID.String()] = true
	}
	findings, err := r.Findings()
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		out["f"+f.ID.String()] = true
	}
	refused, err := r.Quarantine()
	for _, q := range refused {
		out["q"+dotText(q.Dot)] = true
	}
	return out, err
}

func dotText(d change.Dot) string { return fmt.Sprintf("%d.%d", d.W, d.N) }
