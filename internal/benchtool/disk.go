package benchtool

import (
	"database/sql/driver"
	"strings"

	"dongbo/internal/regsql"
	"dongbo/schema"
)

// weight is what a replica's parts weigh on disk, in pages by dbstat, after
// VACUUM.
type weight struct {
	tables  float64 // the register's tables with their two hidden columns
	sync    float64 // everything else that exists for syncing, history left out
	history float64 // superseded values
	index   float64 // search and sorting
	plain   float64 // the same rows in tables that know nothing of syncing
	rows    float64
}

// perRow is what syncing costs a row.
func (w weight) perRow() float64 { return (w.tables - w.plain + w.sync) / w.rows }

func (w weight) fileRatio() float64 { return (w.tables + w.sync + w.history) / w.plain }

func (w weight) indexRatio() float64 { return w.index / w.plain }

// weigh weighs a replica. It works on copies at scratch, which it removes.
func weigh(path, scratch string) (w weight, err error) {
	c, err := regsql.Open(path, regsql.Options{MustExist: true})
	if err != nil {
		return w, err
	}
	defer c.Close()
	copied, bare := scratch+"-copy.db", scratch+"-plain.db"
	for _, p := range []string{copied, bare} {
		if err := discard(p); err != nil {
			return w, err
		}
		defer discard(p) //nolint:errcheck // the folder goes as a whole at the end
	}
	if err := c.Exec("VACUUM INTO ?", copied); err != nil {
		return w, err
	}
	if err := w.addCopy(copied); err != nil {
		return w, err
	}
	return w, w.addPlain(path, bare)
}

func (w *weight) addCopy(path string) error {
	return eachObject(path, func(name string, bytes float64) {
		switch {
		case schema.ByName(name) != nil:
			w.tables += bytes
		case strings.HasPrefix(name, "sync_search"), strings.HasPrefix(name, "sync_sort"):
			w.index += bytes
		case strings.HasPrefix(name, "sync_history"):
			w.history += bytes
		default:
			w.sync += bytes
		}
	})
}

// addPlain copies the register's rows into tables without the hidden columns
// and weighs those.
func (w *weight) addPlain(from, path string) error {
	c, err := regsql.Open(path, regsql.Options{})
	if err != nil {
		return err
	}
	if err := c.Exec("ATTACH ? AS r", from); err != nil {
		c.Close()
		return err
	}
	for _, t := range schema.Tables() {
		n, err := copyPlain(c, t)
		if err != nil {
			c.Close()
			return err
		}
		w.rows += float64(n)
	}
	if err := c.Close(); err != nil {
		return err
	}
	return eachObject(path, func(name string, bytes float64) {
		if schema.ByName(name) != nil {
			w.plain += bytes
		}
	})
}

func copyPlain(c *regsql.Conn, t *schema.Table) (int64, error) {
	if err := c.Exec(t.CreateTable(true)); err != nil {
		return 0, err
	}
	list := "id, " + strings.Join(columns(t), ", ")
	return c.Run("INSERT INTO main." + t.Name + " (" + list + ") SELECT " + list + " FROM r." + t.Name + " ORDER BY id")
}

func columns(t *schema.Table) []string {
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = t.Columns[i].Name
	}
	return names
}

// eachObject compacts a database and tells the bytes of every table and index
// in it, without SQLite's own schema.
func eachObject(path string, f func(name string, bytes float64)) error {
	c, err := regsql.Open(path, regsql.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Exec("VACUUM"); err != nil {
		return err
	}
	return c.Each("SELECT name, sum(pgsize) FROM dbstat WHERE name NOT LIKE 'sqlite_schema' GROUP BY name", nil, func(v []driver.Value) error {
		f(regsql.TextOf(v[0]), float64(regsql.IntOf(v[1])))
		return nil
	})
}
