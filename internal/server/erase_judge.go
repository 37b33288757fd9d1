package server

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// speaksOfErased tells whether a row write is of an erased row, or makes one that
// would hang on it.
func (o *ordering) speaksOfErased(rw *change.RowWrite) (bool, error) {
	return merge.SpeaksOf(rw, o.isErased)
}

// passErased holds a change against what was erased. What its author's computer
// has heard of is empty already and passes without effect; a new row goes the way
// of the others at once (eraseAgain).
func (o *ordering) passErased(st *staged, author *Device) error {
	if o.set.erased == 0 || author == nil {
		return nil
	}
	for i := range st.effective.Rows {
		rw := &st.effective.Rows[i]
		speaks, err := o.speaksOfErased(rw)
		if err != nil {
			return err
		}
		if !speaks {
			continue
		}
		if rw.Erased == (change.Hash{}) {
			return refuse(codeErased, schema.ByNo(rw.Table), "")
		}
		if rw.Creates {
			continue
		}
		if st.effective == st.signed {
			st.effective = copyChange(st.signed)
		}
		for j := range st.effective.Rows[i].Writes {
			w := &st.effective.Rows[i].Writes[j]
			w.Vals, w.Seen = nil, nil // it takes nothing away and adds nothing
		}
	}
	return nil
}

// eraseAgain deletes what passed: what came again, to a register that was restored,
// and what was hung on an erased member and is empty already.
func (o *ordering) eraseAgain(st *staged) error {
	if o.set.erased == 0 || st.own {
		return nil
	}
	for i := range st.rows {
		r := &st.rows[i]
		speaks, err := o.speaksOfErased(r.write)
		if err != nil {
			return err
		}
		if !speaks {
			continue
		}
		one := ErasedRow{r.after.Table.Name, r.after.ID}
		if err := o.mark(one); err != nil {
			return err
		}
		if err := o.erase(one); err != nil {
			return err
		}
	}
	return nil
}

// blankErased takes out of a change without effect what it says of erased rows:
// it is kept for a person to read.
func (o *ordering) blankErased(e *Entry, st *staged, w *Writer) error {
	if o.set.erased == 0 || st.own {
		return nil
	}
	c := copyChange(st.signed)
	var failed error
	chain := change.NewChain(w.Name, w.Key[:], o.tx)
	if !chain.Erase(c, func(rw *change.RowWrite) bool {
		speaks, err := o.speaksOfErased(rw)
		if err != nil {
			failed = err
		}
		return speaks
	}) {
		return failed
	}
	st.signed, st.effective = c, c
	e.Body, e.Effective = c.Append(nil), nil
	return failed
}

// checkErased holds that a row which is said to be erased says nothing: the
// chain covers no value of it.
func checkErased(c *change.Change) error {
	for i := range c.Rows {
		rw := &c.Rows[i]
		if rw.Erased == (change.Hash{}) {
			continue
		}
		for _, w := range rw.Writes {
			if w.Reg != schema.Alive && slices.ContainsFunc(w.Vals, func(v change.Value) bool { return v != v.Blank() }) {
				return refuse(codeInvalid, schema.ByNo(rw.Table), "")
			}
		}
	}
	return nil
}

// emptied tells whether passErased has taken the write's effect.
func emptied(rw *change.RowWrite, w change.Write) bool {
	return rw.Erased != (change.Hash{}) && !rw.Creates && len(w.Vals) == 0 && len(w.Seen) == 0
}
