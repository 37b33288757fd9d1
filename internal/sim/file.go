package sim

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server/memstore"
)

// file is a machine with a real replica. It opens when it is first used: many
// histories leave some offices alone.
type file struct {
	*replica.Replica        // nil while closed
	drive            *drive // what it is open on
	image            image  // what it holds while closed
	names            *memstore.Names
	host             host
	shelf            *shelf
	used             bool
}

func (f *file) unused() bool { return !f.used }

func (f *file) wake(h host) {
	f.host = h
	if f.drive != nil {
		f.drive.host = h
	}
}

func (f *file) open() error {
	if f.Replica != nil {
		return nil
	}
	d, err := f.shelf.drive(f.image, f.host)
	if err == nil {
		f.used, f.drive, f.Replica = true, d, d.r
	}
	return err
}

// close is the end of this disk.
func (f *file) close() error {
	if f.Replica != nil {
		f.shelf.drives = append(f.shelf.drives, f.drive)
		f.Replica, f.drive = nil, nil
	}
	return nil
}

func (f *file) worldly() func(change.Dot) change.Dot { return translation(f.Replica, f.names) }

func (f *file) state(of ...rowKey) (s state, err error) {
	if err := f.open(); err != nil {
		return s, err
	}
	in, err := f.Inspect(of...)
	if err != nil {
		return s, err
	}
	s = state{ready: in.Ready, covered: in.Covered, rows: make(map[rowKey]*merge.Row, len(in.Rows))}
	rename := f.worldly()
	for key, row := range in.Rows {
		s.rows[key] = called(row, rename)
	}
	for _, c := range in.Waiting {
		s.waiting = append(s.waiting, renamed(c, rename))
	}
	for _, dot := range in.Refused {
		s.refused = append(s.refused, rename(dot))
	}
	return s, nil
}

func (f *file) commit(kind replica.Kind, edits ...replica.Edit) error {
	if err := f.open(); err != nil {
		return err
	}
	edits = slices.Clone(edits)
	for i := range edits {
		edits[i].Bulk = kind == replica.Bulk
	}
	_, err := f.Commit(edits...)
	return err
}

// Part tells the host which waiting changes have other names now.
func (f *file) Part(at map[replica.Kind]uint64) error {
	before, err := f.state()
	if err != nil {
		return err
	}
	if err := f.Replica.Part(at); err != nil {
		return err
	}
	after, err := f.state()
	if err != nil {
		return err
	}
	for _, c := range before.waiting {
		if after.waits(c.Dot) {
			continue
		}
		i := slices.IndexFunc(after.waiting, func(x *change.Change) bool { return !before.waits(x.Dot) && sameWords(c, x) })
		if i < 0 {
			return fault.New("replica.damaged", "path", f.Path())
		}
		f.host.renamed(c, after.waiting[i].Dot)
	}
	return nil
}

// sameWords tells whether two changes write the same at the same time, by
// whatever names.
func sameWords(a, b *change.Change) bool {
	return a.At == b.At && a.Person == b.Person && slices.EqualFunc(a.Rows, b.Rows, func(x, y change.RowWrite) bool {
		return x.Table == y.Table && x.ID == y.ID && x.Creates == y.Creates && slices.EqualFunc(x.Writes, y.Writes, func(v, w change.Write) bool {
			return v.Reg == w.Reg && slices.Equal(v.Vals, w.Vals)
		})
	})
}
