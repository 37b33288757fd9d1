package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// A revoked computer receives nothing more, and what it wrote before it heard
// of that is no less typed by a person. It may hand it in: each change is
// quarantined as held, and a person takes it or discards it. What is taken goes
// the way that it would have gone, judged where its author stood, under the
// name of a writer that the server keeps for the computer: a quarantined dot
// never comes to life. From a stolen computer nothing is taken.

// heldKind is the finding that tells the computer's unit.
const heldKind = "revoked_writes"

// Held is a change that waits for a person's word.
type Held struct {
	Dot      change.Dot
	Writer   change.ID
	Device   change.ID
	Label    string // of the computer
	Person   change.ID
	Name     string // of the person
	At       int64  // by the author's clock, ms since 1970
	Received int64  // by the server's
	Change   *change.Change
	Why      string // the code of the refusal that met who would take it
}

// decision is what a person said of a held change; number 0: it was discarded.
type decision struct {
	As  uint64 `json:"as"` // its number as the taken one
	At  int64  `json:"at"`
	Why string `json:"why,omitempty"`
}

// decisions are those on one writer's changes, by number.
type decisions map[uint64]decision

func decisionsKey(w change.ID) string { return "held " + hex.EncodeToString(w[:]) }

func decisionsOn(tx Tx, w change.ID) (d decisions, err error) {
	d = decisions{}
	b, err := tx.Setting(decisionsKey(w))
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, &d)
	}
	return d, err
}

func (d decisions) save(tx Tx, w change.ID) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return tx.SetSetting(decisionsKey(w), b)
}

// holdBack turns the verdict on a revoked computer's change into held. What was
// taken before the register was restored is taken again.
func (o *ordering) holdBack(verdict error, author *Device) error {
	var no *refusal
	if author == nil || !author.Revoked || o.again != nil || o.taking || verdict != nil && !errors.As(verdict, &no) {
		return verdict
	}
	return &refusal{code: codeHeld, detail: author.Label}
}

// Held lists what waits for a person's word, by computer and in the order in
// which it was written.
func (s *Server) Held() (list []Held, err error) {
	err = s.store.View(func(tx Tx) error {
		devices, err := tx.Devices()
		if err != nil {
			return err
		}
		for _, d := range devices {
			of, err := heldOf(tx, d)
			if err != nil {
				return err
			}
			list = append(list, of...)
		}
		return nil
	})
	return list, err
}

