package sim

import (
	"bytes"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/schema"
)

// same merges a member into another that the office sees as well, and fills one
// empty column there, all in one change.
func (w *world) same(o *office, s *Step, member change.ID) error {
	other := w.members[(s.Row+1+s.Unit)%len(w.members)]
	from, into := rowKey{Table: memberTable.No, ID: member}, rowKey{Table: memberTable.No, ID: other}
	is, err := o.state(from, into)
	if err != nil || other == member || is.rows[from] == nil || is.rows[into] == nil || !is.rows[from].Stands() || !is.rows[into].Stands() {
		return err
	}
	for _, key := range []rowKey{from, into} {
		w.oracle.all(is.rows[key], w.oracle.view(o.machine)) // what stood before the history may be replaced by the server
	}
	edits := []replica.Edit{{Table: "member", ID: member, Set: map[string]change.Value{merge.SameAs: change.IDValue(other)}}}
	for _, c := range columns {
		if v := is.rows[from].Value(c); !v.IsNull() && is.rows[into].Value(c).IsNull() {
			edits = append(edits, replica.Edit{Table: "member", ID: other, Set: map[string]change.Value{c: v}})
			break
		}
	}
	return w.write(o, s, false, edits...)
}

var memberTable = schema.ByName("member")

// merges tells whether the write merged its row into another.
func (o *op) merges() bool {
	return o.on.table == memberTable.No && o.on.reg == memberTable.Column(merge.SameAs).RegisterOf() && o.by != unwritten && !o.vals[0].IsNull()
}

// serverName is the author of what the server wrote after somebody.
const serverName = "the server"

// followed notes what the server itself wrote to members since it was last
// asked: what somebody wrote to a row that had been merged into another.
func (w *world) followed(tx server.Tx) error {
	own, err := tx.Setting("writer")
	if err != nil {
		return err
	}
	for _, code := range logs {
		log := w.units[code]
		head, err := tx.Head(log)
		for n := w.told[log] + 1; n <= head && err == nil; n++ {
			var e *server.Entry
			if e, err = tx.Entry(log, n); err == nil {
				name := tx.Name(e.Dot.W)
				if bytes.Equal(name[:], own) {
					err = w.oracle.follow(tx, e, w.ground.worldDot(tx))
				}
			}
		}
		if err != nil {
			return err
		}
		w.told[log] = head
	}
	return nil
}

func (k *oracle) follow(tx server.Tx, e *server.Entry, worldly func(change.Dot) change.Dot) error {
	c, err := change.Decode(e.Body)
	if err != nil {
		return err
	}
	for _, rw := range c.Rows {
		for _, wr := range rw.Writes {
			if k.erased(rw.ID) || rw.Table != memberTable.No || rw.Creates || !slices.Contains(followable, wr.Reg) {
				continue
			}
			o := &op{no: len(k.ops), by: serverName, on: register{rw.Table, rw.ID, wr.Reg}, vals: wr.Vals, at: c.At, dots: []change.Dot{worldly(c.Dot)}, out: true}
			for _, d := range wr.Seen {
				for _, x := range k.of[o.on] {
					if slices.Contains(x.dots, worldly(d)) && x.by != serverName || slices.Equal(x.dots, []change.Dot{worldly(d)}) {
						o.replaces = append(o.replaces, x)
						if !k.stoodElsewhere(x) {
							return broken("%s replaced %s of %s, which nobody had seen at the merged row (I21)", serverName, x, o.on)
						}
					}
				}
			}
			k.add(o)
		}
	}
	return nil
}

// stoodElsewhere tells whether a value that the server replaced was one that
// somebody could have replaced: empty, or the same at another row.
func (k *oracle) stoodElsewhere(x *op) bool {
	if len(x.vals) == 0 || x.vals[0].IsNull() {
		return true
	}
	return slices.ContainsFunc(k.ops, func(o *op) bool {
		return o.on.id != x.on.id && o.on.table == x.on.table && o.on.reg == x.on.reg && slices.Equal(o.vals, x.vals)
	})
}

// followable are the registers that histories write to members that merges
// may concern.
var followable = func() (out []uint16) {
	for _, c := range columns {
		out = append(out, memberTable.Column(c).RegisterOf())
	}
	return append(out, aheadReg)
}()

// one holds that whoever was merged is known by the other row: each value that
// stands in the row that gave way, and that who merged had not seen, stands or
// stood in the one that stays; and nothing is found between the two any more.
func (w *world) one(tx server.Tx) error {
	if w.restored {
		return nil // a merge may have come again before what had come before it
	}
	for _, id := range w.members {
		row, err := tx.Row(memberTable, id)
		if err != nil {
			return err
		}
		if row == nil || row.KeptIn().IsZero() {
			continue
		}
		for at := row; !at.KeptIn().IsZero(); {
			if at, err = tx.Row(memberTable, at.KeptIn()); err != nil || at == nil {
				break
			}
			if at.ID == id {
				return broken("%s is kept in itself (I21)", id)
			}
		}
		if into, failed := tx.Row(memberTable, row.KeptIn()); failed == nil && into != nil {
			err = w.oracle.toldTo(row, into)
		}
		if err != nil {
			return err
		}
		if err := alone(tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (k *oracle) toldTo(row, into *merge.Row) error {
	v := &view{}
	merged := k.opOf(register{memberTable.No, row.ID, memberTable.Column(merge.SameAs).RegisterOf()}, row.Shown(memberTable.Column(merge.SameAs).RegisterOf()), v)
	for _, no := range followable {
		for _, h := range row.Heads(no) {
			if len(h.Vals) == 0 || h.Vals[0].IsNull() {
				continue
			}
			o := k.opOf(register{memberTable.No, row.ID, no}, h, v)
			if slices.Contains(merged.knows, o) || slices.ContainsFunc(merged.knows, func(x *op) bool { return rests(x, o, 0) }) || o.with != nil && o.with == merged {
				continue
			}
			k.held[21]++
			on := register{memberTable.No, into.ID, no}
			if !slices.ContainsFunc(k.of[on], func(x *op) bool { return slices.Equal(x.vals, h.Vals) }) && len(into.Heads(no)) < merge.MaxHeads {
				return broken("%s of %s was written to a merged row, and %s never had it (I21)", o, o.on, into.ID)
			}
		}
	}
	return nil
}

// alone holds that nothing is found of two that are one.
func alone(tx server.Tx, merged change.ID) error {
	return tx.Rows(schema.ByName("finding"), func(f *merge.Row) error {
		a, _ := f.Value("row_a").ID()
		b, _ := f.Value("row_b").ID()
		if (a == merged || b == merged) && f.Value("status").Text() == finding.Open && slices.Contains(finding.Pairs, f.Value("kind").Text()) {
			return broken("%s was merged, and is told to be somebody's double (I21)", merged)
		}
		return nil
	})
}
