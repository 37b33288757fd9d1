package server

import (
	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Store keeps the register, the logs and everything the server knows.
//
// Update calls are serialised, over all processes that share the store: when
// Update returns nil the transaction is durable, and the numbers that it gave
// out in a log become readable only after all lower ones. When f returns an
// error, or the store fails (a full disk), nothing of it remains and the error
// comes back. View shows one state and never waits for an Update. Neither may
// be called from inside f. A Tx and what it hands out (rows apart) must not be
// used after f has returned.
//
// Name is safe at any time, from any goroutine.
type Store interface {
	change.Names
	Update(f func(Tx) error) error
	View(f func(Tx) error) error
	// Generation is a number that grows with every Update that called
	// Announce, by whatever process. It is cheap to ask.
	Generation() (uint64, error)
	// Scrub leaves nothing in the store's files of what was overwritten or deleted.
	// It may hold up everybody who writes for as long as that takes. Where somebody
	// reads meanwhile it may not come to its end: done is false then.
	Scrub() (done bool, err error)
	Close() error
}

// Tx is one transaction. Methods that write may be called inside Update only.
// "Nil" or a zero result without an error means that there is no such thing.
type Tx interface {
	change.Names
	// Ref gives a writer its number, inside Update a new one if need be; in
	// View an unknown writer has the number 0.
	Ref(name change.ID) (change.Ref, error)
	Announce() error

	Setting(key string) ([]byte, error)
	SetSetting(key string, value []byte) error

	registerTx
	logTx
	pruneTx
	peopleTx
}

// registerTx is the register itself: rows in typed tables.
type registerTx interface {
	// Row and RowByBirth find a row, deleted ones too. The row is the caller's.
	Row(t *schema.Table, id change.ID) (*merge.Row, error)
	RowByBirth(t *schema.Table, b change.Birth) (*merge.Row, error)
	// SaveRow stores a row; touched are the registers that differ from what
	// is stored (all, for a new row). The row must not be changed afterwards.
	SaveRow(r *merge.Row, touched []uint16) error
	// Rows calls f for all rows of a table, deleted ones too; RowsOf for those
	// of one unit; RowsBy for those shown as existing whose ID column holds id.
	// by rising id. f may read through the Tx, but not write.
	Rows(t *schema.Table, f func(*merge.Row) error) error
	RowsOf(t *schema.Table, unit change.ID, f func(*merge.Row) error) error
	RowsBy(t *schema.Table, column string, id change.ID, f func(*merge.Row) error) error

	// Unit and SaveUnit keep what is summed up of a unit.
	Unit(id change.ID) (Unit, error)
	SaveUnit(id change.ID, u Unit) error

	// The directory of keyed hashes by which living members are found: of
	// their national ids, and of what else may tell that two are one person.
	// SameID lists those with a hash by rising id, at most limit.
	SameID(hash change.ID, limit int) ([]change.ID, error)
	AddID(hash, row change.ID) error
	DropID(hash, row change.ID) error
}

// logTx is the order of changes.
type logTx interface {
	// Append gives e the next number of its log, links its dot into its
	// writer's chain and puts the number into the lists. It sets e.Num. A dot
	// that stands as refused gets a new place where e.Moved says so.
	Append(e *Entry, lists []List) error
	Entry(log change.ID, num uint64) (*Entry, error)
	Link(d change.Dot) (Link, bool, error)
	// Made says who made a change, and when.
	Made(d change.Dot) (Made, bool, error)
	// Refused lists the entries of a writer that were quarantined, from number
	// from to number to.
	Refused(w change.Ref, from, to uint64) ([]*Entry, error)
	Head(log change.ID) (uint64, error)
	// AddPast keeps what an entry ended; Pasts lists, by number rising, what
	// ended behind number after of that log.
	AddPast(p Past) error
	Pasts(kind PastKind, of, log change.ID, after uint64) ([]Past, error)
	// ReadLists returns, rising and each once, the first numbers above after
	// that stand in any of the lists for that log; at most limit.
	ReadLists(lists []List, log change.ID, after uint64, limit int) ([]uint64, error)
}

// pruneTx takes away what nobody needs any more, or may keep. It is the server's
// to know what that is.
type pruneTx interface {
	// Rewrite puts Body, Effective and Places of e in the place of what its entry
	// holds.
	Rewrite(e *Entry) error
	// Floor is the number up to which the log is pruned.
	Floor(log change.ID) (uint64, error)
	SetFloor(log change.ID, num uint64) error
	// Strip takes Body, Effective and Places from the log's applied entries up
	// to its floor, about limit of them, and returns how many; 0: none had any.
	// What is left says who, when, and where it stands in its writer's chain.
	Strip(log change.ID, limit int) (int, error)
	// Unlist takes numbers up to the floors out of all index lists, about limit
	// of them, from a mark on; it returns how many and where to go on. No mark
	// is the beginning, and the end.
	Unlist(from []byte, limit int) (n int, next []byte, err error)
}

// peopleTx is who may speak.
type peopleTx interface {
	Device(id change.ID) (*Device, error)
	Devices() ([]*Device, error)
	SaveDevice(d *Device) error
	Writer(ref change.Ref) (*Writer, error)
	WritersOf(device change.ID) ([]*Writer, error)
	SaveWriter(w *Writer) error
	Code(hash change.ID) (*Code, error)
	SaveCode(c *Code) error
}

// Entry is one place in a log: a change with its verdict.
type Entry struct {
	Log       change.ID
	Num       uint64
	At        int64 // the server's clock, ms since 1970
	Dot       change.Dot
	Hash      change.Hash // the writer's chain, up to and with this change
	Person    change.ID
	AuthorAt  int64
	Code      string // why it was quarantined; empty: it was applied
	Detail    string
	Body      []byte // the change as its author signed it; empty: pruned
	Effective []byte // the change with effective Seen lists, where those differ
	Places    []byte // where its rows stood before and after, see places.go
	Moved     bool   // the change stood elsewhere, and waited (again.go); not kept
}

// Made is who made a change, and when by both clocks.
type Made struct {
	Person       change.ID
	AuthorAt, At int64
}

// Link is one change's place in its writer's chain and in the log.
type Link struct {
	Hash    change.Hash
	Refused bool
	Log     change.ID
	Num     uint64
}

// List names an index list: what happened at or below ID (a unit), or, where
// Published, what the unit ID publishes, or the own changes of the device ID.
type List struct {
	ID        change.ID
	Published bool
}

// Unit is what is summed up of one unit: the digests of its rows, those of
// published tables apart, and how often a subtree has entered or left what
// lies below it.
type Unit struct {
	Own, Published merge.Sums
	Reshaped       uint64
}

// Device is one enrolled computer.
type Device struct {
	ID          change.ID
	Key         []byte // Ed25519 public key
	Person      change.ID
	Unit        change.ID // where its row of table device stands
	Label       string
	Program     string
	Revoked     bool          // it receives nothing; what it still sends is held
	Stolen      bool          // nor may it send
	Logs        []change.ID   // where changes of its own stand: it reads these whatever its scope is
	Seen        change.Cursor // what it has told us to hold
	Kept        change.Cursor // where the snapshot stands that it is being sent: what comes behind is kept for it
	LastContact int64         // ms since 1970; 0: never
}

// Writer is how far one writer's chain reaches.
type Writer struct {
	Ref     change.Ref
	Name    change.ID
	Device  change.ID // zero: the server's own
	Kind    byte
	Key     [32]byte // keys the digests of values in the chain
	Last    uint64
	Hash    change.Hash
	Refused uint64 // how many of its changes were quarantined
}

// Code is an enrolment code. Of its token only a hash is kept.
type Code struct {
	Hash    change.ID
	Person  change.ID
	Unit    change.ID
	Expires int64     // ms since 1970; 0: never
	Device  change.ID // the first that showed it; the code is that device's for ever
}
