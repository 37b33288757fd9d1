package server

import (
	"fmt"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// value is one column that the server writes.
type value struct {
	column string
	val    change.Value
}

func textOf(column, s string) value {
	if s == "" {
		return value{column, change.Null}
	}
	return value{column, change.Text(s)}
}

func idOf(column string, id change.ID) value {
	if id.IsZero() {
		return value{column, change.Null}
	}
	return value{column, change.IDValue(id)}
}

// put makes a change of the server's own that leaves the row with these
// values: the row is created where there is none, brought back where it is
// deleted, and left alone where it says so already. It goes the way of every
// change, so that devices need to know nothing of it. A row that is there is
// ordered in its own log, a new one in the log given.
func (o *ordering) put(table string, id, log change.ID, values ...value) error {
	t := schema.ByName(table)
	old, err := o.tx.Row(t, id)
	if err != nil {
		return err
	}
	if old != nil {
		log, _ = o.tree.log(old.Unit())
	}
	rw, err := draft(t, id, old, values...)
	if err != nil || rw == nil {
		return err
	}
	return o.write(log, *rw)
}

// draft makes the row write that leaves the row with these values; nil where
// it says so already.
func draft(t *schema.Table, id change.ID, old *merge.Row, values ...value) (*change.RowWrite, error) {
	rw := &change.RowWrite{Table: t.No, ID: id, Creates: true}
	if old != nil {
		rw.Birth, rw.Creates = old.Birth, false
		if !old.Exists() {
			rw.Writes = append(rw.Writes, change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: old.HeadDots(schema.Alive)})
		}
	}
	for _, v := range values {
		col := t.Column(v.column)
		if len(t.Registers()[t.RegisterIndex(col.RegisterOf())].Columns) > 1 {
			return nil, fmt.Errorf("server: %s.%s is part of a register of several columns", t.Name, v.column)
		}
		write := change.Write{Reg: col.No, Vals: []change.Value{v.val}}
		if old != nil {
			if old.Value(v.column) == v.val {
				continue
			}
			write.Seen = old.ShownDots(col.No)
		}
		if old != nil || !v.val.IsNull() {
			rw.Writes = append(rw.Writes, write)
		}
	}
	if old != nil && len(rw.Writes) == 0 {
		return nil, nil
	}
	return rw, nil
}

// drop deletes a row that the server itself made; it is left alone where it is
// not there.
func (o *ordering) drop(table string, id change.ID) error {
	t := schema.ByName(table)
	old, err := o.tx.Row(t, id)
	if err != nil || old == nil || !old.Exists() {
		return err
	}
	log, _ := o.tree.log(old.Unit())
	gone := change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: old.AllDots()}
	return o.write(log, change.RowWrite{Table: t.No, ID: id, Birth: old.Birth, Writes: []change.Write{gone}})
}

// write makes one change of the server's own of the row writes.
func (o *ordering) write(log change.ID, rows ...change.RowWrite) error {
	return o.writeFor(change.ID{}, log, rows...)
}

// writeFor is write where a person stands behind the values.
func (o *ordering) writeFor(person, log change.ID, rows ...change.RowWrite) error {
	w, err := o.ownWriter()
	if err != nil {
		return err
	}
	c := &change.Change{Dot: change.Dot{W: w.Ref, N: w.Last + 1}, Person: person, At: o.at, Log: log, Schema: schema.Version, Rows: rows}
	for i := range c.Rows {
		if c.Rows[i].Creates {
			c.Rows[i].Birth = change.Birth{Dot: c.Dot, I: uint16(i)}
		}
	}
	return o.orderOwn(c, w)
}

// orderOwn orders a change of the server's own. That it be refused is a
// mistake of ours, and undoes the whole Update.
func (o *ordering) orderOwn(c *change.Change, w *Writer) error {
	hash := change.NewChain(w.Name, w.Key[:], o.tx).Next(w.Hash, c)
	refused := w.Refused
	before := o.again
	o.again = nil
	defer func() { o.again = before }()
	if err := o.order(c, w, hash, nil); err != nil {
		return err
	}
	if w.Refused != refused {
		return fmt.Errorf("server: own change to table %d was refused", c.Rows[0].Table)
	}
	return nil
}

func (o *ordering) ownWriter() (*Writer, error) {
	w, err := o.writer(o.set.writer)
	if err == nil && w == nil {
		err = fmt.Errorf("server: own writer is missing")
	}
	return w, err
}
