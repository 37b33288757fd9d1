package server

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// PlanErasure finds all rows to erase with one: those of the same person that were
// merged with it, and what hangs on them, deleted ones too.
func (s *Server) PlanErasure(table string, id change.ID) (list []ErasedRow, err error) {
	err = s.store.View(func(tx Tx) error {
		tree, err := s.treeIn(tx)
		if err != nil {
			return err
		}
		p := &erasurePlan{tx: tx, tree: tree}
		t := schema.ByName(table)
		if t == nil {
			return fault.New("edit.unknown_table", "table", table)
		}
		row, err := tx.Row(t, id)
		switch {
		case err != nil:
			return err
		case row == nil:
			return fault.New(fault.EraseNoRow, "table", table, "id", id.String())
		case t != memberTable:
			return fault.New(fault.EraseTable, "table", table)
		}
		if err := p.member(row); err != nil {
			return err
		}
		list = p.rows
		return nil
	})
	return list, err
}

type erasurePlan struct {
	tx   Tx
	tree *tree
	rows []ErasedRow
}

func (p *erasurePlan) has(id change.ID) bool {
	return slices.ContainsFunc(p.rows, func(r ErasedRow) bool { return r.Row == id })
}

func (p *erasurePlan) add(r *merge.Row) { p.rows = append(p.rows, ErasedRow{r.Table.Name, r.ID}) }

// named adds a row, and if it is a member what goes with it. One that is not here
// is added by its name alone.
func (p *erasurePlan) named(r ErasedRow) error {
	t := schema.ByName(r.Table)
	if t == nil {
		return fault.New("edit.unknown_table", "table", r.Table)
	}
	row, err := p.tx.Row(t, r.Row)
	if err == nil && row != nil && t == memberTable {
		return p.member(row)
	}
	if err == nil && !p.has(r.Row) {
		p.rows = append(p.rows, r)
	}
	return err
}

// member adds a member, the rows of the same person, and what hangs on each.
func (p *erasurePlan) member(r *merge.Row) error {
	if p.has(r.ID) {
		return nil
	}
	p.add(r)
	same := []change.ID{r.KeptIn()}
	err := p.tx.RowsBy(memberTable, merge.SameAs, r.ID, func(other *merge.Row) error {
		same = append(same, other.ID)
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range same {
		other, err := p.tx.Row(memberTable, id)
		if err == nil && other != nil {
			err = p.member(other)
		}
		if err != nil {
			return err
		}
	}
	units, err := p.stood(r)
	if err != nil {
		return err
	}
	for _, t := range schema.Tables() {
		if !merge.ErasedWith(t) {
			continue
		}
		if err := p.hangingIn(t, units, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// hangingIn adds the rows of a table that name the member: those that stand,
// wherever, and the deleted ones at the units where the member stood.
func (p *erasurePlan) hangingIn(t *schema.Table, units []change.ID, member change.ID) error {
	add := func(h *merge.Row) error { return p.hanging(h, member) }
	for _, unit := range units {
		if err := p.tx.RowsOf(t, unit, add); err != nil {
			return err
		}
	}
	for _, c := range t.Columns {
		if c.Ref != memberTable.Name && (c.Type != schema.ID || c.Ref != "") {
			continue
		}
		if err := p.tx.RowsBy(t, c.Name, member, add); err != nil {
			return err
		}
	}
	return nil
}

// hanging adds a row that names the member. Of a transfer the receiving office
// has a row of its own.
func (p *erasurePlan) hanging(h *merge.Row, member change.ID) error {
	if p.has(h.ID) || !namesRow(h, member) {
		return nil
	}
	p.add(h)
	if h.Table != transferTable {
		return nil
	}
	return p.tx.RowsBy(arrivalTable, "transfer_id", h.ID, func(a *merge.Row) error {
		if !p.has(a.ID) {
			p.add(a)
		}
		return nil
	})
}

func namesRow(r *merge.Row, id change.ID) bool {
	for _, heads := range r.Regs {
		for _, h := range heads {
			if slices.Contains(h.Vals, change.IDValue(id)) {
				return true
			}
		}
	}
	return false
}

// stood lists the units where a row stands and ever stood, and those above them:
// what was deleted there did not go along, and answers stand at who sees both.
func (p *erasurePlan) stood(r *merge.Row) ([]change.ID, error) {
	units := []change.ID{r.Unit()}
	for _, log := range p.tree.logs() {
		pasts, err := p.tx.Pasts(PastPlace, r.ID, log, 0)
		if err != nil {
			return nil, err
		}
		for _, past := range pasts {
			units = append(units, pad16(past.Value))
		}
	}
	for _, unit := range slices.Clone(units) {
		units = append(units, p.tree.above(unit)...)
	}
	sortIDs(units)
	return slices.Compact(units), nil
}
