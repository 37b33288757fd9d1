package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dongbo/internal/benchtool"
	"dongbo/internal/fault"
)

func init() { commands = append(commands, benchCommand) }

// fewestMembers is what the workload's concurrent edits need.
const fewestMembers = 200

func benchCommand(p *program) *cobra.Command {
	var o benchtool.Options
	var asJSON bool
	c := &cobra.Command{Use: "bench", Short: p.text("cmd.bench"), Long: p.text("bench.long"),
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.Members < fewestMembers || o.Many < fewestMembers {
				return usage(fmt.Errorf("%s", p.text("bench.too_few", "n", fewestMembers)))
			}
			dir, clean, err := workFolder(o.Dir)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, clean()) }()
			o.Dir, o.Program, o.Log = dir, "syncd "+version, p.log
			o.Step = func(name string) { fmt.Fprintln(p.errOut, "…", name) }
			f, err := benchtool.Run(c.Context(), o)
			if err != nil {
				fmt.Fprintln(p.errOut, "[", err, "]")
				return fault.Wrap(err, "bench.failed")
			}
			if asJSON {
				return p.printJSON(f)
			}
			return p.tellBench(f)
		}}
	c.Flags().StringVar(&o.Workload, "workload", "", p.text("bench.flag_workload"))
	c.Flags().StringVar(&o.Dir, "keep", "", p.text("flag.keep"))
	c.Flags().IntVar(&o.Members, "members", 20000, p.text("bench.flag_members"))
	c.Flags().IntVar(&o.Many, "many", 100000, p.text("bench.flag_many"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	return c
}

// tellBench prints the figures beside their targets; how each was measured
// stands below it.
func (p *program) tellBench(f *benchtool.Figures) error {
	w := tabwriter.NewWriter(p.out, 2, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\t%s\t\n", p.text("bench.figure"), p.text("bench.measured"), p.text("bench.target"))
	for _, l := range benchLines(f) {
		fmt.Fprintf(w, "%s\t%s\t%s\t\n", l.key, l.value, l.target)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(p.out)
	for _, l := range benchLines(f) {
		fmt.Fprintf(p.out, "%s: %s\n", l.key, p.text(strings.Join([]string{"bench", "how_" + l.key}, ".")))
	}
	return nil
}

type benchLine struct{ key, value, target string }

func benchLines(f *benchtool.Figures) []benchLine {
	ratio := func(v float64) string { return fmt.Sprintf("%.2f", v) }
	count := func(v int64) string { return fmt.Sprint(v) }
	return []benchLine{
		{"bootstrap_down", size(f.BootstrapDown), "≤ 2400.0 kB"},
		{"bootstrap_up", size(f.BootstrapUp), ""},
		{"edits_up", size(f.EditsUp), "≤ 294.0 kB"},
		{"edits_down", size(f.EditsDown), "≤ 294.0 kB"},
		{"payments_up", size(f.PaymentsUp), ""},
		{"payments_down", size(f.PaymentsDown), ""},
		{"noop_bytes", size(f.NoopBytes), ""},
		{"noop_inside", size(f.NoopInside), ""},
		{"conflicts_found", count(int64(f.ConflictsFound)), fmt.Sprint(f.ConflictsExpected)},
		{"conflicts_invented", count(int64(f.ConflictsInvented)), "0"},
		{"diff_rows_kept", count(int64(f.DiffRowsKept)), fmt.Sprint(f.DiffRowsExpected)},
		{"metadata_bytes_per_row", ratio(f.MetadataPerRow), "≤ 60"},
		{"metadata_bytes_per_row_own", ratio(f.MetadataPerRowOwn), ""},
		{"file_ratio", ratio(f.FileRatio), "≤ 1.35"},
		{"index_ratio", ratio(f.IndexRatio), "≤ 0.60"},
		{"capture_insert_ratio", ratio(f.CaptureInsert), "≤ 2.50"},
		{"capture_insert_cpu_ratio", ratio(f.CaptureInsertCPU), ""},
		{"capture_update_ratio", ratio(f.CaptureUpdate), "≤ 2.50"},
		{"capture_update_cpu_ratio", ratio(f.CaptureUpdateCPU), ""},
		{"commit_insert_ratio", ratio(f.CommitInsert), ""},
		{"apply_per_second", count(int64(f.ApplyPerSecond)), "≥ 20000"},
		{"snapshot_rows_per_second", count(int64(f.SnapshotPerSecond)), "≥ 5000"},
	}
}
