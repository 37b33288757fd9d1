package replica

import (
	"io"
	"slices"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/viet"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// Edit is what a person does to one row.
type Edit struct {
	Table string
	ID    change.ID               // zero: a new row
	Set   map[string]change.Value // by column; of a register of several columns the others keep their shown values
	// Shown gives, by register, the dots that the person's form displayed, so
	// that what arrived behind the form's back is not overwritten silently. A
	// register without an entry was shown as the row stands.
	Shown   map[uint16][]change.Dot
	Settle  bool // supersede every head of the written registers, also where the value is the one shown
	Delete  bool
	Restore bool // undelete
	Bulk    bool // part of an import: hand edits overtake it
}

// Commit writes the edits as one transaction and, where they belong to one
// log, one change. It returns the ids of the rows. Nothing is written where an
// edit is wrong.
func (r *Replica) Commit(edits ...Edit) ([]change.ID, error) {
	return r.author(edits, func(p *pen) ([]change.ID, error) { return p.commit(edits) })
}

// CommitEach writes every edit as a change of its own, many to a transaction:
// how an import writes, since a change is refused whole or not at all.
func (r *Replica) CommitEach(edits []Edit) (ids []change.ID, err error) {
	for len(edits) > 0 {
		some := edits[:min(len(edits), sealBatch/2)]
		edits = edits[len(some):]
		got, err := r.author(some, func(p *pen) (ids []change.ID, err error) {
			for i := range some {
				one, err := p.commit(some[i : i+1])
				if err != nil {
					return nil, err
				}
				ids = append(ids, one...)
			}
			return ids, nil
		})
		if err != nil {
			return ids, err
		}
		ids = append(ids, got...)
		if len(edits) > 0 {
			time.Sleep(r.env.Pace)
		}
	}
	return ids, nil
}

func (r *Replica) author(edits []Edit, f func(*pen) ([]change.ID, error)) (ids []change.ID, err error) {
	err = r.sealed(func() error {
		kind := Hand
		if len(edits) > 0 && edits[0].Bulk {
			kind = Bulk
		}
		p, err := r.pen(kind)
		if err != nil {
			return err
		}
		if ids, err = f(p); err != nil {
			return err
		}
		return p.end()
	})
	return ids, err
}

// mustBeReady refuses writes before the first snapshot is complete: until
// then the file does not know its own units.
func (r *Replica) mustBeReady() error {
	ready, err := metaInt(r.w, "ready")
	if err == nil && ready == 0 {
		err = fault.New("replica.not_ready", "path", r.path)
	}
	return err
}

// draft is an edit made into a row write.
type draft struct {
	rw     change.RowWrite
	before *merge.Row
	place  regsql.Place
	log    change.ID
}

func (p *pen) commit(edits []Edit) (ids []change.ID, err error) {
	var drafts []draft
	for i := range edits {
		d, err := p.draft(&edits[i])
		if err != nil {
			return nil, err
		}
		ids = append(ids, d.rw.ID)
		if len(d.rw.Writes) > 0 {
			drafts = append(drafts, d)
		}
	}
	return ids, p.write(drafts)
}

// write makes one change for each log that the drafts belong to; several share
// a group.
func (p *pen) write(drafts []draft) error {
	group := uint64(0)
	for len(drafts) > 0 {
		log := drafts[0].log
		c, err := p.begin(log)
		if err != nil {
			return err
		}
		var rest []draft
		for _, d := range drafts {
			if d.log != log {
				rest = append(rest, d)
				continue
			}
			p.add(c, &d)
			if err := p.edit(c, len(c.Rows)-1, d.before, d.place); err != nil {
				return err
			}
		}
		if group == 0 && len(rest) > 0 {
			group = c.N
		}
		c.Group = group
		if wire.EstimateSize(c) > wire.MaxChange {
			return fault.New("edit.too_large", "rows", len(c.Rows))
		}
		if err := p.seal(c); err != nil {
			return err
		}
		drafts = rest
	}
	return nil
}

func (p *pen) add(c *change.Change, d *draft) {
	if d.rw.Creates {
		d.rw.Birth = change.Birth{Dot: c.Dot, I: uint16(len(c.Rows))}
	}
	c.Rows = append(c.Rows, d.rw)
}

func (p *pen) draft(e *Edit) (d draft, err error) {
	id, t := e.ID, schema.ByName(e.Table)
	if t != nil {
		if err := p.r.mayEdit(t); err != nil {
			return d, err
		}
	}
	if t != nil && !id.IsZero() {
		if d.before, d.place, err = p.r.w.Load(t, id); err != nil {
			return d, err
		}
	} else if id, err = p.r.newID(); err != nil {
		return d, err
	}
	if d.rw, err = Draft(id, d.before, e); err == nil {
		err = p.r.mayBeWritten(&d.rw)
	}
	if err != nil {
		return d, err
	}
	d.log, err = p.r.logOf(draftUnit(id, d.before, e))
	return d, err
}

// Draft makes an edit into what a change writes to the row as it is shown
// (before; nil: the edit creates it). It is pure. Of a row that it creates the
// birth is left to the caller.
func Draft(id change.ID, before *merge.Row, e *Edit) (change.RowWrite, error) {
	t := schema.ByName(e.Table)
	if t == nil {
		return change.RowWrite{}, fault.New("edit.unknown_table", "table", e.Table)
	}
	for name := range e.Set {
		if t.Column(name) == nil {
			return change.RowWrite{}, fault.New("edit.unknown_column", "table", e.Table, "column", name)
		}
	}
	if before == nil {
		return draftCreation(t, id, e)
	}
	return draftChange(t, before, e)
}

// draftUnit is the unit whose log orders the edit.
func draftUnit(id change.ID, before *merge.Row, e *Edit) change.ID {
	t := schema.ByName(e.Table)
	if before != nil {
		return before.Unit()
	}
	column := t.Scope
	if column == "id" {
		column = "parent_id"
	}
	unit, ok := e.Set[column].ID()
	if !ok && t.Scope == "id" {
		return id
	}
	return unit
}

func draftCreation(t *schema.Table, id change.ID, e *Edit) (change.RowWrite, error) {
	row := merge.NewRow(t, id, change.Birth{})
	rw := change.RowWrite{Table: t.No, ID: id, Creates: true}
	if e.Delete || e.Restore || e.Settle {
		return rw, fault.New("edit.unknown_row", "table", t.Name, "id", id)
	}
	for _, reg := range t.Registers() {
		vals, err := newValues(t, reg, row, e.Set)
		if err != nil {
			return rw, err
		}
		if slices.ContainsFunc(vals, func(v change.Value) bool { return !v.IsNull() }) {
			rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals})
		}
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.NotNull && e.Set[c.Name].IsNull() {
			return rw, fault.New("edit.required", "table", t.Name, "column", c.Name)
		}
	}
	return rw, nil
}

