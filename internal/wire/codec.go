package wire

import (
	"math/bits"
	"strings"

	"dongbo/internal/change"
)

// codec writes a message's body or reads one. Each message is described once,
// by one function that names its fields in order; the codec's direction
// decides which way the values go, so that the two ends cannot drift apart.
//
// A body has two parts: numbers, through the range coder, and texts, one
// behind the other, for zstd.
type codec struct {
	*session
	names change.Names
	known Refs

	reading bool
	enc     rangeEncoder
	dec     rangeDecoder
	texts   []byte // what was written
	unread  string // what is left to read

	left int // what this message may still cost the reader's memory
	err  error
}

// decodeBudget bounds what one message costs the reader's memory. A modest
// message of many small things is many times its own size when unpacked.
const decodeBudget = 16 * MaxMessage

// endMark ends each body: a reader that lost its way misses it.
const endMark = 0xA5

func (x *codec) fail(err error) {
	if x.err == nil {
		x.err = err
	}
}

// charge takes n bytes from the budget and tells whether they were there. The
// writer counts too: it must not send what nobody will read.
func (x *codec) charge(n int) bool {
	if x.err != nil {
		return false
	}
	if n < 0 || n > x.left {
		x.fail(ErrTooLarge)
		return false
	}
	x.left -= n
	return true
}

// number codes one number. Reading, it returns what came, else v.
func (x *codec) number(k key, v uint64) uint64 { return x.through(x.model(k), v) }

func (x *codec) through(m *model, v uint64) uint64 {
	if !x.reading {
		m.write(&x.enc, v)
		return v
	}
	if x.err != nil {
		return 0
	}
	v = m.read(&x.dec)
	if x.dec.bad {
		x.fail(ErrInvalid)
		return 0
	}
	return v
}

// count codes the length of a list whose elements cost each bytes apiece.
func (x *codec) count(k key, n, each int) int {
	v := x.number(k, uint64(n))
	if v > decodeBudget || !x.charge(int(v)*each) {
		x.fail(ErrTooLarge)
		return 0
	}
	return int(v)
}

// slice codes a list of small things one after the other.
func slice[T any](x *codec, k key, list *[]T, each int, item func(*T)) {
	n := x.count(k, len(*list), each)
	if x.reading && n > 0 {
		*list = make([]T, n)
	}
	for i := 0; i < n && x.err == nil; i++ {
		item(&(*list)[i])
	}
}

// field codes one number of any integer type, signed where the type is.
func field[N integer](x *codec, k key, p *N) {
	if !x.reading {
		x.number(k, zigzag(int64(*p)))
		return
	}
	v := unzigzag(x.number(k, 0))
	*p = N(v)
	if int64(*p) != v {
		x.fail(ErrInvalid)
	}
}

type integer interface {
	~int64 | ~uint64 | ~uint32 | ~uint16 | ~uint8
}

func (x *codec) flag(k key, p *bool) {
	var v uint64
	if *p {
		v = 1
	}
	if v = x.number(k, v); x.reading {
		*p = v == 1
	}
}

// fixed codes bytes that nothing is known about. Writing, it only reads b.
func (x *codec) fixed(b []byte) {
	for i := range b {
		if x.reading {
			b[i] = byte(x.dec.direct(8))
		} else {
			x.enc.direct(uint32(b[i]), 8)
		}
	}
}

// hash codes 32 bytes that may be unset.
func (x *codec) hash(k key, h *[32]byte) {
	set := *h != [32]byte{}
	x.flag(k, &set)
	if set {
		x.fixed(h[:])
	}
}

// bytes codes a short string of bytes that nothing is known about.
func (x *codec) bytes(k key, p *[]byte) {
	n := x.count(k, len(*p), 1)
	if x.reading && n > 0 {
		*p = make([]byte, n)
	}
	x.fixed((*p)[:n])
}

// text codes one text.
func (x *codec) text(k key, p *string) {
	n := x.count(k, len(*p), 1)
	if x.reading {
		*p = x.take(n)
	} else {
		x.texts = append(x.texts, *p...)
	}
}

// take reads n bytes of the texts. All texts of a message share one string.
func (x *codec) take(n int) string {
	if n > len(x.unread) {
		x.fail(ErrInvalid)
		return ""
	}
	s := x.unread[:n]
	x.unread = x.unread[n:]
	return s
}

// ended codes a text that holds no zero byte, and a zero byte: inside a
// column, zstd finds the end of a text together with the text.
func (x *codec) ended(s string) string {
	if !x.reading {
		x.texts = append(append(x.texts, s...), 0)
		return s
	}
	n := strings.IndexByte(x.unread, 0)
	if n < 0 {
		x.fail(ErrInvalid)
		return ""
	}
	s = x.take(n)
	x.take(1)
	return s
}

// ints codes a column of numbers: near its first value, or by the steps
// between neighbours, whichever is shorter.
func (x *codec) ints(m *model, vals []int64) {
	if len(vals) == 0 || x.err != nil {
		return
	}
	if !x.reading && !m.begun {
		m.base = vals[0]
	}
	steps := x.decide(&m.stepped, !x.reading && stepping(m, vals))
	for i := range vals {
		from := m.base
		if steps || !m.begun {
			from = m.last
		}
		if x.reading {
			vals[i] = from + unzigzag(x.through(m, 0))
		} else {
			x.through(m, zigzag(vals[i]-from))
		}
		if !m.begun {
			m.begun, m.base = true, vals[i]
		}
		m.last = vals[i]
	}
}

// decide codes one choice.
func (x *codec) decide(p *prob, yes bool) bool {
	var bit uint32
	if yes {
		bit = 1
	}
	if x.reading {
		return x.dec.bit(p) == 1
	}
	x.enc.bit(p, bit)
	return yes
}

// stepping tells whether steps between neighbours are shorter numbers than
// distances from the first.
func stepping(m *model, vals []int64) bool {
	last, near, steps := m.last, 0, 0
	for _, v := range vals {
		near += bits.Len64(zigzag(v - m.base))
		steps += bits.Len64(zigzag(v - last))
		last = v
	}
	return steps < near
}

// numbers codes one number of each element of a list.
func numbers[T any, N integer](x *codec, k key, list []T, field func(*T) *N) {
	if !x.charge(8 * len(list)) {
		return
	}
	vals := make([]int64, len(list))
	if x.reading {
		x.ints(x.model(k), vals)
		for i, v := range vals {
			p := field(&list[i])
			if *p = N(v); int64(*p) != v {
				x.fail(ErrInvalid)
			}
		}
		return
	}
	for i := range vals {
		vals[i] = int64(*field(&list[i]))
	}
	x.ints(x.model(k), vals)
}
