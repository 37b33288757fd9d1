package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/fault"
	"dongbo/internal/soak"
)

func init() { commands = append(commands, soakCommand) }

// drainWithin is how long a run may take to come to rest. It covers the pings
// that notice a dead line and the longest pause between two attempts.
const drainWithin = 5 * time.Minute

func soakCommand(p *program) *cobra.Command {
	o := soak.Options{Drain: drainWithin}
	var report string
	c := &cobra.Command{Use: "soak", Short: p.text("cmd.soak"), Long: p.text("soak.long"), Hidden: true,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.Runs < 1 || o.Parallel < 1 || o.Seconds < 1 || o.Replicas < 2 || o.Rate <= 0 {
				return usage(fmt.Errorf("%s", p.text("soak.too_few")))
			}
			if o.Self, err = os.Executable(); err != nil {
				return err
			}
			if o.Dir == "" {
				if o.Dir, err = os.MkdirTemp("", "dongbo-soak-"); err != nil {
					return err
				}
			}
			o.Told = p.tellRun
			rep := soak.Run(c.Context(), o)
			_ = os.Remove(o.Dir) // empty where every run was good
			return p.tellSoak(rep, report)
		}}
	f := c.Flags()
	f.IntVar(&o.Runs, "runs", 10, p.text("soak.flag_runs"))
	f.IntVar(&o.Parallel, "parallel", 2, p.text("soak.flag_parallel"))
	f.IntVar(&o.Seconds, "seconds", 60, p.text("soak.flag_seconds"))
	f.IntVar(&o.Replicas, "replicas", 5, p.text("soak.flag_replicas"))
	f.Float64Var(&o.Rate, "rate", 20, p.text("soak.flag_rate"))
	f.Uint64Var(&o.Seed, "seed", 1, p.text("soak.flag_seed"))
	f.StringVar(&o.Dir, "keep", "", p.text("soak.flag_keep"))
	f.StringVar(&report, "report", "", p.text("soak.flag_report"))
	c.AddCommand(soakWriterCommand(p))
	return c
}

// soakWriterCommand is one writer of a run; the harness alone starts it.
func soakWriterCommand(p *program) *cobra.Command {
	var config string
	c := &cobra.Command{Use: "writer", Hidden: true, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return soak.Write(c.Context(), config, p.out)
	}}
	c.Flags().StringVar(&config, "config", "", p.text("soak.flag_config"))
	return c
}

func (p *program) tellRun(o soak.Outcome) {
	why := "ok"
	switch {
	case o.Broken != "":
		why = "broken: " + o.Broken
	case o.Stalled != "":
		why = "stalled: " + o.Stalled
	case o.Divergent != "":
		why = "divergent: " + o.Divergent
	case len(o.Violations) > 0:
		why = o.Violations[0].String()
	}
	fmt.Fprintf(p.errOut, "seed %d: %d transactions, %.0f s, at rest after %.1f s (%s): %s %s\n", o.Seed, o.Done, o.Seconds, o.Drained, o.Last, why, o.Kept)
}

// tellSoak prints the report, or writes it to the file; a run that failed is
// exit code 1.
func (p *program) tellSoak(rep *soak.Report, file string) error {
	text, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	if file == "" {
		fmt.Fprintln(p.out, string(text))
	} else if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		return err
	}
	if n := len(rep.Bad); n > 0 {
		return fault.New("soak.failed", "runs", rep.Runs, "bad", n, "where", rep.Bad[0].Kept)
	}
	return nil
}
