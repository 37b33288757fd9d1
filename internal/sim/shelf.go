package sim

import (
	"bytes"
	"database/sql/driver"
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

// image is a database file as a template left it.
type image struct {
	path  string
	pages [][]byte
}

const pageSize = 4096

func readImage(path string) (*image, error) {
	b, err := os.ReadFile(path)
	im := &image{path: path}
	for ; len(b) >= pageSize; b = b[pageSize:] {
		im.pages = append(im.pages, b[:pageSize])
	}
	return im, err
}

// lay makes the file that c has open what the image is. The schema stays what
// it was, so that all connections go on.
func (im *image) lay(c *regsql.Conn) error {
	return c.Write(func() error {
		var stale []int64
		n := 0
		err := c.Each("SELECT pgno, data FROM sqlite_dbpage ORDER BY pgno", nil, func(v []driver.Value) error {
			at := regsql.IntOf(v[0])
			if n++; int(at) <= len(im.pages) && !bytes.Equal(regsql.BytesOf(v[1]), im.pages[at-1]) {
				stale = append(stale, at)
			}
			return nil
		})
		for _, at := range stale {
			err = errors.Join(err, c.Exec("UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", im.pages[at-1], at))
		}
		if n > len(im.pages) {
			// This cuts the file behind its last page.
			err = errors.Join(err, c.Exec("INSERT INTO sqlite_dbpage (pgno, data) VALUES (?, NULL)", len(im.pages)+1))
		}
		return err
	})
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

func (d *drive) close() error {
	err := d.r.Close()
	if d.raw != nil {
		err = errors.Join(err, d.raw.Close())
	}
	return err
}

// hall is a register's open file.
type hall struct {
	*sqlitestore.Store
	path string
	raw  *regsql.Conn
}

// shelf has the open files that no world uses.
type shelf struct {
	drives map[*image][]*drive
	centre *image
	halls  []*hall
	made   int
}

func newShelf() *shelf { return &shelf{drives: map[*image][]*drive{}} }

// next is a path beside the image's for a file that outlives worlds.
func (s *shelf) next(im *image) string {
	s.made++
	return filepath.Join(filepath.Dir(im.path), fmt.Sprintf("open-%d.db", s.made))
}

// drive gives an open file that is as the image.
func (s *shelf) drive(im *image, h host) (*drive, error) {
	if list := s.drives[im]; len(list) > 0 {
		d := list[len(list)-1]
		s.drives[im] = list[:len(list)-1]
		d.host = h
		if err := im.lay(d.raw); err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.r.Reread()
		return d, nil
	}
	d := &drive{path: s.next(im), host: h}
	if err := copyFile(im.path, d.path); err != nil {
		return nil, err
	}
	var err error
	if d.r, err = replica.Open(d.path, d.env()); err != nil {
		return nil, err
	}
	if d.raw, err = regsql.Open(d.path, regsql.Options{MustExist: true}); err != nil {
		return nil, errors.Join(err, d.r.Close())
	}
	return d, nil
}

// back takes a file that a world has done with.
func (s *shelf) back(im *image, d *drive) error {
	if d.raw == nil || im == nil {
		return d.close()
	}
	s.drives[im] = append(s.drives[im], d)
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
	h := &hall{path: s.next(s.centre)}
	if err := copyFile(s.centre.path, h.path); err != nil {
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
	for _, list := range s.drives {
		for _, d := range list {
			errs = append(errs, d.close())
		}
	}
	for _, h := range s.halls {
		errs = append(errs, h.close())
	}
	return errors.Join(errs...)
}
