package agent_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"dongbo/internal/agent"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

func TestAnEnrolmentThatWasCutOffBeforeItsFileHeldATableBeginsAgain(t *testing.T) {
	p := newPlace(t)
	for name, c := range map[string]struct {
		script       string
		open, enroll fault.Code
	}{
		"an empty file":             {"", "replica.missing", ""},
		"a database without tables": {"PRAGMA journal_mode = wal", "replica.missing", ""},
		"somebody else's database":  {"CREATE TABLE theirs (x)", "replica.foreign", "replica.foreign"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			db, err := sql.Open("sqlite", path)
			must(t, err)
			_, err = db.Exec("PRAGMA user_version; " + c.script)
			must(t, err)
			must(t, db.Close())
			if _, err := replica.Open(path, env); fault.CodeOf(err) != c.open {
				t.Errorf("open: %v, want %s", err, c.open)
			}
			code, err := p.srv.Invite("G1", "officer", name, "https://"+p.link.Addr())
			must(t, err)
			r, _, err := agent.Enroll(context.Background(), path, code, env, options())
			if c.enroll != "" {
				if fault.CodeOf(err) != c.enroll {
					t.Errorf("enroll: %v, want %s", err, c.enroll)
				}
				return
			}
			must(t, err)
			must(t, r.Close())
		})
	}
}
