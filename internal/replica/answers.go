package replica

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
)

// AnswerNotSame says that the two members of a finding are two people. It is a
// change like any other: it works with no line, and the server judges whether
// its author may say so for everybody.
func (r *Replica) AnswerNotSame(f Finding, why string) error {
	if !slices.Contains(finding.Pairs, f.Kind) || len(f.Rows) != 2 {
		return fault.New("finding.no_pair")
	}
	e, err := r.answerEdit(f, finding.NotSame, f.Rows[0], f.Rows[1], why)
	if err == nil {
		_, err = r.Commit(e)
	}
	return err
}

// answerEdit is the row of an answer to a finding, at the unit that sees both.
func (r *Replica) answerEdit(f Finding, what string, a, b change.ID, why string) (Edit, error) {
	unit := f.Unit
	if unit.IsZero() {
		if err := r.read(func(c *regsql.Conn) (err error) { unit, err = lowestAbove(c, f.Rows); return err }); err != nil {
			return Edit{}, err
		}
	}
	set := map[string]change.Value{
		"unit_id": change.IDValue(unit), "finding": change.Text(f.ID.String()), "answer": change.Text(what),
		"row_a": change.IDValue(a), "row_b": change.IDValue(b),
	}
	if why != "" {
		set["why"] = change.Text(why)
	}
	return Edit{Table: "finding_answer", Set: set}, nil
}

// lowestAbove finds the lowest unit that members belong to alike, as the server
// does for the findings that it tells.
func lowestAbove(c *regsql.Conn, members []change.ID) (unit change.ID, err error) {
	var common []change.ID
	for i, id := range members {
		row, err := c.One("SELECT unit_id FROM member WHERE id = ?", id)
		if err != nil || row == nil {
			return unit, err
		}
		var line []change.ID
		for u := regsql.IDOf(row[0]); !u.IsZero() && !slices.Contains(line, u); {
			line = append(line, u)
			if row, err = c.One("SELECT parent_id FROM unit WHERE id = ?", u); err != nil || row == nil {
				return unit, err
			}
			u = regsql.IDOf(row[0])
		}
		if i == 0 {
			common = line
		}
		common = slices.DeleteFunc(common, func(u change.ID) bool { return !slices.Contains(line, u) })
	}
	if len(common) > 0 {
		unit = common[0]
	}
	return unit, nil
}

// answered gives the ids of the findings that somebody has answered.
func answered(c *regsql.Conn) (map[change.ID]bool, error) {
	out := map[change.ID]bool{}
	rows, err := c.All("SELECT answer, finding, row_a, row_b FROM finding_answer WHERE answer = ?", finding.NotSame)
	for _, row := range rows {
		a := finding.Answer{What: regsql.TextOf(row[0]), Finding: regsql.TextOf(row[1]), A: regsql.IDOf(row[2]), B: regsql.IDOf(row[3])}
		for _, kind := range finding.Pairs {
			if a.Silences(kind) {
				out[merge.FindingID(kind, a.A, a.B)] = true
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return out, mergedPairs(c, out)
}
