package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/sheet"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

func init() { commands = append(commands, exportCommand) }

func exportCommand(p *program) *cobra.Command {
	var file, table string
	c := &cobra.Command{Use: "export OUT.xlsx|OUT.csv", Short: p.text("cmd.export"), Args: p.oneArgument("OUT.xlsx|OUT.csv"),
		RunE: func(_ *cobra.Command, args []string) error { return p.export(file, table, args[0]) }}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().StringVar(&table, "table", "member", p.text("flag.table"))
	p.required(c, "replica")
	return c
}

// spreadsheetName refuses a name that says nothing of the format: a slip of the
// hand must not put a workbook where the replica lay.
func (p *program) spreadsheetName(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx", ".csv":
		return nil
	}
	return usage(errors.New(p.text("export.name", "path", path)))
}

func (p *program) export(file, table, out string) error {
	if err := p.spreadsheetName(out); err != nil {
		return err
	}
	t := schema.ByName(table)
	if t == nil {
		return fault.New("edit.unknown_table", "table", table)
	}
	r, err := p.openReplica(file)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Seal(); err != nil { // what another program just wrote has its place in the order too
		return err
	}
	export := unionstore.Export(r, t, p.env.Now().UnixMilli())
	heads := make([]sheet.OutColumn, len(export.Columns))
	for i, c := range export.Columns {
		heads[i] = sheet.OutColumn{Title: c.Title, Number: c.Number}
	}
	n := 0
	counted := func(yield func([]string, error) bool) {
		for row, err := range export.Rows {
			n++
			if !yield(row, err) {
				return
			}
		}
	}
	if err := sheet.WriteTable(out, heads, counted); err != nil {
		return err
	}
	if err := p.rememberVague(r, export, n, out); err != nil {
		return err
	}
	p.say("export.done", "n", n, "path", out)
	return nil
}

// rememberVague reads the list back for the names that an import gives it and
// its rows, where some of them say too little to be known by.
func (p *program) rememberVague(r *replica.Replica, export *unionstore.Table, n int, out string) error {
	if len(export.Vague) == 0 {
		return nil
	}
	book, err := sheet.Open(out, sheet.Options{Year: p.env.Now().Year()})
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
