package server

import (
	"crypto/sha256"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// A transfer has two parties. The office that has the member asks: a row of
// transfer at its own unit. The server puts a row of arrival at the receiving
// unit, which says who is to come and no more. Either office writes its own row
// only, and the server writes on the other's what came of it: the sender
// withdraws, the receiver accepts or refuses, and of two who do so at once the
// first in the server's order holds. Until it is accepted the member stays where
// he is; then the server moves him, in the same Update.

var (
	transferTable = schema.ByName("transfer")
	arrivalTable  = schema.ByName("arrival")
)

// The states of a transfer. Asked is open, all others end it.
const (
	stateAsked     = "asked"
	stateWithdrawn = "withdrawn"
	stateAccepted  = "accepted"
	stateRefused   = "refused"
	stateOvertaken = "overtaken" // the member was moved elsewhere, or deleted
)

// checkTransfer judges what a person writes of a transfer.
func (o *ordering) checkTransfer(st *staged, r *stagedRow, author *Device) error {
	t := r.after.Table
	switch {
	case t != transferTable && t != arrivalTable:
		return nil
	case r.before == nil && t == transferTable:
		return o.checkAsked(st, r, author)
	case r.before == nil:
		return refuse(codeTransferStep, t, "")
	case r.before.Value("status").Text() != stateAsked:
		return refuse(codeTransferClosed, t, "status")
	case t == transferTable:
		return checkStep(r, []string{stateAsked, stateWithdrawn}, "status", "decision_no", "on_date", "why")
	}
	if err := checkStep(r, []string{stateAccepted, stateRefused}, "status", "answer_why"); err != nil {
		return err
	}
	if r.after.Value("status").Text() == stateRefused {
		if r.after.Value("answer_why").Text() == "" {
			return refuse(codeTransferReason, t, "answer_why")
		}
		return nil
	}
	asked, err := o.asked(r.after)
	if err != nil {
		return err
	}
	return o.checkLeaving(st, asked)
}

// checkStep holds a step to the columns and the states that it may write.
func checkStep(r *stagedRow, states []string, columns ...string) error {
	t := r.after.Table
	for _, no := range r.touched {
		if !slices.ContainsFunc(columns, func(c string) bool { return t.Column(c).RegisterOf() == no }) {
			return refuse(codeTransferStep, t, firstColumn(t, no))
		}
	}
	if !slices.Contains(states, r.after.Value("status").Text()) {
		return refuse(codeTransferStep, t, "status")
	}
	return nil
}

// checkAsked judges a new transfer.
func (o *ordering) checkAsked(st *staged, r *stagedRow, author *Device) error {
	t := r.after.Table
	if r.after.Value("status").Text() != stateAsked || !r.after.Value("answer_why").IsNull() {
		return refuse(codeTransferStep, t, "status")
	}
	if to, ok := receiver(st.tree, r.after); !ok || to == r.unitAfter {
		return refuse(codeTransferUnit, t, "to_code")
	}
	if err := o.checkLeaving(st, r.after); err != nil {
		return err
	}
	member, _ := r.after.Value("member_id").ID()
	if err := o.checkDouble(st, r, author); err != nil {
		return err
	}
	open, err := o.openTransfers(member)
	if err == nil && len(open) > 0 {
		err = refuse(codeTransferOpen, t, "member_id")
	}
	return err
}

// checkLeaving holds that the member still is where he is to leave.
func (o *ordering) checkLeaving(st *staged, transfer *merge.Row) error {
	id, _ := transfer.Value("member_id").ID()
	member, err := o.tx.Row(memberTable, id)
	for i := range st.rows {
		if r := st.rows[i].after; r.Table == memberTable && r.ID == id {
			member = r
		}
	}
	if err == nil && (member == nil || !member.Exists() || member.Unit() != transfer.Unit()) {
		err = refuse(codeTransferMember, transferTable, "member_id")
	}
	return err
}

// receiver is the unit that a transfer goes to: an office names by its code a
// unit that it does not see.
func receiver(tr *tree, transfer *merge.Row) (change.ID, bool) {
	if id, ok := transfer.Value("to_unit_id").ID(); ok {
		_, known := tr.node(id)
		return id, known
	}
	return tr.byCode(transfer.Value("to_code").Text())
}

func (o *ordering) openTransfers(member change.ID) (list []*merge.Row, err error) {
	err = o.tx.RowsBy(transferTable, "member_id", member, func(r *merge.Row) error {
		if r.Value("status").Text() == stateAsked {
			list = append(list, r)
		}
		return nil
	})
	return list, err
}

// asked is the sender's row of an arrival.
func (o *ordering) asked(arrival *merge.Row) (*merge.Row, error) {
	id, _ := arrival.Value("transfer_id").ID()
	return o.tx.Row(transferTable, id)
}

// carry does what comes of the steps of a transfer, and of moves that end one.
func (o *ordering) carry(st *staged) error {
	for i := range st.rows {
		r := &st.rows[i]
		var err error
		switch {
		case r.after.Table == memberTable && r.before != nil &&
			(r.unitBefore != r.unitAfter || r.before.Exists() && !r.after.Exists()):
			err = o.overtake(r.after)
		case st.own:
		case r.after.Table == transferTable:
			err = o.announceArrival(r.after)
		case r.after.Table == arrivalTable:
			err = o.answer(r.after)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// announceArrival tells the receiving unit of a transfer as it stands now.
func (o *ordering) announceArrival(transfer *merge.Row) error {
	to, _ := receiver(o.tree, transfer)
	unit, err := o.tx.Row(unitTable, to)
	if err != nil {
		return err
	}
	id, _ := transfer.Value("member_id").ID()
	member, err := o.tx.Row(memberTable, id)
	if err != nil {
		return err
	}
	from, err := o.tx.Row(unitTable, transfer.Unit())
	if err != nil {
		return err
	}
	err = o.put(transferTable.Name, transfer.ID, change.ID{}, idOf("to_unit_id", to), textOf("to_code", unit.Value("code").Text()),
		textOf("to_name", unit.Value("name").Text()))
	if err != nil {
		return err
	}
	log, _ := o.tree.log(to)
	return o.put(arrivalTable.Name, arrivalID(transfer.ID), log, idOf("unit_id", to), idOf("transfer_id", transfer.ID),
		idOf("from_unit_id", from.ID), textOf("from_name", from.Value("name").Text()),
		textOf("full_name", member.Value("full_name").Text()), textOf("birth_date", member.Value("birth_date").Text()),
		value{"decision_no", transfer.Value("decision_no")}, value{"on_date", transfer.Value("on_date")},
		value{"why", transfer.Value("why")}, value{"double_id", transfer.Value("double_id")}, value{"status", transfer.Value("status")})
}

// answer tells the sender what the receiver said and, where it accepts, moves
// the member.
func (o *ordering) answer(arrival *merge.Row) error {
	transfer, err := o.asked(arrival)
	if err != nil {
		return err
	}
	err = o.put(transferTable.Name, transfer.ID, change.ID{}, value{"status", arrival.Value("status")},
		value{"answer_why", arrival.Value("answer_why")}, value{"answered_at", change.Int(o.at)})
	if err != nil || arrival.Value("status").Text() != stateAccepted {
		return err
	}
	member, _ := transfer.Value("member_id").ID()
	if err := o.put(memberTable.Name, member, change.ID{}, idOf("unit_id", arrival.Unit())); err != nil {
		return err
	}
	return o.joinDouble(transfer, arrival.Unit())
}

// overtake ends the member's open transfers: somebody above both units moved
// him, there or elsewhere, or he was deleted.
func (o *ordering) overtake(member *merge.Row) error {
	open, err := o.openTransfers(member.ID)
	if err != nil {
		return err
	}
	for _, transfer := range open {
		state := stateOvertaken
		if to, _ := receiver(o.tree, transfer); member.Exists() && to == member.Unit() {
			state = stateAccepted
		}
		status, at := textOf("status", state), value{"answered_at", change.Int(o.at)}
		if err := o.put(transferTable.Name, transfer.ID, change.ID{}, status, at); err != nil {
			return err
		}
		if err := o.put(arrivalTable.Name, arrivalID(transfer.ID), change.ID{}, status); err != nil {
			return err
		}
	}
	return nil
}

// arrivalID names the one arrival of a transfer.
func arrivalID(transfer change.ID) change.ID {
	sum := sha256.Sum256(append([]byte("dongbo arrival\x00"), transfer[:]...))
	return change.ID(sum[:16])
}
