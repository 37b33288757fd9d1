package memstore

import (
	"cmp"
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/server"
)

// Append keeps a copy of the entry; the bytes in it are the caller's, who
// never writes into them.
func (t *tx) Append(e *server.Entry, on []server.List) error {
	if was, ok := t.chain.find(e.Dot); ok && (was.Code == "" || !e.Moved) {
		return fmt.Errorf("memstore: change %d of writer %s stands in a log already", e.Dot.N, t.Name(e.Dot.W))
	}
	e.Num = uint64(len(t.logs.get(e.Log))) + 1
	kept := *e
	t.logs.add(e.Log, &kept)
	t.chain.set(e.Dot, &kept)
	if e.Code != "" {
		t.refused.add(e.Dot.W, &kept)
	}
	for _, l := range on {
		t.index.add(listKey{l, e.Log}, e.Num)
	}
	return nil
}

func (t *tx) Entry(log change.ID, num uint64) (*server.Entry, error) {
	entries := t.logs.get(log)
	if entries == nil {
		return nil, nil
	}
	if num == 0 || num > uint64(len(entries)) {
		return nil, fmt.Errorf("memstore: no entry %d in log %s", num, log)
	}
	e := *entries[num-1]
	return &e, nil
}

func (t *tx) Link(d change.Dot) (server.Link, bool, error) {
	e, ok := t.chain.find(d)
	if !ok {
		return server.Link{}, false, nil
	}
	return server.Link{Hash: e.Hash, Refused: e.Code != "", Log: e.Log, Num: e.Num}, true, nil
}

func (t *tx) Made(d change.Dot) (server.Made, bool, error) {
	e, ok := t.chain.find(d)
	if !ok {
		return server.Made{}, false, nil
	}
	return server.Made{Person: e.Person, AuthorAt: e.AuthorAt, At: e.At}, true, nil
}

func (t *tx) Refused(w change.Ref, from, to uint64) (list []*server.Entry, err error) {
	for _, e := range t.refused.get(w) {
		if stands, _ := t.chain.find(e.Dot); stands == e && e.Dot.N >= from && e.Dot.N <= to {
			out := *e
			list = append(list, &out)
		}
	}
	slices.SortFunc(list, func(a, b *server.Entry) int { return cmp.Compare(a.Dot.N, b.Dot.N) })
	return list, nil
}

func (t *tx) Head(log change.ID) (uint64, error) { return uint64(len(t.logs.get(log))), nil }

func (t *tx) AddPast(p server.Past) error {
	t.pasts.add(pastKey{p.Kind, p.Of, p.Log}, p)
	return nil
}

func (t *tx) Pasts(kind server.PastKind, of, log change.ID, after uint64) (list []server.Past, err error) {
	for _, p := range t.pasts.get(pastKey{kind, of, log}) {
		if p.Num > after {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b server.Past) int { return cmp.Compare(a.Num, b.Num) })
	return list, nil
}

func (t *tx) ReadLists(on []server.List, log change.ID, after uint64, limit int) ([]uint64, error) {
	var nums []uint64
	for _, l := range on {
		list := t.index.get(listKey{l, log})
		from, _ := slices.BinarySearch(list, after+1)
		nums = append(nums, list[from:min(len(list), from+limit)]...)
	}
	slices.Sort(nums)
	nums = slices.Compact(nums)
	return nums[:min(len(nums), limit)], nil
}
