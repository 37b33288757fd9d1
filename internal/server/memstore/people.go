package memstore

import (
	"cmp"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/server"
)

// found hands out a copy of what a map holds; nil where it holds nothing.
func found[K comparable, V any](l *layers[K, V], k K) *V {
	if v, ok := l.find(k); ok {
		return &v
	}
	return nil
}

func (t *tx) Device(id change.ID) (*server.Device, error) { return found(&t.devices, id), nil }

func (t *tx) Devices() (list []*server.Device, err error) {
	for _, id := range t.enrolled.get(struct{}{}) {
		list = append(list, found(&t.devices, id))
	}
	return list, nil
}

// SaveDevice keeps a copy, of the cursor's map too: it came in a message.
func (t *tx) SaveDevice(d *server.Device) error {
	kept := *d
	kept.Seen.Logs, kept.Kept.Logs, kept.Logs = maps.Clone(d.Seen.Logs), maps.Clone(d.Kept.Logs), slices.Clone(d.Logs)
	t.devices.set(d.ID, kept)
	t.enrolled.insert(struct{}{}, d.ID, byID)
	return nil
}

func (t *tx) Writer(ref change.Ref) (*server.Writer, error) { return found(&t.writers, ref), nil }

func (t *tx) WritersOf(device change.ID) (list []*server.Writer, err error) {
	for _, ref := range t.writersOf.get(device) {
		list = append(list, found(&t.writers, ref))
	}
	return list, nil
}

func (t *tx) SaveWriter(w *server.Writer) error {
	t.writers.set(w.Ref, *w)
	t.writersOf.insert(w.Device, w.Ref, cmp.Compare[change.Ref])
	return nil
}

func (t *tx) Code(hash change.ID) (*server.Code, error) { return found(&t.codes, hash), nil }

func (t *tx) SaveCode(c *server.Code) error {
	t.codes.set(c.Hash, *c)
	return nil
}
