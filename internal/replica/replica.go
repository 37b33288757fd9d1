// Package replica is the SQLite file on an officer's computer: it answers every
// question with no line, captures whatever program wrote into it, and applies
// what comes from the server.
//
// A row's state has two layers. The confirmed layer is what the server's log
// says up to the cursor; on top lie the waiting changes: own ones that have not
// come back in the log. The tables show the sum. Sealing turns writes into
// changes of one of the device's own writers: in the same transaction where our
// own code writes (Commit), afterwards where another program did (Seal).
// Everything that arrives goes through Apply or a snapshot, one transaction a
// batch, none long enough to starve the other process on the file.
//
// DESIGN.md tells why.
package replica

import (
	"database/sql"
	_ "embed"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/regsql"
)

// Format is the version of what stands in the file beside the declared tables.
// A program meets a newer one, or a newer declaration, with a clear error and
// touches nothing.
const Format = 1

//go:embed meta.sql
var metaSQL string

// Env is the world outside: injected, so that tests and the simulator own it.
type Env struct {
	Now  func() time.Time
	Rand io.Reader
	// Pace is left between two of our own write transactions that follow each
	// other, so that the other process on the file gets its turn (without it,
	// SQLite's busy handler starves for seconds: measured). Zero: no pause.
	Pace time.Duration
}

// Replica is an open replica file. Its methods are safe for concurrent use.
type Replica struct {
	path string
	env  Env

	mu    sync.Mutex // guards w and all below it
	w     *regsql.Conn
	names *dictionary
	logs  map[change.ID]change.ID // unit → the log that orders it
	index index
	// What the transaction was told to erase.
	erasing erasing

	readMu sync.Mutex // guards rd
	rd     *regsql.Conn

	pool *sql.DB // for screens: read-only connections

	changed chan struct{} // closed and replaced after each commit of ours
}

// Create makes a new, empty replica file for a device that is about to enrol.
// It refuses a path where something stands, but for what a Create leaves that
// was cut off: tables and identity come in one transaction, so that is a
// database with no table in it, of one page.
func Create(path string, env Env, id Identity) (*Replica, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > onePage {
		return nil, fault.New("replica.exists", "path", path)
	}
	if err := checkPlace(path); err != nil {
		return nil, err
	}
	return open(path, env, &id)
}

// onePage is the size of a database without tables.
const onePage = 4096

// Open opens an existing replica.
func Open(path string, env Env) (*Replica, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return nil, fault.Wrap(orMissing(err), "replica.missing", "path", path)
	}
	if err := checkPlace(path); err != nil {
		return nil, err
	}
	return open(path, env, nil)
}

func orMissing(err error) error {
	if err == nil {
		return errors.New("is a directory")
	}
	return err
}

// open opens the file, or makes it where there is an identity to give it.
func open(path string, env Env, made *Identity) (*Replica, error) {
	w, err := regsql.Open(path, regsql.Options{MustExist: made == nil})
	if err != nil {
		return nil, explain(err, path)
	}
	r := &Replica{path: path, env: env, w: w, logs: map[change.ID]change.ID{}, index: newIndex(), changed: make(chan struct{})}
	r.names = newDictionary(w)
	if err := errors.Join(r.migrate(made), r.renew(math.MaxInt64)); err != nil {
		w.Close()
		return nil, explain(err, path)
	}
	if r.rd, err = regsql.Open(path, regsql.Options{ReadOnly: true}); err != nil {
		w.Close()
		return nil, explain(err, path)
	}
	if r.pool, err = sql.Open("sqlite", regsql.DSN(path, regsql.Options{ReadOnly: true})); err != nil {
		r.Close()
		return nil, explain(err, path)
	}
	r.pool.SetMaxOpenConns(4)
	return r, nil
}

// migrate checks the file before it touches anything, then brings tables and
// triggers up to the declaration.
func (r *Replica) migrate(made *Identity) error {
	stamp, err := r.checkFile(made == nil)
	if err != nil {
		return err
	}
	return r.w.Write(func() error {
		if err := r.w.Script(metaSQL); err != nil {
			return err
		}
		mended, err := r.w.Migrate(true)
		if err != nil {
			return err
		}
		if made != nil {
			if err := r.install(*made); err != nil {
				return err
			}
		} else if len(mended) > 0 {
			if err := r.setMeta("unwatched", 1); err != nil {
				return err
			}
		}
		if err := r.revive(stamp.Schema); err != nil {
			return err
		}
		return r.w.SetStamp(Format)
	})
}

