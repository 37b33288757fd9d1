package wire_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"dongbo/internal/allocs"
	"dongbo/internal/change"
	"dongbo/internal/wire"
)

// Many values in a register, and a register of its own for each write: both
// ends learn a column for each value. The file has 300 such registers in ten
// kilobytes, from before a column had its price: it cost 300 MB.
func TestColumnsWithoutEndAreRefusedByBothEnds(t *testing.T) {
	stream, err := os.ReadFile("testdata/columns.wire")
	if err != nil {
		t.Fatal(err)
	}
	n := allocs.Of(func() { _, err = readAll(stream) })
	if t.Logf("reading: %d KiB", n>>10); n > maxAlloc || !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("%d MiB allocated, %v", n>>20, err)
	}
	c := &change.Change{Dot: change.Dot{W: 1, N: 1}, Rows: []change.RowWrite{{Table: 9, ID: change.ID{1}}}}
	for reg := range 300 {
		c.Rows[0].Writes = append(c.Rows[0].Writes, change.Write{Reg: uint16(reg), Vals: make([]change.Value, 255)})
	}
	e := wire.NewEncoder(&bytes.Buffer{}, newBook(change.ID{1}), wire.Options{})
	defer e.Close()
	n = allocs.Of(func() { err = e.Write(&wire.Changes{Changes: []*change.Change{c}}) })
	if t.Logf("writing: %d KiB", n>>10); n > maxAlloc || !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("%d MiB allocated, %v", n>>20, err)
	}
}
