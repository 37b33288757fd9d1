package memstore

import (
	"bytes"
	"fmt"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// tx is one transaction: the state as it was when it began, and what it wrote.
type tx struct {
	state
	giver  giver
	writes bool
}

func (t *tx) Name(ref change.Ref) change.ID { return t.giver.name(ref) }

func (t *tx) Ref(name change.ID) (change.Ref, error) {
	if ref := t.giver.names.find(name); ref != 0 || name.IsZero() || !t.writes {
		return ref, nil
	}
	return t.giver.ref(name)
}

func (t *tx) Announce() error {
	t.generation++
	return nil
}

func (t *tx) Setting(key string) ([]byte, error) { return t.settings.get(key), nil }

func (t *tx) SetSetting(key string, value []byte) error {
	t.settings.set(key, append([]byte{}, value...))
	return nil
}

// byID sorts ids.
func byID(a, b change.ID) int { return bytes.Compare(a[:], b[:]) }

func (t *tx) Row(table *schema.Table, id change.ID) (*merge.Row, error) {
	if r := t.rows.get(rowKey{table.No, id}); r != nil {
		return r.Clone(), nil
	}
	return nil, nil
}

func (t *tx) RowByBirth(table *schema.Table, b change.Birth) (*merge.Row, error) {
	if id, ok := t.births.find(birthKey{table.No, b}); ok {
		return t.Row(table, id)
	}
	return nil, nil
}

// SaveRow keeps the row itself: it must not be changed afterwards.
func (t *tx) SaveRow(r *merge.Row, _ []uint16) error {
	table := r.Table.No
	key := rowKey{table, r.ID}
	old := t.rows.get(key)
	t.rows.set(key, r)
	unit := r.Unit()
	if old == nil {
		t.births.set(birthKey{table, r.Birth}, r.ID)
		t.tables.add(table, r.ID)
		t.placed.add(rowKey{table, unit}, r.ID)
	} else if was := old.Unit(); was != unit {
		t.leave(rowKey{table, was}, r.ID)
		t.placed.add(rowKey{table, unit}, r.ID)
	}
	if r.Table == mandates {
		t.nameRow(old, r)
	}
	return nil
}

// leave takes a row out of those of its unit.
func (t *tx) leave(at rowKey, row change.ID) {
	list := t.placed.get(at)
	i := slices.Index(list, row)
	t.placed.set(at, slices.Concat(list[:i], list[i+1:]))
}

// Mandates are found by their person at every step of a session; what else
// RowsBy is asked for is looked through.
var (
	mandates = schema.ByName("mandate")
	person   = mandates.Column("person_id")
)

// nameRow keeps the index of mandates.
func (t *tx) nameRow(old, r *merge.Row) {
	if old != nil {
		if who, ok := nameOf(old, person); ok {
			t.named.drop(refKey{old.Table.No, person.No, who}, old.ID, byID)
		}
	}
	if who, ok := nameOf(r, person); ok {
		t.named.insert(refKey{r.Table.No, person.No, who}, r.ID, byID)
	}
}

// nameOf returns whom the column of an existing row names.
func nameOf(r *merge.Row, c *schema.Column) (change.ID, bool) {
	if !r.Exists() {
		return change.ID{}, false
	}
	return r.Value(c.Name).ID()
}

func (t *tx) Rows(table *schema.Table, f func(*merge.Row) error) error {
	return t.each(table, t.tables.get(table.No), f)
}

func (t *tx) RowsOf(table *schema.Table, unit change.ID, f func(*merge.Row) error) error {
	return t.each(table, t.placed.get(rowKey{table.No, unit}), f)
}

func (t *tx) RowsBy(table *schema.Table, column string, id change.ID, f func(*merge.Row) error) error {
	c := table.Column(column)
	if c == nil || c.Type != schema.ID {
		return fmt.Errorf("memstore: %s has no id column %s", table.Name, column)
	}
	if c == person {
		return t.each(table, t.named.get(refKey{table.No, c.No, id}), f)
	}
	return t.Rows(table, func(r *merge.Row) error {
		if who, ok := nameOf(r, c); ok && who == id {
			return f(r)
		}
		return nil
	})
}

// each hands the rows out by id, each as the caller's own. Ids mostly rise with
// time: the list is in order already.
func (t *tx) each(table *schema.Table, ids []change.ID, f func(*merge.Row) error) error {
	if !slices.IsSortedFunc(ids, byID) {
		ids = slices.Clone(ids)
		slices.SortFunc(ids, byID)
	}
	for _, id := range ids {
		if err := f(t.rows.get(rowKey{table.No, id}).Clone()); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) Unit(id change.ID) (server.Unit, error) { return t.units.get(id), nil }

func (t *tx) SaveUnit(id change.ID, u server.Unit) error {
	t.units.set(id, u)
	return nil
}

func (t *tx) SameID(hash change.ID, limit int) ([]change.ID, error) {
	list := t.twins.get(hash)
	return slices.Clone(list[:min(limit, len(list))]), nil
}

func (t *tx) AddID(hash, row change.ID) error {
	t.twins.insert(hash, row, byID)
	return nil
}

func (t *tx) DropID(hash, row change.ID) error {
	t.twins.drop(hash, row, byID)
	return nil
}
