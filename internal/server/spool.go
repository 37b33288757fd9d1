package server

import (
	"bufio"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// spoolLife is how long a snapshot waits for a device that was cut off.
const spoolLife = 6 * time.Hour

// maxSpooled bounds what one chunk's length may claim.
const maxSpooled = 64 << 20

// snapHead says what a spooled snapshot is. It stands in a file of its own,
// which exists only when the chunks are complete.
type snapHead struct {
	ID, Device  change.ID
	Scope       change.Hash
	Cursor      change.Cursor
	Chains      []wire.WriterState // of the device's writers, as the snapshot holds them
	Rows, Bytes uint64
	Chunks      uint32
	Digest      merge.Sums
}

// A device has one spool: the chunks one behind the other, each with its
// length, and the head.
func (s *Server) spoolPath(device change.ID) string {
	return filepath.Join(s.dir, "snapshot-"+device.String()+".rows")
}

func headPath(path string) string { return strings.TrimSuffix(path, ".rows") + ".head" }

func (s *Server) dropSpool(device change.ID) {
	path := s.spoolPath(device)
	_ = os.Remove(headPath(path))
	_ = os.Remove(path)
}

// sweepSpool removes what no device came back for.
func (s *Server) sweepSpool() {
	files, _ := filepath.Glob(filepath.Join(s.dir, "snapshot-*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && s.now().Sub(info.ModTime()) > spoolLife {
			_ = os.Remove(f)
		}
	}
}

// spoolWriter writes a snapshot's chunks.
type spoolWriter struct {
	path  string
	f     *os.File
	w     *bufio.Writer
	head  snapHead
	batch wire.Batcher

	rows, metas   []byte
	nRows, nMetas uint64
	told          map[change.Dot]bool // dots whose maker is told already
}

func (s *Server) newSpool(device change.ID) (*spoolWriter, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("server: spool: %w", err)
	}
	s.dropSpool(device)
	f, err := os.CreateTemp(s.dir, "snapshot-*.part")
	if err != nil {
		return nil, fmt.Errorf("server: spool: %w", err)
	}
	return &spoolWriter{
		path: s.spoolPath(device), f: f, w: bufio.NewWriterSize(f, 64<<10),
		batch: wire.Batcher{Max: maxBatch}, told: map[change.Dot]bool{},
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
	if _, err := w.w.Write(append(size, b...)); err != nil {
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
		err = w.w.Flush()
	}
	if err == nil {
		err = w.f.Sync() // a head must not outlive a power cut that its chunks do not
	}
	if err == nil {
		err = os.Rename(w.f.Name(), w.path)
	}
	if err == nil {
		err = writeHead(headPath(w.path), &w.head)
	}
	if err != nil {
		return nil, fmt.Errorf("server: spool: %w", err)
	}
	return readSpool(w.path)
}

// discard closes the file and removes it where it was not finished.
func (w *spoolWriter) discard() {
	_ = w.f.Close()
	_ = os.Remove(w.f.Name())
}

func writeHead(path string, h *snapHead) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = gob.NewEncoder(f).Encode(h)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// snapshot is a spool being sent.
type snapshot struct {
	head snapHead
	f    *os.File
	r    *bufio.Reader
	next uint32
}

// openSpool opens the device's spool if it is the snapshot asked for.
func (s *Server) openSpool(device, id change.ID) *snapshot {
	snap, err := readSpool(s.spoolPath(device))
	if err != nil {
		return nil
	}
	if snap.head.ID != id || snap.head.Device != device {
		snap.close()
		return nil
	}
	return snap
}

func readSpool(path string) (*snapshot, error) {
	h, err := os.Open(headPath(path))
	if err != nil {
		return nil, err
	}
	defer h.Close()
	s := &snapshot{}
	if err := gob.NewDecoder(h).Decode(&s.head); err != nil {
		return nil, err
	}
	if s.f, err = os.Open(path); err != nil {
		return nil, err
	}
	s.r = bufio.NewReader(s.f)
	return s, nil
}

func (s *snapshot) close() { _ = s.f.Close() }

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
