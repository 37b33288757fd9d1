package server

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// expand finds the effective Seen lists of a change: naming a quarantined dot
// also names what that dot's change named, for its author had been shown that
// and wrote over it. Only the author's own device ever saw the quarantined
// value, so only its dots are looked at. What stands in the log of an earlier
// quarantined change is effective already: no recursion is left to do.
func (o *ordering) expand(st *staged, author *Device) error {
	if author == nil {
		return nil
	}
	for i := range st.signed.Rows {
		for j := range st.signed.Rows[i].Writes {
			w := &st.signed.Rows[i].Writes[j]
			seen, err := expandSeen(w.Seen, func(d change.Dot) ([]change.Dot, error) {
				return o.namedBy(d, author, &st.signed.Rows[i], w.Reg)
			})
			if err != nil {
				return err
			}
			if len(seen) > len(w.Seen) {
				if st.effective == st.signed {
					st.effective = copyChange(st.signed)
				}
				st.effective.Rows[i].Writes[j].Seen = seen
			}
		}
	}
	return nil
}

// expandSeen adds to the list what named gives for each of its dots and for
// each that is added, each once, behind the dots that were there.
func expandSeen(seen []change.Dot, named func(change.Dot) ([]change.Dot, error)) ([]change.Dot, error) {
	out := seen[:len(seen):len(seen)]
	for i := 0; i < len(out); i++ {
		more, err := named(out[i])
		if err != nil {
			return nil, err
		}
		for _, d := range more {
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// namedBy returns what a quarantined dot's change named on the register; for a
// delete, which names the dots of all registers, on any of the row's.
func (o *ordering) namedBy(d change.Dot, author *Device, rw *change.RowWrite, reg uint16) ([]change.Dot, error) {
	w, err := o.writer(d.W)
	if err != nil || w == nil || w.Device != author.ID || w.Refused == 0 {
		return nil, err
	}
	c, err := o.quarantined(d)
	if err != nil || c == nil {
		return nil, err
	}
	var out []change.Dot
	for _, other := range c.Rows {
		if other.Table != rw.Table || other.ID != rw.ID {
			continue
		}
		for _, w := range other.Writes {
			if w.Reg == reg || reg == schema.Alive {
				out = append(out, w.Seen...)
			}
		}
	}
	return out, nil
}

// quarantined returns the change of a quarantined dot, with effective lists;
// nil for any other dot.
func (o *ordering) quarantined(d change.Dot) (*change.Change, error) {
	link, known, err := o.tx.Link(d)
	if err != nil || !known || !link.Refused {
		return nil, err
	}
	return effectiveAt(o.tx, link)
}

// effectiveAt reads a change from the log, with effective lists.
func effectiveAt(tx Tx, link Link) (*change.Change, error) {
	e, err := tx.Entry(link.Log, link.Num)
	if err != nil || e == nil {
		return nil, err
	}
	return e.effective()
}

func (e *Entry) effective() (*change.Change, error) {
	if e.Effective != nil {
		return change.Decode(e.Effective)
	}
	return change.Decode(e.Body)
}

// copyChange copies as deep as the Seen lists.
func copyChange(c *change.Change) *change.Change {
	out := *c
	out.Rows = slices.Clone(c.Rows)
	for i := range out.Rows {
		out.Rows[i].Writes = slices.Clone(out.Rows[i].Writes)
	}
	return &out
}
