package sqlitestore

import (
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/server"
	"dongbo/schema"
)

// format is the version of what stands in the file beside the declared tables.
const format = 1

// current refuses a file that a newer program has upgraded, also while this one
// had it open: each transaction asks.
func (s *Store) current(c *regsql.Conn) error {
	stamp, err := c.Stamp()
	if err == nil && stamp.Newer(format) {
		err = fault.New(fault.ServerNewer, "path", s.path, "format", stamp)
	}
	return err
}

// revive moves into columns what newer devices wrote before this server knew
// them, and counts it to the class that it belongs to.
func (s *Store) revive(from uint16) error {
	if from == schema.Version {
		return nil
	}
	t := &tx{s: s, c: s.w, writes: true}
	type share struct{ own, published merge.Sums }
	sums := map[change.ID]share{}
	err := s.w.Revive(from, func(r *merge.Row, regs []uint16) error {
		known := r.SumsOf(t, regs)
		moved := known.Sub(merge.Sums{schema.Basic: known.Total()})
		of := sums[r.Unit()]
		if r.Table.Published {
			of.published = of.published.Add(moved)
		} else {
			of.own = of.own.Add(moved)
		}
		sums[r.Unit()] = of
		return nil
	})
	if err != nil {
		return err
	}
	for id, of := range sums {
		var u server.Unit
		if u, err = t.Unit(id); err != nil {
			return err
		}
		u.Own, u.Published = u.Own.Add(of.own), u.Published.Add(of.published)
		if err := t.SaveUnit(id, u); err != nil {
			return err
		}
	}
	return nil
}
