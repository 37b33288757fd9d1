package sim

import (
	"os"
	"testing"
	"time"
)

func TestHistoriesOnRealFilesKeepTheirPromises(t *testing.T) {
	r := play(t, Options{Seed: uint64(time.Now().UnixNano()), For: 15 * time.Second, Gear: SQLite})
	t.Logf("gear %s: %d histories from seed %d, %.1f a second, steps %v, parted %d", r.Gear, r.Histories, r.Seed, float64(r.Histories)/r.Took.Seconds(), r.Steps, r.Parted)
	if r.Histories < 10 {
		t.Errorf("only %d histories", r.Histories)
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
