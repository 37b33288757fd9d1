package server

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// spoolLife is how long a snapshot waits for a device that was cut off.
const spoolLife = 6 * time.Hour

// maxSpooled bounds what one chunk's length may claim.
const maxSpooled = 64 << 20

// snapHead says what a spooled snapshot is. It exists only when the chunks are
// complete.
type snapHead struct {
	ID, Device  change.ID
	Scope       change.Hash
	Cursor      change.Cursor
	Chains      []wire.WriterState // of the device's writers, as the snapshot holds them
	Rows, Bytes uint64
	Chunks      uint32
	Digest      merge.Sums
	Erased      uint64 // how many rows had been erased when it was made
}

// spoolWriter writes a snapshot's chunks.
type spoolWriter struct {
	s     *Server
	out   spoolFile
	head  snapHead
	batch wire.Batcher

	rows, metas   []byte
	nRows, nMetas uint64
	told          map[change.Dot]bool // dots whose maker is told already
}

func (s *Server) newSpool(device change.ID) (*spoolWriter, error) {
	s.spools.drop(device)
	out, err := s.spools.begin(device)
	if err != nil {
		return nil, fmt.Errorf("server: spool: %w", err)
	}
	return &spoolWriter{
		s: s, out: out, head: snapHead{Device: device}, batch: wire.Batcher{Max: maxBatch}, told: map[change.Dot]bool{},
	}, nil
}

// row adds a row, and who made the changes at which its registers stand.
func (w *spoolWriter) row(tx Tx, r *merge.Row) error {
	var fresh []change.Dot
	for _, d := range r.AllDots() {
		if !w.told[d] {
			fresh = append(fresh, d)
		}
	}
	if w.batch.Starts(wire.EstimateRow(r) + 24*len(fresh)) {
		if err := w.cut(); err != nil {
			return err
		}
	}
	for _, d := range fresh {
		w.told[d] = true
		m, known, err := tx.Made(d)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		w.metas = change.AppendDot(w.metas, d)
		w.metas = append(w.metas, m.Person[:]...)
		w.metas = binary.AppendVarint(w.metas, m.AuthorAt)
		w.metas = binary.AppendVarint(w.metas, m.At)
		w.nMetas++
	}
	state := r.Append(nil)
	w.rows = binary.AppendUvarint(w.rows, uint64(len(state)))
	w.rows = append(w.rows, state...)
	w.nRows++
	w.head.Rows++
	return nil
}

// cut ends a chunk.
func (w *spoolWriter) cut() error {
	if w.nRows == 0 {
		return nil
	}
	b := binary.AppendUvarint(nil, w.nRows)
	b = append(b, w.rows...)
	b = binary.AppendUvarint(b, w.nMetas)
	b = append(b, w.metas...)
	size := binary.BigEndian.AppendUint32(nil, uint32(len(b)))
	if _, err := w.out.Write(append(size, b...)); err != nil {
		return fmt.Errorf("server: spool: %w", err)
	}
	w.head.Bytes += uint64(len(b))
	w.head.Chunks++
	w.rows, w.metas, w.nRows, w.nMetas = w.rows[:0], w.metas[:0], 0, 0
	return nil
}

// finish completes the spool and opens it for reading.
func (w *spoolWriter) finish() (*snapshot, error) {
	err := w.cut()
	if err == nil {
		err = w.out.finish(&w.head)
	}
	if err != nil {
		return nil, fmt.Errorf("server: spool: %w", err)
	}
	return w.s.readSpool(w.head.Device)
}

// discard lets go of the spool where it was not finished.
func (w *spoolWriter) discard() { w.out.discard() }

// snapshot is a spool being sent.
type snapshot struct {
	head snapHead
	body io.Closer
	r    *bufio.Reader
	next uint32
}

// openSpool opens the device's spool if it is the snapshot asked for.
func (s *Server) openSpool(device, id change.ID) *snapshot {
	snap, err := s.readSpool(device)
	if err != nil {
		return nil
	}
	if snap.head.ID != id || snap.head.Device != device {
		snap.close()
		return nil
	}
	return snap
}

func (s *Server) readSpool(device change.ID) (*snapshot, error) {
	head, body, err := s.spools.open(device)
	if err != nil {
		return nil, err
	}
	return &snapshot{head: *head, body: body, r: bufio.NewReader(body)}, nil
}

func (s *snapshot) close() { _ = s.body.Close() }

// skip goes forward to chunk n.
func (s *snapshot) skip(n uint32) error {
	for s.next < n {
		size, err := s.size()
		if err != nil {
			return err
		}
		if _, err := s.r.Discard(size); err != nil {
			return err
		}
		s.next++
	}
	return nil
}

func (s *snapshot) size() (int, error) {
	var b [4]byte
	if _, err := io.ReadFull(s.r, b[:]); err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint32(b[:])
	if n > maxSpooled {
		return 0, change.ErrInvalid
	}
	return int(n), nil
}

// chunk reads the next chunk.
func (s *snapshot) chunk() (*wire.Chunk, error) {
	size, err := s.size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(s.r, b); err != nil {
		return nil, err
	}
	c := &wire.Chunk{Index: s.next}
	s.next++
	in := change.Reader{B: b}
	for range in.Count() {
		r, err := merge.DecodeRow(in.Blob())
		if err != nil {
			return nil, err
		}
		c.Rows = append(c.Rows, r)
	}
	for range in.Count() {
		c.Metas = append(c.Metas, wire.Meta{Dot: in.Dot(), Person: in.ID(), At: in.Varint(), ServerAt: in.Varint()})
	}
	return c, in.Err
}
