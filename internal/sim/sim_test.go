package sim

import (
	"runtime"
	"testing"
)

func TestHistoriesKeepTheirPromises(t *testing.T) {
	r, err := Run(t.Context(), Options{Seed: 1, Histories: 2000, Workers: runtime.NumCPU()})
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Failure; f != nil {
		for _, s := range f.Script {
			t.Log(s)
		}
		for _, s := range f.Trace {
			t.Log("  ", s)
		}
		t.Fatalf("seed %d: %s", f.Seed, f.Broke)
	}
	t.Logf("%d histories, %.0f a second, %v, parted %d", r.Histories, float64(r.Histories)/r.Took.Seconds(), r.Steps, r.Parted)
}
