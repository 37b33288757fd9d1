package replica

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// A file that was copied, or restored from a backup, shows in the greeting:
// the server's chain of an own writer is longer than the file's, or another.
// The answer is always the same. What the server does not have is issued again
// by a new writer, from where the chains parted, and the file takes a fresh
// snapshot: what another copy sent in this file's name is then somebody else's.

// Chain is how far one own writer's chain reaches: in this file, and, by what
// the server has said, there.
type Chain struct {
	Kind               Kind
	Name               change.ID
	Last, Received     uint64
	Back               uint64 // up to where changes have come back in the log, receipt or not
	Hash, ReceivedHash change.Hash
	Key                []byte
	Fresh              bool // the server may not know this writer yet

	Ref change.Ref // the file's number for the writer

	parted uint64 // up to where the server's is the same
}

// Chains returns the own writers' chains.
func (r *Replica) Chains() (out []Chain, err error) {
	err = r.read(func(c *regsql.Conn) error {
		out, err = chains(c)
		return err
	})
	return out, err
}

func chains(c *regsql.Conn) (out []Chain, err error) {
	rows, err := c.All(`SELECT o.ref, o.kind, w.name, o.last, o.hash, o.received, o.received_hash, o.key, o.fresh,
(SELECT max(n) FROM sync_link l WHERE l.w = o.ref) FROM sync_own o JOIN sync_writer w USING (ref) ORDER BY o.kind`)
	for _, v := range rows {
		ch := Chain{Ref: change.Ref(regsql.IntOf(v[0])), Kind: Kind(regsql.IntOf(v[1])), Name: regsql.IDOf(v[2]),
			Last: uint64(regsql.IntOf(v[3])), Received: uint64(regsql.IntOf(v[5])), Key: slices.Clone(regsql.BytesOf(v[7])), Fresh: regsql.IntOf(v[8]) != 0}
		ch.Back = max(ch.Received, uint64(regsql.IntOf(v[9])))
		copy(ch.Hash[:], regsql.BytesOf(v[4]))
		copy(ch.ReceivedHash[:], regsql.BytesOf(v[6]))
		out = append(out, ch)
	}
	return out, err
}

// Links returns the hashes of an own chain at the given numbers, rising, none
// below what the server has received.
func (r *Replica) Links(kind Kind, numbers []uint64) (out []change.Hash, err error) {
	err = r.read(func(c *regsql.Conn) error {
		list, err := chains(c)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(ch Chain) bool { return ch.Kind == kind })
		if i < 0 {
			return fault.New("replica.not_enrolled", "path", r.path)
		}
		ch := &list[i]
		out = out[:0]
		for _, n := range numbers {
			hash, err := ch.at(c, n)
			if err != nil {
				return err
			}
			if hash == (change.Hash{}) && n > 0 {
				return fault.New("replica.damaged", "path", r.path)
			}
			out = append(out, hash)
		}
		return nil
	})
	return out, err
}

// at is the chain's hash at number n; zero where the file does not know it.
func (ch *Chain) at(c *regsql.Conn, n uint64) (hash change.Hash, err error) {
	switch n {
	case ch.Received:
		return ch.ReceivedHash, nil
	case ch.Last:
		return ch.Hash, nil
	}
	row, err := c.One("SELECT hash FROM sync_outbox WHERE w = ?1 AND n = ?2 UNION ALL SELECT hash FROM sync_link WHERE w = ?1 AND n = ?2", ch.Ref, n)
	if err == nil && row != nil {
		copy(hash[:], regsql.BytesOf(row[0]))
	}
	return hash, err
}

// Part moves everything behind the given numbers of own writers to new
// writers, and asks for a fresh snapshot.
func (r *Replica) Part(at map[Kind]uint64) error {
	return r.sealedWhereReady(func() error {
		list, err := chains(r.w)
		if err != nil {
			return err
		}
		m := mover{r: r, from: map[change.Ref]*Chain{}, to: map[change.Ref]change.Ref{}}
		for i := range list {
			n, parts := at[list[i].Kind]
			if !parts {
				continue
			}
			list[i].parted = n
			if err := m.mint(&list[i]); err != nil {
				return err
			}
		}
		if err := m.move(); err != nil {
			return err
		}
		return r.setMeta("scope", change.Hash{})
	})
}

// sealedWhereReady is sealed, but runs f before the first snapshot too.
func (r *Replica) sealedWhereReady(f func() error) error {
	var ready int64
	err := r.read(func(c *regsql.Conn) (err error) { ready, err = metaInt(c, "ready"); return err })
	if err != nil {
		return err
	}
	if ready == 0 {
		return r.write(f)
	}
	return r.sealed(f)
}

// mover gives changes to new writers.
type mover struct {
	r       *Replica
	from    map[change.Ref]*Chain // the chains that part
	to      map[change.Ref]change.Ref
	changes []*change.Change // all that wait, as they will be
	was     []change.Dot     // of each, what it was called
}

