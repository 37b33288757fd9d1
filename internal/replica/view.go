package replica

import (
	"database/sql/driver"
	"slices"
	"sort"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// Origin says who made a change, on which computer, and when by that
// computer's clock.
type Origin struct {
	Dot      change.Dot
	Person   string
	Device   string
	At       time.Time // author's clock; zero: not known here
	ServerAt time.Time // when the server ordered it; zero: not yet
}

// Version is one value of a register.
type Version struct {
	Origin
	N      int // 1 for the one shown, as people count
	Values map[string]change.Value
}

// Conflict is a register whose heads differ.
type Conflict struct {
	ID       change.ID
	Table    *schema.Table
	Row      change.ID
	Title    string // the row's name for people
	Register uint16
	Name     string   // the register's name: its first column, or "alive"
	Differs  []string // columns
	Values   []Version
}

// Conflicts lists the open conflicts.
func (r *Replica) Conflicts() (out []Conflict, err error) {
	err = r.readSealed(func(c *regsql.Conn) error {
		out = nil
		rows, err := c.All("SELECT id, tbl, row, reg FROM sync_conflict ORDER BY tbl, row, reg")
		if err != nil {
			return err
		}
		v := viewer{c: c}
		for _, row := range rows {
			t := schema.ByNo(uint16(regsql.IntOf(row[1])))
			st, _, err := c.Load(t, regsql.IDOf(row[2]))
			if err != nil {
				return err
			}
			if st == nil {
				continue
			}
			con, err := v.conflict(st, uint16(regsql.IntOf(row[3])))
			if err != nil {
				return err
			}
			out = append(out, con)
		}
		return nil
	})
	return out, err
}

// viewer turns dots into people and machines.
type viewer struct{ c *regsql.Conn }

func (v viewer) conflict(row *merge.Row, reg uint16) (Conflict, error) {
	con := Conflict{ID: merge.ConflictID(row.Table.No, row.ID, reg), Table: row.Table, Row: row.ID, Title: title(row), Register: reg, Name: registerName(row.Table, reg)}
	heads := row.Heads(reg)
	if reg == schema.Alive {
		return v.aliveConflict(con, row)
	}
	cols := row.Table.RegisterColumns(reg)
	for _, h := range heads {
		o, err := v.origin(h.Dot)
		if err != nil {
			return con, err
		}
		con.Values = append(con.Values, Version{Origin: o, N: len(con.Values) + 1, Values: named(cols, h.Vals)})
	}
	for _, col := range cols {
		for _, val := range con.Values {
			if val.Values[col] != con.Values[0].Values[col] && !slices.Contains(con.Differs, col) {
				con.Differs = append(con.Differs, col)
			}
		}
	}
	return con, nil
}

// aliveConflict: value 1 is the row as deleted or not; the others are the
// restorations and the edits that the delete had not seen.
func (v viewer) aliveConflict(con Conflict, row *merge.Row) (Conflict, error) {
	con.Differs = []string{"alive"}
	add := func(dot change.Dot, alive int64) error {
		o, err := v.origin(dot)
		con.Values = append(con.Values, Version{Origin: o, N: len(con.Values) + 1, Values: map[string]change.Value{"alive": change.Int(alive)}})
		return err
	}
	for _, h := range row.Alive {
		if err := add(h.Dot, h.Vals[0].Int()); err != nil {
			return con, err
		}
	}
	for _, dot := range row.UnseenByDelete() {
		if err := add(dot, 1); err != nil {
			return con, err
		}
	}
	return con, nil
}

func named(cols []string, vals []change.Value) map[string]change.Value {
	out := map[string]change.Value{}
	for i, c := range cols {
		if i < len(vals) {
			out[c] = vals[i]
		}
	}
	return out
}

func registerName(t *schema.Table, reg uint16) string {
	if cols := t.RegisterColumns(reg); len(cols) > 0 {
		return cols[0]
	}
	return "alive"
}

func title(row *merge.Row) string {
	for _, c := range []string{"full_name", "name", "receipt_no", "label", "label_vi"} {
		if row.Table.Column(c) != nil {
			return row.Value(c).Text()
		}
	}
	return row.ID.String()
}

func (v viewer) origin(dot change.Dot) (Origin, error) {
	o := Origin{Dot: dot}
	row, err := v.c.One(`SELECT c.at, c.at + c.lag, p.full_name FROM sync_change c LEFT JOIN sync_name n ON n.no = c.person LEFT JOIN person p ON p.id = n.id
WHERE c.w = ? AND c.n = ?`, dot.W, dot.N)
	if err != nil {
		return o, err
	}
	if row != nil {
		o.At, o.ServerAt, o.Person = timeOf(row[0]), timeOf(row[1]), regsql.TextOf(row[2])
	} else if err := v.waitingOrigin(&o); err != nil {
		return o, err
	}
	dev, err := v.c.One("SELECT d.label FROM sync_writer w JOIN device d ON w.name IN (d.hand_writer, d.bulk_writer) WHERE w.ref = ?", dot.W)
	if err == nil && dev != nil {
		o.Device = regsql.TextOf(dev[0])
	}
	return o, err
}

// waitingOrigin fills in an own change that has not been ordered yet.
func (v viewer) waitingOrigin(o *Origin) error {
	row, err := v.c.One("SELECT body FROM sync_outbox WHERE w = ? AND n = ?", o.Dot.W, o.Dot.N)
	if err != nil || row == nil {
		return err
	}
	c, err := change.Decode(regsql.BytesOf(row[0]))
	if err != nil {
		return err
	}
	o.At = time.UnixMilli(c.At)
	name, err := metaValue(v.c, "person_name")
	o.Person = regsql.TextOf(name)
	return err
}

func timeOf(v any) time.Time {
	if ms := regsql.IntOf(v); ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// Row returns a row as shown, with its heads; nil if unknown.
func (r *Replica) Row(table string, id change.ID) (row *merge.Row, err error) {
	t := schema.ByName(table)
	if t == nil {
		return nil, fault.New("edit.unknown_table", "table", table)
	}
	err = r.readSealed(func(c *regsql.Conn) error { row, _, err = c.Load(t, id); return err })
	return row, err
}

// readSealed is read where what is shown may be edited: what other programs
// wrote is sealed first, since until then a value stands at the dot of the one
// that it replaced, and a form that remembers that dot would save a rival to
// the value it displayed. Where nothing can be sealed now (a full disk, no
// snapshot yet) people still read.
func (r *Replica) readSealed(f func(c *regsql.Conn) error) error {
	for range 3 {
		some := false
		err := r.read(func(c *regsql.Conn) (err error) {
			if some, err = anyUnsealed(c); err != nil || some {
				return err
			}
			return f(c)
		})
		if err != nil || !some {
			return err
		}
		if err := r.Seal(); err != nil {
			break
		}
	}
	return r.read(f)
}

// Rows returns every row that stands in a table as shown, with its heads,
// all from one state of the file.
func (r *Replica) Rows(table string) (rows []*merge.Row, err error) {
	t := schema.ByName(table)
	if t == nil {
		return nil, fault.New("edit.unknown_table", "table", table)
	}
	err = r.readSealed(func(c *regsql.Conn) error {
		rows = nil
		return c.Each(regsql.SelectRows(t)+"true ORDER BY id", nil, func(v []driver.Value) error {
			row, err := regsql.Scan(t, v)
			rows = append(rows, row)
			return err
		})
	})
	return rows, err
}

// Event is one value that a register has had.
type Event struct {
	Origin
	Register     string
	Values       map[string]change.Value
	Live         bool   // stands now
	SupersededBy Origin // zero while Live
}

// History returns every value that a row has had here, oldest first.
func (r *Replica) History(table string, id change.ID) (out []Event, err error) {
	t := schema.ByName(table)
	if t == nil {
		return nil, fault.New("edit.unknown_table", "table", table)
	}
	err = r.read(func(c *regsql.Conn) error {
		v := viewer{c: c}
		row, _, err := c.Load(t, id)
		if err != nil {
			return err
		}
		if row == nil {
			return fault.New("edit.unknown_row", "table", table, "id", id)
		}
		if out, err = v.past(t, id); err != nil {
			return err
		}
		live, err := v.live(row)
		out = append(out, live...)
		return err
	})
	sort.SliceStable(out, func(i, j int) bool { return out[i].At.Before(out[j].At) })
	return out, err
}

func (v viewer) past(t *schema.Table, id change.ID) (out []Event, err error) {
	rows, err := v.c.All("SELECT reg, w, n, by_w, by_n, vals FROM sync_history WHERE tbl = ? AND id = ?", t.No, id)
	if err != nil {
		return nil, err
	}
	for _, h := range rows {
		reg := uint16(regsql.IntOf(h[0]))
		if reg != schema.Alive && t.RegisterIndex(reg) < 0 {
			continue // a later release's: it can be read after the upgrade
		}
		in := change.Reader{B: regsql.BytesOf(h[5])}
		e := Event{Register: registerName(t, reg), Values: v.values(t, reg, in.Vals())}
		if e.Origin, err = v.origin(change.Dot{W: change.Ref(regsql.IntOf(h[1])), N: uint64(regsql.IntOf(h[2]))}); err != nil {
			return nil, err
		}
		if e.SupersededBy, err = v.origin(change.Dot{W: change.Ref(regsql.IntOf(h[3])), N: uint64(regsql.IntOf(h[4]))}); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (v viewer) values(t *schema.Table, reg uint16, vals []change.Value) map[string]change.Value {
	if reg == schema.Alive {
		return named([]string{"alive"}, vals)
	}
	return named(t.RegisterColumns(reg), vals)
}

func (v viewer) live(row *merge.Row) (out []Event, err error) {
	numbers := append([]uint16{schema.Alive}, allRegisters(row.Table)...)
	for _, no := range numbers {
		for _, h := range row.Heads(no) {
			if empty(h.Vals) {
				continue
			}
			e := Event{Register: registerName(row.Table, no), Values: v.values(row.Table, no, h.Vals), Live: true}
			if e.Origin, err = v.origin(h.Dot); err != nil {
				return nil, err
			}
			out = append(out, e)
		}
	}
	return out, nil
}

func empty(vals []change.Value) bool {
	return !slices.ContainsFunc(vals, func(v change.Value) bool { return !v.IsNull() })
}
