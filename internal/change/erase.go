package change

import (
	"encoding/binary"
	"slices"

	"dongbo/schema"
)

// When the law wants a person's data erased, the values go out of the changes
// that wrote them, wherever these stand. What stays is which rows and registers a
// change wrote, what its author had seen, and in the values' place their digest,
// so that the chain verifies as it did.

// Blank is what stands in the place of an erased value: the empty value of its
// kind, so that it fits its column. What names a row or unit stays: by it rows
// are found and scopes are told.
func (v Value) Blank() Value {
	switch v.Kind() {
	case KindInt:
		return Int(0)
	case KindReal:
		return Real(0)
	case KindText:
		return Text("")
	case KindBlob:
		if _, names := v.ID(); !names {
			return Blob(nil)
		}
	}
	return v
}

// Blanks are Blank of all.
func Blanks(vals []Value) []Value {
	out := slices.Clone(vals)
	for i := range out {
		out[i] = out[i].Blank()
	}
	return out
}

// Blank returns the row write without its values; digest is of what they were.
func (rw RowWrite) Blank(digest Hash) RowWrite {
	rw.Erased = digest
	rw.Writes = slices.Clone(rw.Writes)
	for i := range rw.Writes {
		if w := &rw.Writes[i]; w.Reg != schema.Alive {
			w.Vals = Blanks(w.Vals)
		}
	}
	return rw
}

// Erase takes the values out of the change's rows that of names; it tells whether
// there were any. The chain is that of the change's writer.
func (ch *Chain) Erase(c *Change, of func(*RowWrite) bool) (erased bool) {
	for i := range c.Rows {
		if rw := &c.Rows[i]; rw.Erased == (Hash{}) && of(rw) {
			*rw, erased = rw.Blank(Hash(ch.values(nil, c, i))), true
		}
	}
	return erased
}

// values appends the digest of a row's values.
func (ch *Chain) values(b []byte, c *Change, i int) []byte {
	rw := &c.Rows[i]
	if rw.Erased != (Hash{}) {
		return append(b, rw.Erased[:]...)
	}
	start := len(b)
	b = binary.AppendUvarint(b, c.N)
	b = binary.AppendUvarint(b, uint64(i))
	for _, w := range rw.Writes {
		b = AppendVals(b, w.Vals)
	}
	ch.mac.Reset()
	ch.mac.Write(b[start:])
	return ch.mac.Sum(b[:start])
}
