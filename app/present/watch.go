package present

import (
	"context"
	"time"

	"dongbo/internal/replica"
)

// breath is the least pause between two refreshes: a daemon that applies many
// small batches must not keep the screen busy.
const breath = 100 * time.Millisecond

// Watch calls refresh once, and again after commits to the file by whatever
// process, until the context ends. Commits during a refresh make one more; the
// pause after it grows with what it took.
func Watch(ctx context.Context, r *replica.Replica, refresh func()) error {
	return r.Watch(ctx, func() {
		began := time.Now()
		refresh()
		pause := time.NewTimer(max(breath, 2*time.Since(began)))
		defer pause.Stop()
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	})
}
