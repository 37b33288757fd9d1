package replica

import (
	"errors"
	"maps"
	"slices"
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
	if row == nil || !row.Stands() {
		return ""
	}
	var b strings.Builder
	for _, c := range searched {
		if v := row.Value(c); !v.IsNull() {
			b.WriteString(fold(v.Text()))
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// hasWords tells whether a row has a search entry, without making it.
func hasWords(row *merge.Row) bool {
	return row != nil && row.Stands() && slices.ContainsFunc(searched, func(c string) bool { return !row.Value(c).IsNull() })
}

// fold is viet.Fold, at once where there is nothing to fold: most numbers.
func fold(s string) string {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return viet.Fold(s)
		}
	}
	return s
}

func sortName(row *merge.Row) (string, bool) {
	if row == nil || !row.Stands() {
		return "", false
	}
	return row.Value("full_name").Text(), true
}

// sameSearched tells, without folding, that the entries stay: full_name, which
// sorting needs, is among the searched columns.
func sameSearched(a, b *merge.Row) bool {
	return a != nil && b != nil && a.Stands() == b.Stands() &&
		!slices.ContainsFunc(searched, func(c string) bool { return a.Value(c) != b.Value(c) })
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
	if sameSearched(before, after) {
		return nil
	}
	birth := row.Birth.Pack()
	r.index.put(birth, hasWords(before), searchWords(after))
	was, had := sortName(before)
	is, has := sortName(after)
	if had == has && was == is {
		return nil
	}
	if had {
		// What this transaction entered must stand there to be taken out.
		if err := r.index.sort.Flush(r.w); err != nil {
			return err
		}
		if err := r.w.Exec("DELETE FROM sync_sort WHERE key = ? AND birth = ?", viet.SortKey(was), birth); err != nil {
			return err
		}
	}
	if has {
		r.index.sort.Add(viet.SortKey(is), birth)
	}
	return nil
}

// index is what a transaction still has to do to the indexes. It is done at
// the transaction's end, in the order of row numbers: FTS5 begins a new segment
// whenever a number is smaller than the one before, and merging thousands of
// small segments cost more than all else.
type index struct {
	search map[int64]searchEntry
	sort   regsql.Bulk
}

type searchEntry struct {
	had   bool // an entry stands in the file
	words string
}

func newIndex() index {
	return index{search: map[int64]searchEntry{}, sort: regsql.Bulk{Insert: "INSERT OR IGNORE INTO sync_sort (key, birth) VALUES"}}
}

func (x *index) put(birth int64, had bool, words string) {
	if e, again := x.search[birth]; again {
		had = e.had
	}
	x.search[birth] = searchEntry{had, words}
}

func (x *index) flush(c *regsql.Conn) error {
	fresh := regsql.Bulk{Insert: "INSERT INTO sync_search (rowid, words) VALUES"}
	for _, birth := range slices.Sorted(maps.Keys(x.search)) {
		e := x.search[birth]
		if e.had {
			if err := fresh.Flush(c); err != nil {
				return err
			}
			if err := c.Exec("DELETE FROM sync_search WHERE rowid = ?", birth); err != nil {
				return err
			}
		}
		if e.words != "" {
			fresh.Add(birth, e.words)
		}
	}
	clear(x.search)
	return errors.Join(fresh.Flush(c), x.sort.Flush(c))
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
