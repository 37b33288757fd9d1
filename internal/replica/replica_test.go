package replica_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// hub stands for the server: it orders changes and keeps the rows merged, with
// nothing but the pure packages, so that a replica can be tested alone.
type hub struct {
	t       *testing.T
	names   map[change.Ref]change.ID
	refs    map[change.ID]change.Ref
	rows    map[change.ID]*merge.Row
	log     change.ID
	entries []wire.Entry // in the hub's numbering
	owner   map[change.Dot]*device
	refuse  func(*change.Change) string
	expand  bool // widen Seen lists over refused changes, as the server does
	refused map[change.Dot]*change.Change
	unborn  map[change.Birth]bool // rows whose creation was refused
}

func (h *hub) Name(r change.Ref) change.ID { return h.names[r] }
func (h *hub) Ref(id change.ID) (change.Ref, error) {
	if r, ok := h.refs[id]; ok {
		return r, nil
	}
	r := change.Ref(len(h.refs) + 100)
	h.refs[id], h.names[r] = r, id
	return r, nil
}

type device struct {
	*replica.Replica
	path    string
	writers []replica.OwnWriter
	at      replica.Sent
	seen    int
	clock   *time.Duration
}

func newHub(t *testing.T) *hub {
	h := &hub{t: t, names: map[change.Ref]change.ID{}, refs: map[change.ID]change.Ref{}, rows: map[change.ID]*merge.Row{},
		owner: map[change.Dot]*device{}, refused: map[change.Dot]*change.Change{}, unborn: map[change.Birth]bool{}, log: change.ID{0xAA}}
	root := h.unit(change.ID{0x01}, "0", change.ID{})
	h.unit(h.log, "P1", root)
	h.unit(officeID, "G1", h.log)
	return h
}

var officeID = change.ID{0xA1}

