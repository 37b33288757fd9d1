package sqlitestore

import (
	"database/sql/driver"
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
	"dongbo/internal/server"
)

// no gives an id its number in srv_name; in a view 0 where it has none.
func (t *tx) no(id change.ID) (int64, error) {
	return t.s.names.lookUp(t.c, id, &t.names, t.writes)
}

func (t *tx) listNo(l server.List) (int64, error) {
	no, err := t.no(l.ID)
	if no == 0 {
		return 0, err
	}
	no *= 2
	if l.Published {
		no++
	}
	return no, err
}

func (t *tx) Append(e *server.Entry, lists []server.List) error {
	log, err := t.no(e.Log)
	if err != nil {
		return err
	}
	person, err := t.no(e.Person)
	if err != nil {
		return err
	}
	num, err := t.c.Int("INSERT INTO srv_head (log, num) VALUES (?, 1) ON CONFLICT DO UPDATE SET num = num + 1 RETURNING num", log)
	if err != nil {
		return err
	}
	e.Num = uint64(num)
	err = t.c.Exec("INSERT INTO srv_entry (log, num, at, w, n, person, author_at, code, detail, body, effective, places) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		log, num, e.At, e.Dot.W, e.Dot.N, person, e.AuthorAt, orNull(e.Code), orNull(e.Detail), nonNil(e.Body), blobOrNull(e.Effective), blobOrNull(e.Places))
	if err != nil {
		return err
	}
	// A change that waited stood as refused.
	linked, err := t.c.One(`INSERT INTO srv_chain (w, n, hash, refused, log, num) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET refused = excluded.refused, log = excluded.log, num = excluded.num WHERE refused = ? RETURNING num`,
		e.Dot.W, e.Dot.N, e.Hash, e.Code != "", log, num, moves(e))
	if err != nil {
		return err
	}
	if linked == nil {
		return fmt.Errorf("sqlitestore: change %d of writer %s stands in a log already", e.Dot.N, t.Name(e.Dot.W))
	}
	for _, l := range lists {
		no, err := t.listNo(l)
		if err != nil {
			return err
		}
		if err := t.c.Exec("INSERT INTO srv_list (list, log, num) VALUES (?, ?, ?)", no, log, num); err != nil {
			return err
		}
	}
	return nil
}

// moves is which of the marks in srv_chain the entry may take the place of.
func moves(e *server.Entry) int {
	if e.Moved {
		return 1
	}
	return -1
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func blobOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

const selectEntry = `SELECT e.log, e.num, e.at, e.w, e.n, e.person, e.author_at, e.code, e.detail, e.body, e.effective, e.places, c.hash
FROM srv_entry e JOIN srv_chain c ON c.w = e.w AND c.n = e.n `

func (t *tx) scanEntry(v []driver.Value) (e *server.Entry, err error) {
	e = &server.Entry{
		Num: uint64(regsql.IntOf(v[1])), At: regsql.IntOf(v[2]),
		Dot:      change.Dot{W: change.Ref(regsql.IntOf(v[3])), N: uint64(regsql.IntOf(v[4]))},
		AuthorAt: regsql.IntOf(v[6]), Code: regsql.TextOf(v[7]), Detail: regsql.TextOf(v[8]),
		Body: slices.Clone(regsql.BytesOf(v[9])), Effective: slices.Clone(regsql.BytesOf(v[10])), Places: slices.Clone(regsql.BytesOf(v[11])),
	}
	copy(e.Hash[:], regsql.BytesOf(v[12]))
	if e.Log, err = t.s.names.name(t.c, regsql.IntOf(v[0]), t.names); err != nil {
		return nil, err
	}
	e.Person, err = t.s.names.name(t.c, regsql.IntOf(v[5]), t.names)
	return e, err
}

func (t *tx) Entry(log change.ID, num uint64) (*server.Entry, error) {
	no, err := t.no(log)
	if err != nil || no == 0 {
		return nil, err
	}
	row, err := t.c.One(selectEntry+"WHERE e.log = ? AND e.num = ?", no, num)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, fmt.Errorf("sqlitestore: no entry %d in log %s", num, log)
	}
	return t.scanEntry(row)
}

func (t *tx) Link(d change.Dot) (l server.Link, known bool, err error) {
	row, err := t.c.One("SELECT hash, refused, log, num FROM srv_chain WHERE w = ? AND n = ?", d.W, d.N)
	if err != nil || row == nil {
		return l, false, err
	}
	copy(l.Hash[:], regsql.BytesOf(row[0]))
	l.Refused, l.Num = regsql.IntOf(row[1]) == 1, uint64(regsql.IntOf(row[3]))
	l.Log, err = t.s.names.name(t.c, regsql.IntOf(row[2]), t.names)
	return l, true, err
}

func (t *tx) Made(d change.Dot) (m server.Made, known bool, err error) {
	row, err := t.c.One("SELECT e.person, e.author_at, e.at FROM srv_chain c JOIN srv_entry e ON e.log = c.log AND e.num = c.num WHERE c.w = ? AND c.n = ?", d.W, d.N)
	if err != nil || row == nil {
		return m, false, err
	}
	m.AuthorAt, m.At = regsql.IntOf(row[1]), regsql.IntOf(row[2])
	m.Person, err = t.s.names.name(t.c, regsql.IntOf(row[0]), t.names)
	return m, true, err
}

func (t *tx) Refused(w change.Ref, from, to uint64) (list []*server.Entry, err error) {
	rows, err := t.c.All("SELECT log, num FROM srv_chain WHERE refused = 1 AND w = ? AND n BETWEEN ? AND ? ORDER BY n", w, from, to)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		log, err := t.s.names.name(t.c, regsql.IntOf(r[0]), t.names)
		if err != nil {
			return nil, err
		}
		e, err := t.Entry(log, uint64(regsql.IntOf(r[1])))
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func (t *tx) Head(log change.ID) (uint64, error) {
	no, err := t.no(log)
	if err != nil || no == 0 {
		return 0, err
	}
	n, err := t.c.Int("SELECT num FROM srv_head WHERE log = ?", no)
	return uint64(n), err
}

func (t *tx) AddPast(p server.Past) error {
	of, err := t.no(p.Of)
	if err != nil {
		return err
	}
	log, err := t.no(p.Log)
	if err != nil {
		return err
	}
	return t.c.Exec("INSERT INTO srv_past (kind, of, log, num, value) VALUES (?, ?, ?, ?, ?)", int64(p.Kind), of, log, p.Num, p.Value)
}

func (t *tx) Pasts(kind server.PastKind, of, log change.ID, after uint64) (list []server.Past, err error) {
	ofNo, err := t.no(of)
	if err != nil || ofNo == 0 {
		return nil, err
	}
	logNo, err := t.no(log)
	if err != nil || logNo == 0 {
		return nil, err
	}
	err = t.c.Each("SELECT num, value FROM srv_past WHERE kind = ? AND of = ? AND log = ? AND num > ? ORDER BY num",
		[]any{int64(kind), ofNo, logNo, after}, func(v []driver.Value) error {
			list = append(list, server.Past{Kind: kind, Of: of, Log: log, Num: uint64(regsql.IntOf(v[0])), Value: slices.Clone(regsql.BytesOf(v[1]))})
			return nil
		})
	return list, err
}

func (t *tx) ReadLists(lists []server.List, log change.ID, after uint64, limit int) ([]uint64, error) {
	logNo, err := t.no(log)
	if err != nil || logNo == 0 {
		return nil, err
	}
	var nums []uint64
	for _, l := range lists {
		no, err := t.listNo(l)
		if err != nil {
			return nil, err
		}
		if no == 0 {
			continue
		}
		err = t.c.Each("SELECT num FROM srv_list WHERE list = ? AND log = ? AND num > ? ORDER BY num LIMIT ?",
			[]any{no, logNo, after, limit}, func(v []driver.Value) error {
				nums = append(nums, uint64(regsql.IntOf(v[0])))
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(nums)
	nums = slices.Compact(nums)
	return nums[:min(len(nums), limit)], nil
}
