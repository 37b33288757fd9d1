package server

import (
	"bytes"

	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// blankSlice is how many entries one View reads on the way through the logs.
const blankSlice = 2000

// blankLogs takes the values of erased rows out of all entries. It reads all logs;
// nobody waits for it.
func (s *Server) blankLogs(rows []ErasedRow) (entries int, err error) {
	ids := map[change.ID]bool{}
	for _, r := range rows {
		ids[r.Row] = true
	}
	var tree *tree
	if err := s.store.View(func(tx Tx) (err error) { tree, err = s.treeIn(tx); return err }); err != nil {
		return 0, err
	}
	for _, log := range tree.logs() {
		for from, more := uint64(1), true; more; from += blankSlice {
			var hits []uint64
			err := s.store.View(func(tx Tx) (err error) {
				hits, more, err = naming(tx, log, from, ids)
				return err
			})
			if err != nil {
				return entries, err
			}
			if len(hits) == 0 {
				continue
			}
			err = s.update(func(o *ordering) error {
				n, err := o.blankEntries(log, hits, ids)
				entries += n
				return err
			})
			if err != nil {
				return entries, err
			}
		}
	}
	return entries, nil
}

// naming lists the numbers of a slice of a log whose entries name any of the rows.
func naming(tx Tx, log change.ID, from uint64, ids map[change.ID]bool) (hits []uint64, more bool, err error) {
	head, err := tx.Head(log)
	if err != nil {
		return nil, false, err
	}
	for n := from; n < from+blankSlice && n <= head; n++ {
		e, err := tx.Entry(log, n)
		if err != nil {
			return nil, false, err
		}
		for id := range ids {
			if bytes.Contains(e.Body, id[:]) || bytes.Contains(e.Places, id[:]) {
				hits = append(hits, n)
				break
			}
		}
	}
	return hits, from+blankSlice <= head, nil
}

func (o *ordering) blankEntries(log change.ID, nums []uint64, ids map[change.ID]bool) (n int, err error) {
	for _, num := range nums {
		e, err := o.tx.Entry(log, num)
		if err != nil {
			return n, err
		}
		changed, err := o.blankEntry(e, ids)
		if err != nil {
			return n, err
		}
		if !changed {
			continue
		}
		if err := o.tx.Rewrite(e); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// blankEntry takes the values of the rows out of an entry.
func (o *ordering) blankEntry(e *Entry, ids map[change.ID]bool) (changed bool, err error) {
	if len(e.Body) == 0 {
		return false, nil
	}
	w, err := o.writer(e.Dot.W)
	if err != nil {
		return false, err
	}
	of := func(rw *change.RowWrite) bool {
		speaks, _ := merge.SpeaksOf(rw, func(id change.ID) (bool, error) { return ids[id], nil })
		return speaks
	}
	c, err := change.Decode(e.Body)
	if err != nil {
		return false, err
	}
	if changed = change.NewChain(w.Name, w.Key[:], o.tx).Erase(c, of); changed {
		e.Body = c.Append(nil)
	}
	if changed && e.Effective != nil {
		wide, err := change.Decode(e.Effective)
		if err != nil {
			return false, err
		}
		for i := range wide.Rows {
			if erased := c.Rows[i].Erased; erased != (change.Hash{}) {
				wide.Rows[i] = wide.Rows[i].Blank(erased)
			}
		}
		e.Effective = wide.Append(nil)
	}
	places, moved, err := blankPlaces(e.Places, ids)
	e.Places = places
	return changed || moved, err
}
