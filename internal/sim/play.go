package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/schema"
)

// rounds is how many exchanges each office holds, once faults have stopped,
// until everything must have drained.
const rounds = 8

// play runs a script to its end and returns what it broke.
func (w *world) play(script Script) error {
	k := newOracle()
	w.oracle = k
	for i := range script {
		w.at += time.Minute
		if err := w.step(&script[i]); err != nil {
			return err
		}
	}
	return w.drain()
}

// member columns that histories write: no rule of a unit hangs on them.
var columns = []string{"phone", "notes", "address", "job_title", "email"}

func (w *world) step(s *Step) error {
	o := w.offices[s.Who%len(w.offices)]
	member := w.members[s.Row%len(w.members)]
	column := columns[s.Reg%len(columns)]
	edit := replica.Edit{Table: "member", ID: member}
	value := change.Text(fmt.Sprintf(quoted+"%s%d›", o.name, len(w.oracle.ops)))
	switch s.Do {
	case Write:
		edit.Set = map[string]change.Value{column: value}
	case Equal:
		edit.Set = map[string]change.Value{column: change.Text(fmt.Sprint("như nhau ", s.Unit&1))}
	case Create:
		return w.create(o, s)
	case Hang:
		return w.hang(o, s, member)
	case Same:
		return w.same(o, s, member)
	case UndoSame:
		edit.Set = map[string]change.Value{merge.SameAs: change.Null}
	case Ahead:
		return w.ahead(o, s, member, value)
	case Delete:
		edit.Delete = true
	case Restore:
		edit.Restore = true
	case Settle:
		return w.settle(o, s, value)
	case Move:
		edit.Set = map[string]change.Value{"unit_id": change.IDValue(w.units[w.places[s.Unit%len(w.places)]])}
	case Pair:
		other := replica.Edit{Table: "member", ID: w.members[(s.Row+1)%len(w.members)], Set: map[string]change.Value{column: value}}
		edit.Set = map[string]change.Value{column: value}
		return w.write(o, s, false, edit, other)
	case Reparent:
		o = w.above()
		parents := []string{"C1", "C2"}
		if w.far() {
			parents = append(parents, "Q")
		}
		edit = replica.Edit{Table: "unit", ID: w.units[places[s.Row%3]], Set: map[string]change.Value{"parent_id": change.IDValue(w.units[parents[s.Unit%len(parents)]])}}
	case End, Mandate:
		status := map[Verb]string{End: "ended", Mandate: "active"}[s.Do]
		who, _, role := w.who(s)
		if role == "admin" {
			return nil
		}
		o = w.above()
		edit = replica.Edit{Table: "mandate", ID: w.mandate[who], Set: map[string]change.Value{"status": change.Text(status)}}
	default:
		return w.happen(o, s)
	}
	return w.write(o, s, false, edit)
}

// above is the office that has all rights in this world.
func (w *world) above() *office {
	if w.far() {
		return w.offices[nation]
	}
	return w.offices[province]
}

// write makes a change, where the office sees all its rows.
func (w *world) write(o *office, s *Step, settles bool, edits ...replica.Edit) error {
	if o.gone {
		return nil
	}
	var keys []rowKey
	for i := range edits {
		keys = append(keys, rowKey{Table: schema.ByName(edits[i].Table).No, ID: edits[i].ID})
	}
	before, err := o.state(keys...)
	if err != nil || !before.ready {
		return err
	}
	for i := range edits {
		e, row := &edits[i], before.rows[keys[i]]
		if row == nil && !creates(e) || e.Restore && row.Exists() || e.Delete && !row.Exists() {
			return nil
		}
	}
	if err := o.commit(replica.Kind(s.Seed>>1&1), edits...); fault.CodeOf(err) == fault.RefusedErased {
		return nil
	} else if err != nil {
		return broken("%s cannot write: %v", o.name, err)
	}
	return w.wrote(o, &before, keys, edits, settles)
}

// wrote tells the oracle of what an office wrote since it was as before, and
// looks at it.
func (w *world) wrote(o *office, before *state, keys []rowKey, edits []replica.Edit, settles bool) error {
	after, err := o.state(slices.Concat(w.oracle.rows, keys)...)
	if err != nil {
		return err
	}
	changed := false
	for _, c := range after.waiting {
		if before.waits(c.Dot) {
			continue
		}
		changed = true
		w.oracle.wrote(o, c, before.rows, settles)
		if w.trace.tell {
			w.trace.add("%s writes %s", o.name, w.describe(c))
		}
	}
	if changed {
		if err := w.oracle.typed(o, &after, keys, edits); err != nil {
			return err
		}
	}
	if w.restored {
		return nil
	}
	return w.oracle.hold(o, &after)
}

