package server

import (
	"slices"

	"dongbo/internal/change"
)

// A row's history may go on in another log: a member moves to another
// province, a unit does with all that stands below it, or a change comes from
// somebody who did not know of that yet. The entry then stands where its author
// reads, and an echo stands in the log that holds the row now: a change of the
// server's own that writes nothing, with which those who read that log receive
// the row as it is. Where it left a third log, those who read that lose it by an
// echo too. All in one Update.
//
// Who reads both logs must apply to the row what the server did, in that order,
// though logs are read one after the other. So an entry may stand behind a place
// of another log, and is not sent before that.

// behind is a place of another log.
type behind struct {
	log change.ID
	num uint64
}

// echo is what an echo tells besides the rows as they are.
type echo struct {
	of    behind
	rows  []change.RowWrite
	from  []change.ID // of each row: where its log held it before
	stood []change.ID // of each row: where it stood before, in whatever log
}

// logOf returns the log that holds the row as the change finds it; a new row's
// is that of where it is made.
func (o *ordering) logOf(st *staged, r *stagedRow) change.ID {
	tr, unit := o.tree, r.unitBefore
	if r.before == nil {
		tr, unit = st.tree, r.unitAfter
	}
	log, _ := tr.log(unit)
	return log
}

// checkLog holds the log that the change names against the row's: it is that
// log, or was where the author stood. A unit that is made may stand in the log
// of what it belongs to: one directly below the root is itself a log.
func (o *ordering) checkLog(st *staged, r *stagedRow) error {
	t, log := r.after.Table, st.signed.Log
	if r.log = o.logOf(st, r); r.log == log || st.echo != nil {
		return nil
	}
	if t == unitTable && r.before == nil {
		n, _ := st.tree.node(r.after.ID)
		if above, _ := st.tree.log(n.parent); above == log {
			return nil
		}
	}
	if line, ok := st.tree.line(log); !ok || len(line) > 2 {
		if st.read == 0 {
			st.foreign = true // its author knew of no log: whose mandate ended, and was given back meanwhile
			return nil
		}
		return missing(refuse(codeLogUnknown, t, ""), log)
	}
	if r.late { // what he had the right to, he had it in that log
		stood, err := o.stoodIn(st, r)
		if err != nil {
			return err
		}
		if !stood {
			return missing(refuse(codeLogMixed, t, t.Scope), r.after.ID)
		}
	}
	st.foreign = true
	return nil
}

// stoodIn tells whether the log that the change names held the row where its
// author stood.
func (o *ordering) stoodIn(st *staged, r *stagedRow) (bool, error) {
	if st.read == 0 {
		return false, nil
	}
	t := &then{o: o, log: st.signed.Log, num: st.read}
	unit := r.unitAfter
	if r.before != nil {
		var err error
		if unit, err = t.unit(r.after.ID, r.unitBefore); err != nil {
			return false, err
		}
	}
	log, err := t.logOf(unit)
	return log == st.signed.Log, err
}

// logOf is tree.log where the author stood; zero where it leads nowhere.
func (t *then) logOf(unit change.ID) (change.ID, error) {
	var line []change.ID
	for !unit.IsZero() && !slices.Contains(line, unit) {
		line = append(line, unit)
		n, err := t.node(unit)
		if err != nil {
			return change.ID{}, err
		}
		unit = n.parent
	}
	if !unit.IsZero() || len(line) == 0 {
		return change.ID{}, nil
	}
	return line[max(0, len(line)-2)], nil
}

// reads tells whether whoever has these mandates reads the log for certain.
func (o *ordering) reads(author *Device, log change.ID) (bool, error) {
	if author == nil || log == o.tree.root {
		return true, nil
	}
	if itself, _ := o.tree.log(log); itself != log {
		return false, nil // what an author calls a log may be none
	}
	mandates, err := o.mandatesOf(author.Person)
	return slices.ContainsFunc(mandates, func(m Mandate) bool {
		own, _ := o.tree.log(m.Unit)
		return own == log || m.Unit == o.tree.root
	}), err
}

