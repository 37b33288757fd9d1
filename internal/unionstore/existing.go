// Package unionstore is the officers' queries and acts on a replica: what the
// pure rules of package union need to know, and the carrying out of what they
// decide.
//
// Its nouns: the Register is the replica's members as an import plan asks for
// them; an Import carries a plan out, one change a row; an Export is a table as
// it leaves the register, which is written into the read log.
package unionstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/union"
	"dongbo/internal/viet"
	"dongbo/schema"
)

// Fields are the member columns that a list may bring and an export carries.
var Fields = []string{
	"full_name", "birth_date", "gender", "ethnicity", "religion", "national_id", "national_id_date", "phone", "email",
	"address", "hometown", "job_title", "department", "education", "joined_on", "card_number", "status", "union_role",
	"insurance_no", "wage_base", "wage_coef", "notes",
}

var memberTable = schema.ByName("member")

// Register is the replica's members, read once. The deleted are among them.
type Register struct {
	unit                           change.ID
	byID                           map[change.ID]union.Member
	national, card, insured, named map[string][]union.Member
	imported                       map[record]change.ID
	merged                         map[change.ID]change.ID // rows that gave way to another that is here
}

// record names a row of a list.
type record struct{ file, key string }

var _ union.Existing = (*Register)(nil)

// Load reads the members; unit is the one whose names count.
func Load(r *replica.Replica, unit change.ID) (g *Register, err error) {
	g = &Register{unit: unit, byID: map[change.ID]union.Member{}, national: map[string][]union.Member{}, card: map[string][]union.Member{},
		insured: map[string][]union.Member{}, named: map[string][]union.Member{}, imported: map[record]change.ID{}, merged: map[change.ID]change.ID{}}
	tx, err := r.DB().BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true}) // all from one state of the file
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	for _, load := range []func(*sql.Tx) error{g.loadMembers, g.loadMerged, g.loadDeleted, g.loadImported} {
		if err := load(tx); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *Register) loadMembers(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT id, unit_id, " + strings.Join(Fields, ", ") + " FROM member m WHERE same_as IS NULL OR NOT EXISTS (SELECT 1 FROM member s WHERE s.id = m.same_as) ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return err
		}
		g.add(m)
	}
	return rows.Err()
}

// loadMerged reads whose row another one of this replica has taken the place of.
func (g *Register) loadMerged(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT m.id, m.same_as FROM member m JOIN member s ON s.id = m.same_as")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var from, into []byte
		if err := rows.Scan(&from, &into); err != nil {
			return err
		}
		g.merged[change.ID(from)] = change.ID(into)
	}
	return rows.Err()
}

func scanMember(rows *sql.Rows) (union.Member, error) {
	var id, unit []byte
	vals := make([]any, len(Fields))
	dest := []any{&id, &unit}
	for i := range vals {
		dest = append(dest, &vals[i])
	}
	m := union.Member{Fields: map[string]string{}}
	if err := rows.Scan(dest...); err != nil {
		return m, err
	}
	copy(m.ID[:], id)
	copy(m.UnitID[:], unit)
	for i, v := range vals {
		setField(&m, Fields[i], v)
	}
	return m, nil
}

// loadDeleted reads the states that deleted rows leave behind.
func (g *Register) loadDeleted(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT state FROM sync_gone WHERE tbl = ? ORDER BY id", memberTable.No)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var state []byte
		if err := rows.Scan(&state); err != nil {
			return err
		}
		row, err := merge.DecodeRow(state)
		if err != nil {
			return fmt.Errorf("deleted member: %w", err)
		}
		m := union.Member{ID: row.ID, UnitID: row.Unit(), Deleted: true, Fields: map[string]string{}}
		for _, f := range Fields {
			setField(&m, f, row.Value(f).Any())
		}
		g.add(m)
	}
	return rows.Err()
}

// setField puts a stored value as a list would bring it: lists are read clean.
func setField(m *union.Member, field string, v any) {
	if s := viet.Clean(cellText(v)); s != "" {
		m.Fields[field] = s
	}
}

// cellText is a stored value as lists write it.
func cellText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case []byte:
		return string(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	default:
		return fmt.Sprint(x)
	}
}

func (g *Register) add(m union.Member) {
	g.byID[m.ID] = m
	put := func(by map[string][]union.Member, key string) {
		if key != "" {
			by[key] = append(by[key], m)
		}
	}
	put(g.national, m.Fields["national_id"])
	put(g.card, m.Fields["card_number"])
	put(g.insured, m.Fields["insurance_no"])
	if m.UnitID == g.unit {
		put(g.named, nameKey(viet.Fold(m.Fields["full_name"]), m.Fields["birth_date"]))
	}
}

func nameKey(folded, birth string) string { return folded + "\x00" + birth }

func (g *Register) loadImported(tx *sql.Tx) error {
	return eachImported(tx, func(from record, id change.ID) { g.imported[from] = id })
}

func eachImported(q interface {
	Query(string, ...any) (*sql.Rows, error)
}, f func(record, change.ID)) error {
	rows, err := q.Query("SELECT file, record, id FROM sync_import")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var from record
		var b []byte
		if err := rows.Scan(&from.file, &from.key, &b); err != nil {
			return err
		}
		var id change.ID
		copy(id[:], b)
		f(from, id)
	}
	return rows.Err()
}

// ByNationalID finds members by national id.
func (g *Register) ByNationalID(id string) []union.Member { return g.national[id] }

// ByCard finds members by card number.
func (g *Register) ByCard(number string) []union.Member { return g.card[number] }

// ByInsurance finds members by social insurance number.
func (g *Register) ByInsurance(number string) []union.Member { return g.insured[number] }

// ByName finds members of the unit by folded name and birth date.
func (g *Register) ByName(folded, birth string) []union.Member {
	return g.named[nameKey(folded, birth)]
}

// ByImport finds the member that a row of a file became earlier. One that was
// remembered but never written, because the import was killed between the two,
// is not there. One that was merged since is the row that stays.
func (g *Register) ByImport(file, key string) (union.Member, bool) {
	id := g.imported[record{file, key}]
	for range len(g.merged) {
		into, merged := g.merged[id]
		if !merged {
			break
		}
		id = into
	}
	m, ok := g.byID[id]
	return m, ok
}
