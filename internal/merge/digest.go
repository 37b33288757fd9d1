package merge

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	"dongbo/internal/change"
	"dongbo/schema"
)

// Digest is a sum of row hashes modulo 2^256: order does not matter, and a row
// is taken out by subtraction.
type Digest [32]byte

// Add returns d + e.
func (d Digest) Add(e Digest) Digest { return d.combine(e, bits.Add64) }

// Sub returns d - e.
func (d Digest) Sub(e Digest) Digest { return d.combine(e, bits.Sub64) }

func (d Digest) combine(e Digest, op func(x, y, carry uint64) (uint64, uint64)) (out Digest) {
	var carry uint64
	for i := 24; i >= 0; i -= 8 {
		var v uint64
		v, carry = op(binary.BigEndian.Uint64(d[i:]), binary.BigEndian.Uint64(e[i:]), carry)
		binary.BigEndian.PutUint64(out[i:], v)
	}
	return out
}

// Sums holds a digest for each sensitivity class.
type Sums [schema.Classes]Digest

// Add returns s + o, class by class.
func (s Sums) Add(o Sums) Sums {
	for i := range s {
		s[i] = s[i].Add(o[i])
	}
	return s
}

// Sub returns s - o, class by class.
func (s Sums) Sub(o Sums) Sums {
	for i := range s {
		s[i] = s[i].Sub(o[i])
	}
	return s
}

// Total is the sum over all classes. Two ends compare it and not the classes: a
// program counts registers that it does not know as Basic.
func (s Sums) Total() (d Digest) {
	for i := range s {
		d = d.Add(s[i])
	}
	return d
}

// Print is a digest's short form, by which two ends find where they differ.
type Print [8]byte

// Print returns the short form of the total. An empty set's is zero.
func (s Sums) Print() (p Print) {
	total := s.Total()
	if total == (Digest{}) {
		return p
	}
	sum := sha256.Sum256(total[:])
	copy(p[:], sum[:])
	return p
}

// Bucket is which of 256 parts of its unit a row belongs to where two ends
// look for what differs.
func Bucket(table uint16, id change.ID) byte {
	return sha256.Sum256(binary.BigEndian.AppendUint16(id[:], table))[0]
}

// Sums returns the row's hash for each class: the sum of its registers'
// hashes. Summing by register lets a change to one register of fifty cost one
// hash, not a reading of the whole row. Registers that nobody ever wrote (NULL
// at the birth dot) are left out, so that a column which a release adds
// changes no hash. Alive and unknown registers count as Basic.
func (r *Row) Sums(names change.Names) (out Sums) {
	r.eachRegister(func(no uint16, heads []Head) {
		r.addRegister(&out, names, no, heads)
	})
	return out
}

// SumsOf is Sums over the given registers only.
func (r *Row) SumsOf(names change.Names, numbers []uint16) (out Sums) {
	for _, no := range numbers {
		r.addRegister(&out, names, no, r.Heads(no))
	}
	return out
}

func (r *Row) addRegister(out *Sums, names change.Names, no uint16, heads []Head) {
	if r.untouched(no, heads) {
		return
	}
	class := r.class(no)
	out[class] = out[class].Add(r.hashRegister(names, no, heads))
}

func (r *Row) class(no uint16) schema.Class {
	if i := r.Table.RegisterIndex(no); no != schema.Alive && i >= 0 {
		return r.Table.Registers()[i].Class
	}
	return schema.Basic
}

// hashRegister covers table, row id, register number and the ordered heads,
// each with its dot, values and, of a delete, what it knew.
func (r *Row) hashRegister(names change.Names, no uint16, heads []Head) Digest {
	b := make([]byte, 0, 256)
	b = append(b, "dongbo register\x00"...)
	b = binary.BigEndian.AppendUint16(b, r.Table.No)
	b = append(b, r.ID[:]...)
	return sha256.Sum256(appendHashed(b, names, no, heads))
}

// Untouched tells whether nobody ever wrote register no.
func (r *Row) Untouched(no uint16) bool { return r.untouched(no, r.Heads(no)) }

func (r *Row) untouched(no uint16, heads []Head) bool {
	if no == schema.Alive || len(heads) != 1 || heads[0].Dot != r.Birth.Dot {
		return len(heads) == 0
	}
	for _, v := range heads[0].Vals {
		if !v.IsNull() {
			return false
		}
	}
	return true
}

func appendHashed(b []byte, names change.Names, no uint16, heads []Head) []byte {
	b = binary.BigEndian.AppendUint16(b, no)
	b = binary.AppendUvarint(b, uint64(len(heads)))
	for _, h := range heads {
		b = appendNamed(b, names, h.Dot)
		b = change.AppendVals(b, h.Vals)
		b = binary.AppendUvarint(b, uint64(len(h.Knows)))
		for _, d := range h.Knows {
			b = appendNamed(b, names, d)
		}
	}
	return b
}

func appendNamed(b []byte, names change.Names, d change.Dot) []byte {
	name := names.Name(d.W)
	b = append(b, name[:]...)
	return binary.AppendUvarint(b, d.N)
}
