package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dongbo/internal/sim"
)

func asProcess(t *testing.T, args ...string) []byte {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Env = append(os.Environ(), "DONGBO_TEST_AS_SYNCD=1")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v, %s", args, err, out)
	}
	return out
}

func simulated(t *testing.T, args ...string) (r sim.Report) {
	t.Helper()
	out := asProcess(t, append([]string{"sim", "--json"}, args...)...)
	if err := json.Unmarshal(out, &r); err != nil {
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

func TestProveWritesAReportThatAnybodyCanRepeat(t *testing.T) {
	file := filepath.Join(t.TempDir(), "proof.md")
	var traces []string
	for range 2 {
		out := string(asProcess(t, "prove", "--pure", "120", "--sqlite", "4", "--report", file))
		text, err := os.ReadFile(file)
		if err != nil || string(text) != out {
			t.Fatalf("%v: the file says something else:\n%s\n%s", err, text, out)
		}
		for _, want := range []string{"No promise was broken", "| histories | 120 | 4 |", "| lines cut in an exchange | ", "| I19: the logs alone give every cell of the register | "} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		traces = append(traces, regexp.MustCompile(`\| trace \|.*`).FindString(out))
	}
	if traces[0] == "" || traces[0] != traces[1] {
		t.Errorf("traces %q", traces)
	}
}
