package replica_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

func TestBeforeTheFirstSnapshotAWriteIsRefusedAndAnothersIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	r, err := replica.Create(path, replica.Env{Now: time.Now, Rand: rand.Reader}, replica.Identity{Device: randomID(),
		Writers: []replica.OwnWriter{{Name: randomID(), Kind: replica.Hand, Key: []byte("k")}}})
	must(t, err)
	defer r.Close()
	d := &device{Replica: r, path: path}
	d.shell(t, "INSERT INTO member (unit_id, full_name) VALUES ("+hexOffice+", 'Đã Gõ')")
	must(t, r.Seal())
	if _, err := r.Commit(member("Ai Đó")); fault.CodeOf(err) != "replica.not_ready" {
		t.Errorf("%v", err)
	}
	var n int
	must(t, r.DB().QueryRow("SELECT count(*) FROM member").Scan(&n))
	if n != 1 {
		t.Errorf("%d rows", n)
	}
}
