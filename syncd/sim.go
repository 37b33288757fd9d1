package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/sim"
)

func init() { commands = append(commands, simCommand) }

// simCommand plays seeded histories against the sync's promises. Its words are
// for engineers: English, whatever the language.
func simCommand(p *program) *cobra.Command {
	var o sim.Options
	var asJSON bool
	var gear string
	c := &cobra.Command{Use: "sim", Short: p.text("cmd.sim"), RunE: func(c *cobra.Command, _ []string) error {
		o.Gear = sim.Gear(gear)
		r, err := play(c.Context(), o)
		if err != nil {
			return err
		}
		if asJSON {
			if err := p.printJSON(r); err != nil {
				return err
			}
		} else {
			tellHistories(p, r)
		}
		if r.Failure != nil {
			return exit(exitFailed)
		}
		return nil
	}}
	c.Flags().Uint64Var(&o.Seed, "seed", 1, p.text("flag.sim_seed"))
	c.Flags().Uint64Var(&o.Histories, "histories", 1000, p.text("flag.sim_histories"))
	c.Flags().IntVar(&o.Workers, "workers", runtime.NumCPU(), p.text("flag.sim_workers"))
	c.Flags().DurationVar(&o.For, "for", 0, p.text("flag.sim_for"))
	c.Flags().StringVar(&gear, "gear", string(sim.Pure), p.text("flag.sim_gear"))
	c.Flags().Uint64Var(&o.Stride, "stride", 1, "")
	_ = c.Flags().MarkHidden("stride") // for the processes of one run
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	return c
}

func play(ctx context.Context, o sim.Options) (*sim.Report, error) {
	if o.Gear == sim.SQLite && o.Workers > 1 {
		return inProcesses(ctx, o)
	}
	return sim.Run(ctx, o)
}

// inProcesses gives each worker a process: all SQLite in one process shares an
// allocator and its lock, and two workers were hardly faster than one.
func inProcesses(ctx context.Context, o sim.Options) (*sim.Report, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	n := uint64(o.Workers)
	began := time.Now()
	reports, errs := make([]*sim.Report, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		share := (o.Histories + n - 1 - i) / n
		if o.Histories > 0 && share == 0 {
			continue
		}
		all.Go(func() {
			c := exec.CommandContext(ctx, self, "sim", "--json", "--workers", "1", "--gear", string(o.Gear), "--for", o.For.String(),
				"--seed", fmt.Sprint(o.Seed+i), "--stride", fmt.Sprint(n), "--histories", fmt.Sprint(share))
			c.Stderr = os.Stderr
			out, err := c.Output()
			if bad := json.Unmarshal(out, &reports[i]); bad != nil {
				errs[i] = errors.Join(err, bad)
			}
		})
	}
	all.Wait()
	sum := sim.NewReport(o)
	for _, r := range reports {
		sum.Add(r)
	}
	sum.Took = time.Since(began)
	return sum, errors.Join(errs...)
}

func tellHistories(p *program, r *sim.Report) {
	say := func(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }
	say("gear %s: %d histories from seed %d in %s: %.0f a second, trace %016x", r.Gear, r.Histories, r.Seed, r.Took.Round(time.Millisecond),
		float64(r.Histories)/r.Took.Seconds(), r.Hash)
	say("steps %v, copies and backups that parted %d", r.Steps, r.Parted)
	f := r.Failure
	if f == nil {
		say("nothing broken")
		return
	}
	say("seed %d broke: %s", f.Seed, f.Broke)
	for _, s := range f.Script {
		say("  %s", s)
	}
	say("what happened:")
	for _, s := range f.Trace {
		say("  %s", s)
	}
}
