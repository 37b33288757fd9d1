package sim

import (
	"os"
	"testing"
)

func TestHistoriesOnRealFilesKeepTheirPromises(t *testing.T) {
	r := play(t, Options{Seed: 100, Histories: 30, Gear: SQLite})
	t.Logf("%.1f a second, steps %v, parted %d", float64(r.Histories)/r.Took.Seconds(), r.Steps, r.Parted)
	if r.Steps[Stranger.String()] == 0 || r.Steps[Kill.String()] == 0 || r.Steps[Damage.String()] == 0 {
		t.Errorf("nothing befell the files: %v", r.Steps)
	}
}

func TestTheSameSeedsGiveTheSameTracesOnRealFiles(t *testing.T) {
	first := play(t, Options{Seed: 40, Histories: 8, Gear: SQLite})
	again := play(t, Options{Seed: 40, Histories: 8, Gear: SQLite})
	other := play(t, Options{Seed: 41, Histories: 8, Gear: SQLite})
	if first.Hash != again.Hash || first.Hash == other.Hash {
		t.Errorf("traces %x, %x, of other seeds %x", first.Hash, again.Hash, other.Hash)
	}
}

func TestARunLeavesNoFiles(t *testing.T) {
	dir := t.TempDir()
	play(t, Options{Seed: 3, Histories: 2, Gear: SQLite, Dir: dir})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
