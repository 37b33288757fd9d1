package unionstore

import (
	"strconv"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/union"
	"dongbo/schema"
)

// Import carries out a plan: one change a row, and the memory of which row
// became whom, so that the same file again changes nothing. Rows that need a
// person are left out.
func Import(r *replica.Replica, unit change.ID, plan union.Plan) error {
	remember := map[string]change.ID{}
	var edits []replica.Edit
	var keys []string
	for i := range plan.Decisions {
		d := &plan.Decisions[i]
		switch d.Verdict {
		case union.Same:
			remember[d.Record.Key] = d.Member.ID
			continue
		case union.New, union.Update:
		default:
			continue
		}
		e, err := editOf(d, unit)
		if err != nil {
			return err
		}
		edits, keys = append(edits, e), append(keys, d.Record.Key)
	}
	ids, err := r.CommitEach(edits)
	for i, id := range ids {
		remember[keys[i]] = id
	}
	if rerr := r.RememberImport(plan.FileKey, remember); err == nil {
		err = rerr
	}
	return err
}

func editOf(d *union.Decision, unit change.ID) (replica.Edit, error) {
	e := replica.Edit{Table: memberTable.Name, Bulk: true, Set: map[string]change.Value{}}
	if d.Verdict == union.New {
		e.Set["unit_id"] = change.IDValue(unit)
		for f, v := range d.Record.Fields {
			if err := setField(e.Set, f, v); err != nil {
				return e, err
			}
		}
		return e, nil
	}
	e.ID = d.Member.ID
	for _, c := range d.Changes {
		if err := setField(e.Set, c.Field, c.To); err != nil {
			return e, err
		}
	}
	return e, nil
}

func setField(set map[string]change.Value, field, text string) error {
	c := memberTable.Column(field)
	if c == nil {
		return fault.New("edit.unknown_column", "table", memberTable.Name, "column", field)
	}
	v, err := ParseValue(c, text)
	set[field] = v
	return err
}

// ParseValue reads a value in its canonical text: empty for none, digits for
// money, hex digits for an id.
func ParseValue(c *schema.Column, text string) (change.Value, error) {
	if text == "" {
		return change.Null, nil
	}
	bad := fault.New("edit.type", "table", "", "column", c.Name, "value", text)
	switch c.SQLType() {
	case "INTEGER":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return change.Null, bad
		}
		return change.Int(n), nil
	case "REAL":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return change.Null, bad
		}
		return change.Real(f), nil
	case "BLOB":
		id, err := change.ParseID(text)
		if err != nil {
			return change.Null, bad
		}
		return change.IDValue(id), nil
	default:
		return change.Text(text), nil
	}
}
