package replica

import (
	"encoding/json"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/regsql"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// A server that was restored from a backup has lost changes that it had
// confirmed. It tells so by counting in another epoch. What it lacks of this
// file's own chains goes back into the outbox, as it was sent, the refused ones
// with their verdict; then the file takes a fresh snapshot, on which all that
// waits lies as ever. What it sends again it explains (Again): the server may
// lack the rows, and the values that it replaced.

// waits is the code of a change that the server keeps until it can judge it.
const waits = string(fault.RefusedWaits)

// Epoch is the one in which the server counted when it last welcomed this file;
// zero before that.
func (r *Replica) Epoch() (epoch change.ID, err error) {
	err = r.read(func(c *regsql.Conn) (err error) { epoch, err = metaID(c, "epoch"); return err })
	return epoch, err
}

// keepReceipt keeps the server's last signed word on a writer.
func (r *Replica) keepReceipt(ref change.Ref, rc *wire.Receipt) error {
	if len(rc.Signature) == 0 {
		return nil
	}
	epoch, err := metaID(r.w, "epoch")
	if err != nil {
		return err
	}
	text, err := json.Marshal(wire.Recall{Epoch: epoch, Receipt: *rc})
	if err != nil {
		return err
	}
	return r.w.Exec(`INSERT INTO sync_recall (ref, through, receipt) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET through = excluded.through, receipt = excluded.receipt WHERE through <= excluded.through`, ref, rc.Through, string(text))
}

// Recalls are the server's last signed words on the own writers.
func (r *Replica) Recalls() (out []*wire.Recall, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT receipt FROM sync_recall JOIN sync_own USING (ref) WHERE receipt IS NOT NULL ORDER BY kind")
		if err != nil {
			return err
		}
		out = out[:0]
		for _, v := range rows {
			m := &wire.Recall{}
			if err := json.Unmarshal([]byte(regsql.TextOf(v[0])), m); err != nil {
				return err
			}
			out = append(out, m)
		}
		return nil
	})
	return out, err
}

// Restored hears that the server counts in another epoch and how far it knows
// the own chains there. Parts says of which it lacks more than the file has
// kept: they part there, as a copy's would. Fresh says that it does not know a
// writer at all, which must be introduced again.
func (r *Replica) Restored(w *wire.Welcome) (parts map[Kind]uint64, fresh bool, err error) {
	parts = map[Kind]uint64{}
	err = r.sealedWhereReady(func() error {
		list, err := chains(r.w)
		if err != nil {
			return err
		}
		var lost [][]*change.Change
		for i := range list {
			at := slices.IndexFunc(w.Writers, func(s wire.WriterState) bool { return s.Name == list[i].Name })
			if at < 0 {
				continue
			}
			back, part, err := r.takeBack(&list[i], &w.Writers[at])
			if err != nil {
				return err
			}
			if part > 0 {
				parts[list[i].Kind] = part
			}
			fresh = fresh || w.Writers[at].Last == 0
			lost = append(lost, back)
		}
		if err := r.waitAgain(lost); err != nil {
			return err
		}
		for key, v := range map[string]any{"epoch": w.Epoch, "scope": change.Hash{}, "restoring": 1} {
			if err := r.setMeta(key, v); err != nil {
				return err
			}
		}
		return nil
	})
	return parts, fresh, err
}

