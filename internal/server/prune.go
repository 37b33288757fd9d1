package server

import (
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
)

// A log is kept for those who have not read it. Its floor is the number up to
// which all of them have: below it the entries lose what they said, and the index
// lists their numbers. Links, verdicts, who wrote it and when, and what was so
// before (Past) stay, and so do quarantined changes: whoever comes with work from
// before is judged as ever. He who has read less than the floor begins with a
// snapshot.

// Pruning says what to prune.
type Pruning struct {
	Silent time.Duration // for a device unheard of for so long nothing is kept
	Dry    bool          // only say what would be done
}

// Pruned is what was done.
type Pruned struct {
	Logs    []PrunedLog
	Silent  []*Device // for whom nothing was kept
	Entries int       // that lost what they said
	Listed  int       // numbers that left index lists
}

// PrunedLog is a log, how far it was and is pruned, and who keeps it from going
// further; nil: nobody.
type PrunedLog struct {
	Log                change.ID
	Head, Before, Here uint64
	Holds              *Device
}

// pruneSlice bounds what one Update takes away, so that nobody waits for long.
const pruneSlice = 2000

// Prune raises the floors of all logs as far as they go and takes away what
// stands below. It may run beside serving processes, and again where it was cut off.
func (s *Server) Prune(p Pruning) (done *Pruned, err error) {
	err = s.store.View(func(tx Tx) error {
		done, err = s.floors(tx, s.now().Add(-p.Silent).UnixMilli())
		return err
	})
	if err != nil || p.Dry {
		return done, err
	}
	err = s.store.Update(func(tx Tx) error {
		for _, l := range done.Logs {
			floor, err := tx.Floor(l.Log)
			if err == nil && l.Here > floor {
				err = tx.SetFloor(l.Log, l.Here)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return done, s.sweep(done)
}

// sweep takes away what stands below the floors. First the floors, then this:
// a session that reads meanwhile finds either all or its end.
func (s *Server) sweep(done *Pruned) error {
	for _, l := range done.Logs {
		n := 1
		for n > 0 {
			err := s.store.Update(func(tx Tx) (err error) {
				n, err = tx.Strip(l.Log, pruneSlice)
				return err
			})
			if err != nil {
				return err
			}
			done.Entries += n
		}
	}
	var mark []byte
	for begun := false; !begun || mark != nil; begun = true {
		err := s.store.Update(func(tx Tx) error {
			n, next, err := tx.Unlist(mark, pruneSlice)
			done.Listed, mark = done.Listed+n, next
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// floors finds how far each log can be pruned. A register that takes back what
// a backup lacked has not heard everybody yet.
func (s *Server) floors(tx Tx, since int64) (*Pruned, error) {
	set, err := s.settingsIn(tx)
	if err != nil {
		return nil, err
	}
	if set.recovering != 0 {
		return nil, fault.New(fault.PruneRecovering)
	}
	done := &Pruned{}
	if done.Logs, err = s.allLogs(tx); err != nil {
		return nil, err
	}
	devices, err := tx.Devices()
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		switch {
		case d.Revoked || d.Seen.Epoch != set.epoch && d.Kept.Epoch != set.epoch: // receives nothing, or begins with a snapshot
		case d.LastContact < since:
			done.Silent = append(done.Silent, d)
		default:
			if err := s.hold(tx, d, set.epoch, done.Logs); err != nil {
				return nil, err
			}
		}
	}
	for i := range done.Logs {
		l := &done.Logs[i]
		l.Here = max(l.Here, l.Before)
	}
	return done, nil
}

// allLogs lists the logs as if nobody needed anything of them.
func (s *Server) allLogs(tx Tx) (list []PrunedLog, err error) {
	tree, err := s.treeIn(tx)
	if err != nil {
		return nil, err
	}
	for _, id := range tree.logs() {
		l := PrunedLog{Log: id}
		if l.Head, err = tx.Head(id); err != nil {
			return nil, err
		}
		if l.Before, err = tx.Floor(id); err != nil {
			return nil, err
		}
		l.Here = l.Head
		list = append(list, l)
	}
	return list, nil
}

// hold keeps for a device what it has not read. Of a log that it has never
// read anything of it needs no more than a snapshot tells.
func (s *Server) hold(tx Tx, d *Device, epoch change.ID, logs []PrunedLog) error {
	sc, err := s.scopeIn(tx, d, nil)
	if err != nil {
		return err
	}
	read := map[change.ID]uint64{}
	for _, c := range []change.Cursor{d.Seen, d.Kept} {
		if c.Epoch != epoch {
			continue
		}
		for log, num := range c.Logs {
			read[log] = max(read[log], num)
		}
	}
	for i := range logs {
		l := &logs[i]
		num, ever := read[l.Log]
		if ever && sc.reads(l.Log) && num < l.Here {
			l.Here, l.Holds = num, d
		}
	}
	return nil
}

// below tells whether entries alone cannot bring a device up to date.
func below(tx Tx, sc *scope, cursor change.Cursor) (bool, error) {
	for _, log := range sc.logs {
		floor, err := tx.Floor(log)
		if err != nil || cursor.Logs[log] < floor {
			return true, err
		}
	}
	return false, nil
}
