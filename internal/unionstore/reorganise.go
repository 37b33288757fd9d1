package unionstore

import (
	"database/sql"
	"errors"
	"slices"
	"strings"

	"dongbo/assets"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// A reorganisation is written like any edit, on an administrator's replica, with
// a line or without. Scope follows what stands in the rows, never a date: it
// takes effect when the server orders it; dates and decisions are for reports.
// History is not rewritten: the unit that ends stays, with its payments and what
// members leave there, and edges say what came after it.
//
// Every member is a change of his own, so that one who cannot move does not hold
// the others. So each of these may be asked again, and does what is left to do:
// an office that had no line may send a member whom it entered meanwhile.

// Decision is what a reorganisation rests on.
type Decision struct {
	No   string
	Date string
}

// Reorganised says what one moved.
type Reorganised struct{ Members, Units int }

// Part is one unit that a unit is split into, and who goes there: ids, national
// ids or card numbers.
type Part struct {
	To      string
	Members []string
}

// MergeUnit ends a unit in another, which receives its members and the units
// below it.
func MergeUnit(r *replica.Replica, code, into string, d Decision) (done Reorganised, err error) {
	g, err := reorganise(r, code, d)
	if err != nil {
		return done, err
	}
	to, err := g.receiving(into)
	if err != nil {
		return done, err
	}
	if err := g.end("merged", edge{to, "merged"}); err != nil {
		return done, err
	}
	return g.moveAll(to)
}

// SplitUnit divides a unit's members among others. The rest, members and units
// below, go to the unit named so; where none is named, the unit itself goes on
// and keeps them.
func SplitUnit(r *replica.Replica, code string, parts []Part, rest string, d Decision) (done Reorganised, err error) {
	g, err := reorganise(r, code, d)
	if err != nil {
		return done, err
	}
	kind, edges := "separated", []edge{}
	if rest != "" {
		kind = "split"
	}
	moves := map[change.ID]change.ID{}
	for _, p := range parts {
		to, err := g.receiving(p.To)
		if err != nil {
			return done, err
		}
		edges = append(edges, edge{to, kind})
		if err := g.choose(p, to, moves); err != nil {
			return done, err
		}
	}
	if rest == "" {
		if err := g.end("", edges...); err != nil {
			return done, err
		}
		done.Members, err = g.move(moves)
		return done, err
	}
	to, err := g.receiving(rest)
	if err != nil {
		return done, err
	}
	if err := g.end("split", append(edges, edge{to, kind})...); err != nil {
		return done, err
	}
	n, err := g.move(moves)
	if err != nil {
		return done, err
	}
	done, err = g.moveAll(to)
	done.Members += n
	return done, err
}

// DissolveUnit ends a unit that nothing follows: its members are members no
// more, and stay in its register.
func DissolveUnit(r *replica.Replica, code string, d Decision) (done Reorganised, err error) {
	g, err := reorganise(r, code, d)
	if err != nil {
		return done, err
	}
	below, err := g.ids(`SELECT id FROM unit WHERE (parent_id = ?1 OR managed_by_id = ?1) AND coalesce(status, 'active') = 'active'`)
	if err != nil {
		return done, err
	}
	if len(below) > 0 {
		return done, fault.New("reorg.has_units", "code", code, "n", len(below))
	}
	if err := g.end("dissolved", edge{change.ID{}, "dissolved"}); err != nil {
		return done, err
	}
	members, err := g.ids(`SELECT id FROM member WHERE unit_id = ?1 AND same_as IS NULL AND coalesce(status, 'active') IN (` + countedStatuses() + `)`)
	if err != nil {
		return done, err
	}
	edits := make([]replica.Edit, len(members))
	for i, id := range members {
		edits[i] = replica.Edit{Table: "member", ID: id, Bulk: true, Set: map[string]change.Value{"status": change.Text("dissolved")}}
	}
	_, err = r.CommitEach(edits)
	return Reorganised{Members: len(members)}, err
}

// countedStatuses lists, as SQL, the states of those who count as members.
func countedStatuses() string {
	var in []string
	for _, c := range assets.Codelist("member_status") {
		if c.More["counted"] == "1" {
			in = append(in, "'"+c.Slug+"'")
		}
	}
	return strings.Join(in, ", ")
}

// AddUnit makes a unit.
func AddUnit(r *replica.Replica, code, name, kind, parent string) error {
	above, err := UnitByCode(r, parent)
	if err != nil {
		return err
	}
	if _, err := UnitByCode(r, code); err == nil {
		return fault.New("reorg.code_taken", "code", code)
	}
	if !slices.ContainsFunc(assets.Codelist("unit_kind"), func(c assets.Code) bool { return c.Slug == kind }) {
		return fault.New("reorg.kind", "kind", kind)
	}
	if err := MayWrite(r, above); err != nil {
		return err
	}
	_, err = r.Commit(replica.Edit{Table: "unit", Set: map[string]change.Value{"code": change.Text(code), "name": change.Text(name),
		"kind": change.Text(kind), "parent_id": change.IDValue(above), "status": change.Text("active")}})
	return err
}

// MoveUnit puts a unit, and all below it, below another.
func MoveUnit(r *replica.Replica, code, parent string) error {
	g, err := reorganise(r, code, Decision{})
	if err != nil {
		return err
	}
	to, err := g.receiving(parent)
	if err != nil {
		return err
	}
	_, err = r.Commit(replica.Edit{Table: "unit", ID: g.unit, Set: map[string]change.Value{"parent_id": change.IDValue(to)}})
	return err
}

// reorganising is one reorganisation of a unit.
type reorganising struct {
	r    *replica.Replica
	code string
	unit change.ID
	d    Decision
}

// edge says what came after a unit; a zero successor: nothing.
type edge struct {
	to   change.ID
	kind string
}

func reorganise(r *replica.Replica, code string, d Decision) (*reorganising, error) {
	if err := r.Seal(); err != nil {
		return nil, err
	}
	unit, err := UnitByCode(r, code)
	if err != nil {
		return nil, err
	}
	row, err := r.Row("unit", unit)
	if err != nil {
		return nil, err
	}
	above, ok := row.Value("parent_id").ID()
	if !ok {
		return nil, fault.New("reorg.root", "code", code)
	}
	return &reorganising{r: r, code: code, unit: unit, d: d}, MayWrite(r, above)
}

// receiving finds a unit that receives something.
func (g *reorganising) receiving(code string) (change.ID, error) {
	to, err := UnitByCode(g.r, code)
	if err != nil {
		return to, err
	}
	row, err := g.r.Row("unit", to)
	if err != nil {
		return to, err
	}
	if s := row.Value("status").Text(); to == g.unit || s != "" && s != "active" {
		return to, fault.New("reorg.receiver", "code", code)
	}
	return to, MayWrite(g.r, to)
}

// end writes the unit's status and the edges that are not there yet, as one change.
func (g *reorganising) end(status string, edges ...edge) error {
	var edits []replica.Edit
	if status != "" {
		edits = append(edits, replica.Edit{Table: "unit", ID: g.unit, Set: map[string]change.Value{"status": change.Text(status)}})
	}
	for _, e := range edges {
		var n int
		err := g.r.DB().QueryRow("SELECT count(*) FROM unit_edge WHERE unit_id = ? AND successor_id IS ? AND kind = ?", g.unit[:], nullable(e.to), e.kind).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		set := map[string]change.Value{"unit_id": change.IDValue(g.unit), "kind": change.Text(e.kind)}
		if !e.to.IsZero() {
			set["successor_id"] = change.IDValue(e.to)
		}
		if g.d.Date != "" {
			set["on_date"] = change.Text(g.d.Date)
		}
		if g.d.No != "" {
			set["decision_no"] = change.Text(g.d.No)
		}
		edits = append(edits, replica.Edit{Table: "unit_edge", Set: set})
	}
	_, err := g.r.Commit(edits...)
	return err
}

func nullable(id change.ID) any {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

// moveAll moves all members and the units below to another unit.
func (g *reorganising) moveAll(to change.ID) (done Reorganised, err error) {
	for _, column := range []string{"parent_id", "managed_by_id"} {
		below, err := g.ids("SELECT id FROM unit WHERE " + column + " = ?1")
		if err != nil {
			return done, err
		}
		for _, id := range below {
			if _, err := g.r.Commit(replica.Edit{Table: "unit", ID: id, Set: map[string]change.Value{column: change.IDValue(to)}}); err != nil {
				return done, err
			}
			done.Units++
		}
	}
	members, err := g.ids("SELECT id FROM member WHERE unit_id = ?1")
	if err != nil {
		return done, err
	}
	moves := map[change.ID]change.ID{}
	for _, id := range members {
		moves[id] = to
	}
	done.Members, err = g.move(moves)
	return done, err
}

func (g *reorganising) move(moves map[change.ID]change.ID) (int, error) {
	edits := make([]replica.Edit, 0, len(moves))
	for id, to := range moves {
		edits = append(edits, replica.Edit{Table: "member", ID: id, Bulk: true, Set: map[string]change.Value{"unit_id": change.IDValue(to)}})
	}
	_, err := g.r.CommitEach(edits)
	return len(edits), err
}

// choose finds the members of a part.
func (g *reorganising) choose(p Part, to change.ID, moves map[change.ID]change.ID) error {
	for _, typed := range p.Members {
		id, _ := change.ParseID(typed)
		found, err := g.ids("SELECT id FROM member WHERE unit_id = ?1 AND (id = ?2 OR same_as IS NULL AND (national_id = ?3 OR card_number = ?3))", id[:], typed)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return fault.New("reorg.member", "typed", typed, "code", g.code, "n", len(found))
		}
		if other, twice := moves[found[0]]; twice && other != to {
			return fault.New("reorg.member_twice", "typed", typed)
		}
		moves[found[0]] = to
	}
	return nil
}

// ids runs a query whose first argument is the unit.
func (g *reorganising) ids(query string, args ...any) (list []change.ID, err error) {
	rows, err := g.r.DB().Query(query, append([]any{g.unit[:]}, args...)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var b sql.RawBytes
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		var id change.ID
		copy(id[:], b)
		list = append(list, id)
	}
	return list, rows.Err()
}
