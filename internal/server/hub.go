package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"dongbo/internal/fault"
)

// hub wakes sessions that stay when something was committed.
type hub struct {
	own atomic.Uint64 // how many commits of this process were announced

	mu   sync.Mutex
	live map[*Session][]List // what each waits for
}

func (h *hub) join(s *Session, lists []List) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.live == nil {
		h.live = map[*Session][]List{}
	}
	h.live[s] = lists
}

func (h *hub) leave(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.live, s)
}

// wake tells the sessions that wait for one of the lists, or all where touched
// is nil. It never blocks on a session.
func (h *hub) wake(touched map[List]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s, lists := range h.live {
		for i := range lists {
			if touched == nil || touched[lists[i]] {
				s.poke()
				break
			}
		}
		if len(lists) == 0 {
			s.poke()
		}
	}
}

// watchEvery is how often the store is asked whether another process wrote.
const watchEvery = 250 * time.Millisecond

// Watch wakes live sessions for what other processes commit, and sweeps
// forgotten snapshots, until ctx ends, or a newer program has upgraded the
// register: then this process can serve no more.
func (s *Server) Watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	sweep := time.NewTicker(spoolLife / 6)
	defer sweep.Stop()
	s.spools.sweep(s.now())
	var gen, own uint64
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-sweep.C:
			s.spools.sweep(s.now())
			continue
		case <-tick.C:
		}
		// Read ours first: a commit between the two wakes once too often.
		ours := s.hub.own.Load()
		now, err := s.store.Generation()
		if fault.CodeOf(err) == fault.ServerNewer {
			return err
		}
		if err != nil {
			s.log.Error("watch the store", "err", err)
			continue
		}
		if now-gen != ours-own {
			s.hub.wake(nil)
		}
		gen, own = now, ours
	}
}