// mint makes the new writer. Its name and key come from the old ones and the
// first change that moves, so that the same backup, restored twice, sends the
// same changes twice, which is no harm. Where nothing moves they are random.
func (m *mover) mint(ch *Chain) error {
	name, key := change.ID{}, make([]byte, 32)
	body, err := m.r.w.One("SELECT body FROM sync_outbox WHERE w = ? AND n = ?", ch.Ref, ch.parted+1)
	if err != nil {
		return err
	}
	if body == nil {
		if _, err := io.ReadFull(m.r.env.Rand, name[:]); err != nil {
			return err
		}
		if _, err := io.ReadFull(m.r.env.Rand, key); err != nil {
			return err
		}
	} else {
		first, err := change.Decode(regsql.BytesOf(body[0]))
		if err != nil {
			return err
		}
		name, key = Heir(ch.Name, ch.Key, ch.parted, first, m.r.names)
	}
	ref, err := m.r.ref(name)
	if err != nil {
		return err
	}
	m.from[ch.Ref], m.to[ch.Ref] = ch, ref
	if err := m.r.w.Exec("INSERT INTO sync_parted (ref) VALUES (?) ON CONFLICT DO NOTHING", ch.Ref); err != nil {
		return err
	}
	if err := m.r.w.Exec("UPDATE OR REPLACE sync_recall SET ref = ?, again = max(0, again - ?), through = 0, receipt = NULL WHERE ref = ?", ref, ch.parted, ch.Ref); err != nil {
		return err
	}
	return m.r.w.Exec("UPDATE sync_own SET ref = ?, key = ?, last = ?, hash = ?, received = 0, received_hash = ?, fresh = 1 WHERE ref = ?",
		ref, key, ch.Last-ch.parted, change.Hash{}, change.Hash{}, ch.Ref)
}

// Heir names the writer, and its key, that goes on behind number n of a chain
// with its change first.
func Heir(writer change.ID, secret []byte, n uint64, first *change.Change, names change.Names) (name change.ID, key []byte) {
	hash := change.NewChain(writer, secret, names).Next(change.Hash{}, first)
	derive := func(what string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write(binary.BigEndian.AppendUint64([]byte("dongbo "+what+"\x00"), n+1))
		mac.Write(writer[:])
		mac.Write(hash[:])
		return mac.Sum(nil)
	}
	return change.ID(derive("writer")[:16]), derive("writer key")
}

// LinkIfParted returns which hash the chain of kind would have at number n if
// the other one parted behind number at: what it names of that would be called
// otherwise.
func (r *Replica) LinkIfParted(kind Kind, n uint64, other Kind, at uint64) (hash change.Hash, err error) {
	err = r.read(func(c *regsql.Conn) error {
		list, err := chains(c)
		if err != nil || len(list) <= int(max(kind, other)) {
			return err
		}
		names := newDictionary(c)
		waiting, err := outboxOf(c)
		if err == nil {
			hash = IfParted(&list[kind], n, &list[other], at, waiting, names)
		}
		return err
	})
	return hash, err
}

