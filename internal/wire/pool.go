package wire

import (
	_ "embed" // the dictionary
	"sync"

	"github.com/klauspost/compress/zstd"
)

// dictionary is typical text of a register, so that the first names and
// addresses of an exchange already find their like. A changed dictionary gets
// another id.
//
//go:embed dictionary.txt
var dictionary []byte

const dictionaryID = 1

// window is how far back zstd looks for what came before. See DESIGN.md for
// what other sizes gave.
const window = 1 << 19

// Pool bounds compression contexts: each is some megabytes, and most
// connections are idle and need none. Where none is free an Encoder sends
// texts as they are; a Decoder that meets compressed ones returns ErrBusy.
type Pool struct {
	mu                 sync.Mutex
	encoders           []*zstd.Encoder
	decoders           []*zstd.Decoder
	encLeft, decLeft   int // contexts that may still be made
	encInUse, decInUse int
}

// NewPool makes a pool of at most so many contexts for each direction.
func NewPool(encoders, decoders int) *Pool {
	return &Pool{encLeft: encoders, decLeft: decoders}
}

var defaultPool = NewPool(64, 64)

// InUse returns how many contexts are taken, for tests and for the server's figures.
func (p *Pool) InUse() (encoders, decoders int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.encInUse, p.decInUse
}

func (p *Pool) encoder() *zstd.Encoder {
	p.mu.Lock()
	defer p.mu.Unlock()
	var e *zstd.Encoder
	if n := len(p.encoders); n > 0 {
		e, p.encoders = p.encoders[n-1], p.encoders[:n-1]
	} else if p.encLeft > 0 {
		p.encLeft--
		e = newZip()
	}
	if e != nil {
		p.encInUse++
	}
	return e
}

func (p *Pool) putEncoder(e *zstd.Encoder) {
	e.Reset(nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.encInUse--
	p.encoders = append(p.encoders, e)
}

func (p *Pool) decoder() *zstd.Decoder {
	p.mu.Lock()
	defer p.mu.Unlock()
	var d *zstd.Decoder
	if n := len(p.decoders); n > 0 {
		d, p.decoders = p.decoders[n-1], p.decoders[:n-1]
	} else if p.decLeft > 0 {
		p.decLeft--
		d = newUnzip()
	}
	if d != nil {
		p.decInUse++
	}
	return d
}

func (p *Pool) putDecoder(d *zstd.Decoder) {
	_ = d.Reset(nil) // nil only lets go of the reader
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decInUse--
	p.decoders = append(p.decoders, d)
}

// newZip and newUnzip panic on options that the library refuses: they are
// constants, and the first test finds out.
func newZip() *zstd.Encoder {
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression),
		zstd.WithWindowSize(window), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderDictRaw(dictionaryID, dictionary))
	if err != nil {
		panic(err)
	}
	return e
}

func newUnzip() *zstd.Decoder {
	d, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window),
		zstd.WithDecoderDictRaw(dictionaryID, dictionary))
	if err != nil {
		panic(err)
	}
	return d
}
