// Package wire is the one encoding that agent, server and bundle speak.
//
// A Message is one of a dozen structs. An Encoder writes messages, a Decoder
// reads them; each message is one packet, one Write, one WebSocket message.
// Conn is both over a WebSocket. Writers are small numbers of the sender's file
// in the structs and 16-byte names on the line: an Encoder asks change.Names, a
// Decoder asks Refs.
//
// An exchange is what lies between two rests. Inside one, both ends of a
// direction build the same session from the bytes that pass: ids that have
// travelled, texts that come again, how each kind of number behaves, zstd's
// window. After Rest (or WriteLast) both forget it, and an idle connection
// holds nothing. So errors are final: a stream is read from its start or not.
//
// A body is columnar: first all the numbers of all rows, field by field,
// through an adaptive range coder, then all the texts, through zstd.
//
// The sender's part: batch by EstimateSize with a Batcher to BatchSize, refuse a
// change over MaxChange where it is made. The receiver's part: whatever
// arrives, a message costs a small multiple of MaxMessage, and a bad one has an
// error of its own.
//
// The package does no I/O but through the reader and writer it is given, reads
// no clock and draws no random number. DESIGN.md holds the format.
package wire
