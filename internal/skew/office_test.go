package skew

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/schema"
)

// edit is the order's edit with its values.
func edit(o *order) replica.Edit {
	e := o.Edit
	e.Set = map[string]change.Value{}
	for column, s := range o.Set {
		e.Set[column] = value(s)
	}
	return e
}

// unitID is the literal of a unit's id.
func unitID(r *replica.Replica, code string) (literal string, err error) {
	err = r.DB().QueryRow("SELECT quote(id) FROM unit WHERE code = ?", code).Scan(&literal)
	return strings.ToLower(literal), err
}

// digest is the sum over all units, class by class.
func digest(r *replica.Replica) (string, error) {
	found, err := r.DB().Query("SELECT sums FROM sync_digest")
	if err != nil {
		return "", err
	}
	defer found.Close()
	var total merge.Sums
	for found.Next() {
		var b []byte
		if err := found.Scan(&b); err != nil {
			return "", err
		}
		var one merge.Sums
		for class := range one {
			b = b[copy(one[class][:], b):]
		}
		total = total.Add(one)
	}
	return fmt.Sprintf("%x", total), found.Err()
}

// history names the registers that a row's history tells of.
func history(r *replica.Replica, o *order) (string, error) {
	events, err := r.History(o.Edit.Table, o.Edit.ID)
	var out []string
	for _, e := range events {
		out = append(out, e.Register)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " "), err
}

func value(literal string) change.Value {
	if s, ok := strings.CutPrefix(literal, "x'"); ok {
		b, _ := hex.DecodeString(strings.TrimSuffix(s, "'"))
		return change.Blob(b)
	}
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return change.Int(n)
	}
	if literal == "NULL" {
		return change.Null
	}
	return change.Text(strings.Trim(literal, "'"))
}

// editRow edits or makes a row; nothing where the row is not here, or is so that
// nobody may do that to it.
func editRow(o *order, r *replica.Replica) (bool, error) {
	e := edit(o)
	row, err := r.Row(e.Table, e.ID)
	if err != nil {
		return false, err
	}
	creates := e.Set["unit_id"].Kind() == change.KindBlob && !e.Delete && !e.Restore && len(e.Set) > 1
	if row == nil && !creates || row != nil && e.Restore == row.Exists() {
		return false, nil
	}
	_, err = r.Commit(e)
	return err == nil, err
}

// settleOne settles one of the conflicts that the officer's release could show.
func settleOne(o *order, r *replica.Replica) (bool, error) {
	all, err := r.Conflicts()
	if err != nil {
		return false, err
	}
	var shown []replica.Conflict
	for _, c := range all {
		since := c.Table.Since
		if i := c.Table.RegisterIndex(c.Register); c.Register != schema.Alive && i >= 0 {
			since = c.Table.Registers()[i].Since
		}
		if since <= o.Release && c.Table.Known() {
			shown = append(shown, c)
		}
	}
	if len(shown) == 0 {
		return false, nil
	}
	c := shown[o.Which%len(shown)]
	return true, r.Settle(c.ID, replica.Decision{Take: 1 + o.Take%len(c.Values)})
}

// pictured are the tables of which a picture shows every column.
var pictured = []string{"unit", "member", "loan", "visit"}

// picture writes down what a replica shows: rows, conflicts, what searching and
// sorting find, what waits, and, contents apart, the digest.
func picture(r *replica.Replica, contents bool) (string, error) {
	var b strings.Builder
	for _, table := range pictured {
		if schema.ByName(table) == nil {
			continue
		}
		if err := rows(&b, r, table); err != nil {
			return "", err
		}
	}
	conflicts, err := r.Conflicts()
	if err != nil {
		return "", err
	}
	for _, c := range conflicts {
		fmt.Fprintf(&b, "conflict %s %s %s:", c.Table.Name, c.Row, c.Name)
		for _, v := range c.Values {
			fmt.Fprintf(&b, " %v", v.Values)
		}
		b.WriteString("\n")
	}
	for _, query := range []string{"", "ten", "090"} {
		ids, err := r.Search(query, 0, 100)
		if err != nil {
			return "", err
		}
		slices.SortFunc(ids, func(a, b change.ID) int { return bytes.Compare(a[:], b[:]) }) // equal names stand in the file's own order
		fmt.Fprintf(&b, "search %q: %v\n", query, ids)
	}
	st, err := r.Status()
	if !contents {
		fmt.Fprintf(&b, "waiting %d quarantined %d conflicts %d\ndigest %s server %s\n", st.Waiting, st.Quarantined, st.Conflicts, st.Digest, st.ServerDigest)
		err = errors.Join(err, lines(&b, r, "SELECT 'digest by class ' || hex(unit) || ' ' || hex(sums) FROM sync_digest WHERE sums <> zeroblob(length(sums)) ORDER BY 1"))
	}
	return b.String(), err
}

func rows(b *strings.Builder, r *replica.Replica, table string) error {
	var columns []string
	for _, c := range schema.ByName(table).Columns {
		columns = append(columns, "ifnull(' "+c.Name+"=' || nullif(quote("+c.Name+"), 'NULL'), '')")
	}
	return lines(b, r, "SELECT '"+table+" ' || hex(id) || "+strings.Join(columns, " || ")+" FROM "+table+" ORDER BY id")
}

// lines writes down what a query of one text gives.
func lines(b *strings.Builder, r *replica.Replica, query string) error {
	found, err := r.DB().Query(query)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			return err
		}
		b.WriteString(line + "\n")
	}
	return found.Err()
}
