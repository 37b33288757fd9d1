package replica

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/regsql"
	"dongbo/internal/wire"
)

// Greeting is what a device says first.
type Greeting struct {
	Writers []wire.WriterState
	New     []wire.NewWriter // of those, the ones that the server may not know yet
	Cursor  change.Cursor
	Scope   change.Hash
	Ready   bool
}

// Greeting returns how far the device's own chains and its cursor reach.
func (r *Replica) Greeting() (g Greeting, err error) {
	err = r.read(func(c *regsql.Conn) error {
		own, err := chains(c)
		if err != nil {
			return err
		}
		for _, ch := range own {
			g.Writers = append(g.Writers, wire.WriterState{Name: ch.Name, Last: ch.Last, Hash: ch.Hash})
			if ch.Fresh {
				g.New = append(g.New, wire.NewWriter{Name: ch.Name, Key: [32]byte(ch.Key), Kind: byte(ch.Kind)})
			}
		}
		ready, err := metaInt(c, "ready")
		if err != nil {
			return err
		}
		g.Ready = ready != 0
		if !g.Ready {
			return nil
		}
		g.Cursor, err = cursorOf(c)
		if err != nil {
			return err
		}
		scope, err := metaValue(c, "scope")
		copy(g.Scope[:], regsql.BytesOf(scope))
		return err
	})
	return g, err
}

func cursorOf(c *regsql.Conn) (cur change.Cursor, err error) {
	if cur.Epoch, err = metaID(c, "epoch"); err != nil {
		return cur, err
	}
	cur.Logs = map[change.ID]uint64{}
	rows, err := c.All("SELECT log, num FROM sync_cursor")
	for _, row := range rows {
		cur.Logs[regsql.IDOf(row[0])] = uint64(regsql.IntOf(row[1]))
	}
	return cur, err
}

