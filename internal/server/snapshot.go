package server

import (
	"fmt"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// openSnapshot goes on with the spool that the device asks for, or makes one.
// One that was made before more of the device's own changes came is of no use:
// the device could not tell which of them it holds. Nor is one that cannot be
// read.
func (t *talk) openSnapshot(tx Tx, resume *wire.Resume) error {
	chains, err := t.chains(tx)
	if err != nil {
		return err
	}
	if resume != nil {
		t.snap = t.server.openSpool(t.device.ID, resume.Snapshot)
	}
	set, err := t.server.settingsIn(tx)
	if err != nil {
		return err
	}
	if s := t.snap; s != nil {
		old, err := below(tx, t.pager.scope, s.head.Cursor)
		if err != nil {
			return err
		}
		if !old && s.head.Erased == set.erased && s.head.Scope == t.hash && s.head.Cursor.Epoch == t.epoch &&
			resume.Next <= s.head.Chunks && slices.Equal(s.head.Chains, chains) {
			err := s.skip(resume.Next)
			if err == nil {
				return nil
			}
			t.server.log.Warn("a snapshot cannot be read: making another", "error", err)
		}
		t.closeSnapshot()
	}
	w, err := t.server.newSpool(t.device.ID)
	if err != nil {
		return err
	}
	defer w.discard()
	w.head.Chains, w.head.Erased = chains, set.erased
	if err := t.writeSnapshot(tx, w); err != nil {
		return err
	}
	t.snap, err = w.finish()
	return err
}

// notErasedMeanwhile ends a session whose snapshot was made while something was
// erased by law: it would lie in its spool. The device comes back at once.
func (t *talk) notErasedMeanwhile(tx Tx) error {
	set, err := t.server.settingsIn(tx)
	if err == nil && set.erased != t.snap.head.Erased {
		err = errBelow
	}
	return err
}

// chains says how far each of the device's chains reaches.
func (t *talk) chains(tx Tx) ([]wire.WriterState, error) {
	writers, err := tx.WritersOf(t.device.ID)
	out := make([]wire.WriterState, len(writers))
	for i, w := range writers {
		out[i] = wire.WriterState{Name: w.Name, Last: w.Last, Hash: w.Hash}
	}
	return out, err
}

// writeSnapshot writes all rows of the scope, deleted ones too, as they are in
// tx, into a spool: a slow line must not hold a read transaction open.
func (t *talk) writeSnapshot(tx Tx, w *spoolWriter) (err error) {
	sc := t.pager.scope
	if w.head.ID, err = t.server.newID(); err != nil {
		return err
	}
	w.head.Scope = t.hash
	if w.head.Cursor, err = sc.heads(tx, t.epoch); err != nil {
		return err
	}
	if w.head.Digest, err = sc.digest(tx); err != nil {
		return err
	}
	return sc.eachRow(tx, func(r *merge.Row) error { return w.row(tx, r) })
}

// eachRow calls f for all rows of the scope, table by table.
func (sc *scope) eachRow(tx Tx, f func(*merge.Row) error) error {
	if sc.bare() {
		return tx.RowsOf(erasureTable, sc.tree.root, f)
	}
	inside := make([]change.ID, 0, len(sc.inside))
	for id := range sc.inside {
		inside = append(inside, id)
	}
	sortIDs(inside)
	for _, t := range schema.Tables() {
		if sc.inside[sc.tree.root] {
			if err := tx.Rows(t, f); err != nil {
				return err
			}
			continue
		}
		units := inside
		if t.Published {
			units = append(inside[:len(inside):len(inside)], sc.above...)
		}
		for _, u := range units {
			if err := tx.RowsOf(t, u, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// stepSnapshot sends the next chunk, or the end, behind which the entries go on.
func (t *talk) stepSnapshot() error {
	if err := t.server.store.View(t.check); err != nil {
		return err
	}
	if t.snap.next < t.snap.head.Chunks {
		c, err := t.snap.chunk()
		if err != nil {
			t.closeSnapshot()
			t.server.spools.drop(t.device.ID) // the next try makes another
			return fmt.Errorf("server: read spooled snapshot: %w", err)
		}
		return t.say(c)
	}
	h := t.snap.head
	t.closeSnapshot()
	t.cursor = change.Cursor{Epoch: h.Cursor.Epoch, Logs: maps.Clone(h.Cursor.Logs)}
	return t.say(&wire.SnapshotEnd{Chunks: h.Chunks, Digest: h.Digest})
}

func (t *talk) closeSnapshot() {
	if t.snap != nil {
		t.snap.close()
		t.snap = nil
	}
}
