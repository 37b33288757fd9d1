package sheet

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"

	"dongbo/internal/fault"
	"dongbo/internal/outfile"
	"dongbo/internal/union"
)

// The types of a list's rows are the officers', for the plan works on them.
type (
	Record  = union.Record
	Repair  = union.Repair
	Problem = union.Problem
)

// Options say how to open a list.
type Options struct {
	// Year is the current year: it settles two-digit years and refuses dates
	// to come. This package asks no clock.
	Year int
	// Sheet names the sheet; empty takes the first that holds a list.
	Sheet string
	// Repair takes the offers to mend, all or those of the kinds in Only.
	Repair bool
	Only   []string
	// Password opens a protected workbook or a locked file; a plain one needs
	// none.
	Password string
	Limits   Limits // zero values mean the defaults
}

// Limits bound what a file may make us do.
type Limits struct {
	FileBytes, UnzippedBytes, TextBytes int64
	Rows, Columns, Cells                int
}

func (l Limits) orDefault() Limits {
	def := Limits{FileBytes: 64 << 20, UnzippedBytes: 512 << 20, TextBytes: 128 << 20, Rows: 200_000, Columns: 300, Cells: 5_000_000}
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	set64(&l.FileBytes, def.FileBytes)
	set64(&l.UnzippedBytes, def.UnzippedBytes)
	set64(&l.TextBytes, def.TextBytes)
	set(&l.Rows, def.Rows)
	set(&l.Columns, def.Columns)
	set(&l.Cells, def.Cells)
	return l
}

// Book is an opened list.
type Book struct {
	Name    string   // the file's name without its folder
	Sheet   string   // the sheet that is read; empty for .csv
	Sheets  []string // all sheets that are not hidden
	Columns []Column

	opts Options
	grid grid
	head header
}

// Open reads the file at path and finds its list.
func Open(path string, opts Options) (*Book, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.SheetNotFound, "file", name)
	}
	defer f.Close()
	limits := opts.Limits.orDefault()
	// One byte more than allowed tells that there is more; a device or a pipe
	// has no size to ask for.
	data, err := io.ReadAll(io.LimitReader(f, limits.FileBytes+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.SheetNotFound, "file", name)
	}
	return openBytes(name, data, opts)
}

// openBytes is Open without a disk: what the fuzz target calls.
func openBytes(name string, data []byte, opts Options) (*Book, error) {
	opts.Limits = opts.Limits.orDefault()
	if int64(len(data)) > opts.Limits.FileBytes {
		return nil, tooBig(name, "bytes", opts.Limits.FileBytes)
	}
	b := &Book{Name: name, opts: opts}
	data, err := b.unprotected(data)
	if err == nil {
		err = b.openPlain(data)
	}
	if err != nil {
		return nil, withFile(err, name)
	}
	b.describeColumns()
	return b, nil
}

// unprotected takes the password off, where there is one.
func (b *Book) unprotected(data []byte) ([]byte, error) {
	switch {
	case outfile.IsLocked(data):
		return unlock(data, b.opts.Password)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return unprotectWorkbook(data, b.opts.Password)
	}
	return data, nil
}

func (b *Book) openPlain(data []byte) error {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fault.New(fault.SheetEmpty)
	case bytes.HasPrefix(data, []byte("PK")):
		return b.openXLSX(data)
	}
	return b.openCSV(data)
}

// withFile puts the file's name into an error of ours; any other error on the
// way through a file means that the file is damaged.
func withFile(err error, name string) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return fault.Wrap(err, fault.SheetTruncated, "file", name)
	}
	if e.Args == nil {
		e.Args = map[string]any{}
	}
	e.Args["file"] = name
	return err
}

func tooBig(name, what string, limit any) error {
	return fault.New(fault.SheetTooBig, "file", name, "what", fault.Word("unit."+what), "limit", limit)
}

// useGrid takes g as the list if it has a header.
func (b *Book) useGrid(g grid) error {
	if len(g.rows) == 0 {
		return fault.New(fault.SheetEmpty)
	}
	head, ok := findHeader(&g)
	if !ok {
		return fault.New(fault.SheetNoHeader)
	}
	b.grid, b.head, b.Columns = g, head, head.columns
	return nil
}
