package wire

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"dongbo/internal/change"
)

// The bounds of one message, both before compression and, for what stands on
// the line, with its head.
const (
	MaxMessage = 1 << 20
	maxHead    = 16
	MaxPacket  = MaxMessage + MaxMessage/16 + maxHead // zstd may grow what it cannot shrink
)

// preamble opens each direction: two letters, the version of the packets and
// bodies, and the dictionary that texts are compressed with.
var preamble = [4]byte{'D', 'B', version, dictionaryID}

const version = 1

// restBit in a packet's first byte ends the exchange behind it.
const restBit = 0x80

// Texts shorter than these travel as they are: a frame's or a block's head
// would cost more, and a context for a greeting is a context wasted.
const (
	worthFrame = 64
	worthBlock = 12
)

// Options are the choices of an Encoder or Decoder; the zero value is good.
type Options struct {
	Pool *Pool // where compression contexts come from; nil: one for the whole program
}

func (o Options) pool() *Pool {
	if o.Pool == nil {
		return defaultPool
	}
	return o.Pool
}

// Encoder writes messages, each in one call of its writer's Write.
type Encoder struct {
	w      io.Writer
	names  change.Names
	pool   *Pool
	x      codec
	zip    *zstd.Encoder // held from the first text worth it to Rest
	zipped sink
	packet []byte
	begun  bool
	err    error
}

// sink collects what zstd puts out.
type sink struct{ b []byte }

func (s *sink) Write(b []byte) (int, error) {
	s.b = append(s.b, b...)
	return len(b), nil
}

// NewEncoder makes an Encoder. Names are those of the writers in the changes
// and rows that it will be given.
func NewEncoder(w io.Writer, names change.Names, opts Options) *Encoder {
	return &Encoder{w: w, names: names, pool: opts.pool()}
}

// Write encodes m and hands it to the writer in one piece. After an error the
// Encoder is finished.
func (e *Encoder) Write(m Message) error { return e.write(m, 0) }

// WriteLast is Write and Rest in one piece.
func (e *Encoder) WriteLast(m Message) error {
	err := e.write(m, restBit)
	e.forget()
	return err
}

// Rest ends the exchange: both ends forget what they learned and give their
// contexts back. The next Write begins anew.
func (e *Encoder) Rest() error {
	if e.err != nil || e.x.session == nil {
		e.forget()
		return e.err
	}
	e.forget()
	return e.flush([]byte{restBit})
}

// Close gives the context back without a word to the other end.
func (e *Encoder) Close() {
	e.forget()
	if e.err == nil {
		e.err = io.ErrClosedPipe
	}
}

func (e *Encoder) forget() {
	if e.zip != nil {
		e.pool.putEncoder(e.zip)
	}
	e.zip, e.x, e.packet, e.zipped.b = nil, codec{}, nil, nil
}

func (e *Encoder) write(m Message, rest byte) error {
	if e.err != nil {
		return e.err
	}
	numbers, texts, err := e.encode(m)
	if err == nil {
		err = e.compress(texts)
	}
	if err != nil {
		e.err = fmt.Errorf("wire: encode %T: %w", m, err)
		return e.err
	}
	stored := e.zipped.b == nil && len(texts) > 0
	b := append(e.packet[:0], byte(m.kind())|rest)
	b = binary.AppendUvarint(b, uint64(len(numbers)))
	b = binary.AppendUvarint(b, uint64(len(texts)))
	if len(texts) > 0 {
		b = binary.AppendUvarint(b, uint64(len(e.zipped.b)))
	}
	b = append(b, numbers...)
	if stored {
		b = append(b, texts...)
	}
	b = append(b, e.zipped.b...)
	e.packet = b
	return e.flush(b)
}

// encode makes the body of m.
func (e *Encoder) encode(m Message) (numbers, texts []byte, err error) {
	x := &e.x
	if x.session == nil {
		x.session = newSession()
	}
	x.names, x.left, x.texts = e.names, decodeBudget, x.texts[:0]
	x.enc.reset(x.enc.out[:0])
	x.body(m)
	if x.err != nil {
		return nil, nil, x.err
	}
	numbers = x.enc.finish()
	if len(numbers)+len(x.texts) > MaxMessage {
		return nil, nil, ErrTooLarge
	}
	return numbers, x.texts, nil
}

// compress leaves in zipped what the texts became, or nil where they travel as
// they are: too short, or no context is free (sending more is better than
// waiting for somebody else's slow line).
func (e *Encoder) compress(texts []byte) error {
	e.zipped.b = e.zipped.b[:0]
	least := worthBlock
	if e.zip == nil {
		least = worthFrame
	}
	if len(texts) >= least && e.zip == nil {
		if e.zip = e.pool.encoder(); e.zip != nil {
			e.zip.Reset(&e.zipped)
		}
	}
	if len(texts) < least || e.zip == nil {
		e.zipped.b = nil
		return nil
	}
	if _, err := e.zip.Write(texts); err != nil {
		return err
	}
	return e.zip.Flush()
}

func (e *Encoder) flush(b []byte) error {
	if !e.begun {
		b = append(preamble[:len(preamble):len(preamble)], b...)
		e.begun = true
	}
	_, e.err = e.w.Write(b)
	return e.err
}
