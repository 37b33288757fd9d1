package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/server"
)

func init() { commands = append(commands, pruneCommand) }

// pruneJSON is a contract.
type pruneJSON struct {
	DryRun  bool              `json:"dry_run"`
	Logs    []prunedLogJSON   `json:"logs"`
	Silent  []pruneDeviceJSON `json:"silent"`  // who begins with a snapshot when they come back
	Entries int               `json:"entries"` // changes that are not sent any more
	Listed  int               `json:"listed"`  // numbers that left index lists
}

type prunedLogJSON struct {
	Log    string           `json:"log"`
	Name   string           `json:"name"`
	Head   uint64           `json:"head"`
	Before uint64           `json:"before"`
	Floor  uint64           `json:"floor"`
	Holds  *pruneDeviceJSON `json:"holds"` // who has read least of it; null where it is pruned to its end
}

type pruneDeviceJSON struct {
	Device      string  `json:"device"`
	Label       string  `json:"label"`
	LastContact *string `json:"last_contact"`
}

// pruneRun is one run of syncd prune. It may run beside a serving process.
type pruneRun struct {
	p      *program
	data   string
	silent int
	dry    bool
	asJSON bool
}

func pruneCommand(p *program) *cobra.Command {
	r := &pruneRun{p: p}
	c := &cobra.Command{Use: "prune", Short: p.text("cmd.prune"), RunE: func(*cobra.Command, []string) error { return r.run() }}
	f := c.Flags()
	f.StringVar(&r.data, "data", "", p.text("flag.data"))
	f.IntVar(&r.silent, "silent", 365, p.text("flag.silent"))
	f.BoolVar(&r.dry, "dry-run", false, p.text("flag.dry_run"))
	f.BoolVar(&r.asJSON, "json", false, p.text("flag.json"))
	p.required(c, "data")
	return c
}

func (r *pruneRun) run() (err error) {
	if r.silent < 1 {
		return usage(errors.New(r.p.text("prune.silent")))
	}
	s, store, err := r.p.openServer(r.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	done, err := s.Prune(server.Pruning{Silent: time.Duration(r.silent) * 24 * time.Hour, Dry: r.dry})
	if err != nil {
		return err
	}
	return r.tell(s, done)
}

func (r *pruneRun) tell(s *server.Server, done *server.Pruned) error {
	out := pruneJSON{DryRun: r.dry, Entries: done.Entries, Listed: done.Listed, Silent: []pruneDeviceJSON{}}
	for _, l := range done.Logs {
		if l.Head == 0 {
			continue
		}
		name, err := unitTitle(s, l.Log)
		if err != nil {
			return err
		}
		r.say("prune.log", "name", name, "floor", l.Here, "head", l.Head, "before", l.Before)
		out.Logs = append(out.Logs, prunedLogJSON{Log: l.Log.String(), Name: name, Head: l.Head, Before: l.Before, Floor: l.Here,
			Holds: r.device("prune.holds", l.Holds)})
	}
	for _, d := range done.Silent {
		out.Silent = append(out.Silent, *r.device("prune.is_silent", d))
	}
	if r.asJSON {
		return r.p.printJSON(out)
	}
	r.say(map[bool]string{false: "prune.done", true: "prune.dry"}[r.dry], "n", out.Entries)
	return nil
}

func (r *pruneRun) say(key string, args ...any) {
	if !r.asJSON {
		r.p.say(key, args...)
	}
}

func (r *pruneRun) device(key string, d *server.Device) *pruneDeviceJSON {
	if d == nil {
		return nil
	}
	at := time.UnixMilli(d.LastContact)
	r.say(key, "label", d.Label, "at", r.p.whenText(at))
	return &pruneDeviceJSON{Device: d.ID.String(), Label: d.Label, LastContact: stamp(at)}
}

func unitTitle(s *server.Server, id change.ID) (string, error) {
	r, err := s.Row("unit", id)
	if err != nil || r == nil {
		return id.String(), err
	}
	return r.Value("name").Text(), nil
}
