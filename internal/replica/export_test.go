package replica

import (
	"fmt"

	"dongbo/internal/change"
)

// TestOnlyLimitPages lets the file grow by so many pages and no more, as a full
// disk does; 0 lifts the limit.
func (r *Replica) TestOnlyLimitPages(more int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.w.Int("PRAGMA page_count")
	if err != nil {
		return err
	}
	if n += more; more == 0 {
		n = 1 << 30
	}
	_, err = r.w.One(fmt.Sprintf("PRAGMA max_page_count = %d", n))
	return err
}

// TestOnlyTrimKept lets go of what need not be kept of a writer.
func (r *Replica) TestOnlyTrimKept(w change.Ref) error {
	return r.write(func() error { return r.trimKept(w) })
}
