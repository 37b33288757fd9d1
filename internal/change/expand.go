package change

import (
	"slices"

	"dongbo/schema"
)

// Expand returns the row's writes with effective Seen lists. Naming a
// quarantined dot also names what that dot's change named: its author had been
// shown that, and wrote over it. So what is added may be quarantined itself,
// and is looked at too. Refused gives a quarantined dot's change, nil for any
// other dot. Where nothing is added the writes come back as they are.
func (rw RowWrite) Expand(refused func(Dot) (*Change, error)) (wide RowWrite, wider bool, err error) {
	wide = rw
	for i, w := range rw.Writes {
		seen := w.Seen[:len(w.Seen):len(w.Seen)]
		for j := 0; j < len(seen); j++ { // it grows meanwhile
			c, err := refused(seen[j])
			if err != nil {
				return rw, false, err
			}
			if c != nil {
				seen = c.addNamed(seen, rw, w.Reg)
			}
		}
		if len(seen) == len(w.Seen) {
			continue
		}
		if !wider {
			wide.Writes, wider = slices.Clone(rw.Writes), true
		}
		wide.Writes[i].Seen = seen
	}
	return wide, wider, nil
}

// addNamed adds what the change named of a register of the row; for a delete,
// which names the dots of all registers, of any.
func (c *Change) addNamed(seen []Dot, rw RowWrite, reg uint16) []Dot {
	for _, other := range c.Rows {
		if other.Table != rw.Table || other.ID != rw.ID {
			continue
		}
		for _, w := range other.Writes {
			for _, d := range w.Seen {
				if (w.Reg == reg || reg == schema.Alive) && !slices.Contains(seen, d) {
					seen = append(seen, d)
				}
			}
		}
	}
	return seen
}
