package sim

import (
	"bytes"
	"iter"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server/memstore"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// desk is a replica in memory: what internal/replica does with a SQLite file,
// done with maps. What decides is the same code (replica.Draft, merge, change);
// what it keeps, and when, is told here a second time in the simplest way, so
// that a difference between the two is a finding about one of them.
type desk struct {
	name  string
	names *memstore.Names
	now   func() int64
	rand  func() change.ID

	person  change.ID
	home    change.ID
	scope   change.Hash
	ready   bool
	cursor  change.Cursor
	chains  [2]chain
	parted  []change.ID
	rows    map[rowKey]*merge.Row // the confirmed layer
	births  map[birthKey]change.ID
	sums    map[rowKey]summed          // of rows as they last were
	waiting []*change.Change           // own changes that have not come back, as sealed
	links   map[change.Dot]change.Hash // of own chains
	refused []refusal
	restoredDesk

	resume *wire.Resume
	staged []*merge.Row

	// renamed is told of each change that gets another name.
	renamed func(c *change.Change, to change.Dot)
}

type birthKey struct {
	table uint16
	birth change.Birth
}

type chain struct {
	ref                change.Ref
	name               change.ID
	key                [32]byte
	last, received     uint64
	hash, receivedHash change.Hash
	fresh              bool
}

type refusal struct {
	change *change.Change
	code   string
}

func newDesk(names *memstore.Names, id replica.Identity) *desk {
	d := &desk{name: id.Label, names: names, restoredDesk: restoredDesk{replaced: map[replacedBy][]change.Dot{}}, rows: map[rowKey]*merge.Row{}, births: map[birthKey]change.ID{}, sums: map[rowKey]summed{}, links: map[change.Dot]change.Hash{}}
	for i, w := range id.Writers {
		d.chains[i] = d.newChain(w.Name, [32]byte(w.Key))
	}
	return d
}

func (d *desk) wake(h host)  { d.now, d.rand, d.renamed = h.now, h.newID, h.renamed }
func (d *desk) unused() bool { return false }
func (d *desk) open() error  { return nil }
func (d *desk) close() error { return nil }

func (d *desk) state(of ...rowKey) (state, error) {
	s := state{ready: d.ready, waiting: d.waiting, rows: make(map[rowKey]*merge.Row, len(of))}
	for _, q := range d.refused {
		s.refused = append(s.refused, q.change.Dot)
	}
	for _, key := range of {
		if row := d.shown(key.Table, key.ID); row != nil {
			s.rows[key] = row
		}
	}
	return s, nil
}

func (d *desk) newChain(name change.ID, key [32]byte) chain {
	return chain{name: name, ref: d.ref(name), key: key}
}

func (d *desk) ref(name change.ID) change.Ref {
	r, _ := d.names.Ref(name) // fails only behind a million writers
	return r
}

// copy is the desk at this moment: a backup, or another disk.
func (d *desk) copy() *desk {
	out := *d
	out.rows, out.births, out.sums = maps.Clone(d.rows), maps.Clone(d.births), maps.Clone(d.sums)
	out.links = maps.Clone(d.links)
	out.cursor.Logs = maps.Clone(d.cursor.Logs)
	out.waiting, out.refused, out.staged = slices.Clone(d.waiting), slices.Clone(d.refused), slices.Clone(d.staged)
	out.parted = slices.Clone(d.parted)
	out.restoredDesk = d.restoredDesk.copy()
	return &out
}

// shown is a row with what waits on top; nil where there is none.
func (d *desk) shown(t uint16, id change.ID) *merge.Row {
	row := d.rows[rowKey{Table: t, ID: id}]
	if row != nil {
		row = row.Clone()
	}
	for _, c := range d.waiting {
		for i := range c.Rows {
			rw := &c.Rows[i]
			if d.sendsRefused(c) {
				break
			}
			if rw.Table != t || rw.ID != id {
				continue
			}
			switch {
			case rw.Creates && row == nil:
				row = merge.NewRow(schema.ByNo(t), id, rw.Birth)
			case rw.Creates || row == nil || row.Birth != rw.Birth:
				continue
			}
			wide := d.expand(*rw)
			row.Apply(c.Dot, &wide)
		}
	}
	return row
}

// expand adds what refused changes had seen to the Seen lists that name them,
// and to those that a restored server will read again what lay below.
func (d *desk) expand(rw change.RowWrite) change.RowWrite {
	rw, _, _ = rw.Expand(d.quarantined) // a desk's memory never fails
	if !d.sendsAgain() {
		return rw
	}
	rw.Writes = slices.Clone(rw.Writes)
	for i := range rw.Writes {
		w := &rw.Writes[i]
		w.Seen = append(slices.Clip(w.Seen), d.below(&rw, w)...)
	}
	return rw
}

// quarantined returns an own change that was refused, or nil.
func (d *desk) quarantined(dot change.Dot) (*change.Change, error) {
	for _, q := range d.refused {
		if q.change.Dot == dot {
			return q.change, nil
		}
	}
	return nil, nil
}

// commit writes edits as one change for each log that they belong to.
func (d *desk) commit(kind replica.Kind, edits ...replica.Edit) error {
	if !d.ready {
		return fault.New("replica.not_ready", "path", d.name)
	}
	var order []change.ID
	rows := map[change.ID][]change.RowWrite{}
	for i := range edits {
		e := &edits[i]
		t := schema.ByName(e.Table)
		before := d.shown(t.No, e.ID)
		rw, err := replica.Draft(e.ID, before, e)
		if err != nil {
			return err
		}
		if speaks, _ := merge.SpeaksOf(&rw, d.wasErased); speaks {
			return fault.New(fault.RefusedErased, "detail", t.Name)
		}
		if len(rw.Writes) == 0 {
			continue
		}
		unit, _ := e.Set[t.Scope].ID()
		if before != nil {
			unit = before.Unit()
		}
		log := d.logOf(unit)
		if rows[log] == nil {
			order = append(order, log)
		}
		rows[log] = append(rows[log], rw)
	}
	for _, log := range order {
		d.seal(log, kind, rows[log]...)
	}
	return nil
}

// logOf is the log that orders a unit's rows, as far as the desk knows.
func (d *desk) logOf(unit change.ID) change.ID {
	table := schema.ByName("unit")
	log := unit
	for at, depth := unit, 0; ; depth++ {
		row := d.shown(table.No, at)
		switch {
		case row == nil && at == unit && unit != d.home && !d.home.IsZero():
			return d.logOf(d.home)
		case row == nil || depth > 32:
			return log
		}
		parent, ok := row.Value("parent_id").ID()
		if !ok || parent.IsZero() {
			return log
		}
		log, at = at, parent
	}
}

// seal makes the next change of a chain.
func (d *desk) seal(log change.ID, kind replica.Kind, rows ...change.RowWrite) {
	ch := &d.chains[kind]
	ch.last++
	c := &change.Change{Dot: change.Dot{W: ch.ref, N: ch.last}, Person: d.person, At: d.now(), Log: log, Read: d.cursor.Logs[log], Schema: schema.Version, Rows: rows}
	for i := range rows {
		if rw := &rows[i]; rw.Creates {
			rw.Birth = change.Birth{Dot: c.Dot, I: uint16(i)}
			d.births[birthKey{rw.Table, rw.Birth}] = rw.ID
		}
	}
	ch.hash = d.chainer(ch).Next(ch.hash, c)
	d.links[c.Dot] = ch.hash
	d.waiting = append(d.waiting, c)
}

func (d *desk) chainer(ch *chain) *change.Chain { return change.NewChain(ch.name, ch.key[:], d.names) }

// What a conversation asks for.

func (d *desk) Path() string { return d.name }
func (d *desk) Seal() error  { return nil }

func (d *desk) TakeRequests() (bool, error) { return false, nil }

func (d *desk) Greeting() (g replica.Greeting, err error) {
	for i := range d.chains {
		ch := &d.chains[i]
		g.Writers = append(g.Writers, wire.WriterState{Name: ch.name, Last: ch.last, Hash: ch.hash})
		if ch.fresh {
			g.New = append(g.New, wire.NewWriter{Name: ch.name, Key: ch.key, Kind: byte(i)})
		}
	}
	if g.Ready = d.ready; g.Ready {
		g.Cursor = change.Cursor{Epoch: d.cursor.Epoch, Logs: maps.Clone(d.cursor.Logs)}
		g.Scope = d.scope
	}
	return g, nil
}

func (d *desk) Chains() (out []replica.Chain, err error) {
	for i := range d.chains {
		ch := &d.chains[i]
		out = append(out, replica.Chain{Kind: replica.Kind(i), Name: ch.name, Last: ch.last, Received: ch.received, Hash: ch.hash,
			ReceivedHash: ch.receivedHash, Key: ch.key[:], Fresh: ch.fresh, Ref: ch.ref, Back: max(ch.received, d.cameBack(ch.ref))})
	}
	return out, nil
}

func (d *desk) Links(kind replica.Kind, numbers []uint64) (out []change.Hash, err error) {
	ch := &d.chains[kind]
	for _, n := range numbers {
		hash, known := d.links[change.Dot{W: ch.ref, N: n}]
		if n > 0 && !known {
			return nil, fault.New("replica.damaged", "path", d.name)
		}
		out = append(out, hash)
	}
	return out, nil
}

func (d *desk) find(dot change.Dot) *change.Change {
	for _, c := range d.waiting {
		if c.Dot == dot {
			return c
		}
	}
	return nil
}

func (d *desk) Welcomed(w *wire.Welcome) error {
	d.person, d.cursor.Epoch = w.Person, w.Epoch
	if len(w.Roots) > 0 {
		d.home = w.Roots[0].Unit
	}
	return nil
}

func (d *desk) SetScope(h change.Hash) error { d.scope = h; return nil }

func (d *desk) Unsent(kind replica.Kind, sent replica.Sent, most, _ int) (*replica.Batch, error) {
	ch, at := &d.chains[kind], sent[kind]
	b := &replica.Batch{Writer: ch.name, Last: at.Hash}
	for n := at.N + 1; n <= ch.last && len(b.Changes) < most; n++ {
		c := d.find(change.Dot{W: ch.ref, N: n})
		if c == nil {
			return nil, fault.New("replica.forked", "path", d.name)
		}
		if d.rests(c, sent) {
			break
		}
		b.Changes = append(b.Changes, c)
		b.Last = d.chainer(ch).Next(b.Last, c)
	}
	if len(b.Changes) == 0 {
		return nil, nil
	}
	return b, nil
}

// rests tells whether c names a change of the other own writer that has not
// been sent.
func (d *desk) rests(c *change.Change, sent replica.Sent) bool {
	missing := func(dot change.Dot) bool {
		for i := range d.chains {
			if d.chains[i].ref == dot.W && dot.W != c.W {
				return dot.N > sent[replica.Kind(i)].N
			}
		}
		return false
	}
	for _, rw := range c.Rows {
		if missing(rw.Birth.Dot) {
			return true
		}
		for _, w := range rw.Writes {
			if slices.ContainsFunc(w.Seen, missing) {
				return true
			}
		}
	}
	return false
}

func (d *desk) Received(r *wire.Receipt) error {
	d.keepReceipt(r)
	for i := range d.chains {
		ch := &d.chains[i]
		if ch.name != r.Writer {
			continue
		}
		ch.fresh = false
		if r.Through > ch.received {
			ch.received, ch.receivedHash = r.Through, r.Hash
		}
	}
	return nil
}

func (d *desk) CaughtUp(m *wire.CaughtUp) (bool, error) {
	d.cursor.Epoch = m.Cursor.Epoch
	for log, num := range m.Cursor.Logs {
		d.cursor.Logs[log] = max(num, d.cursor.Logs[log])
	}
	return d.digest() == merge.Sums(m.Digest), nil
}

func (d *desk) digest() (s merge.Sums) {
	for key, r := range d.rows {
		known := d.sums[key]
		if known.row != r {
			known = summed{r, r.Sums(d.names)}
			d.sums[key] = known
		}
		s = s.Add(known.sums)
	}
	return s
}

// summed is a row's digest; rows are never changed, only replaced.
type summed struct {
	row  *merge.Row
	sums merge.Sums
}

// Apply takes a batch of one log.
func (d *desk) Apply(m *wire.Entries) error {
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.Num <= d.cursor.Logs[m.Log] {
			continue
		}
		if err := d.entry(e); err != nil {
			return err
		}
	}
	d.cursor.Logs[m.Log] = max(d.cursor.Logs[m.Log], m.Through)
	return nil
}

