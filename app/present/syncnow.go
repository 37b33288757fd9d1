package present

import (
	"context"
	"sync"
)

// Syncer starts an exchange where nobody else would: main injects it. It may
// do nothing where the agent of this or another process takes up requests.
type Syncer interface {
	SyncNow(ctx context.Context) error
}

// NoSyncer relies on the agent that runs beside the replica.
type NoSyncer struct{}

// SyncNow does nothing.
func (NoSyncer) SyncNow(context.Context) error { return nil }

// SyncNow is the button: it leaves a request in the replica, for whichever
// process synchronises it, and calls the Syncer.
type SyncNow struct {
	desk   *Desk
	syncer Syncer

	mu   sync.Mutex
	busy bool
}

// NewSyncNow makes the button.
func NewSyncNow(d *Desk, s Syncer) *SyncNow {
	if s == nil {
		s = NoSyncer{}
	}
	return &SyncNow{desk: d, syncer: s}
}

// Press asks for an exchange now. A second press while the first is under way
// asks for nothing more.
func (s *SyncNow) Press(ctx context.Context) error {
	s.mu.Lock()
	if s.busy {
		s.mu.Unlock()
		return nil
	}
	s.busy = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy = false
	}()
	if err := s.desk.R.RequestSync(); err != nil {
		return err
	}
	return s.syncer.SyncNow(ctx)
}
