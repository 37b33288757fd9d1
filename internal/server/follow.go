package server

import (
	"crypto/sha256"
	"errors"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// What hangs on a record follows it: the schema says of each reference whether
// its row goes along when the record moves, or stays with the unit that made
// it. Either is written by the server, right behind the change that moved the
// record and in the same Update.

var stubTable = schema.ByName("stub")

// maxFollow bounds how many rows one such change moves.
const maxFollow = 256

// follow looks at what a change moved, and at what it hung on a record that
// has moved without its author's knowledge.
func (o *ordering) follow(st *staged, author *Device) error {
	for i := range st.rows {
		r := &st.rows[i]
		if r.before != nil && r.unitBefore != r.unitAfter {
			if err := o.goAlong(r); err != nil {
				return err
			}
		} else if author != nil {
			if err := o.catchUp(st, r, author); err != nil {
				return err
			}
		}
	}
	return nil
}

// goAlong moves what stood beside the record and goes with it, and leaves a
// stub where something that stays names it.
func (o *ordering) goAlong(r *stagedRow) error {
	var going []change.RowWrite
	stays := false
	for _, ref := range r.after.Table.References() {
		err := o.tx.RowsBy(ref.Table, ref.Column.Name, r.after.ID, func(row *merge.Row) error {
			if row.Unit() != r.unitBefore {
				return nil
			}
			if !ref.Column.GoesWith {
				stays = true
				return nil
			}
			rw, err := draft(row.Table, row.ID, row, idOf(row.Table.Scope, r.unitAfter))
			if rw != nil {
				going = append(going, *rw)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	log, _ := o.tree.log(r.unitBefore)
	for some := range slices.Chunk(going, maxFollow) {
		if err := o.write(log, some...); err != nil {
			return err
		}
	}
	if r.after.Table != memberTable {
		return nil
	}
	if err := o.drop(stubTable.Name, stubID(r.after.ID, r.unitAfter)); err != nil || !stays {
		return err
	}
	return o.leaveStub(r.after, r.unitBefore)
}

// catchUp looks at a new row whose author did not know that the record it
// hangs on had moved away: it goes after it, or the record leaves a stub.
func (o *ordering) catchUp(st *staged, r *stagedRow, author *Device) error {
	for i := range r.after.Table.Columns {
		c := &r.after.Table.Columns[i]
		to := schema.ByName(c.Ref)
		if to == nil || to == unitTable || to.Published || !r.names(c) {
			continue
		}
		id, _ := r.after.Value(c.Name).ID()
		record, err := o.tx.Row(to, id)
		if err != nil {
			return err
		}
		if record == nil || record.Unit() == r.unitAfter {
			continue
		}
		follows, err := o.mayFollow(st, r, record, author)
		if err != nil || !follows {
			return err
		}
		if !c.GoesWith {
			if to != memberTable {
				continue
			}
			stub, err := o.tx.Row(stubTable, stubID(id, r.unitAfter))
			if err != nil || stub != nil && stub.Exists() {
				return err
			}
			return o.leaveStub(record, r.unitAfter)
		}
		return o.sendAfter(r, record.Unit(), author)
	}
	return nil
}

// names tells whether the change made or brought back what column c names.
func (r *stagedRow) names(c *schema.Column) bool {
	return slices.Contains(r.touched, c.RegisterOf()) || slices.Contains(r.touched, schema.Alive)
}

// mayFollow tells whether a row goes after the record that it hangs on. Nobody's
// row follows a record that was never his, but who may write where the record is
// now needs no other reason.
func (o *ordering) mayFollow(st *staged, r *stagedRow, record *merge.Row, author *Device) (bool, error) {
	err := o.checkMandate(o.tree, r.after.Table, record.Unit(), author)
	if no := (*refusal)(nil); !errors.As(err, &no) {
		return err == nil, err
	}
	return o.wasHis(st, r, record, author)
}

// wasHis tells whether the author of a change had reason to take the record to
// be at the row's unit, or the right to it where it was: it stood there when he
// wrote, or at some moment since (his own move may have come before his own row),
// or was moved there by a change that was not first. Where the unit has gone into
// another log meanwhile, that one says how the record left it.
func (o *ordering) wasHis(st *staged, r *stagedRow, record *merge.Row, author *Device) (bool, error) {
	unit := r.unitAfter
	for _, h := range record.Heads(record.Table.ScopeRegister()) {
		if id, _ := h.Vals[0].ID(); id == unit {
			return true, nil
		}
	}
	if st.read == 0 {
		return false, nil
	}
	asked := []behind{{st.signed.Log, st.read}}
	if log, _ := o.tree.log(unit); log != st.signed.Log {
		asked = append(asked, behind{log, 0})
	}
	for _, at := range asked {
		stood, err := o.tx.Pasts(PastPlace, record.ID, at.log, at.num)
		if err != nil {
			return false, err
		}
		t := &then{o: o, log: at.log, num: at.num}
		for _, p := range stood {
			if change.ID(p.Value) == unit {
				return true, nil
			}
			if his, err := t.allows(r.after.Table, change.ID(p.Value), author.Person); err != nil || his {
				return his, err
			}
		}
		// He may have moved it himself, and that was refused: it stands where it was.
		if his, err := t.allows(r.after.Table, record.Unit(), author.Person); err != nil || his {
			return his, err
		}
	}
	return false, nil
}

// sendAfter moves a row to the record that it goes with, and tells those who
// have the record that it comes late.
func (o *ordering) sendAfter(r *stagedRow, unit change.ID, author *Device) error {
	if err := o.put(r.after.Table.Name, r.after.ID, change.ID{}, idOf(r.after.Table.Scope, unit)); err != nil {
		return err
	}
	return o.tellLateOf(r, unit, author)
}

// leaveStub keeps at a unit who the member was that something there names, and
// where the member went. What it said of an earlier leaving gives way.
func (o *ordering) leaveStub(member *merge.Row, unit change.ID) error {
	to, err := o.tx.Row(unitTable, member.Unit())
	if err != nil || to == nil {
		return err
	}
	log, _ := o.tree.log(unit)
	return o.put(stubTable.Name, stubID(member.ID, unit), log, idOf("unit_id", unit), idOf("member_id", member.ID),
		textOf("full_name", member.Value("full_name").Text()), idOf("to_unit_id", to.ID), textOf("to_name", to.Value("name").Text()),
		value{"moved_at", change.Int(o.at)})
}

// stubID names the one stub that a member has at a unit.
func stubID(member, unit change.ID) change.ID {
	sum := sha256.Sum256(slices.Concat([]byte("dongbo stub\x00"), member[:], unit[:]))
	return change.ID(sum[:16])
}
