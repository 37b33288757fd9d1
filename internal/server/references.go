package server

import (
	"errors"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// noticeDates finds a dated row that ends before it begins.
func (o *ordering) noticeDates(r *stagedRow) error {
	t := r.after.Table
	if t.Column("from_date") == nil || t.Column("to_date") == nil {
		return nil
	}
	return o.putFinding(found{
		kind: finding.DatesReversed, id: merge.FindingID(finding.DatesReversed, r.after.ID, change.ID{}),
		unit: r.unitAfter, table: t, a: r.after.ID, open: finding.Reversed(r.after),
	})
}

// reference is a column that says of whom a row speaks, and in which table
// that one stands.
type reference struct {
	table  *schema.Table
	column string
	to     *schema.Table
}

// references are those that people fill in.
var references = func() (out []reference) {
	for _, t := range schema.Tables() {
		for _, column := range []string{"member_id", "person_id"} {
			if c := t.Column(column); c != nil && t.Writer != schema.ServerOnly {
				out = append(out, reference{t, column, schema.ByName(c.Ref)})
			}
		}
	}
	return out
}()

// noticeReferences finds rows that speak of somebody who is not in the
// register: when such a row changes, and when the one it names comes or goes.
func (o *ordering) noticeReferences(r *stagedRow) error {
	t := r.after.Table
	comesOrGoes := r.before == nil || r.before.Exists() != r.after.Exists()
	if (t == memberTable || t == personTable) && comesOrGoes {
		return o.noticeNamed(t, r.after.ID, r.after.Exists())
	}
	for _, ref := range references {
		if ref.table != t {
			continue
		}
		for _, row := range []*merge.Row{r.before, r.after} {
			if err := o.noticeReference(ref, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// noticeReference looks at one state of a row that names somebody.
func (o *ordering) noticeReference(ref reference, row *merge.Row) error {
	if row == nil {
		return nil
	}
	id, ok := row.Value(ref.column).ID()
	if !ok {
		return nil
	}
	named, err := o.tx.Row(ref.to, id)
	if err != nil || named != nil && named.Exists() {
		return err // and was told when it came
	}
	return o.tellOrphan(ref.to, id, row.Unit(), true)
}

// noticeNamed looks at all who speak of somebody that came or went, once a unit.
func (o *ordering) noticeNamed(to *schema.Table, id change.ID, exists bool) error {
	var units []change.ID
	seen := map[change.ID]bool{}
	for _, ref := range references {
		if ref.to != to {
			continue
		}
		err := o.tx.RowsBy(ref.table, ref.column, id, func(r *merge.Row) error {
			if u := r.Unit(); !seen[u] {
				seen[u] = true
				units = append(units, u)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, u := range units {
		if err := o.tellOrphan(to, id, u, !exists); err != nil {
			return err
		}
	}
	return nil
}

var errEnough = errors.New("enough")

// tellOrphan opens or closes what is to be said to a unit of its rows that
// speak of somebody: one finding for all of them, which names the first.
func (o *ordering) tellOrphan(to *schema.Table, id, unit change.ID, missing bool) error {
	erased, err := o.isErased(id)
	if err != nil {
		return err
	}
	missing = missing && !erased // books speak of him by law
	f := found{kind: finding.Orphan, id: merge.FindingID(finding.Orphan, id, change.ID{}, unit), unit: unit, b: id}
	for _, ref := range references {
		if !missing || f.open || ref.to != to {
			continue
		}
		err := o.tx.RowsBy(ref.table, ref.column, id, func(r *merge.Row) error {
			if r.Unit() != unit {
				return nil
			}
			f.table, f.a, f.open = ref.table, r.ID, true
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	return o.putFinding(f)
}
