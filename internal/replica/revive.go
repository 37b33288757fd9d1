package replica

import (
	"errors"

	"dongbo/internal/merge"
	"dongbo/schema"
)

// revive is the upgrade's part of migrate: what an older program kept raw comes
// to life, in the transaction that makes its tables and columns. Values and
// versions are there already; what is derived from them is made now. The digest
// stays as it is, but for the class that its parts are counted to.
func (r *Replica) revive(from uint16) error {
	if from == schema.Version {
		return nil
	}
	a, err := r.applier()
	if err != nil {
		return err
	}
	err = r.w.Revive(from, func(row *merge.Row, regs []uint16) error {
		known := row.SumsOf(r.names, regs)
		a.add(row.Unit(), known.Sub(merge.Sums{schema.Basic: known.Total()}))
		for _, reg := range row.Conflicts() {
			if err := r.openConflict(row, reg); err != nil {
				return err
			}
		}
		if row.Table.Name == "member" {
			r.index.put(row.Birth.Pack(), true, searchWords(row)) // a column that came to life may be a searched one
		}
		r.toldOf(row)
		return nil
	})
	if err = errors.Join(err, a.flush()); err == nil {
		err = r.ended()
	}
	r.erasing = nil
	return err
}
