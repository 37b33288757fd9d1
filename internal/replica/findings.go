package replica

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
)

// Finding is something that needs a person though nobody did wrong: two
// members with one national id, a member and a record that disagree.
type Finding struct {
	ID     change.ID
	Kind   string // see package finding
	Rows   []change.ID
	Table  string   // of the first row; the kind says what the second is
	Titles []string // the names of those rows that are members here
	Detail string
	Local  bool // seen by this replica itself; the server has not said so yet
}

// Findings lists what the server found in this scope and what the replica sees
// by itself. "Kept elsewhere" is left out where the pair itself is visible.
func (r *Replica) Findings() (out []Finding, err error) {
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT id, kind, row_a, row_b, detail, on_table FROM finding WHERE coalesce(status, 'open') = 'open' ORDER BY kind, id")
		if err != nil {
			return err
		}
		paired := map[change.ID]bool{}
		for _, row := range rows {
			f := Finding{ID: regsql.IDOf(row[0]), Kind: regsql.TextOf(row[1]), Detail: regsql.TextOf(row[4]), Table: regsql.TextOf(row[5])}
			for _, v := range row[2:4] {
				if id := regsql.IDOf(v); !id.IsZero() {
					f.Rows = append(f.Rows, id)
				}
			}
			switch {
			case f.Kind == finding.DuplicateID:
				for _, id := range f.Rows {
					paired[id] = true
				}
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
			if !slices.ContainsFunc(out, func(o Finding) bool { return o.ID == f.ID || sameRows(o.Rows, f.Rows) }) {
				out = append(out, f)
			}
		}
		return titles(c, out)
	})
	return out, err
}

func sameRows(a, b []change.ID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x change.ID) bool { return !slices.Contains(b, x) })
}

func localDuplicates(c *regsql.Conn) (out []Finding, err error) {
	rows, err := c.All(`SELECT a.id, b.id FROM member a JOIN (
  SELECT national_id AS nid FROM member WHERE national_id IS NOT NULL AND national_id <> '' GROUP BY national_id HAVING count(*) > 1) d ON a.national_id = d.nid
JOIN member b ON b.national_id = d.nid AND b.id > a.id ORDER BY a.id LIMIT 1000`)
	for _, row := range rows {
		a, b := regsql.IDOf(row[0]), regsql.IDOf(row[1])
		out = append(out, Finding{ID: merge.FindingID(finding.DuplicateID, a, b), Kind: finding.DuplicateID, Table: "member", Rows: []change.ID{a, b}, Local: true})
	}
	return out, err
}

func titles(c *regsql.Conn, out []Finding) error {
	for i := range out {
		for _, id := range out[i].Rows {
			row, err := c.One("SELECT full_name FROM member WHERE id = ?", id)
			if err != nil {
				return err
			}
			name := ""
			if row != nil {
				name = regsql.TextOf(row[0])
			}
			out[i].Titles = append(out[i].Titles, name)
		}
	}
	return nil
}
