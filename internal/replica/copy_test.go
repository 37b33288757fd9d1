package replica_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// meanwhile calls then once, in the middle of what is written.
type meanwhile struct {
	bytes.Buffer
	then func()
}

func (m *meanwhile) Write(p []byte) (int, error) {
	if m.then != nil && m.Len() > 100_000 {
		m.then()
		m.then = nil
	}
	return m.Buffer.Write(p)
}

func TestACopyIsTheFileAtOneMomentWhileOthersWrite(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	a.commit(t, member("Trước Khi Chép"))
	db := a.plain(t)
	_, err := db.Exec("INSERT INTO member (unit_id, full_name) SELECT id, 'Chưa Niêm' FROM unit WHERE code = 'G1'")
	must(t, err)
	copied := &meanwhile{then: func() {
		a.commit(t, member("Trong Khi Chép"))
		_, err := db.Exec("UPDATE member SET full_name = 'Đã Đổi'")
		must(t, err)
	}}
	must(t, a.WriteCopy(copied))
	if copied.then != nil {
		t.Fatal("nothing was written in the middle")
	}
	path := filepath.Join(t.TempDir(), "b.db")
	must(t, replica.Restore(t.Context(), path, bytes.NewReader(copied.Bytes())))
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("in the folder: %v", left)
	}
	b, err := replica.Open(path, replica.Env{Now: time.Now, Rand: rand.Reader})
	must(t, err)
	defer b.Close()
	var got string
	must(t, b.DB().QueryRow("SELECT group_concat(full_name, '|' ORDER BY full_name) FROM member").Scan(&got))
	if got != "Chưa Niêm|Trước Khi Chép" {
		t.Errorf("the copy holds %s", got)
	}
}

func (d *device) plain(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(5000)")
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestARestoreMakesAWholeReplicaOrNothing(t *testing.T) {
	h := newHub(t)
	var good, newer bytes.Buffer
	a := h.enrol("a")
	must(t, a.WriteCopy(&good))
	foreign := sqliteFile(t, "CREATE TABLE t (a)")
	_, err := a.plain(t).Exec("PRAGMA user_version = 99")
	must(t, err)
	must(t, a.WriteCopy(&newer))
	damaged := bytes.Clone(good.Bytes())
	for i := len(damaged) / 2; i < len(damaged); i++ {
		damaged[i] = 0x55
	}
	for _, c := range []struct {
		name string
		data []byte
		old  string // what stands there before
		want fault.Code
	}{
		{"a whole copy", good.Bytes(), "", ""},
		{"a place that is taken", good.Bytes(), "b.db", "replica.exists"},
		{"a log of another database beside it", good.Bytes(), "b.db-wal", "replica.exists"},
		{"a copy cut short", good.Bytes()[:good.Len()/2], "", "replica.bad_copy"},
		{"a damaged copy", damaged, "", "replica.bad_copy"},
		{"another program's database", foreign, "", "replica.bad_copy"},
		{"no database", []byte("text"), "", "replica.bad_copy"},
		{"nothing", nil, "", "replica.bad_copy"},
		{"a newer release's replica", newer.Bytes(), "", "replica.newer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.old != "" {
				must(t, os.WriteFile(filepath.Join(dir, c.old), []byte("old"), 0o600))
			}
			path := filepath.Join(dir, "b.db")
			err := replica.Restore(t.Context(), path, bytes.NewReader(c.data))
			if fault.CodeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			left, _ := os.ReadDir(dir)
			if len(left) != 1 || c.want != "" && c.old == "" {
				if len(left) > 0 {
					t.Errorf("left: %v", left)
				}
				return
			}
			if info, _ := left[0].Info(); c.want == "" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v", info.Mode())
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	path := filepath.Join(t.TempDir(), "b.db")
	if err := replica.Restore(ctx, path, &good); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a stopped restore left a file")
	}
}

func sqliteFile(t *testing.T, script string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sql.Open("sqlite", path)
	must(t, err)
	_, err = db.Exec(script)
	must(t, err)
	must(t, db.Close())
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

func TestADamagedReplicaIsNotCopied(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	for range 20 {
		a.commit(t, member("Người"))
	}
	_, err := a.plain(t).Exec("PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'member'")
	must(t, err)
	must(t, a.Close())
	r, err := replica.Open(a.path, replica.Env{Now: time.Now, Rand: rand.Reader})
	if err == nil {
		defer r.Close()
		var out bytes.Buffer
		err = r.WriteCopy(&out)
	}
	if fault.CodeOf(err) != "replica.damaged" {
		t.Errorf("got %v", err)
	}
}
