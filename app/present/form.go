package present

import (
	"maps"
	"slices"
	"sync"

	"dongbo/assets"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/schema"
)

// Field is one field of the member form. List names the codelist of a choice.
type Field struct {
	Column string
	List   string
	Long   bool // several lines
	Date   bool
}

// MemberFields are the fields an officer fills, in the order of the card form.
var MemberFields = []Field{
	{Column: "full_name"}, {Column: "birth_date", Date: true}, {Column: "gender", List: "gender"},
	{Column: "national_id"}, {Column: "national_id_date", Date: true}, {Column: "phone"}, {Column: "email"},
	{Column: "address", Long: true}, {Column: "department"}, {Column: "job_title"}, {Column: "education"},
	{Column: "status", List: "member_status"}, {Column: "union_role"}, {Column: "joined_on", Date: true},
	{Column: "card_number"}, {Column: "insurance_no"}, {Column: "notes", Long: true},
}

// Option is one entry of a choice.
type Option struct{ Value, Label string }

// Form is one member as a person sees and edits it. It remembers which dots it
// displayed, so that saving overwrites only what was seen.
type Form struct {
	desk *Desk

	mu    sync.Mutex
	id    change.ID // zero: a new member, or nothing
	open  bool
	unit  change.ID
	typed map[string]string       // as the fields stand
	start map[string]string       // as they were displayed
	value map[string]change.Value // the values behind start
	shown map[uint16][]change.Dot
	split map[string]int // columns in conflict → how many values
}

// NewForm makes a form with nothing in it.
func NewForm(d *Desk) *Form { return &Form{desk: d} }

// Load shows a member.
func (f *Form) Load(id change.ID) error {
	row, err := f.desk.row(id)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.install(row)
	return nil
}

func (d *Desk) row(id change.ID) (*merge.Row, error) {
	row, err := d.R.Row("member", id)
	if err == nil && (row == nil || !row.Exists()) {
		err = fault.New("edit.unknown_row", "table", "member", "id", id)
	}
	return row, err
}

func (f *Form) install(row *merge.Row) {
	f.id, f.open, f.unit = row.ID, true, row.Unit()
	f.typed, f.start, f.value = map[string]string{}, map[string]string{}, map[string]change.Value{}
	for _, fl := range MemberFields {
		v := row.Value(fl.Column)
		text := displayed(fl, v)
		f.typed[fl.Column], f.start[fl.Column], f.value[fl.Column] = text, text, v
	}
	f.shown, f.split = dotsOf(row), splitOf(row)
}

func displayed(fl Field, v change.Value) string {
	if fl.Date {
		return DateText(v.Text())
	}
	return v.Text()
}

// dotsOf gives the dots displayed, by register.
func dotsOf(row *merge.Row) map[uint16][]change.Dot {
	shown := map[uint16][]change.Dot{}
	for _, reg := range row.Table.Registers() {
		shown[reg.No] = slices.Clone(row.ShownDots(reg.No))
	}
	return shown
}

// splitOf gives the columns in open conflicts with how many values they have.
func splitOf(row *merge.Row) map[string]int {
	split := map[string]int{}
	for _, no := range row.Conflicts() {
		i := row.Table.RegisterIndex(no)
		if no == schema.Alive || i < 0 {
			continue
		}
		heads := row.Heads(no)
		for place, ci := range row.Table.Registers()[i].Columns {
			values := map[change.Value]bool{}
			for _, h := range heads {
				if place < len(h.Vals) {
					values[h.Vals[place]] = true
				}
			}
			if len(values) > 1 {
				split[row.Table.Columns[ci].Name] = len(values)
			}
		}
	}
	return split
}

// New empties the form for a member of the unit.
func (f *Form) New(unit change.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.id, f.open, f.unit = change.ID{}, true, unit
	f.typed, f.start = map[string]string{"status": "active"}, map[string]string{}
	f.value, f.shown, f.split = nil, nil, nil
}

// SetUnit says whose member a new one will be.
func (f *Form) SetUnit(unit change.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.id.IsZero() {
		f.unit = unit
	}
}