// typed holds that an office shows what was just typed there: first of all, or
// as a rival of what came before.
func (k *oracle) typed(at *office, is *state, keys []rowKey, edits []replica.Edit) error {
	for i := range edits {
		e := &edits[i]
		t, row := schema.ByName(e.Table), is.rows[keys[i]]
		for column, v := range e.Set {
			no := t.Column(column).RegisterOf()
			place := slices.IndexFunc(t.Registers()[t.RegisterIndex(no)].Columns, func(ci int) bool { return t.Columns[ci].Name == column })
			k.held[6]++
			if !slices.ContainsFunc(row.Heads(no), func(h merge.Head) bool { return h.Vals[place] == v }) {
				return broken("%s does not show what was typed there: %s = %v (I6)", at.name, column, v)
			}
		}
	}
	return nil
}

func creates(e *replica.Edit) bool {
	return !e.Set["full_name"].IsNull() || !e.Set["member_id"].IsNull()
}

func (w *world) create(o *office, s *Step) error {
	unit := w.places[s.Unit%len(w.places)]
	if _, own, role := w.who(s); role == "officer" {
		unit = own
	}
	id := w.newID()
	w.members = append(w.members, id)
	return w.write(o, s, false, replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{
		"unit_id": change.IDValue(w.units[unit]), "full_name": change.Text(fmt.Sprint("mới ", len(w.members))), "phone": change.Text(o.name)}})
}

// settle takes the first conflict that the office sees.
func (w *world) settle(o *office, s *Step, value change.Value) error {
	var keys []rowKey
	for _, id := range w.members {
		keys = append(keys, rowKey{Table: schema.ByName("member").No, ID: id})
	}
	is, err := o.state(keys...)
	if err != nil {
		return err
	}
	for i, id := range w.members {
		row := is.rows[keys[i]]
		if row == nil {
			continue
		}
		for _, no := range row.Conflicts() {
			e := replica.Edit{Table: "member", ID: id, Settle: true}
			if no == schema.Alive {
				e.Delete, e.Restore = s.Unit&1 == 0, s.Unit&1 == 1
				return w.write(o, s, true, e)
			}
			column := row.Table.Columns[row.Table.Registers()[row.Table.RegisterIndex(no)].Columns[0]].Name
			if column == "unit_id" || column == "full_name" || column == merge.SameAs {
				value = row.Shown(no).Vals[0]
			}
			if s.Unit&1 == 0 {
				value = row.Shown(no).Vals[0]
			}
			e.Set = map[string]change.Value{column: value}
			return w.write(o, s, true, e)
		}
	}
	return nil
}

// happen plays what is nobody's work: lines, disks, clocks, other programs.
func (w *world) happen(o *office, s *Step) error {
	switch s.Do {
	case Sync:
		return w.sync(o, *s)
	case Backup:
		saved, err := w.adopt(o)
		if err != nil {
			return err
		}
		if o.saved != nil {
			if err := o.saved.close(); err != nil {
				return err
			}
		}
		o.saved = saved
		w.oracle.inherit(o.saved.machine, o.machine)
		w.trace.add("the disk of %s is copied", o.name)
	case Rewind:
		return w.rewind(o)
	case Clone:
		return w.clone(o)
	case Clock:
		o.skew = []time.Duration{-1, 0, 1}[s.Unit%3] * twentyYears
	case Reboot:
		w.trace.add("the servers start anew")
		return w.reboot()
	case Save:
		w.trace.add("somebody copies the register")
		return w.save()
	case Lost:
		w.lose(o)
	case Restored:
		return w.restoreServer(s.Seed&3 != 0)
	case Prune:
		return w.prune(time.Duration(s.Row*s.Unit) * time.Minute)
	case Erase:
		return w.erase(w.members[s.Row%len(w.members)])
	case Stranger, Kill, Damage:
		return w.harm(o, s)
	}
	return nil
}

func (w *world) rewind(o *office) error {
	if o.saved == nil {
		return nil
	}
	is, err := o.state()
	if err != nil {
		return err
	}
	was, err := o.saved.state()
	if err != nil {
		return err
	}
	for _, c := range is.waiting {
		if !was.waits(c.Dot) {
			w.oracle.lose(c)
		}
	}
	fresh, err := w.adopt(o.saved)
	if err != nil {
		return err
	}
	w.oracle.inherit(fresh.machine, o.saved.machine)
	if err := o.close(); err != nil {
		return err
	}
	o.machine = fresh.machine
	w.wake(o)
	w.trace.add("%s is restored from its last copy", o.name)
	return nil
}

func (w *world) clone(o *office) error {
	if o.saved == nil || len(w.offices) > 8 {
		return nil
	}
	c, err := w.adopt(o.saved)
	if err != nil {
		return err
	}
	w.oracle.inherit(c.machine, o.saved.machine)
	c.name = fmt.Sprintf("%s'%d", o.name, len(w.offices))
	w.offices = append(w.offices, c)
	w.trace.add("the copy of %s is put to work as %s", o.name, c.name)
	return nil
}

// sync holds one exchange, which finds nothing to mend: the sync itself never
// spoils a row.
func (w *world) sync(o *office, s Step) error {
	if o.gone {
		return nil
	}
	w.trace.last = agent.Result{}
	if err := w.talk(o, s); err != nil {
		return err
	}
	if w.trace.last.Same {
		w.oracle.held[1]++
	}
	if n := w.trace.last.Mended; n > 0 && !w.untold {
		return broken("%s differed from the server in %d rows (I1)", o.name, n)
	}
	return nil
}

