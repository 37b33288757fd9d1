package sim

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// forgotten is what was erased in a world: whose rows, and what they had said.
type forgotten struct {
	rows [][]server.ErasedRow // of each person: a register that was restored is told again
	said [][]byte
}

// erase erases a member by law.
func (w *world) erase(member change.ID) error {
	s := w.servers[0]
	rows, err := s.PlanErasure(memberTable.Name, member)
	if fault.CodeOf(err) == fault.EraseNoRow {
		return nil
	}
	if err != nil {
		return err
	}
	w.forgotten.rows = append(w.forgotten.rows, rows)
	for _, r := range rows {
		w.oracle.gone[r.Row] = true
	}
	w.trace.add("%d rows of %s are erased", len(rows), member)
	for _, o := range w.offices {
		o.part = part{} // snapshots on their way begin again
	}
	_, _, err = s.Erase(server.Erasing{Rows: rows})
	return err
}

// persons are all that were erased, as a server hears of them that starts on an
// old copy of its register.
func (f *forgotten) persons() (out []server.Erasing) {
	for _, rows := range f.rows {
		out = append(out, server.Erasing{Rows: rows})
	}
	return out
}

// typedFor notes what was written to a row: it must be nowhere, should the row be
// erased. Only texts of the history's own are told apart from all else.
func (k *oracle) typedFor(row change.ID, vals []change.Value) {
	for _, v := range vals {
		if t := []byte(v.Text()); bytes.HasPrefix(t, []byte(quoted)) {
			k.said[row] = append(k.said[row], t)
		}
	}
}

// quoted begins each value that is written once in a history.
const quoted = "‹"

// nowhere holds that who was erased is in no row, no log and no computer.
func (w *world) nowhere(tx server.Tx) error {
	if len(w.forgotten.rows) == 0 {
		return nil
	}
	tx = tx.(unpruned).Tx // what it is, not what it was
	for _, person := range w.forgotten.rows {
		for _, r := range person {
			row, err := tx.Row(schema.ByName(r.Table), r.Row)
			if err != nil {
				return err
			}
			if row != nil && !empty(row) {
				return broken("%s was erased, and the register holds it (I22)", r.Row)
			}
		}
	}
	w.forgotten.said = w.oracle.saidOnly()
	if err := w.loggedNowhere(tx); err != nil {
		return err
	}
	for _, o := range w.offices {
		if o.gone || o.unused() {
			continue
		}
		if err := w.keptNowhere(o); err != nil {
			return err
		}
	}
	return nil
}

// saidOnly are the values that were written to erased rows and to no others.
func (k *oracle) saidOnly() (out [][]byte) {
	others := map[string]bool{}
	for row, said := range k.said {
		for _, t := range said {
			others[string(t)] = others[string(t)] || !k.erased(row)
		}
	}
	for t, stays := range others {
		if !stays {
			out = append(out, []byte(t))
		}
	}
	return out
}

func empty(row *merge.Row) bool {
	_, more := row.Erasing()
	return !more
}

func (w *world) loggedNowhere(tx server.Tx) error {
	for _, code := range logs {
		head, err := tx.Head(w.units[code])
		for n := uint64(1); n <= head && err == nil; n++ {
			var e *server.Entry
			if e, err = tx.Entry(w.units[code], n); err == nil {
				err = w.says(slices.Concat(e.Body, e.Effective, e.Places), "an entry of a log")
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *world) keptNowhere(o *office) error {
	var keys []rowKey
	for _, person := range w.forgotten.rows {
		for _, r := range person {
			keys = append(keys, rowKey{Table: schema.ByName(r.Table).No, ID: r.Row})
		}
	}
	is, err := o.state(keys...)
	if err != nil {
		return err
	}
	for _, row := range is.rows {
		if !empty(row) {
			return broken("%s holds %s, which was erased (I22)", o.name, row.ID)
		}
	}
	kept, err := o.holdings()
	if err != nil {
		return err
	}
	for _, b := range kept {
		if err := w.says(b, o.name); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) says(b []byte, where string) error {
	w.oracle.held[22]++
	for _, t := range w.forgotten.said {
		if bytes.Contains(b, t) {
			return broken("%s says %s of somebody who was erased (I22)", where, t)
		}
	}
	return nil
}

// What a desk does when it is told that a row was erased.

func (d *desk) wasErased(row change.ID) (bool, error) {
	return d.rows[rowKey{Table: schema.ByName("erasure").No, ID: merge.ErasureID(row)}] != nil, nil
}

// stillSays takes out of a change that was refused what it says of erased rows.
func (d *desk) stillSays(c *change.Change) *change.Change {
	return d.bare(c, func(rw *change.RowWrite) bool {
		speaks, _ := merge.SpeaksOf(rw, d.wasErased)
		return speaks
	})
}

func (d *desk) erase(told *merge.Row) {
	id, _ := told.Value("row_id").ID()
	of := func(rw *change.RowWrite) bool {
		speaks, _ := merge.SpeaksOf(rw, func(row change.ID) (bool, error) { return row == id, nil })
		return speaks
	}
	bare := func(list []*change.Change) []*change.Change {
		out := slices.Clone(list)
		for i, c := range out {
			out[i] = d.bare(c, of)
		}
		return out
	}
	d.waiting, d.kept, d.refused = bare(d.waiting), bare(d.kept), slices.Clone(d.refused)
	for i := range d.refused {
		d.refused[i].change = d.bare(d.refused[i].change, of)
	}
}

func (d *desk) bare(c *change.Change, of func(*change.RowWrite) bool) *change.Change {
	chain := change.NewChain(change.ID{}, nil, d.names)
	for i := range d.chains {
		if d.chains[i].ref == c.W {
			chain = d.chainer(&d.chains[i])
		}
	}
	out := *c
	out.Rows = slices.Clone(c.Rows)
	if !chain.Erase(&out, of) {
		return c
	}
	return &out
}

// holdings are all that a machine keeps, as bytes.
func (d *desk) holdings() (out [][]byte, err error) {
	for _, row := range d.rows {
		out = append(out, row.Append(nil))
	}
	for _, list := range [][]*change.Change{d.waiting, d.kept} {
		for _, c := range list {
			out = append(out, c.Append(nil))
		}
	}
	for _, q := range d.refused {
		out = append(out, q.change.Append(nil))
	}
	return out, nil
}

// erased tells whether a row was erased, or hangs on one.
func (k *oracle) erased(row change.ID) bool { return k.gone[row] || k.gone[k.hung[row]] }

// speaksOfErased tells whether a write, or another of the same change, is of an
// erased row.
func (k *oracle) speaksOfErased(o *op) bool {
	return slices.ContainsFunc(k.ops, func(x *op) bool {
		return x.by == o.by && x.at == o.at && slices.Contains(x.dots, o.dots[0]) && k.erased(x.on.id)
	})
}

// holdings are the file and its write-ahead log, byte by byte.
func (f *file) holdings() (out [][]byte, err error) {
	if err := f.open(); err != nil {
		return nil, err
	}
	for _, path := range []string{f.drive.path, f.drive.path + "-wal"} {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}
