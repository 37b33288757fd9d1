package replica

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// Same is the answer that the two members of a finding are one person.
type Same struct {
	Keep change.ID // the row that stays
	Take []string  // columns of which the other row's value is right; where the kept row has none it takes that one anyway
	Why  string
}

// AnswerSame merges the two members of a finding. The row that gives way stays
// in the register with all its values and names the other; what the other
// lacks, or is to take over, is written there in the same change.
func (r *Replica) AnswerSame(f Finding, s Same) error {
	if !slices.Contains(finding.Pairs, f.Kind) || len(f.Rows) != 2 {
		return fault.New("finding.no_pair")
	}
	i := slices.Index(f.Rows, s.Keep)
	if i < 0 {
		return fault.New("same.keep", "a", f.Rows[0].String(), "b", f.Rows[1].String())
	}
	two, err := r.twoMembers(s.Keep, f.Rows[1-i])
	if err != nil {
		return err
	}
	stays, gives := two[0], two[1]
	set, err := takenOver(stays, gives, s.Take)
	if err != nil {
		return err
	}
	answer, err := r.answerEdit(f, finding.SamePerson, stays.ID, gives.ID, s.Why)
	if err != nil {
		return err
	}
	_, err = r.Commit(
		Edit{Table: "member", ID: gives.ID, Set: map[string]change.Value{merge.SameAs: change.IDValue(stays.ID)}},
		Edit{Table: "member", ID: stays.ID, Set: set}, answer)
	return err
}

// twoMembers loads the two rows, both of which the replica must hold.
func (r *Replica) twoMembers(a, b change.ID) (rows [2]*merge.Row, err error) {
	for i, id := range []change.ID{a, b} {
		if rows[i], err = r.Row("member", id); err != nil {
			return rows, err
		}
		if rows[i] == nil || !rows[i].Stands() {
			return rows, fault.New("same.not_here", "id", id.String())
		}
	}
	return rows, nil
}

// takenOver are the columns that the row that stays takes from the other: whole
// registers, since their columns only make sense together.
func takenOver(stays, gives *merge.Row, take []string) (map[string]change.Value, error) {
	t, set := stays.Table, map[string]change.Value{}
	for _, column := range take {
		if c := t.Column(column); c == nil || column == t.Scope || column == merge.SameAs {
			return nil, fault.New("edit.unknown_column", "table", t.Name, "column", column)
		}
	}
	for _, reg := range t.Registers() {
		columns := t.RegisterColumns(reg.No)
		if columns[0] == t.Scope || columns[0] == merge.SameAs {
			continue
		}
		has, chosen := gives.Shown(reg.No).Vals, slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(take, c) })
		if empty(has) || !chosen && !empty(stays.Shown(reg.No).Vals) {
			continue
		}
		for _, c := range columns {
			set[c] = gives.Value(c)
		}
	}
	return set, nil
}

// Merged is a row of this scope that was merged into another.
type Merged struct {
	Row, Into change.ID
	Name      string // the person's, as the row that gave way has it
	Origin           // who merged them, and when
	Why       string // where this replica sees the answer
}

// Merges lists the rows that were merged into others, by id.
func (r *Replica) Merges() (out []Merged, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All(`SELECT m.id, (SELECT a.why FROM finding_answer a WHERE a.answer = ? AND a.row_b = m.id AND a.row_a = m.same_as ORDER BY a.id DESC LIMIT 1)
FROM member m WHERE m.same_as IS NOT NULL ORDER BY m.id`, finding.SamePerson)
		if err != nil {
			return err
		}
		for _, v := range rows {
			row, _, err := c.Load(memberTable, regsql.IDOf(v[0]))
			if err != nil {
				return err
			}
			m := Merged{Row: row.ID, Into: row.KeptIn(), Name: title(row), Why: regsql.TextOf(v[1])}
			if m.Origin, err = (viewer{c: c}).origin(row.Shown(sameRegister).Dot); err != nil {
				return err
			}
			out = append(out, m)
		}
		return nil
	})
	return out, err
}