func (h *hub) unit(id change.ID, code string, parent change.ID) change.ID {
	ref, _ := h.Ref(change.ID{0x5E})
	dot := change.Dot{W: ref, N: uint64(len(h.rows) + 1)}
	t := schema.ByName("unit")
	row := merge.NewRow(t, id, change.Birth{Dot: dot})
	rw := change.RowWrite{Table: t.No, ID: id, Birth: row.Birth, Creates: true, Writes: []change.Write{
		{Reg: 1, Vals: []change.Value{change.Text(code)}}, {Reg: 2, Vals: []change.Value{change.Text("Đơn vị " + code)}},
		{Reg: 4, Vals: []change.Value{change.Text("grassroots")}}}}
	if !parent.IsZero() {
		rw.Writes = append(rw.Writes, change.Write{Reg: 5, Vals: []change.Value{change.IDValue(parent)}})
	}
	row.Apply(dot, &rw)
	h.rows[id] = row
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func randomID() (id change.ID) { _, _ = rand.Read(id[:]); return id }

// enrol makes a replica and gives it a snapshot of everything.
func (h *hub) enrol(name string) *device {
	h.t.Helper()
	d := &device{path: filepath.Join(h.t.TempDir(), name+".db"), at: replica.Sent{}, clock: new(time.Duration)}
	for _, k := range []replica.Kind{replica.Hand, replica.Bulk} {
		d.writers = append(d.writers, replica.OwnWriter{Name: randomID(), Kind: k, Key: []byte(name)})
	}
	env := replica.Env{Now: func() time.Time { return time.Now().Add(*d.clock) }, Rand: rand.Reader}
	r, err := replica.Create(d.path, env, replica.Identity{Device: randomID(), Writers: d.writers, Label: name})
	must(h.t, err)
	h.t.Cleanup(func() { r.Close() })
	d.Replica = r
	must(h.t, r.Welcomed(&wire.Welcome{Person: change.ID{7}, PersonName: "Chị Hoa", Roots: []wire.Root{{Unit: officeID, Code: "G1", Role: "officer"}}}))
	h.snapshot(d)
	return d
}

func (h *hub) snapshot(d *device) {
	h.t.Helper()
	var sums merge.Sums
	chunk := &wire.Chunk{}
	for _, row := range h.rows {
		chunk.Rows = append(chunk.Rows, row)
		sums = sums.Add(row.Sums(h))
	}
	begin := &wire.SnapshotBegin{ID: randomID(), Cursor: h.cursor()}
	must(h.t, d.BeginSnapshot(begin))
	must(h.t, d.InstallChunk(pass(h.t, h, d, chunk).(*wire.Chunk)))
	received := replica.Receipts{}
	for i, k := range []replica.Kind{replica.Hand, replica.Bulk} {
		received[d.writers[i].Name] = &wire.Receipt{Through: d.at[k].N}
	}
	must(h.t, d.EndSnapshot(&wire.SnapshotEnd{Chunks: 1, Digest: sums}, begin.Cursor, received))
	d.seen = len(h.entries)
}

func (h *hub) cursor() change.Cursor {
	return change.Cursor{Epoch: change.ID{9}, Logs: map[change.ID]uint64{h.log: uint64(len(h.entries))}}
}

// pass sends a message over the wire's own encoding.
func pass(t *testing.T, from change.Names, to wire.Refs, m wire.Message) wire.Message {
	t.Helper()
	var b bytes.Buffer
	must(t, wire.NewEncoder(&b, from, wire.Options{}).Write(m))
	out, err := wire.NewDecoder(&b, to, wire.Options{}).Read()
	must(t, err)
	return out
}

// push takes everything the device has not sent, orders and merges it.
func (h *hub) push(d *device) {
	h.t.Helper()
	must(h.t, d.Seal())
	for _, kind := range []replica.Kind{replica.Hand, replica.Bulk, replica.Hand, replica.Bulk, replica.Hand} {
		for {
			b, err := d.Unsent(kind, d.at, 100, 1<<16)
			must(h.t, err)
			if b == nil {
				break
			}
			in := pass(h.t, d, h, &wire.Changes{Writer: b.Writer, Changes: b.Changes, Last: b.Last}).(*wire.Changes)
			for _, c := range in.Changes {
				h.accept(d, c)
			}
			d.at[kind] = replica.After{N: in.Changes[len(in.Changes)-1].N, Hash: b.Last}
			must(h.t, d.Received(&wire.Receipt{Writer: b.Writer, Through: d.at[kind].N, Hash: b.Last}))
		}
	}
}

func (h *hub) accept(d *device, c *change.Change) {
	e := wire.Entry{Num: uint64(len(h.entries) + 1), At: 1, Dot: c.Dot, Kind: wire.EntryChange, Change: c}
	if code := h.verdict(c); code != "" {
		e.Kind, e.Code, e.Change = wire.EntryRefused, code, nil
		h.refused[c.Dot] = c
	}
	if h.expand {
		h.widen(c)
	}
	if e.Kind == wire.EntryChange {
		for i := range c.Rows {
			rw := &c.Rows[i]
			if rw.Creates {
				h.rows[rw.ID] = merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
			} else {
				for id, row := range h.rows {
					if row.Birth == rw.Birth {
						rw.ID = id
					}
				}
			}
			h.rows[rw.ID].Apply(c.Dot, rw)
		}
	}
	h.owner[c.Dot] = d
	h.entries = append(h.entries, e)
}

func (h *hub) verdict(c *change.Change) (code string) {
	for _, rw := range c.Rows {
		if h.unborn[rw.Birth] {
			return "row.creation_refused"
		}
	}
	if h.refuse != nil {
		code = h.refuse(c)
	}
	if code != "" {
		for _, rw := range c.Rows {
			if rw.Creates {
				h.unborn[rw.Birth] = true
			}
		}
	}
	return code
}

// widen adds what refused changes had seen to the lists that name them.
func (h *hub) widen(c *change.Change) {
	for i := range c.Rows {
		c.Rows[i], _, _ = c.Rows[i].Expand(func(d change.Dot) (*change.Change, error) { return h.refused[d], nil })
	}
}

// pull gives the device what it has not had.
func (h *hub) pull(d *device) {
	h.t.Helper()
	batch := &wire.Entries{Log: h.log, Through: uint64(len(h.entries))}
	for _, e := range h.entries[d.seen:] {
		if h.owner[e.Dot] == d {
			if e.Kind == wire.EntryChange {
				e.Kind = wire.EntryOwn
				if !h.expand {
					e.Change = nil
				}
			}
		} else if e.Kind == wire.EntryRefused {
			continue
		}
		batch.Entries = append(batch.Entries, e)
	}
	must(h.t, d.Apply(pass(h.t, h, d, batch).(*wire.Entries)))
	d.seen = len(h.entries)
}

// leaves takes a row out of everybody's scope; comesBack brings it as it is.
func (h *hub) leaves(id change.ID) {
	row := h.rows[id]
	h.entries = append(h.entries, wire.Entry{Num: uint64(len(h.entries) + 1), At: 1, Kind: wire.EntryEvict, Table: row.Table.No, ID: id, Birth: row.Birth})
}

func (h *hub) comesBack(id change.ID) {
	h.entries = append(h.entries, wire.Entry{Num: uint64(len(h.entries) + 1), At: 1, Kind: wire.EntryArrive, Row: h.rows[id].Clone()})
}

func (h *hub) digest() (sums merge.Sums) {
	for _, row := range h.rows {
		sums = sums.Add(row.Sums(h))
	}
	return sums
}

// agree checks that the devices' confirmed layers are the hub's.
func (h *hub) agree(ds ...*device) {
	h.t.Helper()
	for _, d := range ds {
		same, err := d.CaughtUp(&wire.CaughtUp{Cursor: h.cursor(), Digest: h.digest()})
		must(h.t, err)
		if !same {
			h.t.Errorf("%s: digest differs from the server's", filepath.Base(d.path))
		}
	}
}

func (h *hub) syncAll(ds ...*device) {
	h.t.Helper()
	for _, d := range ds {
		h.push(d)
	}
	for _, d := range ds {
		h.pull(d)
	}
	h.agree(ds...)
}

func member(name string) replica.Edit {
	return replica.Edit{Table: "member", Set: map[string]change.Value{"unit_id": change.IDValue(officeID), "full_name": change.Text(name)}}
}

func set(id change.ID, col, val string) replica.Edit {
	return replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{col: change.Text(val)}}
}

