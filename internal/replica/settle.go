package replica

import (
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/schema"
)

// Decision is how a person settles a conflict: take the value numbered Take,
// or Set columns to something else.
type Decision struct {
	Take int
	Set  map[string]change.Value
	Why  string
	// Seen are the dots of the values that the person was shown; what arrived
	// since is not superseded. None: what stands when Settle is called.
	Seen []change.Dot
}

// Settle settles a conflict: its change supersedes every head that stands now.
func (r *Replica) Settle(id change.ID, d Decision) error {
	all, err := r.Conflicts()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.ID == id {
			return r.settle(c, d)
		}
	}
	return fault.New("conflict.unknown", "id", id)
}

func (r *Replica) settle(c Conflict, d Decision) error {
	set := map[string]change.Value{}
	if d.Take != 0 {
		if d.Take < 0 || d.Take > len(c.Values) {
			return fault.New("conflict.no_such_value", "n", d.Take, "count", len(c.Values))
		}
		for k, v := range c.Values[d.Take-1].Values {
			set[k] = v
		}
	} else {
		for k, v := range c.Values[0].Values {
			set[k] = v
		}
	}
	for k, v := range d.Set {
		if _, ok := set[k]; !ok {
			return fault.New("conflict.no_such_column", "column", k)
		}
		set[k] = v
	}
	e := Edit{Table: c.Table.Name, ID: c.Row, Settle: true}
	if len(d.Seen) == 0 {
		for _, v := range c.Values {
			d.Seen = append(d.Seen, v.Dot)
		}
	}
	e.Shown = map[uint16][]change.Dot{c.Register: d.Seen}
	if c.Register == schema.Alive {
		e.Delete, e.Restore = set["alive"].Int() == 0, set["alive"].Int() != 0
	} else {
		e.Set = set
	}
	edits := []Edit{e}
	if d.Why != "" {
		row, err := r.Row(c.Table.Name, c.Row)
		if err != nil {
			return err
		}
		edits = append(edits, reason(c.ID, row.Unit(), d.Why))
	}
	_, err := r.Commit(edits...)
	return err
}

// reason is the row that carries why a conflict was settled so: it travels and
// stays like any other.
func reason(conflict, unit change.ID, why string) Edit {
	return Edit{Table: "finding_answer", Set: map[string]change.Value{
		"unit_id": change.IDValue(unit), "finding": change.Text(conflict.String()),
		"answer": change.Text("settled"), "why": change.Text(why)}}
}
