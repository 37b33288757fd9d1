package present

import (
	"time"

	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// toldFor is how long the inbox tells of a merge: afterwards it is in the
// person's history and in the list of merges.
const toldFor = 30 * 24 * time.Hour

// merged tells of members that were merged into another record: who did so,
// when and why, and what that means for whoever kept the record.
func (d *Desk) merged() (out []Notice, err error) {
	list, err := d.R.Merges()
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if !m.At.IsZero() && d.Now().Sub(m.At) > toldFor {
			continue
		}
		into, err := d.keptWhere(m)
		if err != nil {
			return nil, err
		}
		why := m.Why
		if why == "" {
			why = d.T("app.merged.no_why")
		}
		out = append(out, Notice{merged: m.Row, Title: d.T("app.merged.title", "a", m.Name),
			Text: d.T("app.merged.text", "a", m.Name, "into", into, "who", d.who(m.Origin), "when", d.moment(m.Origin), "why", why)})
	}
	return out, nil
}

// keptWhere names the unit that keeps the person, where this replica sees it.
func (d *Desk) keptWhere(m replica.Merged) (string, error) {
	row, err := d.R.Row("member", m.Into)
	if err != nil || row == nil {
		return d.T("app.merged.elsewhere"), err
	}
	return d.valueText(row.Table, "unit_id", change.IDValue(row.Unit())), nil
}

// memberName names a record of a person so that two of one name can be told
// apart: by the unit that keeps it.
func (d *Desk) memberName(id change.ID) string {
	row, err := d.R.Row("member", id)
	if err != nil || row == nil {
		return id.String()
	}
	return row.Value("full_name").Text() + " – " + d.unitName(row.Unit())
}
