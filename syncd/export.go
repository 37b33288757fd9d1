package main

import (
	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/sheet"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

func init() { commands = append(commands, exportCommand) }

func exportCommand(p *program) *cobra.Command {
	var file, table string
	c := &cobra.Command{Use: "export OUT.xlsx|OUT.csv", Short: p.text("cmd.export"), Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.export(file, table, args[0]) }}
	c.Flags().StringVar(&file, "replica", "", p.text("flag.replica"))
	c.Flags().StringVar(&table, "table", "member", p.text("flag.table"))
	p.required(c, "replica")
	return c
}

func (p *program) export(file, table, out string) error {
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
	columns, rows := unionstore.Export(r, t)
	heads := make([]sheet.OutColumn, len(columns))
	for i, name := range columns {
		heads[i] = sheet.OutColumn{Title: p.columnTitle(t, name)}
		if c := t.Column(name); c != nil {
			heads[i].Number = c.SQLType() == "INTEGER" || c.SQLType() == "REAL"
		}
	}
	n := 0
	counted := func(yield func([]string, error) bool) {
		rows(func(row []string, err error) bool {
			n++
			return yield(row, err)
		})
	}
	if err := sheet.WriteTable(out, heads, counted); err != nil {
		return err
	}
	if err := unionstore.LogReading(r, "export", table, n, p.env.Now().UnixMilli()); err != nil {
		return err
	}
	p.say("export.done", "n", n, "path", out)
	return nil
}

// columnTitle is the Vietnamese (or English) name of a column that lists use,
// or its own name where they have none.
func (p *program) columnTitle(t *schema.Table, name string) string {
	code := fault.Code("field." + name)
	if title := fault.Text(p.lang, code); t.Name == "member" && title != string(code) {
		return title
	}
	return name
}
