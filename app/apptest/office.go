// Package apptest makes an office for tests of the window: a real replica file
// with synthetic members, and somebody elsewhere whose changes arrive.
package apptest

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// Fixed ids of the office's world.
var (
	root     = change.ID{0x01}
	province = change.ID{0xAA}
	Unit     = change.ID{0xA1} // the office's unit
	me       = change.ID{0x07} // Chị Hoa, at this computer
	them     = change.ID{0x08} // Anh Tú, at the province
	server   = change.ID{0x5E} // the server's writer
	theirs   = change.ID{0x77} // Anh Tú's writer
)

// Office is a replica with the server's rows behind it, in this file's own
// numbering. The server side knows nothing of what the office has not
// delivered, so what comes Elsewhere is always made without having seen it.
type Office struct {
	*replica.Replica
	Members []change.ID

	writers []replica.OwnWriter
	rows    map[change.ID]*merge.Row
	ref     change.Ref // of the server's writer
	their   change.Ref
	made    uint64 // their changes
	births  uint64
	num     uint64
	at      replica.Sent
}

// Env is the real world's.
func Env() replica.Env { return replica.Env{Now: time.Now, Rand: rand.Reader} }

// New makes an office with n members, all confirmed.
func New(t testing.TB, n int) *Office {
	t.Helper()
	return NewAt(t, filepath.Join(t.TempDir(), "office.db"), n)
}

// NewAt is New with the file's place given.
func NewAt(t testing.TB, path string, n int) *Office {
	t.Helper()
	o := &Office{rows: map[change.ID]*merge.Row{}, at: replica.Sent{}}
	for i, k := range []replica.Kind{replica.Hand, replica.Bulk} {
		o.writers = append(o.writers, replica.OwnWriter{Name: change.ID{0x70, byte(i)}, Kind: k, Key: []byte("secret")})
	}
	r, err := replica.Create(path, Env(), replica.Identity{Device: change.ID{0xDE}, Writers: o.writers, Label: "PC Văn phòng"})
	must(t, err)
	t.Cleanup(func() { r.Close() })
	o.Replica = r
	o.ref, err = r.Ref(server)
	must(t, err)
	o.their, err = r.Ref(theirs)
	must(t, err)
	must(t, r.Welcomed(&wire.Welcome{Person: me, PersonName: "Chị Hoa",
		Roots: []wire.Root{{Unit: Unit, Code: "TP01", Name: unitName, Role: "officer"}}}))
	o.populate(n)
	o.snapshot(t)
	return o
}

const unitName = "CĐCS Công ty May Tân Phú"

func (o *Office) populate(n int) {
	id, txt := change.IDValue, change.Text
	o.row("unit", root, map[string]change.Value{"code": txt("VN"), "name": txt("Tổng Liên đoàn"), "kind": txt("national")})
	o.row("unit", province, map[string]change.Value{"code": txt("79"), "name": txt("LĐLĐ TP. Hồ Chí Minh"), "kind": txt("province"), "parent_id": id(root)})
	o.row("unit", Unit, map[string]change.Value{"code": txt("TP01"), "name": txt(unitName), "kind": txt("grassroots"), "parent_id": id(province)})
	o.row("person", me, map[string]change.Value{"unit_id": id(Unit), "full_name": txt("Chị Hoa")})
	o.row("person", them, map[string]change.Value{"unit_id": id(province), "full_name": txt("Anh Tú")})
	o.row("device", change.ID{0xD1}, map[string]change.Value{"unit_id": id(Unit), "label": txt("PC Văn phòng"),
		"hand_writer": id(o.writers[0].Name), "bulk_writer": id(o.writers[1].Name)})
	o.row("device", change.ID{0xD2}, map[string]change.Value{"unit_id": id(province), "label": txt("Tỉnh"), "hand_writer": id(theirs)})
	for i, m := range synth.Members(7, n, synth.Options{}) {
		set := map[string]change.Value{"unit_id": id(Unit)}
		for col, v := range m.Columns() {
			set[col], _ = change.FromAny(v)
		}
		o.Members = append(o.Members, change.ID{0x4D, byte(i >> 16), byte(i >> 8), byte(i)})
		o.row("member", o.Members[i], set)
	}
}

// row makes a row as the server has it.
func (o *Office) row(table string, id change.ID, set map[string]change.Value) {
	t := schema.ByName(table)
	o.births++
	dot := change.Dot{W: o.ref, N: o.births}
	rw := change.RowWrite{Table: t.No, ID: id, Birth: change.Birth{Dot: dot}, Creates: true}
	for _, reg := range t.Registers() {
		vals := make([]change.Value, len(reg.Columns))
		for i, ci := range reg.Columns {
			vals[i] = set[t.Columns[ci].Name]
		}
		rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: vals})
	}
	row := merge.NewRow(t, id, rw.Birth)
	row.Apply(dot, &rw)
	o.rows[id] = row
}

func (o *Office) snapshot(t testing.TB) {
	t.Helper()
	begin := &wire.SnapshotBegin{ID: change.ID{0x55}, Cursor: o.cursor()}
	must(t, o.BeginSnapshot(begin))
	var sums merge.Sums
	chunk := &wire.Chunk{}
	for _, row := range o.rows {
		chunk.Rows = append(chunk.Rows, row.Clone())
		sums = sums.Add(row.Sums(o))
	}
	must(t, o.InstallChunk(chunk))
	must(t, o.EndSnapshot(&wire.SnapshotEnd{Chunks: 1, Digest: sums}, begin.Cursor, replica.Receipts{}))
}

