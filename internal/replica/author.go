package replica

import (
	"errors"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// pen writes changes of one own writer inside a write transaction.
type pen struct {
	r      *Replica
	ref    change.Ref
	last   uint64
	hash   change.Hash
	chain  *change.Chain
	person change.ID
	now    int64
	seq    int64
	reads  map[change.ID]uint64
	own    map[change.Ref]bool // this device's writers
	gathered
}

func (r *Replica) pen(kind Kind) (*pen, error) {
	row, err := r.w.One("SELECT o.ref, o.last, o.hash, o.key, w.name FROM sync_own o JOIN sync_writer w USING (ref) WHERE o.kind = ?", int(kind))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fault.New("replica.not_enrolled", "path", r.path)
	}
	p := &pen{r: r, ref: change.Ref(regsql.IntOf(row[0])), last: uint64(regsql.IntOf(row[1])), now: r.env.Now().UnixMilli(),
		reads: map[change.ID]uint64{}, gathered: newGathered()}
	copy(p.hash[:], regsql.BytesOf(row[2]))
	p.chain = change.NewChain(regsql.IDOf(row[4]), regsql.BytesOf(row[3]), r.names)
	if p.person, err = metaID(r.w, "person"); err != nil {
		return nil, err
	}
	if p.own, err = r.ownWriters(); err != nil {
		return nil, err
	}
	p.seq, err = r.w.Int("SELECT coalesce(max(value), 0) FROM sync_meta WHERE key = 'seq'")
	return p, err
}

// begin starts the writer's next change in the log of the given unit.
func (p *pen) begin(log change.ID) (*change.Change, error) {
	read, ok := p.reads[log]
	if !ok {
		n, err := p.r.w.Int("SELECT num FROM sync_cursor WHERE log = ?", log)
		if err != nil {
			return nil, err
		}
		read = uint64(n)
		p.reads[log] = read
	}
	p.last++
	if p.last > change.MaxNumber {
		return nil, errors.New("replica: writer is used up")
	}
	return &change.Change{Dot: change.Dot{W: p.ref, N: p.last}, Person: p.person, At: p.now, Log: log, Read: read, Schema: schema.Version}, nil
}

// seal chains the change and puts it into the outbox.
func (p *pen) seal(c *change.Change) error {
	p.hash = p.chain.Next(p.hash, c)
	return p.r.w.Exec(insertOutbox+" (?, ?, ?, ?)", c.W, c.N, c.Append(nil), p.hash)
}

// end stores how far the writer has come.
func (p *pen) end() error {
	if err := p.r.w.Exec("UPDATE sync_own SET last = ?, hash = ? WHERE ref = ?", p.last, p.hash, p.ref); err != nil {
		return err
	}
	return p.r.setMeta("seq", p.seq)
}

// edit puts the change's i-th row write on top of the row as shown (before;
// nil where the change creates it) and stores what that gives.
func (p *pen) edit(c *change.Change, i int, before *merge.Row, place regsql.Place) error {
	rw := &c.Rows[i]
	var after *merge.Row
	if rw.Creates {
		after = merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
	} else {
		if err := p.keepConfirmed(before, c.Dot); err != nil {
			return err
		}
		after = before.Clone()
	}
	after.Apply(c.Dot, rw)
	return p.r.store(before, after, place, touched(rw))
}

// keepConfirmed saves the row's confirmed state before its first unsent edit,
// and lists the edit.
func (p *pen) keepConfirmed(before *merge.Row, dot change.Dot) error {
	unsent, err := p.unsent(before.Birth)
	if err != nil {
		return err
	}
	if !unsent {
		err := p.r.w.Exec(insertConfirmed+" (?, ?, ?, ?)", before.Table.No, before.ID, before.Birth.Pack(), before.Append(nil))
		if err != nil {
			return err
		}
	}
	p.seq++
	return p.r.w.Exec(insertPending+" (?, ?, ?, ?, ?)", before.Table.No, before.ID, p.seq, dot.W, dot.N)
}