func (d *desk) entry(e *wire.Entry) error {
	switch e.Kind {
	case wire.EntryChange:
		return d.apply(e.Change)
	case wire.EntryOwn:
		return d.confirm(e)
	case wire.EntryRefused:
		d.refuse(e.Dot, e.Code)
	case wire.EntryEvict:
		if id, ok := d.births[birthKey{e.Table, e.Birth}]; ok {
			delete(d.rows, rowKey{Table: e.Table, ID: id})
		}
	case wire.EntryArrive:
		d.hold(e.Row)
	}
	return nil
}

func (d *desk) hold(r *merge.Row) {
	d.rows[rowKey{Table: r.Table.No, ID: r.ID}] = r
	d.births[birthKey{r.Table.No, r.Birth}] = r.ID
	if r.Table.Name == "erasure" {
		d.erase(r)
	}
}

// apply merges a change into the confirmed layer.
func (d *desk) apply(c *change.Change) error {
	for i := range c.Rows {
		rw := &c.Rows[i]
		if rw.Creates {
			row := merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
			row.Apply(c.Dot, rw)
			d.hold(row)
			continue
		}
		id, ok := d.births[birthKey{rw.Table, rw.Birth}]
		row := d.rows[rowKey{Table: rw.Table, ID: id}]
		if !ok || row == nil {
			continue
		}
		before := row
		row = row.Clone()
		row.Apply(c.Dot, rw)
		d.remember(c.Dot, before, row, rw)
		d.hold(row)
	}
	return nil
}

