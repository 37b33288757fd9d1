package server

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// The law may want a person's data erased. Then
//
//  1. the rows that hold it are marked, so that nothing more is written to them,
//     and a change of the server's own deletes them and leaves them empty;
//  2. the values go out of everything that stands in the logs: what is sent from
//     here on says as little to whoever reads it late;
//  3. a row of table erasure tells every computer, which takes them out of what
//     it keeps (package replica). It stands behind 1. in the order of the logs, so
//     whoever has read it has done that: its cursor is the acknowledgement.
//
// Cut off anywhere, the same call goes on.

// ErasedRow names a row whose values are erased.
type ErasedRow struct {
	Table string
	Row   change.ID
}

var erasureTable = schema.ByName("erasure")

// keyErased counts the rows that were erased.
const keyErased = "erased"

// erasedKind is the finding that tells an office that a record of its own was
// erased, and why.
const erasedKind = "erased"

// PlanErasure finds all rows to erase with one: those of the same person that were
// merged with it, and what hangs on them, deleted ones too.
func (s *Server) PlanErasure(table string, id change.ID) (list []ErasedRow, err error) {
	err = s.store.View(func(tx Tx) error {
		tree, err := s.treeIn(tx)
		if err != nil {
			return err
		}
		p := &erasurePlan{tx: tx, logs: tree.logs()}
		t := schema.ByName(table)
		if t == nil {
			return fault.New("edit.unknown_table", "table", table)
		}
		row, err := tx.Row(t, id)
		switch {
		case err != nil:
			return err
		case row == nil:
			return fault.New(fault.EraseNoRow, "table", table, "id", id.String())
		case t != memberTable:
			return fault.New(fault.EraseTable, "table", table)
		}
		if err := p.member(row); err != nil {
			return err
		}
		list = p.rows
		return nil
	})
	return list, err
}

type erasurePlan struct {
	tx   Tx
	logs []change.ID
	rows []ErasedRow
}

func (p *erasurePlan) has(id change.ID) bool {
	return slices.ContainsFunc(p.rows, func(r ErasedRow) bool { return r.Row == id })
}

func (p *erasurePlan) add(r *merge.Row) { p.rows = append(p.rows, ErasedRow{r.Table.Name, r.ID}) }

