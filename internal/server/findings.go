package server

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/schema"
)

var (
	memberTable  = schema.ByName("member")
	personTable  = schema.ByName("person")
	findingTable = schema.ByName("finding")
	recordTables = []*schema.Table{schema.ByName("membership"), schema.ByName("position"), schema.ByName("wage")}
)

// maxRecords bounds the records that a member is held against: a thousand
// wages of one member are one mistake, and would be read at each change.
const maxRecords = 256

// notice looks at what a change made of its rows. What it finds are changes of
// the server's own, right behind. Each rule looks at rows as they stand, never
// at what was found before, so that what is open follows from the rows alone.
func (o *ordering) notice(st *staged) error {
	for i := range st.rows {
		r := &st.rows[i]
		if r.after.Table == memberTable {
			if err := o.noticeMember(r); err != nil {
				return err
			}
		}
		if err := o.noticeAnswer(r); err != nil {
			return err
		}
		if err := o.noticeDates(r); err != nil {
			return err
		}
		if err := o.noticeReferences(r); err != nil {
			return err
		}
	}
	for _, member := range membersIn(st) {
		if err := o.noticeRecords(member); err != nil {
			return err
		}
	}
	return o.noticeAlike(st)
}

// differ tells whether two states of a row show different values, or one of
// them is deleted.
func differ(a, b *merge.Row, columns ...string) bool {
	return a.Exists() != b.Exists() || slices.ContainsFunc(columns, func(c string) bool { return a.Value(c) != b.Value(c) })
}

// membersIn gives the members whose rows or records changed, in their order.
func membersIn(st *staged) (members []change.ID) {
	add := func(id change.ID) {
		if !id.IsZero() && !slices.Contains(members, id) {
			members = append(members, id)
		}
	}
	for i := range st.rows {
		r := &st.rows[i]
		switch t := r.after.Table; {
		case t == memberTable:
			if r.before == nil || differ(r.before, r.after, "unit_id", "status", "union_role", "wage_base", merge.SameAs) {
				add(r.after.ID)
			}
		case slices.Contains(recordTables, t):
			for _, row := range []*merge.Row{r.before, r.after} {
				if row != nil {
					id, _ := row.Value("member_id").ID()
					add(id)
				}
			}
		}
	}
	return members
}

// noticeRecords holds a member against the dated records, wherever these stand.
func (o *ordering) noticeRecords(id change.ID) error {
	member, err := o.tx.Row(memberTable, id)
	if err != nil || member == nil {
		return err
	}
	var records []*merge.Row
	for _, t := range recordTables {
		err := o.tx.RowsBy(t, "member_id", id, func(r *merge.Row) error {
			records = append(records, r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	var told []finding.Told
	if len(records) <= maxRecords && member.Stands() {
		told = finding.Disagree(member, records)
	}
	for _, kind := range finding.Disagreements {
		f := found{kind: kind, id: merge.FindingID(kind, id, change.ID{}), unit: member.Unit(), table: memberTable, a: id}
		if i := slices.IndexFunc(told, func(t finding.Told) bool { return t.Kind == kind }); i >= 0 {
			f.open, f.b = true, told[i].Record
		}
		if err := o.putFinding(f); err != nil {
			return err
		}
	}
	return nil
}

// found is what a rule says of rows: a finding, or that there is none.
type found struct {
	kind     string
	id       change.ID
	unit     change.ID // whom it is told
	table    *schema.Table
	a, b     change.ID        // a is a row of the table; the kind says what b is
	likeness finding.Likeness // of a possible duplicate
	detail   string
	open     bool
}

// putFinding leaves the finding as it must be. One that never was is not
// written down as closed, and a closed one keeps its rows.
func (o *ordering) putFinding(f found) error {
	log, _ := o.tree.log(f.unit)
	if f.open {
		values := []value{idOf("unit_id", f.unit), textOf("kind", f.kind), idOf("row_a", f.a), idOf("row_b", f.b),
			textOf("on_table", f.table.Name), textOf("status", finding.Open), textOf("reasons", f.likeness.Reasons()), textOf("detail", f.detail)}
		if f.likeness.Score > 0 {
			values = append(values, value{"score", change.Int(int64(f.likeness.Score))})
		}
		return o.put(findingTable.Name, f.id, log, values...)
	}
	old, err := o.tx.Row(findingTable, f.id)
	if err != nil || old == nil {
		return err
	}
	return o.put(findingTable.Name, f.id, log, idOf("unit_id", f.unit), textOf("status", finding.Closed))
}
