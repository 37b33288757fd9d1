package sim

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dongbo/internal/regsql"
	"dongbo/internal/replica"
	"dongbo/internal/server/sqlitestore"
)

// Opening a file costs more than most histories: SQLite reads the whole schema
// for each connection. So open files outlive their world: the next one lays
// the template's pages over them.

// image is what a database file holds, page by page.
type image [][]byte

const pageSize = 4096

func readImage(path string) (im image, err error) {
	b, err := os.ReadFile(path)
	for ; len(b) >= pageSize; b = b[pageSize:] {
		im = append(im, b[:pageSize])
	}
	return im, err
}

// takeImage copies a file as it stands at one moment while others write to it.
func takeImage(c *regsql.Conn) (im image, err error) {
	err = c.View(func() error {
		im = nil
		return c.Each("SELECT data FROM sqlite_dbpage ORDER BY pgno", nil, func(v []driver.Value) error {
			im = append(im, bytes.Clone(regsql.BytesOf(v[0])))
			return nil
		})
	})
	return im, err
}

func (im image) write(path string) error { return os.WriteFile(path, bytes.Join(im, nil), 0o600) }

// lay makes the file that c has open what the image is. Both have one schema, so
// that all connections go on.
func (im image) lay(c *regsql.Conn) error {
	return c.Write(func() error {
		var stale []int64
		n := 0
		err := c.Each("SELECT pgno, data FROM sqlite_dbpage ORDER BY pgno", nil, func(v []driver.Value) error {
			at := regsql.IntOf(v[0])
			if n++; int(at) <= len(im) && !bytes.Equal(regsql.BytesOf(v[1]), im[at-1]) {
				stale = append(stale, at)
			}
			return nil
		})
		for _, at := range stale {
			err = errors.Join(err, c.Exec("UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", im[at-1], at))
		}
		for at := n + 1; at <= len(im); at++ { // the file is shorter than the image
			err = errors.Join(err, c.Exec("INSERT INTO sqlite_dbpage (pgno, data) VALUES (?, ?)", at, im[at-1]))
		}
		if n > len(im) {
			// This cuts the file behind its last page.
			err = errors.Join(err, c.Exec("INSERT INTO sqlite_dbpage (pgno, data) VALUES (?, NULL)", len(im)+1))
		}
		return err
	})
}

// fits tells whether the image's tables lie on the same pages as those of the
// file that c has open: one that was made anew (VACUUM) is like no other.
func (im image) fits(c *regsql.Conn) (bool, error) {
	const schemaCookie = 40 // in the header of the first page
	version, err := c.Int("PRAGMA schema_version")
	return uint32(version) == binary.BigEndian.Uint32(im[0][schemaCookie:]), err
}

// drive is a replica's open file, whoever's it is at the moment.
type drive struct {
	path string
	host host
	r    *replica.Replica
	raw  *regsql.Conn
}

func (d *drive) env() replica.Env { return replica.Env{Now: d.clock, Rand: d} }

func (d *drive) clock() time.Time {
	if d.host.now == nil {
		return epoch
	}
	return time.UnixMilli(d.host.now())
}

// Read gives the replica its random bytes.
func (d *drive) Read(b []byte) (int, error) { return reader{d.host.random}.Read(b) }

func (d *drive) close() error { return errors.Join(d.r.Close(), d.raw.Close()) }

// hall is a register's open file.
type hall struct {
	*sqlitestore.Store
	path string
	raw  *regsql.Conn
}

// shelf has the open files that no world uses.
type shelf struct {
	dir    string
	drives []*drive
	centre image
	halls  []*hall
	schema string // of every replica's file, where its tables lie too
	made   int
}

// next is a path for a file that outlives worlds.
func (s *shelf) next() string {
	s.made++
	return filepath.Join(s.dir, fmt.Sprintf("open-%d.db", s.made))
}

// know refuses replicas whose tables do not lie on the same pages: one could
// not be laid over the other.
func (s *shelf) know(path string) error {
	c, err := regsql.Open(path, regsql.Options{MustExist: true})
	if err != nil {
		return err
	}
	rows, err := c.All("SELECT name, rootpage, sql FROM sqlite_schema UNION ALL SELECT schema_version, 0, '' FROM pragma_schema_version")
	schema := fmt.Sprint(rows)
	if err == nil && s.schema != "" && s.schema != schema {
		err = errors.New("sim: the tables of two new replicas do not lie alike")
	}
	s.schema = schema
	return errors.Join(err, c.Close())
}

// drive gives an open file that is as the image.
func (s *shelf) drive(im image, h host) (*drive, error) {
	for n := len(s.drives); n > 0; n = len(s.drives) {
		d := s.drives[n-1]
		s.drives = s.drives[:n-1]
		d.host = h
		if fits, err := im.fits(d.raw); err != nil || !fits {
			if err = errors.Join(err, d.close(), os.Remove(d.path)); err != nil {
				return nil, err
			}
			continue
		}
		if err := im.lay(d.raw); err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.r.Reread()
		return d, nil
	}
	d := &drive{path: s.next(), host: h}
	if err := im.write(d.path); err != nil {
		return nil, err
	}
	return d, d.open()
}

func (d *drive) open() (err error) {
	if d.r, err = replica.Open(d.path, d.env()); err != nil {
		return err
	}
	if d.raw, err = regsql.Open(d.path, regsql.Options{MustExist: true}); err != nil {
		return errors.Join(err, d.r.Close())
	}
	return nil
}

// hall gives a register as the template left it.
func (s *shelf) hall() (*hall, error) {
	if n := len(s.halls); n > 0 {
		h := s.halls[n-1]
		s.halls = s.halls[:n-1]
		if err := s.centre.lay(h.raw); err != nil {
			return nil, errors.Join(err, h.close())
		}
		h.Reread()
		return h, nil
	}
	h := &hall{path: s.next()}
	if err := s.centre.write(h.path); err != nil {
		return nil, err
	}
	if err := h.open(); err != nil {
		return nil, err
	}
	var err error
	if h.raw, err = regsql.Open(h.path, regsql.Options{MustExist: true}); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

func (h *hall) open() (err error) {
	h.Store, err = sqlitestore.OpenWith(h.path, storeOptions)
	return err
}

func (h *hall) close() error { return errors.Join(h.Close(), h.raw.Close()) }

// close closes all that is there.
func (s *shelf) close() error {
	var errs []error
	for _, d := range s.drives {
		errs = append(errs, d.close())
	}
	for _, h := range s.halls {
		errs = append(errs, h.close())
	}
	return errors.Join(errs...)
}
