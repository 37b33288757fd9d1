// Package soak runs the whole program as processes for as long as one likes and
// tries to break it: a server, a daemon beside each of several replicas, and on
// each replica a writer, a program of its own that knows the file as any other
// program would. Meanwhile faults fall on all of them.
//
// A run is one such world, drawn from a seed. Its faults: a line that swallows
// what goes out, comes in, or both, while the connection stands; a line that is
// cut; a process killed, or stopped for a while (also in the middle of a
// transaction); a disk on which no file may grow (RLIMIT_FSIZE, set from
// outside). The lines are proxies inside this process (badlink): no network
// namespaces, so no rights are needed and several runs go side by side.
//
// When the faults stop, everything must come to rest by itself within a bounded
// time: nothing waits, digests equal the server's, one more exchange moves
// nothing. Otherwise the run is stalled. Replicas of one scope must then be
// equal table by table, as plain SQL sees them, and the record of all that the
// writers did and saw must satisfy package check. Otherwise it is divergent, or
// has violations. The folder of a run that failed is kept.
package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"dongbo/internal/soak/check"
)

// Options are what may be chosen.
type Options struct {
	Self     string   // the program syncd
	Env      []string // for its processes, besides this one's
	Dir      string   // for the runs' folders
	Runs     int
	Parallel int
	Seconds  int // of faults, each run
	Replicas int
	Rate     float64 // transactions a second, all writers of a run together
	Seed     uint64  // of the first run; the next has the next
	Drain    time.Duration
	Mend     bool          // cut the lines once when the faults stop: nobody has to notice one that swallowed something
	Told     func(Outcome) // of each run that ended; may be nil
}

// Outcome is how one run went.
type Outcome struct {
	Seed       uint64            `json:"seed"`
	Stalled    string            `json:"stalled,omitempty"`   // what did not come to rest
	Divergent  string            `json:"divergent,omitempty"` // what was not equal
	Broken     string            `json:"broken,omitempty"`    // the harness failed
	Violations []check.Violation `json:"violations,omitempty"`
	Kept       string            `json:"kept,omitempty"` // the folder, where the run failed

	Seconds float64        `json:"seconds"`        // in all
	Drained float64        `json:"drained"`        // seconds from the last fault to rest
	Last    string         `json:"last,omitempty"` // what came to rest last
	Done    int            `json:"done"`           // transactions
	Unknown int            `json:"unknown"`        // transactions whose outcome their writer does not know
	Failed  int            `json:"failed"`
	Reads   int            `json:"reads"` // operations that only read
	Faults  map[string]int `json:"faults"`
	Exits   map[string]int `json:"exits,omitempty"`   // processes that ended by themselves, with the last word they said
	Refused map[string]int `json:"refused,omitempty"` // changes in quarantine, by code
}

// Good tells whether the run kept every promise.
func (o *Outcome) Good() bool {
	return o.Stalled == "" && o.Divergent == "" && o.Broken == "" && len(o.Violations) == 0
}

// Report sums up all runs.
type Report struct {
	Runs         int     `json:"runs"`
	Stalled      int     `json:"stalled"`
	Divergent    int     `json:"divergent"`
	Violated     int     `json:"violated"`
	Broken       int     `json:"broken"`
	FaultHours   float64 `json:"fault_hours"` // of runs under faults, summed
	Hours        float64 `json:"hours"`       // of runs in all, summed
	Transactions int     `json:"transactions"`
	Unknown      int     `json:"unknown"`
	Failed       int     `json:"failed"`
	Reads        int     `json:"reads"`
	DrainedMean  float64 `json:"drained_mean_seconds"`
	DrainedMost  float64 `json:"drained_most_seconds"`

	Faults  map[string]int `json:"faults"`
	Exits   map[string]int `json:"exits"`
	Refused map[string]int `json:"refused"`

	FirstSeed uint64    `json:"first_seed"`
	Seconds   int       `json:"seconds_of_faults"`
	Replicas  int       `json:"replicas"`
	Rate      float64   `json:"transactions_per_second_wanted"`
	Bad       []Outcome `json:"bad"`
}

// Run runs all runs, several at a time. When ctx ends it reports on those that
// have ended by themselves.
func Run(ctx context.Context, o Options) *Report {
	rep := &Report{Faults: map[string]int{}, Exits: map[string]int{}, Refused: map[string]int{},
		FirstSeed: o.Seed, Seconds: o.Seconds, Replicas: o.Replicas, Rate: o.Rate}
	var mu sync.Mutex
	var all sync.WaitGroup
	room := make(chan struct{}, max(1, o.Parallel))
	for i := range o.Runs {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-room }()
			out := runOne(ctx, o, o.Seed+uint64(i))
			mu.Lock()
			defer mu.Unlock()
			if ctx.Err() != nil {
				return
			}
			rep.add(out)
			if o.Told != nil {
				o.Told(out)
			}
		})
	}
	all.Wait()
	if n := rep.Runs - rep.Broken - rep.Stalled; n > 0 {
		rep.DrainedMean /= float64(n)
	}
	return rep
}

func (r *Report) add(o Outcome) {
	r.Runs++
	for _, c := range []struct {
		is bool
		n  *int
	}{{o.Stalled != "", &r.Stalled}, {o.Divergent != "", &r.Divergent}, {len(o.Violations) > 0, &r.Violated}, {o.Broken != "", &r.Broken}} {
		if c.is {
			*c.n++
		}
	}
	r.Hours += o.Seconds / 3600
	r.FaultHours += float64(r.Seconds) / 3600
	r.Transactions += o.Done
	r.Unknown += o.Unknown
	r.Failed += o.Failed
	r.Reads += o.Reads
	r.DrainedMean += o.Drained
	r.DrainedMost = max(r.DrainedMost, o.Drained)
	for sum, one := range map[*map[string]int]map[string]int{&r.Faults: o.Faults, &r.Exits: o.Exits, &r.Refused: o.Refused} {
		for k, n := range one {
			(*sum)[k] += n
		}
	}
	if !o.Good() {
		r.Bad = append(r.Bad, o)
	}
}

// runOne makes a world, lets faults fall on it, and judges what is left.
func runOne(ctx context.Context, o Options, seed uint64) (out Outcome) {
	out = Outcome{Seed: seed}
	began := time.Now()
	dir := filepath.Join(o.Dir, fmt.Sprintf("run-%d", seed))
	w, err := newWorld(ctx, o, dir, seed)
	if err == nil {
		err = w.live(&out)
	}
	if err != nil {
		out.Broken = err.Error()
	}
	w.close()
	w.sum(&out)
	out.Seconds = time.Since(began).Seconds()
	if out.Good() || ctx.Err() != nil {
		if err := os.RemoveAll(dir); err != nil {
			out.Broken = err.Error()
		}
		return out
	}
	out.Kept = dir
	if text, err := json.MarshalIndent(out, "", "  "); err == nil {
		_ = os.WriteFile(filepath.Join(dir, "outcome.json"), text, 0o600)
	}
	return out
}
