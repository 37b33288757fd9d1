package wire

import "dongbo/internal/change"

// What decoded things cost in memory, for the budget.
const (
	costChange = 160
	costRow    = 120
	costWrite  = 72
	costValue  = 48
	costDot    = 40
	costColumn = 4 << 10 // with the models it grows
)

// rowAt is a row write with what its coding leans on.
type rowAt struct {
	*change.RowWrite
	own   change.Dot // the change's; zero in snapshots, where rows stand alone
	first bool       // the first row of its change
}

// How a row's birth travels: it is the change's own dot and next place; it is
// that of the row before; it is written out.
const (
	birthOwn = iota
	birthSame
	birthGiven
)

// rows codes row writes, column by column: the rows' heads, which registers
// each writes, what their authors had seen, and the values.
func (x *codec) rows(rs []rowAt) {
	if len(rs) == 0 || !x.charge(len(rs)*40) {
		return
	}
	x.rowHeads(rs)
	sets := x.writeSets(rs)
	if x.err != nil {
		return
	}
	writes := x.allWrites(rs, sets)
	x.seen(rs)
	x.byColumn(sets, writes)
}

func (x *codec) rowHeads(rs []rowAt) {
	tables, births := x.model(keyTable), x.model(keyBirth)
	given := make([]*change.RowWrite, 0, len(rs))
	created := make([]*change.RowWrite, 0, len(rs))
	forms := make([]uint64, len(rs))
	b := birthGuess{}
	for i := range rs {
		r := &rs[i]
		if t := x.through(tables, uint64(r.Table)); x.reading {
			r.Table = uint16(t)
		}
		if x.flag(keyCreates, &r.Creates); r.Creates {
			created = append(created, r.RowWrite)
		}
		x.hash(keyErased, (*[32]byte)(&r.Erased))
		if !x.reading {
			forms[i] = b.form(r)
		}
		if forms[i] = x.through(births, forms[i]); forms[i] >= birthGiven {
			given = append(given, r.RowWrite)
		}
	}
	dots(x, keyBirthDot, given, func(r **change.RowWrite) *change.Dot { return &(*r).Birth.Dot })
	numbers(x, keyBirthPlace, given, func(r **change.RowWrite) *uint16 { return &(*r).Birth.I })
	ids(x, keyRowID, created, func(r **change.RowWrite) *change.ID { return &(*r).ID })
	if !x.reading {
		return
	}
	b = birthGuess{}
	for i := range rs {
		b.fill(&rs[i], forms[i])
	}
}

// birthGuess follows the births as they come.
type birthGuess struct {
	place uint16
	last  change.Birth
}

// form says how the birth of r travels, and goes on behind r.
func (b *birthGuess) form(r *rowAt) uint64 {
	own := b.own(r)
	form := uint64(birthGiven)
	if r.Creates && r.Birth == own {
		form = birthOwn
	} else if r.Birth == b.last {
		form = birthSame
	}
	b.last = r.Birth
	return form
}

// fill sets the birth of r from how it travelled, and goes on behind r.
func (b *birthGuess) fill(r *rowAt, form uint64) {
	own := b.own(r)
	switch form {
	case birthOwn:
		r.Birth = own
	case birthSame:
		r.Birth = b.last
	}
	b.last = r.Birth
}

func (b *birthGuess) own(r *rowAt) change.Birth {
	if r.first {
		b.place = 0
	}
	own := change.Birth{Dot: r.own, I: b.place}
	if r.Creates {
		b.place++
	}
	return own
}

// How the set of registers that a row writes travels: by its count, where that
// is small, and its shapes; long, to be remembered; or setKnown and its place
// among those remembered.
const (
	setShort = 4
	setLong  = 4
	setKnown = 5
)

// writeSets codes which registers each row writes, as places in shapes.
func (x *codec) writeSets(rs []rowAt) [][]uint16 {
	sets := make([][]uint16, len(rs))
	var scratch []byte
	for i := range rs {
		r := &rs[i]
		if !x.reading {
			sets[i] = x.shapesOf(r)
		}
		scratch = packSet(scratch[:0], sets[i])
		sets[i] = x.writeSet(r.Table, sets[i], scratch)
		if x.err != nil {
			return nil
		}
		total := 0
		for _, at := range sets[i] {
			total += costWrite + costValue*int(x.shapes[at].vals)
		}
		x.charge(total)
	}
	return sets
}

// packSet makes a key of a set.
func packSet(b []byte, set []uint16) []byte {
	for _, at := range set {
		b = append(b, byte(at>>8), byte(at))
	}
	return b
}

// shapesOf lists the shapes of a row's writes; a shape that is new gets the
// next place, where the reader will put it too.
func (x *codec) shapesOf(r *rowAt) []uint16 {
	set := make([]uint16, len(r.Writes))
	for i, w := range r.Writes {
		s := shape{r.Table, w.Reg, uint16(len(w.Vals))}
		at, ok := x.shapeAt[s]
		if !ok {
			if at = len(x.shapes); at >= maxShapes || len(w.Vals) > maxVals {
				x.fail(ErrTooLarge)
				return nil
			}
			x.shapeAt[s] = at
			x.shapes = append(x.shapes, s)
		}
		set[i] = uint16(at)
	}
	return set
}