// takeBack puts what the server lacks of a chain back into the outbox. Where
// something between is not kept any more, part is the number before what is.
func (r *Replica) takeBack(ch *Chain, s *wire.WriterState) (back []*change.Change, part uint64, err error) {
	if err := r.w.Exec("INSERT INTO sync_recall (ref, again) VALUES (?, ?) ON CONFLICT DO UPDATE SET again = excluded.again", ch.Ref, ch.Last); err != nil {
		return nil, 0, err
	}
	if s.Last == 0 {
		if err := r.w.Exec("UPDATE sync_own SET fresh = 1 WHERE ref = ?", ch.Ref); err != nil {
			return nil, 0, err
		}
	}
	kept, err := r.keptAfter(ch.Ref, s.Last)
	if err != nil || s.Last >= ch.Received && len(kept) == 0 {
		return nil, 0, err // it lacks nothing of what it had; whether it is the same the greeting tells
	}
	waiting, err := outboxOf(r.w)
	if err != nil {
		return nil, 0, err
	}
	has := map[uint64]bool{}
	for _, c := range waiting {
		has[c.N] = has[c.N] || c.W == ch.Ref
	}
	all := slices.DeleteFunc(kept, func(c *change.Change) bool { return has[c.N] })
	back = slices.Clone(all)
	for _, c := range waiting {
		if c.W == ch.Ref && c.N > s.Last {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *change.Change) int { return int(a.N) - int(b.N) })
	first := len(all)
	for next := ch.Last; first > 0 && all[first-1].N == next; next-- {
		first--
	}
	all = all[first:]
	from := ch.Last
	if len(all) > 0 {
		from = all[0].N - 1
	}
	if from > s.Last {
		part = from
	}
	back = slices.DeleteFunc(back, func(c *change.Change) bool { return c.N <= from })
	return back, part, r.rewind(ch, s, from, all)
}

// rewind makes the chain end, for the server, at number from, behind which all
// is what waits.
func (r *Replica) rewind(ch *Chain, s *wire.WriterState, from uint64, all []*change.Change) error {
	hash := s.Hash
	if from > s.Last {
		hash = change.Hash{} // nobody knows; what follows gets a new writer
	}
	received := hash
	chain := change.NewChain(ch.Name, ch.Key, r.names)
	for _, c := range all {
		hash = chain.Next(hash, c)
		err := r.w.Exec("INSERT INTO sync_outbox (w, n, body, hash) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET hash = excluded.hash", c.W, c.N, c.Append(nil), hash)
		if err != nil {
			return err
		}
	}
	if from == s.Last && hash != ch.Hash {
		return fault.New("replica.forked", "path", r.path)
	}
	if err := r.w.Exec("DELETE FROM sync_link WHERE w = ?", ch.Ref); err != nil {
		return err
	}
	if err := r.w.Exec("DELETE FROM sync_kept WHERE w = ? AND n > ?", ch.Ref, from); err != nil {
		return err
	}
	return r.w.Exec("UPDATE sync_own SET received = ?, received_hash = ? WHERE ref = ?", from, received, ch.Ref)
}

// waitAgain lists the edits of changes that wait again, before all others that
// wait: of two writers in the order of their clock.
func (r *Replica) waitAgain(lost [][]*change.Change) error {
	all := merged(lost)
	least, err := r.w.Int("SELECT min(0, coalesce(min(seq), 0)) FROM sync_pending")
	if err != nil {
		return err
	}
	seq := least - int64(len(all))
	for _, c := range all {
		seq++
		refused, err := r.w.Int("SELECT count(*) FROM sync_quarantine WHERE w = ? AND n = ?", c.W, c.N)
		if err != nil {
			return err
		}
		if refused > 0 {
			continue
		}
		for i := range c.Rows {
			if c.Rows[i].Creates {
				continue
			}
			if err := r.w.Exec(insertPending+" (?, ?, ?, ?, ?)", c.Rows[i].Table, c.Rows[i].ID, seq, c.W, c.N); err != nil {
				return err
			}
		}
	}
	return nil
}

// rested says that the snapshot has come: what was typed until now rests on what
// the server may lack, what is typed from now on does not.
func (r *Replica) rested() error {
	restoring, err := metaInt(r.w, "restoring")
	if err != nil || restoring == 0 {
		return err
	}
	if err := r.setMeta("restoring", 0); err != nil {
		return err
	}
	return r.w.Exec("UPDATE sync_recall SET again = (SELECT last FROM sync_own o WHERE o.ref = sync_recall.ref) WHERE ref IN (SELECT ref FROM sync_own)")
}

// merged is the changes of several writers, each in its own order.
func merged(lists [][]*change.Change) (out []*change.Change) {
	for {
		next := -1
		for i, l := range lists {
			if len(l) > 0 && (next < 0 || l[0].At < lists[next][0].At) {
				next = i
			}
		}
		if next < 0 {
			return out
		}
		out, lists[next] = append(out, lists[next][0]), lists[next][1:]
	}
}

