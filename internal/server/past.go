package server

import (
	"errors"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Past is something that was so, until an entry of a log ended it. Rights are
// judged where an author stood: with what he had received, not with what
// happened since.
type Past struct {
	Kind  PastKind
	Of    change.ID // the row, unit or person
	Log   change.ID
	Num   uint64 // the entry that ended it
	Value []byte
}

// PastKind says what a Past tells.
type PastKind byte

// Append-only: they stand in files.
const (
	PastPlace   PastKind = iota + 1 // the unit that a row stood at
	PastAbove                       // what a unit belonged to, and what managed it
	PastMandate                     // a unit and a role that a person had there
	PastDead                        // a value of a row that was replaced before it came: see again.go
	PastWaits                       // a change that waits for a row or person
	PastErased                      // that a row's values were erased, and where: see erase.go
)

// remember keeps what the entry ended.
func (o *ordering) remember(e *Entry, st *staged, was map[change.ID]node) error {
	var err error
	past := func(kind PastKind, of change.ID, at behind, value []byte) {
		err = errors.Join(err, o.tx.AddPast(Past{Kind: kind, Of: of, Log: at.log, Num: at.num, Value: value}))
	}
	here := behind{e.Log, e.Num}
	for i := range st.rows {
		r := &st.rows[i]
		if r.before == nil {
			continue
		}
		stood := r.unitBefore
		if st.echo != nil {
			stood = st.echo.stood[i] // also of what comes: its unit may have left this log before it
		}
		if stood != r.unitAfter {
			past(PastPlace, r.after.ID, here, stood[:])
		}
		if n, moved := was[r.after.ID]; moved && r.after.Table == unitTable {
			above := slices.Concat(n.parent[:], n.manager[:])
			past(PastAbove, r.after.ID, here, above)
			if r.log != e.Log { // it ends there with whatever comes next
				head, failed := o.tx.Head(r.log)
				past(PastAbove, r.after.ID, behind{r.log, head + 1}, above)
				err = errors.Join(err, failed)
			}
		}
		if r.after.Table != mandateTable {
			continue
		}
		person, m, held := granted(r.before)
		personNow, now, holds := granted(r.after)
		if held && (!holds || person != personNow || m.Unit != now.Unit || m.Role > now.Role) {
			past(PastMandate, person, here, append(m.Unit[:], byte(m.Role)))
		}
	}
	return err
}

// then is the tree and the mandates as the author of a change knew them.
// What stands in other logs than the change's is taken as it stands now: how
// far the author had read those, the change does not say.
type then struct {
	o   *ordering
	log change.ID
	num uint64
}

// first returns the value of the earliest thing that ended behind the author's
// place: what was so when he wrote. Nil: nothing has changed since.
func (t *then) first(kind PastKind, of change.ID) ([]byte, error) {
	list, err := t.o.tx.Pasts(kind, of, t.log, t.num)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0].Value, nil
}

func (t *then) unit(row, now change.ID) (change.ID, error) {
	v, err := t.first(PastPlace, row)
	if err == nil && v != nil {
		copy(now[:], v)
	}
	return now, err
}

func (t *then) node(unit change.ID) (n node, err error) {
	n, _ = t.o.tree.node(unit)
	v, err := t.first(PastAbove, unit)
	if err == nil && v != nil {
		copy(n.manager[:], v[copy(n.parent[:], v):])
	}
	return n, err
}

// above is tree.above where the author stood.
func (t *then) above(unit change.ID) ([]change.ID, error) {
	out := []change.ID{unit}
	for i := 0; i < len(out); i++ {
		n, err := t.node(out[i])
		if err != nil {
			return nil, err
		}
		for _, id := range []change.ID{n.parent, n.manager} {
			if !id.IsZero() && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// mandates are those that the person has or, where the author stood, had.
func (t *then) mandates(person change.ID) ([]Mandate, error) {
	now, err := t.o.mandatesOf(person)
	if err != nil {
		return nil, err
	}
	list, err := t.o.tx.Pasts(PastMandate, person, t.log, t.num)
	out := slices.Clone(now)
	for _, p := range list {
		m := Mandate{Role: schema.Role(p.Value[len(p.Value)-1])}
		copy(m.Unit[:], p.Value)
		out = append(out, m)
	}
	return out, err
}

// allows asks for a mandate over a row at unit, where the author stood.
func (t *then) allows(table *schema.Table, unit, person change.ID) (bool, error) {
	if table == unitTable {
		n, err := t.node(unit)
		if err != nil {
			return false, err
		}
		if !n.parent.IsZero() {
			unit = n.parent
		}
	}
	mandates, err := t.mandates(person)
	if err != nil {
		return false, err
	}
	above, err := t.above(unit)
	return slices.ContainsFunc(mandates, func(m Mandate) bool {
		return m.Role >= table.Writer && slices.Contains(above, m.Unit)
	}), err
}

// wasAllowed tells whether the author had the right where he stood, though it
// is gone now. A row that the change itself moves is asked for where it goes to.
// Who does not read the log at all stands nowhere: once his replica has heard
// that it lost the province, it can write no more of what it lost.
func (o *ordering) wasAllowed(st *staged, r *stagedRow, author *Device) (bool, error) {
	if st.read == 0 || r.after.Table == answerTable {
		return false, nil // an answer is judged by who sees both rows when it is ordered
	}
	t := &then{o: o, log: st.signed.Log, num: st.read}
	unit := r.unitAfter
	if r.before != nil {
		from, err := t.unit(r.after.ID, r.unitBefore)
		if err != nil {
			return false, err
		}
		if ok, err := t.allows(r.after.Table, from, author.Person); err != nil || !ok {
			return false, err
		}
		if r.unitBefore == r.unitAfter {
			return true, nil
		}
	}
	return t.allows(r.after.Table, unit, author.Person)
}

// lateKind is the finding that tells a row's unit of a change whose author no
// longer had the right to it, and could not know.
const lateKind = "after_transfer"

// tellLate writes that finding for each row that was changed so.
func (o *ordering) tellLate(st *staged, author *Device) error {
	for i := range st.rows {
		r := &st.rows[i]
		if !r.late {
			continue
		}
		if err := o.tellLateOf(r, r.unitAfter, author); err != nil {
			return err
		}
	}
	return nil
}

func (o *ordering) tellLateOf(r *stagedRow, unit change.ID, author *Device) error {
	return o.putFinding(found{kind: lateKind, id: merge.FindingID(lateKind, r.after.ID, author.ID), unit: unit, table: r.after.Table,
		a: r.after.ID, detail: author.Label, open: true})
}
