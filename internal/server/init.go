package server

import (
	"fmt"
	"io"
	"slices"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
)

// UnitRow is one line of a file of units.
type UnitRow struct{ Code, Name, Kind, ParentCode string }

// Kinds are the kinds of units.
var Kinds = []string{"national", "province", "sector", "commune", "working_group", "grassroots", "division"}

// Init makes a central register in an empty store: its keys, its epoch, its
// tree of units. A single unit without a parent is the root; otherwise a root
// with the code "0" and the register's name is made above those without one.
// Lines are counted as in a file whose first line is the header.
func Init(store Store, name string, units []UnitRow, now time.Time, random io.Reader) error {
	ordered, err := arrange(name, units)
	if err != nil {
		return err
	}
	s := newServer(store, Options{Now: func() time.Time { return now }, Rand: random})
	if err := store.Update(func(tx Tx) error { return s.found(tx, name) }); err != nil {
		return err
	}
	if err := store.View(s.load); err != nil {
		return err
	}
	return s.update(func(o *ordering) error { return o.plant(ordered) })
}

// found writes the settings.
func (s *Server) found(tx Tx, name string) error {
	if epoch, err := tx.Setting(keyEpoch); err != nil {
		return err
	} else if root, err := tx.Setting(keyRoot); err != nil {
		return err
	} else if root != nil {
		return fault.New(fault.ServerInit)
	} else if epoch != nil {
		return nil // a first try was cut off between here and the units
	}
	var seed, idKey, valueKey [32]byte
	var epoch, writer change.ID
	for _, b := range [][]byte{seed[:], idKey[:], valueKey[:], epoch[:], writer[:]} {
		if _, err := io.ReadFull(s.rand, b); err != nil {
			return fmt.Errorf("server: init: %w", err)
		}
	}
	for key, value := range map[string][]byte{
		keyEpoch: epoch[:], keyKey: seed[:], keyIDs: idKey[:], keyWriter: writer[:], keyName: []byte(name),
	} {
		if err := tx.SetSetting(key, value); err != nil {
			return err
		}
	}
	ref, err := tx.Ref(writer)
	if err != nil {
		return err
	}
	return tx.SaveWriter(&Writer{Ref: ref, Name: writer, Key: valueKey})
}

// plant writes the units, parents first.
func (o *ordering) plant(units []UnitRow) error {
	ids := map[string]change.ID{}
	var root change.ID
	for i, u := range units {
		id, err := o.s.newID()
		if err != nil {
			return err
		}
		ids[u.Code] = id
		parent := ids[u.ParentCode]
		log := id
		if i == 0 {
			root = id
			if err := o.tx.SetSetting(keyRoot, id[:]); err != nil {
				return err
			}
		} else if parent != root {
			log, _ = o.tree.log(parent)
		}
		if err := o.put("unit", id, log, textOf("code", u.Code), textOf("name", u.Name), textOf("kind", u.Kind), idOf("parent_id", parent)); err != nil {
			return err
		}
	}
	return nil
}

// newID makes an id shaped like a UUIDv7, as rows' ids are.
func (s *Server) newID() (id change.ID, err error) {
	if _, err := io.ReadFull(s.rand, id[:]); err != nil {
		return id, fmt.Errorf("server: new id: %w", err)
	}
	ms := s.millis()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = 0x70 | id[6]&0x0F
	id[8] = 0x80 | id[8]&0x3F
	return id, nil
}

// arrange checks the units and puts parents before children.
func arrange(name string, units []UnitRow) ([]UnitRow, error) {
	line := map[string]int{}
	roots := 0
	for i, u := range units {
		switch {
		case u.Code == "" || u.Name == "":
			return nil, fault.New(fault.UnitsEmpty, "line", i+2)
		case line[u.Code] != 0:
			return nil, fault.New(fault.UnitsTwice, "line", i+2, "code", u.Code, "other", line[u.Code])
		case !slices.Contains(Kinds, u.Kind):
			return nil, fault.New(fault.UnitsKind, "line", i+2, "code", u.Code, "kind", u.Kind)
		}
		line[u.Code] = i + 2
		if u.ParentCode == "" {
			roots++
		}
	}
	if roots == 1 {
		return parentsFirst(units, line)
	}
	if at := line[madeRoot]; at != 0 {
		return nil, fault.New(fault.UnitsNoRoot, "line", at)
	}
	line[madeRoot] = 1
	all := append([]UnitRow{{Code: madeRoot, Name: name, Kind: "national"}}, units...)
	for i := range all[1:] {
		if all[i+1].ParentCode == "" {
			all[i+1].ParentCode = madeRoot
		}
	}
	return parentsFirst(all, line)
}

// madeRoot is the code of a root that no line names.
const madeRoot = "0"

func parentsFirst(units []UnitRow, line map[string]int) ([]UnitRow, error) {
	children := map[string][]UnitRow{}
	var out []UnitRow
	for _, u := range units {
		if u.ParentCode == "" {
			out = append(out, u)
			continue
		}
		if line[u.ParentCode] == 0 {
			return nil, fault.New(fault.UnitsParent, "line", line[u.Code], "code", u.Code, "parent", u.ParentCode)
		}
		children[u.ParentCode] = append(children[u.ParentCode], u)
	}
	for i := 0; i < len(out); i++ {
		out = append(out, children[out[i].Code]...)
	}
	if len(out) == len(units) {
		return out, nil
	}
	placed := map[string]bool{}
	for _, u := range out {
		placed[u.Code] = true
	}
	for _, u := range units {
		if !placed[u.Code] {
			return nil, fault.New(fault.UnitsCycle, "line", line[u.Code], "code", u.Code)
		}
	}
	return out, nil
}

// unitByCode finds a unit by its code, among those shown as existing.
func unitByCode(tx Tx, code string) (*merge.Row, error) {
	var found *merge.Row
	err := tx.Rows(unitTable, func(r *merge.Row) error {
		if found == nil && r.Exists() && r.Value("code").Text() == code {
			found = r
		}
		return nil
	})
	if err == nil && found == nil {
		err = fault.New(fault.InviteUnit, "unit", code)
	}
	return found, err
}
