package wire

import (
	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// entries codes a batch of a log: what all entries have, then each kind's own.
func (x *codec) entries(m *Entries) {
	k := KindEntries.key
	x.id(k(0), &m.Log)
	field(x, k(1), &m.Through)
	n := x.count(k(2), len(m.Entries), costEntry)
	if x.reading && n > 0 {
		m.Entries = make([]Entry, n)
	}
	es := m.Entries
	numbers(x, k(3), es, func(e *Entry) *uint64 { return &e.Num })
	numbers(x, k(4), es, func(e *Entry) *int64 { return &e.At })
	for i := range es {
		field(x, k(5), &es[i].Kind)
	}
	var parts entryParts
	for i := range es {
		parts.add(x, &es[i])
	}
	if x.err == nil {
		parts.code(x)
	}
}

const costEntry = 224

// entryParts are the entries of a batch by what they carry.
type entryParts struct {
	changed, named, refused, evicted, arrived []*Entry
}

// add puts e where it belongs.
func (p *entryParts) add(x *codec, e *Entry) {
	switch e.Kind {
	case EntryChange:
		p.changed = append(p.changed, e)
	case EntryOwn:
		differs := e.Change != nil
		if x.flag(KindEntries.key(7), &differs); differs {
			p.changed = append(p.changed, e)
		} else {
			p.named = append(p.named, e)
		}
	case EntryRefused:
		p.named = append(p.named, e)
		p.refused = append(p.refused, e)
	case EntryEvict:
		p.evicted = append(p.evicted, e)
	case EntryArrive:
		p.arrived = append(p.arrived, e)
	default:
		x.fail(ErrInvalid)
	}
}

func (p *entryParts) code(x *codec) {
	k := KindEntries.key
	list := make([]*change.Change, len(p.changed))
	for i, e := range p.changed {
		list[i] = e.Change
	}
	x.changes(list)
	rows := make([]*merge.Row, len(p.arrived))
	for i, e := range p.arrived {
		rows[i] = e.Row
	}
	x.states(rows)
	dots(x, k(8), p.named, func(e **Entry) *change.Dot { return &(*e).Dot })
	for _, e := range p.refused {
		x.text(k(9), &e.Code)
		x.text(k(10), &e.Detail)
	}
	numbers(x, k(11), p.evicted, func(e **Entry) *uint16 { return &(*e).Table })
	ids(x, k(12), p.evicted, func(e **Entry) *change.ID { return &(*e).ID })
	dots(x, k(13), p.evicted, func(e **Entry) *change.Dot { return &(*e).Birth.Dot })
	numbers(x, k(14), p.evicted, func(e **Entry) *uint16 { return &(*e).Birth.I })
	if !x.reading || x.err != nil {
		return
	}
	for i, e := range p.changed {
		e.Change, e.Dot = list[i], list[i].Dot
	}
	for i, e := range p.arrived {
		e.Row = rows[i]
	}
}
