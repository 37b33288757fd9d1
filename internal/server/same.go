package server

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Two rows of one person become one by a register of the row that gives way,
// which names the one that stays. Nothing is deleted: emptying the register
// undoes it. What is written to the row that gave way by somebody who had not
// heard, is written by the server to the row that stays, right behind.

var sameRegister = memberTable.Column(merge.SameAs).RegisterOf()

// checkSame judges who says, or takes back, that a member is kept in another
// row: he has a mandate over a unit that sees both, now. Of two who merge the
// same two the other way round the first in order holds, and the other is
// refused: nobody is kept in himself, by however many steps.
func (o *ordering) checkSame(st *staged, r *stagedRow, author *Device) error {
	if r.after.Table != memberTable || !slices.Contains(r.touched, sameRegister) {
		return nil
	}
	for _, row := range []*merge.Row{r.before, r.after} {
		if row == nil || row.KeptIn().IsZero() {
			continue
		}
		other, err := o.memberIn(st, row.KeptIn())
		if err != nil {
			return err
		}
		if other == nil { // not sent yet, by the author's other writer: who is written to would never be told
			return missing(refuse(codeRowUnknown, memberTable, merge.SameAs), row.KeptIn())
		}
		if err := o.checkMandate(st.tree, memberTable, st.tree.meet(row.Unit(), other.Unit()), author); err != nil {
			return err
		}
	}
	return o.checkCircle(st, r.after)
}

// checkCircle follows a row to the one that stands for the person.
func (o *ordering) checkCircle(st *staged, member *merge.Row) error {
	for at := member; ; {
		next := at.KeptIn()
		switch {
		case next.IsZero():
			return nil
		case next == member.ID && at == member:
			return refuse(codeSameSelf, memberTable, merge.SameAs)
		case next == member.ID:
			return refuse(codeSameCircle, memberTable, merge.SameAs)
		}
		var err error
		if at, err = o.memberIn(st, next); err != nil || at == nil {
			return err
		}
	}
}

// memberIn loads a member as the change leaves it.
func (o *ordering) memberIn(st *staged, id change.ID) (*merge.Row, error) {
	for i := range st.rows {
		if r := st.rows[i].after; r.Table == memberTable && r.ID == id {
			return r, nil
		}
	}
	return o.tx.Row(memberTable, id)
}

// followSame writes to the row that stays what a change wrote to one that gave
// way, and what stood in that one unseen by whoever merged it. Where the row
// that stays gave way in turn, that write is followed too.
func (o *ordering) followSame(st *staged) error {
	for i := range st.rows {
		r := &st.rows[i]
		if r.after.Table != memberTable || r.after.KeptIn().IsZero() {
			continue
		}
		for _, w := range followed(r, st.own) {
			if err := o.writeAfter(st.signed, r, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// followed are the values that the row that stays has to be told: of a merge by
// the server itself all that stands, since nobody chose among them.
func followed(r *stagedRow, own bool) (out []change.Write) {
	if r.before == nil || r.before.KeptIn() != r.after.KeptIn() {
		var seen []change.Dot
		for _, w := range r.write.Writes {
			if w.Reg == sameRegister && !own {
				seen = w.Seen
			}
		}
		out = r.after.Unseen(seen)
	} else {
		out = slices.Clone(r.write.Writes)
	}
	return slices.DeleteFunc(out, func(w change.Write) bool {
		return w.Reg == schema.Alive || w.Reg == sameRegister || w.Reg == memberTable.ScopeRegister() || len(w.Vals) == 0
	})
}

// writeAfter writes one value to the row that stays, in the name of whoever
// wrote it to the one that gave way.
func (o *ordering) writeAfter(c *change.Change, r *stagedRow, w change.Write) error {
	to, err := o.tx.Row(memberTable, r.after.KeptIn())
	if err != nil || to == nil {
		return err
	}
	var old []change.Value
	if r.before != nil && !slices.Contains(r.after.Conflicts(), w.Reg) {
		old = r.before.Shown(w.Reg).Vals
	}
	write, needed := to.Follow(w, old)
	if !needed {
		return nil
	}
	log, _ := o.tree.log(to.Unit())
	return o.writeFor(c.Person, log, change.RowWrite{Table: memberTable.No, ID: to.ID, Birth: to.Birth, Writes: []change.Write{write}})
}

// checkDouble judges who says of a transfer that the receiving office has the
// person already: he sees both rows, and they are two.
func (o *ordering) checkDouble(st *staged, r *stagedRow, author *Device) error {
	id, ok := r.after.Value("double_id").ID()
	if !ok {
		return nil
	}
	double, err := o.memberIn(st, id)
	if err != nil {
		return err
	}
	to, _ := receiver(st.tree, r.after)
	member, _ := r.after.Value("member_id").ID()
	if double == nil || !double.Stands() || double.Unit() != to || id == member {
		return refuse(codeTransferMember, transferTable, "double_id")
	}
	return o.checkMandate(st.tree, memberTable, st.tree.meet(r.unitAfter, to), author)
}

// joinDouble makes one record of the member who came and the one that the
// office had of him. What the two hold differently stands side by side for the
// office to settle; where somebody merged either meanwhile, a finding is left.
func (o *ordering) joinDouble(transfer *merge.Row, unit change.ID) error {
	id, ok := transfer.Value("double_id").ID()
	if !ok {
		return nil
	}
	came, _ := transfer.Value("member_id").ID()
	a, b, err := o.both(pair{came, id})
	if err != nil || a == nil || b == nil || !a.Stands() || !b.Stands() || b.Unit() != unit {
		return err
	}
	return o.put(memberTable.Name, id, change.ID{}, idOf(merge.SameAs, came))
}
