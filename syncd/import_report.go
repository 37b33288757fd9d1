package main

import (
	"fmt"
	"path/filepath"

	"dongbo/internal/fault"
	"dongbo/internal/union"
	"dongbo/internal/viet"
)

// tell reports what was or would be done; faulty is the number of rows left out.
func (j *importJob) tell(faulty int) error {
	if j.asJSON {
		return j.p.printJSON(j.report())
	}
	for i := range j.plan.Decisions {
		if d := &j.plan.Decisions[i]; j.dryRun || needsLook(d) {
			j.tellRow(d)
		}
	}
	for _, s := range j.skipped {
		if s.Reason != "blank" {
			j.p.say("import.skipped_row", "line", s.Line, "why", fault.Text(j.p.lang, fault.Code("skip."+s.Reason)), "text", s.Text)
		}
	}
	for _, c := range j.book.Unknown() {
		j.p.say("import.unknown_column", "head", viet.Clean(c.Head))
	}
	j.tellOffers()
	key := "import.done"
	if j.dryRun {
		key = "import.would"
	}
	n := j.plan.Count()
	j.p.say(key, "file", filepath.Base(j.list), "unit", j.unit, "new", n[union.New], "update", n[union.Update], "same", n[union.Same],
		"duplicate", n[union.PossibleDuplicate], "error", n[union.Error], "skipped", len(j.skipped))
	switch {
	case faulty > 0 && j.errorsTo != "":
		j.p.say("import.errors_written", "n", faulty, "path", j.mend.File())
	case faulty > 0:
		j.p.say("import.left_out", "n", faulty)
	}
	return nil
}

// tellRow prints one row: line, verdict, who, and below it why and what changes.
func (j *importJob) tellRow(d *union.Decision) {
	name := d.Record.Fields["full_name"]
	if name == "" {
		name = j.p.text("value.empty")
	}
	j.p.say("import.row", "line", d.Record.Line, "verdict", j.p.text("import.verdict."+string(d.Verdict)), "name", name)
	for _, why := range j.why(d) {
		fmt.Fprintln(j.p.out, "      ", why)
	}
	for _, rep := range d.Record.Repairs {
		if j.dryRun {
			fmt.Fprintln(j.p.out, "      ", j.repairText(rep))
		}
	}
	if d.Verdict == union.Update {
		for _, c := range d.Changes {
			fmt.Fprintf(j.p.out, "       %s: %s → %s\n", j.p.columnTitle(c.Field), j.orEmpty(c.From), c.To)
		}
	}
}

func (j *importJob) orEmpty(s string) string {
	if s == "" {
		return j.p.text("value.empty")
	}
	return s
}

// why gives the reasons of a decision and the doubts about its values, each
// with what to do.
func (j *importJob) why(d *union.Decision) (out []string) {
	add := func(e *fault.Error) {
		s := fault.Sentence(j.p.lang, e)
		if hint := fault.Hint(j.p.lang, e); hint != "" {
			s += " " + hint
		}
		out = append(out, s)
	}
	for _, e := range d.Why {
		add(e)
	}
	for _, pr := range d.Record.Problems {
		if !pr.Fatal && pr.Code != "repair_offered" {
			add(pr.Fault(d.Record.Line))
		}
	}
	return out
}

func (j *importJob) repairText(r union.Repair) string {
	key := "import.repair_offered"
	if r.Taken {
		key = "import.repair_taken"
	}
	return j.p.text(key, "field", j.p.columnTitle(r.Field), "from", j.orEmpty(r.From), "to", r.To, "why", j.repairWhy(r))
}

func (j *importJob) repairWhy(r union.Repair) string {
	return fault.Text(j.p.lang, fault.Code("repair."+r.Why))
}

