package server

import (
	"fmt"
	"maps"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// talk is what a session says: the state of one device's download. One
// goroutine at a time owns it.
type talk struct {
	session *Session
	server  *Server
	conn    Conn

	hello  *wire.Hello
	device *Device // as last seen
	pager  pager
	hash   change.Hash // of the scope that it holds
	epoch  change.ID
	behind bool // the device has received more than there is
	cursor change.Cursor
	proofs *proofs
	snap   *snapshot // being sent
	first  bool      // it hands in what it has; then it comes back and begins with a snapshot

	spooled *change.Cursor // of a snapshot of this session that waits for its Ack

	acknowledged bool           // it has nothing more for us
	unanswered   bool           // something came since the last CaughtUp
	caughtUp     *change.Cursor // of the last CaughtUp
	seen         *change.Cursor // what it told us to hold, not stored yet
	stored       int64          // when such a word was, or the session began
}

// say writes one message.
func (t *talk) say(m wire.Message) error {
	if err := t.conn.Write(m); err != nil {
		return fmt.Errorf("%w: %w", errLine, err)
	}
	return nil
}

// welcome answers a greeting and decides what the device will be sent.
func (t *talk) welcome(h *wire.Hello) error {
	t.hello, t.acknowledged, t.caughtUp, t.unanswered, t.first = h, false, nil, true, false
	t.closeSnapshot()
	t.spooled, t.stored = nil, t.server.millis()
	var w *wire.Welcome
	var receipts []*wire.Receipt
	// One view for all: what the welcome says of the device's chains is what
	// the snapshot holds of them.
	err := t.server.store.View(func(tx Tx) (err error) {
		if w, err = t.answer(tx, h); err != nil || !w.Snapshot {
			return err
		}
		if receipts, err = t.server.receipts(tx, w.Writers); err != nil {
			return err
		}
		return t.openSnapshot(tx, h.Resume)
	})
	if err != nil {
		return err
	}
	if err := t.say(w); err != nil {
		return err
	}
	for _, r := range receipts {
		if err := t.say(r); err != nil {
			return err
		}
	}
	if s := t.snap; s != nil {
		t.spooled = &s.head.Cursor
		if err := t.server.store.View(t.notErasedMeanwhile); err != nil {
			t.closeSnapshot()
			t.server.spools.drop(t.device.ID)
			return err
		}
		// What comes behind it is kept from here on, however long it is on its way.
		if err := t.server.contact(t.device.ID, nil, t.spooled); err != nil {
			return err
		}
		if err := t.say(&wire.SnapshotBegin{ID: s.head.ID, Cursor: s.head.Cursor, Rows: s.head.Rows, Bytes: s.head.Bytes}); err != nil {
			return err
		}
	}
	t.session.poke()
	return nil
}

// answer makes the welcome and sets the state from which pages are read.
func (t *talk) answer(tx Tx, h *wire.Hello) (*wire.Welcome, error) {
	d, err := tx.Device(h.Device)
	if err == nil {
		err = heard(d)
	}
	if err != nil {
		return nil, err
	}
	t.device = d
	t.pager.batch = t.server.stuck.greets(d.ID, h.Cursor)
	if t.pager.scope, err = t.server.scopeIn(tx, d, nil); err != nil {
		return nil, err
	}
	if t.proofs.reach, err = greeted(tx, h.Writers); err != nil {
		return nil, err
	}
	t.pager.own, t.pager.holds = map[change.Ref]bool{}, t.proofs.holds
	for ref := range t.proofs.reach {
		t.pager.own[ref] = true
	}
	if t.hash, err = t.pager.scope.hash(tx); err != nil {
		return nil, err
	}
	set, err := t.server.settingsIn(tx)
	if err != nil {
		return nil, err
	}
	t.epoch = set.epoch
	t.session.greetedIn(set.epoch)
	if t.behind, err = ahead(tx, set, h); err != nil {
		return nil, err
	}
	t.cursor = change.Cursor{Epoch: set.epoch, Logs: maps.Clone(h.Cursor.Logs)}
	if t.cursor.Logs == nil {
		t.cursor.Logs = map[change.ID]uint64{}
	}
	w := &wire.Welcome{
		Protocol: wire.Protocol, Schema: schema.Version, Epoch: set.epoch, Time: t.server.millis(),
		Device: d.ID, Person: d.Person, Scope: t.hash,
		Snapshot: !t.behind && (h.Scope != t.hash || h.Cursor.Epoch != set.epoch || h.Resume != nil),
		Restored: set.recovering, Behind: t.behind,
	}
	if w.PersonName, err = personName(tx, d.Person); err != nil {
		return nil, err
	}
	if w.Roots, err = t.roots(tx); err != nil {
		return nil, err
	}
	if w.Writers, err = writerStates(tx, d.ID, h.Writers); err == nil && d.Revoked {
		w.Scope, w.Snapshot, w.Roots = h.Scope, false, nil // it hands in what it has, and receives nothing
		return w, err
	}
	if err == nil && !t.behind && !w.Snapshot {
		err = t.answerBelow(tx, h, w)
	}
	return w, err
}

// answerBelow is what a device hears that has been silent for so long that
// entries alone cannot bring it up to date: first it hands in what it has, since
// a year's work must not wait for a large snapshot on a bad line. It gets its
// turn again for as long as more of it arrives each time.
func (t *talk) answerBelow(tx Tx, h *wire.Hello, w *wire.Welcome) error {
	old, err := below(tx, t.pager.scope, t.cursor)
	if err != nil || !old {
		return err
	}
	t.first = hasMore(h.Writers, w.Writers) && t.server.stuck.turn(t.device.ID, w.Writers)
	w.Snapshot = !t.first
	return nil
}

// hasMore tells whether the device has changes that have not come here.
func hasMore(theirs, ours []wire.WriterState) bool {
	for i := range theirs {
		if theirs[i].Last > ours[i].Last {
			return true
		}
	}
	return false
}

func personName(tx Tx, id change.ID) (string, error) {
	r, err := tx.Row(schema.ByName("person"), id)
	if err != nil || r == nil {
		return "", err
	}
	return r.Value("full_name").Text(), nil
}

func (t *talk) roots(tx Tx) (list []wire.Root, err error) {
	for _, m := range t.pager.scope.mandates {
		r, err := tx.Row(unitTable, m.Unit)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		log, _ := t.pager.scope.tree.log(m.Unit)
		list = append(list, wire.Root{Unit: m.Unit, Log: log, Code: r.Value("code").Text(), Name: r.Value("name").Text(), Role: m.Role.String()})
	}
	return list, nil
}

// writerStates answers how far each of the device's chains reaches here, and
// which hash it has at the number that the device named. Where that is another
// than the device's own, the device is a copy, or was restored from a backup:
// what to do then is its part.
func writerStates(tx Tx, device change.ID, asked []wire.WriterState) ([]wire.WriterState, error) {
	out := make([]wire.WriterState, 0, len(asked))
	for _, a := range asked {
		w, err := writerOf(tx, device, a.Name)
		if err != nil {
			return nil, err
		}
		if w == nil {
			out = append(out, wire.WriterState{Name: a.Name})
			continue
		}
		known, err := linkAt(tx, w, a.Last)
		if err != nil {
			return nil, err
		}
		out = append(out, wire.WriterState{Name: w.Name, Last: w.Last, Hash: w.Hash, Known: known})
	}
	return out, nil
}

// writerOf returns a writer of the device; nil where nobody has the name.
func writerOf(tx Tx, device, name change.ID) (*Writer, error) {
	ref, err := tx.Ref(name)
	if err != nil {
		return nil, err
	}
	w, err := tx.Writer(ref)
	if err == nil && w != nil && w.Device != device {
		err = fault.New(fault.AuthWriter)
	}
	return w, err
}

// linkAt is the hash of a writer's chain at number n; zero where it does not
// reach so far.
func linkAt(tx Tx, w *Writer, n uint64) (change.Hash, error) {
	if n == 0 || n > w.Last {
		return change.Hash{}, nil
	}
	link, _, err := tx.Link(change.Dot{W: w.Ref, N: n})
	return link.Hash, err
}

// maxAsked bounds how many numbers one question may hold.
const maxAsked = 256

// links answers where a chain stands at some numbers.
func (t *talk) links(m *wire.Ask) error {
	if t.hello == nil || len(m.Numbers) > maxAsked {
		return fault.New(fault.ProtoOrder)
	}
	out := &wire.Links{Writer: m.Writer, Hashes: make([]change.Hash, len(m.Numbers))}
	err := t.server.store.View(func(tx Tx) error {
		w, err := writerOf(tx, t.device.ID, m.Writer)
		if err != nil || w == nil {
			return err
		}
		for i, n := range m.Numbers {
			if out.Hashes[i], err = linkAt(tx, w, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.say(out)
}

// receipts says of each writer all that was refused: a device that begins with
// a snapshot may have missed it.
func (s *Server) receipts(tx Tx, states []wire.WriterState) (list []*wire.Receipt, err error) {
	for _, w := range states {
		if w.Last == 0 {
			continue
		}
		ref, err := tx.Ref(w.Name)
		if err != nil {
			return nil, err
		}
		r, err := s.receipt(tx, ref, 1, 0)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// receipt answers a batch. Who sends changes has more to say: there is no
// CaughtUp until it says that there is not.
func (t *talk) receipt(r *wire.Receipt) error {
	t.acknowledged, t.unanswered = false, true
	t.session.poke()
	return t.say(r)
}

// contactEvery is how often, in ms, the word of a device that stays for days is
// stored: logs are kept for it until then.
const contactEvery = 3_600_000

// acked takes the device's word for what it holds. One that only confirms the
// last CaughtUp needs no answer.
func (t *talk) acked(c change.Cursor) error {
	if t.hello == nil {
		return fault.New(fault.ProtoOrder)
	}
	if err := t.holds(c); err != nil {
		return err
	}
	if t.spooled != nil && t.snap == nil && covers(c, *t.spooled) {
		t.server.spools.drop(t.device.ID)
		t.spooled = nil
	}
	t.acknowledged = true
	if t.caughtUp != nil && !t.unanswered && covers(c, *t.caughtUp) {
		return nil
	}
	t.unanswered = true
	t.session.poke()
	return nil
}

// holds notes what the device holds. What it says before it has the snapshot that
// it is being sent tells nothing.
func (t *talk) holds(c change.Cursor) error {
	if t.spooled != nil && !covers(c, *t.spooled) {
		return nil
	}
	t.seen = &c
	now := t.server.millis()
	if now-t.stored < contactEvery {
		return nil
	}
	t.stored = now
	return t.server.contact(t.device.ID, t.seen, nil)
}

// covers tells whether a replica at c holds all up to d.
func covers(c, d change.Cursor) bool {
	for log, num := range d.Logs {
		if c.Logs[log] < num {
			return false
		}
	}
	return c.Epoch == d.Epoch
}

// step says one thing of what is new, and asks to be called again if it said
// anything.
func (t *talk) step() error {
	if t.hello == nil || t.behind {
		return nil
	}
	if t.snap != nil {
		t.session.poke()
		return t.stepSnapshot()
	}
	if t.device.Revoked || t.first {
		return t.handedIn()
	}
	var m wire.Message
	var final *wire.CaughtUp
	err := t.server.store.View(func(tx Tx) error {
		if err := t.check(tx); err != nil {
			return err
		}
		page, err := t.pager.next(tx, t.cursor)
		if err != nil {
			return err
		}
		if page != nil {
			m = page
			return nil
		}
		if t.acknowledged && t.unanswered {
			final, err = t.caught(tx)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case final != nil:
		return t.sayCaughtUp(final)
	case m == nil:
		return nil
	}
	t.session.poke()
	t.unanswered = true
	return t.say(m)
}

// handedIn ends the exchange of a device that only hands in, once it has nothing
// more for us.
func (t *talk) handedIn() error {
	switch {
	case !t.acknowledged:
		return nil
	case t.first:
		return errBelow
	}
	return fault.New(fault.AuthHandedIn)
}

// check holds, in the same view that is read from, that the device may still
// receive, and the scope that it believes to hold.
func (t *talk) check(tx Tx) error {
	set, err := t.server.settingsIn(tx)
	if err != nil {
		return err
	}
	if set.epoch != t.epoch {
		return fault.New(fault.ServerRestored)
	}
	d, err := tx.Device(t.device.ID)
	if err == nil {
		err = receives(d)
	}
	if err != nil {
		return err
	}
	sc, err := t.server.scopeIn(tx, d, t.pager.scope)
	if err != nil {
		return err
	}
	hash, err := sc.hash(tx)
	if err != nil {
		return err
	}
	if hash != t.hash {
		return fault.New(fault.ScopeChanged)
	}
	t.pager.scope = sc
	return nil
}

// receives tells whether a device is told of the register. One that was revoked
// meanwhile must greet again, to hand in what it has.
func receives(d *Device) error {
	if err := heard(d); err != nil {
		return err
	}
	if d.Revoked {
		return fault.New(fault.ScopeChanged)
	}
	return nil
}

func (t *talk) caught(tx Tx) (*wire.CaughtUp, error) {
	cursor, err := t.pager.scope.heads(tx, t.epoch)
	if err != nil {
		return nil, err
	}
	sums, err := t.pager.scope.digest(tx)
	return &wire.CaughtUp{Cursor: cursor, Digest: sums}, err
}

// sayCaughtUp ends an exchange; a device that stays is woken for what comes.
func (t *talk) sayCaughtUp(m *wire.CaughtUp) error {
	t.unanswered = false
	t.server.stuck.through(t.device.ID)
	t.cursor = change.Cursor{Epoch: m.Cursor.Epoch, Logs: maps.Clone(m.Cursor.Logs)}
	t.caughtUp = &m.Cursor
	if t.hello.Live {
		t.server.hub.join(t.session, t.pager.scope.lists)
		// What was committed between the view and the joining woke nobody.
		t.session.poke()
	}
	if w, ok := t.conn.(lastWriter); ok {
		if err := w.WriteLast(m); err != nil {
			return fmt.Errorf("%w: %w", errLine, err)
		}
		return nil
	}
	return t.say(m)
}

// end lets go of what the session held and stores when it was.
func (t *talk) end() {
	t.closeSnapshot()
	if t.device == nil {
		return
	}
	if err := t.server.contact(t.device.ID, t.seen, nil); err != nil {
		t.server.log.Warn("remember a device's contact", "err", err)
	}
}
