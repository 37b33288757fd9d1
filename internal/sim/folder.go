package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/server/memstore"
	"dongbo/internal/server/sqlitestore"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// folder is the real gear's ground: SQLite files, each with numbers of its own
// for the writers.
type folder struct {
	dir   string          // the template's
	names *memstore.Names // the world-wide numbers
	made  int
	shelf *shelf
}

// newFolder makes a directory in dir; empty: in memory where the system has a
// file system there, since histories wait for the disk more than for anything.
func newFolder(dir string) (*folder, error) {
	const inMemory = "/dev/shm"
	d := &folder{names: memstore.NewNames(), shelf: &shelf{}}
	if info, err := os.Stat(inMemory); dir == "" && err == nil && info.IsDir() {
		if d.dir, err = os.MkdirTemp(inMemory, "dongbo-sim-"); err == nil {
			return d, nil
		}
	}
	var err error
	d.dir, err = os.MkdirTemp(dir, "dongbo-sim-")
	return d, err
}

func (d *folder) centre() string { return filepath.Join(d.dir, "central.db") }

func (d *folder) register() (server.Store, error) {
	return sqlitestore.OpenWith(d.centre(), storeOptions)
}

// storeOptions: one history asks one thing at a time.
var storeOptions = sqlitestore.Options{Readers: 1}

func (d *folder) machine(id replica.Identity) (machine, error) {
	d.made++
	dr := &drive{path: filepath.Join(d.dir, fmt.Sprintf("%d.db", d.made))}
	var err error
	dr.r, err = replica.Create(dr.path, dr.env(), id)
	return &file{Replica: dr.r, drive: dr, names: d.names, shelf: d.shelf}, err
}

func (d *folder) fork(of machine) (machine, error) {
	from := of.(*file)
	to := &file{names: d.names, shelf: d.shelf, image: from.image, used: from.used}
	var err error
	if from.Replica != nil {
		to.image, err = takeImage(from.drive.raw)
	}
	return to, err
}

func (d *folder) rest(s server.Store, all []machine) error {
	if err := s.Close(); err != nil {
		return err
	}
	for _, m := range all {
		f := m.(*file)
		err := f.drive.r.Close()
		if err == nil {
			f.image, err = readImage(f.drive.path)
		}
		if err == nil {
			err = d.shelf.know(f.drive.path)
		}
		if err != nil {
			return err
		}
		f.Replica, f.drive = nil, nil
	}
	var err error
	d.shelf.dir = d.dir
	d.shelf.centre, err = readImage(d.centre())
	return err
}

func (d *folder) branch(server.Store) (ground, server.Store, error) {
	h, err := d.shelf.hall()
	return &folder{names: memstore.NewNames(), shelf: d.shelf}, h, err
}

func (d *folder) reopen(s server.Store) (server.Store, error) {
	h := s.(*hall)
	return h, errors.Join(h.Close(), h.open())
}

// save copies the register's file as a backup does, while it is in use.
func (d *folder) save(s server.Store) (func() (server.Store, error), error) {
	h := s.(*hall)
	im, err := takeImage(h.raw)
	return func() (server.Store, error) {
		err := im.lay(h.raw)
		h.Reread()
		return h, err
	}, err
}

func (d *folder) clear(s server.Store) error {
	if s == nil {
		return errors.Join(d.shelf.close(), os.RemoveAll(d.dir))
	}
	d.shelf.halls = append(d.shelf.halls, s.(*hall))
	return nil
}

// line encodes and decodes every message. Texts are not compressed: what a
// pool of compressors has left would depend on other worlds.
func (d *folder) line(m machine, in *server.Inline) line {
	return line{up: crossing(m.(*file), in), down: crossing(in, m.(*file))}
}

type refs interface {
	change.Names
	wire.Refs
}

func crossing(from, to refs) func(wire.Message) (wire.Message, error) {
	plain := wire.Options{Pool: wire.NewPool(0, 0)}
	var b bytes.Buffer
	enc, dec := wire.NewEncoder(&b, from, plain), wire.NewDecoder(&b, to, plain)
	return func(m wire.Message) (wire.Message, error) {
		if err := enc.Write(m); err != nil {
			return nil, err
		}
		return dec.Read()
	}
}

// worldly is the register by world-wide numbers, as far as the oracle asks.
func (d *folder) worldly(tx server.Tx) server.Tx { return worldlyTx{tx, d.names} }

func (d *folder) worldDot(tx server.Tx) func(change.Dot) change.Dot { return translation(tx, d.names) }

type worldlyTx struct {
	server.Tx
	names *memstore.Names
}

func (t worldlyTx) Link(dot change.Dot) (server.Link, bool, error) {
	ref, err := t.Ref(t.names.Name(dot.W))
	if err != nil || ref == 0 {
		return server.Link{}, false, err
	}
	return t.Tx.Link(change.Dot{W: ref, N: dot.N})
}

func (t worldlyTx) Made(dot change.Dot) (server.Made, bool, error) {
	ref, err := t.Ref(t.names.Name(dot.W))
	if err != nil || ref == 0 {
		return server.Made{}, false, err
	}
	return t.Tx.Made(change.Dot{W: ref, N: dot.N})
}

func (t worldlyTx) Row(table *schema.Table, id change.ID) (*merge.Row, error) {
	row, err := t.Tx.Row(table, id)
	if err != nil || row == nil {
		return nil, err
	}
	return called(row, translation(t.Tx, t.names)), nil
}

// translation gives dots world-wide numbers.
func translation(from change.Names, to *memstore.Names) func(change.Dot) change.Dot {
	return func(dot change.Dot) change.Dot {
		if dot.W == 0 {
			return dot
		}
		ref, _ := to.Ref(from.Name(dot.W)) // fails only behind a million writers
		return change.Dot{W: ref, N: dot.N}
	}
}

// called is a row with other names for its dots.
func called(row *merge.Row, rename func(change.Dot) change.Dot) *merge.Row {
	heads := func(list []merge.Head) []merge.Head {
		out := make([]merge.Head, len(list))
		for i, h := range list {
			out[i] = merge.Head{Dot: rename(h.Dot), Vals: h.Vals}
			for _, dot := range h.Knows {
				out[i].Knows = append(out[i].Knows, rename(dot))
			}
		}
		return out
	}
	out := *row
	out.Birth.Dot = rename(row.Birth.Dot)
	out.Alive = heads(row.Alive)
	out.Regs = make([][]merge.Head, len(row.Regs))
	for i, list := range row.Regs {
		out.Regs[i] = heads(list)
	}
	return &out
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
