package benchtool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
	"dongbo/schema"
)

// many is the part with a province's worth of members: what capturing other
// programs' writes costs, and what syncing adds to the file.
type many struct {
	*world
	w       *synth.Workload
	table   *schema.Table
	columns []string // those that the workload fills
	insert  string
	rows    [][]any
	updates [][]any // statement, value, id
	own     string  // the replica that entered the members
	got     string  // the one that received them
}

func (b *bench) many() (err error) {
	w := synth.NewWorkload(seed+1, synth.Sizes{Units: 40, Members: b.o.Many, Edits: max(1, b.o.Many/4), Dues: 1,
		Conc: 1, Overlap: 1, SameColumn: 1})
	x, err := b.newWorld("many", w)
	if err != nil {
		return err
	}
	m := &many{world: x, w: w, table: schema.ByName("member")}
	defer func() { err = errors.Join(err, m.close()) }()
	for _, part := range []struct {
		name string
		do   func() error
	}{{"template", m.template}, {"capture_insert", m.captureInsert}, {"metadata_own", m.metadataOwn},
		{"metadata", m.metadata}, {"capture_update", m.captureUpdate}, {"commit", m.commit}} {
		if err := b.timed("many."+part.name, part.do); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func (m *many) file(name string) string { return m.b.path("many/" + name + ".db") }

// template enrols one empty replica, to be copied, and prepares the rows.
func (m *many) template() error {
	r, err := m.enrol("template")
	if err != nil {
		return err
	}
	if err := errors.Join(m.mapUnits(r, m.w.Units), r.Close()); err != nil {
		return err
	}
	for c := range m.w.Members[0].Set {
		m.columns = append(m.columns, c)
	}
	slices.Sort(m.columns)
	m.insert = "INSERT INTO member (id, " + strings.Join(m.columns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(m.columns)) + ")"
	for _, row := range m.w.Members {
		args := []any{row.ID[:]}
		for _, c := range m.columns {
			args = append(args, m.value(row.Set[c]))
		}
		m.rows = append(m.rows, args)
	}
	for _, e := range m.w.Edits {
		for c, v := range e.Set {
			m.updates = append(m.updates, []any{"UPDATE member SET " + c + " = ? WHERE id = ?", m.value(v), e.ID[:]})
			break
		}
	}
	return nil
}

// value turns the workload's unit ids into the register's.
func (m *many) value(v any) any {
	if raw, ok := v.([]byte); ok {
		id := m.units[synth.ID(raw)]
		return id[:]
	}
	return v
}

// work is one program's writing: a prepared statement in one transaction, on a
// connection that knows nothing of syncing.
func work(path string, f func(c *regsql.Conn) error) (took span, err error) {
	c, err := regsql.Open(path, regsql.Options{})
	if err != nil {
		return took, err
	}
	if err := c.Exec("SELECT count(*) FROM member"); err != nil { // the schema is read
		return took, errors.Join(err, c.Close())
	}
	took, err = measure(func() error { return c.Write(func() error { return f(c) }) })
	return took, errors.Join(err, c.Close())
}

// span is how long something took, and how much of the processors' time.
type span struct{ wall, cpu time.Duration }

func measure(f func() error) (s span, err error) {
	runtime.GC() // what came before is not of this
	began, used := time.Now(), cpuTime()
	err = f()
	return span{time.Since(began), cpuTime() - used}, err
}

func (s span) plus(o span) span { return span{s.wall + o.wall, s.cpu + o.cpu} }

func (m *many) insertAll(c *regsql.Conn) error {
	for _, args := range m.rows {
		if err := c.Exec(m.insert, args...); err != nil {
			return err
		}
	}
	return nil
}

func (m *many) updateAll(c *regsql.Conn) error {
	for _, u := range m.updates {
		if err := c.Exec(u[0].(string), u[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// seal seals what a replica's file holds of others' writes.
func (m *many) seal(path string) (took span, err error) {
	r, err := replica.Open(path, replica.Env{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return took, err
	}
	took, err = measure(r.Seal)
	return took, errors.Join(err, r.Close())
}

// plainFile makes a database with the plain table of members alone.
func (m *many) plainFile(path string) error {
	if err := discard(path); err != nil {
		return err
	}
	c, err := regsql.Open(path, regsql.Options{})
	if err != nil {
		return err
	}
	return errors.Join(c.Exec(m.table.CreateTable(true)), c.Close())
}

// costs are the shortest times of the rounds.
type costs struct{ plain, written, sealed span }

func (c *costs) add(plain, written, sealed span) {
	least := func(to *time.Duration, d time.Duration) {
		if *to == 0 || d < *to {
			*to = d
		}
	}
	for _, p := range []struct {
		to *span
		s  span
	}{{&c.plain, plain}, {&c.written, written}, {&c.sealed, written.plus(sealed)}} {
		least(&p.to.wall, p.s.wall)
		least(&p.to.cpu, p.s.cpu)
	}
}

func (c *costs) ratios(sealed, unsealed, cpu *float64) {
	*sealed, *unsealed = c.sealed.wall.Seconds()/c.plain.wall.Seconds(), c.written.wall.Seconds()/c.plain.wall.Seconds()
	*cpu = c.sealed.cpu.Seconds() / c.plain.cpu.Seconds()
}

// captureInsert inserts all members with plain SQL, by turns into a plain
// table and into an empty replica, which is then sealed.
func (m *many) captureInsert() error {
	plain, into := m.file("plain"), m.file("own")
	var c costs
	for range m.b.o.captureTurns {
		if err := m.plainFile(plain); err != nil {
			return err
		}
		if err := copyFile(m.file("template"), into); err != nil {
			return err
		}
		if err := m.turn(&c, plain, into, m.insertAll); err != nil {
			return err
		}
	}
	m.own = into
	c.ratios(&m.b.f.CaptureInsert, &m.b.f.CaptureInsertUnsealed, &m.b.f.CaptureInsertCPU)
	m.b.f.Seconds["many.plain_insert"] = c.plain.wall.Seconds()
	return nil
}

// turn does the same work on a plain table and on a replica, which is then sealed.
func (m *many) turn(c *costs, plain, into string, what func(c *regsql.Conn) error) error {
	base, err := work(plain, what)
	if err != nil {
		return err
	}
	written, err := work(into, what)
	if err != nil {
		return err
	}
	sealed, err := m.seal(into)
	if err == nil {
		c.add(base, written, sealed)
	}
	return err
}

// metadataOwn sends the members to the server and weighs the sender.
func (m *many) metadataOwn() error {
	r, err := replica.Open(m.own, m.env())
	if err != nil {
		return err
	}
	_, err = m.sync(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	w, err := weigh(m.own, m.b.path("weigh"))
	m.b.f.MetadataPerRowOwn = w.perRow()
	return err
}

// metadata weighs a replica that received the members by snapshot.
func (m *many) metadata() error {
	r, err := m.enrol("got")
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	m.got = m.file("got")
	w, err := weigh(m.got, m.b.path("weigh"))
	m.b.f.MetadataPerRow, m.b.f.FileRatioFresh, m.b.f.IndexRatio = w.perRow(), w.fileRatio(), w.indexRatio()
	return err
}

// captureUpdate updates one column of many rows by id, by turns in the plain
// table and in a replica that had received the members.
func (m *many) captureUpdate() error {
	plain, into := m.file("plain"), m.file("updated")
	var c costs
	for range m.b.o.captureTurns {
		if err := m.plainFile(plain); err != nil {
			return err
		}
		if _, err := work(plain, m.insertAll); err != nil {
			return err
		}
		if err := copyFile(m.got, into); err != nil {
			return err
		}
		if err := m.turn(&c, plain, into, m.updateAll); err != nil {
			return err
		}
	}
	c.ratios(&m.b.f.CaptureUpdate, &m.b.f.CaptureUpdateUnsealed, &m.b.f.CaptureUpdateCPU)
	m.b.f.Seconds["many.plain_update"] = c.plain.wall.Seconds()
	return nil
}

// commit measures the program's own way of writing many rows, over the plain
// inserts of the same rows.
func (m *many) commit() error {
	plain, into := m.file("plain"), m.file("committed")
	rows := m.rows
	m.rows = rows[:max(1, len(rows)/5)]
	defer func() { m.rows = rows }()
	if err := errors.Join(m.plainFile(plain), copyFile(m.file("template"), into)); err != nil {
		return err
	}
	base, err := work(plain, m.insertAll)
	if err != nil {
		return err
	}
	edits := make([]replica.Edit, len(m.rows))
	for i, args := range m.rows {
		set := map[string]change.Value{}
		for j, c := range m.columns {
			if set[c], err = change.FromAny(args[1+j]); err != nil {
				return err
			}
		}
		edits[i] = replica.Edit{Table: "member", Set: set, Bulk: true}
	}
	r, err := replica.Open(into, m.env())
	if err != nil {
		return err
	}
	began := time.Now()
	_, err = r.CommitEach(edits)
	m.b.f.CommitInsert = time.Since(began).Seconds() / base.wall.Seconds()
	return errors.Join(err, r.Close())
}

// copyFile copies a closed database.
func copyFile(from, to string) error {
	if err := discard(to); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