// maxVals bounds the values of one register.
const maxVals = 255

func (x *codec) writeSet(table uint16, set []uint16, packed []byte) []uint16 {
	code := uint64(min(len(set), setLong))
	if at, ok := x.patternAt[string(packed)]; ok && !x.reading && len(set) >= setShort {
		code = setKnown + uint64(at)
	}
	code = x.number(keySet.of(int(table)), code)
	if code >= setKnown {
		return x.knownSet(table, code-setKnown, set)
	}
	n := int(code)
	if code == setLong {
		n = x.count(keySetLen, len(set), 2)
	}
	if x.reading {
		set = make([]uint16, n)
	}
	for i := 0; i < n && x.err == nil; i++ {
		x.shape(table, &set[i])
	}
	if code == setLong && n <= maxPattern && len(x.patterns) < maxPatterns && x.err == nil {
		if !x.reading {
			x.patternAt[string(packed)] = len(x.patterns)
		}
		x.patterns = append(x.patterns, set)
	}
	return set
}

func (x *codec) knownSet(table uint16, at uint64, set []uint16) []uint16 {
	if !x.reading {
		return set
	}
	if at >= uint64(len(x.patterns)) {
		x.fail(ErrInvalid)
		return nil
	}
	set = x.patterns[at]
	if len(set) > 0 && x.shapes[set[0]].table != table {
		x.fail(ErrInvalid)
		return nil
	}
	return set
}

// shape codes one shape by its place, or describes it where it is new.
func (x *codec) shape(table uint16, at *uint16) {
	known := x.number(keyShape.of(int(table)), x.shapeCode(*at))
	if known > 0 {
		if x.reading {
			x.oldShape(table, known-1, at)
		}
		return
	}
	s := shape{table: table}
	if !x.reading {
		s = x.shapes[*at]
	}
	s.reg = uint16(x.number(keyShapeReg, uint64(s.reg)))
	s.vals = uint16(x.number(keyShapeVals, uint64(s.vals)))
	x.told++
	if !x.reading {
		return
	}
	if s.vals > maxVals || len(x.shapes) >= maxShapes {
		x.fail(ErrTooLarge)
		return
	}
	*at = uint16(len(x.shapes))
	x.shapes = append(x.shapes, s)
}

// shapeCode is 0 for the shape that the reader will learn now.
func (x *codec) shapeCode(at uint16) uint64 {
	if x.reading || int(at) >= x.told {
		return 0
	}
	return uint64(at) + 1
}

func (x *codec) oldShape(table uint16, at uint64, p *uint16) {
	if at >= uint64(len(x.shapes)) || x.shapes[at].table != table {
		x.fail(ErrInvalid)
		return
	}
	*p = uint16(at)
}

// allWrites lists the writes of all rows, in order; reading, it makes them.
func (x *codec) allWrites(rs []rowAt, sets [][]uint16) []*change.Write {
	total, totalVals := 0, 0
	for _, set := range sets {
		total += len(set)
		for _, at := range set {
			totalVals += int(x.shapes[at].vals)
		}
	}
	list := make([]*change.Write, 0, total)
	var slab []change.Write
	var vals []change.Value
	if x.reading {
		slab, vals = make([]change.Write, total), make([]change.Value, totalVals)
	}
	for i := range rs {
		r := rs[i].RowWrite
		if x.reading {
			n := len(sets[i])
			r.Writes, slab = slab[:n:n], slab[n:]
			for j, at := range sets[i] {
				s := x.shapes[at]
				r.Writes[j].Reg = s.reg
				r.Writes[j].Vals, vals = vals[:s.vals:s.vals], vals[s.vals:]
			}
		}
		for j := range r.Writes {
			list = append(list, &r.Writes[j])
		}
	}
	return list
}

// byColumn codes the values, those of one column together.
func (x *codec) byColumn(sets [][]uint16, writes []*change.Write) {
	if !x.charge(8 * len(writes)) {
		return
	}
	byShape := make([][]*change.Write, len(x.shapes))
	n := 0
	for _, set := range sets {
		for _, at := range set {
			byShape[at] = append(byShape[at], writes[n])
			n++
		}
	}
	for at, ws := range byShape {
		if len(ws) == 0 {
			continue
		}
		vals := make([]change.Value, len(ws))
		for i := range int(x.shapes[at].vals) {
			for j, w := range ws {
				vals[j] = w.Vals[i]
			}
			x.values(x.column(at, i), vals)
			if x.err != nil {
				return
			}
			for j, w := range ws {
				if x.reading {
					w.Vals[i] = vals[j]
				}
			}
		}
	}
}

func creating(r *rowAt) int {
	if r.Creates {
		return 1
	}
	return 0
}
