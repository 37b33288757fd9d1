package sim

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
)

// Snapshots.

func (d *desk) Resume() (*wire.Resume, error) { return d.resume, nil }

func (d *desk) BeginSnapshot(b *wire.SnapshotBegin) error {
	if d.resume == nil || d.resume.Snapshot != b.ID {
		d.resume, d.staged = &wire.Resume{Snapshot: b.ID}, nil
	}
	return nil
}

func (d *desk) InstallChunk(c *wire.Chunk) error {
	if c.Index < d.resume.Next {
		return nil
	}
	d.staged = append(d.staged, c.Rows...)
	d.resume = &wire.Resume{Snapshot: d.resume.Snapshot, Next: c.Index + 1}
	return nil
}

var errSnapshot = errors.New("sim: the snapshot's digest is not the sum of its rows")

func (d *desk) EndSnapshot(e *wire.SnapshotEnd, cursor change.Cursor, received replica.Receipts) error {
	next := d.copy()
	next.rows = map[rowKey]*merge.Row{}
	for _, r := range d.staged {
		next.hold(r)
	}
	if next.digest() != merge.Sums(e.Digest) {
		return errSnapshot
	}
	for name, receipt := range received {
		ref := d.ref(name)
		for _, f := range receipt.Refused {
			if f.Code != string(fault.RefusedWaits) {
				next.refuse(change.Dot{W: ref, N: f.N}, f.Code)
			}
		}
		next.waiting = slices.DeleteFunc(next.waiting, func(c *change.Change) bool {
			if c.W != ref || c.N > receipt.Through || waitsThere(receipt, c.N) {
				return false
			}
			next.keep(c)
			return true
		})
	}
	next.rest()
	next.cursor = change.Cursor{Epoch: cursor.Epoch, Logs: maps.Clone(cursor.Logs)}
	next.ready, next.resume, next.staged = true, nil, nil
	*d = *next
	return nil
}

func (d *desk) AbandonSnapshot() error { d.resume, d.staged = nil, nil; return nil }

// Copies and backups.

func (d *desk) Part(at map[replica.Kind]uint64) error {
	moved := map[change.Ref]change.Ref{}
	from := map[change.Ref]uint64{}
	for kind := range d.chains {
		n, parts := at[replica.Kind(kind)]
		if !parts {
			continue
		}
		old := d.chains[kind]
		fresh := d.mint(&old, n)
		fresh.last, fresh.fresh = old.last-n, true
		d.parted = append(d.parted, old.name)
		moved[old.ref], from[old.ref] = fresh.ref, n
		d.chains[kind] = fresh
	}
	rename := func(dot change.Dot) change.Dot {
		if to, ok := moved[dot.W]; ok && dot.N > from[dot.W] {
			return change.Dot{W: to, N: dot.N - from[dot.W]}
		}
		return dot
	}
	for i, c := range d.waiting {
		d.waiting[i] = renamed(c, rename)
		if d.renamed != nil && c.Dot != d.waiting[i].Dot {
			d.renamed(c, d.waiting[i].Dot)
		}
		for _, rw := range d.waiting[i].Rows {
			d.births[birthKey{rw.Table, rw.Birth}] = rw.ID
		}
	}
	d.rechain()
	d.scope = change.Hash{}
	return nil
}

func (d *desk) LinkIfParted(kind replica.Kind, n uint64, other replica.Kind, at uint64) (change.Hash, error) {
	list, err := d.Chains()
	if err != nil {
		return change.Hash{}, err
	}
	return replica.IfParted(&list[kind], n, &list[other], at, d.waiting, d.names), nil
}

func (d *desk) mint(old *chain, n uint64) chain {
	c := d.find(change.Dot{W: old.ref, N: n + 1})
	if c == nil {
		return d.newChain(d.rand(), sha256.Sum256(old.key[:]))
	}
	name, key := replica.Heir(old.name, old.key[:], n, c, d.names)
	return d.newChain(name, [32]byte(key))
}

func renamed(c *change.Change, rename func(change.Dot) change.Dot) *change.Change {
	out := *c
	out.Dot = rename(c.Dot)
	out.Rows = slices.Clone(c.Rows)
	for i := range out.Rows {
		rw := &out.Rows[i]
		rw.Birth.Dot = rename(rw.Birth.Dot)
		rw.Writes = slices.Clone(rw.Writes)
		for j := range rw.Writes {
			seen := slices.Clone(rw.Writes[j].Seen)
			for k := range seen {
				seen[k] = rename(seen[k])
			}
			rw.Writes[j].Seen = seen
		}
	}
	return &out
}

func (d *desk) rechain() {
	for i := range d.chains {
		ch := &d.chains[i]
		for _, c := range d.waiting {
			if c.W == ch.ref && c.N > ch.received {
				h := d.chainer(ch).Next(d.links[change.Dot{W: c.W, N: c.N - 1}], c)
				d.links[c.Dot], ch.hash = h, h
			}
		}
	}
}

func (d *desk) Parted() ([]change.ID, error) { return d.parted, nil }
func (d *desk) Whole() error                 { d.parted = nil; return nil }

// Repair.

func (d *desk) Unwatched() (bool, error) { return false, nil }
func (d *desk) CaptureMissed() error     { return nil }
func (d *desk) Mended() error            { return nil }
func (d *desk) Renew() error             { return nil }

func (d *desk) Recount() (out []wire.UnitPrint, err error) {
	sums := map[change.ID]merge.Sums{}
	for _, r := range d.rows {
		sums[r.Unit()] = sums[r.Unit()].Add(r.Sums(d.names))
	}
	for _, unit := range sortedIDs(maps.Keys(sums)) {
		out = append(out, wire.UnitPrint{Unit: unit, Print: sums[unit].Print()})
	}
	return out, nil
}

func (d *desk) BucketPrints(unit change.ID) (*wire.Buckets, error) {
	var sums [256]merge.Sums
	for _, r := range d.rows {
		if r.Unit() == unit {
			b := merge.Bucket(r.Table.No, r.ID)
			sums[b] = sums[b].Add(r.Sums(d.names))
		}
	}
	m := &wire.Buckets{Unit: unit}
	for b := range sums {
		if p := sums[b].Print(); p != (merge.Print{}) {
			m.Prints = append(m.Prints, wire.BucketPrint{Bucket: byte(b), Print: p})
		}
	}
	return m, nil
}

func (d *desk) Mend(m *wire.Mend) (n int, err error) {
	for key, r := range d.rows {
		if r.Unit() == m.Unit && slices.Contains(m.Buckets, merge.Bucket(key.Table, key.ID)) {
			delete(d.rows, key)
		}
	}
	for _, r := range m.Rows {
		d.hold(r)
		n++
	}
	return n, nil
}
