package replica

import (
	"bytes"
	"errors"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// A row of table erasure says that the law has erased another. By the order of
// the logs that one is empty already; what this file keeps besides of what it was
// loses it in the same transaction: history, own changes that wait, were refused
// or are kept for a restored server, where an import had it from, and the search
// index. The cursor that passes the row tells the server so.

// erasing are the rows that this transaction was told of.
type erasing map[change.ID]bool

func (e erasing) has(id change.ID) (bool, error) { return e[id], nil }

// of tells whether a row write says something of an erased row.
func (e erasing) of(rw *change.RowWrite) bool {
	speaks, _ := merge.SpeaksOf(rw, e.has)
	return speaks
}

// in tells, without decoding it, whether a change may.
func (e erasing) in(body []byte) bool {
	for id := range e {
		if bytes.Contains(body, id[:]) {
			return true
		}
	}
	return false
}

// toldOf notes a row of table erasure.
func (r *Replica) toldOf(row *merge.Row) {
	if row == nil || row.Table.Name != "erasure" {
		return
	}
	if id, ok := row.Value("row_id").ID(); ok {
		r.tell(id)
	}
}

func (r *Replica) tell(id change.ID) {
	if r.erasing == nil {
		r.erasing = erasing{}
	}
	r.erasing[id] = true
}

// toldBefore takes back what a snapshot told anew.
func (r *Replica) toldBefore(erasures map[change.ID]bool) {
	for id := range r.erasing {
		if erasures[merge.ErasureID(id)] {
			delete(r.erasing, id)
		}
	}
}

// erasures are the ids of all rows of table erasure.
func (r *Replica) erasures() (map[change.ID]bool, error) {
	rows, err := r.w.All("SELECT id FROM erasure")
	out := make(map[change.ID]bool, len(rows))
	for _, v := range rows {
		out[regsql.IDOf(v[0])] = true
	}
	return out, err
}

// erased tells whether the applier's file was told that a row was erased: its
// history is kept no more, whatever comes late.
func (a *applier) erased(row change.ID) (bool, error) {
	if !a.told {
		return false, nil
	}
	return a.r.wasErased(row)
}

// wasErased tells whether this file was told that a row was erased.
func (r *Replica) wasErased(row change.ID) (bool, error) {
	n, err := r.w.Int("SELECT EXISTS (SELECT 1 FROM erasure WHERE id = ?)", merge.ErasureID(row))
	return n != 0, err
}

// mayBeWritten refuses what the server would: a write to an erased row, or one
// that hangs on it.
func (r *Replica) mayBeWritten(rw *change.RowWrite) error {
	speaks, err := merge.SpeaksOf(rw, r.wasErased)
	if err == nil && speaks {
		err = fault.New(fault.RefusedErased, "detail", schema.ByNo(rw.Table).Name)
	}
	return err
}

// stillSays notes what a refused change says of rows that were erased before.
func (r *Replica) stillSays(c *change.Change) error {
	for i := range c.Rows {
		_, err := merge.SpeaksOf(&c.Rows[i], func(id change.ID) (bool, error) {
			yes, err := r.wasErased(id)
			if yes {
				r.tell(id)
			}
			return yes, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// erase takes out what the transaction was told of, at its end.
func (r *Replica) erase() error {
	for id := range r.erasing {
		for _, t := range schema.Tables() {
			if err := r.w.Exec("DELETE FROM sync_history WHERE tbl = ? AND id = ?", t.No, id); err != nil {
				return err
			}
		}
		if err := r.w.Exec("DELETE FROM sync_import WHERE id = ?", id); err != nil {
			return err
		}
	}
	chains, err := r.ownChains()
	if err != nil {
		return err
	}
	rows, err := r.eraseWaiting(chains)
	if err != nil {
		return err
	}
	if err := errors.Join(r.eraseRefused(chains), r.eraseKept(chains), r.eraseStaged()); err != nil {
		return err
	}
	return r.layAgain(rows)
}

// ownChains are those of the writers that this file still writes as.
func (r *Replica) ownChains() (map[change.Ref]*change.Chain, error) {
	own, err := r.w.All("SELECT o.ref, o.key, w.name FROM sync_own o JOIN sync_writer w USING (ref)")
	out := map[change.Ref]*change.Chain{}
	for _, v := range own {
		out[change.Ref(regsql.IntOf(v[0]))] = change.NewChain(regsql.IDOf(v[2]), bytes.Clone(regsql.BytesOf(v[1])), r.names)
	}
	return out, err
}

// bare returns a change's body without the values of what is erased; nil where it
// says none. Of a writer that this file has parted from nothing is sent again:
// there no digest is wanted.
func (r *Replica) bare(body []byte, chains map[change.Ref]*change.Chain) (bare []byte, c *change.Change, err error) {
	if !r.erasing.in(body) {
		return nil, nil, nil
	}
	if c, err = change.Decode(bytes.Clone(body)); err != nil {
		return nil, nil, err
	}
	chain := chains[c.W]
	if chain == nil {
		chain = change.NewChain(change.ID{}, nil, r.names)
	}
	if !chain.Erase(c, r.erasing.of) {
		return nil, nil, nil
	}
	return c.Append(nil), c, nil
}

// eraseWaiting empties changes that wait to be sent, and returns those of their
// rows that must be laid again.
func (r *Replica) eraseWaiting(chains map[change.Ref]*change.Chain) (rows []change.RowWrite, err error) {
	waiting, err := r.w.All("SELECT w, n, body FROM sync_outbox ORDER BY w, n")
	if err != nil {
		return nil, err
	}
	for _, v := range waiting {
		bare, c, err := r.bare(regsql.BytesOf(v[2]), chains)
		if err != nil {
			return nil, err
		}
		if bare == nil {
			continue
		}
		if err := r.w.Exec("UPDATE sync_outbox SET body = ? WHERE w = ? AND n = ?", bare, v[0], v[1]); err != nil {
			return nil, err
		}
		for _, rw := range c.Rows {
			if r.erasing.of(&rw) {
				rows = append(rows, rw)
			}
		}
	}
	return rows, nil
}

func (r *Replica) eraseRefused(chains map[change.Ref]*change.Chain) error {
	refused, err := r.w.All("SELECT w, n, body FROM sync_quarantine")
	for _, v := range refused {
		if err != nil {
			return err
		}
		var bare []byte
		if bare, _, err = r.bare(regsql.BytesOf(v[2]), chains); err == nil && bare != nil {
			err = r.w.Exec("UPDATE sync_quarantine SET body = ? WHERE w = ? AND n = ?", bare, v[0], v[1])
		}
	}
	return err
}

// eraseStaged drops what is left of a snapshot that was given up.
func (r *Replica) eraseStaged() error {
	under, err := metaID(r.w, "snapshot")
	if err == nil && under.IsZero() {
		err = r.w.Exec("DELETE FROM sync_stage")
	}
	return err
}

func (r *Replica) eraseKept(chains map[change.Ref]*change.Chain) error {
	kept, err := r.w.All("SELECT w, n, packed, body FROM sync_kept")
	for _, v := range kept {
		if err != nil {
			return err
		}
		var bare []byte
		if regsql.IntOf(v[2]) == 0 {
			bare, _, err = r.bare(regsql.BytesOf(v[3]), chains)
		} else {
			bare, err = r.barePack(regsql.BytesOf(v[3]), chains)
		}
		if err == nil && bare != nil {
			err = r.w.Exec("UPDATE sync_kept SET body = ? WHERE w = ? AND n = ?", bare, v[0], v[1])
		}
	}
	return err
}

func (r *Replica) barePack(pack []byte, chains map[change.Ref]*change.Chain) ([]byte, error) {
	bodies, err := unpackKept(pack)
	some := false
	for i := range bodies {
		if err != nil {
			return nil, err
		}
		var bare []byte
		if bare, _, err = r.bare(bodies[i], chains); bare != nil {
			bodies[i], some = bare, true
		}
	}
	if err != nil || !some {
		return nil, err
	}
	return packBodies(bodies)
}

// layAgain shows rows with waiting changes as these are now.
func (r *Replica) layAgain(rows []change.RowWrite) error {
	if len(rows) == 0 {
		return nil
	}
	a, err := r.applier()
	if err != nil {
		return err
	}
	for i := range rows {
		if err := a.layBare(&rows[i]); err != nil {
			return err
		}
	}
	return a.flush()
}

func (a *applier) layBare(rw *change.RowWrite) error {
	t := schema.ByNo(rw.Table)
	l, err := a.find(t, rw.Birth)
	if err != nil || l.shown == nil {
		return err
	}
	if l.confirmed != nil {
		return a.settleLayers(l, l.confirmed, l.pending)
	}
	if !rw.Creates {
		return nil // its creation comes by
	}
	row := merge.NewRow(t, rw.ID, rw.Birth)
	row.Apply(rw.Birth.Dot, rw)
	shown, err := a.overlay(row, l.pending)
	if err != nil {
		return err
	}
	return a.show(l, shown)
}

const (
	// unscrubbed is set while the file may still hold, where nothing stands any
	// more, what was taken out of it.
	unscrubbed = "unscrubbed"
	// smallFile, in bytes, is made anew at once. A larger one is when it is opened:
	// nobody else can write to it meanwhile.
	smallFile = 64 << 20
)

// scrub leaves nothing in the search index of words that were taken out (FTS5
// only marks them until it merges its segments), and notes that the file is to
// be made anew.
func (r *Replica) scrub() error {
	return errors.Join(r.w.Exec("INSERT INTO sync_search (sync_search) VALUES ('optimize')"), r.setMeta(unscrubbed, 1))
}

// Renew makes the file anew where something was erased from it: SQLite and other
// programs leave copies in free space. It is for moments in which nothing waits.
// Where somebody reads for long, or the disk is full, the next call tries again.
func (r *Replica) Renew() error { return r.renew(smallFile) }

func (r *Replica) renew(most int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	due, err := metaInt(r.w, unscrubbed)
	if err != nil || due == 0 {
		return explain(err, r.path)
	}
	size, err := r.w.Int("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
	if err != nil || size > most || r.w.Script("VACUUM") != nil {
		return explain(err, r.path)
	}
	emptied, err := r.w.EmptyLog()
	if err == nil && emptied {
		err = r.w.Exec("DELETE FROM sync_meta WHERE key = ?", unscrubbed)
	}
	return explain(err, r.path)
}
