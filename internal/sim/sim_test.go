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
	r := play(t, Options{Seed: 1, For: 20 * time.Second})
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

// Any device's clock may be twenty years fast or slow: what the register and
// all replicas come to is the same.
func TestNoClockTakesPartInAnyMerge(t *testing.T) {
	w := worker{}
	for seed := range uint64(150) {
		script := Draw(seed)
		var hashes []uint64
		for _, years := range []time.Duration{0, -20, 20} {
			if err := w.fresh(); err != nil {
				t.Fatal(err)
			}
			world, err := w.template.world(seed)
			if err != nil {
				t.Fatal(err)
			}
			world.shift = years * 365 * 24 * time.Hour
			if err := world.play(script); err != nil {
				t.Fatalf("seed %d, %d years: %v", seed, years, err)
			}
			hashes = append(hashes, world.trace.hash)
		}
		if hashes[0] != hashes[1] || hashes[0] != hashes[2] {
			t.Errorf("seed %d: %x", seed, hashes)
		}
	}
}

func TestAScriptThatBreaksIsMadeShort(t *testing.T) {
	script := Draw(3)
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
