package present

import (
	"dongbo/internal/change"
)

// mostUnits bounds a choice of units; a longer list is for a search of its own.
const mostUnits = 300

// Units are the units here that may have members, the office's own first.
func (d *Desk) Units() (ids []change.ID, names []string, err error) {
	rows, err := d.R.DB().Query(`SELECT id, name FROM unit WHERE kind IN ('grassroots', 'division', 'working_group')
ORDER BY id = (SELECT value FROM sync_meta WHERE key = 'home') DESC, name LIMIT ?`, mostUnits)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var id change.ID
		var name string
		if err := rows.Scan(&raw, &name); err != nil {
			return nil, nil, err
		}
		copy(id[:], raw)
		ids, names = append(ids, id), append(names, name)
	}
	return ids, names, rows.Err()
}
