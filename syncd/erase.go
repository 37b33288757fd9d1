package main

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/server"
)

func init() { commands = append(commands, eraseCommand) }

// erasedJSON is a contract: what syncd erase does, or would do.
type erasedJSON struct {
	DryRun  bool            `json:"dry_run"`
	Rows    []erasedRowJSON `json:"rows"`
	Entries int             `json:"entries"` // places in logs that lost values
	// Scrubbed is false while the register's files may still hold traces: somebody
	// reads. The next erase, or start of the server, tries again.
	Scrubbed bool `json:"scrubbed"`
}

type erasedRowJSON struct {
	Table string `json:"table"`
	Row   string `json:"row"`
}

// erasureJSON is a contract: one row of syncd erase --status.
type erasureJSON struct {
	Table     string           `json:"table"`
	Row       string           `json:"row"`
	At        *string          `json:"at"`
	Confirmed int              `json:"confirmed"`
	Waiting   []eraseWaitsJSON `json:"waiting"`
}

type eraseWaitsJSON struct {
	Device      string  `json:"device"`
	Label       string  `json:"label"`
	LastContact *string `json:"last_contact"`
	Revoked     bool    `json:"revoked"`
}

// eraseRun is one run of syncd erase. It may run beside a serving process.
type eraseRun struct {
	p                       *program
	data, table, row, why   string
	dry, asJSON, statusOnly bool
}

func eraseCommand(p *program) *cobra.Command {
	r := &eraseRun{p: p}
	c := &cobra.Command{Use: "erase", Short: p.text("cmd.erase"), Long: p.text("erase.long"), RunE: func(*cobra.Command, []string) error { return r.run() }}
	f := c.Flags()
	f.StringVar(&r.data, "data", "", p.text("flag.data"))
	f.StringVar(&r.table, "table", "member", p.text("flag.erase_table"))
	f.StringVar(&r.row, "row", "", p.text("flag.erase_row"))
	f.StringVar(&r.why, "why", "", p.text("flag.erase_why"))
	f.BoolVar(&r.dry, "dry-run", false, p.text("flag.dry_run"))
	f.BoolVar(&r.statusOnly, "status", false, p.text("flag.erase_status"))
	f.BoolVar(&r.asJSON, "json", false, p.text("flag.json"))
	p.required(c, "data")
	return c
}

func (r *eraseRun) run() (err error) {
	if r.statusOnly != (r.row == "") || r.row != "" && !r.dry && r.why == "" {
		return usage(errors.New(r.p.text("erase.form")))
	}
	s, store, err := r.p.openServer(r.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if r.statusOnly {
		return r.status(s)
	}
	id, err := change.ParseID(r.row)
	if err != nil {
		return usage(errors.New(r.p.text("revoke.bad_id", "id", r.row)))
	}
	return r.erase(s, id)
}

func (r *eraseRun) erase(s *server.Server, id change.ID) (err error) {
	rows, err := s.PlanErasure(r.table, id)
	if err != nil {
		return err
	}
	out := erasedJSON{DryRun: r.dry, Scrubbed: true}
	if !r.dry {
		// First the list, which no backup of the register takes back.
		begun := doneNote(r.why, rows)
		begun.Done = false
		if err := noteErasure(r.data, begun); err != nil {
			return err
		}
		if rows, out.Entries, err = s.Erase(server.Erasing{Rows: rows, Why: r.why}); err != nil {
			return err
		}
		if err := noteErasure(r.data, doneNote(r.why, rows)); err != nil {
			return err
		}
		if out.Scrubbed, err = s.Scrub(); err != nil {
			return err
		}
	}
	out.Rows = doneNote("", rows).Rows
	if r.asJSON {
		return r.p.printJSON(out)
	}
	r.tell(&out)
	return nil
}

func (r *eraseRun) tell(out *erasedJSON) {
	counts := map[string]int{}
	for _, row := range out.Rows {
		counts[row.Table]++
	}
	for _, table := range slices.Sorted(maps.Keys(counts)) {
		r.p.say("erase.rows", "table", r.p.text("table."+table), "n", counts[table])
	}
	if r.dry {
		r.p.say("erase.dry", "n", len(out.Rows))
		return
	}
	r.p.say("erase.done", "n", len(out.Rows), "entries", out.Entries)
	if !out.Scrubbed {
		r.p.say("erase.unscrubbed")
	}
	r.p.say("erase.hint", "data", r.data)
}

func (r *eraseRun) status(s *server.Server) error {
	all, err := s.Erasures()
	if err != nil {
		return err
	}
	out := []erasureJSON{}
	for _, e := range all {
		at := time.UnixMilli(e.At)
		one := erasureJSON{Table: e.Table, Row: e.Row.String(), At: stamp(at), Confirmed: e.Confirmed, Waiting: []eraseWaitsJSON{}}
		r.say("erase.row", "table", r.p.text("table."+e.Table), "id", one.Row, "at", r.p.whenText(at), "n", e.Confirmed, "of", e.Confirmed+len(e.Waiting))
		for _, d := range e.Waiting {
			contact := time.UnixMilli(d.LastContact)
			r.say(map[bool]string{false: "erase.waits", true: "erase.waits_revoked"}[d.Revoked], "label", d.Label, "at", r.p.whenText(contact))
			one.Waiting = append(one.Waiting, eraseWaitsJSON{Device: d.ID.String(), Label: d.Label, LastContact: stamp(contact), Revoked: d.Revoked})
		}
		out = append(out, one)
	}
	if r.asJSON {
		return r.p.printJSON(out)
	}
	if len(all) == 0 {
		r.p.say("erase.none")
	}
	return nil
}

func (r *eraseRun) say(key string, args ...any) {
	if !r.asJSON {
		r.p.say(key, args...)
	}
}
