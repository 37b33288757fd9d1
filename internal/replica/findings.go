package replica

import (
	"database/sql/driver"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// Finding is something that needs a person though nobody did wrong: two
// members with one national id, a member and a record that disagree.
type Finding struct {
	ID     change.ID
	Unit   change.ID // whom the server told; zero where it has not
	Kind   string    // see package finding
	Rows   []change.ID
	Table  string   // of the first row; the kind says what the second is
	Titles []string // for each row the name of the member that it is or speaks of, where known
	Score  int      // of a possible duplicate, 0 to 100
	Marks  []finding.Mark
	Detail string
	Local  bool // seen by this replica itself; the server has not said so yet
}

// Findings lists what the server found in this scope and what the replica sees
// by itself, but for those that somebody has answered, here and now or long ago.
// "Kept elsewhere" is left out where the pair itself is visible.
func (r *Replica) Findings() (out []Finding, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT id, kind, row_a, row_b, detail, on_table, score, reasons, unit_id FROM finding WHERE coalesce(status, 'open') = 'open' ORDER BY kind, id")
		if err != nil {
			return err
		}
		silent, err := answered(c)
		if err != nil {
			return err
		}
		paired := map[change.ID]bool{}
		for _, row := range rows {
			f := findingOf(row)
			if f.Kind == finding.DuplicateID {
				for _, id := range f.Rows {
					paired[id] = true
				}
			}
			switch {
			case silent[f.ID]:
				continue
			case f.Kind == finding.KeptElsewhere && len(f.Rows) == 1 && paired[f.Rows[0]]:
				continue
			}
			out = append(out, f)
		}
		local, err := localDuplicates(c)
		if err != nil {
			return err
		}
		for _, f := range local {
			if !silent[f.ID] && !slices.ContainsFunc(out, func(o Finding) bool { return o.ID == f.ID }) {
				out = append(out, f)
			}
		}
		return titles(c, out)
	})
	return out, err
}

func findingOf(row []driver.Value) Finding {
	f := Finding{ID: regsql.IDOf(row[0]), Kind: regsql.TextOf(row[1]), Detail: regsql.TextOf(row[4]), Table: regsql.TextOf(row[5]),
		Score: int(regsql.IntOf(row[6])), Marks: finding.ReadReasons(regsql.TextOf(row[7])), Unit: regsql.IDOf(row[8])}
	for _, v := range row[2:4] {
		if id := regsql.IDOf(v); !id.IsZero() {
			f.Rows = append(f.Rows, id)
		}
	}
	return f
}

func localDuplicates(c *regsql.Conn) (out []Finding, err error) {
	rows, err := c.All(`SELECT a.id, b.id FROM member a JOIN (
  SELECT national_id AS nid FROM member WHERE national_id IS NOT NULL AND national_id <> '' AND same_as IS NULL GROUP BY national_id HAVING count(*) > 1) d ON a.national_id = d.nid
JOIN member b ON b.national_id = d.nid AND b.id > a.id WHERE a.same_as IS NULL AND b.same_as IS NULL ORDER BY a.id LIMIT 1000`)
	for _, row := range rows {
		a, b := regsql.IDOf(row[0]), regsql.IDOf(row[1])
		out = append(out, Finding{ID: merge.FindingID(finding.DuplicateID, a, b), Kind: finding.DuplicateID, Table: "member", Rows: []change.ID{a, b}, Local: true})
	}
	return out, err
}

// titles names the members that findings are about.
func titles(c *regsql.Conn, out []Finding) error {
	for i := range out {
		f := &out[i]
		f.Titles = make([]string, len(f.Rows))
		for j, id := range f.Rows {
			table := f.Table
			if j > 0 {
				table = "member"
			}
			row, err := c.One(titleQuery(table), id)
			if err != nil {
				return err
			}
			if row != nil {
				f.Titles[j] = regsql.TextOf(row[0])
			}
		}
	}
	return nil
}

// titleQuery asks for the name of whom a row is or speaks of.
func titleQuery(table string) string {
	if t := schema.ByName(table); t != nil {
		for _, column := range []string{"member_id", "person_id"} {
			if c := t.Column(column); c != nil {
				return "SELECT p.full_name FROM " + table + " r JOIN " + c.Ref + " p ON p.id = r." + column + " WHERE r.id = ?"
			}
		}
		for _, column := range []string{"full_name", "name"} {
			if t.Column(column) != nil {
				return "SELECT " + column + " FROM " + table + " WHERE id = ?"
			}
		}
	}
	return "SELECT full_name FROM member WHERE id = ?"
}
