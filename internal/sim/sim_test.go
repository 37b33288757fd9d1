package sim

import (
	"runtime"
	"testing"
	"time"
)

func play(t *testing.T, o Options) *Report {
	t.Helper()
	o.Workers = runtime.NumCPU()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Failure; f != nil {
		for _, s := range append(f.Script, f.Trace...) {
			t.Log(s)
		}
		t.Fatalf("seed %d: %s", f.Seed, f.Broke)
	}
	return r
}

func TestHistoriesKeepTheirPromises(t *testing.T) {
	r := play(t, Options{Seed: 1, For: 10 * time.Second})
	t.Logf("%d histories, %.0f a second, steps %v, parted %d", r.Histories, float64(r.Histories)/r.Took.Seconds(), r.Steps, r.Parted)
	if r.Histories < 100 || r.Parted == 0 {
		t.Errorf("only %d histories, %d of them with a copy that parted", r.Histories, r.Parted)
	}
}

func TestTheSameSeedsGiveTheSameTraces(t *testing.T) {
	first := play(t, Options{Seed: 7, Histories: 200})
	again := play(t, Options{Seed: 7, Histories: 200})
	other := play(t, Options{Seed: 8, Histories: 200})
	if first.Hash != again.Hash || first.Hash == other.Hash {
		t.Errorf("traces %x, %x, of other seeds %x", first.Hash, again.Hash, other.Hash)
	}
}

// Any device's clock may be twenty years fast or slow: what the register comes
// to is the same, and so are all replicas, since each ends as the register. The
// names of writers that a copy of a disk takes are left out: they are made from
// its first change, clock and all.
func TestNoClockTakesPartInAnyMerge(t *testing.T) {
	w := worker{gear: Pure}
	for seed := range uint64(200) {
		script := Draw(Pure, seed)
		first, err := w.play(seed*anew, script, playing{})
		if err != nil || first.broke != nil || first.values == "" {
			t.Fatalf("seed %d: %v, %v", seed, err, first.broke)
		}
		skewed, err := w.play(seed*anew, script, playing{skewed: true})
		if err != nil || skewed.broke != nil || skewed.values != first.values {
			t.Errorf("seed %d: %v, %v\n%s\n%s", seed, err, skewed.broke, first.values, skewed.values)
		}
	}
}

func TestEachPromiseIsHeldAgainstWhatHappens(t *testing.T) {
	r := play(t, Options{Seed: 1, Histories: 200})
	for promise, words := range Promises {
		if r.Held[promise] == 0 {
			t.Errorf("I%d was never asked for: %s", promise, words)
		}
	}
}

func TestAScriptThatBreaksIsMadeShort(t *testing.T) {
	script := Draw(Pure, 3)
	script = append(script, Step{Do: Clone, Who: 77})
	short, err := shrink(script, func(s Script) (bool, error) {
		for _, step := range s {
			if step.Who == 77 {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil || len(short) != 1 {
		t.Errorf("%v, %v", short, err)
	}
}