// Welcomed stores what the server said of the device: who works on it and for
// which unit.
func (r *Replica) Welcomed(w *wire.Welcome) error {
	return r.write(func() error {
		facts := map[string]any{"server_schema": w.Schema, "person": w.Person, "person_name": w.PersonName, "epoch": w.Epoch,
			"skew":        w.Time - r.env.Now().UnixMilli(),
			"server_time": w.Time, "restored": w.Restored}
		if len(w.Roots) > 0 {
			facts["home"], facts["home_code"], facts["home_name"], facts["role"] = w.Roots[0].Unit, w.Roots[0].Code, w.Roots[0].Name, w.Roots[0].Role
		}
		for key, v := range facts {
			if err := r.setMeta(key, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetScope stores which scope the file holds, once it holds it.
func (r *Replica) SetScope(scope change.Hash) error {
	return r.write(func() error { return r.setMeta("scope", scope) })
}

// Batch is a run of consecutive own changes with the chain hash of the last.
type Batch struct {
	Writer  change.ID
	Changes []*change.Change
	Last    change.Hash
}

// After is where a writer's chain stands at the server.
type After struct {
	N    uint64
	Hash change.Hash
}

// Sent is how far each own writer's chain has been sent, by kind.
type Sent map[Kind]After

// Unsent returns the changes of one own writer behind what was sent, at most
// max of them and not much more than size bytes; nil where none can go now. A
// change waits for the other writer's changes that it rests on: a correction
// of an imported row follows the import. A server whose chain is longer than
// ours, or another, means that this file is a copy or an old backup.
func (r *Replica) Unsent(kind Kind, sent Sent, max, size int) (b *Batch, err error) {
	err = r.read(func(c *regsql.Conn) error {
		own, err := c.One("SELECT o.ref, o.last, o.key, w.name, o.hash FROM sync_own o JOIN sync_writer w USING (ref) WHERE o.kind = ?", int(kind))
		if err != nil || own == nil {
			return err
		}
		at, last := sent[kind], uint64(regsql.IntOf(own[1]))
		var end change.Hash
		copy(end[:], regsql.BytesOf(own[4]))
		switch {
		case at.N > last, at.N == last && last > 0 && at.Hash != end:
			return fault.New("replica.forked", "path", r.path)
		case at.N == last:
			return nil
		}
		rows, err := c.All("SELECT body FROM sync_outbox WHERE w = ? AND n > ? ORDER BY n LIMIT ?", own[0], at.N, max)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.New("replica.forked", "path", r.path)
		}
		reach, err := horizonOf(c, sent)
		if err != nil {
			return err
		}
		b = &Batch{Writer: regsql.IDOf(own[3]), Last: at.Hash}
		chain := change.NewChain(b.Writer, regsql.BytesOf(own[2]), newDictionary(c))
		for _, row := range rows {
			ch, err := change.Decode(regsql.BytesOf(row[0]))
			if err != nil {
				return err
			}
			if ch.N != at.N+uint64(len(b.Changes))+1 {
				return fault.New("replica.forked", "path", r.path)
			}
			if reach.under(ch) {
				break
			}
			b.Last = chain.Next(b.Last, ch)
			b.Changes = append(b.Changes, ch)
			if size -= wire.EstimateSize(ch); size < 0 {
				break
			}
		}
		if len(b.Changes) == 0 {
			b = nil
		}
		return nil
	})
	return b, err
}

// horizon is, by own writer, the number up to which it has been sent.
type horizon map[change.Ref]uint64

func horizonOf(c *regsql.Conn, sent Sent) (horizon, error) {
	rows, err := c.All("SELECT ref, kind FROM sync_own")
	h := horizon{}
	for _, row := range rows {
		h[change.Ref(regsql.IntOf(row[0]))] = sent[Kind(regsql.IntOf(row[1]))].N
	}
	return h, err
}

// under tells whether a change rests on one of another own writer that has not
// been sent.
func (h horizon) under(c *change.Change) bool {
	missing := func(d change.Dot) bool {
		n, own := h[d.W]
		return own && d.W != c.W && d.N > n
	}
	for i := range c.Rows {
		if missing(c.Rows[i].Birth.Dot) {
			return true
		}
		for _, w := range c.Rows[i].Writes {
			if slices.ContainsFunc(w.Seen, missing) {
				return true
			}
		}
	}
	return false
}

// Received stores a receipt: these changes are safe at the server. They take
// effect in the confirmed layer when the cursor passes their place in the log.
func (r *Replica) Received(rc *wire.Receipt) error {
	return r.write(func() error {
		ref, err := r.ref(rc.Writer)
		if err != nil {
			return err
		}
		if err := r.w.Exec("UPDATE sync_own SET fresh = 0 WHERE ref = ?", ref); err != nil {
			return err
		}
		if err := r.w.Exec("DELETE FROM sync_link WHERE w = ? AND n <= ?", ref, rc.Through); err != nil {
			return err
		}
		if err := r.keepReceipt(ref, rc); err != nil {
			return err
		}
		return r.w.Exec("UPDATE sync_own SET received = ?, received_hash = ? WHERE ref = ? AND received < ?", rc.Through, rc.Hash, ref, rc.Through)
	})
}

// CaughtUp stores the end of an exchange: the cursor, and the server's digest
// there. It tells whether the replica's own digest is the same.
func (r *Replica) CaughtUp(cu *wire.CaughtUp) (same bool, err error) {
	err = r.write(func() error {
		if err := r.setCursors(cu.Cursor); err != nil {
			return err
		}
		sums, err := totalSums(r.w)
		if err != nil {
			return err
		}
		same = encodeSumsEqual(sums, cu)
		if err := r.setMeta("server_digest", digestText(cu.Digest)); err != nil {
			return err
		}
		return r.setMeta("last_contact", r.env.Now().UnixMilli())
	})
	return same, err
}

// BatchBytes returns how large a batch the line last carried, or most.
func (r *Replica) BatchBytes(most int) (n int, err error) {
	err = r.read(func(c *regsql.Conn) error {
		v, err := metaInt(c, "batch_bytes")
		n = int(v)
		return err
	})
	if n == 0 {
		n = most
	}
	return n, err
}

// SetBatchBytes remembers it.
func (r *Replica) SetBatchBytes(n int) error {
	return r.write(func() error { return r.setMeta("batch_bytes", n) })
}
