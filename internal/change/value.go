package change

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Kind is a value's storage kind.
type Kind uint8

// The kinds, numbered as they are encoded.
const (
	KindNull Kind = iota
	KindInt
	KindReal
	KindText
	KindBlob
)

// Value is one column's value. Values compare with ==.
type Value struct {
	kind Kind
	num  uint64
	str  string
}

// Null is the absent value.
var Null = Value{}

// Int makes an INTEGER.
func Int(v int64) Value { return Value{kind: KindInt, num: uint64(v)} }

// Real makes a REAL. A NaN becomes NULL, as in SQLite; -0 becomes 0, so that
// equal numbers are equal values.
func Real(v float64) Value {
	if math.IsNaN(v) {
		return Null
	}
	if v == 0 {
		v = 0
	}
	return Value{kind: KindReal, num: math.Float64bits(v + 0)}
}

// Text makes a TEXT.
func Text(s string) Value { return Value{kind: KindText, str: s} }

// Blob makes a BLOB.
func Blob(b []byte) Value { return Value{kind: KindBlob, str: string(b)} }

// IDValue makes the BLOB of an id.
func IDValue(id ID) Value { return Blob(id[:]) }

// Kind returns the storage kind.
func (v Value) Kind() Kind { return v.kind }

// IsNull tells whether the value is absent.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Int returns an INTEGER's number, else 0.
func (v Value) Int() int64 {
	if v.kind != KindInt {
		return 0
	}
	return int64(v.num)
}

// Text returns a TEXT's or a BLOB's bytes as a string.
func (v Value) Text() string { return v.str }

// ID returns a 16-byte BLOB as an id; ok is false for anything else.
func (v Value) ID() (id ID, ok bool) {
	if v.kind != KindBlob || len(v.str) != len(id) {
		return id, false
	}
	copy(id[:], v.str)
	return id, true
}

// Any returns the value as database/sql takes it.
func (v Value) Any() any {
	switch v.kind {
	case KindInt:
		return int64(v.num)
	case KindReal:
		return math.Float64frombits(v.num)
	case KindText:
		return v.str
	case KindBlob:
		return []byte(v.str)
	default:
		return nil
	}
}

// FromAny makes a value of what database/sql returns.
func FromAny(a any) (Value, error) {
	switch x := a.(type) {
	case nil:
		return Null, nil
	case int64:
		return Int(x), nil
	case int:
		return Int(int64(x)), nil
	case float64:
		return Real(x), nil
	case string:
		return Text(x), nil
	case []byte:
		return Blob(x), nil
	case ID:
		return IDValue(x), nil
	case bool:
		if x {
			return Int(1), nil
		}
		return Int(0), nil
	}
	return Null, fmt.Errorf("change: no value for %T", a)
}

func (v Value) String() string {
	if v.kind == KindBlob {
		return fmt.Sprintf("%x", v.str)
	}
	return fmt.Sprint(v.Any())
}

// ErrShort and ErrLong tell that bytes do not hold what they should.
var (
	ErrShort   = errors.New("change: truncated")
	ErrInvalid = errors.New("change: invalid encoding")
)

// Append writes the value: its kind, then its number or its length and bytes.
func (v Value) Append(b []byte) []byte {
	b = append(b, byte(v.kind))
	switch v.kind {
	case KindInt:
		b = binary.AppendVarint(b, int64(v.num))
	case KindReal:
		b = binary.BigEndian.AppendUint64(b, v.num)
	case KindText, KindBlob:
		b = binary.AppendUvarint(b, uint64(len(v.str)))
		b = append(b, v.str...)
	}
	return b
}
