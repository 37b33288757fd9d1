package replica

import (
	"dongbo/internal/change"
	"dongbo/internal/regsql"
)

// RememberImport keeps which row of a spreadsheet became which record, so that
// the same file read again changes nothing even where it says too little to
// tell people apart.
func (r *Replica) RememberImport(file string, rows map[string]change.ID) error {
	return r.write(func() error {
		for record, id := range rows {
			if err := r.w.Exec("INSERT OR REPLACE INTO sync_import (file, record, id) VALUES (?, ?, ?)", file, record, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Home returns the unit that the device is enrolled for and the person who
// works on it.
func (r *Replica) Home() (unit, person change.ID, err error) {
	err = r.read(func(c *regsql.Conn) error {
		if unit, err = metaID(c, "home"); err != nil {
			return err
		}
		person, err = metaID(c, "person")
		return err
	})
	return unit, person, err
}
