package wire_test

import (
	"bytes"
	"testing"

	"dongbo/internal/wire"
)

func FuzzDecoderRead(f *testing.F) {
	town := newTown(9)
	names := newBook(town.id(), town.id())
	rows := town.members(1, 5)
	for _, msgs := range [][]wire.Message{
		chunks(rows, 3), batches(names.Name(2), town.edits(2, rows, 8), 4),
		entryBatches(town.units[0], town.edits(2, rows, 8), 4), goldenMessages(),
	} {
		f.Add(send(f, names, msgs))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		book := newBook(town.id())
		d := wire.NewDecoder(bytes.NewReader(stream), book, wire.Options{})
		defer d.Rest()
		for {
			m, err := d.Read()
			if err != nil {
				return
			}
			// What was read can be written, unless its writers go to ruin.
			e := wire.NewEncoder(&bytes.Buffer{}, book, wire.Options{})
			_ = e.Write(m)
			e.Close()
		}
	})
}
