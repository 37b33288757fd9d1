package soak

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"sync"

	"dongbo/internal/soak/check"
)

// recorder keeps what a session's writers say, line by line, in memory and in a
// file. A line that a killed writer left unfinished is dropped.
type recorder struct {
	session string

	mu   sync.Mutex
	file *os.File
	part []byte
	ops  []check.Op
	err  error
}

func newRecorder(session, path string) (*recorder, error) {
	f, err := os.Create(path)
	return &recorder{session: session, file: f}, err
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.part = append(r.part, b...)
	for {
		line, rest, whole := bytes.Cut(r.part, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		var o check.Op
		err := json.Unmarshal(line, &o)
		if err == nil {
			r.ops = append(r.ops, o)
			_, err = r.file.Write(append(line, '\n'))
		}
		r.err = errors.Join(r.err, err)
		r.part = append([]byte(nil), rest...)
	}
}

// turn tells the next writer of the session where to go on.
func (r *recorder) turn() (seq, step int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.part = nil
	for _, o := range r.ops {
		seq, step = max(seq, o.Seq), max(step, o.Step)
	}
	return seq, step
}

func (r *recorder) add(o check.Op) error {
	o.Session = r.session
	seq, step := r.turn()
	o.Seq, o.Step = seq+1, step
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = r.Write(append(line, '\n'))
	return err
}

func (r *recorder) all() ([]check.Op, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ops, r.err
}
