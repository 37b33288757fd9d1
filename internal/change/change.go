// Package change holds the pure values that replicas and the server exchange.
//
// A Writer is one source of changes: a device has a few (typing by hand, bulk
// work), the server has its own. Its changes are numbered from 1 without gaps,
// and each is chained to the one before by a hash. A Dot, writer and number,
// names one change for ever. A Change is one transaction: it writes registers
// of rows, and each Write says which dots its author had been shown (Seen).
// A row is named by its Birth: the dot of the change that made it and its
// place within; its 16-byte id travels once.
//
// Inside one file writers are small numbers (Ref), a dictionary that the
// owner of the file keeps; on the wire and in hashes they are 16-byte names.
//
// Nothing here does I/O, reads a clock or draws a random number.
package change

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// ID is a 16-byte name: of a row, a unit, a person, a device or a writer.
type ID [16]byte

// IsZero tells whether the id is unset.
func (id ID) IsZero() bool { return id == ID{} }

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hex digits or the text of a UUID.
func ParseID(s string) (ID, error) {
	var id ID
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(s), "-", ""))
	if err != nil || len(raw) != len(id) {
		return id, fmt.Errorf("id %q: want 32 hex digits or a UUID", s)
	}
	copy(id[:], raw)
	return id, nil
}

// Ref is a writer's number in one file's dictionary; 0 is nobody.
type Ref uint32

// Dot names one change.
type Dot struct {
	W Ref
	N uint64
}

// Birth names a row: the change that made it and its place among the rows
// which that change made.
type Birth struct {
	Dot
	I uint16
}

// The packing of a Birth into an INTEGER: 20 bits of writer, 31 of number, 12
// of place. A file has at most a million writers, a writer at most two
// billion changes, a change at most 4,096 new rows.
const (
	placeBits  = 12
	numberBits = 31
	MaxNumber  = 1<<numberBits - 1
	MaxWriter  = 1<<20 - 1
	MaxRows    = 1 << placeBits
)

// Pack returns the birth as one positive integer.
func (b Birth) Pack() int64 {
	return int64(b.W)<<(numberBits+placeBits) | int64(b.N)<<placeBits | int64(b.I)
}

// Unpack reads what Pack made.
func Unpack(v int64) Birth {
	return Birth{
		Dot: Dot{W: Ref(v >> (numberBits + placeBits)), N: uint64(v) >> placeBits & MaxNumber},
		I:   uint16(v & (MaxRows - 1)),
	}
}

// Write is one register write.
type Write struct {
	Reg  uint16  // register number; schema.Alive deletes (0) or restores (1)
	Vals []Value // one a column of the register
	Seen []Dot   // the heads its author had been shown; a delete names those of all the row's registers
}

// RowWrite is what a change does to one row. A row that the change creates
// has every register written: those not listed hold NULL.
type RowWrite struct {
	Table   uint16
	ID      ID
	Birth   Birth
	Creates bool
	Writes  []Write
	Erased  Hash // where its values were erased: what the chain has in their place (erase.go); zero: they were not
}

// Cursor is a place in the server's logs: in epoch Epoch, all entries of a log
// up to its number have been received.
type Cursor struct {
	Epoch ID
	Logs  map[ID]uint64
}

// Change is one transaction of register writes by one writer.
type Change struct {
	Dot
	Person ID     // who acted
	At     int64  // the author's clock, ms since 1970; for people only
	Log    ID     // the log that orders it: the province-level unit, or the root
	Read   uint64 // how far its author had received that log: where rights are judged
	Group  uint64 // number of the first change of a set that spans logs; 0: alone
	Schema uint16 // the author's schema.Version
	Rows   []RowWrite
}

// Names gives writers their lasting 16-byte names.
type Names interface {
	Name(Ref) ID
}
