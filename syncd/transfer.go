package main

import (
	"errors"

	"github.com/spf13/cobra"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

func init() { commands = append(commands, transferCommand) }

// transferJSON is a contract.
type transferJSON struct {
	ID         string `json:"id"`
	Direction  string `json:"direction"` // out, in
	Member     string `json:"member,omitempty"`
	Name       string `json:"name"`
	BirthDate  string `json:"birth_date,omitempty"`
	From       string `json:"from"`
	To         string `json:"to"`
	Status     string `json:"status"`
	DecisionNo string `json:"decision_no,omitempty"`
	OnDate     string `json:"on_date,omitempty"`
	Why        string `json:"why,omitempty"`
	AnswerWhy  string `json:"answer_why,omitempty"`
	Joins      bool   `json:"joins,omitempty"` // with a record that the receiving office has of the same person
}

// transferring is one run of syncd transfer.
type transferring struct {
	p                                *program
	r                                *replica.Replica
	file                             string
	member, accept, refuse, withdraw string
	list, asJSON                     bool
	to, decision, date, why          string
}

func transferCommand(p *program) *cobra.Command {
	t := &transferring{p: p}
	c := &cobra.Command{Use: "transfer", Short: p.text("cmd.transfer"), RunE: func(*cobra.Command, []string) error { return t.run() }}
	f := c.Flags()
	f.StringVar(&t.file, "replica", "", p.text("flag.replica"))
	f.StringVar(&t.member, "member", "", p.text("flag.transfer_member"))
	f.StringVar(&t.to, "to", "", p.text("flag.transfer_to"))
	f.StringVar(&t.decision, "decision", "", p.text("flag.decision"))
	f.StringVar(&t.date, "date", "", p.text("flag.date"))
	f.StringVar(&t.accept, "accept", "", p.text("flag.accept"))
	f.StringVar(&t.refuse, "refuse", "", p.text("flag.refuse"))
	f.StringVar(&t.withdraw, "withdraw", "", p.text("flag.withdraw"))
	f.StringVar(&t.why, "why", "", p.text("flag.why"))
	f.BoolVar(&t.list, "list", false, p.text("flag.transfer_list"))
	f.BoolVar(&t.asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica")
	return c
}

func (t *transferring) run() (err error) {
	var act func() error
	n := 0
	for _, a := range []struct {
		given bool
		act   func() error
	}{{t.member != "", t.ask}, {t.accept != "", t.answer}, {t.refuse != "", t.answer}, {t.withdraw != "", t.takeBack}, {t.list, t.show}} {
		if a.given {
			act = a.act
			n++
		}
	}
	if n != 1 {
		return usage(errors.New(t.p.text("transfer.one_way")))
	}
	if t.r, err = t.p.openReplica(t.file); err != nil {
		return err
	}
	defer t.r.Close()
	return act()
}

func (t *transferring) ask() error {
	member, err := change.ParseID(t.member)
	if err != nil {
		return usage(errors.New(t.p.text("history.row_form", "row", t.member)))
	}
	if t.to == "" {
		return usage(errors.New(t.p.text("cmd.missing_flag") + " --to"))
	}
	q := unionstore.TransferRequest{Member: member, To: t.to, DecisionNo: t.decision, Why: t.why}
	if t.date != "" {
		v, err := unionstore.ReadValue(schema.ByName("transfer").Column("on_date"), t.date, t.p.env.Now().Year())
		if err != nil {
			return err
		}
		q.OnDate = v.Text()
	}
	id, err := unionstore.AskTransfer(t.r, q)
	if err != nil {
		return err
	}
	t.p.say("transfer.asked", "id", id.String())
	return nil
}

func (t *transferring) answer() error {
	x, err := t.pick(t.accept + t.refuse)
	if err != nil {
		return err
	}
	if err := unionstore.AnswerTransfer(t.r, x, t.accept != "", t.why); err != nil {
		return err
	}
	if t.accept != "" {
		t.p.say("transfer.accepted", "name", x.Name)
	} else {
		t.p.say("transfer.refused", "name", x.Name)
	}
	return nil
}

func (t *transferring) takeBack() error {
	x, err := t.pick(t.withdraw)
	if err != nil {
		return err
	}
	if err := unionstore.WithdrawTransfer(t.r, x); err != nil {
		return err
	}
	t.p.say("transfer.withdrawn", "name", x.Name)
	return nil
}

func (t *transferring) show() error {
	list, err := unionstore.Transfers(t.r)
	if err != nil {
		return err
	}
	if t.asJSON {
		out := make([]transferJSON, 0, len(list))
		for _, x := range list {
			out = append(out, transferOf(x))
		}
		return t.p.printJSON(out)
	}
	open := 0
	for _, x := range list {
		t.p.tellTransfer(x)
		if x.Open() {
			open++
		}
	}
	t.p.say("transfer.count", "n", len(list), "open", open)
	return nil
}

func transferOf(x unionstore.Transfer) transferJSON {
	out := transferJSON{ID: x.ID.String(), Direction: "in", Name: x.Name, BirthDate: x.BirthDate, From: x.From, To: x.To, Status: x.Status,
		DecisionNo: x.DecisionNo, OnDate: x.OnDate, Why: x.Why, AnswerWhy: x.AnswerWhy, Joins: x.Joins}
	if x.Out {
		out.Direction, out.Member = "out", x.Member.String()
	}
	return out
}

func (p *program) tellTransfer(x unionstore.Transfer) {
	p.say("transfer.line", "id", x.ID.String(), "name", x.Name, "birth", unionstore.DateText(x.BirthDate), "from", x.From, "to", x.To,
		"status", p.text("transfer.status."+x.Status))
	if x.DecisionNo != "" {
		p.say("transfer.decision", "no", x.DecisionNo, "date", unionstore.DateText(x.OnDate))
	}
	if x.Joins {
		p.say("transfer.joins", "to", x.To)
	}
	if x.Why != "" {
		p.say("transfer.why", "why", x.Why)
	}
	if x.AnswerWhy != "" {
		p.say("transfer.answer_why", "why", x.AnswerWhy)
	}
}

func (t *transferring) pick(typed string) (unionstore.Transfer, error) {
	list, err := unionstore.Transfers(t.r)
	if err != nil {
		return unionstore.Transfer{}, err
	}
	return pick(list, func(x unionstore.Transfer) change.ID { return x.ID }, typed, "transfer.unknown", "transfer.ambiguous")
}