// member adds a member, the rows of the same person, and what hangs on each.
func (p *erasurePlan) member(r *merge.Row) error {
	if p.has(r.ID) {
		return nil
	}
	p.add(r)
	same := []change.ID{r.KeptIn()}
	err := p.tx.RowsBy(memberTable, merge.SameAs, r.ID, func(other *merge.Row) error {
		same = append(same, other.ID)
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range same {
		other, err := p.tx.Row(memberTable, id)
		if err == nil && other != nil {
			err = p.member(other)
		}
		if err != nil {
			return err
		}
	}
	units, err := p.stood(r)
	if err != nil {
		return err
	}
	for _, t := range schema.Tables() {
		for _, unit := range units {
			if !merge.ErasedWith(t) {
				continue
			}
			if err := p.tx.RowsOf(t, unit, func(h *merge.Row) error { return p.hanging(h, r.ID) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// hanging adds a row that names the member. Of a transfer the receiving office
// has a row of its own.
func (p *erasurePlan) hanging(h *merge.Row, member change.ID) error {
	if p.has(h.ID) || !namesRow(h, member) {
		return nil
	}
	p.add(h)
	if h.Table != transferTable {
		return nil
	}
	return p.tx.RowsBy(arrivalTable, "transfer_id", h.ID, func(a *merge.Row) error {
		if !p.has(a.ID) {
			p.add(a)
		}
		return nil
	})
}

func namesRow(r *merge.Row, id change.ID) bool {
	return slices.ContainsFunc(r.Table.Columns, func(c schema.Column) bool {
		v, ok := r.Value(c.Name).ID()
		return ok && v == id
	})
}

// stood lists the units where a row stands and ever stood: what was deleted there
// did not go along.
func (p *erasurePlan) stood(r *merge.Row) ([]change.ID, error) {
	units := []change.ID{r.Unit()}
	for _, log := range p.logs {
		pasts, err := p.tx.Pasts(PastPlace, r.ID, log, 0)
		if err != nil {
			return nil, err
		}
		for _, past := range pasts {
			if unit := change.ID(pad16(past.Value)); !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
	}
	return units, nil
}

// Erase erases rows; the first is the one that was asked for, and why is told to
// its unit. Rows that are not here are erased when they come: a register that was
// restored from a backup may not have them yet.
func (s *Server) Erase(rows []ErasedRow, why string) (entries int, err error) {
	err = s.update(func(o *ordering) error {
		for _, r := range rows {
			if err := o.erase(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if entries, err = s.blankLogs(rows); err != nil {
		return entries, err
	}
	err = s.update(func(o *ordering) error {
		for _, r := range rows {
			if err := o.publishErasure(r); err != nil {
				return err
			}
		}
		return o.tellErased(rows[0], why)
	})
	if err == nil {
		s.spools.clear() // snapshots on their way begin again
		err = s.store.Scrub()
	}
	return entries, err
}

// erase marks a row and takes out what it holds.
func (o *ordering) erase(r ErasedRow) error {
	t := schema.ByName(r.Table)
	if t == nil || t == erasureTable {
		return fault.New("edit.unknown_table", "table", r.Table)
	}
	at, marked, err := o.erasedAt(r.Row)
	if err != nil {
		return err
	}
	if !marked {
		if err := setNumber(o.tx, keyErased, o.set.erased+1); err != nil {
			return err
		}
		if o.set, err = o.s.settingsIn(o.tx); err != nil {
			return err
		}
	}
	row, err := o.tx.Row(t, r.Row)
	if err != nil {
		return err
	}
	if row != nil {
		at.log, _ = o.tree.log(row.Unit())
		if rw, ok := row.Erasing(); ok {
			if err := o.write(at.log, rw); err != nil {
				return err
			}
			marked = false
		}
		if at.num, err = o.tx.Head(at.log); err != nil {
			return err
		}
	}
	if marked {
		return nil
	}
	value := binary.AppendUvarint(append(slices.Clone(at.log[:]), byte(t.No>>8), byte(t.No)), at.num)
	return o.tx.AddPast(Past{Kind: PastErased, Of: r.Row, Num: anyPlace, Value: value})
}

// erasedAt tells whether a row was erased, and behind which place of the logs it
// is empty.
func (o *ordering) erasedAt(row change.ID) (at behind, marked bool, err error) {
	if o.set.erased == 0 {
		return at, false, nil
	}
	list, err := o.tx.Pasts(PastErased, row, change.ID{}, 0)
	if err != nil || len(list) == 0 {
		return at, false, err
	}
	in := change.Reader{B: list[len(list)-1].Value}
	at.log = in.ID()
	in.Bytes(2)
	at.num = in.Uvarint()
	return at, true, in.Err
}

// publishErasure tells every computer, once the row is empty.
func (o *ordering) publishErasure(r ErasedRow) error {
	at, _, err := o.erasedAt(r.Row)
	if err != nil {
		return err
	}
	root := o.tree.root
	if at.num > 0 && at.log != root {
		o.after = []behind{at}
		defer func() { o.after = nil }()
	}
	return o.put(erasureTable.Name, merge.FindingID(erasureTable.Name, r.Row, change.ID{}), root,
		idOf("unit_id", root), textOf("on_table", r.Table), idOf("row_id", r.Row))
}

func (o *ordering) tellErased(r ErasedRow, why string) error {
	t := schema.ByName(r.Table)
	row, err := o.tx.Row(t, r.Row)
	if err != nil || row == nil {
		return err
	}
	return o.putFinding(found{kind: erasedKind, id: merge.FindingID(erasedKind, r.Row, change.ID{}), unit: row.Unit(), table: t, a: r.Row, detail: why, open: true})
}

// speaksOfErased tells whether a row write is of an erased row, or makes one that
// would hang on it.
func (o *ordering) speaksOfErased(rw *change.RowWrite) (bool, error) {
	return merge.SpeaksOf(rw, func(id change.ID) (bool, error) {
		_, erased, err := o.erasedAt(id)
		return erased, err
	})
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
		if err != nil || !speaks {
			return err
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
		st.effective.Rows[i].Writes = nil
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
		if err == nil && speaks {
			err = o.erase(ErasedRow{r.after.Table.Name, r.after.ID})
		}
		if err != nil {
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
	e.Body = c.Append(nil)
	return failed
}

// blankSlice is how many entries one View reads on the way through the logs.
const blankSlice = 2000

// blankLogs takes the values of erased rows out of all entries. It reads all logs;
// nobody waits for it.
func (s *Server) blankLogs(rows []ErasedRow) (entries int, err error) {
	ids := map[change.ID]bool{}
	for _, r := range rows {
		ids[r.Row] = true
	}
	var tree *tree
	if err := s.store.View(func(tx Tx) (err error) { tree, err = s.treeIn(tx); return err }); err != nil {
		return 0, err
	}
	for _, log := range tree.logs() {
		for from, more := uint64(1), true; more; from += blankSlice {
			var hits []uint64
			err := s.store.View(func(tx Tx) (err error) {
				hits, more, err = naming(tx, log, from, ids)
				return err
			})
			if err != nil {
				return entries, err
			}
			if len(hits) == 0 {
				continue
			}
			err = s.update(func(o *ordering) error {
				n, err := o.blankEntries(log, hits, ids)
				entries += n
				return err
			})
			if err != nil {
				return entries, err
			}
		}
	}
	return entries, nil
}

// naming lists the numbers of a slice of a log whose entries name any of the rows.
func naming(tx Tx, log change.ID, from uint64, ids map[change.ID]bool) (hits []uint64, more bool, err error) {
	head, err := tx.Head(log)
	if err != nil {
		return nil, false, err
	}
	for n := from; n < from+blankSlice && n <= head; n++ {
		e, err := tx.Entry(log, n)
		if err != nil {
			return nil, false, err
		}
		for id := range ids {
			if bytes.Contains(e.Body, id[:]) || bytes.Contains(e.Places, id[:]) {
				hits = append(hits, n)
				break
			}
		}
	}
	return hits, from+blankSlice <= head, nil
}

func (o *ordering) blankEntries(log change.ID, nums []uint64, ids map[change.ID]bool) (n int, err error) {
	for _, num := range nums {
		e, err := o.tx.Entry(log, num)
		if err != nil {
			return n, err
		}
		changed, err := o.blankEntry(e, ids)
		if err != nil {
			return n, err
		}
		if !changed {
			continue
		}
		if err := o.tx.Rewrite(e); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// blankEntry takes the values of the rows out of an entry.
func (o *ordering) blankEntry(e *Entry, ids map[change.ID]bool) (changed bool, err error) {
	if len(e.Body) == 0 {
		return false, nil
	}
	w, err := o.writer(e.Dot.W)
	if err != nil {
		return false, err
	}
	of := func(rw *change.RowWrite) bool { return ids[rw.ID] }
	c, err := change.Decode(e.Body)
	if err != nil {
		return false, err
	}
	if changed = change.NewChain(w.Name, w.Key[:], o.tx).Erase(c, of); changed {
		e.Body = c.Append(nil)
	}
	if changed && e.Effective != nil {
		wide, err := change.Decode(e.Effective)
		if err != nil {
			return false, err
		}
		for i := range wide.Rows {
			if of(&wide.Rows[i]) {
				wide.Rows[i] = wide.Rows[i].Blank(c.Rows[i].Erased)
			}
		}
		e.Effective = wide.Append(nil)
	}
	places, moved, err := blankPlaces(e.Places, ids)
	e.Places = places
	return changed || moved, err
}

// Erasure is what became of the erasing of one row.
type Erasure struct {
	ErasedRow
	At        int64     // ms since 1970
	Confirmed int       // computers that have taken it out of what they keep
	Waiting   []*Device // those that have not said so yet, revoked ones too
}

// Erasures lists all that was erased, the latest last. A computer has confirmed
// it when its cursor has passed the row that tells of it.
func (s *Server) Erasures() (list []Erasure, err error) {
	err = s.store.View(func(tx Tx) error {
		set, err := s.settingsIn(tx)
		if err != nil {
			return err
		}
		devices, err := tx.Devices()
		if err != nil {
			return err
		}
		return tx.Rows(erasureTable, func(r *merge.Row) error {
			e := Erasure{ErasedRow: ErasedRow{Table: r.Value("on_table").Text()}}
			e.Row, _ = r.Value("row_id").ID()
			made, _, err := tx.Made(r.Birth.Dot)
			if err != nil {
				return err
			}
			link, _, err := tx.Link(r.Birth.Dot)
			if err != nil {
				return err
			}
			e.At = made.At
			for _, d := range devices {
				if d.Seen.Epoch == set.epoch && d.Seen.Logs[link.Log] >= link.Num && !d.Revoked {
					e.Confirmed++
				} else {
					e.Waiting = append(e.Waiting, d)
				}
			}
			list = append(list, e)
			return nil
		})
	})
	slices.SortStableFunc(list, func(a, b Erasure) int { return cmp.Compare(a.At, b.At) })
	return list, err
}
