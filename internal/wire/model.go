package wire

import "math/bits"

// model is what an exchange has learned about one kind of number: how long
// they are, and which values the short ones and the heads of the long ones take.
type model struct {
	zero    prob
	length  [64]prob // a tree over bit lengths 1 to 64
	heads   []heads  // for each length met, a tree over the bits below the first
	base    int64    // the first value of a column, for those that stay near it
	last    int64    // the last value, for those that step
	begun   bool
	stepped prob // whether a column steps
}

// Below headBits bits a number is modelled whole; above, its headTop first bits
// after the leading one are, and the rest travels as it is.
const (
	headBits = 9
	headTop  = 6
)

type heads struct {
	length int
	probs  []prob
}

func (m *model) tree(n int) (probs []prob, depth int) {
	depth = n - 1
	if n > headBits {
		depth = headTop
	}
	for i := range m.heads {
		if m.heads[i].length == n {
			return m.heads[i].probs, depth
		}
	}
	probs = make([]prob, 1<<depth)
	m.heads = append(m.heads, heads{n, probs})
	return probs, depth
}

func (m *model) write(e *rangeEncoder, v uint64) {
	if v == 0 {
		e.bit(&m.zero, 0)
		return
	}
	e.bit(&m.zero, 1)
	n := bits.Len64(v)
	node := uint32(1)
	for i := 5; i >= 0; i-- {
		b := uint32(n-1) >> i & 1
		e.bit(&m.length[node], b)
		node = node<<1 | b
	}
	probs, depth := m.tree(n)
	left := n - 1
	node = 1
	for range depth {
		left--
		b := uint32(v>>left) & 1
		e.bit(&probs[node], b)
		node = node<<1 | b
	}
	for left > 0 {
		k := min(left, 8)
		left -= k
		e.direct(uint32(v>>left)&(1<<k-1), uint(k))
	}
}

func (m *model) read(d *rangeDecoder) uint64 {
	if d.bit(&m.zero) == 0 {
		return 0
	}
	node := uint32(1)
	for range 6 {
		node = node<<1 | d.bit(&m.length[node])
	}
	n := int(node-64) + 1
	probs, depth := m.tree(n)
	left := n - 1 - depth
	node = 1
	for range depth {
		node = node<<1 | d.bit(&probs[node])
	}
	v := uint64(node)
	for left > 0 {
		k := min(left, 8)
		left -= k
		v = v<<k | uint64(d.direct(uint(k)))
	}
	return v
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
