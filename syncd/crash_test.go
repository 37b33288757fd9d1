package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"dongbo/internal/crash"
)

var (
	crashPoints = flag.Int("crashpoints", 12, "how many crash points of each scenario to go on from; 0: all")
	crashClass  = flag.String("crashclass", "", "only points whose side and way to die have this in their name")
	crashKeep   = flag.String("crashkeep", "", "folder for the images of points that fail")
)

// scenario is what an office does while it is recorded, and what must be true
// wherever it is cut.
type scenario struct {
	name string
	// set prepares the world, play is recorded.
	set, play func(*studio)
	// members are those of the office and what each may look like: as it was,
	// then after each step that touches it.
	members map[string][]shown
	// together are members that one transaction brings to where they are after
	// one and the same step.
	together []string
	// waits tells how many things wait for a person at rest: at least and at
	// most; nil: nothing.
	waits func(told []string) (conflicts, refused span)
	// before and open stand for other ways to go on than to serve and to open
	// the replica; again does once more what was cut, as a person would.
	before, open, again func(*continuation) error
}

// shown is how a member looks after a step; the step "" is before all.
type shown struct{ step, looks string }

const absent = ""

// span is how many there are, at least and at most.
type span [2]int64

func (s span) holds(n int64) bool { return s[0] <= n && n <= s[1] }

// TestEveryCrashPoint records each scenario once, dies at every operation in
// every way and goes on from what the disk holds.
func TestEveryCrashPoint(t *testing.T) {
	sum := tally{}
	for _, sc := range crashScenarios {
		t.Run(sc.name, func(t *testing.T) {
			c := shoot(t, sc, *crashClass, *crashPoints)
			for _, f := range c.failures {
				t.Error(f)
			}
			sum.add(c.all())
		})
	}
	t.Logf("all scenarios: %s", sum)
}

// TestACommandThatDoesNotSyncIsCaught holds that the points see what they are
// there for: a person is told that something is kept, and it is not yet.
func TestACommandThatDoesNotSyncIsCaught(t *testing.T) {
	c := shoot(t, &scenario{
		name: "a careless program",
		set:  func(s *studio) { s.settled() },
		play: func(s *studio) { s.act("sql", "sql", "PRAGMA synchronous = off", insertOf("Lạ", "1", "")) },
		members: map[string][]shown{
			"Lạ": {{"", absent}, {"sql", "1;"}},
		},
	}, "office  power cut", 0)
	if c.all().failed == 0 {
		t.Error("a power cut took nothing")
	}
}

// shoot records a scenario and goes on from so many of its points.
func shoot(t *testing.T, sc *scenario, class string, points int) *checker {
	t.Helper()
	s := newStudio(t)
	if sc.set != nil {
		sc.set(s)
	}
	s.roll()
	sc.play(s)
	ops := s.cutHere()
	c := &checker{sc: sc, code: s.code, only: class, tally: map[string]*tally{}}
	c.goOnFromAll(s.start, ops, points)
	t.Logf("%s: %d operations\n%s", sc.name, len(ops), c.report())
	return c
}

// tally counts the points of one side and one way to die.
type tally struct{ points, tried, failed int }

// class names what a tally counts.
func class(p crash.Point) string {
	return fmt.Sprintf("%-7s %s", sides[p.Side], p.Cut)
}

func (y *tally) add(o tally) {
	y.points, y.tried, y.failed = y.points+o.points, y.tried+o.tried, y.failed+o.failed
}

func (y tally) String() string {
	return fmt.Sprintf("%5d points, %5d gone on from, %5d passed, %d failed", y.points, y.tried, y.tried-y.failed, y.failed)
}

func (c *checker) all() (sum tally) {
	for _, y := range c.tally {
		sum.add(*y)
	}
	return sum
}

func (c *checker) report() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.tally)) {
		fmt.Fprintf(&b, "  %-24s %s\n", name, c.tally[name])
	}
	fmt.Fprintf(&b, "  %-24s %s", "all", c.all())
	return b.String()
}

// scratch is where images lie: in memory where the system has a place for it,
// since going on syncs often and the disk is not what is on trial there.
func scratch() string {
	if dir, err := os.MkdirTemp("/dev/shm", "crash"); err == nil {
		return dir
	}
	dir, _ := os.MkdirTemp("", "crash")
	return dir
}
