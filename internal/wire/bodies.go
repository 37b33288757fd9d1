package wire

import (
	"bytes"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// body codes a message: one function for both directions.
func (x *codec) body(m Message) {
	switch m := m.(type) {
	case *Hello:
		x.hello(m)
	case *Enroll:
		x.enroll(m)
	case *Welcome:
		x.welcome(m)
	case *Changes:
		x.changesBody(m)
	case *Receipt:
		x.receipt(m)
	case *Entries:
		x.entries(m)
	case *SnapshotBegin:
		x.id(KindSnapshotBegin.key(0), &m.ID)
		x.cursor(&m.Cursor)
		field(x, KindSnapshotBegin.key(1), &m.Rows)
		field(x, KindSnapshotBegin.key(2), &m.Bytes)
	case *Chunk:
		x.chunk(m)
	case *SnapshotEnd:
		field(x, KindSnapshotEnd.key(0), &m.Chunks)
		x.digests(&m.Digest)
	case *CaughtUp:
		x.caughtUp(m)
	case *Ack:
		x.cursor(&m.Cursor)
	case *Problem:
		x.problem(m)
	case *Bye:
	case *Compare:
		slice(x, KindCompare.key(0), &m.Units, 24, func(u *UnitPrint) {
			x.id(KindCompare.key(1), &u.Unit)
			x.fixed(u.Print[:])
		})
	case *Differ:
		slice(x, KindDiffer.key(0), &m.Units, 16, func(id *change.ID) { x.id(KindDiffer.key(1), id) })
	case *Buckets:
		x.id(KindBuckets.key(0), &m.Unit)
		slice(x, KindBuckets.key(1), &m.Prints, 9, func(b *BucketPrint) {
			field(x, KindBuckets.key(2), &b.Bucket)
			x.fixed(b.Print[:])
		})
	case *Mend:
		x.mend(m)
	case *Ask:
		x.id(KindAsk.key(0), &m.Writer)
		slice(x, KindAsk.key(1), &m.Numbers, 8, func(n *uint64) { field(x, KindAsk.key(2), n) })
	case *Links:
		x.id(KindLinks.key(0), &m.Writer)
		slice(x, KindLinks.key(1), &m.Hashes, 32, func(h *change.Hash) { x.hash(KindLinks.key(2), (*[32]byte)(h)) })
	case *Recall:
		x.recall(m)
	}
	x.mark()
}

// mark ends the body.
func (x *codec) mark() {
	b := [1]byte{endMark}
	x.fixed(b[:])
	if x.reading && (b[0] != endMark || len(x.unread) > 0 || x.dec.bad) {
		x.fail(ErrInvalid)
	}
}

func (x *codec) hello(m *Hello) {
	k := KindHello.key
	field(x, k(0), &m.Protocol)
	field(x, k(1), &m.Schema)
	x.id(k(2), &m.Device)
	x.text(k(3), &m.Program)
	x.writerStates(&m.Writers)
	x.cursor(&m.Cursor)
	x.hash(k(4), (*[32]byte)(&m.Scope))
	resumes := m.Resume != nil
	if x.flag(k(5), &resumes); resumes {
		if x.reading {
			m.Resume = new(Resume)
		}
		x.id(k(6), &m.Resume.Snapshot)
		field(x, k(7), &m.Resume.Next)
	}
	x.flag(k(8), &m.Live)
	x.bytes(k(9), &m.Proof)
	x.newWriters(k(10), &m.New)
}

func (x *codec) enroll(m *Enroll) {
	k := KindEnroll.key
	x.fixed(m.Token[:])
	x.bytes(k(0), &m.PublicKey)
	x.text(k(1), &m.Label)
	x.newWriters(k(2), &m.Writers)
}

func (x *codec) newWriters(count key, list *[]NewWriter) {
	slice(x, count, list, 64, func(w *NewWriter) {
		x.id(keyNewWriter.of(0), &w.Name)
		x.fixed(w.Key[:])
		field(x, keyNewWriter.of(1), &w.Kind)
	})
}

func (x *codec) welcome(m *Welcome) {
	k := KindWelcome.key
	field(x, k(0), &m.Protocol)
	field(x, k(1), &m.Schema)
	x.id(k(2), &m.Epoch)
	field(x, k(3), &m.Time)
	x.id(k(4), &m.Device)
	x.id(k(5), &m.Person)
	x.text(k(6), &m.PersonName)
	x.hash(k(7), (*[32]byte)(&m.Scope))
	slice(x, k(8), &m.Roots, 96, func(r *Root) {
		x.id(k(9), &r.Unit)
		x.id(k(10), &r.Log)
		x.text(k(11), &r.Code)
		x.text(k(12), &r.Name)
		x.text(k(13), &r.Role)
	})
	x.writerStates(&m.Writers)
	x.flag(k(14), &m.Snapshot)
	field(x, k(15), &m.Restored)
	x.flag(k(16), &m.Behind)
}

func (x *codec) writerStates(list *[]WriterState) {
	slice(x, keyWriterState, list, 64, func(w *WriterState) {
		x.id(keyWriterState.of(0), &w.Name)
		field(x, keyWriterState.of(1), &w.Last)
		x.hash(keyWriterState.of(2), (*[32]byte)(&w.Hash))
		x.hash(keyWriterState.of(3), (*[32]byte)(&w.Known))
	})
}

// cursor codes a cursor; its logs go in order of their ids, so that equal
// cursors are equal bytes.
func (x *codec) cursor(c *change.Cursor) {
	x.id(keyCursor.of(0), &c.Epoch)
	logs := slices.SortedFunc(maps.Keys(c.Logs), func(a, b change.ID) int { return bytes.Compare(a[:], b[:]) })
	n := x.count(keyCursor, len(logs), 64)
	if x.reading && n > 0 {
		c.Logs = make(map[change.ID]uint64, n)
	}
	for i := 0; i < n && x.err == nil; i++ {
		var log change.ID
		var num uint64
		if !x.reading {
			log, num = logs[i], c.Logs[logs[i]]
		}
		x.id(keyCursor.of(1), &log)
		field(x, keyCursor.of(2), &num)
		if x.reading {
			c.Logs[log] = num
		}
	}
}

func (x *codec) digests(d *[schema.Classes]merge.Digest) {
	for i := range d {
		x.hash(keyDigest, (*[32]byte)(&d[i]))
	}
}

func (x *codec) changesBody(m *Changes) {
	k := KindChanges.key
	x.id(k(0), &m.Writer)
	n := x.count(k(1), len(m.Changes), 8)
	if x.reading && n > 0 {
		m.Changes = make([]*change.Change, n)
	}
	x.changes(m.Changes)
	x.hash(k(2), (*[32]byte)(&m.Last))
	x.bytes(k(3), &m.Signature)
	x.again(&m.Again)
}

func (x *codec) receipt(m *Receipt) {
	k := KindReceipt.key
	x.id(k(0), &m.Writer)
	field(x, k(1), &m.Through)
	x.hash(k(2), (*[32]byte)(&m.Hash))
	x.refusals(k(3), &m.Refused)
	x.bytes(k(7), &m.Signature)
}

func (x *codec) chunk(m *Chunk) {
	k := KindChunk.key
	field(x, k(0), &m.Index)
	rows := x.count(k(1), len(m.Rows), 8)
	metas := x.count(k(2), len(m.Metas), 48)
	if x.reading && rows > 0 {
		m.Rows = make([]*merge.Row, rows)
	}
	if x.reading && metas > 0 {
		m.Metas = make([]Meta, metas)
	}
	x.states(m.Rows)
	dots(x, k(3), m.Metas, func(m *Meta) *change.Dot { return &m.Dot })
	ids(x, k(4), m.Metas, func(m *Meta) *change.ID { return &m.Person })
	numbers(x, k(5), m.Metas, func(m *Meta) *int64 { return &m.At })
	numbers(x, k(6), m.Metas, func(m *Meta) *int64 { return &m.ServerAt })
}

func (x *codec) mend(m *Mend) {
	k := KindMend.key
	x.id(k(0), &m.Unit)
	x.bytes(k(1), &m.Buckets)
	rows := x.count(k(2), len(m.Rows), 8)
	if x.reading && rows > 0 {
		m.Rows = make([]*merge.Row, rows)
	}
	x.states(m.Rows)
	x.flag(k(3), &m.Last)
}

func (x *codec) caughtUp(m *CaughtUp) {
	x.cursor(&m.Cursor)
	x.digests(&m.Digest)
}

func (x *codec) problem(m *Problem) {
	k := KindProblem.key
	x.text(k(0), &m.Code)
	names := slices.Sorted(maps.Keys(m.Args))
	n := x.count(k(1), len(names), 96)
	if x.reading && n > 0 {
		m.Args = make(map[string]string, n)
	}
	for i := 0; i < n && x.err == nil; i++ {
		var name, value string
		if !x.reading {
			name, value = names[i], m.Args[names[i]]
		}
		x.text(k(2), &name)
		x.text(k(3), &value)
		if x.reading {
			m.Args[name] = value
		}
	}
}