// Close empties the form.
func (f *Form) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.id, f.open, f.typed, f.start = change.ID{}, false, nil, nil
	f.value, f.shown, f.split = nil, nil, nil
}

// Open tells whether the form shows anything, and which member; the zero id is
// a new one.
func (f *Form) Open() (id change.ID, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.id, f.open
}

// Text is what stands in a field.
func (f *Form) Text(column string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.typed[column]
}

// SetText takes what a person types.
func (f *Form) SetText(column, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open {
		f.typed[column] = text
	}
}

// Choices are the entries of a field's list; a value that is none of them is
// one more, for organisations invent their own.
func (f *Form) Choices(fl Field) []Option {
	now := f.Text(fl.Column)
	out := []Option{{"", f.desk.T("common.unknown")}}
	for _, c := range assets.Codelist(fl.List) {
		out = append(out, Option{c.Slug, c.Label(f.desk.Lang)})
	}
	if !slices.ContainsFunc(out, func(o Option) bool { return o.Value == now }) {
		out = append(out, Option{now, now})
	}
	return out
}

// Dirty tells whether something typed is not saved.
func (f *Form) Dirty() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dirty()
}

func (f *Form) dirty() bool {
	if !f.open {
		return false
	}
	for _, fl := range MemberFields {
		if f.id.IsZero() && fl.Column == "status" {
			continue // filled in by us
		}
		if f.typed[fl.Column] != f.start[fl.Column] {
			return true
		}
	}
	return false
}

// Check finds what is wrong or doubtful with what was typed. Values that were
// there before and were not touched are not argued about.
func (f *Form) Check() []Problem {
	f.mu.Lock()
	_, all := f.read()
	id, number := f.id, ""
	if f.open && f.typed["national_id"] != f.start["national_id"] {
		v, _ := Read("national_id", f.typed["national_id"], 0, "", "")
		number = v.Text()
	}
	f.mu.Unlock()
	if len(number) >= 9 {
		if name := f.desk.holderOf(number, id); name != "" {
			all = append(all, Problem{Column: "national_id", Err: sentence(f.desk.T("app.form.same_id", "name", name))})
		}
	}
	return all
}

// sentence is a remark that is in the reader's language already.
type sentence string

func (s sentence) Error() string { return string(s) }

// holderOf names another member with the same identity number.
func (d *Desk) holderOf(number string, not change.ID) (name string) {
	// A hint that cannot be had now is no reason to bother anybody.
	_ = d.R.DB().QueryRow("SELECT full_name FROM member WHERE national_id = ? AND id <> ? AND same_as IS NULL LIMIT 1", number, not[:]).Scan(&name)
	return name
}

// read gives the values of the fields that differ from what was displayed.
func (f *Form) read() (map[string]change.Value, []Problem) {
	set, all := map[string]change.Value{}, []Problem(nil)
	year := f.desk.Now().Year()
	birth, _ := Read("birth_date", f.typed["birth_date"], year, "", "")
	for _, fl := range MemberFields {
		typed, start := f.typed[fl.Column], f.start[fl.Column]
		fresh := f.id.IsZero()
		if typed == start && !(fresh && fl.Column == "full_name") {
			continue
		}
		v, problems := Read(fl.Column, typed, year, f.typed["gender"], birth.Text())
		all = append(all, problems...)
		if v != f.value[fl.Column] {
			set[fl.Column] = v
		}
	}
	return set, all
}

// whole puts in the other columns of the registers that set touches, as the
// form displayed them: they only make sense together, and what arrived behind
// the form's back is not what its author meant.
func (f *Form) whole(set map[string]change.Value) {
	t := schema.ByName("member")
	for _, reg := range t.Registers() {
		if !slices.ContainsFunc(reg.Columns, func(ci int) bool { _, ok := set[t.Columns[ci].Name]; return ok }) {
			continue
		}
		for _, fl := range MemberFields {
			if _, ok := set[fl.Column]; !ok && t.Column(fl.Column).RegisterOf() == reg.No {
				set[fl.Column] = f.value[fl.Column]
			}
		}
	}
}

