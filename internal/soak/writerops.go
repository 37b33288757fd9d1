package soak

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/soak/check"
	"dongbo/schema"
)

// hot is how many of the oldest rows are written most, and most how many rows
// a writer lets there be.
const (
	hot  = 12
	most = 120
)

// Chaff are rows that come, go and come back. Whether a row exists is no unique
// value, so they are not in the record: replicas must end with the same ones.
const (
	chaffName = "tạm"
	kept      = "(SELECT * FROM member WHERE full_name NOT LIKE '" + chaffName + "%')"
	someChaff = "(SELECT id FROM member WHERE full_name LIKE '" + chaffName + "%' ORDER BY random() LIMIT 1)"
	mostChaff = 30
)

// chaff enters, edits, deletes or brings back a row that nobody records. What
// the database refuses is not done.
func (w *writer) chaff(ctx context.Context) error {
	var n int
	if err := w.sql.QueryRowContext(ctx, "SELECT count(*) FROM member WHERE full_name LIKE '"+chaffName+"%'").Scan(&n); err != nil {
		return nil
	}
	text := fmt.Sprintf("%s %s.%d", chaffName, w.c.Session, w.seq)
	turn := w.dice.IntN(4)
	switch {
	case turn == 0 && len(w.gone) > 0:
		at := w.dice.IntN(len(w.gone))
		_, _ = w.sql.ExecContext(ctx, "INSERT INTO member (id, unit_id, full_name, phone) VALUES (?, ?, ?, ?)", w.gone[at], w.unit, text, text)
		w.gone = slices.Delete(w.gone, at, at+1)
	case turn <= 1 && n < mostChaff:
		_, _ = w.sql.ExecContext(ctx, "INSERT INTO member (unit_id, full_name, phone) VALUES (?, ?, ?)", w.unit, text, text)
	case turn == 2:
		_, _ = w.sql.ExecContext(ctx, "UPDATE member SET phone = ?, full_name = ? WHERE id = "+someChaff, text, text)
	default:
		var id []byte
		if w.sql.QueryRowContext(ctx, "DELETE FROM member WHERE id = "+someChaff+" RETURNING id").Scan(&id) == nil {
			w.gone = append(w.gone, id)
		}
	}
	return nil
}

// transaction runs f in a plain SQL transaction. What f recorded is told as
// unknown before the commit and as what it was afterwards.
func (w *writer) transaction(ctx context.Context, f func(o *check.Op) error) error {
	o := w.begin()
	ctx = context.WithoutCancel(ctx) // an ending program finishes its transaction
	if _, err := w.sql.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil // no turn: nothing was done and nothing is told
	}
	var some bool
	err := w.sql.QueryRowContext(ctx, unsealed).Scan(&some)
	if !some {
		w.step++
		o.Step = w.step
	}
	if err == nil {
		err = f(&o)
	}
	if err != nil {
		return errors.Join(w.rollback(ctx), w.tell(o, check.Failed))
	}
	if err := w.tell(o, check.Unknown); err != nil {
		return err
	}
	if _, err := w.sql.ExecContext(ctx, "COMMIT"); err != nil {
		return w.rollback(ctx) // after a full disk nobody knows
	}
	return w.tell(o, check.OK)
}

func (w *writer) rollback(ctx context.Context) error {
	_, err := w.sql.ExecContext(ctx, "ROLLBACK")
	if err != nil && strings.Contains(err.Error(), "no transaction is active") {
		err = nil // SQLite has done it itself
	}
	return err
}

