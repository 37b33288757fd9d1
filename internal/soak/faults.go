package soak

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"dongbo/internal/badlink"
)

// fault is something that befalls a target for a while and is taken back.
type fault struct {
	name string
	on   any // one fault at a time on each
	do   func() error
	undo func() error
}

// storm lets faults fall for the run's time, several at once, and then takes
// all of them back.
func (w *world) storm() error {
	end := time.Now().Add(time.Duration(w.o.Seconds) * time.Second)
	var all sync.WaitGroup
	busy := &held{of: map[any]bool{}}
	errs := &firstError{}
	for time.Now().Before(end) && errs.get() == nil {
		f := w.draw()
		long := time.Duration(500+w.dice.IntN(7500)) * time.Millisecond
		if busy.take(f.on) {
			w.count(f.name)
			all.Go(func() {
				defer busy.drop(f.on)
				errs.keep(f.do())
				w.pause(min(long, time.Until(end)))
				errs.keep(f.undo())
			})
		}
		w.pause(min(time.Duration(w.dice.ExpFloat64()*float64(w.every())), time.Until(end)))
		if w.ctx.Err() != nil {
			errs.keep(w.ctx.Err())
		}
	}
	all.Wait()
	return errs.get()
}

// every is the mean time between two faults: each replica gets one in some six
// seconds.
func (w *world) every() time.Duration { return 6 * time.Second / time.Duration(w.o.Replicas) }

func (w *world) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.ctx.Done():
	}
}

func (w *world) count(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[name]++
}

// draw draws a fault: of the line in half of the cases, else of a process.
func (w *world) draw() fault {
	s := w.replicas[w.dice.IntN(len(w.replicas))]
	if w.dice.IntN(2) == 0 {
		return lineFault(s.link, w.dice)
	}
	p := []*process{s.daemon, s.daemon, s.writer, w.server}[w.dice.IntN(4)]
	kinds := []func(*process, *rand.Rand) fault{kill}
	if canHalt {
		kinds = append(kinds, halt)
	}
	if canFill {
		kinds = append(kinds, fill)
	}
	return kinds[w.dice.IntN(len(kinds))](p, w.dice)
}

func lineFault(l *badlink.Link, dice *rand.Rand) fault {
	kinds := []struct {
		name string
		c    badlink.Conditions
	}{
		{"partition in", badlink.Conditions{LoseDown: true}}, {"partition out", badlink.Conditions{LoseUp: true}},
		{"partition both", badlink.Conditions{LoseUp: true, LoseDown: true}}, {"cut", badlink.Conditions{Down: true}},
		{"cut in mid-frame", badlink.Conditions{CutAfter: 1 + dice.Int64N(20000)}},
	}
	k := kinds[dice.IntN(len(kinds))]
	set := func(c badlink.Conditions) func() error { return func() error { l.Set(c); return nil } }
	return fault{name: k.name, on: l, do: set(k.c), undo: set(badlink.Conditions{})}
}

// kind is what a process is, without whose it is.
func (p *process) kind() string {
	for i := len(p.name) - 1; i >= 0; i-- {
		if p.name[i] == ' ' {
			return p.name[i+1:]
		}
	}
	return p.name
}

func kill(p *process, _ *rand.Rand) fault {
	return fault{name: "kill " + p.kind(), on: p, do: func() error { p.stop(syscall.SIGKILL); return nil }, undo: p.start}
}

func halt(p *process, _ *rand.Rand) fault {
	send := func(sig syscall.Signal) func() error { return func() error { p.signal(sig); return nil } }
	return fault{name: "pause " + p.kind(), on: p, do: send(haltSignal), undo: send(goOnSignal)}
}

// fill makes the process's files grow no further: at best as far as the larger
// of them reaches, at worst not at all.
func fill(p *process, dice *rand.Rand) fault {
	share := dice.Float64()
	return fault{name: "full disk " + p.kind(), on: p,
		do:   func() error { return limitFiles(p.pid(), int64(share*float64(largest(p.files)))) },
		undo: func() error { return limitFiles(p.pid(), -1) }}
}

// held are the targets that a fault holds.
type held struct {
	mu sync.Mutex
	of map[any]bool
}

func (h *held) take(on any) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of[on] {
		return false
	}
	h.of[on] = true
	return true
}

func (h *held) drop(on any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.of, on)
}

// firstError keeps the first error of several goroutines.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) keep(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *firstError) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}
