package wire

import (
	"encoding/binary"
	"fmt"

	"dongbo/internal/change"
)

// idColumn is what an exchange knows of one place where ids stand. Ids come
// again in the same place most of all (the units of a list, the writers of a
// log), so a short list of its own comes first, then all that have travelled,
// then the whole id.
type idColumn struct {
	near, far, times model
	own              []change.ID
	ownAt            map[change.ID]int // the encoder's way back
	tried, hits      int
}

// How an id travels where its column's own list does not have it: whole, whole
// but shaped like a UUIDv7, zero, or idKnown and its place among those known.
const (
	idWhole = iota
	idTimed
	idZero
	idKnown
)

// maxOwn bounds a column's own list. A column where ids do not come again
// (tried so often, found less than half the time) stops growing it.
const (
	maxOwn   = 256
	patience = 64
)

func (c *idColumn) keeps() bool {
	return len(c.own) < maxOwn && (c.tried < patience || c.hits*2 >= c.tried)
}

// id codes one id.
func (x *codec) id(k key, p *change.ID) {
	one := [1]change.ID{*p}
	x.idList(x.idColumn(k), one[:])
	if x.reading {
		*p = one[0]
	}
}

// ids codes one id of each element of a list.
func ids[T any](x *codec, k key, list []T, field func(*T) *change.ID) {
	if !x.charge(16 * len(list)) {
		return
	}
	vals := make([]change.ID, len(list))
	if !x.reading {
		for i := range vals {
			vals[i] = *field(&list[i])
		}
	}
	x.idList(x.idColumn(k), vals)
	if x.reading {
		for i := range vals {
			*field(&list[i]) = vals[i]
		}
	}
}

func (x *codec) idList(c *idColumn, vals []change.ID) {
	for i := range vals {
		if x.err != nil {
			return
		}
		at := 0
		if !x.reading {
			at = c.ownAt[vals[i]]
		}
		at = int(x.through(&c.near, uint64(at)))
		c.tried++
		if at > 0 {
			c.hits++
			x.lookUp(c.own, uint64(at-1), &vals[i])
			continue
		}
		x.farID(c, &vals[i])
		if c.keeps() {
			c.own = append(c.own, vals[i])
			if !x.reading {
				if c.ownAt == nil {
					c.ownAt = map[change.ID]int{}
				}
				c.ownAt[vals[i]] = len(c.own)
			}
		}
	}
}

// lookUp reads the id at a place of a list.
func (x *codec) lookUp(list []change.ID, at uint64, p *change.ID) {
	if !x.reading {
		return
	}
	if at >= uint64(len(list)) {
		x.fail(ErrInvalid)
		return
	}
	*p = list[at]
}

func (x *codec) farID(c *idColumn, p *change.ID) {
	var code uint64
	if !x.reading {
		code = x.idCode(*p)
	}
	code = x.through(&c.far, code)
	if code >= idKnown {
		x.lookUp(x.session.ids, code-idKnown, p)
		return
	}
	id := *p
	switch code {
	case idZero:
		id = change.ID{}
	case idTimed:
		id = x.timed(&c.times, id)
	default:
		x.fixed(id[:])
	}
	if x.reading {
		*p = id
	}
	if code != idZero && len(x.session.ids) < maxIDs {
		if !x.reading {
			x.idIndex[id] = uint32(len(x.session.ids))
		}
		x.session.ids = append(x.session.ids, id)
	}
}

func (x *codec) idCode(id change.ID) uint64 {
	at, known := x.idIndex[id]
	switch {
	case known:
		return idKnown + uint64(at)
	case id.IsZero():
		return idZero
	case id[6]>>4 == 7 && id[8]>>6 == 2:
		return idTimed
	default:
		return idWhole
	}
}

// timed codes an id whose first six bytes are a time near that of the last
// such id, whose version and variant are known, and of which 74 bits are random.
func (x *codec) timed(times *model, id change.ID) change.ID {
	var wide [8]byte
	copy(wide[2:], id[:6])
	ms := int64(binary.BigEndian.Uint64(wide[:]))
	if !x.reading {
		x.through(times, zigzag(ms-times.last))
		x.enc.direct(uint32(id[6]&0x0F), 4)
		x.enc.direct(uint32(id[8]&0x3F), 6)
	} else {
		ms = times.last + unzigzag(x.through(times, 0))
		binary.BigEndian.PutUint64(wide[:], uint64(ms))
		copy(id[:6], wide[2:])
		id[6] = 0x70 | byte(x.dec.direct(4))
		id[8] = 0x80 | byte(x.dec.direct(6))
	}
	times.last = ms
	x.fixed(id[7:8])
	x.fixed(id[9:])
	return id
}

// writers codes writers by name.
func (x *codec) writers(k key, vals []change.Ref) {
	if !x.charge(16 * len(vals)) {
		return
	}
	names := make([]change.ID, len(vals))
	if !x.reading {
		for i, r := range vals {
			if r != 0 {
				names[i] = x.names.Name(r)
			}
		}
	}
	x.idList(x.idColumn(k), names)
	for i := 0; x.reading && i < len(vals) && x.err == nil; i++ {
		vals[i] = x.ref(names[i])
	}
}

func (x *codec) ref(name change.ID) change.Ref {
	if name.IsZero() {
		return 0
	}
	if r, ok := x.refs[name]; ok {
		return r
	}
	r, err := x.known.Ref(name)
	if err != nil {
		x.fail(fmt.Errorf("wire: writer %s: %w", name, err))
		return 0
	}
	if len(x.refs) < maxIDs {
		x.refs[name] = r
	}
	return r
}

// dots codes one dot of each element of a list.
func dots[T any](x *codec, k key, list []T, field func(*T) *change.Dot) {
	if !x.charge(8 * len(list)) {
		return
	}
	refs := make([]change.Ref, len(list))
	for i := range refs {
		refs[i] = field(&list[i]).W
	}
	x.writers(k.of(0), refs)
	if x.reading {
		for i := range refs {
			field(&list[i]).W = refs[i]
		}
	}
	numbers(x, k.of(1), list, func(p *T) *uint64 { return &field(p).N })
}
