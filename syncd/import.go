package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"dongbo/internal/sheet"
	"dongbo/internal/union"
	"dongbo/internal/unionstore"
)

func init() { commands = append(commands, importCommand) }

// importJob is one run of syncd import.
type importJob struct {
	p                       *program
	replica, unit, errorsTo string
	list, passwordFile      string
	dryRun, repair, asJSON  bool

	password string
	mend     sheet.Target // of the rows left out
	book     *sheet.Book
	records  []union.Record
	skipped  []sheet.SkippedRow
	plan     union.Plan
}

func importCommand(p *program) *cobra.Command {
	j := &importJob{p: p}
	c := &cobra.Command{Use: "import LIST.xlsx|LIST.csv", Short: p.text("cmd.import"), Args: p.oneArgument("LIST.xlsx|LIST.csv"),
		RunE: func(c *cobra.Command, args []string) error { j.list = args[0]; return j.run(c.Context()) }}
	f := c.Flags()
	f.StringVar(&j.replica, "replica", "", p.text("flag.replica"))
	f.StringVar(&j.unit, "unit", "", p.text("flag.unit"))
	f.BoolVar(&j.dryRun, "dry-run", false, p.text("flag.dry_run"))
	f.StringVar(&j.errorsTo, "errors", "", p.text("flag.errors"))
	f.BoolVar(&j.repair, "repair", false, p.text("flag.repair"))
	f.BoolVar(&j.asJSON, "json", false, p.text("flag.json"))
	p.passwordFlag(c, &j.passwordFile)
	p.required(c, "replica", "unit")
	return c
}

// run plans, writes unless it is a dry run, and tells. The report comes even
// where the faulty rows cannot be written out.
func (j *importJob) run(ctx context.Context) error {
	if err := j.prepare(); err != nil {
		return err
	}
	if err := j.planAndWrite(ctx); err != nil {
		return err
	}
	reasons := j.plan.Reasons(j.p.lang)
	err := j.tell(len(reasons))
	if err == nil && j.errorsTo != "" {
		err = sheet.WriteErrors(ctx, j.mend, j.book, reasons)
	}
	if err == nil && len(reasons) > 0 {
		err = exit(exitPerson)
	}
	return err
}

// prepare reads the password, with which the faulty rows will be locked too,
// and keeps the list from being overwritten by them.
func (j *importJob) prepare() (err error) {
	if j.errorsTo == "" {
		j.password, err = j.p.password(j.passwordFile)
		return err
	}
	if j.password, err = j.p.newPassword(j.passwordFile); err != nil {
		return err
	}
	if j.mend, err = j.p.spreadsheetTarget(j.errorsTo, j.password); err != nil {
		return err
	}
	if filepath.Clean(j.mend.File()) == filepath.Clean(j.list) {
		return usage(errors.New(j.p.text("import.errors_onto_list")))
	}
	return nil
}

func (j *importJob) planAndWrite(ctx context.Context) error {
	r, err := j.p.openReplica(j.replica)
	if err != nil {
		return err
	}
	defer r.Close()
	unit, err := unionstore.UnitByCode(r, j.unit)
	if err != nil {
		return err
	}
	if err := unionstore.MayWrite(r, unit); err != nil {
		return err
	}
	if err := j.read(); err != nil {
		return err
	}
	existing, err := unionstore.Load(r, unit)
	if err != nil {
		return err
	}
	j.plan = union.PlanImport(j.book.Fingerprint(), j.records, existing, unit)
	if j.dryRun {
		return nil
	}
	_, err = unionstore.Import(ctx, r, unit, j.plan)
	return err
}

func (j *importJob) read() (err error) {
	if j.book, err = sheet.Open(j.list, sheet.Options{Year: j.p.env.Now().Year(), Repair: j.repair, Password: j.password}); err == nil {
		j.records, j.skipped = j.book.Rows()
	}
	return err
}

// needsLook tells whether a decision is one that a person should read.
func needsLook(d *union.Decision) bool {
	if d.Verdict == union.Error || d.Verdict == union.PossibleDuplicate {
		return true
	}
	for _, pr := range d.Record.Problems {
		if pr.Code != "repair_offered" { // those are counted and offered as a whole
			return true
		}
	}
	return false
}
