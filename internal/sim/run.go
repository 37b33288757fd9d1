package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Options are a run's choices.
type Options struct {
	Seed      uint64 // of the first history; the next has the next
	Stride    uint64 // between the seeds of two histories; 0: 1
	Histories uint64
	Workers   int
	For       time.Duration // stop after so long; zero: never
	Gear      Gear          // zero: Pure
	Dir       string        // where a gear of files keeps them; empty: a temporary place
}

// Report is what a run came to.
type Report struct {
	Gear      Gear           `json:"gear"`
	Histories uint64         `json:"histories"`
	Seed      uint64         `json:"seed"`
	Steps     map[string]int `json:"steps"`
	Parted    int            `json:"parted"`
	Cuts      int            `json:"cuts"` // exchanges whose line broke
	Held      map[int]uint64 `json:"held"` // how often each of Promises was held against what happened
	Hash      uint64         `json:"hash"` // of all traces, in no order
	Took      time.Duration  `json:"took"` // in nanoseconds
	Failure   *Failure       `json:"failure,omitempty"`
}

// Failure is a history that broke an invariant, as short as it gets.
type Failure struct {
	Seed   uint64   `json:"seed"`
	Broke  string   `json:"broke"`
	Script []string `json:"script"`
	Trace  []string `json:"trace"`
}

// templateLife is how many histories one template serves: each leaves its
// writers' names in the dictionary.
const templateLife = 5000

// Run plays histories until one breaks something, all are played, or the time
// is over.
func Run(ctx context.Context, o Options) (*Report, error) {
	began := time.Now()
	// Worlds are small and short: collecting seldom costs memory that nobody misses.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	if o.For > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, o.For)
		defer stop()
	}
	if o.Gear == "" {
		o.Gear = Pure
	}
	report := NewReport(o)
	var next atomic.Uint64
	var mu sync.Mutex
	var failed error
	var wg sync.WaitGroup
	for range max(1, o.Workers) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w := worker{gear: o.Gear, dir: o.Dir}
			defer func() {
				err := w.close()
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
			}()
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				mu.Lock()
				stop := failed != nil || report.Failure != nil || o.Histories > 0 && n >= o.Histories
				mu.Unlock()
				if stop {
					return
				}
				one, err := w.history(o.Seed + n*max(1, o.Stride))
				mu.Lock()
				report.Add(one)
				if err != nil && failed == nil {
					failed = err
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	report.Took = time.Since(began)
	return report, failed
}

// NewReport is the report of a run that did nothing yet.
func NewReport(o Options) *Report {
	return &Report{Gear: o.Gear, Seed: o.Seed, Steps: map[string]int{}, Held: map[int]uint64{}}
}

// Add takes in what another run came to.
func (r *Report) Add(one *Report) {
	if one == nil {
		return
	}
	r.Histories += one.Histories
	r.Parted += one.Parted
	r.Cuts += one.Cuts
	r.Hash += one.Hash
	for verb, n := range one.Steps {
		r.Steps[verb] += n
	}
	for promise, n := range one.Held {
		r.Held[promise] += n
	}
	if one.Failure != nil && (r.Failure == nil || one.Failure.Seed < r.Failure.Seed) {
		r.Failure = one.Failure
	}
}

// worker plays one history after the other.
type worker struct {
	gear     Gear
	dir      string
	template *template
	used     int
}

func (w *worker) fresh() error {
	if w.template != nil && w.used < templateLife {
		w.used++
		return nil
	}
	if err := w.close(); err != nil {
		return err
	}
	g, err := w.gear.ground(w.dir)
	if err != nil {
		return err
	}
	w.template, err = newTemplate(g)
	if err != nil {
		return errors.Join(err, g.clear(nil))
	}
	w.used = 1
	return nil
}

// close leaves nothing of the worker's template.
func (w *worker) close() error {
	if w.template == nil {
		return nil
	}
	err := w.template.ground.clear(nil)
	w.template = nil
	return err
}

// anew is how many histories there are to each that is played thrice.
const anew = 50

