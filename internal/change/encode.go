package change

import (
	"encoding/binary"
	"math"
)

// Reader reads the encodings of this package from a slice. The first error
// sticks and ends every list; every count is checked against what is left, so
// that a forged length costs no more than a bounded multiple of the input (its
// worst are NULLs: a byte each here, a Value in memory).
type Reader struct {
	B   []byte
	Err error
}

func (r *Reader) fail(err error) {
	if r.Err == nil {
		r.Err = err
	}
	r.B = nil
}

// Uvarint reads an unsigned number.
func (r *Reader) Uvarint() uint64 {
	v, n := binary.Uvarint(r.B)
	if n <= 0 {
		r.fail(ErrShort)
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Varint reads a signed number.
func (r *Reader) Varint() int64 {
	v, n := binary.Varint(r.B)
	if n <= 0 {
		r.fail(ErrShort)
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Count reads a number of things that take at least one byte each.
func (r *Reader) Count() int {
	n := r.Uvarint()
	if n > uint64(len(r.B)) {
		r.fail(ErrShort)
		return 0
	}
	return int(n)
}

// Bytes reads n bytes without copying.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || n > len(r.B) {
		r.fail(ErrShort)
		return nil
	}
	out := r.B[:n]
	r.B = r.B[n:]
	return out
}

// Blob reads a length and that many bytes without copying.
func (r *Reader) Blob() []byte { return r.Bytes(r.Count()) }

// ID reads a 16-byte name.
func (r *Reader) ID() (id ID) {
	copy(id[:], r.Bytes(len(id)))
	return id
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	b := r.Bytes(1)
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// Reg reads a register or table number.
func (r *Reader) Reg() uint16 {
	v := r.Uvarint()
	if v > math.MaxUint16 {
		r.fail(ErrInvalid)
	}
	return uint16(v)
}

// Value reads a value.
func (r *Reader) Value() Value {
	switch k := Kind(r.Byte()); k {
	case KindNull:
		return Null
	case KindInt:
		return Int(r.Varint())
	case KindReal:
		b := r.Bytes(8)
		if len(b) < 8 {
			return Null
		}
		return Real(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case KindText:
		return Text(string(r.Blob()))
	case KindBlob:
		return Blob(r.Blob())
	default:
		r.fail(ErrInvalid)
		return Null
	}
}

// Dot reads a dot with a file-local writer number.
func (r *Reader) Dot() Dot {
	w := r.Uvarint()
	if w > MaxWriter {
		r.fail(ErrInvalid)
	}
	return Dot{W: Ref(w), N: r.Uvarint()}
}

// Dots reads a list of dots.
func (r *Reader) Dots() []Dot {
	n := r.Count()
	if n == 0 {
		return nil
	}
	out := make([]Dot, 0, min(n, 16))
	for i := 0; i < n && r.Err == nil; i++ {
		out = append(out, r.Dot())
	}
	return out
}

// Vals reads a register's values.
func (r *Reader) Vals() []Value {
	n := r.Count()
	out := make([]Value, 0, min(n, 16))
	for i := 0; i < n && r.Err == nil; i++ {
		out = append(out, r.Value())
	}
	return out
}

// AppendDot, AppendDots and AppendVals are the writers' side of Reader.
func AppendDot(b []byte, d Dot) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(d.W)), d.N)
}

// AppendDots writes a count and the dots.
func AppendDots(b []byte, ds []Dot) []byte {
	b = binary.AppendUvarint(b, uint64(len(ds)))
	for _, d := range ds {
		b = AppendDot(b, d)
	}
	return b
}

// AppendVals writes a count and the values.
func AppendVals(b []byte, vs []Value) []byte {
	b = binary.AppendUvarint(b, uint64(len(vs)))
	for _, v := range vs {
		b = v.Append(b)
	}
	return b
}

// Append writes c for storage in the file whose dictionary its dots use.
func (c *Change) Append(b []byte) []byte {
	b = AppendDot(b, c.Dot)
	b = append(b, c.Person[:]...)
	b = binary.AppendVarint(b, c.At)
	b = append(b, c.Log[:]...)
	b = binary.AppendUvarint(b, c.Read)
	b = binary.AppendUvarint(b, c.Group)
	b = binary.AppendUvarint(b, uint64(c.Schema))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	for i := range c.Rows {
		b = c.Rows[i].append(b)
	}
	return b
}

// How a row write begins.
const (
	rowCreates = 1 << iota
	rowErased
)

func (rw *RowWrite) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(rw.Table))
	b = append(b, rw.ID[:]...)
	b = AppendDot(b, rw.Birth.Dot)
	b = binary.AppendUvarint(b, uint64(rw.Birth.I))
	flags := byte(0)
	if rw.Creates {
		flags |= rowCreates
	}
	if rw.Erased != (Hash{}) {
		flags |= rowErased
	}
	if b = append(b, flags); flags&rowErased != 0 {
		b = append(b, rw.Erased[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(rw.Writes)))
	for _, w := range rw.Writes {
		b = binary.AppendUvarint(b, uint64(w.Reg))
		b = AppendVals(b, w.Vals)
		b = AppendDots(b, w.Seen)
	}
	return b
}

// Decode reads what Change.Append wrote.
func Decode(b []byte) (*Change, error) {
	r := Reader{B: b}
	c := &Change{Dot: r.Dot(), Person: r.ID(), At: r.Varint(), Log: r.ID(), Read: r.Uvarint(), Group: r.Uvarint(), Schema: r.Reg()}
	n := r.Count()
	c.Rows = make([]RowWrite, 0, min(n, 16))
	for i := 0; i < n && r.Err == nil; i++ {
		c.Rows = append(c.Rows, r.rowWrite())
	}
	if r.Err == nil && len(r.B) != 0 {
		r.Err = ErrInvalid
	}
	return c, r.Err
}

func (r *Reader) rowWrite() RowWrite {
	rw := RowWrite{Table: r.Reg(), ID: r.ID(), Birth: Birth{Dot: r.Dot(), I: r.Reg()}}
	flags := r.Byte()
	if rw.Creates = flags&rowCreates != 0; flags&rowErased != 0 {
		copy(rw.Erased[:], r.Bytes(len(rw.Erased)))
	}
	if flags&^(rowCreates|rowErased) != 0 || flags&rowErased != 0 && rw.Erased == (Hash{}) {
		r.fail(ErrInvalid)
	}
	n := r.Count()
	rw.Writes = make([]Write, 0, min(n, 64))
	for i := 0; i < n && r.Err == nil; i++ {
		rw.Writes = append(rw.Writes, Write{Reg: r.Reg(), Vals: r.Vals(), Seen: r.Dots()})
	}
	return rw
}
