package unionstore

import (
	"context"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/union"
)

// Result says what an import wrote.
type Result struct{ New, Updated int }

// importBatch bounds how much is written between two looks at the context.
const importBatch = 512

// Import carries out a plan: one change a row, and the memory of which row
// became whom, so that the same file again changes nothing. Rows that need a
// person are left out. A decision learns the id of the member it made; one
// whose member was changed by somebody since the plan was made becomes an
// Error, for the plan no longer knows what it would overwrite.
func Import(ctx context.Context, r *replica.Replica, unit change.ID, plan union.Plan) (res Result, err error) {
	if err := r.Seal(); err != nil { // what another program wrote must have its dots before updates name them
		return res, err
	}
	if err := nameNewcomers(r, plan); err != nil {
		return res, err
	}
	// The memory comes first: what is remembered and not written does no harm,
	// what is written and not remembered would be doubted the next time.
	if err := remember(r, plan); err != nil {
		return res, err
	}
	var todo []*union.Decision
	for i := range plan.Decisions {
		if d := &plan.Decisions[i]; d.Verdict == union.New || d.Verdict == union.Update {
			todo = append(todo, d)
		}
	}
	done := 0
	for some := range slices.Chunk(todo, importBatch) {
		if ctx.Err() != nil {
			return res, fault.Wrap(ctx.Err(), "import.interrupted", "done", done, "total", len(todo))
		}
		if err := write(r, unit, some, &res); err != nil {
			return res, err
		}
		done += len(some)
	}
	return res, nil
}

// nameNewcomers gives the members to be made their ids.
func nameNewcomers(r *replica.Replica, plan union.Plan) error {
	ids, err := r.NewIDs(plan.Count()[union.New])
	if err != nil {
		return err
	}
	for i := range plan.Decisions {
		if d := &plan.Decisions[i]; d.Verdict == union.New {
			d.Member.ID, ids = ids[0], ids[1:]
		}
	}
	return nil
}

func remember(r *replica.Replica, plan union.Plan) error {
	known := map[record]change.ID{}
	if err := eachImported(r.DB(), func(from record, id change.ID) { known[from] = id }); err != nil {
		return err
	}
	rows := map[string]change.ID{}
	for i := range plan.Decisions {
		d := &plan.Decisions[i]
		switch d.Verdict {
		case union.New, union.Update, union.Same:
			if known[record{plan.FileKey, d.Record.Key}] != d.Member.ID {
				rows[d.Record.Key] = d.Member.ID
			}
		}
	}
	return r.RememberImport(plan.FileKey, rows)
}

func write(r *replica.Replica, unit change.ID, some []*union.Decision, res *Result) error {
	var edits []replica.Edit
	var made Result
	for _, d := range some {
		e, err := editOf(r, d, unit)
		switch {
		case err != nil:
			return err
		case d.Verdict == union.New:
			made.New++
		case d.Verdict == union.Update:
			made.Updated++
		default:
			continue
		}
		edits = append(edits, e)
	}
	if _, err := r.CommitEach(edits); err != nil {
		return err
	}
	res.New += made.New
	res.Updated += made.Updated
	return nil
}

func editOf(r *replica.Replica, d *union.Decision, unit change.ID) (replica.Edit, error) {
	e := replica.Edit{Table: memberTable.Name, ID: d.Member.ID, Bulk: true, Set: map[string]change.Value{}}
	if d.Verdict == union.New {
		e.Set["unit_id"] = change.IDValue(unit)
	} else if err := asPlanned(r, d, &e); err != nil || d.Verdict != union.Update {
		return e, err
	}
	for _, c := range d.Changes {
		v, err := parse(memberTable.Column(c.Field), c.To)
		if err != nil {
			return e, err
		}
		e.Set[c.Field] = v
	}
	return e, nil
}

// asPlanned notes what of the member the plan saw, so that what arrives from
// now on is not overwritten, and turns the decision into an error where
// something arrived before.
func asPlanned(r *replica.Replica, d *union.Decision, e *replica.Edit) error {
	row, err := r.Row(memberTable.Name, d.Member.ID)
	if err != nil {
		return err
	}
	if row == nil || !row.Exists() || !stands(row, d) {
		d.Verdict = union.Error
		d.Why = append(d.Why, fault.New("import.changed_meanwhile", "name", d.Member.Fields["full_name"]))
		return nil
	}
	e.Shown = map[uint16][]change.Dot{}
	for _, c := range d.Changes {
		reg := memberTable.Column(c.Field).RegisterOf()
		e.Shown[reg] = row.ShownDots(reg)
	}
	return nil
}

// stands tells whether the registers that the decision would write still hold
// what the plan was made from.
func stands(row *merge.Row, d *union.Decision) bool {
	now := union.Member{Fields: map[string]string{}}
	for _, c := range d.Changes {
		reg := memberTable.Column(c.Field).RegisterOf()
		for _, f := range Fields {
			if memberTable.Column(f).RegisterOf() != reg {
				continue
			}
			setField(&now, f, row.Value(f).Any())
			if now.Fields[f] != d.Member.Fields[f] {
				return false
			}
		}
	}
	return true
}
