package server

import (
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// codeLife is how long an enrolment code may be shown for the first time.
const codeLife = 14 * 24 * time.Hour

// Invite makes a person with a mandate over a unit and returns a one-time
// enrolment code for that person's computer. Without a URL the code carries the
// one that SetURL remembered. It may run beside a serving process.
func (s *Server) Invite(unitCode, role, personName, url string) (string, error) {
	r, ok := schema.ParseRole(role)
	if !ok {
		return "", fault.New(fault.InviteRole, "role", role)
	}
	token, err := identity.NewToken(s.rand)
	if err != nil {
		return "", err
	}
	var unit *merge.Row
	err = s.update(func(o *ordering) (err error) {
		if unit, err = unitByCode(o.tx, unitCode); err != nil {
			return err
		}
		if personName == "" {
			personName = unit.Value("name").Text()
		}
		if url == "" {
			b, err := o.tx.Setting(keyURL)
			if err != nil {
				return err
			}
			url = string(b)
		}
		person, err := o.appoint(unit.ID, r, personName)
		if err != nil {
			return err
		}
		return o.tx.SaveCode(&Code{Hash: tokenHash(token), Person: person, Unit: unit.ID, Expires: o.at + codeLife.Milliseconds()})
	})
	if err != nil {
		return "", err
	}
	return s.codeText(token, url, unitCode+" "+unit.Value("name").Text(), role, personName)
}

// appoint writes the rows of a person and of the mandate.
func (o *ordering) appoint(unit change.ID, role schema.Role, name string) (person change.ID, err error) {
	person, err = o.s.newID()
	if err != nil {
		return person, err
	}
	mandate, err := o.s.newID()
	if err != nil {
		return person, err
	}
	log, _ := o.tree.log(unit)
	if err := o.put("person", person, log, idOf("unit_id", unit), textOf("full_name", name)); err != nil {
		return person, err
	}
	return person, o.put("mandate", mandate, log, idOf("unit_id", unit), idOf("person_id", person),
		textOf("role", role.String()), textOf("basis", "appointed"), textOf("status", "active"))
}

// Devices returns all that were ever enrolled.
func (s *Server) Devices() (list []*Device, err error) {
	err = s.store.View(func(tx Tx) error {
		list, err = tx.Devices()
		return err
	})
	return list, err
}

// RevokeDevice shuts a computer out: it receives nothing any more, and what it
// still hands in is held for a person to decide on. From a stolen one nothing
// is taken, whatever is said of it later.
func (s *Server) RevokeDevice(id change.ID, stolen bool) error {
	return s.revoke(stolen, func(d *Device) bool { return d.ID == id })
}

// RevokePerson shuts out all computers of a person.
func (s *Server) RevokePerson(id change.ID, stolen bool) error {
	return s.revoke(stolen, func(d *Device) bool { return d.Person == id })
}

func (s *Server) revoke(stolen bool, meant func(*Device) bool) error {
	return s.update(func(o *ordering) error {
		list, err := o.tx.Devices()
		if err != nil {
			return err
		}
		found := false
		for _, d := range list {
			if !meant(d) {
				continue
			}
			found, d.Revoked, d.Stolen, o.announce = true, true, d.Stolen || stolen, true
			if err := o.tx.SaveDevice(d); err != nil {
				return err
			}
			log, _ := o.tree.log(d.Unit)
			if err := o.put("device", d.ID, log, textOf("status", "revoked")); err != nil {
				return err
			}
		}
		if !found {
			return fault.New(fault.RevokeNone)
		}
		return nil
	})
}

// enroll takes a device in that shows a code: at the first showing it gets its
// row and the code becomes its own. Later the same key may come again: it may
// have died before it knew that it was taken in.
func (s *Server) enroll(m *wire.Enroll, id change.ID, program string) error {
	return s.update(func(o *ordering) error {
		code, err := o.tx.Code(tokenHash(m.Token))
		if err != nil {
			return err
		}
		d, err := o.tx.Device(id)
		if err != nil {
			return err
		}
		switch {
		case d != nil && d.Revoked:
			return fault.New(fault.AuthRevoked)
		case code == nil:
			return fault.New(fault.AuthCodeUnknown)
		case !code.Device.IsZero() && code.Device != id:
			return fault.New(fault.AuthCodeUsed)
		case code.Device.IsZero() && code.Expires != 0 && code.Expires <= o.at:
			return fault.New(fault.AuthCodeExpired)
		}
		if d == nil {
			d = &Device{ID: id, Key: m.PublicKey, Person: code.Person, Unit: code.Unit, Label: m.Label}
		}
		d.Program = program
		code.Device = id
		if err := o.tx.SaveCode(code); err != nil {
			return err
		}
		if err := o.tx.SaveDevice(d); err != nil {
			return err
		}
		return o.introduce(d, m.Writers)
	})
}

// introduce takes in the device's writers and writes its row.
func (o *ordering) introduce(d *Device, writers []wire.NewWriter) error {
	if _, err := o.admitWriters(d, writers); err != nil {
		return err
	}
	return o.putDevice(d, d.ID, writers)
}

// admitWriters gives the device its writers and tells whether any was new.
func (o *ordering) admitWriters(d *Device, writers []wire.NewWriter) (fresh bool, err error) {
	for _, nw := range writers {
		ref, err := o.tx.Ref(nw.Name)
		if err != nil {
			return false, err
		}
		w, err := o.writer(ref)
		if err != nil {
			return false, err
		}
		if w != nil && (w.Device != d.ID || w.Key != nw.Key) || nw.Name.IsZero() {
			return false, fault.New(fault.AuthWriter)
		}
		if w == nil {
			o.writers[ref] = &Writer{Ref: ref, Name: nw.Name, Device: d.ID, Kind: nw.Kind, Key: nw.Key}
			fresh = true
		}
	}
	return fresh, nil
}

// putDevice writes the row that says who writes under these names.
func (o *ordering) putDevice(d *Device, id change.ID, writers []wire.NewWriter) error {
	var names [2]change.ID
	for _, nw := range writers {
		if int(nw.Kind) < len(names) {
			names[nw.Kind] = nw.Name
		}
	}
	log, _ := o.tree.log(d.Unit)
	return o.put("device", id, log, idOf("unit_id", d.Unit), textOf("label", d.Label), idOf("person_id", d.Person),
		idOf("hand_writer", names[0]), idOf("bulk_writer", names[1]), textOf("status", statusOf(d)))
}

func statusOf(d *Device) string {
	if d.Revoked {
		return "revoked"
	}
	return "active"
}

var deviceTable = schema.ByName("device")

// copiedKind is the finding that tells a device's unit that the device was
// restored from a backup, or that two computers write in its name.
const copiedKind = "copied_device"

// maxWriters bounds how often one device may be copied or restored.
const maxWriters = 1000

// renew takes in the writers of a device that was restored from a backup, or
// of a copy of it. They get a row of their own, so that everybody sees from
// where a value came, and that there is a copy.
func (s *Server) renew(h *wire.Hello) error {
	if len(h.New) == 0 {
		return nil
	}
	return s.update(func(o *ordering) error {
		d, err := o.tx.Device(h.Device)
		if err == nil {
			err = heard(d)
		}
		if err != nil {
			return err
		}
		had, err := o.tx.WritersOf(d.ID)
		if err != nil {
			return err
		}
		if len(had)+len(h.New) > maxWriters {
			return fault.New(fault.AuthWriter)
		}
		fresh, err := o.admitWriters(d, h.New)
		if err != nil || !fresh {
			return err
		}
		if err := o.putDevice(d, h.New[0].Name, h.New); err != nil {
			return err
		}
		return o.putFinding(found{kind: copiedKind, id: merge.FindingID(copiedKind, d.ID, h.New[0].Name), unit: d.Unit, table: deviceTable,
			a: d.ID, detail: d.Label, open: true})
	})
}

// contact remembers when a device spoke, what it holds, and where the snapshot
// stands that it is being sent; nil: as before.
func (s *Server) contact(id change.ID, seen, kept *change.Cursor) error {
	return s.store.Update(func(tx Tx) error {
		d, err := tx.Device(id)
		if err != nil || d == nil {
			return err
		}
		d.LastContact = s.millis()
		if seen != nil {
			d.Seen, d.Kept = *seen, change.Cursor{}
		}
		if kept != nil {
			d.Kept = *kept
		}
		return tx.SaveDevice(d)
	})
}
