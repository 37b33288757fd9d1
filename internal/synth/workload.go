package synth

import (
	"fmt"
	"maps"
	"slices"
)

// Row is one row to insert: the values are nil, string, int64, float64, or
// []byte for an id.
type Row struct {
	ID  ID
	Set map[string]any
}

// Edit is one write of one to three columns of an existing row.
type Edit struct {
	Table string
	ID    ID
	Set   map[string]any
}

// Overlap is a row that both sides edit while apart.
type Overlap struct {
	ID   ID
	Same bool // one and the same column, with three different values
	A, B map[string]any
}

// Workload is what the benchmarks play, in this order: load Units and Members,
// apply Edits, post Dues, then let two sides edit apart, ConcA here and ConcB
// there; Overlaps says what a merge must find.
type Workload struct {
	Units, Members []Row
	Edits          []Edit
	Dues           []Row
	ConcA, ConcB   []Edit
	Overlaps       []Overlap
}

// Sizes says how large a workload is.
type Sizes struct {
	Units, Members, Edits, Dues int
	Conc                        int // edits of each side while apart
	Overlap, SameColumn         int // of these on shared rows; and in one column
}

// FixedSizes are those of the workload that other systems were measured on.
func FixedSizes() Sizes {
	return Sizes{Units: 40, Members: 20000, Edits: 5000, Dues: 20000, Conc: 1000, Overlap: 200, SameColumn: 100}
}

// fewestUnits is what a member that moves differently on two sides needs.
const fewestUnits = 3

// Scaled is the same shape with that part of the rows, at least one of each.
func (s Sizes) Scaled(part float64) Sizes {
	for _, n := range []*int{&s.Units, &s.Members, &s.Edits, &s.Dues, &s.Conc, &s.Overlap, &s.SameColumn} {
		*n = max(1, int(float64(*n)*part))
	}
	s.Units = max(s.Units, fewestUnits)
	return s
}

// AfterEdits gives every member's columns once Edits are applied in order.
func (w *Workload) AfterEdits() map[ID]map[string]any {
	state := make(map[ID]map[string]any, len(w.Members))
	for _, m := range w.Members {
		state[m.ID] = maps.Clone(m.Set)
	}
	for _, e := range w.Edits {
		maps.Copy(state[e.ID], e.Set)
	}
	return state
}

// NewWorkload invents a workload of the shape of the fixed one. It panics when
// the sizes do not fit each other: both sides need members of their own.
func NewWorkload(seed uint64, s Sizes) *Workload {
	if s.Units < fewestUnits || s.Overlap > s.Conc || s.SameColumn > s.Overlap || 2*s.Conc-s.Overlap > s.Members {
		panic(fmt.Sprintf("synth: the sizes %+v do not fit each other", s))
	}
	b := &builder{
		maker: newMaker(seed, "workload", Options{CardPrefix: "BD"}),
		ids:   idMaker{dice: newDice(seed, "ids"), ms: 1735689600000}, // 2025-01-01
		state: map[ID]map[string]any{},
	}
	b.units(s)
	b.members(s)
	for range s.Edits {
		id := b.w.Members[b.IntN(len(b.w.Members))].ID
		b.w.Edits = append(b.w.Edits, b.edit(id, b.state[id], b.columns(1+b.further(), nil)))
	}
	b.dues(s)
	b.apart(s)
	return &b.w
}

// builder holds the workload while it grows.
type builder struct {
	*maker
	ids   idMaker
	state map[ID]map[string]any // members as the last edit left them
	w     Workload
}

func (b *builder) units(s Sizes) {
	root := b.ids.next()
	b.w.Units = append(b.w.Units, Row{root, map[string]any{
		"code": "BD", "name": "Liên đoàn Lao động tỉnh Bình Dương", "kind": "province", "parent_id": nil}})
	for i := range s.Units {
		commune := b.home.Communes[b.IntN(len(b.home.Communes))].Name
		b.w.Units = append(b.w.Units, Row{b.ids.next(), map[string]any{
			"code": unitCode(i + 1), "kind": "grassroots", "parent_id": root[:],
			"name": fmt.Sprintf("Công đoàn cơ sở Công ty TNHH %s %s %d", b.one(trades), commune, i+1)}})
	}
}

// unitCode is the code of the n-th grassroots unit.
func unitCode(n int) string { return fmt.Sprintf("BD%03d", n) }

// unit picks a grassroots unit.
func (b *builder) unit() []byte {
	u := &b.w.Units[1+b.IntN(len(b.w.Units)-1)]
	return u.ID[:]
}

func (b *builder) members(s Sizes) {
	for range s.Members {
		set := b.member().Columns()
		set["unit_id"] = b.unit()
		row := Row{b.ids.next(), set}
		b.w.Members = append(b.w.Members, row)
		b.state[row.ID] = maps.Clone(set)
	}
}