// unsent is unsentBirth without a question to the file where another writer
// made the row.
func (p *pen) unsent(b change.Birth) (bool, error) {
	if !p.own[b.W] {
		return false, nil
	}
	return p.r.unsentBirth(b)
}

// ownWriters returns this device's writers.
func (r *Replica) ownWriters() (map[change.Ref]bool, error) {
	own := map[change.Ref]bool{}
	rows, err := r.w.All("SELECT ref FROM sync_own")
	for _, row := range rows {
		own[change.Ref(regsql.IntOf(row[0]))] = true
	}
	return own, err
}

// unsentBirth tells whether a row was created by a change that still waits.
func (r *Replica) unsentBirth(b change.Birth) (bool, error) {
	n, err := r.w.Int("SELECT count(*) FROM sync_outbox WHERE w = ? AND n = ?", b.W, b.N)
	return n > 0, err
}

func touched(rw *change.RowWrite) []uint16 {
	out := make([]uint16, 0, len(rw.Writes))
	for _, w := range rw.Writes {
		if !slices.Contains(out, w.Reg) {
			out = append(out, w.Reg)
		}
	}
	return out
}

// store saves a row as shown, with everything derived from it: the open
// conflicts and the search and sort entries.
func (r *Replica) store(before, after *merge.Row, place regsql.Place, regs []uint16) error {
	if err := r.w.Save(after, place, regs); err != nil {
		return err
	}
	return r.derive(before, after)
}

func (r *Replica) derive(before, after *merge.Row) error {
	row := before
	if after != nil {
		row = after
	}
	if !row.Table.Known() {
		return nil // nothing here can show it
	}
	if after != nil && row.Table.Name == "unit" {
		clear(r.logs)
	}
	r.toldOf(after)
	var had, has []uint16
	if before != nil {
		had = before.Conflicts()
	}
	if after != nil {
		has = after.Conflicts()
	}
	for _, reg := range had {
		if !slices.Contains(has, reg) {
			if err := r.w.Exec("DELETE FROM sync_conflict WHERE id = ?", merge.ConflictID(row.Table.No, row.ID, reg)); err != nil {
				return err
			}
		}
	}
	for _, reg := range has {
		if slices.Contains(had, reg) {
			continue
		}
		if err := r.openConflict(row, reg); err != nil {
			return err
		}
	}
	return r.reindex(before, after)
}

func (r *Replica) openConflict(row *merge.Row, reg uint16) error {
	return r.w.Exec("INSERT OR IGNORE INTO sync_conflict (id, tbl, row, reg) VALUES (?, ?, ?, ?)",
		merge.ConflictID(row.Table.No, row.ID, reg), row.Table.No, row.ID, reg)
}

// logOf returns the log that orders a unit's rows: its ancestor, or itself,
// directly below the root. A unit that this replica does not know goes to the
// log of the replica's own unit, where the server will say that it is unknown.
func (r *Replica) logOf(unit change.ID) (change.ID, error) {
	if log, ok := r.logs[unit]; ok {
		return log, nil
	}
	rows, err := r.w.All(`WITH RECURSIVE up(id, parent, depth) AS (
  SELECT id, parent_id, 0 FROM unit WHERE id = ?1
  UNION ALL SELECT u.id, u.parent_id, up.depth + 1 FROM up JOIN unit u ON u.id = up.parent WHERE up.depth < 32)
SELECT id FROM up ORDER BY depth DESC LIMIT 2`, unit)
	if err != nil {
		return change.ID{}, err
	}
	if len(rows) == 0 {
		home, err := metaID(r.w, "home")
		if err != nil || home == unit || home.IsZero() {
			return unit, err
		}
		return r.logOf(home)
	}
	log := regsql.IDOf(rows[len(rows)-1][0])
	r.logs[unit] = log
	return log, nil
}
