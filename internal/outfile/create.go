package outfile

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"dongbo/internal/fault"
)

// Options say how an output comes to its place.
type Options struct {
	Mode fs.FileMode
	// New refuses a place where something stands, with an error that is
	// fs.ErrExist.
	New bool
	// Check looks at the whole file before it gets its name.
	Check func(path string) error
}

// Create makes the output at path of what write writes. An ended context stops
// it between two writes.
func Create(ctx context.Context, path string, o Options, write func(io.Writer) error) error {
	name := filepath.Base(path)
	if o.New && exists(path) {
		return fs.ErrExist
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+trimName(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails, as it should, after the rename
	err = write(interruptible{ctx, f})
	if err == nil {
		err = f.Sync() // else a power cut may leave the name without the content
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil && o.Check != nil {
		err = o.Check(f.Name())
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = publish(f.Name(), path, o)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return fault.Wrap(err, "output.interrupted", "file", name)
	}
	return err
}

func publish(from, to string, o Options) error {
	if err := os.Chmod(from, o.Mode); err != nil {
		return err
	}
	if err := giveName(from, to, o.New); err != nil {
		return err
	}
	// The name, too, must outlive a power cut; not every system can say so.
	if dir, err := os.Open(filepath.Dir(to)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// giveName renames. Only a link refuses a name that is taken in the same
// moment; where the file system has none, looking first must do.
func giveName(from, to string, isNew bool) error {
	if !isNew {
		return os.Rename(from, to)
	}
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if exists(to) {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// interruptible is a writer that an ended context ends.
type interruptible struct {
	ctx context.Context
	w   io.Writer
}

func (i interruptible) Write(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.w.Write(p)
}

func trimName(s string) string {
	for len(s) > 40 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
