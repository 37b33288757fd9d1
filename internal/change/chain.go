package change

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Hash is a chain hash: it stands for a change and all before it.
type Hash [32]byte

// Chain computes the hashes of one writer's changes.
//
// A hash covers, for each row of the change, a digest of its values keyed with
// the writer's secret, never the values: when the law wants a person's data
// erased, the digest stays in its place and the chain still verifies, and
// without the key nobody can guess a telephone number back out of it.
type Chain struct {
	writer ID
	names  Names
	mac    hash.Hash
	buf    []byte
}

// NewChain makes a Chain for a writer with its secret key.
func NewChain(writer ID, key []byte, names Names) *Chain {
	return &Chain{writer: writer, names: names, mac: hmac.New(sha256.New, key)}
}

// Next returns the hash of c, whose predecessor's hash is prev.
func (ch *Chain) Next(prev Hash, c *Change) Hash {
	b := append(ch.buf[:0], "dongbo change 1\x00"...)
	b = append(b, prev[:]...)
	b = append(b, ch.writer[:]...)
	b = binary.AppendUvarint(b, c.N)
	b = append(b, c.Person[:]...)
	b = binary.AppendVarint(b, c.At)
	b = append(b, c.Log[:]...)
	b = binary.AppendUvarint(b, c.Read)
	b = binary.AppendUvarint(b, c.Group)
	b = binary.AppendUvarint(b, uint64(c.Schema))
	b = binary.AppendUvarint(b, uint64(len(c.Rows)))
	for i := range c.Rows {
		b = ch.row(b, c, i)
	}
	ch.buf = b
	return sha256.Sum256(b)
}

func (ch *Chain) row(b []byte, c *Change, i int) []byte {
	rw := &c.Rows[i]
	b = binary.AppendUvarint(b, uint64(rw.Table))
	b = append(b, rw.ID[:]...)
	b = ch.dot(b, rw.Birth.Dot)
	b = binary.AppendUvarint(b, uint64(rw.Birth.I))
	b = binary.AppendUvarint(b, uint64(len(rw.Writes)))
	for _, w := range rw.Writes {
		b = binary.AppendUvarint(b, uint64(w.Reg))
		b = binary.AppendUvarint(b, uint64(len(w.Seen)))
		for _, d := range w.Seen {
			b = ch.dot(b, d)
		}
	}
	return ch.values(b, c, i)
}

func (ch *Chain) dot(b []byte, d Dot) []byte {
	name := ch.names.Name(d.W)
	b = append(b, name[:]...)
	return binary.AppendUvarint(b, d.N)
}
