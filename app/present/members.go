package present

import (
	"database/sql"
	"strings"
	"sync"

	"dongbo/internal/change"
	"dongbo/schema"
)

// pageSize rows are read together; MostRows is where a list stops and asks to
// be narrowed: the table of the screen lays out rows in linear time.
const (
	pageSize = 100
	MostRows = 50_000
)

// MemberColumns are the columns of the list, in order.
var MemberColumns = []string{"full_name", "birth_date", "national_id", "department", "phone", "status"}

// MemberRow is one line of the list. Review tells that it has an open conflict.
type MemberRow struct {
	ID     change.ID
	Cells  []string
	Review bool
}

// Members is the list of members that match what is typed in the search field.
type Members struct {
	desk *Desk

	mu    sync.Mutex
	query string
	ids   []change.ID // what the list shows, in order
	shown string      // the query that ids answer
	total int64
	pages map[int][]MemberRow
	err   error
}

// NewMembers makes an empty list; Reload fills it.
func NewMembers(d *Desk) *Members { return &Members{desk: d, pages: map[int][]MemberRow{}} }

// SetQuery says what the next Reload looks for.
func (m *Members) SetQuery(query string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.query = strings.TrimSpace(query)
}

// Reload reads the list again. Where the query has changed meanwhile, the
// answer is thrown away: another Reload is on its way.
func (m *Members) Reload() error {
	m.mu.Lock()
	query := m.query
	m.mu.Unlock()
	ids, err := m.desk.R.Search(query, 0, MostRows+1)
	var total int64
	if err == nil {
		err = m.desk.R.DB().QueryRow("SELECT count(*) FROM sync_sort").Scan(&total)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.query != query {
		return nil
	}
	if m.err = err; err != nil {
		return err
	}
	m.ids, m.shown, m.total = ids, query, total
	clear(m.pages)
	return nil
}

// Count is how many rows the list has.
func (m *Members) Count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return min(len(m.ids), MostRows)
}

// Row gives one line; pages are read as they are looked at.
func (m *Members) Row(i int) (MemberRow, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i < 0 || i >= min(len(m.ids), MostRows) {
		return MemberRow{}, false
	}
	p := i / pageSize
	page, ok := m.pages[p]
	if !ok {
		if len(m.pages) > 50 {
			clear(m.pages)
		}
		from := p * pageSize
		page, m.err = m.desk.page(m.ids[from:min(from+pageSize, len(m.ids))])
		if m.err != nil {
			return MemberRow{}, false
		}
		m.pages[p] = page
	}
	return page[i%pageSize], true
}

// IndexOf tells where a member stands in the list, -1 where it does not.
func (m *Members) IndexOf(id change.ID) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, other := range m.ids {
		if other == id {
			return i
		}
	}
	return -1
}

// page reads rows and puts them into the order of ids. One that has gone since
// the list was read keeps an empty line until the next Reload.
func (d *Desk) page(ids []change.ID) ([]MemberRow, error) {
	args := []any{schema.ByName("member").No}
	for _, id := range ids {
		args = append(args, id[:])
	}
	rows, err := d.R.DB().Query(`SELECT m.id, `+strings.Join(MemberColumns, ", ")+`,
EXISTS (SELECT 1 FROM sync_conflict c WHERE c.tbl = ? AND c.row = m.id)
FROM member m WHERE m.id IN (?`+strings.Repeat(", ?", len(ids)-1)+")", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[change.ID]MemberRow, len(ids))
	for rows.Next() {
		row, err := d.scan(rows)
		if err != nil {
			return nil, err
		}
		found[row.ID] = row
	}
	out := make([]MemberRow, len(ids))
	for i, id := range ids {
		if row, ok := found[id]; ok {
			out[i] = row
		} else {
			out[i] = MemberRow{ID: id, Cells: make([]string, len(MemberColumns))}
		}
	}
	return out, rows.Err()
}

func (d *Desk) scan(rows *sql.Rows) (MemberRow, error) {
	var id []byte
	row := MemberRow{}
	cells := make([]sql.NullString, len(MemberColumns))
	into := []any{&id}
	for i := range cells {
		into = append(into, &cells[i])
	}
	if err := rows.Scan(append(into, &row.Review)...); err != nil {
		return row, err
	}
	copy(row.ID[:], id)
	for i, c := range MemberColumns {
		row.Cells = append(row.Cells, d.cell(c, cells[i].String))
	}
	if row.Review {
		row.Cells[len(row.Cells)-1] = d.T("app.members.review")
	}
	return row, nil
}

// cell writes a stored value as the list shows it.
func (d *Desk) cell(column, value string) string {
	switch column {
	case "birth_date":
		return DateText(value)
	case "national_id":
		return Mask(value)
	case "status":
		return optionLabel(d.Lang, "member_status", value)
	}
	return value
}

// Headline says how many there are.
func (m *Members) Headline() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.desk
	switch {
	case m.err != nil:
		return ""
	case len(m.ids) > MostRows:
		return d.T("app.members.most", "n", d.Number(MostRows))
	case m.shown == "":
		return d.T("app.members.count", "n", d.Number(int64(len(m.ids))))
	}
	return d.T("app.members.hits", "n", d.Number(int64(len(m.ids))), "total", d.Number(m.total))
}

// Notice is the sentence that stands where no rows do: why, and what to do.
func (m *Members) Notice() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.err != nil:
		return m.desk.Say(m.err)
	case len(m.ids) > 0:
		return ""
	case m.shown == "":
		return m.desk.T("app.members.none")
	}
	return m.desk.T("app.members.no_hit", "query", m.shown)
}
