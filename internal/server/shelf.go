package server

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dongbo/internal/change"
)

// spools is where snapshots wait: one for a device, its chunks one behind the
// other, each with its length, and its head.
type spools interface {
	begin(device change.ID) (spoolFile, error)
	open(device change.ID) (*snapHead, io.ReadCloser, error)
	drop(device change.ID)
	// clear drops all.
	clear()
	// sweep removes what no device came back for.
	sweep(now time.Time)
}

// spoolFile is a spool being written. It can be opened once it is finished.
type spoolFile interface {
	io.Writer
	finish(*snapHead) error
	// discard closes it, and removes it where it was not finished.
	discard()
}

func spoolsIn(dir string) spools {
	if dir == "" {
		return &memorySpools{kept: map[change.ID]memorySpool{}}
	}
	return folderSpools(dir)
}

// folderSpools keeps each spool in a file, and its head in another.
type folderSpools string

func (dir folderSpools) path(device change.ID) string {
	return filepath.Join(string(dir), "snapshot-"+device.String()+".rows")
}

func headPath(path string) string { return strings.TrimSuffix(path, ".rows") + ".head" }

func (dir folderSpools) begin(device change.ID) (spoolFile, error) {
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(string(dir), "snapshot-*.part")
	if err != nil {
		return nil, err
	}
	return &folderSpool{Writer: bufio.NewWriterSize(f, 64<<10), f: f, path: dir.path(device)}, nil
}

func (dir folderSpools) open(device change.ID) (*snapHead, io.ReadCloser, error) {
	path := dir.path(device)
	h, err := os.Open(headPath(path))
	if err != nil {
		return nil, nil, err
	}
	defer h.Close()
	head := &snapHead{}
	if err := gob.NewDecoder(h).Decode(head); err != nil {
		return nil, nil, err
	}
	f, err := os.Open(path)
	return head, f, err
}

func (dir folderSpools) drop(device change.ID) {
	path := dir.path(device)
	_ = os.Remove(headPath(path))
	_ = os.Remove(path)
}

func (dir folderSpools) clear() {
	files, _ := filepath.Glob(filepath.Join(string(dir), "snapshot-*"))
	for _, f := range files {
		_ = os.Remove(f)
	}
}

func (dir folderSpools) sweep(now time.Time) {
	files, _ := filepath.Glob(filepath.Join(string(dir), "snapshot-*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && now.Sub(info.ModTime()) > spoolLife {
			_ = os.Remove(f)
		}
	}
}

type folderSpool struct {
	*bufio.Writer
	f    *os.File
	path string
}

func (w *folderSpool) finish(h *snapHead) error {
	err := w.Flush()
	if err == nil {
		err = w.f.Sync() // a head must not outlive a power cut that its chunks do not
	}
	if err == nil {
		err = os.Rename(w.f.Name(), w.path)
	}
	if err == nil {
		err = writeHead(headPath(w.path), h)
	}
	return err
}

func (w *folderSpool) discard() {
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

// memorySpools keeps spools until the process ends.
type memorySpools struct {
	mu   sync.Mutex
	kept map[change.ID]memorySpool
}

type memorySpool struct {
	head snapHead
	body []byte
	at   time.Time // when it was first swept past
}

func (m *memorySpools) begin(change.ID) (spoolFile, error) { return &memoryFile{in: m}, nil }

func (m *memorySpools) open(device change.ID) (*snapHead, io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[device]
	if !ok {
		return nil, nil, fs.ErrNotExist
	}
	return &s.head, io.NopCloser(bytes.NewReader(s.body)), nil
}

func (m *memorySpools) drop(device change.ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, device)
}

func (m *memorySpools) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.kept)
}

// sweep counts a spool's age from the sweep that met it first.
func (m *memorySpools) sweep(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for device, s := range m.kept {
		if s.at.IsZero() {
			s.at = now
			m.kept[device] = s
		} else if now.Sub(s.at) > spoolLife {
			delete(m.kept, device)
		}
	}
}

type memoryFile struct {
	bytes.Buffer
	in *memorySpools
}

func (f *memoryFile) finish(h *snapHead) error {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	f.in.kept[h.Device] = memorySpool{head: *h, body: f.Bytes()}
	return nil
}

func (f *memoryFile) discard() {}