// tellOffers lists the repairs by kind, each with its first example.
func (j *importJob) tellOffers() {
	type kind struct {
		first       union.Repair
		line, count int
	}
	var order []string
	kinds := map[string]*kind{}
	offered := 0
	for _, rec := range j.records {
		for _, rep := range rec.Repairs {
			if rep.Taken {
				continue
			}
			offered++
			id := rep.Why + " " + rep.Field
			if kinds[id] == nil {
				kinds[id] = &kind{first: rep, line: rec.Line}
				order = append(order, id)
			}
			kinds[id].count++
		}
	}
	for _, id := range order {
		k := kinds[id]
		j.p.say("import.offer", "why", j.repairWhy(k.first), "field", j.p.columnTitle(k.first.Field), "n", k.count,
			"line", k.line, "from", j.orEmpty(k.first.From), "to", k.first.To)
	}
	if offered > 0 {
		j.p.say("import.offers", "n", offered)
	}
}

// importJSON is what --json prints.
type importJSON struct {
	Unit    string         `json:"unit"`
	File    string         `json:"file"`
	DryRun  bool           `json:"dry_run"`
	Rows    []rowReport    `json:"rows"`
	Counts  map[string]int `json:"counts"`
	Repairs []repairReport `json:"repairs"`
	Skipped []skipReport   `json:"skipped"`
	Unknown []string       `json:"unknown_columns"`
}

type rowReport struct {
	Line    int            `json:"line"`
	Name    string         `json:"name"`
	Verdict string         `json:"verdict"` // new, update, skip, possible_duplicate, error
	By      string         `json:"by,omitempty"`
	Why     []string       `json:"why"`
	Codes   []string       `json:"codes"`
	Changes []changeReport `json:"changes"`
	Member  string         `json:"member,omitempty"`
}

type changeReport struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

type repairReport struct {
	Line  int    `json:"line"`
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
	Kind  string `json:"kind"`
	Why   string `json:"why"`
	Taken bool   `json:"taken"`
}

type skipReport struct {
	Line int    `json:"line"`
	Kind string `json:"kind"`
	Why  string `json:"why"`
	Text string `json:"text"`
}

func (j *importJob) report() importJSON {
	out := importJSON{Unit: j.unit, File: filepath.Base(j.list), DryRun: j.dryRun, Rows: []rowReport{}, Repairs: []repairReport{},
		Skipped: []skipReport{}, Unknown: []string{}}
	for i := range j.plan.Decisions {
		out.Rows = append(out.Rows, j.row(&j.plan.Decisions[i]))
	}
	n := j.plan.Count()
	out.Counts = map[string]int{"new": n[union.New], "update": n[union.Update], "skip": n[union.Same],
		"possible_duplicate": n[union.PossibleDuplicate], "error": n[union.Error], "skipped_rows": len(j.skipped)}
	for _, rec := range j.records {
		for _, r := range rec.Repairs {
			out.Repairs = append(out.Repairs, repairReport{rec.Line, r.Field, r.From, r.To, r.Why, j.repairWhy(r), r.Taken})
		}
	}
	for _, s := range j.skipped {
		out.Skipped = append(out.Skipped, skipReport{s.Line, s.Reason, fault.Text(j.p.lang, fault.Code("skip."+s.Reason)), s.Text})
	}
	for _, c := range j.book.Unknown() {
		out.Unknown = append(out.Unknown, viet.Clean(c.Head))
	}
	return out
}

func (j *importJob) row(d *union.Decision) rowReport {
	r := rowReport{Line: d.Record.Line, Name: d.Record.Fields["full_name"], Verdict: string(d.Verdict), By: d.By,
		Why: append([]string{}, j.why(d)...), Codes: []string{}, Changes: []changeReport{}}
	if d.Verdict == union.Same {
		r.Verdict = "skip"
	}
	if d.Member.ID != ([16]byte{}) {
		r.Member = fmt.Sprintf("%x", d.Member.ID)
	}
	for _, e := range d.Why {
		r.Codes = append(r.Codes, string(e.Code))
	}
	for _, c := range d.Changes {
		r.Changes = append(r.Changes, changeReport{c.Field, c.From, c.To})
	}
	return r
}