// checkFile refuses a file that is none of ours or newer than we, and, where
// none must stand yet, any.
func (r *Replica) checkFile(mustExist bool) (stamp regsql.Stamp, err error) {
	if stamp, err = r.w.Stamp(); err != nil {
		return stamp, err
	}
	tables, err := r.w.Int("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return stamp, err
	}
	ours, err := r.w.Int("SELECT count(*) FROM sqlite_schema WHERE name = 'sync_meta'")
	switch {
	case err != nil:
		return stamp, err
	case tables == 0 && mustExist:
		return stamp, fault.New("replica.missing", "path", r.path) // cut off while it was made
	case tables > 0 && !mustExist:
		return stamp, fault.New("replica.exists", "path", r.path)
	case stamp.Newer(Format):
		return stamp, fault.New("replica.newer", "path", r.path, "format", stamp)
	case ours == 0 && mustExist:
		return stamp, fault.New("replica.foreign", "path", r.path)
	}
	return stamp, nil
}

// Close closes the file.
func (r *Replica) Close() error {
	var errs []error
	if r.pool != nil {
		errs = append(errs, r.pool.Close())
	}
	if r.rd != nil {
		errs = append(errs, r.rd.Close())
	}
	return errors.Join(append(errs, r.w.Close())...)
}

// Path returns the file's path.
func (r *Replica) Path() string { return r.path }

// DB returns read-only connections for screens and reports.
func (r *Replica) DB() *sql.DB { return r.pool }

// write runs f in one write transaction, after checking that no newer program
// has upgraded the file meanwhile, and tells watchers afterwards.
func (r *Replica) write(f func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.logs) // the other process may have moved a unit
	err := r.w.Write(func() error {
		if err := r.current(r.w); err != nil {
			return err
		}
		if err := f(); err != nil {
			return err
		}
		return r.ended()
	})
	r.erasing = nil
	if err != nil {
		// What the transaction taught the caches may have been rolled back.
		r.names = newDictionary(r.w)
		r.index = newIndex()
		return explain(err, r.path)
	}
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// ended does what a transaction has left to do.
func (r *Replica) ended() error {
	if len(r.erasing) == 0 {
		return r.index.flush(r.w)
	}
	return errors.Join(r.erase(), r.index.flush(r.w), r.scrub())
}

// read runs f on one consistent state of the file.
func (r *Replica) read(f func(c *regsql.Conn) error) error {
	r.readMu.Lock()
	defer r.readMu.Unlock()
	return explain(r.rd.View(func() error {
		if err := r.current(r.rd); err != nil {
			return err
		}
		return f(r.rd)
	}), r.path)
}

// current refuses a file that a newer program has upgraded, also while this one
// had it open: it holds what we would misread.
func (r *Replica) current(c *regsql.Conn) error {
	stamp, err := c.Stamp()
	if err == nil && stamp.Newer(Format) {
		err = fault.New("replica.newer", "path", r.path, "format", stamp)
	}
	return err
}

// Changed returns a channel that is closed at the next commit by this process.
func (r *Replica) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// SQLite result codes that a person can do something about.
const (
	codeBusy    = 5
	codeIOErr   = 10
	codeCorrupt = 11
	codeFull    = 13
	codeCantOpn = 14
	codeNotADB  = 26
)

// explain turns SQLite's result codes into faults a person understands.
func explain(err error, path string) error {
	if err == nil || fault.CodeOf(err) != fault.Internal {
		return err
	}
	switch regsql.ResultCode(err) & 0xff {
	case codeFull, codeIOErr:
		return fault.Wrap(err, "replica.disk_full", "path", path)
	case codeBusy:
		return fault.Wrap(err, "replica.busy", "path", path)
	case codeCorrupt, codeNotADB:
		return fault.Wrap(err, "replica.damaged", "path", path)
	case codeCantOpn:
		return fault.Wrap(err, "replica.cannot_open", "path", path)
	}
	return err
}

// checkPlace refuses a network share: SQLite's locks do not hold there and two
// computers would write one file.
func checkPlace(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return fault.Wrap(err, "replica.cannot_open", "path", path)
	}
	if strings.HasPrefix(abs, `\\`) || onNetwork(filepath.Dir(abs)) {
		return fault.New("replica.network_share", "path", path)
	}
	return nil
}
