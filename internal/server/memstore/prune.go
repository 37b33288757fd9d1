package memstore

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/server"
)

func (t *tx) Floor(log change.ID) (uint64, error) { return t.floors.get(log), nil }

func (t *tx) SetFloor(log change.ID, num uint64) error {
	t.floors.set(log, num)
	return nil
}

// Strip puts entries of its own in the place of those that copies of the store
// may have in common.
func (t *tx) Strip(log change.ID, limit int) (n int, err error) {
	entries := t.logs.get(log)
	var stripped bool
	for i := uint64(0); i < t.floors.get(log) && n < limit; i++ {
		e := entries[i]
		if e.Code != "" || len(e.Body) == 0 {
			continue
		}
		if !stripped {
			entries, stripped = append(entries[:0:0], entries...), true
		}
		bare := *e
		bare.Body, bare.Effective, bare.Places = nil, nil, nil
		entries[i] = &bare
		t.chain.set(bare.Dot, &bare)
		n++
	}
	if stripped {
		t.logs.set(log, entries)
	}
	return n, nil
}

// Unlist does all at once.
func (t *tx) Unlist([]byte, int) (n int, next []byte, err error) {
	for k := range t.index.keys() {
		list, floor := t.index.get(k), t.floors.get(k.log)
		below := 0
		for below < len(list) && list[below] <= floor {
			below++
		}
		if n += below; below > 0 {
			t.index.set(k, append(list[:0:0], list[below:]...))
		}
	}
	return n, nil, nil
}

// Rewrite puts an entry of its own in the place of one that copies of the store
// may have in common.
func (t *tx) Rewrite(e *server.Entry) error {
	entries := slices.Clone(t.logs.get(e.Log))
	kept := *entries[e.Num-1]
	kept.Body, kept.Effective, kept.Places = e.Body, e.Effective, e.Places
	entries[e.Num-1] = &kept
	t.logs.set(e.Log, entries)
	if stands, _ := t.chain.find(kept.Dot); stands.Num == kept.Num && stands.Log == kept.Log {
		t.chain.set(kept.Dot, &kept)
	}
	list := slices.Clone(t.refused.get(kept.Dot.W))
	for i, r := range list {
		if r.Num == kept.Num && r.Log == kept.Log {
			list[i] = &kept
			t.refused.set(kept.Dot.W, list)
		}
	}
	return nil
}
