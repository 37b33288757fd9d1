package unionstore

import (
	"database/sql"
	"errors"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
)

// Transfer is a member's move between two offices as this replica sees it: as
// the one that the member is to leave, or as the one that he is to come to.
type Transfer struct {
	ID         change.ID
	Out        bool      // this side has the member, or had him
	Member     change.ID // known to the side that has him
	Name       string
	BirthDate  string
	From, To   string // units, as people name them
	Status     string // asked, withdrawn, accepted, refused, overtaken
	DecisionNo string
	OnDate     string
	Why        string
	AnswerWhy  string
	Joins      bool // the receiving office has a record of the same person: the two become one
}

// Open tells whether it waits for an answer.
func (t Transfer) Open() bool { return t.Status == "asked" }

// TransferRequest is what an office says when it asks.
type TransferRequest struct {
	Member     change.ID
	To         string // the receiving unit's code
	DecisionNo string
	OnDate     string
	Why        string
	Double     change.ID // the receiving office's own row of the same person, if any
}

// Who is to leave is named by the member's row or, where he has left, by the stub.
const transfersSQL = `SELECT t.id, 1, t.member_id, coalesce(m.full_name, s.full_name), m.birth_date, u.name, coalesce(t.to_name, t.to_code),
  t.status, t.decision_no, t.on_date, t.why, t.answer_why, t.double_id IS NOT NULL
FROM transfer t LEFT JOIN member m ON m.id = t.member_id LEFT JOIN stub s ON s.member_id = t.member_id AND s.unit_id = t.unit_id
LEFT JOIN unit u ON u.id = t.unit_id
UNION ALL
SELECT a.id, 0, NULL, a.full_name, a.birth_date, a.from_name, u.name, a.status, a.decision_no, a.on_date, a.why, a.answer_why, a.double_id IS NOT NULL
FROM arrival a LEFT JOIN unit u ON u.id = a.unit_id WHERE NOT EXISTS (SELECT 1 FROM transfer t WHERE t.id = a.transfer_id)
ORDER BY 2, 1`

// Transfers lists the transfers of this replica's units, the oldest first; one
// whose both sides are here is listed once.
func Transfers(r *replica.Replica) (list []Transfer, err error) {
	rows, err := r.DB().Query(transfersSQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t Transfer
		var id, member []byte
		var text [9]sql.NullString
		if err := rows.Scan(&id, &t.Out, &member, &text[0], &text[1], &text[2], &text[3], &text[4], &text[5], &text[6], &text[7], &text[8], &t.Joins); err != nil {
			return nil, err
		}
		copy(t.ID[:], id)
		copy(t.Member[:], member)
		for i, to := range []*string{&t.Name, &t.BirthDate, &t.From, &t.To, &t.Status, &t.DecisionNo, &t.OnDate, &t.Why, &t.AnswerWhy} {
			*to = text[i].String
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// SendAfter asks for the transfer of a member's older record to the unit that
// has made a newer one, which it names; accepted, the two become one.
func SendAfter(r *replica.Replica, older, newer change.ID, why string) (to *merge.Row, transfer change.ID, err error) {
	double, err := r.Row("member", newer)
	if err != nil {
		return nil, transfer, err
	}
	if double != nil && double.Stands() {
		to, err = r.Row("unit", double.Unit())
	}
	if err == nil && to == nil {
		err = fault.New("same.not_here", "id", newer.String())
	}
	if err != nil {
		return nil, transfer, err
	}
	transfer, err = AskTransfer(r, TransferRequest{Member: older, To: to.Value("code").Text(), Why: why, Double: newer})
	return to, transfer, err
}

// AskTransfer asks for a member's transfer. The member stays until the other
// office has accepted.
func AskTransfer(r *replica.Replica, q TransferRequest) (change.ID, error) {
	if err := r.Seal(); err != nil { // another program may have entered the member just now
		return change.ID{}, err
	}
	member, err := r.Row("member", q.Member)
	if err != nil {
		return change.ID{}, err
	}
	if member == nil || !member.Exists() {
		return change.ID{}, fault.New("transfer.no_member", "id", q.Member)
	}
	name := member.Value("full_name").Text()
	all, err := Transfers(r)
	if err != nil {
		return change.ID{}, err
	}
	for _, t := range all {
		if t.Member == q.Member && t.Open() {
			return change.ID{}, fault.New(fault.RefusedTransferOpen)
		}
	}
	_, person, err := r.Home()
	if err != nil {
		return change.ID{}, err
	}
	set := map[string]change.Value{"unit_id": change.IDValue(member.Unit()), "member_id": change.IDValue(q.Member),
		"to_code": change.Text(strings.TrimSpace(q.To)), "asked_by_id": change.IDValue(person), "status": change.Text("asked")}
	for column, text := range map[string]string{"decision_no": q.DecisionNo, "on_date": q.OnDate, "why": q.Why} {
		if text != "" {
			set[column] = change.Text(text)
		}
	}
	if !q.Double.IsZero() {
		set["double_id"] = change.IDValue(q.Double)
	}
	to, err := UnitByCode(r, strings.TrimSpace(q.To))
	switch {
	case err == nil && to == member.Unit():
		return change.ID{}, fault.New("transfer.same_unit", "name", name, "code", q.To)
	case err == nil:
		set["to_unit_id"] = change.IDValue(to)
	case fault.CodeOf(err) != "unit.no_such_code": // an office sees few units: the server knows them all
		return change.ID{}, err
	}
	ids, err := r.Commit(replica.Edit{Table: "transfer", Set: set})
	if err != nil {
		return change.ID{}, err
	}
	return ids[0], nil
}

// AnswerTransfer accepts or, with a reason, refuses who is to come.
func AnswerTransfer(r *replica.Replica, t Transfer, accept bool, why string) error {
	status := "accepted"
	if !accept {
		status = "refused"
	}
	if !accept && strings.TrimSpace(why) == "" {
		return fault.New(fault.RefusedTransferReason)
	}
	if !t.Open() {
		return fault.New(fault.RefusedTransferClosed)
	}
	arrival, err := arrivalOf(r, t)
	if err != nil {
		return err
	}
	set := map[string]change.Value{"status": change.Text(status)}
	if why = strings.TrimSpace(why); why != "" {
		set["answer_why"] = change.Text(why)
	}
	_, err = r.Commit(replica.Edit{Table: "arrival", ID: arrival, Set: set})
	return err
}

// arrivalOf is the receiver's row: who sees the sender's side may see it too, or not.
func arrivalOf(r *replica.Replica, t Transfer) (id change.ID, err error) {
	if !t.Out {
		return t.ID, nil
	}
	var b []byte
	err = r.DB().QueryRow("SELECT id FROM arrival WHERE transfer_id = ?", t.ID[:]).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return id, fault.New("transfer.not_yours", "name", t.Name, "to", t.To)
	}
	copy(id[:], b)
	return id, err
}

// WithdrawTransfer takes back what this side asked.
func WithdrawTransfer(r *replica.Replica, t Transfer) error {
	if !t.Out {
		return fault.New("transfer.not_asked_here", "name", t.Name)
	}
	if !t.Open() {
		return fault.New(fault.RefusedTransferClosed)
	}
	_, err := r.Commit(replica.Edit{Table: "transfer", ID: t.ID, Set: map[string]change.Value{"status": change.Text("withdrawn")}})
	return err
}
