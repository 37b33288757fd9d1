package union

import (
	"slices"

	"dongbo/internal/fault"
	"dongbo/internal/viet"
)

// namesakes gives the unit's living members of the row's name and birth date
// that no row has been found to be, and who do not have another national id.
func (p *planner) namesakes(r *Record) (free []Member, others []Member) {
	birth := r.Fields["birth_date"]
	if len(birth) != len("2006-01-02") {
		return nil, nil
	}
	dates := []string{birth}
	if to := r.mended("birth_date"); to != birth {
		dates = append(dates, to)
	}
	id := r.mended("national_id")
	for _, date := range dates {
		for _, m := range p.reg.ByName(foldedName(r), date) {
			if m.Deleted || !p.free(r, m) {
				continue
			}
			if has := m.Fields["national_id"]; id != "" && has != "" && has != id && has != r.Fields["national_id"] {
				others = append(others, m)
			} else {
				free = append(free, m)
			}
		}
	}
	return free, others
}

// free reports whether the row may be a member of this unit that no other row
// of the file has been found to be, now or at an earlier import.
func (p *planner) free(r *Record, m Member) bool {
	line, before := p.earlier[m.ID]
	_, used := p.taken[m.ID]
	return !used && m.UnitID == p.unit && (!before || line == r.Line)
}

func foldedName(r *Record) string { return viet.Fold(r.mended("full_name")) }

const byName, byEarlier = "name_and_birth_date", "earlier_import"

// matchNameExactly gives namesakes their own rows first: the one remembered,
// or the one the row agrees with wholly.
func (p *planner) matchNameExactly(d *Decision) {
	free, _ := p.namesakes(d.Record)
	if len(free) < 2 {
		return // one alone is taken in the next step, when others had their turn
	}
	if m, ok := p.choose(d.Record, free); ok {
		p.found(d, m, byName)
	}
}

// matchName takes the first namesake left, so that the n-th of the file is the
// n-th of the register. Where all that are left have another national id, it
// may be a correction or another person.
func (p *planner) matchName(d *Decision) {
	free, others := p.namesakes(d.Record)
	switch {
	case len(free) > 0:
		p.found(d, free[0], byName)
	case len(others) > 0 && !p.remembers(d.Record, others):
		p.maybe(d, others[0], byName, fault.New("import.same_name_other_id", "name", nameOf(others[0]), "field", word("national_id")))
	}
}

func (p *planner) remembers(r *Record, among []Member) bool {
	m, ok := p.reg.ByImport(p.fileKey, r.Key)
	return ok && slices.ContainsFunc(among, func(o Member) bool { return o.ID == m.ID })
}

// matchEarlier finds the row an earlier import of this file made. It is all
// that can tell apart people of whom only the name is known.
func (p *planner) matchEarlier(d *Decision) {
	m, ok := p.reg.ByImport(p.fileKey, d.Record.Key)
	switch {
	case !ok:
	case m.Deleted || m.UnitID != p.unit:
		p.elsewhere(d, byEarlier, []Member{m})
	default:
		p.found(d, m, byEarlier)
	}
}

// doubt looks for somebody of the same name of whom less is known, or who was
// deleted. Names alone never decide.
func (p *planner) doubt(d *Decision) {
	birth := d.Record.mended("birth_date")
	dates := []string{birth}
	for _, n := range []int{7, 4, 0} {
		if len(birth) > n {
			dates = append(dates, birth[:n])
		}
	}
	id := d.Record.mended("national_id")
	for i, date := range dates {
		for _, m := range p.reg.ByName(foldedName(d.Record), date) {
			has := m.Fields["national_id"]
			if !p.free(d.Record, m) || id != "" && has != "" && id != has {
				continue
			}
			code := fault.Code("import.same_name_less_known")
			if m.Deleted {
				if i > 0 || len(date) != len("2006-01-02") {
					continue
				}
				code = "import.deleted_member"
			}
			p.taken[m.ID] = d.Record.Line
			p.maybe(d, m, byName, fault.New(code, "field", word(byName), "name", nameOf(m)))
			return
		}
	}
}
