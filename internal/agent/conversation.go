package agent

import (
	"errors"
	"fmt"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// How much is under way at once: batches without a receipt, changes and bytes
// in a batch. What a cut makes us send again is at most window batches, each
// of which the server acknowledges durably by itself. A line that broke before
// any batch got through gets smaller ones, one that carried all larger ones.
const (
	window     = 4
	batchSize  = 500
	mostBytes  = 64 << 10
	leastBytes = 1 << 10
	applySlice = 400
)

// Replica is what a conversation asks of the file beside it.
type Replica interface {
	Path() string
	Seal() error
	Greeting() (replica.Greeting, error)
	Chains() ([]replica.Chain, error)
	Links(kind replica.Kind, numbers []uint64) ([]change.Hash, error)
	LinkIfParted(kind replica.Kind, n uint64, other replica.Kind, at uint64) (change.Hash, error)
	Part(at map[replica.Kind]uint64) error
	Parted() ([]change.ID, error)
	Whole() error

	Epoch() (change.ID, error)
	Recalls() ([]*wire.Recall, error)
	Restored(*wire.Welcome) (parts map[replica.Kind]uint64, fresh bool, err error)
	Again(*replica.Batch) (*wire.Again, error)

	Welcomed(*wire.Welcome) error
	SetScope(change.Hash) error

	Unsent(kind replica.Kind, sent replica.Sent, max, size int) (*replica.Batch, error)
	Received(*wire.Receipt) error
	TakeRequests() (bool, error)

	Apply(*wire.Entries) error
	CaughtUp(*wire.CaughtUp) (same bool, err error)

	Resume() (*wire.Resume, error)
	BeginSnapshot(*wire.SnapshotBegin) error
	InstallChunk(*wire.Chunk) error
	EndSnapshot(*wire.SnapshotEnd, change.Cursor, replica.Receipts) error
	AbandonSnapshot() error

	Unwatched() (bool, error)
	CaptureMissed() error
	Recount() ([]wire.UnitPrint, error)
	BucketPrints(unit change.ID) (*wire.Buckets, error)
	Mend(*wire.Mend) (int, error)
	Mended() error
	Renew() error
}

// Signer proves who speaks, and to whom.
type Signer interface {
	Enroll(replica.Identity) *wire.Enroll
	Hello() []byte
	Range(writer change.ID, last uint64, hash change.Hash) []byte
	CheckReceipt(*wire.Welcome, *wire.Receipt) error
}

// Conversation is one exchange without its line: it is told what comes and
// says what to send. It reads no clock but to pause between two transactions,
// and starts nothing.
type Conversation struct {
	Result Result

	r      Replica
	o      Options
	id     replica.Identity
	signer Signer
	live   bool

	queue    []wire.Message
	welcome  *wire.Welcome
	at       replica.Sent
	out      int  // batches without a receipt
	through  bool // a batch got its receipt
	bytes    int  // of a batch
	snapshot *wire.SnapshotBegin
	receipts replica.Receipts
	acked    bool                 // we said that there is nothing more
	held     map[change.ID]uint64 // what we last said that we hold
	caughtUp bool
	mending  repair
	parting  parting
}

// NewConversation makes a conversation of the device that id names.
func NewConversation(r Replica, id replica.Identity, s Signer, o Options) (*Conversation, error) {
	c := &Conversation{r: r, o: o, id: id, signer: s, bytes: mostBytes}
	return c, c.prepare()
}

// ErrDone ends a conversation in good order, once what Next gives is sent.
var ErrDone = errors.New("agent: done")

// prepare turns what was written into changes before anything arrives.
func (c *Conversation) prepare() error {
	return errors.Join(c.r.Seal(), c.captureMissed())
}

// Next is what to send next; nil where there is nothing.
func (c *Conversation) Next() wire.Message {
	if len(c.queue) == 0 {
		return nil
	}
	return c.queue[0]
}

// Taken says that Next is on its way.
func (c *Conversation) Taken() { c.queue = c.queue[1:] }

// Sent says that all that was taken has left.
func (c *Conversation) Sent() error { return c.pump() }

// Greet queues the first words.
func (c *Conversation) Greet() error {
	g, err := c.r.Greeting()
	if err != nil {
		return err
	}
	parted, err := c.r.Parted()
	if err != nil {
		return err
	}
	for _, name := range parted {
		g.Writers = append(g.Writers, wire.WriterState{Name: name})
	}
	h := &wire.Hello{Protocol: wire.Protocol, Schema: schema.Version, Device: c.id.Device, Program: c.o.Program,
		Writers: g.Writers, New: g.New, Cursor: g.Cursor, Scope: g.Scope, Live: c.live,
		Proof: c.signer.Hello()}
	c.parting.waits = true
	if h.Resume, err = c.r.Resume(); err != nil {
		return err
	}
	if len(c.id.Token) > 0 {
		c.queue = append(c.queue, c.signer.Enroll(c.id))
	}
	c.queue = append(c.queue, h)
	return nil
}

// Receive takes one message of the server's. ErrDone ends the conversation in
// good order, once what Next still gives is sent.
func (c *Conversation) Receive(m wire.Message) error {
	defer func() { c.o.Progress(c.Result) }()
	switch m := m.(type) {
	case *wire.Problem:
		return problem(m)
	case *wire.Bye:
		return fault.New("sync.no_line")
	case *wire.Welcome:
		return c.welcomed(m)
	case *wire.Links:
		return c.links(m)
	}
	if c.parting.waits {
		return nil // said before it heard our last greeting
	}
	switch m := m.(type) {
	case *wire.Receipt:
		return c.receipt(m)
	case *wire.Entries:
		return c.apply(m)
	case *wire.SnapshotBegin:
		c.snapshot = m
		return c.r.BeginSnapshot(m)
	case *wire.Chunk:
		c.Result.Rows += int64(len(m.Rows))
		time.Sleep(c.o.Pace)
		return c.r.InstallChunk(m)
	case *wire.SnapshotEnd:
		return c.endSnapshot(m)
	case *wire.CaughtUp:
		return c.atEnd(m)
	case *wire.Differ:
		return c.differ(m)
	case *wire.Mend:
		return c.mend(m)
	}
	return fault.New("wire.invalid", "what", fmt.Sprintf("%T", m))
}

func problem(p *wire.Problem) error {
	args := make([]any, 0, 2*len(p.Args))
	for k, v := range p.Args {
		args = append(args, k, v)
	}
	return fault.New(fault.Code(p.Code), args...)
}

func (c *Conversation) welcomed(w *wire.Welcome) error {
	for _, hears := range []func(*wire.Welcome) (bool, error){c.hearRestored, c.agree} {
		agreed, err := hears(w)
		if err != nil || !agreed {
			return err
		}
	}
	c.welcome, c.parting = w, parting{}
	c.receipts = replica.Receipts{}
	c.at = replica.Sent{}
	chains, err := c.r.Chains()
	if err != nil {
		return err
	}
	for _, s := range w.Writers {
		receipt := &wire.Receipt{Writer: s.Name, Through: s.Last, Hash: s.Hash}
		c.receipts[s.Name] = receipt
		for _, own := range chains {
			if own.Name != s.Name {
				continue
			}
			c.at[own.Kind] = replica.After{N: s.Last, Hash: s.Hash}
			if err := c.r.Received(receipt); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(c.r.Welcomed(w), c.r.Seal()); err != nil { // what was held for an older server goes now
		return err
	}
	return c.pump()
}

// ready tells whether our changes may go now: not under a snapshot, which must
// hold exactly what the server had when it greeted us.
func (c *Conversation) ready() bool {
	return c.welcome != nil && !c.welcome.Snapshot && !c.parting.waits
}

// pump queues the next batch, by hand before bulk, or says that there is
// nothing more.
func (c *Conversation) pump() error {
	if !c.ready() || len(c.queue) > 0 {
		return nil
	}
	for _, kind := range []replica.Kind{replica.Hand, replica.Bulk} {
		if c.out >= window {
			return nil
		}
		b, err := c.r.Unsent(kind, c.at, batchSize, c.bytes)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		again, err := c.r.Again(b)
		if err != nil {
			return err
		}
		last := b.Changes[len(b.Changes)-1].N
		c.at[kind] = replica.After{N: last, Hash: b.Last}
		c.out++
		c.acked, c.caughtUp = false, false
		c.Result.Sent += int64(len(b.Changes))
		c.queue = append(c.queue, &wire.Changes{Writer: b.Writer, Changes: b.Changes, Last: b.Last,
			Signature: c.signer.Range(b.Writer, last, b.Last), Again: again})
		return nil
	}
	if c.acked {
		return nil
	}
	g, err := c.r.Greeting()
	if err != nil {
		return err
	}
	c.acked, c.held = true, g.Cursor.Logs
	c.queue = append(c.queue, &wire.Ack{Cursor: g.Cursor})
	return nil
}

// Changed says that the replica changed, or that a person asked for something.
func (c *Conversation) Changed() error {
	if _, err := c.r.TakeRequests(); err != nil {
		return err
	}
	if err := c.r.Seal(); err != nil {
		return err
	}
	return c.pump()
}

func (c *Conversation) receipt(m *wire.Receipt) error {
	if err := c.signer.CheckReceipt(c.welcome, m); err != nil {
		return err
	}
	if !c.ready() {
		c.receipts[m.Writer] = m
		return nil
	}
	c.out, c.through = max(0, c.out-1), true
	if err := c.r.Received(m); err != nil {
		return err
	}
	return c.pump()
}

// apply takes a batch into the replica in short transactions, none of which
// parts the entries of one number.
func (c *Conversation) apply(m *wire.Entries) error {
	all := m.Entries
	for len(all) > applySlice {
		n := applySlice
		for n < len(all) && all[n].Num == all[n-1].Num {
			n++
		}
		if n == len(all) {
			break
		}
		part := &wire.Entries{Log: m.Log, Through: all[n-1].Num, Entries: all[:n]}
		if err := c.applyPart(part); err != nil {
			return err
		}
		all = all[n:]
		time.Sleep(c.o.Pace)
	}
	return c.applyPart(&wire.Entries{Log: m.Log, Through: m.Through, Entries: all})
}

func (c *Conversation) applyPart(m *wire.Entries) error {
	for i := range m.Entries {
		if k := m.Entries[i].Kind; k == wire.EntryChange || k == wire.EntryArrive || k == wire.EntryEvict {
			c.Result.Received++
		}
	}
	return c.r.Apply(m)
}

func (c *Conversation) endSnapshot(m *wire.SnapshotEnd) error {
	if c.snapshot == nil {
		return fault.New("wire.invalid", "what", "snapshot end")
	}
	if err := c.r.EndSnapshot(m, c.snapshot.Cursor, c.receipts); err != nil {
		return errors.Join(err, c.r.AbandonSnapshot())
	}
	c.snapshot = nil
	c.welcome.Snapshot = false
	if err := c.r.SetScope(c.welcome.Scope); err != nil {
		return err
	}
	parted, err := c.r.Parted()
	if err != nil {
		return err
	}
	if len(parted) > 0 {
		// From here on those writers are somebody else's: greet without them.
		return errors.Join(c.r.Whole(), c.Greet())
	}
	return c.pump()
}

// atEnd compares the digests once everything has been said both ways.
func (c *Conversation) atEnd(m *wire.CaughtUp) error {
	if err := c.recheck(); err != nil {
		return err
	}
	same, err := c.r.CaughtUp(m)
	if err != nil {
		return err
	}
	c.Result.Same, c.caughtUp = same, true
	if !same {
		return c.compare()
	}
	if err := errors.Join(c.whole(), c.pump()); err != nil {
		return err
	}
	done := !c.live && c.out == 0 && len(c.queue) == 0 && c.acked
	if err := errors.Join(c.tellHeld(), c.r.Renew()); err != nil {
		return err
	}
	if done {
		return ErrDone
	}
	return nil
}
