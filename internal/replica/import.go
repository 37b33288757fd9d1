package replica

import (
	"maps"
	"slices"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
)

// RememberImport keeps which row of a spreadsheet became which record, so that
// the same file read again changes nothing even where it says too little to
// tell people apart.
func (r *Replica) RememberImport(file string, rows map[string]change.ID) error {
	for some := range slices.Chunk(slices.Sorted(maps.Keys(rows)), sealBatch) {
		err := r.write(func() error {
			for _, record := range some {
				if err := r.w.Exec("INSERT OR REPLACE INTO sync_import (file, record, id) VALUES (?, ?, ?)", file, record, rows[record]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		time.Sleep(r.env.Pace)
	}
	return nil
}

// NewIDs makes ids for rows that are about to be created, for a caller that
// must write them down before it creates them.
func (r *Replica) NewIDs(n int) ([]change.ID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]change.ID, n)
	for i := range ids {
		var err error
		if ids[i], err = r.newID(); err != nil {
			return nil, err
		}
	}
	return ids, nil
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
