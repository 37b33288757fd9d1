package main

import (
	"os"
	"testing"
	"time"

	"dongbo/internal/soak"
)

// TestASoakRunKeepsEveryPromise is one short run of `make soak`: a server and
// five replicas as processes under every kind of fault. Waiting until a silent
// line is noticed is left to the agent's tests and to make soak.
func TestASoakRunKeepsEveryPromise(t *testing.T) {
	o := soak.Options{Self: os.Args[0], Env: []string{"DONGBO_TEST_AS_SYNCD=1"}, Dir: t.TempDir(), Runs: 1, Parallel: 1,
		Seconds: 20, Replicas: 5, Rate: 30, Seed: uint64(time.Now().UnixNano()), Drain: drainWithin, Mend: true}
	if testing.Short() {
		o.Seconds = 5
	}
	rep := soak.Run(t.Context(), o)
	t.Logf("%+v", rep)
	for _, bad := range rep.Bad {
		t.Errorf("seed %d: %+v", bad.Seed, bad)
	}
	if rep.Transactions == 0 || rep.Reads == 0 || len(rep.Faults) == 0 {
		t.Error("nothing happened")
	}
}
