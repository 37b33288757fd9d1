package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/sheet"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

func init() { commands = append(commands, exportCommand) }

// exportJob is one run of syncd export.
type exportJob struct {
	p                       *program
	replica, table          string
	passwordFile, requested string
	asJSON                  bool
	to                      sheet.Target
}

// exportJSON is a contract: other programs read these names.
type exportJSON struct {
	Path      string `json:"path"`
	Rows      int    `json:"rows"`
	Encrypted bool   `json:"encrypted"`
}

func exportCommand(p *program) *cobra.Command {
	j := &exportJob{p: p}
	c := &cobra.Command{Use: "export OUT.xlsx|OUT.csv", Short: p.text("cmd.export"), Long: p.text("export.help"), Args: p.oneArgument("OUT.xlsx|OUT.csv"),
		RunE: func(c *cobra.Command, args []string) error { j.requested = args[0]; return j.run(c.Context()) }}
	f := c.Flags()
	f.StringVar(&j.replica, "replica", "", p.text("flag.replica"))
	f.StringVar(&j.table, "table", "member", p.text("flag.table"))
	f.BoolVar(&j.asJSON, "json", false, p.text("flag.json"))
	p.passwordFlag(c, &j.passwordFile)
	p.required(c, "replica")
	return c
}

// spreadsheetTarget refuses a name that says nothing of the format: a slip of
// the hand must not put a workbook where the replica lay.
func (p *program) spreadsheetTarget(path, password string) (sheet.Target, error) {
	known := []string{".xlsx", ".csv"}
	if password != "" {
		known = append(known, ".csv.age")
	}
	for _, ext := range known {
		if strings.HasSuffix(strings.ToLower(path), ext) {
			return sheet.Target{Path: path, Password: password}, nil
		}
	}
	return sheet.Target{}, usage(errors.New(p.text("export.name", "path", path)))
}

func (j *exportJob) run(ctx context.Context) error {
	password, err := j.p.newPassword(j.passwordFile)
	if err != nil {
		return err
	}
	if j.to, err = j.p.spreadsheetTarget(j.requested, password); err != nil {
		return err
	}
	t := schema.ByName(j.table)
	if t == nil {
		return fault.New("edit.unknown_table", "table", j.table)
	}
	r, err := j.p.openReplica(j.replica)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Seal(); err != nil { // what another program just wrote has its place in the order too
		return err
	}
	n, err := j.write(ctx, r, t)
	if err != nil {
		return err
	}
	return j.tell(n)
}

func (j *exportJob) write(ctx context.Context, r *replica.Replica, t *schema.Table) (n int, err error) {
	export := unionstore.Export(r, t, j.p.env.Now().UnixMilli())
	heads := make([]sheet.OutColumn, len(export.Columns))
	for i, c := range export.Columns {
		heads[i] = sheet.OutColumn{Title: c.Title, Number: c.Number}
	}
	counted := func(yield func([]string, error) bool) {
		for row, err := range export.Rows {
			n++
			if !yield(row, err) {
				return
			}
		}
	}
	if err := sheet.WriteTable(ctx, j.to, heads, counted); err != nil {
		return n, err
	}
	return n, j.rememberVague(r, export, n)
}

// tell says what was written, and whether it lies there for all to read.
func (j *exportJob) tell(n int) error {
	path, encrypted := j.to.File(), j.to.Password != ""
	if !encrypted {
		fmt.Fprintln(j.p.errOut, j.p.text("export.plain", "path", path))
	}
	if j.asJSON {
		return j.p.printJSON(exportJSON{path, n, encrypted})
	}
	j.p.say("export.done", "n", n, "path", path)
	return nil
}

// rememberVague reads the list back for the names that an import gives it and
// its rows, where some of them say too little to be known by.
func (j *exportJob) rememberVague(r *replica.Replica, export *unionstore.Table, n int) error {
	if len(export.Vague) == 0 {
		return nil
	}
	book, err := sheet.Open(j.to.File(), sheet.Options{Year: j.p.env.Now().Year(), Password: j.to.Password})
	if err != nil {
		return err
	}
	records, _ := book.Rows()
	if len(records) != n {
		return nil // a row is read as none: which is which is no longer certain
	}
	keys := make([]string, len(records))
	for i, rec := range records {
		keys[i] = rec.Key
	}
	return export.Remember(r, book.Fingerprint(), keys)
}
