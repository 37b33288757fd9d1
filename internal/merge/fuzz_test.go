package merge_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"dongbo/internal/allocs"
	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// costOfByte is what one byte of input may allocate: see package change.
const costOfByte = 256

func FuzzDecodeRow(f *testing.F) {
	f.Add(row().Append(nil))
	torn := row()
	write(torn, dot(2, 1), phone, "1")
	write(torn, dot(3, 1), phone, "2")
	f.Add(torn.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := merge.DecodeRow(b)
		if err != nil {
			return
		}
		r.Conflicts()
		r.Sums(names{})
		again, err := merge.DecodeRow(r.Append(nil))
		if err != nil || again.Sums(names{}) != r.Sums(names{}) {
			t.Errorf("what was read is written otherwise: %v", err)
		}
	})
}

// FuzzSetVersion reads versions alone, as they stand in a table's column.
func FuzzSetVersion(f *testing.F) {
	torn := row()
	write(torn, dot(2, 1), phone, "1")
	write(torn, dot(3, 1), phone, "2")
	f.Add(torn.Version())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := row()
		if r.SetVersion(b) == nil {
			r.Conflicts()
			r.Version()
		}
	})
}

func TestAForgedRowCostsABoundedMultipleOfItsSize(t *testing.T) {
	fresh := merge.NewRow(schema.ByName("member"), change.ID{1}, change.Birth{Dot: dot(1, 1)}).Append(nil)
	fresh = fresh[:len(fresh)-1] // the empty version
	count := func(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }
	version := func(parts ...[]byte) []byte {
		v := bytes.Join(parts, nil)
		return bytes.Join([][]byte{fresh, count(len(v)), v}, nil)
	}
	zeros := make([]byte, 1<<16)
	for name, data := range map[string][]byte{
		"as many heads as bytes":              version([]byte{0}, count(1<<16), zeros),
		"heads that break off at once":        version([]byte{0}, count(1<<16), bytes.Repeat([]byte{0xFF}, 1<<16)),
		"a register without heads, twice":     version([]byte{phone, 0, phone, 1, 1, 1, 0}),
		"a version longer than the input":     append(bytes.Clone(fresh), count(1<<40)...),
		"registers nobody knows, without end": version(bytes.Repeat([]byte{0xC8, 0x01, 1, 1, 1, 0}, 1<<13)),
	} {
		t.Run(name, func(t *testing.T) {
			n := allocs.Of(func() { _, _ = merge.DecodeRow(data) })
			t.Logf("%d bytes of %d", n, len(data))
			if n > uint64(costOfByte*len(data))+64<<10 {
				t.Errorf("%d bytes allocated for %d", n, len(data))
			}
		})
	}
}
