package replica

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/viet"
	"dongbo/schema"
)

// sealBatch is what one transaction takes of work that costs much a row.
const sealBatch = 400

// One sealing transaction ends when it has taken sealTime or sealMost rows; it
// looks at the clock after every sealPiece of them.
const (
	sealTime  = 25 * time.Millisecond
	sealMost  = 2000
	sealPiece = 200
)

// bulkFrom is how many captured rows make another program's writing bulk work,
// which hand edits may overtake.
const bulkFrom = 50

// Seal turns everything that other programs wrote into changes, one a row, in
// short transactions.
func (r *Replica) Seal() error {
	for {
		more, err := r.sealSome()
		if err != nil || !more {
			return err
		}
		time.Sleep(r.env.Pace)
	}
}

// sealSome seals in one transaction and tells whether there may be more.
func (r *Replica) sealSome() (more bool, err error) {
	some, err := r.unsealed()
	if err != nil || !some {
		return false, err
	}
	err = r.write(func() error {
		if ready, err := metaInt(r.w, "ready"); err != nil || ready == 0 {
			return err
		}
		kind, err := r.strangerKind()
		if err != nil {
			return err
		}
		p, err := r.pen(kind)
		if err != nil {
			return err
		}
		began := r.env.Now()
		more = true
		for n := 0; more && n < sealMost && r.env.Now().Sub(began) < sealTime; n += sealPiece {
			if more, err = p.sealPiece(sealPiece); err != nil {
				return err
			}
		}
		return p.end()
	})
	return more, err
}

