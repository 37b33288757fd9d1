package merge

import (
	"encoding/binary"
	"math"
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// Version returns the packed versions of the row: which dots its registers
// stand at, and the values of heads that the table's columns do not show. Nil
// means that every register stands at the birth dot: the common case costs
// nothing. The shown values themselves are not in it; they stand in the columns.
// Of a register that has no columns here they are in it, and a mark says so, so
// that a later program, which has the columns, reads it all the same.
func (r *Row) Version() []byte {
	var b []byte
	r.eachRegister(func(no uint16, heads []Head) {
		inColumns := r.InColumns(no)
		if isDefault(r, no, heads, inColumns) {
			return
		}
		mark := uint64(0)
		if !inColumns {
			mark = 1
		}
		b = binary.AppendUvarint(b, uint64(no)<<1|mark)
		b = r.appendHeads(b, no, heads, inColumns)
	})
	return b
}

func isDefault(r *Row, no uint16, heads []Head, inColumns bool) bool {
	if len(heads) != 1 || heads[0].Dot != r.Birth.Dot {
		return len(heads) == 0
	}
	return inColumns || no == schema.Alive && asBorn(heads[0])
}

// asBorn tells whether a head of Alive is what NewRow makes: no more and no less
// may be left unwritten, or a reader would make something else of it.
func asBorn(h Head) bool {
	return len(h.Knows) == 0 && len(h.Vals) == 1 && h.Vals[0] == change.Int(1)
}

func (r *Row) eachRegister(f func(no uint16, heads []Head)) {
	f(schema.Alive, r.Alive)
	for i, reg := range r.Table.Registers() {
		f(reg.No, r.Regs[i])
	}
	for _, no := range r.rawNumbers() {
		f(no, r.Raw[no])
	}
}

func (r *Row) appendHeads(b []byte, no uint16, heads []Head, inColumns bool) []byte {
	shown := 0
	if policyOf(no) == schema.Latest {
		shown = len(heads) - 1
	}
	b = binary.AppendUvarint(b, uint64(len(heads)))
	for i, h := range heads {
		b = change.AppendDot(b, h.Dot)
		if i != shown || !inColumns {
			b = change.AppendVals(b, h.Vals)
		}
		if no == schema.Alive {
			b = change.AppendDots(b, h.Knows)
		}
	}
	return b
}

// SetVersion reads what Version returned into a row whose columns are filled
// and whose registers all stand at the birth dot (as NewRow makes it).
func (r *Row) SetVersion(b []byte) error {
	in := change.Reader{B: b}
	for len(in.B) > 0 && in.Err == nil {
		key := in.Uvarint()
		no := uint16(key >> 1)
		known := no != schema.Alive && r.Table.RegisterIndex(no) >= 0
		inColumns := key&1 == 0
		if key > math.MaxUint16<<1|1 || inColumns && !known {
			return change.ErrInvalid // a newer program's: the file's stamp keeps us from it
		}
		var columns []change.Value
		if known {
			columns = r.Heads(no)[0].Vals
		}
		if heads := r.readHeads(&in, no, columns, inColumns); in.Err == nil {
			r.setHeads(no, heads)
		}
	}
	return in.Err
}

// readHeads reads a register's heads; columns are the values that its columns
// hold. Where the shown value was packed because it had no columns, whatever
// stands there was written by another program since.
func (r *Row) readHeads(in *change.Reader, no uint16, columns []change.Value, inColumns bool) []Head {
	n := in.Count()
	if n == 0 && in.Err == nil {
		in.Err = change.ErrInvalid // a register that was ever written has a head
	}
	shown := 0
	if policyOf(no) == schema.Latest {
		shown = n - 1
	}
	heads := make([]Head, 0, min(n, MaxHeads))
	for i := 0; i < n && in.Err == nil; i++ {
		h := Head{Dot: in.Dot(), Vals: columns}
		if i != shown || !inColumns {
			h.Vals = in.Vals()
		}
		if i == shown && !allNull(columns) {
			h.Vals = columns
		}
		if no == schema.Alive {
			h.Knows = in.Dots()
		}
		heads = append(heads, h)
	}
	return heads
}

// Append writes the whole state of the row: what a file keeps of rows that do
// not stand in a table (deleted ones, the confirmed layer under unsent edits),
// and what a log keeps of a row that moved.
func (r *Row) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(r.Table.No))
	b = append(b, r.ID[:]...)
	b = change.AppendDot(b, r.Birth.Dot)
	b = binary.AppendUvarint(b, uint64(r.Birth.I))
	b = binary.AppendUvarint(b, uint64(len(r.Regs)))
	for i := range r.Regs {
		b = change.AppendVals(b, r.Stored(r.Table.Registers()[i].No))
	}
	v := r.Version()
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// DecodeRow reads what Append wrote, here or in an earlier release, whose row
// has fewer registers and more that are raw.
func DecodeRow(b []byte) (*Row, error) {
	in := change.Reader{B: b}
	t := schema.Any(in.Reg())
	r := NewRow(t, in.ID(), change.Birth{Dot: in.Dot(), I: in.Reg()})
	for i := range in.Count() {
		vals := in.Vals()
		switch {
		case i >= len(r.Regs):
			return nil, change.ErrInvalid
		case len(vals) == len(r.Regs[i][0].Vals):
			r.Regs[i][0].Vals = vals
		}
	}
	if err := r.SetVersion(slices.Clone(in.Blob())); err != nil {
		return nil, err
	}
	return r, in.Err
}
