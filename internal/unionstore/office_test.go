package unionstore_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/union"
	"dongbo/internal/unionstore"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// Ids of the office's world.
var (
	root, province, office, sister = change.ID{1}, change.ID{2}, change.ID{3}, change.ID{4}
	officer                        = change.ID{7}
)

// newOffice is a replica that has received its scope: four units, no member.
func newOffice(t *testing.T) *replica.Replica {
	t.Helper()
	r, err := replica.Create(filepath.Join(t.TempDir(), "office.db"), replica.Env{Now: time.Now, Rand: rand.Reader},
		replica.Identity{Device: change.ID{0xDE}, Label: "PC", Writers: []replica.OwnWriter{
			{Name: change.ID{0x70}, Kind: replica.Hand, Key: []byte("k")}, {Name: change.ID{0x71}, Kind: replica.Bulk, Key: []byte("k")}}})
	must(t, err)
	t.Cleanup(func() { r.Close() })
	must(t, r.Welcomed(&wire.Welcome{Person: officer, PersonName: "Chị Hoa", Roots: []wire.Root{{Unit: office, Code: "G1", Role: "officer"}}}))
	ref, err := r.Ref(change.ID{0x5E})
	must(t, err)
	chunk, sums := &wire.Chunk{}, merge.Sums{}
	for i, u := range []struct {
		id, parent change.ID
		code       string
	}{{root, change.ID{}, "VN"}, {province, root, "P1"}, {office, province, "G1"}, {sister, province, "G2"}} {
		row := unitRow(change.Dot{W: ref, N: uint64(i + 1)}, u.id, u.parent, u.code)
		chunk.Rows = append(chunk.Rows, row)
		sums = sums.Add(row.Sums(r))
	}
	begin := &wire.SnapshotBegin{ID: change.ID{0x55}, Cursor: change.Cursor{Epoch: change.ID{9}, Logs: map[change.ID]uint64{province: 0}}}
	must(t, r.BeginSnapshot(begin))
	must(t, r.InstallChunk(chunk))
	must(t, r.EndSnapshot(&wire.SnapshotEnd{Chunks: 1, Digest: sums}, begin.Cursor, replica.Receipts{}))
	return r
}

func unitRow(dot change.Dot, id, parent change.ID, code string) *merge.Row {
	t := schema.ByName("unit")
	row := merge.NewRow(t, id, change.Birth{Dot: dot})
	rw := change.RowWrite{Table: t.No, ID: id, Birth: row.Birth, Creates: true}
	for name, v := range map[string]change.Value{"code": change.Text(code), "name": change.Text("Đơn vị " + code), "kind": change.Text("grassroots"), "parent_id": change.IDValue(parent)} {
		if name != "parent_id" || !parent.IsZero() {
			rw.Writes = append(rw.Writes, change.Write{Reg: t.Column(name).RegisterOf(), Vals: []change.Value{v}})
		}
	}
	row.Apply(dot, &rw)
	return row
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// list makes records of rows given as pairs of field and value.
func list(rows ...map[string]string) []union.Record {
	var out []union.Record
	for i, fields := range rows {
		out = append(out, union.Record{Line: i + 2, Key: fields["full_name"] + "|" + fields["notes"], Fields: fields})
	}
	return out
}

func plan(t *testing.T, r *replica.Replica, records []union.Record) union.Plan {
	t.Helper()
	g, err := unionstore.Load(r, office)
	must(t, err)
	return union.PlanImport("file", records, g, office)
}

func bring(t *testing.T, r *replica.Replica, records []union.Record) union.Plan {
	t.Helper()
	p := plan(t, r, records)
	_, err := unionstore.Import(context.Background(), r, office, p)
	must(t, err)
	return p
}

func add(t *testing.T, r *replica.Replica, unit change.ID, set map[string]change.Value) change.ID {
	t.Helper()
	set["unit_id"] = change.IDValue(unit)
	ids, err := r.Commit(replica.Edit{Table: "member", Set: set})
	must(t, err)
	return ids[0]
}

func count(t *testing.T, r *replica.Replica, table string) (n int) {
	t.Helper()
	must(t, r.DB().QueryRow("SELECT count(*) FROM "+table).Scan(&n))
	return n
}
