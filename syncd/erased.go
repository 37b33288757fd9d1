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
// nobody's data, a JSON object a line, before it is erased and once it is. A
// backup that is put in the register's place knows nothing of what was erased
// since it was made: by this file a server finds that out, and erases it again. It
// belongs to what is backed up, and never goes back in time.
const erasedFile = "erased.jsonl"

type erasedNote struct {
	At   time.Time       `json:"at"`
	Why  string          `json:"why"`
	Done bool            `json:"done"`
	Rows []erasedRowJSON `json:"rows"`
}

// erasing is the note, as the server takes it.
func (n *erasedNote) erasing() (out server.Erasing, err error) {
	out.Why = n.Why
	for _, r := range n.Rows {
		id, err := change.ParseID(r.Row)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, server.ErasedRow{Table: r.Table, Row: id})
	}
	if len(out.Rows) == 0 {
		err = errors.New("no rows")
	}
	return out, err
}

// noteErasure adds to the list, and to the disk.
func noteErasure(data string, n erasedNote) (err error) {
	n.At = time.Now().UTC()
	line, err := json.Marshal(n)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(data, erasedFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// A line that a dying process cut short ends here.
	if _, err := f.Write(slices.Concat([]byte("\n"), line, []byte("\n"))); err != nil {
		return err
	}
	return f.Sync()
}

// erasedBefore reads the list. A line that was cut short is left out: nothing was
// erased by it.
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
	for line := range bytes.Lines(b) {
		no++
		if !bytes.HasSuffix(bytes.TrimSpace(line), []byte("}")) {
			continue
		}
		var n erasedNote
		err := json.Unmarshal(line, &n)
		if err == nil {
			_, err = n.erasing()
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.EraseList, "path", path, "line", no)
		}
		list = append(list, n)
	}
	return list, nil
}

// unfinished are erasures that were noted and have not come to their end; lost are
// those that did, and of which the register knows nothing: it is an old one.
func unfinished(s *server.Server, data string) (pending, lost []server.Erasing, err error) {
	list, err := erasedBefore(data)
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	done, err := s.Erasures()
	if err != nil {
		return nil, nil, err
	}
	had, finished := map[server.ErasedRow]bool{}, map[string]bool{}
	for _, e := range done {
		had[e.ErasedRow] = true
	}
	for _, note := range list {
		finished[note.Rows[0].Row] = finished[note.Rows[0].Row] || note.Done
	}
	for _, note := range list {
		e, err := note.erasing()
		if err != nil {
			return nil, nil, err
		}
		switch {
		case note.Done && slices.ContainsFunc(e.Rows, func(r server.ErasedRow) bool { return !had[r] }):
			lost = append(lost, e)
		case !finished[note.Rows[0].Row]:
			pending = append(pending, e)
		}
	}
	return pending, lost, nil
}

// eraseAgain finishes what was begun, and finds out that the register is an old
// one: then its recovery begins, before anybody is sent what it brought back.
func (p *program) eraseAgain(s *server.Server, data string) (restored bool, err error) {
	pending, lost, err := unfinished(s, data)
	if err != nil {
		return false, err
	}
	if restored = len(lost) > 0; restored {
		if err := s.Restored(append(lost, pending...)...); err != nil {
			return true, err
		}
	} else if len(pending) > 0 {
		if _, _, err := s.Erase(pending...); err != nil {
			return false, err
		}
	}
	for _, e := range pending {
		if err := noteErasure(data, doneNote(e.Why, e.Rows)); err != nil {
			return restored, err
		}
	}
	due, err := s.Unscrubbed()
	if err == nil && due {
		_, err = s.Scrub()
	}
	return restored, err
}

func doneNote(why string, rows []server.ErasedRow) erasedNote {
	n := erasedNote{Why: why, Done: true}
	for _, r := range rows {
		n.Rows = append(n.Rows, erasedRowJSON{r.Table, r.Row.String()})
	}
	return n
}
