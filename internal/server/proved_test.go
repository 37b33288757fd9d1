package server_test

import (
	"testing"

	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// copied is another computer that holds what a device held, key and all.
func (w *world) copied(d *device) *device {
	w.t.Helper()
	c := newDevice(w.t, "", "")
	c.key, c.id, c.writer, c.secret = d.key, d.id, d.writer, d.secret
	must(w.t, c.sync(w.s))
	return c
}

func TestOneCopyOfADeviceIsNeverToldOfTheOthersChangeAsOfItsOwn(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	copied := w.copied(a)
	for _, tc := range []struct {
		name string
		do   func()
	}{
		{"a copy that stays and writes nothing", func() {}},
		{"a copy that stays and has written the same number, unsent", func() { w.member(copied, "A", "Bình", "") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			was := len(a.chain)
			copied.chain, copied.hashes = copied.chain[:0:0], copied.hashes[:0:0]
			copied.chain, copied.hashes = append(copied.chain, a.chain...), append(copied.hashes, a.hashes...)
			copied.waiting = map[uint64]bool{}
			l := w.live(copied)
			tc.do()
			copied.counts[wire.EntryOwn] = 0
			w.member(a, "A", "An", "")
			w.sync(a)
			err := <-l.caught
			wantProblem(t, copied, err, fault.ChainForked)
			if n := copied.counts[wire.EntryOwn]; n != 0 || len(a.chain) != was+1 {
				t.Errorf("told of %d changes as its own", n)
			}
		})
	}
}

func TestADeviceIsToldOfWhatItSentItselfInTheSameSession(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	for range 5 {
		for range 120 { // three batches
			w.member(a, "A", "An", "")
		}
		w.sync(a)
	}
	if n := a.counts[wire.EntryOwn]; n != 600 || len(a.waiting) != 0 {
		t.Errorf("told of %d changes as its own, %d still wait", n, len(a.waiting))
	}
}