// confirm moves an own change into the confirmed layer.
func (d *desk) confirm(e *wire.Entry) error {
	c := d.find(e.Dot)
	if c == nil {
		return nil
	}
	d.keep(c)
	d.waiting = slices.DeleteFunc(slices.Clone(d.waiting), func(w *change.Change) bool { return w == c })
	if e.Change == nil {
		return d.apply(c)
	}
	wide := *c
	wide.Rows = slices.Clone(c.Rows)
	for i := range min(len(wide.Rows), len(e.Change.Rows)) {
		wide.Rows[i].Writes = slices.Clone(wide.Rows[i].Writes)
		for j := range wide.Rows[i].Writes {
			told := &e.Change.Rows[i].Writes[j]
			if wide.Rows[i].Writes[j].Seen = told.Seen; len(told.Vals) == 0 {
				wide.Rows[i].Writes[j].Vals = nil
			}
		}
	}
	return d.apply(&wide)
}

func (d *desk) refuse(dot change.Dot, code string) {
	c := d.find(dot)
	if c == nil {
		return
	}
	d.waiting = slices.DeleteFunc(slices.Clone(d.waiting), func(w *change.Change) bool { return w == c })
	c = d.stillSays(c)
	d.keep(c)
	if !d.sendsRefused(c) {
		d.refused = append(d.refused, refusal{c, code})
	}
}

func sortedIDs(ids iter.Seq[change.ID]) []change.ID {
	return slices.SortedFunc(ids, func(a, b change.ID) int { return bytes.Compare(a[:], b[:]) })
}