// editable are the columns that edits touch, by how often officers do.
var editable = parseShares(`phone 18, address 14, job_title 12, department 8, status 10, wage_base 12, wage_coef 4, notes 12,
	email 6, union_role 4, education 3, unit_id 4, insurance_no 2, card_number 1, national_id_date 1`)

// further draws how many columns an edit has beside the first.
func (b *builder) further() int {
	switch x := b.Float64(); {
	case x < 0.60:
		return 0
	case x < 0.88:
		return 1
	}
	return 2
}

// columns draws n different editable columns, none of those banned.
func (b *builder) columns(n int, banned []string) (cols []string) {
	for len(cols) < n {
		c := b.by(editable)
		if !slices.Contains(cols, c) && !slices.Contains(banned, c) {
			cols = append(cols, c)
		}
	}
	return cols
}

// edit gives the columns values that really change the row, and notes them.
func (b *builder) edit(id ID, row map[string]any, cols []string) Edit {
	e := Edit{Table: "member", ID: id, Set: map[string]any{}}
	for _, c := range cols {
		for e.Set[c] == nil || equal(e.Set[c], row[c]) {
			e.Set[c] = b.value(c, row)
		}
		row[c] = e.Set[c]
	}
	return e
}

// equal compares two values of a row; ids are slices.
func equal(a, b any) bool {
	x, ok := a.([]byte)
	if !ok {
		return a == b
	}
	y, _ := b.([]byte)
	return slices.Equal(x, y)
}

// value draws a new value for a column.
func (b *builder) value(column string, row map[string]any) any {
	switch column {
	case "phone":
		return b.phone()
	case "address":
		return b.address()
	case "job_title":
		return b.one(jobs)
	case "department":
		return b.one(departments)
	case "status":
		return b.by(statuses)
	case "wage_base":
		return b.wage()
	case "wage_coef":
		return b.coefficient()
	case "notes":
		return b.one(remarks) + " (" + b.date(2022, thisYear) + ")"
	case "email":
		return b.email(row["full_name"].(string))
	case "union_role":
		return b.by(unionRoles)
	case "education":
		return b.by(educations)
	case "unit_id":
		return b.unit()
	case "insurance_no":
		return "79" + b.digits(8)
	case "card_number":
		return fmt.Sprintf("BD%08d", 2_000_000+b.IntN(900_000))
	default:
		return b.date(2021, thisYear+1) // national_id_date
	}
}

// dues posts one payment a member for December 2025, then for January.
func (b *builder) dues(s Sizes) {
	b.ids.ms = 1767200000000
	for k := range s.Dues {
		m := b.w.Members[k%s.Members].ID
		month := "2025-12"
		if k >= s.Members {
			month = "2026-01"
		}
		b.w.Dues = append(b.w.Dues, Row{b.ids.next(), map[string]any{
			"member_id": m[:], "unit_id": b.state[m]["unit_id"], "month": month,
			"amount": b.state[m]["wage_base"].(int64) / 100, "paid_on": fmt.Sprintf("%s-%02d", month, b.between(1, 28)),
			"method": b.by(methods), "receipt_no": fmt.Sprintf("PT%07d", k+1)}})
	}
}

// apart makes the edits of two sides that do not see each other.
func (b *builder) apart(s Sizes) {
	w, order := &b.w, b.Perm(len(b.w.Members))
	row := func(i int) (ID, map[string]any) {
		id := w.Members[order[i]].ID
		return id, maps.Clone(b.state[id])
	}
	for i := range s.Overlap {
		id, mine := row(i)
		_, theirs := row(i)
		cols, others := b.columns(1, nil), []string(nil)
		if others = cols; i >= s.SameColumn {
			others = b.columns(1, cols)
		}
		a, c := b.edit(id, mine, cols), b.edit(id, theirs, others)
		for i < s.SameColumn && equal(a.Set[cols[0]], c.Set[cols[0]]) {
			_, theirs = row(i)
			c = b.edit(id, theirs, others)
		}
		w.ConcA, w.ConcB = append(w.ConcA, a), append(w.ConcB, c)
		w.Overlaps = append(w.Overlaps, Overlap{ID: id, Same: i < s.SameColumn, A: a.Set, B: c.Set})
	}
	for i := s.Overlap; i < 2*s.Conc-s.Overlap; i++ {
		id, mine := row(i)
		e := b.edit(id, mine, b.columns(1+b.further(), nil))
		if i < s.Conc {
			w.ConcA = append(w.ConcA, e)
		} else {
			w.ConcB = append(w.ConcB, e)
		}
	}
}