var (
	memberTable  = schema.ByName("member")
	sameRegister = memberTable.Column(merge.SameAs).RegisterOf()
)

// UndoSame takes a merge back: the row stands for itself again, with what it
// has, and the other gets back what the merge took over, where nobody wrote it
// since. What was written there later stays there. Left are the columns that
// came with the merge and of which this replica does not know what stood
// before: they keep what they have.
func (r *Replica) UndoSame(m Merged) (left []string, err error) {
	row, err := r.Row("member", m.Row)
	if err != nil {
		return nil, err
	}
	if row == nil || row.KeptIn().IsZero() {
		return nil, fault.New("same.unknown", "id", m.Row.String())
	}
	edits := []Edit{{Table: "member", ID: m.Row, Set: map[string]change.Value{merge.SameAs: change.Null}}}
	into, err := r.Row("member", row.KeptIn())
	if err != nil {
		return nil, err
	}
	if into != nil {
		back := Edit{Table: "member", ID: into.ID, Set: map[string]change.Value{}}
		err := r.read(func(c *regsql.Conn) (err error) { left, err = before(c, into, m.Dot, back.Set); return err })
		if err != nil {
			return nil, err
		}
		edits = append(edits, back)
	}
	_, err = r.Commit(edits...)
	return left, err
}

// before puts into set what the registers showed that the merge wrote and
// nobody since.
func before(c *regsql.Conn, row *merge.Row, merged change.Dot, set map[string]change.Value) (left []string, err error) {
	v := viewer{c: c}
	when, err := v.origin(merged)
	if err != nil {
		return nil, err
	}
	for _, no := range allRegisters(row.Table) {
		heads := row.Heads(no)
		if len(heads) != 1 || heads[0].Dot.W != merged.W || heads[0].Dot.N < merged.N || heads[0].Dot.N > merged.N+logsOfMerge {
			continue
		}
		if o, err := v.origin(heads[0].Dot); err != nil || !o.At.Equal(when.At) {
			continue
		}
		vals, known, err := v.replaced(row, no, heads[0].Dot)
		if err != nil {
			return nil, err
		}
		for i, column := range row.Table.RegisterColumns(no) {
			if known && i < len(vals) {
				set[column] = vals[i]
			} else if !known {
				left = append(left, column)
			}
		}
	}
	return left, nil
}

// logsOfMerge is how many further changes a merge may consist of: the row that
// stays and the answer may stand in other provinces.
const logsOfMerge = 2

// replaced finds what a value replaced: in the history or, where it still
// waits, in the confirmed layer.
func (v viewer) replaced(row *merge.Row, reg uint16, by change.Dot) ([]change.Value, bool, error) {
	h, err := v.c.One("SELECT vals FROM sync_history WHERE tbl = ? AND id = ? AND reg = ? AND by_w = ? AND by_n = ? ORDER BY w, n LIMIT 1",
		row.Table.No, row.ID, reg, by.W, by.N)
	if err != nil {
		return nil, false, err
	}
	if h != nil {
		in := change.Reader{B: regsql.BytesOf(h[0])}
		return in.Vals(), true, nil
	}
	h, err = v.c.One("SELECT state FROM sync_confirmed WHERE tbl = ? AND id = ?", row.Table.No, row.ID)
	if err != nil || h == nil {
		return nil, false, err
	}
	was, err := merge.DecodeRow(slices.Clone(regsql.BytesOf(h[0])))
	if err != nil {
		return nil, false, err
	}
	return was.Shown(reg).Vals, was.Shown(reg).Dot != by, nil
}

// mergedPairs adds the findings about two members who are one by now.
func mergedPairs(c *regsql.Conn, out map[change.ID]bool) error {
	rows, err := c.All("SELECT f.id FROM finding f JOIN member m ON m.id IN (f.row_a, f.row_b) WHERE f.kind IN (?, ?) AND m.same_as IS NOT NULL",
		finding.DuplicateID, finding.PossibleDuplicate)
	for _, row := range rows {
		out[regsql.IDOf(row[0])] = true
	}
	return err
}
