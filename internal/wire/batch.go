package wire

import (
	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// BatchSize is what a sender puts into one message, by estimate: small enough
// that what a cut line repeats is little and that a slow line shows progress,
// large enough that columns are long.
const BatchSize = 256 << 10

// MaxChange bounds one change, by estimate. A larger one fits no message: it
// must be refused where it is made.
const MaxChange = MaxMessage / 2

// EstimateSize says about how many bytes c takes in a message before
// compression. It is never much too small.
func EstimateSize(c *change.Change) int {
	n := 48
	for i := range c.Rows {
		r := &c.Rows[i]
		n += 12
		if r.Creates {
			n += 16
		}
		if r.Erased != (change.Hash{}) {
			n += len(r.Erased)
		}
		for _, w := range r.Writes {
			n += 4 + 6*len(w.Seen) + estimateVals(w.Vals)
		}
	}
	return n
}

// EstimateRow is EstimateSize for a row of a snapshot.
func EstimateRow(r *merge.Row) int {
	n := 48
	add := func(heads []merge.Head) {
		for _, h := range heads {
			n += 4 + 6*len(h.Knows) + estimateVals(h.Vals)
		}
	}
	add(r.Alive)
	for _, heads := range r.Regs {
		add(heads)
	}
	for _, heads := range r.Raw {
		add(heads)
	}
	return n
}

func estimateVals(vals []change.Value) int {
	n := 0
	for _, v := range vals {
		switch v.Kind() {
		case change.KindNull:
			n++
		case change.KindInt, change.KindReal:
			n += 8
		default:
			n += 4 + len(v.Text())
		}
	}
	return n
}

// Batcher cuts a sequence into batches by estimated size.
type Batcher struct {
	Max  int // 0: BatchSize
	size int
}

// Starts tells whether the next thing, of so many bytes, must begin a new
// batch, and counts it. The first thing never does, however large.
func (b *Batcher) Starts(size int) bool {
	limit := b.Max
	if limit == 0 {
		limit = BatchSize
	}
	if b.size > 0 && b.size+size > limit {
		b.size = size
		return true
	}
	b.size += size
	return false
}
