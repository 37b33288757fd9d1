package replica

import (
	"bytes"
	"database/sql/driver"
	"errors"
	"fmt"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
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

// TestOnlyOwnChanges are the own changes that the file keeps: sent and packed,
// refused, and those that wait.
func (r *Replica) TestOnlyOwnChanges() (list []*change.Change, err error) {
	err = r.read(func(c *regsql.Conn) error {
		bodies := [][]byte{}
		err := c.Each("SELECT 0, body FROM sync_outbox UNION ALL SELECT 0, body FROM sync_quarantine UNION ALL SELECT packed, body FROM sync_kept", nil, func(v []driver.Value) error {
			some := [][]byte{bytes.Clone(regsql.BytesOf(v[1]))}
			if regsql.IntOf(v[0]) == 1 {
				var err error
				if some, err = unpackKept(some[0]); err != nil {
					return err
				}
			}
			bodies = append(bodies, some...)
			return nil
		})
		for _, b := range bodies {
			ch, failed := change.Decode(b)
			if failed != nil {
				return failed
			}
			list = append(list, ch)
		}
		return err
	})
	return list, err
}

// TestOnlyCheckChain follows the chain of hand edits from its beginning through
// all that is kept to where the file says that it ends.
func (r *Replica) TestOnlyCheckChain() error {
	all, err := r.TestOnlyOwnChanges()
	if err != nil {
		return err
	}
	return r.read(func(c *regsql.Conn) error {
		own, err := chains(c)
		if err != nil {
			return err
		}
		byNumber := map[uint64]*change.Change{}
		for _, ch := range all {
			if ch.W == own[0].Ref {
				byNumber[ch.N] = ch
			}
		}
		chain, hash := change.NewChain(own[0].Name, own[0].Key, r.names), change.Hash{}
		for n := uint64(1); n <= own[0].Last; n++ {
			if byNumber[n] == nil {
				return fmt.Errorf("change %d is not kept", n)
			}
			hash = chain.Next(hash, byNumber[n])
		}
		if hash != own[0].Hash {
			return errors.New("the chain does not hold")
		}
		return nil
	})
}