// Edit is what saving would write: the changed columns, and the dots that the
// form displayed. It refuses what has a fatal problem.
func (f *Form) Edit() (replica.Edit, error) {
	e, _, err := f.edit()
	return e, err
}

// edit is Edit, with the fields as they stood.
func (f *Form) edit() (replica.Edit, map[string]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	set, all := f.read()
	for _, p := range all {
		if p.Fatal {
			return replica.Edit{}, nil, p.Err
		}
	}
	e := replica.Edit{Table: "member", ID: f.id, Set: set, Shown: maps.Clone(f.shown)}
	switch {
	case f.id.IsZero():
		set["unit_id"] = change.IDValue(f.unit)
	case len(set) > 0:
		f.whole(set)
	}
	return e, maps.Clone(f.typed), nil
}

// Save writes what was changed, and shows the member as it then stands; what
// was typed while it saved stays typed. It returns the member's id.
func (f *Form) Save() (change.ID, error) {
	e, saved, err := f.edit()
	if err != nil {
		return e.ID, err
	}
	was := e.ID
	if len(e.Set) > 0 {
		ids, err := f.desk.R.Commit(e)
		if err != nil {
			return e.ID, err
		}
		e.ID = ids[0]
	}
	row, err := f.desk.row(e.ID)
	if err != nil {
		return e.ID, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open || f.id != was {
		return e.ID, nil
	}
	now := f.typed
	f.install(row)
	for column, text := range now {
		if text != saved[column] {
			f.typed[column] = text
		}
	}
	return e.ID, nil
}

// Follow looks whether the member has changed behind the form. Where nothing
// unsaved stands in it, the form shows the new state (reloaded); else it keeps
// what was typed, and the labels of what somebody else changed come back.
func (f *Form) Follow() (reloaded bool, changed []string, err error) {
	id, open := f.Open()
	if !open || id.IsZero() {
		return false, nil, nil
	}
	row, err := f.desk.R.Row("member", id)
	if err != nil || row == nil {
		return false, nil, err
	}
	if !row.Exists() {
		return false, []string{f.desk.T("app.form.deleted")}, nil
	}
	reload, changed := f.compare(id, row)
	if reload {
		return true, nil, f.Load(id)
	}
	return false, changed, nil
}

// compare finds what differs from what was displayed. A register that got new
// dots but shows what the form shows has been seen: its dots are taken over.
func (f *Form) compare(id change.ID, row *merge.Row) (reload bool, changed []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.id != id {
		return false, nil
	}
	split, differ, moved := splitOf(row), map[uint16]bool{}, false
	for _, fl := range MemberFields {
		if row.Value(fl.Column) != f.value[fl.Column] || split[fl.Column] != f.split[fl.Column] {
			differ[row.Table.Column(fl.Column).RegisterOf()] = true
			changed = append(changed, f.desk.Label(fl.Column))
		}
	}
	for no, dots := range dotsOf(row) {
		if slices.Equal(dots, f.shown[no]) {
			continue
		}
		if moved = true; !differ[no] {
			f.shown[no] = dots
		}
	}
	return !f.dirty() && (moved || len(changed) > 0), changed
}

// Split tells how many values a field in conflict has; 0 where it is in none.
func (f *Form) Split(column string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.split[column]
}

// Title names the form, and Unit whose member it is.
func (f *Form) Title() string {
	id, open := f.Open()
	switch {
	case !open:
		return ""
	case id.IsZero():
		return f.desk.T("app.form.new")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.start["full_name"]
}

// Unit is the name of the unit that the member belongs to.
func (f *Form) Unit() string {
	f.mu.Lock()
	unit := f.unit
	f.mu.Unlock()
	return f.desk.unitName(unit)
}

func (d *Desk) unitName(id change.ID) (name string) {
	_ = d.R.DB().QueryRow("SELECT name FROM unit WHERE id = ?", id[:]).Scan(&name)
	return name
}
