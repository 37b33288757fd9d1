package present

import (
	"context"
	"database/sql"
	"time"

	"dongbo/internal/replica"
)

// breath is the least pause between two refreshes: a daemon that applies many
// small batches must not keep the screen busy.
const breath = 100 * time.Millisecond

// Watch calls refresh once, and again after commits to the file by whatever
// process, until the context ends. Commits during a refresh make one more; the
// pause after it grows with what it took. The file is asked before the first
// refresh, so that nothing falls between the two (replica.Watch begins to look
// at a moment that its caller cannot know).
func Watch(ctx context.Context, r *replica.Replica, refresh func()) error {
	conn, err := r.DB().Conn(ctx)
	if err != nil {
		return unlessEnded(ctx, err)
	}
	defer conn.Close()
	tick := time.NewTicker(replica.PollEvery)
	defer tick.Stop()
	for last := int64(-1); ; {
		changed := r.Changed()
		now, err := dataVersion(ctx, conn)
		if err != nil {
			return unlessEnded(ctx, err)
		}
		if now != last {
			last = now
			began := time.Now()
			refresh()
			if !pause(ctx, max(breath, 2*time.Since(began))) {
				return nil
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-tick.C:
		}
	}
}

// dataVersion changes with every commit by another connection.
func dataVersion(ctx context.Context, c *sql.Conn) (n int64, err error) {
	err = c.QueryRowContext(ctx, "PRAGMA data_version").Scan(&n)
	return n, err
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
