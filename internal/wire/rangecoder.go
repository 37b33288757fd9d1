package wire

// An adaptive binary range coder, as LZMA has it. Everything that is a number
// goes through it: it spends on each bit what the bit is worth given what the
// exchange has shown so far, so that constants cost nothing, rare choices cost
// little, and random bits cost themselves and no more.

// prob is the probability that the next bit is 0, in 65,536ths, with the count
// of bits seen: young ones learn fast.
type prob struct {
	p uint16
	n uint16
}

const (
	probOne   = 1 << 16
	probMin   = 48
	probMax   = probOne - probMin
	probSlow  = 64 // bits after which a prob's rate stays
	rangeLow  = 1 << 24
	freshProb = probOne / 2
)

// rates[n] is the share by which a prob that has seen n bits moves, in 65,536ths.
var rates = func() (r [probSlow + 1]uint32) {
	for n := range r {
		r[n] = uint32(probOne * 2 / (2*n + 3))
	}
	return r
}()

func (p *prob) split(rng uint32) uint32 {
	if p.n == 0 && p.p == 0 {
		p.p = freshProb
	}
	return (rng >> 16) * uint32(p.p)
}

func (p *prob) learn(bit uint32) {
	rate := rates[p.n]
	if p.n < probSlow {
		p.n++
	}
	v := uint32(p.p)
	if bit == 0 {
		v += uint32(uint64(probOne-v) * uint64(rate) >> 16)
	} else {
		v -= uint32(uint64(v) * uint64(rate) >> 16)
	}
	p.p = uint16(min(max(v, probMin), probMax))
}

type rangeEncoder struct {
	out     []byte
	low     uint64
	rng     uint32
	cache   byte
	pending int
	begun   bool
}

func (e *rangeEncoder) reset(out []byte) { *e = rangeEncoder{out: out, rng: 1<<32 - 1} }

func (e *rangeEncoder) bit(p *prob, bit uint32) {
	bound := p.split(e.rng)
	if bit == 0 {
		e.rng = bound
	} else {
		e.low += uint64(bound)
		e.rng -= bound
	}
	p.learn(bit)
	for e.rng < rangeLow {
		e.rng <<= 8
		e.shift()
	}
}

// direct writes n ≤ 8 bits that nothing is known about.
func (e *rangeEncoder) direct(v uint32, n uint) {
	e.rng >>= n
	e.low += uint64(v) * uint64(e.rng)
	for e.rng < rangeLow {
		e.rng <<= 8
		e.shift()
	}
}

func (e *rangeEncoder) shift() {
	if uint32(e.low) >= 0xFF000000 && e.low>>32 == 0 {
		e.pending++
		e.low = e.low & 0x00FFFFFF << 8
		return
	}
	carry := byte(e.low >> 32)
	if e.begun { // the very first byte is always 0 and need not travel
		e.out = append(e.out, e.cache+carry)
	}
	e.begun = true
	for ; e.pending > 0; e.pending-- {
		e.out = append(e.out, 0xFF+carry)
	}
	e.cache = byte(e.low >> 24)
	e.low = e.low & 0x00FFFFFF << 8
}

// finish ends the stream on the roundest number in reach: the decoder reads
// zeros past the end, so that trailing zeros need not travel.
func (e *rangeEncoder) finish() []byte {
	for s := uint(32); ; s-- {
		mask := uint64(1)<<s - 1
		if v := (e.low + mask) &^ mask; v < e.low+uint64(e.rng) {
			e.low = v
			break
		}
	}
	for range 5 {
		e.shift()
	}
	for len(e.out) > 0 && e.out[len(e.out)-1] == 0 {
		e.out = e.out[:len(e.out)-1]
	}
	return e.out
}

type rangeDecoder struct {
	in   []byte
	code uint32
	rng  uint32
	bad  bool // the code left the range: no encoder wrote this
}

func (d *rangeDecoder) reset(in []byte) {
	*d = rangeDecoder{in: in, rng: 1<<32 - 1}
	for range 4 {
		d.code = d.code<<8 | uint32(d.next())
	}
}

func (d *rangeDecoder) next() byte {
	if len(d.in) == 0 {
		return 0
	}
	b := d.in[0]
	d.in = d.in[1:]
	return b
}

func (d *rangeDecoder) bit(p *prob) (bit uint32) {
	bound := p.split(d.rng)
	if d.code < bound {
		d.rng = bound
	} else {
		bit = 1
		d.code -= bound
		d.rng -= bound
	}
	p.learn(bit)
	for d.rng < rangeLow {
		d.rng <<= 8
		d.code = d.code<<8 | uint32(d.next())
	}
	return bit
}

func (d *rangeDecoder) direct(n uint) uint32 {
	d.rng >>= n
	v := d.code / d.rng
	if v >= 1<<n {
		v, d.bad = 1<<n-1, true
	}
	d.code -= v * d.rng
	for d.rng < rangeLow {
		d.rng <<= 8
		d.code = d.code<<8 | uint32(d.next())
	}
	return v
}
