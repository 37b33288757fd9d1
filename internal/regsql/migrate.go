package regsql

import (
	"fmt"
	"slices"

	"dongbo/schema"
)

// Migrate brings the declared tables of the file up to the declaration: it
// makes tables and adds columns that are missing and, where capture is wanted,
// puts the capture triggers in place. It returns the triggers of a table that
// existed before which were not as the program that had the file last made
// them: writes may have gone by uncaptured. Additive only: nothing is ever
// dropped or retyped.
func (c *Conn) Migrate(capture bool) (mended []string, err error) {
	if err := c.Script(CreateGone + CreateRaw); err != nil {
		return nil, err
	}
	if capture {
		if err := c.ensure("table", schema.CaptureTable, schema.CreateCapture); err != nil {
			return nil, err
		}
	}
	had, err := c.Stamp()
	if err != nil {
		return nil, err
	}
	for _, t := range schema.Tables() {
		m, err := c.migrateTable(t, capture, had.Schema)
		if err != nil {
			return nil, fmt.Errorf("migrate %s: %w", t.Name, err)
		}
		mended = append(mended, m...)
	}
	return mended, nil
}

func (c *Conn) migrateTable(t *schema.Table, capture bool, had uint16) ([]string, error) {
	columns, err := c.columns(t.Name)
	if err != nil {
		return nil, err
	}
	isNew := len(columns) == 0
	if isNew {
		if err := c.Exec(t.CreateTable(false)); err != nil {
			return nil, err
		}
		if err := c.Exec(t.BirthIndex()); err != nil {
			return nil, err
		}
	} else if err := c.addColumns(t, t.Name, columns); err != nil {
		return nil, err
	}
	if !capture {
		return nil, nil
	}
	shadow, err := c.columns(t.ShadowTable())
	if err != nil {
		return nil, err
	}
	if len(shadow) == 0 {
		err = c.Exec(t.CreateShadow())
	} else {
		err = c.addColumns(t, t.ShadowTable(), shadow)
	}
	if err != nil {
		return nil, err
	}
	mended, err := c.putTriggers(t, had)
	if isNew {
		mended = nil
	}
	return mended, err
}

func (c *Conn) columns(table string) ([]string, error) {
	rows, err := c.All("SELECT name FROM pragma_table_info(?)", table)
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = TextOf(r[0])
	}
	return names, err
}

func (c *Conn) addColumns(t *schema.Table, table string, have []string) error {
	for i := range t.Columns {
		col := &t.Columns[i]
		if slices.Contains(have, col.Name) {
			continue
		}
		if err := c.Exec("ALTER TABLE " + table + " ADD COLUMN " + col.Name + " " + col.SQLType()); err != nil {
			return err
		}
	}
	return nil
}

// putTriggers makes the triggers that are not as declared; had is the version
// of the declaration whose triggers should stand there, 0 for this one.
func (c *Conn) putTriggers(t *schema.Table, had uint16) (mended []string, err error) {
	for _, tr := range t.Triggers() {
		row, err := c.One("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?", tr.Name)
		if err != nil {
			return nil, err
		}
		stands := ""
		if row != nil {
			stands = TextOf(row[0])
		}
		if stands == tr.SQL {
			continue
		}
		if stands != triggerAs(t, had, tr) {
			mended = append(mended, tr.Name)
		}
		if row != nil {
			if err := c.Exec("DROP TRIGGER " + tr.Name); err != nil {
				return nil, err
			}
		}
		if err := c.Exec(tr.SQL); err != nil {
			return nil, err
		}
	}
	return mended, nil
}

// triggerAs is the text that the trigger should have had; none where it came later.
func triggerAs(t *schema.Table, had uint16, now schema.Trigger) string {
	if had == 0 || had == schema.Version {
		return now.SQL
	}
	for _, tr := range t.As(had).Triggers() {
		if tr.Name == now.Name {
			return tr.SQL
		}
	}
	return ""
}

func (c *Conn) ensure(kind, name, ddl string) error {
	n, err := c.Int("SELECT count(*) FROM sqlite_schema WHERE type = ? AND name = ?", kind, name)
	if err != nil || n > 0 {
		return err
	}
	return c.Exec(ddl)
}
