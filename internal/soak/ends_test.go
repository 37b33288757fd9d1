package soak

import (
	"database/sql"
	"path/filepath"
	"testing"
)

func TestReplicasDifferWhereARegisterDoesAndNotWhereTheFileDoes(t *testing.T) {
	dir := t.TempDir()
	w := &world{}
	for _, c := range []struct{ name, row string }{
		{"r1", "1, 'An', 11, X'01'"}, {"r2", "1, 'An', 12, NULL"}, {"r3", "1, 'Bình', 11, X'01'"}, {"r4", "1, NULL, 11, X'01'"},
	} {
		file := filepath.Join(dir, c.name+".db")
		db, err := sql.Open("sqlite", "file:"+file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("CREATE TABLE member (id, full_name, sync_birth, sync_version); CREATE TABLE sync_meta (x);" +
			"INSERT INTO member VALUES (" + c.row + "); INSERT INTO sync_meta VALUES ('" + c.name + "')"); err != nil {
			t.Fatal(err)
		}
		db.Close()
		w.replicas = append(w.replicas, &seat{name: c.name, unit: "G1", file: file})
	}
	all := w.replicas
	for _, c := range []struct {
		with  *seat
		equal bool
	}{{all[1], true}, {all[2], false}, {all[3], false}} {
		w.replicas = []*seat{all[0], c.with}
		why, err := w.unequal()
		if err != nil || (why == "") != c.equal {
			t.Errorf("r1 and %s: %q, %v", c.with.name, why, err)
		}
	}
}