func (d *device) commit(t *testing.T, e replica.Edit) change.ID {
	t.Helper()
	ids, err := d.Commit(e)
	must(t, err)
	return ids[0]
}

func (d *device) value(t *testing.T, id change.ID, col string) string {
	t.Helper()
	var s *string
	err := d.DB().QueryRow("SELECT "+col+" FROM member WHERE id = ?", id[:]).Scan(&s)
	if err != nil {
		return "(" + err.Error() + ")"
	}
	if s == nil {
		return ""
	}
	return *s
}

// shell writes into the file with the sqlite3 shell, as any program may; where
// there is none, through a connection that knows nothing of replicas.
func (d *device) shell(t *testing.T, sql string) {
	t.Helper()
	if out, err := d.trySQL(sql); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func (d *device) shellFails(t *testing.T, sql string) string {
	t.Helper()
	out, err := d.trySQL(sql)
	if err == nil {
		t.Errorf("%s: was accepted", sql)
	}
	return out
}

func (d *device) trySQL(script string) (string, error) {
	if _, err := exec.LookPath("sqlite3"); err == nil {
		out, err := exec.Command("sqlite3", d.path, ".timeout 5000", script).CombinedOutput()
		return string(out), err
	}
	db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return "", err
	}
	defer db.Close()
	if _, err = db.Exec(script); err != nil {
		return err.Error(), err
	}
	return "", nil
}
