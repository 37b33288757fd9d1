package merge

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// ConflictID is a conflict's lasting name: a hash of table, row and register,
// the same on every replica.
func ConflictID(table uint16, row change.ID, reg uint16) change.ID {
	b := append([]byte("dongbo conflict\x00"), 0, 0)
	binary.BigEndian.PutUint16(b[len(b)-2:], table)
	b = append(b, row[:]...)
	b = binary.BigEndian.AppendUint16(b, reg)
	sum := sha256.Sum256(b)
	return change.ID(sum[:16])
}

// FindingID is a finding's lasting name: a hash of its kind, the two rows in
// the order of their ids and, where only one side is told, that side's row. A
// replica's own hint and the server's finding are one.
func FindingID(kind string, a, b change.ID, told ...change.ID) change.ID {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	text := []byte("dongbo finding\x00" + kind)
	for _, id := range append([]change.ID{a, b}, told...) {
		text = append(text, id[:]...)
	}
	sum := sha256.Sum256(text)
	return change.ID(sum[:16])
}

// Conflicts returns the registers of the row that wait for a person: Review
// registers with unequal heads, and Alive where one side deleted what the
// other side edited or restored unseen. Those of registers that this program
// does not know wait for its upgrade: it could not show them.
func (r *Row) Conflicts() []uint16 {
	var out []uint16
	if r.aliveConflict() {
		out = append(out, schema.Alive)
	}
	for i, reg := range r.Table.Registers() {
		if reg.Policy == schema.Review && differ(r.Regs[i]) {
			out = append(out, reg.No)
		}
	}
	return out
}

func differ(heads []Head) bool {
	for i := 1; i < len(heads); i++ {
		if !slices.Equal(heads[i].Vals, heads[0].Vals) {
			return true
		}
	}
	return false
}

func (r *Row) aliveConflict() bool {
	return differ(r.Alive) || len(r.UnseenByDelete()) > 0
}

// UnseenByDelete returns the data heads' dots that the shown delete's author
// had not seen: "deleted here, edited there". Two deletes that both missed an
// edit leave it unseen; one delete that knew it is enough.
func (r *Row) UnseenByDelete() []change.Dot {
	if r.Exists() {
		return nil
	}
	var out []change.Dot
	for _, d := range r.AllDots() {
		if !r.knownToADelete(d) {
			out = append(out, d)
		}
	}
	return out
}

func (r *Row) knownToADelete(d change.Dot) bool {
	for _, h := range r.Alive {
		if h.Dot == d || slices.Contains(h.Knows, d) {
			return true
		}
	}
	return false
}
