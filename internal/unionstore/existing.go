// Package unionstore is the officers' queries and acts on a replica: what the
// pure rules of package union need to know, and the carrying out of what they
// decide.
package unionstore

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/fault"
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

// UnitByCode finds a unit of the replica.
func UnitByCode(r *replica.Replica, code string) (id change.ID, err error) {
	var b []byte
	err = r.DB().QueryRow("SELECT id FROM unit WHERE code = ?", code).Scan(&b)
	if err == sql.ErrNoRows {
		return id, fault.New("unit.no_such_code", "code", code)
	}
	copy(id[:], b)
	return id, err
}

// Register is the replica's members as an import plan asks for them, read once.
type Register struct {
	byID                    map[change.ID]*union.Member
	national, card, insured map[string][]union.Member
	named                   map[string][]union.Member
	imported                map[string]change.ID
}

var _ union.Existing = (*Register)(nil)

// Load reads the members; unit is the one whose names count.
func Load(r *replica.Replica, unit change.ID) (*Register, error) {
	g := &Register{byID: map[change.ID]*union.Member{}, national: map[string][]union.Member{}, card: map[string][]union.Member{},
		insured: map[string][]union.Member{}, named: map[string][]union.Member{}, imported: map[string]change.ID{}}
	rows, err := r.DB().Query("SELECT id, unit_id, " + strings.Join(Fields, ", ") + " FROM member ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return nil, err
		}
		g.add(m, unit)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return g, g.loadImported(r)
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
		if s := cellText(v); s != "" {
			m.Fields[Fields[i]] = s
		}
	}
	return m, nil
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

func (g *Register) add(m union.Member, unit change.ID) {
	g.byID[m.ID] = &m
	put := func(by map[string][]union.Member, key string) {
		if key != "" {
			by[key] = append(by[key], m)
		}
	}
	put(g.national, m.Fields["national_id"])
	put(g.card, m.Fields["card_number"])
	put(g.insured, m.Fields["insurance_no"])
	if m.UnitID == unit {
		put(g.named, nameKey(viet.Fold(m.Fields["full_name"]), m.Fields["birth_date"]))
	}
}

func nameKey(folded, birth string) string { return folded + "\x00" + birth }

func (g *Register) loadImported(r *replica.Replica) error {
	rows, err := r.DB().Query("SELECT file, record, id FROM sync_import")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var file, record string
		var b []byte
		if err := rows.Scan(&file, &record, &b); err != nil {
			return err
		}
		var id change.ID
		copy(id[:], b)
		g.imported[file+"\x00"+record] = id
	}
	return rows.Err()
}

// ByNationalID, ByCard, ByInsurance, ByName and ByImport answer union.Existing.
func (g *Register) ByNationalID(id string) []union.Member { return g.national[id] }

// ByCard finds members by card number.
func (g *Register) ByCard(number string) []union.Member { return g.card[number] }

// ByInsurance finds members by social insurance number.
func (g *Register) ByInsurance(number string) []union.Member { return g.insured[number] }

// ByName finds members of the unit by folded name and birth date.
func (g *Register) ByName(folded, birth string) []union.Member {
	return g.named[nameKey(folded, birth)]
}

// ByImport finds the member that a row of a file became earlier.
func (g *Register) ByImport(file, record string) (union.Member, bool) {
	m := g.byID[g.imported[file+"\x00"+record]]
	if m == nil {
		return union.Member{}, false
	}
	return *m, true
}

var memberTable = schema.ByName("member")