func (o *Office) cursor() change.Cursor {
	return change.Cursor{Epoch: change.ID{9}, Logs: map[change.ID]uint64{province: o.num}}
}

// Elsewhere is a change of one field that Anh Tú made at the province, without
// having seen what this office has not delivered, and that arrives now.
func (o *Office) Elsewhere(t testing.TB, id change.ID, column, value string) {
	t.Helper()
	must(t, o.Apply(o.Their(id, column, value)))
}

// Their makes that change as it arrives.
func (o *Office) Their(id change.ID, column, value string) *wire.Entries {
	row := o.rows[id]
	reg := row.Table.Column(column).RegisterOf()
	vals := append([]change.Value(nil), row.Shown(reg).Vals...)
	for i, ci := range row.Table.Registers()[row.Table.RegisterIndex(reg)].Columns {
		if row.Table.Columns[ci].Name == column {
			vals[i] = change.Text(value)
		}
	}
	return o.write(row, change.Write{Reg: reg, Vals: vals, Seen: row.HeadDots(reg)})
}

// Deleted is Anh Tú's deletion of a row.
func (o *Office) Deleted(t testing.TB, id change.ID) {
	t.Helper()
	row := o.rows[id]
	must(t, o.Apply(o.write(row, change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}, Seen: row.AllDots()})))
}

func (o *Office) write(row *merge.Row, w change.Write) *wire.Entries {
	o.made++
	o.num++
	c := &change.Change{Dot: change.Dot{W: o.their, N: o.made}, Person: them, At: time.Now().UnixMilli(), Log: province,
		Schema: schema.Version, Rows: []change.RowWrite{{Table: row.Table.No, ID: row.ID, Birth: row.Birth, Writes: []change.Write{w}}}}
	row.Apply(c.Dot, &c.Rows[0])
	return &wire.Entries{Log: province, Through: o.num,
		Entries: []wire.Entry{{Num: o.num, At: c.At, Kind: wire.EntryChange, Dot: c.Dot, Change: c}}}
}

// Deliver brings up to n of the office's changes to the server and their
// receipts back; it tells how many there were.
func (o *Office) Deliver(t testing.TB, n int) (delivered int) {
	t.Helper()
	must(t, o.Seal())
	for i, kind := range []replica.Kind{replica.Hand, replica.Bulk} {
		b, err := o.Unsent(kind, o.at, n-delivered, 1<<20)
		must(t, err)
		if b == nil || n == delivered {
			continue
		}
		last := b.Changes[len(b.Changes)-1].N
		o.at[kind] = replica.After{N: last, Hash: b.Last}
		must(t, o.Received(&wire.Receipt{Writer: o.writers[i].Name, Through: last, Hash: b.Last}))
		in := &wire.Entries{Log: province}
		for _, c := range b.Changes {
			o.num++
			for j := range c.Rows {
				if row := o.rows[c.Rows[j].ID]; row != nil {
					row.Apply(c.Dot, &c.Rows[j])
				}
			}
			in.Entries = append(in.Entries, wire.Entry{Num: o.num, At: c.At, Kind: wire.EntryOwn, Dot: c.Dot})
		}
		in.Through = o.num
		must(t, o.Apply(in))
		delivered += len(b.Changes)
	}
	return delivered
}

// CaughtUpNow ends an exchange: the office has been in contact.
func (o *Office) CaughtUpNow(t testing.TB) {
	t.Helper()
	_, err := o.Replica.CaughtUp(&wire.CaughtUp{Cursor: o.cursor()})
	must(t, err)
}

// Value reads a member's column with plain SQL.
func (o *Office) Value(t testing.TB, id change.ID, column string) string {
	t.Helper()
	var s *string
	if err := o.DB().QueryRow("SELECT "+column+" FROM member WHERE id = ?", id[:]).Scan(&s); err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	if s == nil {
		return ""
	}
	return *s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Beside opens an office's file a second time, as another process does that
// brings the server's changes. The office must have been left as New made it.
func Beside(t testing.TB, path string) *Office {
	t.Helper()
	r, err := replica.Open(path, Env())
	must(t, err)
	t.Cleanup(func() { r.Close() })
	o := &Office{Replica: r, rows: map[change.ID]*merge.Row{}, at: replica.Sent{}}
	o.ref, err = r.Ref(server)
	must(t, err)
	o.their, err = r.Ref(theirs)
	must(t, err)
	o.Members, err = r.Search("", 0, 1<<20)
	must(t, err)
	for _, id := range o.Members {
		row, err := r.Row("member", id)
		must(t, err)
		o.rows[id] = row
	}
	return o
}

// Batch is n of their changes as one message of the line brings them.
func (o *Office) Batch(n int, column, value string) *wire.Entries {
	all := &wire.Entries{Log: province}
	for range n {
		e := o.Their(o.Members[int(o.made)%len(o.Members)], column, value)
		all.Entries, all.Through = append(all.Entries, e.Entries...), e.Through
	}
	return all
}
