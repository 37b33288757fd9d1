package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"dongbo/internal/sim"
)

func init() { commands = append(commands, proveCommand) }

// proveCommand plays histories in both gears for as long as it is told and
// writes down what came of it. Its words are for engineers.
func proveCommand(p *program) *cobra.Command {
	var how proving
	var asJSON bool
	c := &cobra.Command{Use: "prove", Short: p.text("cmd.prove"), Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		if !c.Flags().Changed("for") && how.pure+how.sqlite > 0 {
			how.whole = 0 // as long as that many take
		}
		proof, err := how.run(c.Context())
		if err != nil {
			return err
		}
		text := proof.Markdown()
		if how.report != "" {
			if err := os.WriteFile(how.report, []byte(text), 0o644); err != nil {
				return err
			}
		}
		if asJSON {
			err = p.printJSON(proof)
		} else {
			_, err = fmt.Fprint(p.out, text)
		}
		if err == nil && proof.Broken() {
			err = exit(exitFailed)
		}
		return err
	}}
	c.Flags().DurationVar(&how.whole, "for", 10*time.Minute, p.text("flag.prove_for"))
	c.Flags().Uint64Var(&how.seed, "seed", 1, p.text("flag.sim_seed"))
	c.Flags().Uint64Var(&how.pure, "pure", 0, p.text("flag.prove_pure"))
	c.Flags().Uint64Var(&how.sqlite, "sqlite", 0, p.text("flag.prove_sqlite"))
	c.Flags().StringVar(&how.report, "report", "", p.text("flag.prove_report"))
	c.Flags().IntVar(&how.workers, "workers", runtime.NumCPU(), p.text("flag.sim_workers"))
	c.Flags().BoolVar(&asJSON, "json", false, p.text("flag.json"))
	return c
}

// proving is what is asked for.
type proving struct {
	whole        time.Duration // both gears share it; zero: until all are played
	seed         uint64
	pure, sqlite uint64 // histories of each gear; both zero: as many as there is time for
	report       string // the file for the text; empty: none
	workers      int
}

func (how *proving) run(ctx context.Context) (*sim.Proof, error) {
	proof := &sim.Proof{Version: version, Machine: fmt.Sprintf("%d workers on %d processors, %s/%s", how.workers, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH), Began: time.Now()}
	end := proof.Began.Add(how.whole)
	gears := []sim.Options{{Gear: sim.Pure, Histories: how.pure}, {Gear: sim.SQLite, Histories: how.sqlite}}
	for i, o := range gears {
		if how.pure+how.sqlite > 0 && o.Histories == 0 {
			continue
		}
		if o.Seed, o.Workers = how.seed, how.workers; how.whole > 0 {
			o.For = max(time.Until(end)/time.Duration(len(gears)-i), time.Second)
		}
		r, err := play(ctx, o)
		if err != nil {
			return nil, err
		}
		proof.Runs = append(proof.Runs, r)
	}
	proof.Took = time.Since(proof.Began)
	return proof, nil
}
