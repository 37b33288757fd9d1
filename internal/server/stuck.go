package server

import (
	"maps"
	"sync"

	"dongbo/internal/change"
	"dongbo/internal/wire"
)

// stuck remembers the devices that come back without having got anywhere: each
// time they are sent smaller batches, until one gets through their line; and who
// has handed in nothing more waits no longer for his snapshot. Nothing depends on
// it but speed, so it lives in memory.
type stuck struct {
	mu      sync.Mutex
	devices map[change.ID]attempt
	turns   map[change.ID]uint64 // how many changes had come when a device was last told to hand in first
}

type attempt struct {
	logs  map[change.ID]uint64
	batch int
}

// greets returns how large a batch to send to a device that greets at cursor.
func (s *stuck) greets(device change.ID, cursor change.Cursor) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.devices == nil {
		s.devices = map[change.ID]attempt{}
	}
	last, again := s.devices[device]
	batch := maxBatch
	if again && maps.Equal(last.logs, cursor.Logs) {
		batch = max(last.batch/2, leastBatch)
	} else if again {
		batch = last.batch // it moved: what got through will again
	}
	s.devices[device] = attempt{maps.Clone(cursor.Logs), batch}
	return batch
}

// through forgets a device that got everything.
func (s *stuck) through(device change.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.devices, device)
	delete(s.turns, device)
}

// turn tells whether a device that is to hand in first has got somewhere since
// it was last told so.
func (s *stuck) turn(device change.ID, ours []wire.WriterState) bool {
	var came uint64
	for _, w := range ours {
		came += w.Last
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turns == nil {
		s.turns = map[change.ID]uint64{}
	}
	last, again := s.turns[device]
	s.turns[device] = came
	return !again || came > last
}
