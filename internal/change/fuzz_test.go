package change_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"dongbo/internal/allocs"
	"dongbo/internal/change"
)

// costOfByte is what one byte of input may allocate: a NULL is one byte and a
// Value of 32, and a list that grows is copied a few times.
const costOfByte = 256

func full() *change.Change {
	dot := change.Dot{W: 1, N: 1}
	return &change.Change{Dot: dot, At: 1735689600000, Schema: 1, Rows: []change.RowWrite{
		{Table: 5, ID: change.ID{9}, Birth: change.Birth{Dot: dot}, Creates: true, Writes: []change.Write{
			{Reg: 1, Vals: []change.Value{change.Text("An"), change.Int(-5), change.Real(1.5), change.Null, change.Blob([]byte{1})}},
			{Reg: 2, Vals: []change.Value{change.Null}, Seen: []change.Dot{dot, {W: 2, N: 7}}}}},
		{Table: 5, ID: change.ID{8}, Birth: change.Birth{Dot: dot, I: 1}},
	}}
}

func FuzzDecode(f *testing.F) {
	f.Add((&change.Change{Dot: change.Dot{W: 1, N: 1}}).Append(nil))
	f.Add(full().Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := change.Decode(b)
		if err != nil {
			return
		}
		again, err := change.Decode(c.Append(nil))
		if err != nil || !bytes.Equal(again.Append(nil), c.Append(nil)) {
			t.Errorf("what was read is written otherwise: %v", err)
		}
	})
}

func TestAForgedChangeCostsABoundedMultipleOfItsSize(t *testing.T) {
	head := full().Append(nil)
	head = head[:1+1+16+6+16+3] // up to the count of rows
	count := func(n uint64) []byte { return binary.AppendUvarint(nil, n) }
	junk := bytes.Repeat([]byte{0}, 1<<16)
	row := bytes.Join([][]byte{{5}, make([]byte, 16), {1, 1, 0, 1}}, nil)
	for name, tail := range map[string][]byte{
		"a count beyond the input":      count(1 << 60),
		"as many rows as bytes":         append(count(1<<16), junk...),
		"rows that break off at once":   append(count(1<<16), bytes.Repeat([]byte{0xFF}, 1<<16)...),
		"a row of as many writes":       bytes.Join([][]byte{{1}, row, count(1 << 20), junk}, nil),
		"a write of as many NULLs":      bytes.Join([][]byte{{1}, row, {1, 1}, count(1 << 20), junk}, nil),
		"a write of as many empty dots": bytes.Join([][]byte{{1}, row, {1, 1, 0}, count(1 << 19), junk}, nil),
		"a text longer than the input":  bytes.Join([][]byte{{1}, row, {1, 1, 1, byte(change.KindText)}, count(1 << 40)}, nil),
	} {
		t.Run(name, func(t *testing.T) {
			data := append(bytes.Clone(head), tail...)
			n := allocs.Of(func() { _, _ = change.Decode(data) })
			t.Logf("%d bytes of %d", n, len(data))
			if n > uint64(costOfByte*len(data))+4096 {
				t.Errorf("%d bytes allocated for %d", n, len(data))
			}
		})
	}
}
