package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Mandate says what a person may do, and where.
type Mandate struct {
	Unit change.ID
	Role schema.Role
}

var mandateTable = schema.ByName("mandate")

// mandatesOf returns a person's mandates, by unit, the highest role for each.
func mandatesOf(tx Tx, person change.ID) (list []Mandate, err error) {
	if person.IsZero() {
		return nil, nil
	}
	err = tx.RowsBy(mandateTable, "person_id", person, func(r *merge.Row) error {
		if _, m, ok := granted(r); ok {
			list = append(list, m)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Mandate) int {
		return cmpOr(bytes.Compare(a.Unit[:], b.Unit[:]), int(b.Role)-int(a.Role))
	})
	list = slices.CompactFunc(list, func(a, b Mandate) bool { return a.Unit == b.Unit })
	return list, err
}

// granted reads a mandate's row: who may do what. What stands in force says its
// status, never its dates: a congress that meets late, or a wrong clock, shuts
// nobody out. Dates are for reports.
func granted(r *merge.Row) (person change.ID, m Mandate, ok bool) {
	if s := r.Value("status").Text(); !r.Exists() || s != "" && s != "active" {
		return person, m, false
	}
	person, _ = r.Value("person_id").ID()
	role, ok := schema.ParseRole(r.Value("role").Text())
	return person, Mandate{r.Unit(), role}, ok
}

func cmpOr(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

// scope is what one device receives: its roots' subtrees, and what the units
// strictly above them publish.
type scope struct {
	tree     *tree
	own      []change.ID // logs in which own changes of the device stand
	mandates []Mandate
	inside   map[change.ID]bool
	above    []change.ID // strictly above, none of them inside
	lists    []List
	logs     []change.ID
	whole    map[change.ID]bool // of these, those that hold the scope's entries
	self     []List             // of the device's own changes, which may stand in the others
}

// newScope needs a flat tree. Of the device only what its changes need to come
// back is asked; zero: nobody's.
func newScope(t *tree, mandates []Mandate, d *Device) *scope {
	sc := &scope{tree: t, own: d.Logs, mandates: mandates}
	roots := make([]change.ID, len(mandates))
	for i, m := range mandates {
		roots[i] = m.Unit
	}
	sc.inside = t.within(roots)
	for _, r := range roots {
		sc.lists = append(sc.lists, List{ID: r})
		for _, a := range t.above(r) {
			if !sc.inside[a] && !slices.Contains(sc.above, a) {
				sc.above = append(sc.above, a)
				sc.lists = append(sc.lists, List{ID: a, Published: true})
			}
		}
	}
	if len(mandates) == 0 {
		sc.above = []change.ID{t.root}
		sc.lists = append(sc.lists, List{ID: t.root, Published: true})
	}
	if !d.ID.IsZero() {
		sc.self = []List{{ID: d.ID}}
		sc.lists = append(sc.lists, sc.self...)
	}
	sc.findLogs()
	return sc
}

// findLogs collects the logs that hold the scope's entries. The root's is
// always among them: refusals stand there that fit nowhere else. So are those
// of own changes: who lost a province hears what became of his last ones. Of
// such a log he reads his own entries alone: what it says of his units is from
// before these left it.
func (sc *scope) findLogs() {
	sc.whole = map[change.ID]bool{sc.tree.root: true}
	add := func(unit change.ID) {
		if log, ok := sc.tree.log(unit); ok {
			sc.whole[log] = true
		}
	}
	for u := range sc.inside {
		add(u)
	}
	for _, u := range sc.above {
		add(u)
	}
	seen := maps.Clone(sc.whole)
	for _, log := range sc.own {
		seen[log] = true
	}
	for log := range seen {
		sc.logs = append(sc.logs, log)
	}
	sortIDs(sc.logs)
}

// listsIn are the lists to read of a log.
func (sc *scope) listsIn(log change.ID) []List {
	if sc.whole[log] {
		return sc.lists
	}
	return sc.self
}

// reads tells whether the scope's entries may stand in the log.
func (sc *scope) reads(log change.ID) bool { return slices.Contains(sc.logs, log) }

func sortIDs(ids []change.ID) {
	slices.SortFunc(ids, func(a, b change.ID) int { return bytes.Compare(a[:], b[:]) })
}

// bare tells whether the scope is that of somebody without a mandate. He still
// hears of what is erased by law, and of nothing else: his computer may keep some
// of it.
func (sc *scope) bare() bool { return len(sc.mandates) == 0 }

// sees tells whether a row of table t that stands at unit belongs to the scope.
func (sc *scope) sees(table uint16, unit change.ID) bool {
	if sc.bare() {
		return table == erasureTable.No && unit == sc.tree.root
	}
	if sc.inside[unit] {
		return true
	}
	t := schema.ByNo(table)
	return t != nil && t.Published && slices.Contains(sc.above, unit)
}

// hash names the scope: its roots and roles, what stands above them, and how
// often a subtree has entered or left them, since rows that came or went with
// a subtree have no entries of their own. A device that holds another scope
// begins with a snapshot.
func (sc *scope) hash(tx Tx) (change.Hash, error) {
	b := []byte("dongbo scope\x00")
	for _, m := range sc.mandates {
		u, err := tx.Unit(m.Unit)
		if err != nil {
			return change.Hash{}, err
		}
		b = append(b, m.Unit[:]...)
		b = append(b, byte(m.Role))
		b = binary.AppendUvarint(b, u.Reshaped)
	}
	above := slices.Clone(sc.above)
	sortIDs(above)
	for _, a := range above {
		b = append(b, a[:]...)
	}
	return sha256.Sum256(b), nil
}

// digest is what a device that holds the scope must have.
func (sc *scope) digest(tx Tx) (sums merge.Sums, err error) {
	for id := range sc.inside {
		u, err := tx.Unit(id)
		if err != nil {
			return sums, err
		}
		sums = sums.Add(u.Own).Add(u.Published)
	}
	for _, id := range sc.above {
		some, err := sc.unitSums(tx, id)
		if err != nil {
			return sums, err
		}
		sums = sums.Add(some)
	}
	return sums, nil
}

// heads is the cursor that stands at the end of the scope's logs.
func (sc *scope) heads(tx Tx, epoch change.ID) (change.Cursor, error) {
	c := change.Cursor{Epoch: epoch, Logs: make(map[change.ID]uint64, len(sc.logs))}
	for _, log := range sc.logs {
		n, err := tx.Head(log)
		if err != nil {
			return c, err
		}
		c.Logs[log] = n
	}
	return c, nil
}

// scopeIn returns the scope of a device as it is in tx; had is what the caller
// computed before, given back while it still holds.
func (s *Server) scopeIn(tx Tx, d *Device, had *scope) (*scope, error) {
	t, err := s.treeIn(tx)
	if err != nil {
		return nil, err
	}
	mandates, err := mandatesOf(tx, d.Person)
	if err != nil {
		return nil, err
	}
	if had != nil && had.tree == t && slices.Equal(had.mandates, mandates) && slices.Equal(had.own, d.Logs) {
		return had, nil
	}
	return newScope(t, mandates, d), nil
}
