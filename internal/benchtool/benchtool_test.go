package benchtool

import (
	"context"
	"testing"
)

// TestASmallRunFindsEveryConflict runs the whole benchmark, small: it is a
// program that must not rot between two releases.
func TestASmallRunFindsEveryConflict(t *testing.T) {
	f, err := Run(context.Background(), Options{Dir: t.TempDir(), Members: 400, Many: 400, captureTurns: 1})
	if err != nil {
		t.Fatal(err)
	}
	if f.ConflictsFound != f.ConflictsExpected || f.ConflictsExpected == 0 || f.ConflictsInvented != 0 || f.DiffRowsKept != f.DiffRowsExpected {
		t.Errorf("conflicts: %+v", f)
	}
	if f.BootstrapDown == 0 || f.EditsUp == 0 || f.NoopInside == 0 || f.MetadataPerRow <= 0 || f.ApplyPerSecond <= 0 || f.CaptureUpdate <= 0 {
		t.Errorf("something was not measured: %+v", f)
	}
}

func testBench(t testing.TB, members, many int) *bench {
	b := &bench{ctx: context.Background(), o: Options{Dir: t.TempDir(), Members: members, Many: many, captureTurns: 1}, f: &Figures{Seconds: map[string]float64{}}}
	if err := b.load(); err != nil {
		t.Fatal(err)
	}
	return b
}

// The parts alone, for profiles: go test -bench Apply -benchtime 1x -cpuprofile.
func BenchmarkApply(b *testing.B) {
	for b.Loop() {
		run := testBench(b, 20000, 400)
		if err := run.apply(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(run.f.ApplyPerSecond, "writes/s")
		b.ReportMetric(run.f.SnapshotPerSecond, "rows/s")
	}
}

func BenchmarkMany(b *testing.B) {
	for b.Loop() {
		run := testBench(b, 400, 5000)
		if err := run.many(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(run.f.CaptureInsert, "insert-ratio")
		b.ReportMetric(run.f.CaptureUpdate, "update-ratio")
	}
}
