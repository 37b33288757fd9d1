package regsql

import (
	"database/sql/driver"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Bulk collects rows for one kind of INSERT and writes them many to a
// statement: binding and stepping a statement cost more than a row does.
type Bulk struct {
	Insert string // up to VALUES
	args   []any
	width  int
}

// bulkSizes are how many rows a statement takes; each size is prepared once.
var bulkSizes = []int{64, 8, 1}

// Add puts a row in.
func (b *Bulk) Add(args ...any) {
	b.width = len(args)
	b.args = append(b.args, args...)
}

// Flush writes what was added, in order.
func (b *Bulk) Flush(c *Conn) error {
	rest := b.args
	b.args = b.args[:0]
	if len(rest) == 0 {
		return nil
	}
	one := ", (?" + strings.Repeat(", ?", b.width-1) + ")"
	for _, size := range bulkSizes {
		n := size * b.width
		if len(rest) < n {
			continue
		}
		query := b.Insert + strings.Repeat(one, size)[1:]
		for ; len(rest) >= n; rest = rest[n:] {
			if err := c.Exec(query, rest[:n]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadSize is how many rows LoadMany reads with one statement.
const loadSize = 32

// LoadMany reads the rows of these births that stand in the table.
func (c *Conn) LoadMany(t *schema.Table, births []change.Birth, f func(*merge.Row)) error {
	query := statementsOf(t).selectBy + "sync_birth IN (?" + strings.Repeat(", ?", loadSize-1) + ")"
	for len(births) > 0 {
		args := make([]any, loadSize) // the rest stays NULL, which equals nothing
		n := min(len(births), loadSize)
		for i := range n {
			args[i] = births[i].Pack()
		}
		births = births[n:]
		err := c.Each(query, args, func(v []driver.Value) error {
			row, err := Scan(t, v)
			if err == nil {
				f(row)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// AdoptMany takes rows that another program inserted into the register.
func (c *Conn) AdoptMany(t *schema.Table, rows []*merge.Row) error {
	return c.updateMany(t, schema.BirthColumn, rows, func(r *merge.Row) any { return r.Birth.Pack() })
}

// SaveVersions stores the versions of rows whose columns stand in the table
// already: another program wrote them.
func (c *Conn) SaveVersions(t *schema.Table, rows []*merge.Row) error {
	return c.updateMany(t, schema.VersionColumn, rows, versionArg)
}

func (c *Conn) updateMany(t *schema.Table, column string, rows []*merge.Row, value func(*merge.Row) any) error {
	for _, size := range bulkSizes {
		query := "WITH v(id, value) AS (VALUES (?, ?)" + strings.Repeat(", (?, ?)", size-1) + ") UPDATE " + t.Name +
			" SET " + column + " = v.value FROM v WHERE " + t.Name + ".id = v.id"
		for ; len(rows) >= size; rows = rows[size:] {
			args := make([]any, 0, 2*size)
			for _, r := range rows[:size] {
				args = append(args, r.ID, value(r))
			}
			if err := c.Exec(query, args...); err != nil {
				return err
			}
		}
	}
	return nil
}