// plain updates one or two columns of each of n rows.
func (w *writer) plain(ctx context.Context, n int) error {
	return w.transaction(ctx, func(o *check.Op) error {
		for i := range n {
			row, err := w.someRow(ctx)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			var set []string
			var args []any
			for _, c := range w.someColumns() {
				k := w.key(row, c)
				if slices.ContainsFunc(o.Writes, func(x check.Write) bool { return x.Key == k }) {
					continue
				}
				o.Reads = append(o.Reads, check.Read{Key: k, Shown: row.shown[c]})
				v := w.value()
				o.Writes = append(o.Writes, check.Write{Key: k, Value: v, Over: []string{row.shown[c]}, Atom: i})
				set, args = append(set, columns[c]+" = ?"), append(args, v)
			}
			if len(set) == 0 {
				continue
			}
			if _, err := w.sql.ExecContext(ctx, "UPDATE member SET "+strings.Join(set, ", ")+" WHERE id = ?", append(args, row.id)...); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) someColumns() []int {
	return w.dice.Perm(len(columns))[:1+w.dice.IntN(2)]
}

// someRow draws a row, an old one in most cases, and reads what it shows.
func (w *writer) someRow(ctx context.Context) (shownRow, error) {
	from := kept
	if w.dice.IntN(10) < 7 {
		from = fmt.Sprintf("(SELECT * FROM %s ORDER BY id LIMIT %d)", kept, hot)
	}
	rows, err := w.rows(ctx, "SELECT id, unit_id, "+strings.Join(columns, ", ")+" FROM "+from+" ORDER BY random() LIMIT 1")
	if err == nil && len(rows) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return shownRow{}, err
	}
	return rows[0], nil
}

type shownRow struct {
	id, unit []byte
	shown    []string // by column
}

func (w *writer) key(r shownRow, c int) string { return key(w.code, r.unit, r.id, columns[c]) }

func (w *writer) rows(ctx context.Context, query string) (out []shownRow, err error) {
	rows, err := w.sql.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r shownRow
		vals := make([]sql.NullString, len(columns))
		to := []any{&r.id, &r.unit}
		for i := range vals {
			to = append(to, &vals[i])
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		for _, v := range vals {
			r.shown = append(r.shown, v.String)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (w *writer) insert(ctx context.Context) error {
	return w.transaction(ctx, func(o *check.Op) error {
		var n int
		if err := w.sql.QueryRowContext(ctx, "SELECT count(*) FROM "+kept).Scan(&n); err != nil || n >= most {
			return err
		}
		var id []byte
		vals := []any{w.unit, "Người " + w.value()}
		for range columns {
			vals = append(vals, w.value())
		}
		err := w.sql.QueryRowContext(ctx, "INSERT INTO member (unit_id, full_name, "+strings.Join(columns, ", ")+
			") VALUES (?, ?"+strings.Repeat(", ?", len(columns))+") RETURNING id", vals...).Scan(&id)
		for i, c := range columns {
			o.Writes = append(o.Writes, check.Write{Key: key(w.code, w.unit, id, c), Value: vals[2+i].(string)})
		}
		return err
	})
}

// look reads a few rows as any program would, in one transaction.
func (w *writer) look(ctx context.Context) error {
	o := w.begin()
	rows, err := w.rows(ctx, "SELECT id, unit_id, "+strings.Join(columns, ", ")+" FROM "+kept+" ORDER BY random() LIMIT 8")
	if err != nil {
		return nil
	}
	for _, r := range rows {
		for c := range columns {
			o.Reads = append(o.Reads, check.Read{Key: w.key(r, c), Shown: r.shown[c]})
		}
	}
	return w.tell(o, check.OK)
}

// lookDeep reads everything with its heads.
func (w *writer) lookDeep() error {
	o := w.begin()
	var err error
	if o.Reads, err = headsOf(w.r, w.code); err != nil {
		return nil
	}
	o.Whole, o.Scope = true, scope(w.c.Unit)
	return w.tell(o, check.OK)
}

// headsOf reads all rows with their heads.
func headsOf(r *replica.Replica, codes map[string]string) (out []check.Read, err error) {
	rows, err := r.Rows("member")
	for _, row := range rows {
		if !strings.HasPrefix(row.Value("full_name").Text(), chaffName) {
			out = append(out, readsOf(row, codes)...)
		}
	}
	return out, err
}

func readsOf(row *merge.Row, codes map[string]string) (out []check.Read) {
	unit := row.Unit()
	for _, c := range columns {
		no := row.Table.Column(c).RegisterOf()
		read := check.Read{Key: key(codes, unit[:], row.ID[:], c), Shown: row.Value(c).Text()}
		for _, h := range row.Heads(no) {
			read.Heads = append(read.Heads, h.Vals[0].Text())
		}
		out = append(out, read)
	}
	return out
}

// form edits one or two rows as the program's window does: it shows them, a
// while later it saves, and what was saved goes over what was shown.
func (w *writer) form(ctx context.Context) error {
	rows, err := w.forms(ctx)
	if err != nil || len(rows) == 0 {
		return nil
	}
	seen := w.begin()
	for _, row := range rows {
		seen.Reads = append(seen.Reads, readsOf(row, w.code)...)
	}
	if err := w.tell(seen, check.OK); err != nil {
		return err
	}
	select {
	case <-time.After(time.Duration(w.dice.IntN(300)) * time.Millisecond): // the officer types
	case <-ctx.Done():
		return nil
	}
	w.seq++
	o := w.begin()
	var edits []replica.Edit
	for _, row := range rows {
		unit := row.Unit()
		e := replica.Edit{Table: "member", ID: row.ID, Set: map[string]change.Value{}, Shown: map[uint16][]change.Dot{}}
		for _, c := range w.someColumns() {
			no := row.Table.Column(columns[c]).RegisterOf()
			v := w.value()
			e.Set[columns[c]], e.Shown[no] = change.Text(v), row.ShownDots(no)
			o.Writes = append(o.Writes, check.Write{Key: key(w.code, unit[:], row.ID[:], columns[c]), Value: v, Over: []string{row.Value(columns[c]).Text()}})
		}
		edits = append(edits, e)
	}
	return w.through(o, func() error { _, err := w.r.Commit(edits...); return err })
}

// through does what the engine is asked to do. Done, it is a step of its own,
// for the engine first takes in what was written before.
func (w *writer) through(o check.Op, f func() error) error {
	if err := w.tell(o, check.Unknown); err != nil {
		return err
	}
	if err := f(); err != nil {
		return nil // whether it was done before it failed nobody knows
	}
	w.step++
	o.Step = w.step
	return w.tell(o, check.OK)
}

// forms loads one row or two different ones.
func (w *writer) forms(ctx context.Context) (out []*merge.Row, err error) {
	for range 1 + w.dice.IntN(2) {
		some, err := w.someRow(ctx)
		if err != nil {
			return nil, err
		}
		row, err := w.r.Row("member", change.ID(some.id))
		if err != nil {
			return nil, err
		}
		if row != nil && !slices.ContainsFunc(out, func(r *merge.Row) bool { return r.ID == row.ID }) {
			out = append(out, row)
		}
	}
	return out, nil
}

// settle settles the conflict with the most values.
func (w *writer) settle() error {
	all, err := w.r.Conflicts()
	if err != nil || len(all) == 0 {
		return nil
	}
	c := slices.MaxFunc(all, func(a, b replica.Conflict) int { return len(a.Values) - len(b.Values) })
	if c.Register == schema.Alive || strings.HasPrefix(c.Title, chaffName) {
		_ = w.r.Settle(c.ID, replica.Decision{Take: 1 + w.dice.IntN(len(c.Values))})
		return nil
	}
	row, err := w.r.Row("member", c.Row)
	if err != nil || row == nil {
		return nil
	}
	unit := row.Unit()
	o := w.begin()
	v := w.value()
	d := replica.Decision{Set: map[string]change.Value{c.Name: change.Text(v)}}
	wr := check.Write{Key: key(w.code, unit[:], c.Row[:], c.Name), Value: v}
	for _, h := range c.Values {
		wr.Over = append(wr.Over, h.Values[c.Name].Text())
		d.Seen = append(d.Seen, h.Dot)
	}
	o.Writes = []check.Write{wr}
	return w.through(o, func() error { return w.r.Settle(c.ID, d) })
}
