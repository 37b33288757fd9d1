package wire_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"dongbo/internal/allocs"
	"dongbo/internal/wire"
)

// seeds are messages of every kind.
func seeds(town *town, names *book) [][]wire.Message {
	rows := town.members(1, 5)
	return [][]wire.Message{
		chunks(rows, 3), batches(names.Name(2), town.edits(2, rows, 8), 4),
		entryBatches(town.units[0], town.edits(2, rows, 8), 4), goldenMessages(),
	}
}

// FuzzDecoderRead fuzzes a stream of frames: preamble, lengths, compression.
func FuzzDecoderRead(f *testing.F) {
	town := newTown(9)
	names := newBook(town.id(), town.id())
	for _, msgs := range seeds(town, names) {
		f.Add(send(f, names, msgs))
	}
	f.Fuzz(func(t *testing.T, stream []byte) { fuzzStream(t, town, stream) })
}

// FuzzMessage fuzzes the bodies of all kinds, each in a sound frame of its own.
func FuzzMessage(f *testing.F) {
	town := newTown(9)
	names := newBook(town.id(), town.id())
	for _, msgs := range seeds(town, names) {
		for _, m := range msgs {
			kind, numbers, texts := body(f, names, m)
			f.Add(kind, numbers, texts)
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, numbers, texts []byte) {
		if len(numbers)+len(texts) <= wire.MaxMessage {
			fuzzStream(t, town, packet(kind, numbers, len(texts), 0, texts))
		}
	})
}

// body takes a message's frame apart; no context means no compression.
func body(tb testing.TB, names *book, m wire.Message) (kind byte, numbers, texts []byte) {
	tb.Helper()
	var out bytes.Buffer
	e := wire.NewEncoder(&out, names, wire.Options{Pool: wire.NewPool(0, 0)})
	if err := e.Write(m); err != nil {
		tb.Fatal(err)
	}
	b := out.Bytes()[4:]
	kind, b = b[0], b[1:]
	length := func() int {
		n, used := binary.Uvarint(b)
		b = b[used:]
		return int(n)
	}
	n, text := length(), length()
	if text > 0 && length() > 0 {
		tb.Fatal("the texts are compressed")
	}
	return kind, b[:n], b[n : n+text]
}

// fuzzStream holds that whatever arrives costs what a message may cost, and
// that what was read can be written, unless its writers go to ruin.
func fuzzStream(t *testing.T, town *town, stream []byte) {
	book := newBook(town.id())
	d := wire.NewDecoder(bytes.NewReader(stream), book, wire.Options{})
	defer d.Rest()
	for {
		var m wire.Message
		var err error
		if n := allocs.Of(func() { m, err = d.Read() }); n > maxAlloc {
			t.Fatalf("%d MiB allocated", n>>20)
		}
		if err != nil {
			return
		}
		e := wire.NewEncoder(&bytes.Buffer{}, book, wire.Options{})
		_ = e.Write(m)
		e.Close()
	}
}
