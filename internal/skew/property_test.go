package skew

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/schema"
	"dongbo/schema/schematest"
)

func TestOnceAllHaveUpgradedAllIsAsIfAllHadBeenNew(t *testing.T) {
	f := newFleet(t)
	rapid.Check(t, func(rt *rapid.T) {
		server := uint16(rapid.IntRange(schematest.Today, schematest.Last).Draw(rt, "server"))
		steps := rapid.SliceOfN(rapid.Custom(anyStep), 20, 50).Draw(rt, "steps")
		mixed := play(rt, t.TempDir(), f, false, server, steps)
		new := play(rt, t.TempDir(), f, true, server, steps)
		for name, picture := range mixed {
			wantSame(rt, name+" is not as if all had been new", picture, new[name])
		}
	})
}

// wantSame compares two pictures, line by line.
func wantSame(t teller, what, got, want string) {
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var differ []string
	for _, line := range g {
		if !slices.Contains(w, line) {
			differ = append(differ, "  is:        "+line)
		}
	}
	for _, line := range w {
		if !slices.Contains(g, line) {
			differ = append(differ, "  should be: "+line)
		}
	}
	t.Fatalf("%s:\n%s", what, strings.Join(differ, "\n"))
}

// step is one act of a history; what it comes to depends on what stands there.
type step struct{ Act, Office, Row, Column, Value int }

func anyStep(t *rapid.T) step {
	n := func(what string, below int) int { return rapid.IntRange(0, below-1).Draw(t, what) }
	return step{n("act", 24), n("office", 4), n("row", 6), n("column", 12), n("value", 5)}
}

// past is a world in which steps are taken.
type past struct {
	*world
	offices []*office
	units   []string // of G1 and G2, as literals
	rows    []row
}

type row struct {
	table string
	id    change.ID
	since uint16
}

// play takes the steps, upgrades everybody, and returns what each office shows.
func play(t teller, dir string, f fleet, allNew bool, server uint16, steps []step) map[string]string {
	h := &past{world: newWorld(t, dir, f, allNew, server)}
	h.offices = []*office{newOffice("a", "G1", "officer", schematest.Today), newOffice("b", "P1", "staff", schematest.Next),
		newOffice("c", "P1", "staff", schematest.Last), newOffice("d", "G2", "officer", schematest.Today)}
	for _, o := range h.offices {
		h.enroll(o)
	}
	for _, code := range []string{"G1", "G2"} {
		h.units = append(h.units, h.do(h.offices[1], order{Do: "unit", Name: code}).Text)
	}
	for i, s := range steps {
		h.take(fmt.Sprint("step ", i), s)
	}
	everyone := func() {
		for range 2 {
			h.sync(h.offices...)
		}
	}
	everyone() // so that all is kept raw by somebody
	h.serve(schematest.Last)
	h.upgrade(schematest.Last, h.offices...)
	everyone()
	late := newOffice("late", "P1", "staff", schematest.Last)
	h.enroll(late)
	out := map[string]string{late.name: h.picture(late)}
	for _, o := range h.offices {
		out[o.name] = h.picture(o)
	}
	whole := h.contents(late)
	for _, o := range h.offices[1:3] {
		wantSame(t, o.name+" does not show what a new office receives", h.contents(o), whole)
	}
	h.sync(h.offices[1])
	h.sameByClass(h.offices[1])
	h.stop()
	return out
}

func (h *past) take(name string, s step) {
	o := h.offices[s.Office]
	switch {
	case s.Act < 4:
		h.create(name, o, s)
	case s.Act < 13:
		h.edit(o, s)
	case s.Act < 14:
		h.erase(o, s)
	case s.Act < 15 && o.role == "staff":
		if r, ok := h.pick(o, s); ok {
			h.set(o, r.table, r.id, map[string]string{"unit_id": h.units[s.Value%2]})
		}
	case s.Act < 17:
		h.do(o, order{Do: "settle", Which: s.Row, Take: s.Value})
	case s.Act < 18 && o.release < schematest.Last:
		h.upgrade(o.release+1, o)
	case s.Act < 19 && h.server < schematest.Last:
		h.serve(h.server + 1)
	default:
		h.sync(o)
	}
}

// create makes a row of a table that the office knows, and the server as far as it
// has heard.
func (h *past) create(name string, o *office, s step) {
	made := []row{{"member", idOf(name), 0}, {"loan", idOf(name), schematest.Next}, {"visit", idOf(name), schematest.Last}}[s.Row%3]
	if made.since > min(o.release, o.heard) {
		made = row{"member", idOf(name), 0}
	}
	unit := s.Value
	if o.role == "officer" {
		unit = s.Office % 2 // a is of G1; d, the fourth, of G2
	}
	values := map[string]string{"unit_id": h.units[unit%2]}
	for column, v := range map[string]map[string]string{
		"member": {"full_name": fmt.Sprintf("'Tên %d'", s.Value)}, "loan": {"amount": "700"}, "visit": {"note": "'thăm'"},
	}[made.table] {
		values[column] = v
	}
	if c, v := anyColumn(o, made.table, s); v != "NULL" {
		values[c] = v
	}
	h.set(o, made.table, made.id, values)
	h.rows = append(h.rows, made)
}

// pick chooses a row of a table that the office's release knows.
func (h *past) pick(o *office, s step) (row, bool) {
	var known []row
	for _, r := range h.rows {
		if r.since <= o.release {
			known = append(known, r)
		}
	}
	if len(known) == 0 {
		return row{}, false
	}
	return known[len(known)-1-s.Row%len(known)], true
}

func (h *past) edit(o *office, s step) {
	if r, ok := h.pick(o, s); ok {
		c, v := anyColumn(o, r.table, s)
		h.set(o, r.table, r.id, map[string]string{c: v})
	}
}

// erase deletes a row, or brings one back.
func (h *past) erase(o *office, s step) {
	if r, ok := h.pick(o, s); ok {
		e := replica.Edit{Table: r.table, ID: r.id, Delete: s.Value < 3, Restore: s.Value >= 3}
		h.do(o, order{Do: "edit", Edit: e})
	}
}

// written are the columns that histories write, with the release that has them.
var written = map[string][]schema.Column{
	"member": append([]schema.Column{{Name: "phone"}, {Name: "full_name"}, {Name: "national_id"}, {Name: "wage_base", Type: schema.Money}}, schematest.Member.Columns...),
	"loan":   {{Name: "purpose"}, {Name: "amount", Type: schema.Money, NotNull: true}, {Name: "decided_on", Type: schema.Date, Since: schematest.Last}},
	"visit":  {{Name: "illness"}, {Name: "note", NotNull: true}},
}

func anyColumn(o *office, table string, s step) (column, literal string) {
	var known []schema.Column
	for _, c := range written[table] {
		if c.Since <= o.release {
			known = append(known, c)
		}
	}
	c := known[s.Column%len(known)]
	switch {
	case s.Value == 0 && !c.NotNull && c.Name != "full_name":
		return c.Name, "NULL"
	case c.Type == schema.Money:
		return c.Name, fmt.Sprint(1000 * (s.Value + 1))
	case c.Type == schema.Date:
		return c.Name, fmt.Sprintf("'2026-01-0%d'", s.Value+1)
	}
	return c.Name, fmt.Sprintf("'090 %d'", s.Value)
}
