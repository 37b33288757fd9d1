package wire

import (
	"errors"
	"fmt"
)

// What can be wrong with what arrives. Decoder.Read wraps one of these, or
// io.EOF where the stream ends between two messages, or the reader's own error.
// After any error a Decoder or an Encoder is finished: both ends keep what they
// learned from each other, and one that missed something knows it no more.
var (
	ErrNotWire    = errors.New("wire: this is no Đồng bộ stream")
	ErrVersion    = errors.New("wire: a version of the wire that this program does not know")
	ErrDictionary = errors.New("wire: compressed with a dictionary that this program does not have")
	ErrTruncated  = errors.New("wire: the message is cut short")
	ErrTooLarge   = errors.New("wire: the message is larger than allowed")
	ErrKind       = errors.New("wire: a kind of message that this program does not know")
	ErrInvalid    = errors.New("wire: the message is damaged")
	ErrBusy       = errors.New("wire: no decompression context is free")
)

// VersionError says which version came; it is an ErrVersion.
type VersionError struct{ Got, Want byte }

func (e *VersionError) Error() string {
	return fmt.Sprintf("wire: version %d came, this program speaks %d", e.Got, e.Want)
}

// Unwrap makes errors.Is(err, ErrVersion) hold.
func (e *VersionError) Unwrap() error { return ErrVersion }
