package replica

import (
	"errors"
	"fmt"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// A snapshot is the scope as it stands at one cursor. The first one is
// installed chunk by chunk as it comes, so that a cut costs one chunk at most;
// a later one (the scope changed, the server was restored) is put aside chunk
// by chunk and swapped in at the end, cursor and receipts with it, so that the
// officer never sees half of one and half of the other.

// Resume tells which chunk of which snapshot is wanted next; nil where no
// snapshot is under way.
func (r *Replica) Resume() (res *wire.Resume, err error) {
	err = r.read(func(c *regsql.Conn) error {
		id, err := metaID(c, "snapshot")
		if err != nil || id.IsZero() {
			return err
		}
		next, err := metaInt(c, "snapshot_next")
		res = &wire.Resume{Snapshot: id, Next: uint32(next)}
		return err
	})
	return res, err
}

// BeginSnapshot starts or resumes a snapshot.
func (r *Replica) BeginSnapshot(b *wire.SnapshotBegin) error {
	return r.write(func() error {
		current, err := metaID(r.w, "snapshot")
		if err != nil || current == b.ID {
			return err
		}
		ready, err := metaInt(r.w, "ready")
		if err != nil {
			return err
		}
		if ready == 0 {
			if err := r.wipe(); err != nil {
				return err
			}
		}
		if err := r.w.Exec("DELETE FROM sync_stage"); err != nil {
			return err
		}
		if err := r.setMeta("snapshot_next", 0); err != nil {
			return err
		}
		return r.setMeta("snapshot", b.ID)
	})
}

// InstallChunk stores one chunk. A chunk that was stored already is skipped.
func (r *Replica) InstallChunk(c *wire.Chunk) error {
	return r.write(func() error {
		next, err := metaInt(r.w, "snapshot_next")
		if err != nil || int64(c.Index) < next {
			return err
		}
		if int64(c.Index) > next {
			return fault.New("wire.invalid", "what", "chunk order")
		}
		ready, err := metaInt(r.w, "ready")
		if err != nil {
			return err
		}
		a, err := r.applier()
		if err != nil {
			return err
		}
		if ready == 0 {
			err = a.install(c.Rows)
		} else {
			err = r.stageRows(c)
		}
		if err != nil {
			return err
		}
		for _, m := range c.Metas {
			if err := a.recordChange(m.Dot, m.Person, m.At, m.ServerAt); err != nil {
				return err
			}
		}
		if err := a.flush(); err != nil {
			return err
		}
		return r.setMeta("snapshot_next", int64(c.Index)+1)
	})
}

// install stores confirmed rows that the file does not hold yet.
func (a *applier) install(rows []*merge.Row) error {
	for _, row := range rows {
		a.add(row.Unit(), row.Sums(a.r.names))
		if err := a.r.store(nil, row, regsql.Nowhere, nil); err != nil {
			return fmt.Errorf("snapshot row %s %s: %w", row.Table.Name, row.ID, err)
		}
	}
	return nil
}

func (r *Replica) stageRows(c *wire.Chunk) error {
	for i, row := range c.Rows {
		if err := r.w.Exec("INSERT OR REPLACE INTO sync_stage (chunk, place, state) VALUES (?, ?, ?)", int64(c.Index), i, row.Append(nil)); err != nil {
			return err
		}
	}
	return nil
}

// Receipts says, by writer, how far the snapshot already holds the device's
// own changes, and which of them were refused.
type Receipts map[change.ID]*wire.Receipt

// EndSnapshot completes a snapshot at its cursor. It refuses one whose digest
// is not the sum of what was installed, and starts over.
func (r *Replica) EndSnapshot(e *wire.SnapshotEnd, cursor change.Cursor, received Receipts) error {
	var ready int64
	err := r.read(func(c *regsql.Conn) (err error) { ready, err = metaInt(c, "ready"); return err })
	if err != nil {
		return err
	}
	write := r.write
	if ready != 0 {
		write = r.sealed // what another program just typed must not go with the old rows
	}
	return write(func() error {
		next, err := metaInt(r.w, "snapshot_next")
		if err != nil {
			return err
		}
		if next != int64(e.Chunks) {
			return fault.New("wire.invalid", "what", "chunk count")
		}
		if ready != 0 {
			if err := r.swap(received); err != nil {
				return err
			}
		}
		sums, err := totalSums(r.w)
		if err != nil {
			return err
		}
		if sums.Total() != merge.Sums(e.Digest).Total() {
			return fault.New("replica.snapshot_differs")
		}
		if err := r.setCursors(cursor); err != nil {
			return err
		}
		for key, v := range map[string]any{"ready": 1, "snapshot": nil, "snapshot_next": 0, "token": nil} {
			if err := r.setMeta(key, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// AbandonSnapshot forgets a snapshot that did not hold together, so that the
// next session starts a fresh one.
func (r *Replica) AbandonSnapshot() error {
	return r.write(func() error {
		return errors.Join(r.setMeta("snapshot", nil), r.w.Exec("DELETE FROM sync_stage"))
	})
}

func (r *Replica) setCursors(cursor change.Cursor) error {
	if err := r.setMeta("epoch", cursor.Epoch); err != nil {
		return err
	}
	for log, num := range cursor.Logs {
		if err := r.setCursor(log, num); err != nil {
			return err
		}
	}
	return nil
}

// wipe empties the confirmed layer and everything derived from it.
func (r *Replica) wipe() error {
	for _, t := range schema.Tables() {
		if err := r.w.Exec("UPDATE " + t.Name + " SET sync_version = " + schema.LeavingMark + " WHERE sync_birth IS NOT NULL"); err != nil {
			return err
		}
		if err := r.w.Exec("DELETE FROM " + t.Name + " WHERE sync_birth IS NOT NULL"); err != nil {
			return err
		}
	}
	clear(r.logs)
	return r.w.Script(`DELETE FROM sync_gone; DELETE FROM sync_raw; DELETE FROM sync_sort; DELETE FROM sync_conflict; DELETE FROM sync_digest;
DELETE FROM sync_confirmed; DELETE FROM sync_cursor; INSERT INTO sync_search (sync_search) VALUES ('delete-all');`)
}

// swap replaces the confirmed layer by the staged snapshot and puts the
// changes that still wait on top again.
func (r *Replica) swap(received Receipts) error {
	before, err := r.erasures() // their rows were erased here already
	if err != nil {
		return err
	}
	defer func() { r.toldBefore(before) }()
	if err := errors.Join(r.wipe(), r.rested()); err != nil {
		return err
	}
	for name, receipt := range received {
		ref, err := r.ref(name)
		if err != nil {
			return err
		}
		if err := r.keepRefused(ref, receipt.Refused); err != nil {
			return err
		}
		n := receipt.Through
		if err := errors.Join(r.keepReceipt(ref, receipt), r.keep(ref, 0, n)); err != nil {
			return err
		}
		for _, q := range []string{"DELETE FROM sync_outbox WHERE w = ?1 AND n <= ?2 AND n NOT IN (SELECT value FROM json_each(?3))",
			"DELETE FROM sync_pending WHERE w = ?1 AND n <= ?2 AND n NOT IN (SELECT value FROM json_each(?3))"} {
			if err := r.w.Exec(q, ref, n, waitingThere(receipt)); err != nil {
				return err
			}
		}
	}
	staged, err := r.w.All("SELECT state FROM sync_stage ORDER BY chunk, place")
	if err != nil {
		return err
	}
	rows := make([]*merge.Row, 0, len(staged))
	for _, s := range staged {
		row, err := merge.DecodeRow(regsql.BytesOf(s[0]))
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	a, err := r.applier()
	if err != nil {
		return err
	}
	if err := errors.Join(a.install(rows), a.flush()); err != nil {
		return err
	}
	if err := r.w.Exec("DELETE FROM sync_stage"); err != nil {
		return err
	}
	return a.overlayAll()
}

// keepRefused puts refused changes whose log entries the snapshot skips over
// into the quarantine.
func (r *Replica) keepRefused(w change.Ref, refused []wire.Refusal) error {
	for _, f := range refused {
		if f.Code == waits {
			continue
		}
		if err := r.w.Exec(`INSERT OR IGNORE INTO sync_quarantine (w, n, code, detail, at, body)
SELECT w, n, ?, ?, ?, body FROM sync_outbox WHERE w = ? AND n = ?`, f.Code, f.Detail, r.env.Now().UnixMilli(), w, f.N); err != nil {
			return err
		}
	}
	return nil
}

// overlayAll lays every waiting change on top of a fresh confirmed layer.
func (a *applier) overlayAll() error {
	bodies, err := a.r.w.All("SELECT body FROM sync_outbox b WHERE NOT EXISTS (SELECT 1 FROM sync_quarantine q WHERE q.w = b.w AND q.n = b.n) ORDER BY w, n")
	if err != nil {
		return err
	}
	for _, b := range bodies {
		c, err := change.Decode(regsql.BytesOf(b[0]))
		if err != nil {
			return err
		}
		for i := range c.Rows {
			if err := a.relay(c.Dot, &c.Rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// relay lays a row with all its waiting changes: a new one when its creation
// comes by, another at each of its edits, from the confirmed layer every time.
func (a *applier) relay(dot change.Dot, rw *change.RowWrite) error {
	t := schema.ByNo(rw.Table)
	pending, err := a.r.pendingOf(rw.Table, rw.ID)
	if err != nil {
		return err
	}
	if rw.Creates {
		old, place, err := a.r.w.Load(t, rw.ID)
		if err != nil || old != nil {
			return err
		}
		row := merge.NewRow(t, rw.ID, rw.Birth)
		row.Apply(dot, rw)
		shown, err := a.overlay(row, pending)
		if err != nil {
			return err
		}
		return a.r.store(nil, shown, place, nil)
	}
	l, err := a.find(t, rw.Birth)
	if err != nil || l.shown == nil || l.confirmed == nil {
		return err
	}
	return a.settleLayers(l, l.confirmed, pending)
}

func totalSums(c *regsql.Conn) (sums merge.Sums, err error) {
	rows, err := c.All("SELECT sums FROM sync_digest")
	for _, row := range rows {
		sums = sums.Add(decodeSums(regsql.BytesOf(row[0])))
	}
	return sums, err
}
