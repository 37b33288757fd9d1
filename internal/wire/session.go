package wire

import "dongbo/internal/change"

// session is what the two ends of one direction learn from each other between
// the first and the last message of an exchange: how numbers behave, ids that
// have travelled, the texts and the shapes that come again. Both ends build it
// from the same bytes, so neither ever sends it.
type session struct {
	models    map[key]*model
	idColumns map[key]*idColumn
	columns   map[key]*column
	spare     model // where models has no room left

	ids       []change.ID
	idIndex   map[change.ID]uint32 // the encoder's way back
	refs      map[change.ID]change.Ref
	shapes    []shape
	shapeAt   map[shape]int
	told      int // shapes that the reader knows
	patterns  [][]uint16
	patternAt map[string]int
}

// The bounds of a session: what an exchange can make either end remember.
const (
	maxIDs      = 1 << 16
	maxModels   = 1 << 10
	maxColumns  = 1 << 10
	maxShapes   = 1 << 12
	maxPatterns = 256
	maxPattern  = 256 // registers of one pattern
)

// key names a model: a field of a message, a part of such a field, or a part
// of a column. The numbers never travel, but both ends must hold different
// models for different things and the same for the same.
type key uint64

// of names part n of the thing k.
func (k key) of(n int) key { return k<<20 | key(n+1) }

// shape is one way in which a register is written: its table, number, and how
// many values it has. That the number of values travels lets a program hand on
// registers that it does not know.
type shape struct{ table, reg, vals uint16 }

func newSession() *session {
	return &session{
		models: map[key]*model{}, idColumns: map[key]*idColumn{}, columns: map[key]*column{},
		idIndex: map[change.ID]uint32{}, refs: map[change.ID]change.Ref{},
		shapeAt: map[shape]int{}, patternAt: map[string]int{},
	}
}

func (s *session) model(k key) *model {
	m := s.models[k]
	if m == nil {
		if len(s.models) >= maxModels {
			return &s.spare
		}
		m = new(model)
		s.models[k] = m
	}
	return m
}

func (s *session) idColumn(k key) *idColumn {
	c := s.idColumns[k]
	if c == nil {
		c = new(idColumn)
		s.idColumns[k] = c // by fields of messages only, hence few
	}
	return c
}

// column returns what is known of value i of shape at. Where there is no more
// room the column is new each time, and each time it is paid for: a message of
// a few bytes can name a million columns.
func (x *codec) column(at, i int) *column {
	k := key(at).of(i)
	if c := x.session.columns[k]; c != nil {
		return c
	}
	c := new(column)
	if x.charge(costColumn) && len(x.session.columns) < maxColumns {
		x.session.columns[k] = c
	}
	return c
}
