package sim

import (
	"errors"
	"fmt"
	"os"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/schema"
)

// What befalls a file and nothing else: other programs, sudden ends, bits that
// fall over.

// kill ends the process that has the file open, in the middle of its day: what
// is left is the file and the log beside it, which the next one has to read.
func (f *file) kill() error {
	if f.Replica == nil {
		return nil
	}
	old, next := f.drive, &drive{path: f.shelf.next(), host: f.host}
	if err := copyFile(old.path, next.path); err != nil {
		return err
	}
	if err := copyFile(old.path+"-wal", next.path+"-wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f.Replica, f.drive = nil, nil
	err := errors.Join(old.close(), os.Remove(old.path), next.open())
	if err == nil {
		f.Replica, f.drive = next.r, next
	}
	return err
}

// damage spoils a column of a row, past all triggers, and the sums that would
// still be right without it; bare: the row's version too.
func (f *file) damage(member change.ID, column string, bare bool) error {
	c := f.drive.raw
	was, err := c.One("SELECT sync_version FROM member WHERE id = ?", member)
	if err != nil || was == nil {
		return err
	}
	return c.Write(func() error {
		// The capture takes whoever writes a version for the replica itself.
		err := c.Exec("UPDATE member SET "+column+" = 'hỏng', sync_version = x'' WHERE id = ?", member)
		if !bare {
			err = errors.Join(err, c.Exec("UPDATE member SET sync_version = ? WHERE id = ?", was[0], member))
		}
		return errors.Join(err, c.Exec("UPDATE sync_digest SET sums = zeroblob(length(sums))"))
	})
}

// harm plays what only files know.
func (w *world) harm(o *office, s *Step) error {
	f, real := o.machine.(*file)
	if !real {
		return nil
	}
	switch s.Do {
	case Stranger:
		return w.stranger(o, f, s)
	case Kill:
		w.trace.add("the computer of %s dies and starts anew", o.name)
		return f.kill()
	case Damage:
		return w.damage(o, f, s)
	}
	return nil
}

// stranger lets another program write, enter or delete a member.
func (w *world) stranger(o *office, f *file, s *Step) error {
	id := w.members[s.Row%len(w.members)]
	column := columns[s.Reg%len(columns)]
	text := fmt.Sprintf("%s~%d", o.name, len(w.oracle.ops))
	key := rowKey{Table: schema.ByName("member").No, ID: id}
	before, err := o.state(key)
	if err != nil || !before.ready {
		return err
	}
	row := before.rows[key]
	query, args := "", []any{text, id}
	switch {
	case s.Unit == 0:
		id = w.newID()
		unit := places[0]
		if _, own, role := w.who(s); role == "officer" {
			unit = own
		}
		w.members = append(w.members, id)
		w.trace.add("another program on the computer of %s enters %s", o.name, id)
		query, args = "INSERT INTO member (id, unit_id, full_name, phone) VALUES (?, ?, ?, ?)", []any{id, w.units[unit], text, o.name}
	case row == nil || !row.Exists():
		return nil
	case s.Unit == 1:
		w.trace.add("another program on the computer of %s deletes %s", o.name, id)
		query, args = "DELETE FROM member WHERE id = ?", []any{id}
	default:
		w.trace.add("another program on the computer of %s writes %s of %s", o.name, column, id)
		query = "UPDATE member SET " + column + " = ? WHERE id = ?"
	}
	if err := errors.Join(f.drive.raw.Exec(query, args...), f.Seal()); err != nil {
		return err
	}
	return w.wrote(o, &before, []rowKey{{Table: key.Table, ID: id}}, nil, false)
}

// damage spoils a row of an office that is up to date but for one entry on its
// way to that row and one change of its own that waits elsewhere. One exchange
// must mend it.
func (w *world) damage(o *office, f *file, s *Step) error {
	id, other := w.members[s.Row%len(w.members)], w.members[(s.Row+1)%len(w.members)]
	key := rowKey{Table: schema.ByName("member").No, ID: id}
	if err := w.sync(o, Step{Do: Sync, Seed: s.Seed}); err != nil || w.trace.who != o.name {
		return err
	}
	column := columns[s.Reg%len(columns)]
	// What arrives overwrites another column: the damage is not to be replaced.
	text := func(i int) map[string]change.Value {
		return map[string]change.Value{columns[i%len(columns)]: change.Text(fmt.Sprintf("%s!%d", o.name, len(w.oracle.ops)))}
	}
	if p := w.offices[1]; p != o && s.Unit&1 == 0 {
		sync := Step{Do: Sync, Seed: s.Seed}
		err := errors.Join(w.sync(p, sync), w.sync(o, sync), w.write(p, s, false, replica.Edit{Table: "member", ID: id, Set: text(s.Reg + 1 + s.Unit>>1)}), w.sync(p, sync))
		if err != nil {
			return err
		}
	}
	if err := w.write(o, s, false, replica.Edit{Table: "member", ID: other, Set: text(s.Reg)}); err != nil {
		return err
	}
	is, err := o.state(key)
	if err != nil {
		return err
	}
	if row := is.rows[key]; row == nil || !row.Exists() || id == other {
		return nil
	}
	w.trace.add("a bit of %s of %s falls over at %s", column, id, o.name)
	if err := f.damage(id, column, s.Unit&2 == 0); err != nil {
		return err
	}
	w.trace.who = ""
	if err := w.talk(o, Step{Do: Sync, Seed: s.Seed}); err != nil {
		return err
	}
	r := w.trace.last
	if w.trace.who != o.name || !r.Same || r.Mended == 0 && r.Rows == 0 {
		return broken("%s was damaged, and the next exchange says %+v (I1)", o.name, r)
	}
	return nil
}
