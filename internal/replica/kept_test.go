package replica_test

import (
	"database/sql"
	"testing"
)

// day is one of the server's, in its milliseconds.
const day = 24 * 3600 * 1000

func TestWhatIsKeptIsAllOfTheLastWeeksAndTheNewestOfWhatCameBefore(t *testing.T) {
	type pack struct{ first, at, bytes int }
	for _, tc := range []struct {
		name  string
		packs []pack
		left  int
	}{
		{"a heavy month is kept whole", []pack{{1, 70, 900}, {257, 80, 900}, {513, 99, 900}}, 3},
		{"old packs go while newer ones weigh enough", []pack{{1, 10, 900}, {257, 20, 900}, {513, 30, 900}, {769, 99, 1}}, 3},
		{"old packs stay where all together weigh little", []pack{{1, 1, 300}, {257, 2, 300}, {513, 3, 300}}, 3},
		{"an old pack stays where only a little is newer", []pack{{1, 1, 2000}, {257, 99, 10}}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newHub(t).enrol("a")
			db, err := sql.Open("sqlite", r.Path())
			must(t, err)
			defer db.Close()
			_, err = db.Exec("INSERT OR REPLACE INTO sync_meta (key, value) VALUES ('server_time', ?)", 100*day)
			must(t, err)
			for _, p := range tc.packs {
				_, err := db.Exec("INSERT INTO sync_kept (w, n, last, at, packed, body) VALUES (1, ?, ?, ?, 1, zeroblob(?))", p.first, p.first+255, p.at*day, p.bytes<<10)
				must(t, err)
			}
			must(t, r.TestOnlyTrimKept(1))
			var left, least int
			must(t, db.QueryRow("SELECT count(*), min(n) FROM sync_kept").Scan(&left, &least))
			if left != tc.left || least != tc.packs[len(tc.packs)-left].first {
				t.Errorf("%d packs left, the first from number %d", left, least)
			}
		})
	}
}