func draftChange(t *schema.Table, before *merge.Row, e *Edit) (change.RowWrite, error) {
	rw := change.RowWrite{Table: t.No, ID: before.ID, Birth: before.Birth}
	if before.Posted() {
		return rw, fault.New("edit.posted", "table", t.Name)
	}
	for _, reg := range t.Registers() {
		vals, err := newValues(t, reg, before, e.Set)
		if err != nil {
			return rw, err
		}
		named := slices.ContainsFunc(reg.Columns, func(ci int) bool { _, ok := e.Set[t.Columns[ci].Name]; return ok })
		switch {
		case !named:
		case e.Settle:
			seen, ok := e.Shown[reg.No]
			if !ok {
				seen = before.HeadDots(reg.No)
			}
			rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals, Seen: seen})
		default:
			seen, shown := seenBy(before, reg.No, e.Shown)
			if !slices.Equal(vals, shown) {
				if t.Columns[reg.Columns[0]].Name == merge.SameAs && !vals[0].IsNull() {
					seen = before.SeenByMerge(seen)
				}
				rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals, Seen: seen})
			}
		}
	}
	rw.Writes = append(rw.Writes, aliveWrites(before, e, len(rw.Writes) > 0)...)
	return rw, nil
}

// seenBy returns the dots that an ordinary write supersedes and the value that
// its author was shown at them.
func seenBy(row *merge.Row, reg uint16, shown map[uint16][]change.Dot) ([]change.Dot, []change.Value) {
	dots, ok := shown[reg]
	if !ok {
		return row.ShownDots(reg), row.Shown(reg).Vals
	}
	for _, h := range row.Heads(reg) {
		if slices.Contains(dots, h.Dot) {
			return dots, h.Vals
		}
	}
	return dots, nil // superseded meanwhile: whatever is typed is a write
}

func aliveWrites(row *merge.Row, e *Edit, edits bool) []change.Write {
	exists := row.Exists()
	switch {
	case e.Delete && (exists || e.Settle):
		return []change.Write{{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: row.AllDots()}}
	case !exists && (e.Restore || edits), e.Restore && e.Settle:
		return []change.Write{{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: row.HeadDots(schema.Alive)}}
	}
	return nil
}

// newValues returns the register's values after set is put over what the row shows.
func newValues(t *schema.Table, reg schema.Register, row *merge.Row, set map[string]change.Value) ([]change.Value, error) {
	vals := slices.Clone(row.Shown(reg.No).Vals)
	if len(vals) != len(reg.Columns) {
		vals = make([]change.Value, len(reg.Columns))
	}
	for i, ci := range reg.Columns {
		c := &t.Columns[ci]
		v, ok := set[c.Name]
		if !ok {
			continue
		}
		v, ok = fit(c, v)
		if !ok {
			return nil, fault.New("edit.type", "table", t.Name, "column", c.Name, "value", v.String())
		}
		if v.IsNull() && c.NotNull {
			return nil, fault.New("edit.required", "table", t.Name, "column", c.Name)
		}
		vals[i] = v
	}
	return vals, nil
}

// fit gives a value the column's storage type, as SQLite's STRICT would, and
// text its one normal form.
func fit(c *schema.Column, v change.Value) (change.Value, bool) {
	want := map[string]change.Kind{"TEXT": change.KindText, "INTEGER": change.KindInt, "REAL": change.KindReal, "BLOB": change.KindBlob}[c.SQLType()]
	switch {
	case v.IsNull():
		return v, true
	case want == change.KindText && v.Kind() == change.KindText:
		return change.Text(viet.NFC(v.Text())), true
	case want == change.KindReal && v.Kind() == change.KindInt:
		return change.Real(float64(v.Int())), true
	}
	return v, v.Kind() == want
}

// newID makes a UUIDv7-shaped id: rows made together lie together.
func (r *Replica) newID() (id change.ID, err error) {
	if _, err := io.ReadFull(r.env.Rand, id[6:]); err != nil {
		return id, err
	}
	ms := r.env.Now().UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}