func outboxOf(c *regsql.Conn) (list []*change.Change, err error) {
	rows, err := c.All("SELECT body FROM sync_outbox ORDER BY w, n")
	for _, v := range rows {
		one, err := change.Decode(slices.Clone(regsql.BytesOf(v[0])))
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, err
}

// IfParted is LinkIfParted of changes at hand. The chains must know their
// writers' numbers.
func IfParted(ch *Chain, n uint64, other *Chain, at uint64, waiting []*change.Change, names change.Names) change.Hash {
	heir := heirNames{Names: names}
	for _, c := range waiting {
		if c.W == other.Ref && c.N == at+1 {
			heir.name, _ = Heir(other.Name, other.Key, at, c, names)
		}
	}
	m := mover{from: map[change.Ref]*Chain{other.Ref: {parted: at}}, to: map[change.Ref]change.Ref{other.Ref: heirRef}}
	chain, hash := change.NewChain(ch.Name, ch.Key, &heir), ch.ReceivedHash
	for _, c := range waiting {
		if c.W != ch.Ref || c.N <= ch.Received || c.N > n {
			continue
		}
		moved := *c
		moved.Rows = slices.Clone(c.Rows)
		for i := range moved.Rows {
			moved.Rows[i].Writes = slices.Clone(moved.Rows[i].Writes)
		}
		m.rename(&moved)
		hash = chain.Next(hash, &moved)
	}
	return hash
}

// heirNames gives a writer that is not there yet a name.
type heirNames struct {
	change.Names
	name change.ID
}

// heirRef is no writer's number in any file.
const heirRef = change.Ref(1<<32 - 1)

func (h *heirNames) Name(r change.Ref) change.ID {
	if r == heirRef {
		return h.name
	}
	return h.Names.Name(r)
}

// dot is what a dot is called from now on.
func (m *mover) dot(d change.Dot) change.Dot {
	if ch := m.from[d.W]; ch != nil && d.N > ch.parted {
		return change.Dot{W: m.to[d.W], N: d.N - ch.parted}
	}
	return d
}

// move rewrites what waits, and lays the rows that it concerns anew.
func (m *mover) move() error {
	var err error
	if m.changes, err = outboxOf(m.r.w); err != nil {
		return err
	}
	for _, c := range m.changes {
		m.was = append(m.was, c.Dot)
	}
	if err := m.forgetUnsent(); err != nil {
		return err
	}
	for i, c := range m.changes {
		m.rename(c)
		if c.Dot != m.was[i] {
			if err := m.renumber(m.was[i], c.Dot); err != nil {
				return err
			}
		}
		if err := m.r.w.Exec("UPDATE sync_outbox SET body = ? WHERE w = ? AND n = ?", c.Append(nil), c.W, c.N); err != nil {
			return err
		}
	}
	if err := m.rechain(); err != nil {
		return err
	}
	a, err := m.r.applier()
	if err != nil {
		return err
	}
	return errors.Join(a.overlayAll(), a.flush())
}

func (m *mover) renumber(from, to change.Dot) error {
	for _, q := range []string{"UPDATE sync_outbox SET w = ?, n = ? WHERE w = ? AND n = ?", "UPDATE sync_pending SET w = ?, n = ? WHERE w = ? AND n = ?",
		"UPDATE OR IGNORE sync_quarantine SET w = ?, n = ? WHERE w = ? AND n = ?"} { // one that waits was refused before a restore
		if err := m.r.w.Exec(q, to.W, to.N, from.W, from.N); err != nil {
			return err
		}
	}
	return nil
}

// forgetUnsent takes rows that moving changes wrote, and that the server has
// never seen, out of the tables: they are laid anew from what waits. Rows with
// a confirmed layer are laid anew on that.
func (m *mover) forgetUnsent() error {
	for _, c := range m.changes {
		if m.dot(c.Dot) == c.Dot {
			continue
		}
		for i := range c.Rows {
			t := schema.ByNo(c.Rows[i].Table)
			row, place, err := m.r.w.Load(t, c.Rows[i].ID)
			if err != nil {
				return err
			}
			if row == nil {
				continue
			}
			unsent, err := m.r.unsentBirth(row.Birth)
			if err != nil {
				return err
			}
			if !unsent {
				continue
			}
			if err := errors.Join(m.r.w.Forget(t, row.ID, place), m.r.derive(row, nil)); err != nil {
				return err
			}
		}
	}
	return nil
}

// rename rewrites a change's own dot and all that it names.
func (m *mover) rename(c *change.Change) {
	if ch := m.from[c.W]; ch != nil && c.N > ch.parted {
		c.Group -= min(c.Group, ch.parted)
	}
	c.Dot = m.dot(c.Dot)
	for i := range c.Rows {
		rw := &c.Rows[i]
		rw.Birth.Dot = m.dot(rw.Birth.Dot)
		for j := range rw.Writes {
			seen := slices.Clone(rw.Writes[j].Seen)
			for k := range seen {
				seen[k] = m.dot(seen[k])
			}
			rw.Writes[j].Seen = seen
		}
	}
}

// rechain computes the hashes anew: of the new writers' changes, and of one
// that did not part but names what moved.
func (m *mover) rechain() error {
	list, err := chains(m.r.w)
	if err != nil {
		return err
	}
	for i := range list {
		ch := &list[i]
		chain := change.NewChain(ch.Name, ch.Key, m.r.names)
		var hash change.Hash
		for at, c := range m.of(ch) {
			if at == 0 {
				if hash, err = ch.at(m.r.w, c.N-1); err != nil {
					return err
				}
			}
			hash = chain.Next(hash, c)
			if err := m.r.w.Exec("UPDATE sync_outbox SET hash = ? WHERE w = ? AND n = ?", hash, c.W, c.N); err != nil {
				return err
			}
			if err := m.r.w.Exec("UPDATE sync_own SET hash = ? WHERE ref = ? AND last = ?", hash, ch.Ref, c.N); err != nil {
				return err
			}
		}
	}
	return nil
}

// of lists what waits of a chain behind all that the server has: none of it is
// missing there.
func (m *mover) of(ch *Chain) (out []*change.Change) {
	for _, c := range m.changes {
		if c.W == ch.Ref && c.N > ch.Received {
			out = append(out, c)
		}
	}
	for i := len(out) - 1; i > 0; i-- {
		if out[i-1].N+1 != out[i].N {
			return out[i:] // what lies before came back already
		}
	}
	return out
}

// Parted returns the writers that the file wrote as before it parted from its
// copy, and that the next snapshot must tell about.
func (r *Replica) Parted() (names []change.ID, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT name FROM sync_parted JOIN sync_writer USING (ref) ORDER BY ref")
		for _, v := range rows {
			names = append(names, regsql.IDOf(v[0]))
		}
		return err
	})
	return names, err
}

// Whole says that a snapshot has told all that the server has of the writers
// that were parted from.
func (r *Replica) Whole() error {
	return r.write(func() error { return r.w.Exec("DELETE FROM sync_parted") })
}