// choose finds the log for a change whose author named one that does not hold
// all its rows any more: theirs if he reads it, else the one that he named, else
// the root's. The entry stands behind all that is in the others.
func (o *ordering) choose(e *Entry, st *staged, author *Device) error {
	var logs []change.ID
	for i := range st.rows {
		if log := st.rows[i].log; !slices.Contains(logs, log) {
			logs = append(logs, log)
		}
	}
	candidates := []change.ID{st.signed.Log, o.tree.root}
	if len(logs) == 1 {
		candidates = slices.Insert(candidates, 0, logs[0])
	}
	for _, log := range candidates {
		ok, err := o.reads(author, log)
		if err != nil {
			return err
		}
		if ok {
			e.Log = log
			break
		}
	}
	for _, log := range logs {
		if log == e.Log {
			continue
		}
		head, err := o.tx.Head(log)
		if err != nil {
			return err
		}
		st.behind = append(st.behind, behind{log, head})
	}
	return nil
}

// echo tells the other logs of the rows of an entry: the one that holds a row
// now, and the one that held it before.
func (o *ordering) echo(e *Entry, st *staged) error {
	if st.echo != nil {
		return nil
	}
	echoes := map[change.ID]*echo{}
	var logs []change.ID
	tell := func(log change.ID, r *stagedRow, from change.ID) {
		if log == e.Log {
			return
		}
		x := echoes[log]
		if x == nil {
			x = &echo{of: behind{e.Log, e.Num}}
			echoes[log], logs = x, append(logs, log)
		}
		stood := r.unitAfter
		if r.before != nil {
			stood = r.unitBefore
		}
		x.rows = append(x.rows, change.RowWrite{Table: r.after.Table.No, ID: r.after.ID, Birth: r.after.Birth})
		x.from, x.stood = append(x.from, from), append(x.stood, stood)
	}
	for i := range st.rows {
		r := &st.rows[i]
		log, _ := o.tree.log(r.unitAfter)
		moved := r.before != nil && r.unitBefore != r.unitAfter
		if moved {
			tell(r.log, r, r.unitBefore)
		}
		if !moved || r.log != log {
			tell(log, r, r.unitAfter)
		}
	}
	for _, log := range logs {
		o.echoing = echoes[log]
		if err := o.write(log, echoes[log].rows...); err != nil {
			return err
		}
	}
	return nil
}

// crossed lists whom a unit concerns that changed its log: all above it or
// above anything below it. They begin with a new snapshot, for they may read
// other logs from now on. The root reads all, in any case.
func (o *ordering) crossed(st *staged, unit change.ID) []change.ID {
	was, _ := o.tree.log(unit)
	if is, _ := st.tree.log(unit); is == was {
		return nil
	}
	var out []change.ID
	for below := range o.tree.flat().within([]change.ID{unit}) {
		out = append(out, o.tree.above(below)...)
		out = append(out, st.tree.above(below)...)
	}
	return slices.DeleteFunc(out, func(id change.ID) bool { return id == o.tree.root })
}

// checkProvince keeps a unit that is itself a log in its place: what its log
// holds could be read by nobody any more.
func (o *ordering) checkProvince(st *staged, r *stagedRow) error {
	if r.after.Table != unitTable || r.before == nil || r.after.ID == st.tree.root {
		return nil
	}
	was, _ := o.tree.log(r.after.ID)
	if is, _ := st.tree.log(r.after.ID); was == r.after.ID && is != was {
		return refuse(codeUnitProvince, r.after.Table, "parent_id")
	}
	return nil
}

// forget takes out of an echo what left its log, where the device reads the
// log of what it echoes: it was told there, and what came since would be undone.
func (p *pager) forget(places []place, of []behind) {
	if !slices.ContainsFunc(of, func(b behind) bool { return p.scope.whole[b.log] }) {
		return
	}
	for i := range places {
		if places[i].gone {
			places[i].before = places[i].after
		}
	}
}

// waits tells whether the entry stands behind something that the device reads
// and has not received yet.
func (p *pager) waits(after []behind, cursor change.Cursor) bool {
	return slices.ContainsFunc(after, func(b behind) bool {
		return cursor.Logs[b.log] < b.num && slices.Contains(p.scope.logs, b.log)
	})
}
