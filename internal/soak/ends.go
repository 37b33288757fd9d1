package soak

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/soak/check"
)

// rest waits until everything has come to rest without anybody's help. It
// answers what has not, within the time that it has; last is what came last.
func (w *world) rest(last *string) (why string, err error) {
	var open []*replica.Replica
	defer func() {
		for _, r := range open {
			err = errors.Join(err, r.Close())
		}
	}()
	for _, s := range w.replicas {
		r, err := replica.Open(s.file, replica.Env{Now: time.Now, Rand: rand.Reader})
		if err != nil {
			return "", err
		}
		open = append(open, r)
	}
	ctx, stop := context.WithTimeout(w.ctx, w.o.Drain)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	defer stop()
	changed := make(chan struct{}, 1)
	for _, r := range open {
		watchers.Go(func() {
			_ = r.Watch(ctx, func() {
				select {
				case changed <- struct{}{}:
				default:
				}
			})
		})
	}
	for {
		select {
		case <-changed:
			if why, err = w.restless(open); why == "" || err != nil {
				return why, err
			}
			*last = why
		case <-ctx.Done():
			return why, w.ctx.Err()
		}
	}
}

func (w *world) heads(r *replica.Replica) ([]check.Read, error) {
	codes, err := codes(w.ctx, r.DB())
	if err != nil {
		return nil, err
	}
	return headsOf(r, codes)
}

// restless says what is not at rest yet. A replica that sees the whole province
// must have read the server's log to its end; of each unit, all that see it
// must hold the same. So nothing can still be under way.
func (w *world) restless(open []*replica.Replica) (string, error) {
	end, err := w.logEnd()
	if err != nil {
		return "", err
	}
	held := map[string]string{}
	for i, r := range open {
		s := w.replicas[i]
		st, err := r.Status()
		if err != nil {
			return "", err
		}
		read := uint64(0)
		for _, num := range st.Cursor {
			read += num
		}
		switch {
		case st.Waiting > 0:
			return fmt.Sprintf("%s: %d changes wait", s.name, st.Waiting), nil
		case st.Digest != st.ServerDigest:
			return fmt.Sprintf("%s: digest %s, server's %s", s.name, st.Digest, st.ServerDigest), nil
		case len(strings.Fields(scope(s.unit))) > 1 && read < end:
			return fmt.Sprintf("%s: read %d of %d", s.name, read, end), nil
		}
		units, err := texts(r.DB(), "SELECT hex(unit) || ' ' || hex(sums) FROM sync_digest")
		if err != nil {
			return "", err
		}
		for _, u := range units {
			unit, sums, _ := strings.Cut(u, " ")
			if other, ok := held[unit]; ok && other != sums {
				return fmt.Sprintf("%s: unit %s is not as elsewhere", s.name, unit), nil
			}
			held[unit] = sums
		}
	}
	return "", nil
}

// logEnd counts the entries of the server's logs.
func (w *world) logEnd() (end uint64, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "server", "register.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(w.ctx, "SELECT sum(num) FROM srv_head").Scan(&end)
	return end, err
}

// judge compares what came to rest. What is left behind is looked at with the
// daemons ended, so that nothing moves under the eye.
func (w *world) judge(out *Outcome) error {
	for _, s := range w.replicas {
		s.daemon.stop(syscall.SIGTERM)
	}
	if out.Stalled == "" {
		why, err := w.lastExchange()
		if err != nil {
			return err
		}
		out.Stalled = why
	}
	var record []check.Op
	for _, s := range w.replicas {
		if err := w.finalState(s); err != nil {
			return err
		}
		ops, err := s.record.all()
		if err != nil {
			return err
		}
		record = append(record, ops...)
	}
	out.Violations = check.Check(record)
	var err error
	out.Divergent, err = w.unequal()
	return err
}

// lastExchange holds that the daemons left nothing to move.
func (w *world) lastExchange() (string, error) {
	for _, s := range w.replicas {
		text, err := w.run("sync", "--replica", s.file, "--json")
		if err != nil {
			return "", err
		}
		var res struct {
			Sent, Received int64
			Same           bool
		}
		if err := json.Unmarshal([]byte(text), &res); err != nil {
			return "", err
		}
		if res.Sent+res.Received > 0 || !res.Same {
			return fmt.Sprintf("%s: at rest, but one more exchange sent %d, received %d, same %v", s.name, res.Sent, res.Received, res.Same), nil
		}
	}
	return "", nil
}

// finalState records what the replica ends with, and what was refused.
func (w *world) finalState(s *seat) (err error) {
	r, err := replica.Open(s.file, replica.Env{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	refused, err := r.Quarantine()
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		o := check.Op{Kind: check.Refused, Outcome: check.OK}
		for _, q := range refused {
			w.refuse[q.Code]++
			o.Values = append(o.Values, written(q.Change)...)
		}
		if err := s.record.add(o); err != nil {
			return err
		}
	}
	o := check.Op{Kind: check.Final, Outcome: check.OK, Whole: true, Scope: scope(s.unit), Start: time.Since(w.began).Nanoseconds()}
	if o.Reads, err = w.heads(r); err != nil {
		return err
	}
	return s.record.add(o)
}

// written lists the texts of a change that are the writers' values.
func written(c *change.Change) (out []string) {
	for _, row := range c.Rows {
		for _, wr := range row.Writes {
			for _, v := range wr.Vals {
				if text := v.Text(); strings.HasPrefix(text, "r") {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// unequal compares replicas of one scope table by table with plain SQL.
func (w *world) unequal() (string, error) {
	first := map[string]*seat{}
	for _, s := range w.replicas {
		twin := first[s.unit]
		if twin == nil {
			first[s.unit] = s
			continue
		}
		a, err := tables(twin.file)
		if err != nil {
			return "", err
		}
		b, err := tables(s.file)
		if err != nil {
			return "", err
		}
		for name := range a {
			if a[name] != b[name] {
				return fmt.Sprintf("%s and %s, both of %s, differ in table %s", twin.name, s.name, s.unit, name), nil
			}
		}
	}
	return "", nil
}

// tables hashes the rows of every table of the register, without the columns
// that are the file's own.
func tables(file string) (out map[string]string, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	names, err := texts(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sync\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	out = map[string]string{}
	for _, name := range names {
		cols, err := texts(db, "SELECT 'quote(' || name || ')' FROM pragma_table_xinfo('"+name+`') WHERE name NOT LIKE 'sync\_%' ESCAPE '\'`)
		if err != nil {
			return nil, err
		}
		rows, err := texts(db, "SELECT "+strings.Join(cols, " || ',' || ")+" FROM "+name)
		if err != nil {
			return nil, err
		}
		slices.Sort(rows)
		out[name] = fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(rows, "\n"))))
	}
	return out, nil
}

func texts(db *sql.DB, query string) (out []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
