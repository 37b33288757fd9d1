// Package regsql keeps merge rows in typed SQLite tables: the same tables on a
// replica and in the server's embedded store.
//
// A Conn is one SQLite connection with its prepared statements, used by one
// goroutine at a time. A row stands in its table while it is shown as existing
// (InTable), and as a packed state in sync_gone once it is deleted (Gone), so
// that plain SQL sees only what exists and nothing is thrown away.
package regsql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// Conn is one SQLite connection. It is not safe for concurrent use.
type Conn struct {
	dc    driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
	depth int
}

// Options say how to open a database file.
type Options struct {
	ReadOnly  bool
	MustExist bool
	Relaxed   bool // synchronous=normal: for benchmarks and scratch files only
}

// DSN returns the data source name for path: WAL, full synchronisation (a
// receipt promises what the disk holds), five seconds of patience with the
// other process. Pragmas stand in the DSN so that every connection has them.
func DSN(path string, o Options) string {
	q := url.Values{}
	mode := "rwc"
	switch {
	case o.ReadOnly:
		mode = "ro"
	case o.MustExist:
		mode = "rw"
	}
	q.Set("mode", mode)
	q.Add("_pragma", "busy_timeout(5000)")
	if !o.ReadOnly {
		q.Add("_pragma", "journal_mode(wal)")
	}
	sync := "full"
	if o.Relaxed {
		sync = "normal"
	}
	q.Add("_pragma", "synchronous("+sync+")")
	// A page that many short transactions write is copied into the file once.
	q.Add("_pragma", "wal_autocheckpoint(4000)")
	q.Add("_pragma", "cache_size(-16000)")
	// What is deleted is overwritten, but for copies that SQLite leaves where it
	// splits a page: who must have it gone makes the file anew besides.
	q.Add("_pragma", "secure_delete(on)")
	path = filepath.ToSlash(path)
	return "file:" + strings.ReplaceAll(url.PathEscape(path), "%2F", "/") + "?" + q.Encode()
}

// Open opens a connection to the database file at path.
func Open(path string, o Options) (*Conn, error) {
	dc, err := (&sqlite.Driver{}).Open(DSN(path, o))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &Conn{dc: dc, stmts: map[string]driver.Stmt{}}, nil
}

// Close closes the connection and its statements.
func (c *Conn) Close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	c.stmts = nil
	return c.dc.Close()
}

// maxStatements bounds the statement cache: column sets of updates vary.
const maxStatements = 1000

func (c *Conn) prepare(query string) (driver.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		for q, s := range c.stmts {
			s.Close()
			delete(c.stmts, q)
		}
	}
	s, err := c.dc.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("%w in %q", err, head(query))
	}
	c.stmts[query] = s
	return s, nil
}

func head(q string) string {
	if len(q) > 200 {
		return q[:200] + "…"
	}
	return q
}

// bind fills the reused argument list; valid until the next bind.
func (c *Conn) bind(args []any) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: sqlValue(a)})
	}
	return c.args
}

// Exec runs one statement.
func (c *Conn) Exec(query string, args ...any) error {
	_, err := c.Run(query, args...)
	return err
}

// Run runs one statement and returns how many rows it changed.
func (c *Conn) Run(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := s.(driver.StmtExecContext).ExecContext(context.Background(), c.bind(args))
	if err != nil {
		return 0, fmt.Errorf("%w in %q", err, head(query))
	}
	n, _ := res.RowsAffected()
	return n, nil
}

// Script runs several statements without arguments.
func (c *Conn) Script(sql string) error {
	s, err := c.dc.Prepare(sql)
	if err != nil {
		return fmt.Errorf("%w in %q", err, head(sql))
	}
	defer s.Close()
	if _, err := s.(driver.StmtExecContext).ExecContext(context.Background(), nil); err != nil {
		return fmt.Errorf("%w in %q", err, head(sql))
	}
	return nil
}

// Each runs a query and calls f for each result row. The slice is reused
// between calls. f must not run the same query again.
func (c *Conn) Each(query string, args []any, f func(v []driver.Value) error) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return fmt.Errorf("%w in %q", err, head(query))
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(dest); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w in %q", err, head(query))
		}
		if err := f(dest); err != nil {
			return err
		}
	}
}

// All collects a query's rows, for loops that write while they read.
func (c *Conn) All(query string, args ...any) ([][]driver.Value, error) {
	var out [][]driver.Value
	err := c.Each(query, args, func(v []driver.Value) error {
		out = append(out, append([]driver.Value(nil), v...))
		return nil
	})
	return out, err
}

// One returns a query's first row, or nil.
func (c *Conn) One(query string, args ...any) ([]driver.Value, error) {
	var out []driver.Value
	err := c.Each(query, args, func(v []driver.Value) error {
		out = append([]driver.Value(nil), v...)
		return errStop
	})
	if err == errStop {
		err = nil
	}
	return out, err
}

var errStop = errors.New("stop")

// Int returns a query's single number, 0 where there is no row or a NULL.
func (c *Conn) Int(query string, args ...any) (int64, error) {
	row, err := c.One(query, args...)
	if err != nil || row == nil {
		return 0, err
	}
	n, _ := row[0].(int64)
	return n, nil
}

// Write runs f in a transaction that takes the write lock at once (a deferred
// one could meet a lock it cannot get half way through) and commits it.
func (c *Conn) Write(f func() error) error { return c.tx("BEGIN IMMEDIATE", f) }

// View runs f on one consistent state of the file.
func (c *Conn) View(f func() error) error { return c.tx("BEGIN", f) }

func (c *Conn) tx(begin string, f func() error) (err error) {
	if c.depth > 0 {
		return f()
	}
	if err := c.Exec(begin); err != nil {
		return err
	}
	c.depth++
	defer func() {
		c.depth--
		if p := recover(); p != nil {
			_ = c.Exec("ROLLBACK")
			panic(p)
		}
		if err == nil {
			err = c.Exec("COMMIT")
		}
		if err != nil {
			// After a full disk SQLite may have rolled back by itself.
			_ = c.Exec("ROLLBACK")
		}
	}()
	return f()
}

// ResultCode returns the SQLite result code of err, or 0.
func ResultCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// EmptyLog moves all of the write-ahead log into the file and empties it. Where
// somebody reads what stands in it, it is left to the next: emptied is false.
func (c *Conn) EmptyLog() (emptied bool, err error) {
	if _, err := c.One("PRAGMA busy_timeout = 200"); err != nil {
		return false, err
	}
	row, err := c.One("PRAGMA wal_checkpoint(TRUNCATE)")
	_, back := c.One("PRAGMA busy_timeout = 5000")
	if err = errors.Join(err, back); err != nil || row == nil {
		return false, err
	}
	const busy = 0
	return IntOf(row[busy]) == 0, nil
}
