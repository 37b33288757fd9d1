package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/server"
)

// erasedFile lists beside the register what the law has erased: ids and reasons,
// nobody's data, a JSON object a line. A backup that is put in the register's place
// knows nothing of what was erased since it was made: by this file it is
// erased anew. It belongs to what is backed up, and never goes back in time.
const erasedFile = "erased.jsonl"

type erasedNote struct {
	At   time.Time       `json:"at"`
	Why  string          `json:"why"`
	Rows []erasedRowJSON `json:"rows"`
}

// rows are the note's, as the server takes them.
func (n *erasedNote) rows() (out []server.ErasedRow, err error) {
	for _, r := range n.Rows {
		id, err := change.ParseID(r.Row)
		if err != nil {
			return nil, err
		}
		out = append(out, server.ErasedRow{Table: r.Table, Row: id})
	}
	if len(out) == 0 {
		err = errors.New("no rows")
	}
	return out, err
}

// noteErasure adds to the list, and to the disk, behind the last whole line.
func noteErasure(data string, n erasedNote) (err error) {
	line, err := json.Marshal(n)
	if err != nil {
		return err
	}
	path := filepath.Join(data, erasedFile)
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(append(line, '\n'), int64(len(wholeLines(b)))); err != nil {
		return err
	}
	return f.Sync()
}

// wholeLines leaves out a last line that a dying process cut short: nothing was
// erased by it.
func wholeLines(b []byte) []byte { return b[:bytes.LastIndexByte(b, '\n')+1] }

// erasedBefore reads the list.
func erasedBefore(data string) (list []erasedNote, err error) {
	path := filepath.Join(data, erasedFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	no := 0
	for line := range bytes.Lines(wholeLines(b)) {
		no++
		var n erasedNote
		err := json.Unmarshal(line, &n)
		if err == nil {
			_, err = n.rows()
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.EraseList, "path", path, "line", no)
		}
		list = append(list, n)
	}
	return list, nil
}

// eraseAgain erases what the list has and the register has not: it was restored
// from a backup.
func eraseAgain(s *server.Server, data string) (n int, err error) {
	list, err := erasedBefore(data)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	done, err := s.Erasures()
	if err != nil {
		return 0, err
	}
	had := map[server.ErasedRow]bool{}
	for _, e := range done {
		had[e.ErasedRow] = true
	}
	for _, note := range list {
		rows, err := note.rows()
		if err != nil {
			return n, err
		}
		if !slices.ContainsFunc(rows, func(r server.ErasedRow) bool { return !had[r] }) {
			continue
		}
		if _, err := s.Erase(rows, note.Why); err != nil {
			return n, err
		}
		n += len(rows)
	}
	return n, nil
}
