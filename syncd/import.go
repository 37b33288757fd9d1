package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/sheet"
	"dongbo/internal/union"
	"dongbo/internal/unionstore"
)

func init() { commands = append(commands, importCommand) }

// importJob is one run of syncd import.
type importJob struct {
	p                       *program
	replica, unit, errorsTo string
	list                    string
	dryRun, repair, asJSON  bool
	book                    *sheet.Book
	records                 []union.Record
	skipped                 []sheet.SkippedRow
	plan                    union.Plan
}

func importCommand(p *program) *cobra.Command {
	j := &importJob{p: p}
	c := &cobra.Command{Use: "import LIST.xlsx|LIST.csv", Short: p.text("cmd.import"), Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { j.list = args[0]; return j.run() }}
	f := c.Flags()
	f.StringVar(&j.replica, "replica", "", p.text("flag.replica"))
	f.StringVar(&j.unit, "unit", "", p.text("flag.unit"))
	f.BoolVar(&j.dryRun, "dry-run", false, p.text("flag.dry_run"))
	f.StringVar(&j.errorsTo, "errors", "", p.text("flag.errors"))
	f.BoolVar(&j.repair, "repair", false, p.text("flag.repair"))
	f.BoolVar(&j.asJSON, "json", false, p.text("flag.json"))
	p.required(c, "replica", "unit")
	return c
}

func (j *importJob) run() error {
	r, err := j.p.openReplica(j.replica)
	if err != nil {
		return err
	}
	defer r.Close()
	unit, err := unionstore.UnitByCode(r, j.unit)
	if err != nil {
		return err
	}
	if j.book, err = sheet.Open(j.list, sheet.Options{Year: j.p.env.Now().Year(), Repair: j.repair}); err != nil {
		return err
	}
	j.records, j.skipped = j.book.Rows()
	existing, err := unionstore.Load(r, unit)
	if err != nil {
		return err
	}
	j.plan = union.PlanImport(j.book.Fingerprint(), j.records, existing, unit)
	if !j.dryRun {
		if err := unionstore.Import(r, unit, j.plan); err != nil {
			return err
		}
	}
	reasons := j.plan.Reasons(j.p.lang)
	if j.errorsTo != "" {
		if err := sheet.WriteErrors(j.errorsTo, j.book, reasons); err != nil {
			return err
		}
	}
	if err := j.tell(); err != nil {
		return err
	}
	if len(reasons) > 0 {
		return exit(exitPerson)
	}
	return nil
}

func (j *importJob) tell() error {
	if j.asJSON {
		return j.p.printJSON(j.report())
	}
	n := j.plan.Count()
	for _, d := range j.plan.Decisions {
		if j.dryRun || d.Verdict == union.Error || d.Verdict == union.PossibleDuplicate {
			j.tellRow(&d)
		}
	}
	offers := 0
	for _, rec := range j.records {
		for _, rep := range rec.Repairs {
			if !rep.Taken {
				offers++
			}
		}
	}
	for _, c := range j.book.Unknown() {
		j.p.say("import.unknown_column", "head", c.Head)
	}
	key := "import.done"
	if j.dryRun {
		key = "import.would"
	}
	j.p.say(key, "file", filepath.Base(j.list), "new", n[union.New], "update", n[union.Update], "same", n[union.Same],
		"duplicate", n[union.PossibleDuplicate], "error", n[union.Error], "skipped", len(j.skipped))
	if offers > 0 {
		j.p.say("import.offers", "n", offers)
	}
	if j.errorsTo != "" {
		j.p.say("import.errors_written", "path", j.errorsTo)
	}
	return nil
}

func (j *importJob) tellRow(d *union.Decision) {
	why := j.whyText(d)
	for _, c := range d.Changes {
		if d.Verdict == union.Update {
			why = append(why, fmt.Sprintf("%s: %s → %s", fault.Text(j.p.lang, fault.Code("field."+c.Field)), c.From, c.To))
		}
	}
	fmt.Fprintf(j.p.out, "%6d  %-22s %s  %s\n", d.Record.Line, j.p.verdict(d.Verdict), d.Record.Fields["full_name"], strings.Join(why, "; "))
}

func (p *program) verdict(v union.Verdict) string {
	return p.text(strings.Join([]string{"import", "verdict_" + string(v)}, "."))
}

func (j *importJob) whyText(d *union.Decision) (why []string) {
	for _, e := range d.Why {
		why = append(why, fault.Sentence(j.p.lang, e))
	}
	return why
}

type rowReport struct {
	Line    int               `json:"line"`
	Name    string            `json:"name"`
	Verdict string            `json:"verdict"`
	Why     []string          `json:"why,omitempty"`
	Changes map[string]string `json:"changes,omitempty"`
	Member  string            `json:"member,omitempty"`
}

// report is what --json prints.
func (j *importJob) report() map[string]any {
	rows := make([]rowReport, 0, len(j.plan.Decisions))
	for i := range j.plan.Decisions {
		d := &j.plan.Decisions[i]
		r := rowReport{Line: d.Record.Line, Name: d.Record.Fields["full_name"], Verdict: string(d.Verdict), Why: j.whyText(d)}
		if d.Verdict == union.Same {
			r.Verdict = "skip"
		}
		if d.Member.ID != ([16]byte{}) {
			r.Member = fmt.Sprintf("%x", d.Member.ID)
		}
		for _, c := range d.Changes {
			if r.Changes == nil {
				r.Changes = map[string]string{}
			}
			r.Changes[c.Field] = c.To
		}
		rows = append(rows, r)
	}
	n := j.plan.Count()
	skipped := make([]map[string]any, 0, len(j.skipped))
	for _, s := range j.skipped {
		skipped = append(skipped, map[string]any{"line": s.Line, "why": fault.Text(j.p.lang, fault.Code("skip."+s.Reason)), "text": s.Text})
	}
	unknown := []string{}
	for _, c := range j.book.Unknown() {
		unknown = append(unknown, c.Head)
	}
	return map[string]any{"dry_run": j.dryRun, "rows": rows, "skipped": skipped, "unknown_columns": unknown, "repairs": j.repairs(),
		"counts": map[string]int{"new": n[union.New], "update": n[union.Update], "skip": n[union.Same],
			"possible_duplicate": n[union.PossibleDuplicate], "error": n[union.Error], "skipped_rows": len(j.skipped)}}
}

func (j *importJob) repairs() []map[string]any {
	out := []map[string]any{}
	for _, rec := range j.records {
		for _, rep := range rec.Repairs {
			out = append(out, map[string]any{"line": rec.Line, "field": rep.Field, "from": rep.From, "to": rep.To,
				"why": fault.Text(j.p.lang, fault.Code("repair."+rep.Why)), "taken": rep.Taken})
		}
	}
	return out
}
