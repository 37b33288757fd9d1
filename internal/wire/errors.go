package wire

import "dongbo/internal/fault"

// What can be wrong with what arrives. Decoder.Read returns one of these
// (compare with errors.Is: the code decides), or io.EOF where the stream ends
// between two messages, or the reader's own error. After any error a Decoder
// or an Encoder is finished: both ends keep what they learned from each other,
// and one that missed something knows it no more.
var (
	ErrNotWire    error = fault.New(fault.WireNotOurs)
	ErrVersion    error = fault.New(fault.WireVersion)
	ErrDictionary error = fault.New(fault.WireDictionary)
	ErrTruncated  error = fault.New(fault.WireTruncated)
	ErrTooLarge   error = fault.New(fault.WireTooLarge)
	ErrKind       error = fault.New(fault.WireKind)
	ErrInvalid    error = fault.New(fault.WireInvalid)
	ErrBusy       error = fault.New(fault.WireBusy)
)
