package server

import (
	"slices"

	"dongbo/internal/change"
)

// expand finds the effective Seen lists of a change. Only the author's own
// device ever saw a quarantined value, so only its dots are looked at. What
// stands in the log of an earlier quarantined change is effective already.
func (o *ordering) expand(st *staged, author *Device) error {
	if author == nil {
		return nil
	}
	for i := range st.signed.Rows {
		wide, wider, err := st.signed.Rows[i].Expand(func(d change.Dot) (*change.Change, error) { return o.quarantinedOf(d, author) })
		if err != nil {
			return err
		}
		if !wider {
			continue
		}
		if st.effective == st.signed {
			st.effective = copyChange(st.signed)
		}
		st.effective.Rows[i] = wide
	}
	return nil
}

// quarantinedOf is quarantined for the dots of one device.
func (o *ordering) quarantinedOf(d change.Dot, author *Device) (*change.Change, error) {
	w, err := o.writer(d.W)
	if err != nil || w == nil || w.Device != author.ID || w.Refused == 0 {
		return nil, err
	}
	return o.quarantined(d)
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
