package agent_test

import (
	"context"
	"database/sql"
	"testing"

	_ "modernc.org/sqlite"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// spoil runs statements on a replica's file as a stranger's program would, its
// triggers taken away first where unseen.
func spoil(t *testing.T, r *replica.Replica, unseen bool, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", r.Path())
	must(t, err)
	defer db.Close()
	if unseen {
		rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
		must(t, err)
		var names []string
		for rows.Next() {
			var name string
			must(t, rows.Scan(&name))
			names = append(names, name)
		}
		must(t, rows.Close())
		for _, name := range names {
			_, err := db.Exec("DROP TRIGGER " + name)
			must(t, err)
		}
	}
	for _, s := range statements {
		_, err := db.Exec(s)
		must(t, err)
	}
}

func (p *place) reopen(r *replica.Replica) *replica.Replica {
	p.t.Helper()
	r.Close()
	again, err := replica.Open(r.Path(), env)
	must(p.t, err)
	p.t.Cleanup(func() { again.Close() })
	return again
}

func TestWhatAProgramWroteWhileTheTriggersWereMissingIsFoundAndSent(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	ids, err := a.CommitEach(people(t, a, 300))
	must(t, err)
	p.untilThrough(a)
	// One more edit waits, on a row that is spoilt too.
	_, err = a.Commit(replica.Edit{Table: "member", ID: ids[9], Set: map[string]change.Value{"phone": change.Text("0911")}})
	must(t, err)

	spoil(t, a, true,
		"UPDATE member SET phone = '0900', job_title = 'Thợ hàn' WHERE full_name = 'Nguyễn Văn 7'",
		"UPDATE member SET notes = NULL WHERE full_name = 'Nguyễn Văn 8'",
		"UPDATE member SET email = 'chin@x.vn' WHERE full_name = 'Nguyễn Văn 9'",
		"DELETE FROM member WHERE full_name = 'Nguyễn Văn 5'")
	a = p.reopen(a)
	res, err := agent.Sync(context.Background(), a, options())
	must(t, err)
	if res.Mended != 3 || res.Rows != 0 || !res.Same {
		t.Errorf("three rows differ and no snapshot is needed: %+v", res)
	}
	p.untilThrough(b)
	for name, want := range map[string]string{"Nguyễn Văn 7": "0900/Thợ hàn/1", "Nguyễn Văn 8": "//0", "Nguyễn Văn 5": "//1", "Nguyễn Văn 9": "0911chin@x.vn//1"} {
		for _, r := range []*replica.Replica{a, b} {
			var got string
			must(t, r.DB().QueryRow("SELECT ifnull(phone, '') || ifnull(email, '') || '/' || ifnull(job_title, '') || '/' || (notes IS NOT NULL) FROM member WHERE full_name = ?", name).Scan(&got))
			if got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	if again, err := agent.Sync(context.Background(), a, options()); err != nil || again.Mended != 0 || again.Sent != 0 {
		t.Errorf("a second exchange finds nothing: %+v, %v", again, err)
	}
}

// Most bits that fall over leave the row's version as it is: writing the right
// value back must not pass for a program's write, which would be sent.
func TestAMendedValueAtTheSameVersionIsNobodysWrite(t *testing.T) {
	p := newPlace(t)
	a := p.enrol("a", "G1", "officer")
	_, err := a.CommitEach(people(t, a, 3))
	must(t, err)
	p.untilThrough(a)
	spoil(t, a, false,
		"UPDATE member SET notes = 'hỏng', sync_version = x'' WHERE full_name = 'Nguyễn Văn 1'",
		"UPDATE member SET sync_version = NULL WHERE full_name = 'Nguyễn Văn 1'",
		"UPDATE sync_digest SET sums = zeroblob(length(sums))")
	res, err := agent.Sync(context.Background(), a, options())
	must(t, err)
	if st, err := a.Status(); err != nil || res.Mended != 1 || !res.Same || st.Waiting != 0 {
		t.Errorf("%+v, %+v, %v", res, st, err)
	}
}

func TestADamagedReplicaIsMendedRowByRowAndTheDamageIsNotSent(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	_, err := a.CommitEach(people(t, a, 300))
	must(t, err)
	p.untilThrough(a)
	p.untilThrough(b)
	// Bits fall over: our own writes, too, look like this to the triggers.
	spoil(t, b, false,
		"UPDATE member SET notes = 'hỏng', sync_version = x'' WHERE full_name = 'Nguyễn Văn 3'",
		"UPDATE sync_digest SET sums = zeroblob(length(sums))")
	b = p.reopen(b)
	res, err := agent.Sync(context.Background(), b, options())
	must(t, err)
	if res.Mended != 1 || res.Rows != 0 || !res.Same || res.BytesDown > 20_000 {
		t.Errorf("one row differs: %+v", res)
	}
	var n int
	must(t, b.DB().QueryRow("SELECT count(*) FROM member WHERE notes = 'hỏng'").Scan(&n))
	if st, err := b.Status(); err != nil || n != 0 || st.Waiting != 0 {
		t.Errorf("%d damaged rows, %+v, %v", n, st, err)
	}
}
