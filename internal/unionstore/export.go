package unionstore

import (
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/schema"
)

// Export returns the columns of a table and its rows as texts. Members come in
// the order of Vietnamese names and without their ids, so that the list can be
// mended and imported again; other tables whole, ids in hex.
func Export(r *replica.Replica, t *schema.Table) (columns []string, rows iter.Seq2[[]string, error]) {
	query := ""
	if t == memberTable {
		columns = Fields
		query = "SELECT " + strings.Join(qualified(columns), ", ") + " FROM member m LEFT JOIN sync_sort s ON s.birth = m.sync_birth ORDER BY s.key, m.id"
	} else {
		columns = []string{"id"}
		for i := range t.Columns {
			columns = append(columns, t.Columns[i].Name)
		}
		query = "SELECT " + strings.Join(columns, ", ") + " FROM " + t.Name + " ORDER BY id"
	}
	return columns, func(yield func([]string, error) bool) { each(r.DB(), t, columns, query, yield) }
}

func qualified(columns []string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = "m." + c
	}
	return out
}

func each(db *sql.DB, t *schema.Table, columns []string, query string, yield func([]string, error) bool) {
	rows, err := db.Query(query)
	if err != nil {
		yield(nil, err)
		return
	}
	defer rows.Close()
	vals, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range vals {
		dest[i] = &vals[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			yield(nil, err)
			return
		}
		out := make([]string, len(columns))
		for i, v := range vals {
			if b, ok := v.([]byte); ok {
				out[i] = fmt.Sprintf("%x", b)
			} else {
				out[i] = cellText(v)
			}
		}
		if !yield(out, nil) {
			return
		}
	}
	if err := rows.Err(); err != nil {
		yield(nil, err)
	}
}

// LogReading writes down that a list left the register (Law 91/2025/QH15: who
// reads personal data in bulk must be known).
func LogReading(r *replica.Replica, act, subject string, rows int, at int64) error {
	unit, person, err := r.Home()
	if err != nil {
		return err
	}
	_, err = r.Commit(replica.Edit{Table: "read_log", Set: map[string]change.Value{
		"unit_id": change.IDValue(unit), "person_id": change.IDValue(person), "act": change.Text(act),
		"subject": change.Text(subject), "row_count": change.Int(int64(rows)), "at": change.Int(at)}})
	return err
}
