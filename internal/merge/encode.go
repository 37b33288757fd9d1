package merge

import (
	"encoding/binary"
	"slices"

	"dongbo/internal/change"
	"dongbo/schema"
)

// Version returns the packed versions of the row: which dots its registers
// stand at, and the values of heads that the table's columns do not show. Nil
// means that every register stands at the birth dot: the common case costs
// nothing. The shown values themselves are not in it; they stand in the columns.
func (r *Row) Version() []byte {
	var b []byte
	r.eachRegister(func(no uint16, heads []Head) {
		if r.isDefault(no, heads) {
			return
		}
		b = binary.AppendUvarint(b, uint64(no))
		b = r.appendHeads(b, no, heads)
	})
	return b
}

func (r *Row) isDefault(no uint16, heads []Head) bool {
	if len(heads) != 1 || heads[0].Dot != r.Birth.Dot {
		return len(heads) == 0
	}
	return r.inColumns(no) || no == schema.Alive && r.Exists()
}

// inColumns tells whether the shown value of register no stands in the
// table's columns.
func (r *Row) inColumns(no uint16) bool {
	return no != schema.Alive && r.Table.RegisterIndex(no) >= 0
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

func (r *Row) appendHeads(b []byte, no uint16, heads []Head) []byte {
	shown := 0
	if r.policy(no) == schema.Latest {
		shown = len(heads) - 1
	}
	b = binary.AppendUvarint(b, uint64(len(heads)))
	for i, h := range heads {
		b = change.AppendDot(b, h.Dot)
		if i != shown || !r.inColumns(no) {
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
		no := in.Reg()
		var shownVals []change.Value
		if r.inColumns(no) {
			shownVals = r.Heads(no)[0].Vals
		}
		if heads := r.readHeads(&in, no, shownVals); in.Err == nil {
			r.setHeads(no, heads)
		}
	}
	return in.Err
}

func (r *Row) readHeads(in *change.Reader, no uint16, shownVals []change.Value) []Head {
	n := in.Count()
	if n == 0 && in.Err == nil {
		in.Err = change.ErrInvalid // a register that was ever written has a head
	}
	shown := 0
	if r.policy(no) == schema.Latest {
		shown = n - 1
	}
	heads := make([]Head, 0, min(n, MaxHeads))
	for i := 0; i < n && in.Err == nil; i++ {
		h := Head{Dot: in.Dot(), Vals: shownVals}
		if i != shown || !r.inColumns(no) {
			h.Vals = in.Vals()
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
	for i := range r.Regs {
		b = change.AppendVals(b, r.Shown(r.Table.Registers()[i].No).Vals)
	}
	v := r.Version()
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

// DecodeRow reads what Append wrote.
func DecodeRow(b []byte) (*Row, error) {
	in := change.Reader{B: b}
	t := schema.ByNo(in.Reg())
	if t == nil {
		return nil, change.ErrInvalid
	}
	r := NewRow(t, in.ID(), change.Birth{Dot: in.Dot(), I: in.Reg()})
	for i := range r.Regs {
		if vals := in.Vals(); len(vals) == len(r.Regs[i][0].Vals) {
			r.Regs[i][0].Vals = vals
		}
	}
	if err := r.SetVersion(slices.Clone(in.Blob())); err != nil {
		return nil, err
	}
	return r, in.Err
}
