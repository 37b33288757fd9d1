package replica

import (
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/internal/viet"
)

// Search folds Vietnamese itself: FTS5 strips tone marks but never turns đ
// into d. The index holds no text of its own (contentless), a row is named by
// its packed birth.

// searched are the member columns whose words find the row.
var searched = []string{"full_name", "national_id", "phone", "card_number", "insurance_no", "department", "email"}

func searchWords(row *merge.Row) string {
	if row == nil || !row.Exists() {
		return ""
	}
	var b strings.Builder
	for _, c := range searched {
		if v := row.Value(c); !v.IsNull() {
			b.WriteString(viet.Fold(v.Text()))
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func sortName(row *merge.Row) (string, bool) {
	if row == nil || !row.Exists() {
		return "", false
	}
	return row.Value("full_name").Text(), true
}

// reindex brings the search and sort entries of a member from before to after.
func (r *Replica) reindex(before, after *merge.Row) error {
	row := after
	if row == nil {
		row = before
	}
	if row == nil || row.Table.Name != "member" {
		return nil
	}
	birth := row.Birth.Pack()
	if was, is := searchWords(before), searchWords(after); was != is {
		if err := r.putSearch(birth, was != "", is); err != nil {
			return err
		}
	}
	was, had := sortName(before)
	is, has := sortName(after)
	if had == has && was == is {
		return nil
	}
	if had {
		if err := r.w.Exec("DELETE FROM sync_sort WHERE key = ? AND birth = ?", viet.SortKey(was), birth); err != nil {
			return err
		}
	}
	if has {
		return r.w.Exec("INSERT OR IGNORE INTO sync_sort (key, birth) VALUES (?, ?)", viet.SortKey(is), birth)
	}
	return nil
}

func (r *Replica) putSearch(birth int64, had bool, words string) error {
	if had {
		if err := r.w.Exec("DELETE FROM sync_search WHERE rowid = ?", birth); err != nil {
			return err
		}
	}
	if words == "" {
		return nil
	}
	return r.w.Exec("INSERT INTO sync_search (rowid, words) VALUES (?, ?)", birth, words)
}

// Search returns the ids of members that match every word of the query by its
// beginning, accents ignored, in the order of Vietnamese names; all members
// where the query is empty.
func (r *Replica) Search(query string, offset, limit int) (ids []change.ID, err error) {
	from := "FROM sync_sort s JOIN member m ON m.sync_birth = s.birth"
	var args []any
	if match := matchExpression(query); match != "" {
		from += " WHERE s.birth IN (SELECT rowid FROM sync_search WHERE sync_search MATCH ?)"
		args = append(args, match)
	}
	err = r.read(func(c *regsql.Conn) error {
		rows, err := c.All("SELECT m.id "+from+" ORDER BY s.key LIMIT ? OFFSET ?", append(args, limit, offset)...)
		for _, row := range rows {
			ids = append(ids, regsql.IDOf(row[0]))
		}
		return err
	})
	return ids, err
}

// matchExpression makes an FTS5 query of what a person types: every word a
// prefix, quoted so that no character of it is an operator.
func matchExpression(query string) string {
	var terms []string
	for _, w := range strings.FieldsFunc(viet.Fold(query), func(c rune) bool {
		return c == '"' || c == ' ' || c == '-' || c == '.' || c == ',' || c == '\'' || c == '*'
	}) {
		terms = append(terms, `"`+w+`"*`)
	}
	return strings.Join(terms, " ")
}
