package replica

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"

	"dongbo/internal/fault"
	"dongbo/internal/outfile"
	"dongbo/internal/regsql"
)

// WriteCopy writes the file as it stands at one moment, page by page within one
// read transaction: neither a second file nor anything plain comes to lie on a
// disk, and everybody goes on writing. A damaged file is not copied, for its
// owner would believe that he has a backup.
func (r *Replica) WriteCopy(w io.Writer) error {
	// A connection of its own: the others' must not wait for a slow stick.
	c, err := regsql.Open(r.path, regsql.Options{ReadOnly: true})
	if err != nil {
		return explain(err, r.path)
	}
	defer c.Close()
	return explain(c.View(func() error {
		found, err := c.One("PRAGMA quick_check(1)")
		if err != nil {
			return err
		}
		if found == nil || found[0] != "ok" {
			return fault.New("replica.damaged", "path", r.path)
		}
		return writePages(c, w)
	}), r.path)
}

func writePages(c *regsql.Conn, w io.Writer) error {
	pages, err := c.Int("PRAGMA page_count")
	if err != nil {
		return err
	}
	for n := int64(1); n <= pages; n++ {
		page, err := c.One("SELECT data FROM sqlite_dbpage WHERE pgno = ?", n)
		if err != nil {
			return err
		}
		if _, err := w.Write(page[0].([]byte)); err != nil {
			return err
		}
	}
	return nil
}

// Restore makes a replica file at path of a copy. It refuses a path where
// something stands, and what is no whole replica. The file then is as old as
// the copy: it has to meet the server before anybody writes to it.
func Restore(ctx context.Context, path string, copied io.Reader) error {
	for _, beside := range []string{"-wal", "-shm", "-journal"} { // of another database: SQLite would believe them
		if _, err := os.Lstat(path + beside); err == nil {
			return fault.New("replica.exists", "path", path+beside)
		}
	}
	if err := checkPlace(path); err != nil {
		return err
	}
	check := func(temp string) error { return checkCopy(temp, path) }
	err := outfile.Create(ctx, path, outfile.Options{Mode: 0o600, New: true, Check: check}, func(w io.Writer) error {
		_, err := io.Copy(w, copied)
		return err
	})
	var e *fault.Error
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case errors.Is(err, fs.ErrExist):
		return fault.New("replica.exists", "path", path)
	}
	return fault.Wrap(err, "replica.cannot_open", "path", path)
}

// checkCopy looks at a file that nobody else knows yet, and leaves nothing
// beside it.
func checkCopy(temp, path string) error {
	db, err := sql.Open("sqlite", regsql.DSN(temp, regsql.Options{ReadOnly: true})+"&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var packed int64
	var tables int
	var sound string
	for query, to := range map[string]any{
		"PRAGMA quick_check(1)": &sound, "PRAGMA user_version": &packed,
		"SELECT count(*) FROM sqlite_schema WHERE name = 'sync_meta'": &tables,
	} {
		if err := db.QueryRow(query).Scan(to); err != nil {
			return fault.Wrap(err, "replica.bad_copy", "path", path)
		}
	}
	switch {
	case regsql.UnpackStamp(packed).Newer(Format):
		return fault.New("replica.newer", "path", path, "format", regsql.UnpackStamp(packed))
	case tables == 0 || sound != "ok":
		return fault.New("replica.bad_copy", "path", path)
	}
	return nil
}
