package museum

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dongbo/internal/sim"
)

var (
	visits = flag.Int("visits", 1, "how many exhibits to visit; 0: all")
	most   = flag.Uint64("histories", 3000, "how many histories an exhibit may take to be caught")
)

const root = "../../.."

func TestEveryBugOfTheListIsHere(t *testing.T) {
	for i, e := range Exhibits {
		if e.No != i+1 {
			t.Fatalf("number %d stands where %d belongs", e.No, i+1)
		}
	}
	if len(Exhibits) != 30 {
		t.Errorf("%d bugs", len(Exhibits))
	}
}

func TestEveryExhibitStillFitsTheCode(t *testing.T) {
	for _, e := range Exhibits {
		if _, err := e.broken(); err != nil {
			t.Errorf("%d %s: %v", e.No, e.Thread, err)
		}
	}
}

// broken returns the files with the exhibit's changes made.
func (e *Exhibit) broken() (map[string]string, error) {
	out := map[string]string{}
	for _, c := range e.Changes {
		text, ok := out[c.File]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, c.File))
			if err != nil {
				return nil, err
			}
			text = string(b)
		}
		if n := strings.Count(text, c.Old); n != 1 {
			return nil, fmt.Errorf("%s: the piece stands there %d times: %q", c.File, n, c.Old)
		}
		out[c.File] = strings.Replace(text, c.Old, c.New, 1)
	}
	return out, nil
}

func TestTheSimulatorCatchesTheBugsOfOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("each exhibit builds an engine")
	}
	exhibits := Exhibits
	if *visits > 0 {
		exhibits = exhibits[len(exhibits)-*visits:]
	}
	var took []uint64
	for _, e := range exhibits {
		r, err := e.visit(t.TempDir())
		switch {
		case err != nil:
			t.Errorf("%d %s: %v", e.No, e.Thread, err)
		case r.Failure == nil:
			t.Errorf("%d %s: %s: not caught in %d histories", e.No, e.Thread, e.Here, r.Histories)
		default:
			took = append(took, r.Histories)
			t.Logf("%2d %s: %s\n   caught after %d histories, told in %d steps: %s", e.No, e.Thread, e.Here, r.Histories, len(r.Failure.Script), r.Failure.Broke)
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		t.Logf("caught %d of %d; histories until caught: median %d, most %d", len(took), len(exhibits), took[len(took)/2], took[len(took)-1])
	}
}

// visit builds the broken engine and lets it play.
func (e *Exhibit) visit(dir string) (*sim.Report, error) {
	files, err := e.broken()
	if err != nil {
		return nil, err
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range files {
		at, err := filepath.Abs(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		mutant := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(mutant, []byte(text), 0o600); err != nil {
			return nil, err
		}
		overlay.Replace[at] = mutant
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return nil, err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, b, 0o600); err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "visit")
	build := exec.Command("go", "build", "-overlay", list, "-o", program, "./visit")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w\n%s", err, out)
	}
	out, err := exec.Command(program, fmt.Sprint(*most)).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &sim.Report{Histories: 1, Failure: &sim.Failure{Broke: "the program died: " + string(exit.Stderr[:min(200, len(exit.Stderr))])}}, nil
	} else if err != nil {
		return nil, err
	}
	var r sim.Report
	return &r, json.Unmarshal(out, &r)
}
