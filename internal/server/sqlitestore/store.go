// Package sqlitestore keeps the central register in one SQLite file: the
// server's default store.
//
// One connection writes, under a mutex and SQLite's own lock, so that another
// process (an invitation, a revocation) may write to the same file; a few
// others read. The register stands in the typed tables that regsql makes from
// the declaration, everything else in the tables of server.sql. What is cached
// in memory is append-only (the two dictionaries); a miss reads the file.
package sqlitestore

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/regsql"
	"dongbo/internal/server"
	"dongbo/schema"
)

//go:embed server.sql
var serverSQL string

// Readers is how many connections read, where Options do not say.
const Readers = 4

// Options are a store's choices.
type Options struct {
	Readers int // connections that read; each keeps the schema and its statements in memory. 0: Readers
}

// Store is a server.Store on one SQLite file.
type Store struct {
	path  string
	refs  *dictionary
	names *dictionary
	read  chan *regsql.Conn

	mu sync.Mutex // guards w
	w  *regsql.Conn
}

var _ server.Store = (*Store)(nil)

// Open opens the file at path, making it and its tables where they are missing.
func Open(path string) (*Store, error) { return OpenWith(path, Options{}) }

// OpenWith is Open with choices.
func OpenWith(path string, o Options) (*Store, error) {
	readers := cmp.Or(o.Readers, Readers)
	w, err := regsql.Open(path, regsql.Options{})
	if err != nil {
		return nil, mapped(err)
	}
	s := &Store{path: path, w: w, read: make(chan *regsql.Conn, readers)}
	s.Reread()
	if err := s.prepare(readers); err != nil {
		return nil, errors.Join(mapped(err), s.Close())
	}
	return s, nil
}

func (s *Store) prepare(readers int) error {
	stamp, err := s.w.Stamp()
	if err == nil {
		err = s.current(s.w)
	}
	if err != nil {
		return err
	}
	err = s.w.Write(func() error {
		if _, err := s.w.Migrate(false); err != nil {
			return err
		}
		if err := s.w.Script(serverSQL); err != nil {
			return err
		}
		if err := s.w.Script(indexes()); err != nil {
			return err
		}
		if err := s.revive(stamp.Schema); err != nil {
			return err
		}
		return s.w.SetStamp(format)
	})
	if err != nil {
		return err
	}
	for range readers {
		c, err := regsql.Open(s.path, regsql.Options{ReadOnly: true})
		if err != nil {
			return err
		}
		s.read <- c
	}
	return nil
}

// Reread forgets what the store remembers of the file: another was laid in its
// place, page by page. No Update or View may run.
func (s *Store) Reread() {
	s.refs = newDictionary("srv_ref", "ref", "name", change.MaxWriter)
	s.names = newDictionary("srv_name", "no", "id", 1<<40)
}

// indexes finds the rows of a unit, to send them, and those that speak of a
// member, a person or, as answers do, of a pair.
func indexes() string {
	q := "CREATE INDEX IF NOT EXISTS srv_gone_unit ON sync_gone (unit, tbl);\n"
	for _, t := range schema.Tables() {
		for _, column := range []string{"member_id", "person_id", "row_a"} {
			if t.Column(column) != nil {
				q += fmt.Sprintf("CREATE INDEX IF NOT EXISTS srv_by_%[1]s_%[2]s ON %[1]s (%[2]s);\n", t.Name, column)
			}
		}
		for _, column := range []string{"same_as", "record_id", "transfer_id", "row_b", "double_id"} { // few rows have one
			if t.Column(column) != nil {
				q += fmt.Sprintf("CREATE INDEX IF NOT EXISTS srv_by_%[1]s_%[2]s ON %[1]s (%[2]s) WHERE %[2]s IS NOT NULL;\n", t.Name, column)
			}
		}
		if t.Scope != "id" {
			q += fmt.Sprintf("CREATE INDEX IF NOT EXISTS srv_scope_%s ON %s (%s);\n", t.Name, t.Name, t.Scope)
		}
	}
	return q
}

// Close closes all connections. No Update or View may run.
func (s *Store) Close() error {
	var errs []error
	for len(s.read) > 0 {
		errs = append(errs, (<-s.read).Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(append(errs, s.w.Close())...)
}

// Update implements server.Store.
func (s *Store) Update(f func(server.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{s: s, c: s.w, writes: true}
	err := s.w.Write(func() error {
		if err := s.current(s.w); err != nil {
			return err
		}
		return f(t)
	})
	if err == nil {
		s.refs.keep(t.refs)
		s.names.keep(t.names)
	}
	return mapped(err)
}

// View implements server.Store.
func (s *Store) View(f func(server.Tx) error) error {
	c := <-s.read
	defer func() { s.read <- c }()
	return mapped(c.View(func() error {
		if err := s.current(c); err != nil {
			return err
		}
		return f(&tx{s: s, c: c})
	}))
}

// Generation implements server.Store.
func (s *Store) Generation() (uint64, error) {
	c := <-s.read
	defer func() { s.read <- c }()
	if err := s.current(c); err != nil {
		return 0, err
	}
	n, err := c.Int("SELECT generation FROM srv_state")
	return uint64(n), mapped(err)
}

// Name implements server.Store.
func (s *Store) Name(ref change.Ref) change.ID {
	if ref == 0 {
		return change.ID{}
	}
	if id, ok := s.refs.id(int64(ref)); ok {
		return id
	}
	var id change.ID
	_ = s.View(func(t server.Tx) error {
		id = t.Name(ref)
		return nil
	})
	return id
}

// mapped gives SQLite's errors that people can mend their fault.
func mapped(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	switch regsql.ResultCode(err) & 0xFF {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return fault.Wrap(err, fault.ServerFull)
	}
	return err
}
