package sqlitestore

import (
	"encoding/binary"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
	"dongbo/internal/server"
)

func (t *tx) Floor(log change.ID) (uint64, error) {
	no, err := t.no(log)
	if err != nil || no == 0 {
		return 0, err
	}
	n, err := t.c.Int("SELECT coalesce((SELECT num FROM srv_floor WHERE log = ?), 0)", no)
	return uint64(n), err
}

func (t *tx) SetFloor(log change.ID, num uint64) error {
	no, err := t.no(log)
	if err != nil {
		return err
	}
	return t.c.Exec("INSERT INTO srv_floor (log, num, stripped) VALUES (?, ?, 0) ON CONFLICT DO UPDATE SET num = excluded.num", no, num)
}

func (t *tx) Strip(log change.ID, limit int) (int, error) {
	no, err := t.no(log)
	if err != nil || no == 0 {
		return 0, err
	}
	row, err := t.c.One("SELECT num, stripped FROM srv_floor WHERE log = ?", no)
	if err != nil || row == nil {
		return 0, err
	}
	floor, from := regsql.IntOf(row[0]), regsql.IntOf(row[1])
	for from < floor {
		to := min(floor, from+int64(limit))
		n, err := t.c.Run("UPDATE srv_entry SET body = x'', effective = NULL, places = NULL WHERE log = ? AND num > ? AND num <= ? AND code IS NULL", no, from, to)
		if err != nil {
			return 0, err
		}
		if err := t.c.Exec("UPDATE srv_floor SET stripped = ? WHERE log = ?", to, no); err != nil || n > 0 {
			return int(n), err
		}
		from = to
	}
	return 0, nil
}

// Unlist goes through the lists by their order in the file. A mark is the place
// behind which it goes on: list, log and number.
func (t *tx) Unlist(from []byte, limit int) (n int, next []byte, err error) {
	list, log, num := markOf(from)
	for looked := 0; looked+n < limit; looked++ {
		row, err := t.c.One("SELECT list, log, num FROM srv_list WHERE (list, log, num) > (?, ?, ?) ORDER BY list, log, num LIMIT 1", list, log, num)
		if err != nil || row == nil {
			return n, nil, err
		}
		list, log, num = regsql.IntOf(row[0]), regsql.IntOf(row[1]), regsql.IntOf(row[2])
		went, err := t.unlist(list, log, limit)
		if err != nil {
			return n, nil, err
		}
		if n += went; went < limit {
			num = 1<<63 - 1 // this list holds no more of this log below its floor
		}
	}
	return n, mark(list, log, num), nil
}

// unlist takes the lowest numbers below the log's floor out of one list.
func (t *tx) unlist(list, log int64, limit int) (int, error) {
	floor, err := t.c.Int("SELECT coalesce((SELECT num FROM srv_floor WHERE log = ?), 0)", log)
	if err != nil {
		return 0, err
	}
	row, err := t.c.One("SELECT count(*), coalesce(max(num), 0) FROM (SELECT num FROM srv_list WHERE list = ? AND log = ? AND num <= ? ORDER BY num LIMIT ?)",
		list, log, floor, limit)
	if err != nil || regsql.IntOf(row[0]) == 0 {
		return 0, err
	}
	return int(regsql.IntOf(row[0])), t.c.Exec("DELETE FROM srv_list WHERE list = ? AND log = ? AND num <= ?", list, log, row[1])
}

func mark(list, log, num int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(list))
	b = binary.BigEndian.AppendUint64(b, uint64(log))
	return binary.BigEndian.AppendUint64(b, uint64(num))
}

func markOf(b []byte) (list, log, num int64) {
	if len(b) == 24 {
		list, log, num = int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:])), int64(binary.BigEndian.Uint64(b[16:]))
	}
	return list, log, num
}

// Rewrite implements server.Tx.
func (t *tx) Rewrite(e *server.Entry) error {
	no, err := t.no(e.Log)
	if err != nil {
		return err
	}
	return t.c.Exec("UPDATE srv_entry SET body = ?, effective = ?, places = ? WHERE log = ? AND num = ?",
		nonNil(e.Body), blobOrNull(e.Effective), blobOrNull(e.Places), no, e.Num)
}

// Scrub implements server.Store. Where SQLite splits a page it leaves copies of
// cells in the gap, which secure_delete does not know of: the file is made anew.
func (s *Store) Scrub() (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.w.Script("VACUUM"); err != nil {
		return false, mapped(err)
	}
	done, err = s.w.EmptyLog()
	return done, mapped(err)
}
