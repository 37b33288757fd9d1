package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"dongbo/internal/change"
	"dongbo/internal/fault"
)

// Refs gives 16-byte names of writers their number in the receiver's file. A
// receiver that does not want to learn new writers returns an error: whatever
// arrives can name any.
type Refs interface {
	Ref(name change.ID) (change.Ref, error)
}

// Decoder reads what an Encoder wrote. Whatever arrives, one message costs at
// most a small multiple of MaxMessage.
type Decoder struct {
	r      *bufio.Reader
	refs   Refs
	pool   *Pool
	x      codec
	unzip  *zstd.Decoder // held from the first compressed text to the sender's rest
	zipped source
	begun  bool
	err    error
}

// source hands zstd the packet at hand, and never makes it wait for the next.
type source struct{ b []byte }

func (s *source) Read(b []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(b, s.b)
	s.b = s.b[n:]
	return n, nil
}

// NewDecoder makes a Decoder.
func NewDecoder(r io.Reader, refs Refs, opts Options) *Decoder {
	return &Decoder{r: bufio.NewReaderSize(r, 512), refs: refs, pool: opts.pool()}
}

// Read returns the next message, or io.EOF where the stream ends between two.
// After an error the Decoder is finished and holds no context.
func (d *Decoder) Read() (Message, error) {
	for d.err == nil {
		m, err := d.packet()
		if err != nil {
			d.err = err
			break
		}
		if m != nil {
			return m, nil
		}
	}
	d.Rest()
	return nil, d.err
}

// Rest gives the context back and forgets the exchange, as the sender's rest
// does by itself. It is for the end of a connection.
func (d *Decoder) Rest() {
	if d.unzip != nil {
		d.pool.putDecoder(d.unzip)
	}
	d.unzip, d.x, d.zipped.b = nil, codec{}, nil
}

// packet reads one packet; the message is nil where it held none.
func (d *Decoder) packet() (Message, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	first, err := d.r.ReadByte()
	if err != nil {
		return nil, err
	}
	var m Message
	if k := Kind(first &^ restBit); k != 0 {
		if m = newMessage(k); m == nil {
			return nil, fault.New(fault.WireKind, "got", byte(k))
		}
		if err := d.message(m); err != nil {
			return nil, err
		}
	}
	if first&restBit != 0 {
		d.Rest()
	} else if m == nil {
		return nil, fault.New(fault.WireKind, "got", 0)
	}
	return m, nil
}

// open checks the preamble, once.
func (d *Decoder) open() error {
	if d.begun {
		return nil
	}
	var p [len(preamble)]byte
	n, err := io.ReadFull(d.r, p[:])
	if n == 0 {
		return err
	}
	if [2]byte(p[:2]) != [2]byte(preamble[:2]) && (n > 1 || p[0] != preamble[0]) {
		return ErrNotWire
	}
	if err != nil {
		return cut(err)
	}
	if p[2] != version {
		return fault.New(fault.WireVersion, "got", p[2], "want", version)
	}
	if p[3] != dictionaryID {
		return fault.New(fault.WireDictionary, "got", p[3])
	}
	d.begun = true
	return nil
}

// message reads the rest of a packet into m.
func (d *Decoder) message(m Message) error {
	numbers, texts, zipped, err := d.lengths()
	if err != nil {
		return err
	}
	stored := zipped
	if zipped == 0 {
		stored = texts
	}
	buf := make([]byte, numbers+stored)
	if _, err := io.ReadFull(d.r, buf); err != nil {
		return cut(err)
	}
	text := buf[numbers:]
	if zipped > 0 {
		if text, err = d.decompress(text, texts); err != nil {
			return err
		}
	}
	return d.decode(m, buf[:numbers], string(text))
}

// lengths reads and checks the lengths of a packet's parts.
func (d *Decoder) lengths() (numbers, texts, zipped int, err error) {
	read := func(limit int) (n int) {
		if err != nil {
			return 0
		}
		v, e := binary.ReadUvarint(d.r)
		if err = cut(e); err == nil && v > uint64(limit) {
			err = fmt.Errorf("%w: a part of %d bytes", ErrTooLarge, v)
		}
		return int(v)
	}
	numbers = read(MaxMessage)
	texts = read(MaxMessage - numbers)
	if texts > 0 {
		zipped = read(MaxPacket - maxHead - numbers)
	}
	return numbers, texts, zipped, err
}

func (d *Decoder) decompress(zipped []byte, n int) ([]byte, error) {
	d.zipped.b = zipped
	if d.unzip == nil {
		if d.unzip = d.pool.decoder(); d.unzip == nil {
			return nil, ErrBusy
		}
		if err := d.unzip.Reset(&d.zipped); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(d.unzip, text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(d.zipped.b) > 0 {
		return nil, fmt.Errorf("%w: more was compressed than announced", ErrInvalid)
	}
	return text, nil
}

func (d *Decoder) decode(m Message, numbers []byte, texts string) error {
	x := &d.x
	if x.session == nil {
		x.session = newSession()
	}
	x.known, x.reading, x.left, x.unread = d.refs, true, decodeBudget, texts
	x.dec.reset(numbers)
	x.body(m)
	x.unread, x.dec.in = "", nil
	return x.err
}

// cut names an end in the middle of something.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}
