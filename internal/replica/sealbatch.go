package replica

import (
	"database/sql/driver"
	"errors"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// gathered is what sealing other programs' rows collects, to be written many
// rows to a statement. A row is in it once: flush comes before it is met again.
type gathered struct {
	born      []*merge.Row // inserted rows, to be adopted
	edited    []*merge.Row // updated rows, whose versions moved
	outbox    regsql.Bulk
	confirmed regsql.Bulk
	pending   regsql.Bulk
}

func newGathered() gathered {
	return gathered{outbox: regsql.Bulk{Insert: insertOutbox}, confirmed: regsql.Bulk{Insert: insertConfirmed}, pending: regsql.Bulk{Insert: insertPending}}
}

const (
	insertOutbox    = "INSERT INTO sync_outbox (w, n, body, hash) VALUES"
	insertConfirmed = "INSERT OR IGNORE INTO sync_confirmed (tbl, id, birth, state) VALUES"
	insertPending   = "INSERT INTO sync_pending (tbl, id, seq, w, n) VALUES"
)

// sealLater chains the change; it enters the outbox with the next flush.
func (p *pen) sealLater(c *change.Change) {
	p.hash = p.chain.Next(p.hash, c)
	p.outbox.Add(c.W, c.N, c.Append(nil), p.hash)
}

// flush writes what was gathered of a table.
func (p *pen) flush(t *schema.Table) error {
	w, born, edited := p.r.w, p.born, p.edited
	p.born, p.edited = nil, nil
	return errors.Join(w.AdoptMany(t, born), w.SaveVersions(t, edited), p.outbox.Flush(w), p.confirmed.Flush(w), p.pending.Flush(w))
}

// sealUpdated seals rows that other programs updated.
func (p *pen) sealUpdated(t *schema.Table, limit int) (int, error) {
	w := p.r.w
	ids, err := w.All("SELECT DISTINCT id FROM "+schema.CaptureTable+" WHERE tbl = ? ORDER BY id LIMIT ?", t.No, limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	const these = schema.CaptureTable + " WHERE tbl = ? AND id <= ?"
	last := ids[len(ids)-1][0]
	captured := map[change.ID][][]driver.Value{}
	err = w.Each("SELECT id, col, old FROM "+these, []any{t.No, last}, func(v []driver.Value) error {
		id := regsql.IDOf(v[0])
		captured[id] = append(captured[id], []driver.Value{v[1], v[2]})
		return nil
	})
	if err != nil {
		return 0, err
	}
	rows, err := w.All(regsql.SelectRows(t)+"sync_birth IS NOT NULL AND id IN (SELECT id FROM "+these+")", t.No, last)
	if err != nil {
		return 0, err
	}
	if err := w.Exec("DELETE FROM "+these, t.No, last); err != nil {
		return 0, err
	}
	for _, v := range rows {
		if err := p.sealRow(t, v, captured); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// sealRow seals one updated row: its captures say what stood there before.
func (p *pen) sealRow(t *schema.Table, v []driver.Value, captured map[change.ID][][]driver.Value) error {
	now, mended, err := scanForeign(t, v)
	if err != nil {
		return err
	}
	before := now.Clone()
	if err := restore(before, captured[now.ID]); err != nil {
		return err
	}
	if mended {
		if err := p.rewrite(now); err != nil {
			return err
		}
	}
	writes := diff(before, now)
	if len(writes) == 0 {
		return nil
	}
	c, err := p.changeOf(before, writes)
	if err != nil {
		return err
	}
	if err := p.keepLater(before, c.Dot); err != nil {
		return err
	}
	after := onTop(before, c.Dot, &c.Rows[0])
	p.edited = append(p.edited, after)
	p.sealLater(c)
	return p.r.derive(before, after)
}

// keepLater is keepConfirmed with the next flush.
func (p *pen) keepLater(before *merge.Row, dot change.Dot) error {
	unsent, err := p.unsent(before.Birth)
	if err != nil {
		return err
	}
	if !unsent {
		p.confirmed.Add(before.Table.No, before.ID, before.Birth.Pack(), before.Append(nil))
	}
	p.seq++
	p.pending.Add(before.Table.No, before.ID, p.seq, dot.W, dot.N)
	return nil
}
