package replica

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// RowName names a row of a declared table.
type RowName struct {
	Table uint16
	ID    change.ID
}

// Inspection is what a file holds at one moment, for whoever checks it from
// outside: the simulator's oracle. Dots have this file's numbers (Name).
type Inspection struct {
	Ready   bool
	Waiting []*change.Change       // own changes that have not come back, by writer and number
	Refused []change.Dot           // own changes in the quarantine, seen by a person or not
	Covered int                    // rows whose confirmed state is kept apart, below what waits
	Rows    map[RowName]*merge.Row // of those asked for, as shown; none where there is none
}

// Inspect reads one moment as it is: what other programs wrote and nobody has
// sealed stands in no row of it.
func (r *Replica) Inspect(rows ...RowName) (in Inspection, err error) {
	err = r.read(func(c *regsql.Conn) error {
		in = Inspection{Rows: map[RowName]*merge.Row{}}
		ready, err := metaInt(c, "ready")
		if err != nil {
			return err
		}
		in.Ready = ready != 0
		if err := in.own(c); err != nil {
			return err
		}
		for _, name := range rows {
			if _, read := in.Rows[name]; read {
				continue
			}
			row, _, err := c.Load(schema.ByNo(name.Table), name.ID)
			if err != nil {
				return err
			}
			if row != nil {
				in.Rows[name] = row
			}
		}
		return nil
	})
	return in, err
}

// own reads the own changes that wait or were refused.
func (in *Inspection) own(c *regsql.Conn) error {
	bodies, err := c.All("SELECT body FROM sync_outbox ORDER BY w, n")
	if err != nil {
		return err
	}
	for _, b := range bodies {
		ch, err := change.Decode(slices.Clone(regsql.BytesOf(b[0])))
		if err != nil {
			return err
		}
		in.Waiting = append(in.Waiting, ch)
	}
	covered, err := c.Int("SELECT count(*) FROM sync_confirmed")
	if err != nil {
		return err
	}
	in.Covered = int(covered)
	refused, err := c.All("SELECT w, n FROM sync_quarantine ORDER BY w, n")
	for _, v := range refused {
		in.Refused = append(in.Refused, change.Dot{W: change.Ref(regsql.IntOf(v[0])), N: uint64(regsql.IntOf(v[1]))})
	}
	return err
}

// Reread forgets what this process remembers of the file: another was laid in
// its place, page by page.
func (r *Replica) Reread() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names, r.index = newDictionary(r.w), newIndex()
	clear(r.logs)
}
