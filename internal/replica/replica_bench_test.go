package replica_test

import (
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// benchReplica is a replica with n members from a snapshot, and the members'
// births.
func benchReplica(b *testing.B, n int) (r *replica.Replica, path string, births []change.Birth) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "r.db")
	var err error
	check := func() {
		if err != nil {
			b.Fatal(err)
		}
	}
	r, err = replica.Create(path, replica.Env{Now: time.Now, Rand: rand.Reader}, replica.Identity{Device: change.ID{1}, Writers: []replica.OwnWriter{
		{Name: change.ID{2}, Kind: replica.Hand, Key: []byte("h")}, {Name: change.ID{3}, Kind: replica.Bulk, Key: []byte("b")}}})
	check()
	b.Cleanup(func() { r.Close() })
	ref, err := r.Ref(change.ID{9})
	check()
	t := schema.ByName("member")
	chunk, end := &wire.Chunk{}, &wire.SnapshotEnd{Chunks: 1}
	for i := range n {
		dot := change.Dot{W: ref, N: uint64(i + 1)}
		row := merge.NewRow(t, change.ID{byte(i >> 16), byte(i >> 8), byte(i)}, change.Birth{Dot: dot})
		row.Apply(dot, &change.RowWrite{Creates: true, Writes: []change.Write{
			{Reg: 1, Vals: []change.Value{change.IDValue(officeID)}},
			{Reg: 2, Vals: []change.Value{change.Text("Nguyễn Thị Ánh"), change.Text("1990"), change.Null, change.Null}},
			{Reg: 9, Vals: []change.Value{change.Text("0901234567")}}}})
		chunk.Rows, births = append(chunk.Rows, row), append(births, row.Birth)
		end.Digest = merge.Sums(end.Digest).Add(row.Sums(r))
	}
	err = r.BeginSnapshot(&wire.SnapshotBegin{ID: change.ID{7}})
	check()
	err = r.InstallChunk(chunk)
	check()
	err = r.EndSnapshot(end, change.Cursor{Epoch: change.ID{8}}, nil)
	check()
	return r, path, births
}

// BenchmarkSealInserted is the cost of one row that another program inserted.
func BenchmarkSealInserted(b *testing.B) {
	r, path, _ := benchReplica(b, 0)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO member (unit_id, full_name, phone) SELECT randomblob(16), 'Trần Văn Đạt', 900000000 + i FROM n`, b.N); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := r.Seal(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkApply is the cost of one register write that arrives, in slices as
// the agent applies them.
func BenchmarkApply(b *testing.B) {
	const members, slice = 5000, 200
	r, _, births := benchReplica(b, members)
	ref, err := r.Ref(change.ID{9})
	if err != nil {
		b.Fatal(err)
	}
	last := map[int]change.Dot{}
	log, n := change.ID{4}, uint64(members)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += slice {
		batch := &wire.Entries{Log: log}
		for range min(slice, b.N-done) {
			n++
			i := int(n*7919) % members
			seen, ok := last[i]
			if !ok {
				seen = births[i].Dot
			}
			last[i] = change.Dot{W: ref, N: n}
			c := &change.Change{Dot: last[i], Log: log, Rows: []change.RowWrite{{Table: 5, Birth: births[i], Writes: []change.Write{
				{Reg: 11, Vals: []change.Value{change.Text("12 Lê Lợi")}, Seen: []change.Dot{seen}}}}}}
			batch.Entries = append(batch.Entries, wire.Entry{Num: n, Kind: wire.EntryChange, Dot: c.Dot, Change: c})
			batch.Through = n
		}
		if err := r.Apply(batch); err != nil {
			b.Fatal(err)
		}
	}
}
