package wire

import (
	"io"

	"dongbo/internal/change"
)

// Refs gives 16-byte names of writers their number in the receiver's file. A
// receiver that does not want to learn new writers returns an error: whatever
// arrives can name any.
type Refs interface {
	Ref(name change.ID) (change.Ref, error)
}

// Options are the choices of an Encoder or Decoder; the zero value is good.
type Options struct {
	Pool *Pool // where compression contexts come from; nil: DefaultPool
}

// Encoder writes messages, each in one call of w.Write.
type Encoder struct {
	w io.Writer
}

// NewEncoder makes an Encoder.
func NewEncoder(w io.Writer, names change.Names, opts Options) *Encoder { return nil }

// Write encodes m and hands it to the writer in one piece.
func (e *Encoder) Write(m Message) error { return nil }

// Rest ends the exchange.
func (e *Encoder) Rest() error { return nil }

// Decoder reads messages.
type Decoder struct{ r io.Reader }

// NewDecoder makes a Decoder.
func NewDecoder(r io.Reader, refs Refs, opts Options) *Decoder { return nil }

// Read returns the next message.
func (d *Decoder) Read() (Message, error) { return nil, io.EOF }

// Rest gives the context back.
func (d *Decoder) Rest() {}

// Pool bounds the compression contexts.
type Pool struct{}

// MaxMessage bounds a message before compression.
const MaxMessage = 1 << 20
