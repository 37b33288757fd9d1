package memstore

import (
	"maps"
	"slices"
)

// layers is a map in three layers, the upper hiding the lower. Nothing is ever
// taken out: what shrinks are the values.
type layers[K comparable, V any] struct {
	shared map[K]V // what copies of the store have in common; never written
	own    map[K]V // committed since this store was copied
	fresh  map[K]V // written by the Update under way
}

func (l *layers[K, V]) find(k K) (V, bool) {
	if v, ok := l.fresh[k]; ok {
		return v, true
	}
	if v, ok := l.own[k]; ok {
		return v, true
	}
	v, ok := l.shared[k]
	return v, ok
}

func (l *layers[K, V]) get(k K) V {
	v, _ := l.find(k)
	return v
}

func (l *layers[K, V]) set(k K, v V) {
	if l.fresh == nil {
		l.fresh = map[K]V{}
	}
	l.fresh[k] = v
}

// keys are all keys, each once, in no order.
func (l *layers[K, V]) keys() map[K]struct{} {
	out := map[K]struct{}{}
	for _, layer := range []map[K]V{l.shared, l.own, l.fresh} {
		for k := range layer {
			out[k] = struct{}{}
		}
	}
	return out
}

func (l *layers[K, V]) dirty() bool { return len(l.fresh) > 0 }

// commit makes what the Update wrote everybody's.
func (l *layers[K, V]) commit() {
	if l.own == nil {
		l.own = l.fresh
	} else {
		maps.Copy(l.own, l.fresh)
	}
	l.fresh = nil
}

// freeze makes what was committed a layer that copies may share.
func (l *layers[K, V]) freeze() {
	if len(l.own) == 0 {
		return
	}
	all := make(map[K]V, len(l.shared)+len(l.own))
	maps.Copy(all, l.shared)
	maps.Copy(all, l.own)
	l.shared, l.own = all, nil
}

// lists is layers of lists. A list that was handed out never changes: it grows
// behind its end, where its reader does not look, or is made anew. One store
// has one writer at a time, so two never grow the same array; a shared one
// is left alone.
type lists[K comparable, E any] struct{ layers[K, []E] }

func (l *lists[K, E]) add(k K, e E) {
	list, ok := l.fresh[k]
	if !ok {
		list, ok = l.own[k]
	}
	if !ok {
		list = slices.Clip(l.shared[k])
	}
	l.set(k, append(list, e))
}

// insert puts e into its place of a sorted list that holds each once. It may
// copy the list: for short ones.
func (l *lists[K, E]) insert(k K, e E, compare func(E, E) int) {
	list := l.get(k)
	if n := len(list); n == 0 || compare(list[n-1], e) < 0 {
		l.add(k, e)
		return
	}
	if i, found := slices.BinarySearchFunc(list, e, compare); !found {
		l.set(k, slices.Concat(list[:i], []E{e}, list[i:]))
	}
}

func (l *lists[K, E]) drop(k K, e E, compare func(E, E) int) {
	list := l.get(k)
	if i, found := slices.BinarySearchFunc(list, e, compare); found {
		l.set(k, slices.Concat(list[:i], list[i+1:]))
	}
}