// sealPiece seals up to left rows and tells whether there may be more.
func (p *pen) sealPiece(left int) (more bool, err error) {
	tables, err := sealable(p.r.w)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		for _, step := range []func(*schema.Table, int) (int, error){p.sealReplaced, p.sealNew, p.sealUpdated} {
			n, err := step(t, left)
			if err == nil {
				err = p.flush(t)
			}
			if err != nil {
				return false, fmt.Errorf("seal %s: %w", t.Name, err)
			}
			if left -= n; left <= 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// unsealed tells, without the write lock, whether another program wrote.
func (r *Replica) unsealed() (some bool, err error) {
	err = r.read(func(c *regsql.Conn) error {
		some, err = anyUnsealed(c)
		return err
	})
	return some, err
}

func anyUnsealed(c *regsql.Conn) (bool, error) {
	tables, err := sealable(c)
	if err != nil {
		return false, err
	}
	return unsealedIn(c, tables)
}

func unsealedIn(c *regsql.Conn, tables []*schema.Table) (bool, error) {
	q := "SELECT EXISTS (SELECT 1 FROM " + schema.CaptureTable + ")"
	for _, t := range tables {
		q += " OR EXISTS (SELECT 1 FROM " + t.Name + " WHERE sync_birth IS NULL) OR EXISTS (SELECT 1 FROM " + t.ShadowTable() + ")"
	}
	n, err := c.Int(q)
	return n != 0, err
}

// errUnsealed tells that another program wrote between sealing and the
// transaction that needed everything sealed: seal and try again.
var errUnsealed = errors.New("replica: unsealed writes")

// sealed runs f in a write transaction in which nothing is unsealed: whatever
// other programs wrote comes before it, with what they were shown. Before the
// first snapshot is complete nothing can be sealed, and f does not run.
func (r *Replica) sealed(f func() error) error {
	for {
		err := r.write(func() error {
			if err := r.mustBeReady(); err != nil {
				return err
			}
			if some, err := anyUnsealed(r.w); err != nil || some {
				return errors.Join(err, errUnsealed)
			}
			return f()
		})
		if !errors.Is(err, errUnsealed) {
			return err
		}
		if err := r.Seal(); err != nil {
			return err
		}
	}
}

func (r *Replica) strangerKind() (Kind, error) {
	tables, err := sealable(r.w)
	if err != nil {
		return Hand, err
	}
	n, err := r.w.Int(fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s LIMIT %d)", schema.CaptureTable, bulkFrom))
	for _, t := range tables {
		if err != nil || n >= bulkFrom {
			break
		}
		var m int64
		m, err = r.w.Int(fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE sync_birth IS NULL LIMIT %d)", t.Name, bulkFrom))
		n += m
	}
	if n >= bulkFrom {
		return Bulk, err
	}
	return Hand, err
}

// sealNew seals rows that other programs inserted.
func (p *pen) sealNew(t *schema.Table, limit int) (int, error) {
	rows, err := p.r.w.All(regsql.SelectRows(t)+"sync_birth IS NULL ORDER BY id LIMIT ?", limit)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	gone, err := p.r.w.Int("SELECT count(*) FROM (SELECT 1 FROM sync_gone WHERE tbl = ? LIMIT 1)", t.No)
	if err != nil {
		return 0, err
	}
	for _, v := range rows {
		row, mended, err := scanForeign(t, v)
		if err != nil {
			return 0, err
		}
		if gone > 0 {
			back, err := p.sealReturned(row)
			if err != nil {
				return 0, err
			}
			if back {
				continue
			}
		}
		if err := p.sealInserted(row, mended); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// scanForeign reads a row as another program left it, text in normal form;
// mended tells that the table still holds another form.
func scanForeign(t *schema.Table, v []driver.Value) (row *merge.Row, mended bool, err error) {
	if row, err = regsql.Scan(t, v); err != nil {
		return nil, false, err
	}
	for i := range row.Regs {
		vals := row.Shown(t.Registers()[i].No).Vals
		for j := range vals {
			if vals[j].Kind() != change.KindText {
				continue
			}
			if nfc := viet.NFC(vals[j].Text()); nfc != vals[j].Text() {
				vals[j], mended = change.Text(nfc), true
			}
		}
	}
	return row, mended, nil
}

func (p *pen) sealInserted(row *merge.Row, mended bool) error {
	t := row.Table
	log, err := p.r.logOf(homeUnit(row))
	if err != nil {
		return err
	}
	c, err := p.begin(log)
	if err != nil {
		return err
	}
	row.Birth = change.Birth{Dot: c.Dot}
	rw := change.RowWrite{Table: t.No, ID: row.ID, Birth: row.Birth, Creates: true}
	for i, reg := range t.Registers() {
		vals := row.Regs[i][0].Vals
		row.Regs[i][0].Dot = c.Dot
		if slices.ContainsFunc(vals, func(v change.Value) bool { return !v.IsNull() }) {
			rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals})
		}
	}
	c.Rows = []change.RowWrite{rw}
	if mended {
		if err := p.r.w.Rewrite(row); err != nil {
			return err
		}
	}
	p.born = append(p.born, row)
	p.sealLater(c)
	return p.r.derive(nil, row)
}

// homeUnit is the unit whose log orders a row that is being created.
func homeUnit(row *merge.Row) change.ID {
	if row.Table.Scope == "id" {
		if parent, ok := row.Value("parent_id").ID(); ok {
			return parent
		}
	}
	return row.Unit()
}

// sealReturned handles a row inserted under the id of a deleted one: it is
// that row, edited and brought back.
func (p *pen) sealReturned(now *merge.Row) (bool, error) {
	before, place, err := p.r.w.Load(now.Table, now.ID)
	if err != nil || before == nil || place != regsql.Gone {
		return false, err
	}
	if err := p.r.w.RemoveFromTable(now.Table, now.ID); err != nil {
		return false, err
	}
	writes := append(diff(before, now), change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: before.HeadDots(schema.Alive)})
	return true, p.sealWrites(before, regsql.Gone, writes)
}

// sealReplaced seals rows that other programs replaced or deleted: the shadow
// table holds them as they were.
func (p *pen) sealReplaced(t *schema.Table, limit int) (int, error) {
	cols := "id, sync_birth, sync_version"
	for i := range t.Columns {
		cols += ", " + t.Columns[i].Name
	}
	rows, err := p.r.w.All("SELECT "+cols+" FROM "+t.ShadowTable()+" LIMIT ?", limit)
	if err != nil {
		return 0, err
	}
	for _, v := range rows {
		old, err := regsql.Scan(t, v)
		if err != nil {
			return 0, err
		}
		if err := p.sealShadow(old); err != nil {
			return 0, err
		}
		if err := p.r.w.Exec("DELETE FROM "+t.ShadowTable()+" WHERE id = ?", old.ID); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

func (p *pen) sealShadow(old *merge.Row) error {
	t := old.Table
	if err := p.restoreCaptured(old); err != nil {
		return err
	}
	v, err := p.r.w.One(regsql.SelectRows(t)+"id = ?", old.ID)
	switch {
	case err != nil:
		return err
	case v == nil:
		return p.sealDeleted(old)
	case v[1] != nil:
		return nil // an upsert: the row was never replaced, its updates are captured
	}
	now, mended, err := scanForeign(t, v)
	if err != nil {
		return err
	}
	if err := p.r.w.Readopt(old, now, mended); err != nil {
		return err
	}
	return p.sealWrites(old, regsql.InTable, diff(old, now))
}

func (p *pen) sealDeleted(old *merge.Row) error {
	return p.sealWrites(old, regsql.Nowhere, []change.Write{{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: old.AllDots()}})
}

// restoreCaptured takes back, in memory, what was updated before the row was
// replaced or deleted, and uses the captures up.
func (p *pen) restoreCaptured(row *merge.Row) error {
	v, err := p.r.w.One(regsql.SelectRows(row.Table)+"id = ?", row.ID)
	if err != nil || v != nil && v[1] != nil {
		return err // still standing: sealUpdated reads the captures
	}
	return p.takeCaptures(row)
}

func (p *pen) takeCaptures(row *merge.Row) error {
	caps, err := p.r.w.All("SELECT col, old FROM "+schema.CaptureTable+" WHERE tbl = ? AND id = ?", row.Table.No, row.ID)
	if err != nil || len(caps) == 0 {
		return err
	}
	if err := restore(row, caps); err != nil {
		return err
	}
	return p.r.w.Exec("DELETE FROM "+schema.CaptureTable+" WHERE tbl = ? AND id = ?", row.Table.No, row.ID)
}

// restore puts captured values, each a column's number and what stood there,
// back into the row.
func restore(row *merge.Row, captures [][]driver.Value) error {
	for _, c := range captures {
		if err := setShown(row, uint16(regsql.IntOf(c[0])), c[1]); err != nil {
			return err
		}
	}
	return nil
}

// setShown puts a column's value back into the head that is shown.
func setShown(row *merge.Row, col uint16, old driver.Value) error {
	val, err := change.FromAny(old)
	if err != nil {
		return err
	}
	for i, reg := range row.Table.Registers() {
		for j, ci := range reg.Columns {
			if row.Table.Columns[ci].No != col {
				continue
			}
			shown := row.Shown(reg.No)
			vals := slices.Clone(row.Stored(reg.No))
			vals[j] = val
			row.Regs[i] = slices.Clone(row.Regs[i]) // clones of the row share its heads
			for k := range row.Regs[i] {
				if row.Regs[i][k].Dot == shown.Dot {
					row.Regs[i][k].Vals = vals
				}
			}
		}
	}
	return nil
}

// diff returns the writes that make before show what now shows. What stood in
// the row is what another program was shown.
func diff(before, now *merge.Row) []change.Write {
	var out []change.Write
	for _, reg := range before.Table.Registers() {
		vals := now.Shown(reg.No).Vals
		if !slices.Equal(before.Shown(reg.No).Vals, vals) {
			out = append(out, change.Write{Reg: reg.No, Vals: vals, Seen: before.ShownDots(reg.No)})
		}
	}
	return out
}

// sealWrites seals writes to one row as one change; none makes no change.
func (p *pen) sealWrites(before *merge.Row, place regsql.Place, writes []change.Write) error {
	if len(writes) == 0 {
		return nil
	}
	c, err := p.changeOf(before, writes)
	if err != nil {
		return err
	}
	if err := p.edit(c, 0, before, place); err != nil {
		return err
	}
	return p.seal(c)
}

// changeOf begins the change that makes these writes to one row.
func (p *pen) changeOf(before *merge.Row, writes []change.Write) (*change.Change, error) {
	log, err := p.r.logOf(before.Unit())
	if err != nil {
		return nil, err
	}
	c, err := p.begin(log)
	if err != nil {
		return nil, err
	}
	c.Rows = []change.RowWrite{{Table: before.Table.No, ID: before.ID, Birth: before.Birth, Writes: writes}}
	return c, nil
}

// rewrite puts a row's normalised text into its table. The triggers take that
// for another program's update; it is ours, so the captures go.
func (p *pen) rewrite(row *merge.Row) error {
	if err := p.r.w.Rewrite(row); err != nil {
		return err
	}
	return p.r.w.Exec("DELETE FROM "+schema.CaptureTable+" WHERE tbl = ? AND id = ?", row.Table.No, row.ID)
}