// talk holds one exchange. Some ends are nobody's fault.
func (w *world) talk(o *office, s Step) error {
	err := w.exchange(o, s)
	w.trace.add("%s syncs: %v", o.name, err)
	if failed := w.view(w.followed); failed != nil {
		return failed
	}
	if errors.Is(err, errCut) {
		w.trace.cuts++
	}
	if v := violation(""); errors.As(err, &v) {
		return v
	}
	switch code := fault.CodeOf(err); {
	case w.excused(code):
		return nil
	case err == nil, errors.Is(err, errCut), code == fault.ScopeChanged:
		return w.look(o)
	case code == "sync.digest_differs":
		return broken("%s differs from the server, and no repair helped (I1)", o.name)
	default:
		return broken("%s cannot sync: %v (I10)", o.name, err)
	}
}

// drain lets everybody sync, with no faults, until nothing is left to say.
func (w *world) drain() error {
	for round := 0; ; round++ {
		if err := w.endRecovery(round); err != nil {
			return err
		}
		calm, covered, err := w.round(uint64(round))
		if err != nil {
			return err
		}
		if calm && round > 0 && (!w.restored || round > closes) {
			w.oracle.held[10]++
			w.oracle.held[20]++
			if covered > 0 {
				return broken("nothing waits, and %d rows are kept as they were below it (I20)", covered)
			}
			return w.end()
		}
		if round == rounds {
			return broken("after %d rounds without faults something still waits (I10)", rounds)
		}
	}
}

// round lets everybody sync once. It was calm where nobody had anything to say.
func (w *world) round(seed uint64) (calm bool, covered int, err error) {
	calm = true
	for _, o := range w.offices {
		if o.unused() || o.gone {
			continue
		}
		before := w.heads()
		if err := w.sync(o, Step{Seed: seed}); err != nil {
			return false, 0, err
		}
		is, err := o.state()
		if err != nil {
			return false, 0, err
		}
		covered += is.covered
		calm = calm && w.trace.last.Same && w.trace.who == o.name && len(is.waiting) == 0 && before == w.heads()
	}
	return calm, covered, nil
}

// end holds the register against what it must have come to.
func (w *world) end() error {
	for _, check := range []func(server.Tx) error{
		func(tx server.Tx) error { return w.oracle.end(w.ground.worldly(tx)) },
		func(tx server.Tx) error { return w.stayRefused(w.ground.worldly(tx)) },
		w.refold,
		w.together,
		func(tx server.Tx) error { return w.one(w.ground.worldly(tx)) },
		w.sum,
		w.below,
		w.nowhere,
	} {
		if err := w.view(check); err != nil {
			return err
		}
	}
	return nil
}

// heads is how much has been ordered.
func (w *world) heads() (n uint64) {
	_ = w.store.View(func(tx server.Tx) error {
		for _, unit := range logs {
			h, err := tx.Head(w.units[unit])
			if err != nil {
				return err
			}
			n += h
		}
		return nil
	})
	return n
}

// values are all values of all members, rivals in their order.
func (w *world) values() (out string) {
	_ = w.store.View(func(tx server.Tx) error {
		for _, id := range w.members {
			row, err := tx.Row(schema.ByName("member"), id)
			if err != nil || row == nil {
				return err
			}
			for _, no := range append([]uint16{schema.Alive}, touchable(row)...) {
				for _, h := range row.Heads(no) {
					out += fmt.Sprint(no, h.Vals, " ")
				}
			}
			out += "\n"
		}
		return nil
	})
	return out
}

func touchable(row *merge.Row) (out []uint16) {
	for _, reg := range row.Table.Registers() {
		out = append(out, reg.No)
	}
	return out
}

// sum puts the register's digests into the trace.
func (w *world) sum(tx server.Tx) error {
	for _, u := range country {
		s, err := tx.Unit(w.units[u.Code])
		if err != nil {
			return err
		}
		w.trace.digest(s.Own.Add(s.Published))
	}
	return nil
}

func (w *world) describe(c *change.Change) string {
	out := ""
	for _, rw := range c.Rows {
		for _, wr := range rw.Writes {
			out += fmt.Sprintf("%s=%v seen %v; ", register{rw.Table, rw.ID, wr.Reg}, wr.Vals, wr.Seen)
		}
	}
	return fmt.Sprintf("%v: %s", c.Dot, out)
}

// lose notes writes that a lost disk alone may have held.
func (k *oracle) lose(c *change.Change) {
	for _, o := range k.ops {
		for _, rw := range c.Rows {
			if o.on.table == rw.Table && o.on.id == rw.ID && o.dots[len(o.dots)-1] == c.Dot {
				o.lost = true
			}
		}
	}
}

// inherit gives a restored replica what its copy had shown.
func (k *oracle) inherit(d, from machine) {
	v := k.view(from)
	k.views[d] = &view{seen: maps.Clone(v.seen), as: maps.Clone(v.as), away: maps.Clone(v.away)}
}