func (w *worker) history(seed uint64) (*Report, error) {
	script := Draw(w.gear, seed)
	got, err := w.play(seed, script, playing{})
	if err != nil {
		return nil, err
	}
	if got.broke == nil && seed%anew == 0 {
		if err := w.playAnew(seed, script, &got); err != nil {
			return nil, err
		}
	}
	return w.report(seed, script, got)
}

func (w *worker) report(seed uint64, script Script, got outcome) (*Report, error) {
	out := NewReport(Options{Gear: w.gear, Seed: seed})
	out.Histories, out.Hash, out.Parted, out.Cuts = 1, got.hash, got.parted, got.cuts
	for _, s := range script {
		out.Steps[s.Do.String()]++
	}
	for promise, n := range got.held {
		if n > 0 {
			out.Held[promise] = n
		}
	}
	var err error
	if got.broke != nil {
		out.Failure, err = w.explain(seed, script, got.broke)
	}
	return out, err
}

// playAnew plays a history again: as it was, and with every clock elsewhere.
func (w *worker) playAnew(seed uint64, script Script, first *outcome) error {
	for _, skewed := range []bool{false, true} {
		got, err := w.play(seed, script, playing{skewed: skewed})
		switch {
		case err != nil:
			return err
		case got.broke != nil:
			first.broke = got.broke
		case !skewed && got.hash != first.hash:
			first.broke = broken("the same seed gave another trace (I18)")
		case skewed && got.values != first.values:
			first.broke = broken("other clocks gave other values (I14)")
		}
		first.held[map[bool]int{false: 18, true: 14}[skewed]]++
	}
	return nil
}

// playing says how a script is played.
type playing struct {
	tell   bool // keep the words of what happens
	skewed bool // each office's clock is off by up to twenty years, from the seed
}

// outcome is how one playing of a script ended.
type outcome struct {
	hash         uint64
	parted, cuts int
	held         held
	words        []string
	values       string
	broke        error
}

func (w *worker) play(seed uint64, script Script, how playing) (outcome, error) {
	if err := w.fresh(); err != nil {
		return outcome{}, fmt.Errorf("sim: prepare a world: %w", err)
	}
	world, err := w.template.world(seed)
	if err != nil {
		return outcome{}, fmt.Errorf("sim: copy a world: %w", err)
	}
	world.trace.tell = how.tell
	if how.skewed {
		world.skewClocks(seed)
	}
	out := outcome{broke: world.play(script)}
	out.hash, out.parted, out.cuts, out.words = world.trace.hash, world.trace.parted, world.trace.cuts, world.trace.words
	out.held = world.oracle.held
	if seed%anew == 0 {
		out.values = world.values()
	}
	return out, world.close()
}

// explain makes a script that breaks something as short as it gets, and tells it.
func (w *worker) explain(seed uint64, script Script, broke error) (*Failure, error) {
	short, err := shrink(script, func(s Script) (bool, error) {
		got, err := w.play(seed, s, playing{})
		return got.broke != nil, err
	})
	if err != nil {
		return nil, err
	}
	got, err := w.play(seed, short, playing{tell: true})
	if err != nil {
		return nil, err
	}
	f := &Failure{Seed: seed, Broke: broke.Error(), Trace: got.words}
	if got.broke != nil {
		f.Broke = got.broke.Error()
	}
	for _, s := range short {
		f.Script = append(f.Script, s.String())
	}
	return f, nil
}

// shrink takes steps out, many at a time, then one at a time, as long as what
// is left still breaks something.
func shrink(script Script, breaks func(Script) (bool, error)) (Script, error) {
	for size := max(1, len(script)/2); ; size = max(1, size/2) {
		smaller := false
		for at := 0; at < len(script); {
			rest := append(append(Script(nil), script[:at]...), script[min(at+size, len(script)):]...)
			yes, err := breaks(rest)
			if err != nil {
				return nil, err
			}
			if yes {
				script, smaller = rest, true
			} else {
				at += size
			}
		}
		if size == 1 && !smaller {
			return script, nil
		}
	}
}
