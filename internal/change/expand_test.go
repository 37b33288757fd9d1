package change_test

import (
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/schema"
)

func TestNamingAQuarantinedDotNamesWhatItNamed(t *testing.T) {
	const phone, mail = 9, 10
	dot := func(n uint64) change.Dot { return change.Dot{W: 1, N: n} }
	row, other := change.ID{1}, change.ID{2}
	write := func(id change.ID, reg uint16, seen ...change.Dot) *change.Change {
		return &change.Change{Rows: []change.RowWrite{{Table: 5, ID: id, Writes: []change.Write{{Reg: reg, Seen: seen}}}}}
	}
	refused := map[change.Dot]*change.Change{
		dot(4): write(row, phone, dot(3), dot(4)), dot(3): write(row, phone, dot(2)), dot(5): write(row, mail, dot(1)), dot(6): write(other, phone, dot(1)),
	}
	for _, tc := range []struct {
		name       string
		reg        uint16
		seen, want []change.Dot
	}{
		{"a dot that stands names itself alone", phone, []change.Dot{dot(2)}, []change.Dot{dot(2)}},
		{"what is found is looked at too, and named once", phone, []change.Dot{dot(4)}, []change.Dot{dot(4), dot(3), dot(2)}},
		{"of another register it names nothing", phone, []change.Dot{dot(5)}, []change.Dot{dot(5)}},
		{"of another row it names nothing", phone, []change.Dot{dot(6)}, []change.Dot{dot(6)}},
		{"a delete names what was seen of any register", schema.Alive, []change.Dot{dot(5), dot(3)}, []change.Dot{dot(5), dot(3), dot(1), dot(2)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := write(row, tc.reg, tc.seen...).Rows[0]
			got, wider, err := before.Expand(func(d change.Dot) (*change.Change, error) { return refused[d], nil })
			if err != nil || !slices.Equal(got.Writes[0].Seen, tc.want) || wider != (len(tc.want) > len(tc.seen)) {
				t.Errorf("%v, wider %v, %v", got.Writes[0].Seen, wider, err)
			}
			if !slices.Equal(before.Writes[0].Seen, tc.seen) {
				t.Errorf("the signed list changed: %v", before.Writes[0].Seen)
			}
		})
	}
}
