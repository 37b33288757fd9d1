package wire

import (
	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Protocol is the version of the messages that this program speaks.
const Protocol = 1

// Message is what one end tells the other: a pointer to one of the structs
// below. A message that was handed to Encoder.Write is only read, so one change
// may be on its way to many replicas at once.
type Message interface{ kind() Kind }

// Kind numbers a message on the wire. Numbers are permanent.
type Kind byte

// The kinds of messages.
const (
	KindHello Kind = iota + 1
	KindEnroll
	KindWelcome
	KindChanges
	KindReceipt
	KindEntries
	KindSnapshotBegin
	KindChunk
	KindSnapshotEnd
	KindCaughtUp
	KindAck
	KindProblem
	KindBye
	KindCompare
	KindDiffer
	KindBuckets
	KindMend
	KindAsk
	KindLinks
	KindRecall
	kindEnd
)

// WriterState says how far one writer's chain reaches. In an answer, Known is
// the hash that the server's chain has at the number that was asked for; zero
// where it does not reach so far.
type WriterState struct {
	Name  change.ID
	Last  uint64
	Hash  change.Hash
	Known change.Hash
}

// Resume asks for the rest of a snapshot whose first chunks are safely stored.
type Resume struct {
	Snapshot change.ID
	Next     uint32 // the chunk wanted next
}

// Hello is a device's greeting: who it is, what its writers made, what it has
// received. Sent again until both ends agree on the chains.
type Hello struct {
	Protocol, Schema uint16
	Device           change.ID
	Program          string // name and version, for the server's list of devices
	Writers          []WriterState
	New              []NewWriter // of those, the ones that the server may not know yet
	Cursor           change.Cursor
	Scope            change.Hash // of the scope it holds; zero: none yet
	Resume           *Resume
	Live             bool   // stay connected after CaughtUp
	Proof            []byte // identity.SignHello
}

// NewWriter introduces a writer at enrolment.
type NewWriter struct {
	Name change.ID
	Key  [32]byte // its value key, see change.Chain
	Kind byte     // hand, bulk
}

// Enroll shows the enrolment code on first contact, before Hello.
type Enroll struct {
	Token     [16]byte
	PublicKey []byte
	Label     string
	Writers   []NewWriter
}

// Root is one unit whose part of the tree the device receives.
type Root struct {
	Unit, Log        change.ID
	Code, Name, Role string
}

// Welcome is the server's answer to Hello.
type Welcome struct {
	Protocol, Schema uint16
	Epoch            change.ID
	Time             int64 // the server's clock, ms since 1970: only to estimate the skew
	Device, Person   change.ID
	PersonName       string
	Scope            change.Hash
	Roots            []Root
	Writers          []WriterState
	Snapshot         bool  // a snapshot follows, in place of entries
	Restored         int64 // since when the server takes back what a restored backup lacked; 0: it lacks nothing
	Behind           bool  // the device has received more than there is: it must recall what it was told
}

// Changes carries consecutive changes of one writer to the server; one
// signature covers them all.
type Changes struct {
	Writer    change.ID
	Changes   []*change.Change
	Last      change.Hash // the chain hash of the last
	Signature []byte      // identity.SignRange
	Again     *Again      // nil but where a server was restored: see there
}

// Refusal names a change that the server quarantined, and why.
type Refusal struct {
	N            uint64
	Code, Detail string
}

// Receipt is the server's signed verdict on a writer's changes up to Through:
// durable and applied, but for those refused.
type Receipt struct {
	Writer    change.ID
	Through   uint64
	Hash      change.Hash
	Refused   []Refusal
	Signature []byte // identity.SignReceipt
}

// EntryKind says what an Entry does.
type EntryKind byte

// The kinds of entries.
const (
	EntryChange  EntryKind = iota // somebody's change, the part inside the scope
	EntryOwn                      // the receiver's own change stands here
	EntryRefused                  // the receiver's own change was quarantined
	EntryEvict                    // the row leaves the scope
	EntryArrive                   // the row enters the scope, exactly as it is here
	entryKinds
)

// Entry is one place in a log, as one replica sees it.
type Entry struct {
	Num    uint64
	At     int64 // the server's clock, ms since 1970; for people
	Kind   EntryKind
	Dot    change.Dot     // Change, Own, Refused
	Change *change.Change // Change: effective Seen, rows in scope only; Own: nil unless the effective lists differ
	Code   string         // Refused
	Detail string         // Refused
	Row    *merge.Row     // Arrive
	Table  uint16         // Evict
	ID     change.ID      // Evict
	Birth  change.Birth
}

// Entries is a batch of one log.
type Entries struct {
	Log     change.ID
	Through uint64 // the cursor once the batch is applied
	Entries []Entry
}

// SnapshotBegin opens a snapshot of the scope at Cursor.
type SnapshotBegin struct {
	ID          change.ID
	Cursor      change.Cursor
	Rows, Bytes uint64 // about, for the progress bar
}

// Meta says who made a change that a snapshot's rows stand at, and when.
type Meta struct {
	Dot          change.Dot
	Person       change.ID
	At, ServerAt int64
}

// Chunk is a bounded part of a snapshot.
type Chunk struct {
	Index uint32
	Rows  []*merge.Row
	Metas []Meta
}

// SnapshotEnd closes a snapshot.
type SnapshotEnd struct {
	Chunks uint32
	Digest [schema.Classes]merge.Digest
}

// CaughtUp says that at Cursor the replica has all that the server has, and
// what its digest must be there.
type CaughtUp struct {
	Cursor change.Cursor
	Digest [schema.Classes]merge.Digest
}

// Compare is what a replica says when its digest is not the server's: the
// print of every unit that it holds.
type Compare struct{ Units []UnitPrint }

// UnitPrint is one unit's print.
type UnitPrint struct {
	Unit  change.ID
	Print merge.Print
}

// Differ answers Compare: the units whose rows are not the server's.
type Differ struct{ Units []change.ID }

// Buckets goes on with one of those: the prints of all its buckets but for
// those that hold nothing.
type Buckets struct {
	Unit   change.ID
	Prints []BucketPrint
}

// BucketPrint is the print of the unit's rows that fall into one bucket.
type BucketPrint struct {
	Bucket byte
	Print  merge.Print
}

// Mend answers Buckets: all rows that stand in these buckets of the unit, once
// all entries are applied that came before. A unit that differs much takes
// several.
type Mend struct {
	Unit    change.ID
	Buckets []byte
	Rows    []*merge.Row
	Last    bool // of this unit
}

// Ask asks which hashes a writer's chain has at some numbers: where two copies
// of one replica parted.
type Ask struct {
	Writer  change.ID
	Numbers []uint64
}

// Links answers Ask, number by number; zero where the chain does not reach.
type Links struct {
	Writer change.ID
	Hashes []change.Hash
}

// Ack says that everything up to Cursor is durable.
type Ack struct{ Cursor change.Cursor }

// Problem ends an exchange with a fault's code and its arguments.
type Problem struct {
	Code string
	Args map[string]string
}

// Bye ends an exchange in good order.
type Bye struct{}

func (*Hello) kind() Kind         { return KindHello }
func (*Enroll) kind() Kind        { return KindEnroll }
func (*Welcome) kind() Kind       { return KindWelcome }
func (*Changes) kind() Kind       { return KindChanges }
func (*Receipt) kind() Kind       { return KindReceipt }
func (*Entries) kind() Kind       { return KindEntries }
func (*SnapshotBegin) kind() Kind { return KindSnapshotBegin }
func (*Chunk) kind() Kind         { return KindChunk }
func (*SnapshotEnd) kind() Kind   { return KindSnapshotEnd }
func (*CaughtUp) kind() Kind      { return KindCaughtUp }
func (*Ack) kind() Kind           { return KindAck }
func (*Problem) kind() Kind       { return KindProblem }
func (*Bye) kind() Kind           { return KindBye }
func (*Compare) kind() Kind       { return KindCompare }
func (*Differ) kind() Kind        { return KindDiffer }
func (*Buckets) kind() Kind       { return KindBuckets }
func (*Mend) kind() Kind          { return KindMend }
func (*Ask) kind() Kind           { return KindAsk }
func (*Links) kind() Kind         { return KindLinks }

// newMessage makes an empty message of kind k, or nil.
func newMessage(k Kind) Message {
	switch k {
	case KindHello:
		return new(Hello)
	case KindEnroll:
		return new(Enroll)
	case KindWelcome:
		return new(Welcome)
	case KindChanges:
		return new(Changes)
	case KindReceipt:
		return new(Receipt)
	case KindEntries:
		return new(Entries)
	case KindSnapshotBegin:
		return new(SnapshotBegin)
	case KindChunk:
		return new(Chunk)
	case KindSnapshotEnd:
		return new(SnapshotEnd)
	case KindCaughtUp:
		return new(CaughtUp)
	case KindAck:
		return new(Ack)
	case KindProblem:
		return new(Problem)
	case KindBye:
		return new(Bye)
	case KindCompare:
		return new(Compare)
	case KindDiffer:
		return new(Differ)
	case KindBuckets:
		return new(Buckets)
	case KindMend:
		return new(Mend)
	case KindAsk:
		return new(Ask)
	case KindLinks:
		return new(Links)
	case KindRecall:
		return new(Recall)
	}
	return nil
}
