package server

import (
	"bytes"
	"encoding/binary"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// place says where one row of a change stood before and after it. A row that
// moved is kept whole, as it was at that place in the log: those who gain it
// receive it so.
type place struct {
	created, moved, echo bool
	gone                 bool // the echo stands in a log that does not hold the row any more
	before, after        change.ID
	row                  []byte // merge.Row.Append, where it moved or is echoed
}

const (
	placeCreated = 1 << iota
	placeMoved
	placeEcho
	placeBehind // no row: the entry stands behind a place of another log
	placeGone   // with placeEcho
)

// places packs the places of the rows, in the order of the change's rows, and
// before them what the entry stands behind.
func (st *staged) places() []byte {
	var b []byte
	for _, at := range st.behind {
		b = append(b, placeBehind)
		b = append(b, at.log[:]...)
		b = binary.AppendUvarint(b, at.num)
	}
	for i := range st.rows {
		r := &st.rows[i]
		flags, from := byte(0), r.unitBefore
		if r.before == nil {
			flags |= placeCreated
		} else if r.unitBefore != r.unitAfter {
			flags |= placeMoved
		} else if st.echo != nil {
			flags, from = placeEcho, st.echo.from[i]
			if log, _ := st.tree.log(r.unitAfter); log != st.signed.Log {
				flags |= placeGone
			}
		}
		b = append(b, flags)
		b = append(b, r.unitAfter[:]...)
		if flags&(placeMoved|placeEcho) == 0 {
			continue
		}
		b = append(b, from[:]...)
		state := r.after.Append(nil)
		b = binary.AppendUvarint(b, uint64(len(state)))
		b = append(b, state...)
	}
	return b
}

// readPlaces reads what places wrote.
func readPlaces(b []byte) (out []place, after []behind, err error) {
	in := change.Reader{B: b}
	for len(in.B) > 0 && in.Err == nil {
		flags := in.Byte()
		if flags == placeBehind {
			after = append(after, behind{in.ID(), in.Uvarint()})
			continue
		}
		p := place{created: flags&placeCreated != 0, moved: flags&placeMoved != 0, echo: flags&placeEcho != 0, gone: flags&placeGone != 0, after: in.ID()}
		p.before = p.after
		if p.moved || p.echo {
			p.before = in.ID()
			p.row = in.Blob()
		}
		out = append(out, p)
	}
	return out, after, in.Err
}

// arrived returns the row as it was when it came.
func (p *place) arrived() (*merge.Row, error) { return merge.DecodeRow(p.row) }

// blankPlaces takes the values of the rows out of what places wrote.
func blankPlaces(b []byte, ids map[change.ID]bool) (out []byte, changed bool, err error) {
	in := change.Reader{B: b}
	for len(in.B) > 0 && in.Err == nil {
		flags, id := in.Byte(), in.ID()
		out = append(append(out, flags), id[:]...)
		switch {
		case flags == placeBehind:
			out = binary.AppendUvarint(out, in.Uvarint())
			continue
		case flags&(placeMoved|placeEcho) == 0:
			continue
		}
		from := in.ID()
		state := in.Blob()
		row, err := merge.DecodeRow(slices.Clone(state))
		if err != nil {
			return b, false, err
		}
		if ids[row.ID] {
			bare := row.Blank().Append(nil)
			state, changed = bare, changed || !bytes.Equal(bare, state)
		}
		out = append(out, from[:]...)
		out = append(binary.AppendUvarint(out, uint64(len(state))), state...)
	}
	if in.Err != nil || !changed {
		return b, false, in.Err
	}
	return out, true, nil
}
