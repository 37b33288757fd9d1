package replica

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/regsql"
)

// PollEvery is how often a watcher asks whether another process committed.
const PollEvery = 250 * time.Millisecond

// Watch calls f at once, so that nothing committed before it began is missed,
// and after every commit to the file, by this process or another, until the
// context ends. Several commits may make one call.
func (r *Replica) Watch(ctx context.Context, f func()) error {
	c, err := regsql.Open(r.path, regsql.Options{ReadOnly: true})
	if err != nil {
		return explain(err, r.path)
	}
	defer c.Close()
	last, err := c.Int("PRAGMA data_version")
	if err != nil {
		return explain(err, r.path)
	}
	tick := time.NewTicker(PollEvery)
	defer tick.Stop()
	f()
	for {
		changed := r.Changed()
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-tick.C:
		}
		now, err := c.Int("PRAGMA data_version")
		if err != nil {
			return explain(err, r.path)
		}
		if now != last {
			last = now
			f()
		}
	}
}

// RequestSync asks whichever process synchronises this file to do so now.
func (r *Replica) RequestSync() error {
	return r.write(func() error {
		return r.w.Exec("INSERT INTO sync_request (what, at) VALUES ('sync', ?)", r.env.Now().UnixMilli())
	})
}

// TakeRequests tells whether somebody asked for a sync, and marks it answered.
func (r *Replica) TakeRequests() (asked bool, err error) {
	err = r.read(func(c *regsql.Conn) error {
		n, err := c.Int("SELECT EXISTS (SELECT 1 FROM sync_request WHERE done IS NULL)")
		asked = n > 0
		return err
	})
	if err != nil || !asked {
		return false, err
	}
	return true, r.write(func() error {
		return r.w.Exec("UPDATE sync_request SET done = ? WHERE done IS NULL", r.env.Now().UnixMilli())
	})
}

// Session is the record of one exchange.
type Session struct {
	Began, Ended       time.Time
	Sent, Received     int64
	BytesUp, BytesDown int64
	Outcome            string // empty: well; else a fault's code
}

// RecordSession keeps an exchange for the list of the last thirty.
func (r *Replica) RecordSession(s Session) error {
	return r.write(func() error {
		if err := r.w.Exec("INSERT INTO sync_session (began, ended, sent, received, bytes_up, bytes_down, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)",
			s.Began.UnixMilli(), s.Ended.UnixMilli(), s.Sent, s.Received, s.BytesUp, s.BytesDown, s.Outcome); err != nil {
			return err
		}
		return r.w.Exec("DELETE FROM sync_session WHERE no <= (SELECT max(no) FROM sync_session) - 30")
	})
}

// Lease is the right to run the agent beside a replica: one process at a time
// has it, and it ends with the process however that dies.
type Lease struct{ c *regsql.Conn }

// TakeLease takes the replica's lease; ok is false where another process has it.
// It is an exclusive lock on a small SQLite file beside the replica: SQLite's
// locks work the same on every system and the kernel drops them at a crash.
func (r *Replica) TakeLease() (l *Lease, ok bool, err error) {
	path := filepath.Clean(r.path) + "-agent"
	c, err := regsql.Open(path, regsql.Options{})
	if err == nil {
		err = errors.Join(c.Exec("PRAGMA busy_timeout = 0"), c.Exec("CREATE TABLE IF NOT EXISTS lease (held)"))
	}
	if err == nil {
		err = c.Exec("BEGIN IMMEDIATE")
	}
	if err == nil {
		return &Lease{c: c}, true, nil
	}
	if c != nil {
		c.Close()
	}
	if fault.CodeOf(explain(err, path)) == "replica.busy" {
		return nil, false, nil
	}
	return nil, false, explain(err, path)
}

// Release gives the lease back.
func (l *Lease) Release() error { return l.c.Close() }
