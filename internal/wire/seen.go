package wire

import (
	"slices"

	"dongbo/internal/change"
)

// How a write's Seen travels: the row's birth; nothing; one earlier dot of the
// change's own writer; one other dot; as the write before in the row; or
// seenList and how many dots there are beyond two.
const (
	seenBirth = iota
	seenNone
	seenOwn
	seenOne
	seenSame
	seenList
)

// seen codes what the authors had been shown.
func (x *codec) seen(rs []rowAt) {
	var own []int64
	var given []*change.Dot
	x.eachSeen(rs, func(r *rowAt, prev []change.Dot, w *change.Write) {
		form := uint64(0)
		if !x.reading {
			form = seenForm(r, prev, w.Seen)
		}
		form = x.number(keySeen.of(int(creating(r))), form)
		x.holdSeen(r, w, form)
		switch {
		case form == seenOwn && len(w.Seen) == 1:
			own = append(own, int64(r.own.N)-int64(w.Seen[0].N))
		case form == seenOne || form >= seenList:
			for i := range w.Seen {
				given = append(given, &w.Seen[i])
			}
		}
	})
	x.ints(x.model(keySeenOwn), own)
	dots(x, keySeenDot, given, func(d **change.Dot) *change.Dot { return *d })
	if x.reading && x.err == nil {
		x.fillSeen(rs, own)
	}
}

// fillSeen completes what holdSeen left open.
func (x *codec) fillSeen(rs []rowAt, own []int64) {
	x.eachSeen(rs, func(r *rowAt, prev []change.Dot, w *change.Write) {
		if len(w.Seen) == 1 && w.Seen[0] == pendingOwn {
			w.Seen[0] = change.Dot{W: r.own.W, N: uint64(int64(r.own.N) - own[0])}
			own = own[1:]
		} else if len(w.Seen) == 1 && w.Seen[0] == pendingSame {
			w.Seen = prev // shared: nobody changes a change
		}
	})
}

// What stands in Seen between the two passes of the reader.
var (
	pendingOwn  = change.Dot{W: 1<<32 - 1, N: 1}
	pendingSame = change.Dot{W: 1<<32 - 1, N: 2}
)

// holdSeen makes room for what the form says.
func (x *codec) holdSeen(r *rowAt, w *change.Write, form uint64) {
	if form >= seenList+maxSeen {
		x.fail(ErrTooLarge)
		return
	}
	n := int(form) - seenList + 2
	if form < seenList {
		n = 1
	}
	if form == seenSame || form == seenNone {
		n = 0
	}
	if !x.charge(n*costDot) || !x.reading {
		return
	}
	switch form {
	case seenNone:
	case seenBirth:
		w.Seen = []change.Dot{r.Birth.Dot}
	case seenOwn:
		w.Seen = []change.Dot{pendingOwn}
	case seenSame:
		w.Seen = []change.Dot{pendingSame}
	default:
		w.Seen = make([]change.Dot, n)
	}
}

// maxSeen bounds the dots that one write names: 16 heads of each register.
const maxSeen = 4096

func (x *codec) eachSeen(rs []rowAt, f func(r *rowAt, prev []change.Dot, w *change.Write)) {
	for i := range rs {
		var prev []change.Dot
		for j := range rs[i].Writes {
			if x.err != nil {
				return
			}
			w := &rs[i].Writes[j]
			f(&rs[i], prev, w)
			prev = w.Seen
		}
	}
}

func seenForm(r *rowAt, prev, seen []change.Dot) uint64 {
	switch {
	case len(seen) == 0:
		return seenNone
	case len(seen) == 1 && seen[0] == r.Birth.Dot:
		return seenBirth
	case slices.Equal(seen, prev):
		return seenSame
	case len(seen) > 1:
		return seenList + uint64(len(seen)-2)
	case seen[0].W == r.own.W && r.own.N > 0:
		return seenOwn
	default:
		return seenOne
	}
}
