package sqlitestore

import (
	"database/sql/driver"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/regsql"
	"dongbo/internal/server"
)

const selectDevice = `SELECT id, key, person, unit, label, program, revoked, seen, last_contact, logs, cursor
FROM srv_device LEFT JOIN srv_kept ON device = id `

func scanDevice(v []driver.Value) *server.Device {
	return &server.Device{
		ID: regsql.IDOf(v[0]), Key: slices.Clone(regsql.BytesOf(v[1])), Person: regsql.IDOf(v[2]), Unit: regsql.IDOf(v[3]),
		Label: regsql.TextOf(v[4]), Program: regsql.TextOf(v[5]), Revoked: regsql.IntOf(v[6]) != 0, Stolen: regsql.IntOf(v[6]) == stolen,
		Seen: cursorOf(v[7]), LastContact: regsql.IntOf(v[8]), Logs: idsOf(v[9]), Kept: cursorOf(v[10]),
	}
}

// What stands in column revoked of a device that may not receive: one that may
// not send either is stolen.
const stolen = 2

func revoked(d *server.Device) int {
	switch {
	case d.Stolen:
		return stolen
	case d.Revoked:
		return 1
	}
	return 0
}

func packIDs(ids []change.ID) []byte {
	b := []byte{}
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func idsOf(v driver.Value) (ids []change.ID) {
	for b := range slices.Chunk(regsql.BytesOf(v), len(change.ID{})) {
		ids = append(ids, change.ID(b))
	}
	return ids
}

func (t *tx) Device(id change.ID) (*server.Device, error) {
	row, err := t.c.One(selectDevice+"WHERE id = ?", id)
	if err != nil || row == nil {
		return nil, err
	}
	return scanDevice(row), nil
}

func (t *tx) Devices() (list []*server.Device, err error) {
	err = t.c.Each(selectDevice+"ORDER BY id", nil, func(v []driver.Value) error {
		list = append(list, scanDevice(v))
		return nil
	})
	return list, err
}

func (t *tx) SaveDevice(d *server.Device) error {
	kept, args := "DELETE FROM srv_kept WHERE device = ?", []any{d.ID}
	if len(d.Kept.Logs) > 0 {
		kept, args = "INSERT INTO srv_kept (device, cursor) VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor", append(args, packCursor(d.Kept))
	}
	err := t.c.Exec(kept, args...)
	if err != nil {
		return err
	}
	return t.c.Exec(`INSERT INTO srv_device (id, key, person, unit, label, program, revoked, seen, last_contact, logs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET person = excluded.person, unit = excluded.unit, label = excluded.label, program = excluded.program,
  revoked = excluded.revoked, seen = excluded.seen, last_contact = excluded.last_contact, logs = excluded.logs`,
		d.ID, d.Key, d.Person, d.Unit, d.Label, d.Program, revoked(d), packCursor(d.Seen), d.LastContact, packIDs(d.Logs))
}

const selectWriter = "SELECT w.ref, r.name, w.device, w.kind, w.key, w.last, w.hash, w.refused FROM srv_writer w JOIN srv_ref r USING (ref) "

func scanWriter(v []driver.Value) *server.Writer {
	w := &server.Writer{
		Ref: change.Ref(regsql.IntOf(v[0])), Name: regsql.IDOf(v[1]), Device: regsql.IDOf(v[2]), Kind: byte(regsql.IntOf(v[3])),
		Last: uint64(regsql.IntOf(v[5])), Refused: uint64(regsql.IntOf(v[7])),
	}
	copy(w.Key[:], regsql.BytesOf(v[4]))
	copy(w.Hash[:], regsql.BytesOf(v[6]))
	return w
}

func (t *tx) Writer(ref change.Ref) (*server.Writer, error) {
	row, err := t.c.One(selectWriter+"WHERE w.ref = ?", ref)
	if err != nil || row == nil {
		return nil, err
	}
	return scanWriter(row), nil
}

func (t *tx) WritersOf(device change.ID) (list []*server.Writer, err error) {
	err = t.c.Each(selectWriter+"WHERE w.device = ? ORDER BY w.ref", []any{device}, func(v []driver.Value) error {
		list = append(list, scanWriter(v))
		return nil
	})
	return list, err
}

func (t *tx) SaveWriter(w *server.Writer) error {
	return t.c.Exec(`INSERT INTO srv_writer (ref, device, kind, key, last, hash, refused) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last = excluded.last, hash = excluded.hash, refused = excluded.refused`,
		w.Ref, idOrNull(w.Device), int(w.Kind), w.Key[:], w.Last, w.Hash, w.Refused)
}

func idOrNull(id change.ID) any {
	if id.IsZero() {
		return nil
	}
	return id
}

func (t *tx) Code(hash change.ID) (*server.Code, error) {
	row, err := t.c.One("SELECT hash, person, unit, expires, device FROM srv_code WHERE hash = ?", hash)
	if err != nil || row == nil {
		return nil, err
	}
	return &server.Code{
		Hash: regsql.IDOf(row[0]), Person: regsql.IDOf(row[1]), Unit: regsql.IDOf(row[2]), Expires: regsql.IntOf(row[3]),
		Device: regsql.IDOf(row[4]),
	}, nil
}

func (t *tx) SaveCode(c *server.Code) error {
	return t.c.Exec(`INSERT INTO srv_code (hash, person, unit, expires, device) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET device = excluded.device`,
		c.Hash, c.Person, c.Unit, c.Expires, idOrNull(c.Device))
}