// sendsAgain tells whether something that waits was made before a restore.
func sendsAgain(c *regsql.Conn) (bool, error) {
	n, err := c.Int("SELECT EXISTS (SELECT 1 FROM sync_recall s WHERE s.again > 0 AND EXISTS (SELECT 1 FROM sync_outbox b WHERE b.w = s.ref AND b.n <= s.again))")
	return n > 0, err
}

// Again is what a server must be told with changes that were made before this
// file heard that it was restored; nil for others.
func (r *Replica) Again(b *Batch) (m *wire.Again, err error) {
	err = r.read(func(c *regsql.Conn) error {
		w := b.Changes[0].W
		again, err := c.Int("SELECT again FROM sync_recall WHERE ref = ?", w)
		if err != nil || uint64(again) < b.Changes[0].N {
			return err
		}
		m = &wire.Again{Through: uint64(again)}
		born := map[change.Birth]bool{}
		for _, ch := range b.Changes {
			for i := range ch.Rows {
				if err := explainRow(c, m, born, ch.N, i, &ch.Rows[i]); err != nil {
					return err
				}
			}
		}
		rows, err := c.All("SELECT n, code, detail FROM sync_quarantine WHERE w = ? AND n BETWEEN ? AND ? ORDER BY n", w, b.Changes[0].N, min(b.Changes[len(b.Changes)-1].N, m.Through))
		for _, v := range rows {
			m.Refused = append(m.Refused, wire.Refusal{N: uint64(regsql.IntOf(v[0])), Code: regsql.TextOf(v[1]), Detail: regsql.TextOf(v[2])})
		}
		return err
	})
	return m, err
}

// explainRow says the row's id, and what lay below the values that it replaced.
func explainRow(c *regsql.Conn, m *wire.Again, born map[change.Birth]bool, n uint64, i int, rw *change.RowWrite) error {
	if !rw.Creates && !born[rw.Birth] {
		m.Rows = append(m.Rows, wire.RowName{Birth: rw.Birth, ID: rw.ID})
	}
	born[rw.Birth] = true
	for j := range rw.Writes {
		below, err := belowOf(c, rw, &rw.Writes[j])
		if err != nil {
			return err
		}
		if len(below) > 0 {
			m.Below = append(m.Below, wire.Below{N: n, Row: uint16(i), Write: uint16(j), Dots: below})
		}
	}
	return nil
}

// mostBelow bounds how far back one looks: what lies deeper the server has from
// before its backup, where it fell out of the row.
const mostBelow = 64

// belowOf returns what the values that a write replaced had replaced
// themselves, by this file's history, the nearest first.
func belowOf(c *regsql.Conn, rw *change.RowWrite, w *change.Write) (below []change.Dot, err error) {
	known := slices.Clone(w.Seen)
	for i := 0; i < len(known) && len(below) < mostBelow; i++ {
		q := "SELECT w, n FROM sync_history WHERE tbl = ? AND id = ? AND by_w = ? AND by_n = ?"
		args := []any{rw.Table, rw.ID, known[i].W, known[i].N}
		if w.Reg != schema.Alive { // a delete names what stood in all registers
			q, args = q+" AND reg = ?", append(args, w.Reg)
		}
		rows, err := c.All(q, args...)
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			d := change.Dot{W: change.Ref(regsql.IntOf(v[0])), N: uint64(regsql.IntOf(v[1]))}
			if !slices.Contains(known, d) {
				known, below = append(known, d), append(below, d)
			}
		}
	}
	return below, nil
}

// waitingThere lists, for SQLite, the changes that the server keeps unjudged:
// they are in no snapshot.
func waitingThere(rc *wire.Receipt) string {
	numbers := []uint64{}
	for _, f := range rc.Refused {
		if f.Code == waits {
			numbers = append(numbers, f.N)
		}
	}
	text, _ := json.Marshal(numbers) // numbers always become a list
	return string(text)
}
