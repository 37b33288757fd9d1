package server

import (
	"encoding/binary"

	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// place says where one row of a change stood before and after it. A row that
// moved is kept whole, as it was at that place in the log: those who gain it
// receive it so.
type place struct {
	created, moved bool
	before, after  change.ID
	row            []byte // merge.Row.Append, where it moved
}

const (
	placeCreated = 1 << iota
	placeMoved
)

// places packs the places of the rows, in the order of the change's rows.
func (st *staged) places() []byte {
	var b []byte
	for i := range st.rows {
		r := &st.rows[i]
		flags := byte(0)
		if r.before == nil {
			flags |= placeCreated
		} else if r.unitBefore != r.unitAfter {
			flags |= placeMoved
		}
		b = append(b, flags)
		b = append(b, r.unitAfter[:]...)
		if flags&placeMoved == 0 {
			continue
		}
		b = append(b, r.unitBefore[:]...)
		state := r.after.Append(nil)
		b = binary.AppendUvarint(b, uint64(len(state)))
		b = append(b, state...)
	}
	return b
}

// readPlaces reads what places wrote.
func readPlaces(b []byte) ([]place, error) {
	in := change.Reader{B: b}
	var out []place
	for len(in.B) > 0 && in.Err == nil {
		flags := in.Byte()
		p := place{created: flags&placeCreated != 0, moved: flags&placeMoved != 0, after: in.ID()}
		p.before = p.after
		if p.moved {
			p.before = in.ID()
			p.row = in.Blob()
		}
		out = append(out, p)
	}
	return out, in.Err
}

// arrived returns the row as it was when it came.
func (p *place) arrived() (*merge.Row, error) { return merge.DecodeRow(p.row) }