func heldOf(tx Tx, d *Device) (list []Held, err error) {
	if !d.Revoked {
		return nil, nil
	}
	name, err := personName(tx, d.Person)
	if err != nil {
		return nil, err
	}
	writers, err := tx.WritersOf(d.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range writers {
		decided, err := decisionsOn(tx, w.Name)
		if err != nil {
			return nil, err
		}
		refused, err := tx.Refused(w.Ref, 1, w.Last)
		if err != nil {
			return nil, err
		}
		for _, e := range refused {
			if _, done := decided[e.Dot.N]; done || e.Code != codeHeld {
				continue
			}
			c, err := e.effective()
			if err != nil {
				return nil, err
			}
			list = append(list, Held{Dot: e.Dot, Writer: w.Name, Device: d.ID, Label: d.Label, Person: d.Person, Name: name,
				At: e.AuthorAt, Received: e.At, Change: c})
		}
	}
	slices.SortStableFunc(list, func(a, b Held) int { return cmp.Compare(a.Received, b.Received) })
	return list, nil
}

// noticeHeld tells the computer's unit that something waits, or that nothing
// does any more.
func (o *ordering) noticeHeld(d *Device, waits bool) error {
	return o.putFinding(found{kind: heldKind, id: merge.FindingID(heldKind, d.ID, change.ID{}), unit: d.Unit, table: deviceTable,
		a: d.ID, detail: d.Label, open: waits})
}

// takenAtOnce bounds how long taking holds up those who write.
const takenAtOnce = 100

// TakeHeld takes held changes; it returns those that still cannot stand, with
// why. These stay held. Of two computers' writers, or of two of one, either may
// rest on the other: what could not stand is tried again as long as that helps.
func (s *Server) TakeHeld(list []Held) (left []Held, err error) {
	for tried := len(list) + 1; len(list) > 0 && len(list) < tried; list = left {
		tried = len(list)
		if left, err = s.takeHeld(list); err != nil {
			return nil, err
		}
	}
	return left, nil
}

func (s *Server) takeHeld(list []Held) (left []Held, err error) {
	for some := range slices.Chunk(list, takenAtOnce) {
		var not []Held
		err := s.update(func(o *ordering) (err error) {
			not, err = o.take(some)
			return err
		})
		if err != nil {
			return nil, err
		}
		left = append(left, not...)
	}
	return left, nil
}

// DiscardHeld notes that a person will have nothing of these changes, and why.
func (s *Server) DiscardHeld(list []Held, why string) error {
	return s.update(func(o *ordering) error {
		return o.decide(list, func(h Held, on decisions) error {
			on[h.Dot.N] = decision{At: o.at, Why: why}
			return nil
		})
	})
}

// decide goes through held changes and keeps what is decided on them. One on
// which somebody else has decided meanwhile is passed over.
func (o *ordering) decide(list []Held, each func(Held, decisions) error) error {
	on := map[change.ID]decisions{}
	devices := map[change.ID]bool{}
	for _, h := range list {
		if on[h.Writer] == nil {
			d, err := decisionsOn(o.tx, h.Writer)
			if err != nil {
				return err
			}
			on[h.Writer] = d
		}
		devices[h.Device] = true
		if _, done := on[h.Writer][h.Dot.N]; done {
			continue
		}
		if err := each(h, on[h.Writer]); err != nil {
			return err
		}
	}
	for w, d := range on {
		if err := d.save(o.tx, w); err != nil {
			return err
		}
	}
	for id := range devices {
		d, err := o.tx.Device(id)
		if err != nil {
			return err
		}
		waiting, err := heldOf(o.tx, d)
		if err != nil {
			return err
		}
		if err := o.noticeHeld(d, len(waiting) > 0); err != nil {
			return err
		}
	}
	return nil
}

func (o *ordering) take(list []Held) (left []Held, err error) {
	o.taking = true
	defer func() { o.taking = false }()
	t := &taking{o: o, names: map[change.Ref]*takenNames{}}
	err = o.decide(list, func(h Held, on decisions) error {
		n, err := t.one(h, on)
		var no *refusal
		if errors.As(err, &no) {
			h.Why = no.code
			left = append(left, h)
			return nil
		}
		on[h.Dot.N] = decision{As: n, At: o.at}
		return err
	})
	return left, err
}

// taking is one run of take.
type taking struct {
	o     *ordering
	names map[change.Ref]*takenNames // by the computer's writer
}

// takenNames are the names under which one writer's changes are taken.
type takenNames struct {
	writer *Writer
	on     decisions
}

// one makes the change of one that was held and orders it as its author's. The
// error is a refusal where it cannot stand.
func (t *taking) one(h Held, on decisions) (uint64, error) {
	author, err := t.o.tx.Device(h.Device)
	if err != nil {
		return 0, err
	}
	names, err := t.namesOf(h.Dot.W, author)
	if err != nil {
		return 0, err
	}
	names.on = on
	c, err := t.rename(h.Change, names.writer)
	if err != nil {
		return 0, err
	}
	if _, err := t.o.judge(c, author); err != nil {
		return 0, err
	}
	w := names.writer
	return c.N, t.o.order(c, w, change.NewChain(w.Name, w.Key[:], t.o.tx).Next(w.Hash, c), author)
}

// namesOf finds the writer under whose name a computer's changes are taken, or
// makes it: a row of table device says whose it is.
func (t *taking) namesOf(ref change.Ref, author *Device) (*takenNames, error) {
	if n := t.names[ref]; n != nil {
		return n, nil
	}
	of, err := t.o.writer(ref)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte("dongbo taken\x00"), of.Name[:]...))
	nw := wire.NewWriter{Name: change.ID(sum[:16]), Kind: of.Kind}
	as, err := t.o.tx.Ref(nw.Name)
	if err != nil {
		return nil, err
	}
	w, err := t.o.writer(as)
	if err != nil {
		return nil, err
	}
	if w == nil {
		if _, err := io.ReadFull(t.o.s.rand, nw.Key[:]); err != nil {
			return nil, err
		}
		if _, err := t.o.admitWriters(author, []wire.NewWriter{nw}); err != nil {
			return nil, err
		}
		if err := t.o.putDevice(author, nw.Name, []wire.NewWriter{nw}); err != nil {
			return nil, err
		}
		w = t.o.writers[as]
	}
	t.names[ref] = &takenNames{writer: w}
	return t.names[ref], nil
}

// rename makes the next change of writer w from a held one: what it names of
// the computer's own that was taken gets the name under which it was.
func (t *taking) rename(held *change.Change, w *Writer) (*change.Change, error) {
	c := copyChange(held)
	c.Dot = change.Dot{W: w.Ref, N: w.Last + 1}
	for i := range c.Rows {
		rw := &c.Rows[i]
		birth, err := t.now(rw.Birth.Dot)
		if err != nil {
			return nil, err
		}
		if rw.Creates {
			birth = c.Dot
		}
		rw.Birth.Dot = birth
		for j := range rw.Writes {
			seen := slices.Clone(rw.Writes[j].Seen)
			for k := range seen {
				if seen[k], err = t.now(seen[k]); err != nil {
					return nil, err
				}
			}
			rw.Writes[j].Seen = seen
		}
	}
	return c, nil
}

// now is a dot's name now.
func (t *taking) now(d change.Dot) (change.Dot, error) {
	names := t.names[d.W]
	if names == nil {
		w, err := t.o.writer(d.W)
		if err != nil || w == nil || w.Device.IsZero() {
			return d, err
		}
		on, err := decisionsOn(t.o.tx, w.Name)
		if err != nil || len(on) == 0 {
			return d, err
		}
		author, err := t.o.tx.Device(w.Device)
		if err != nil {
			return d, err
		}
		if names, err = t.namesOf(d.W, author); err != nil {
			return d, err
		}
		names.on = on
	}
	if as := names.on[d.N].As; as > 0 {
		return change.Dot{W: names.writer.Ref, N: as}, nil
	}
	return d, nil
}
