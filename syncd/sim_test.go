package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"dongbo/internal/sim"
)

func simulated(t *testing.T, args ...string) (r sim.Report) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, append([]string{"sim", "--json"}, args...)...)
	c.Env = append(os.Environ(), "DONGBO_TEST_AS_SYNCD=1")
	out, err := c.Output()
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil {
		t.Fatalf("%v: %v, %s", args, err, out)
	}
	return r
}

func TestHistoriesOnFilesAreTheSameInHoweverManyProcesses(t *testing.T) {
	one := simulated(t, "--gear", "sqlite", "--histories", "3", "--seed", "20", "--workers", "1")
	two := simulated(t, "--gear", "sqlite", "--histories", "3", "--seed", "20", "--workers", "2")
	if one.Gear != sim.SQLite || one.Histories != 3 || two.Histories != 3 || one.Hash != two.Hash {
		t.Errorf("%+v\n%+v", one, two)
	}
}
