package unionstore

import (
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/schema"
)

// Column is a column of an export.
type Column struct {
	Title  string
	Number bool // to calculate with
}

// Table is a table as it leaves the register.
type Table struct {
	Columns []Column
	Rows    iter.Seq2[[]string, error]
	// Vague gives, by row from 0, the members whom an import of the list would
	// not know for certain: no number and no whole birth date. It is filled
	// while Rows runs; Remember takes it.
	Vague map[int]change.ID
}

// Remember makes the written list one that was imported before, so that its
// vague rows are known when it comes back as it went. keys are its rows' as
// package sheet reads them.
func (t *Table) Remember(r *replica.Replica, fileKey string, keys []string) error {
	rows := map[string]change.ID{}
	for i, id := range t.Vague {
		if i < len(keys) {
			rows[keys[i]] = id
		}
	}
	return r.RememberImport(fileKey, rows)
}

// vague tells whether the member's row says too little to be known by.
func vague(row []string) bool {
	for i, f := range Fields {
		switch f {
		case "national_id", "card_number", "insurance_no":
			if row[i] != "" {
				return false
			}
		case "birth_date":
			if len(row[i]) == len("02/01/2006") {
				return false
			}
		}
	}
	return true
}

// Export reads a whole table. Members come in the order of Vietnamese names,
// under the titles and in the words that offices' lists have, so that the list
// can be mended and imported again; other tables with every column under its
// own name, ids in hex. When the last row is out, and before whoever writes it
// can finish the file, the read log has an entry (Law 91/2025/QH15: who reads
// personal data in bulk must be known); where that fails the rows end with the
// error. The time is the caller's, in milliseconds.
func Export(r *replica.Replica, t *schema.Table, now int64) *Table {
	columns := []string{"id"}
	for i := range t.Columns {
		columns = append(columns, t.Columns[i].Name)
	}
	order, text := "m.id", func(_, value string) string { return value }
	from := t.Name + " m"
	if t == memberTable {
		columns, order, text = Fields, "s.key, m.id", listText
		from += " LEFT JOIN sync_sort s ON s.birth = m.sync_birth WHERE m.same_as IS NULL" // who was merged is in the other row
	}
	out := &Table{Vague: map[int]change.ID{}}
	for _, name := range columns {
		c := Column{Title: title(t, name)}
		if col := t.Column(name); col != nil {
			c.Number = col.SQLType() == "INTEGER" || col.SQLType() == "REAL"
		}
		out.Columns = append(out.Columns, c)
	}
	query := "SELECT m.id, m." + strings.Join(columns, ", m.") + " FROM " + from + " ORDER BY " + order
	out.Rows = func(yield func([]string, error) bool) {
		n, more := 0, true
		err := each(r.DB(), query, func(id change.ID, row []string) bool {
			for i := range row {
				row[i] = text(columns[i], row[i])
			}
			if t == memberTable && vague(row) {
				out.Vague[n] = id
			}
			n++
			more = yield(row, nil)
			return more
		})
		if err == nil && more {
			err = logReading(r, "export", t.Name, n, now)
		}
		if err != nil && more {
			yield(nil, err)
		}
	}
	return out
}

// title is a column's heading: Vietnamese where the import knows it.
func title(t *schema.Table, name string) string {
	if t != memberTable {
		return name
	}
	return fault.Text("vi", fault.Code("field."+name))
}

// each reads rows whose first column is the id.
func each(db *sql.DB, query string, f func(change.ID, []string) bool) error {
	rows, err := db.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	vals, dest := make([]any, len(names)), make([]any, len(names))
	for i := range vals {
		dest[i] = &vals[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		id, err := change.FromAny(vals[0])
		if err != nil {
			return err
		}
		out := make([]string, len(names)-1)
		for i, v := range vals[1:] {
			if b, ok := v.([]byte); ok {
				out[i] = fmt.Sprintf("%x", b)
			} else {
				out[i] = cellText(v)
			}
		}
		row, _ := id.ID()
		if !f(row, out) {
			break
		}
	}
	return rows.Err()
}

func logReading(r *replica.Replica, act, subject string, rows int, at int64) error {
	unit, person, err := r.Home()
	if err != nil {
		return err
	}
	_, err = r.Commit(replica.Edit{Table: "read_log", Set: map[string]change.Value{
		"unit_id": change.IDValue(unit), "person_id": change.IDValue(person), "act": change.Text(act),
		"subject": change.Text(subject), "row_count": change.Int(int64(rows)), "at": change.Int(at)}})
	return err
}
