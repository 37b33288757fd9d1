package present

import (
	"slices"
	"sync"

	"dongbo/assets"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/viet"
	"dongbo/schema"
)

// Conflict is one thing that only a person can settle, as columns named by
// people: one for each value, and the result.
type Conflict struct {
	ID       change.ID
	Title    string // whose record
	Where    string // what kind of record
	Cause    string // one sentence
	Versions []Version
	Lines    []Line // the fields that differ

	raw replica.Conflict
}

// Version says whose value it is: the person, the computer and the moment.
type Version struct {
	N    int
	Who  string
	When string
}

// Line is one field of a conflict with its value in each version.
type Line struct {
	Column   string
	Label    string
	Values   []string // one for each version, as people read them
	Editable bool
}

// Notice is something to know: a refused change, which somebody must enter anew,
// a finding, which can wait, or what became of one. Some offer Choices.
type Notice struct {
	Title, Text string
	Urgent      bool

	finding, a, b change.ID // of two members who may be one person
	merged        change.ID // of a record that gave way to another
}

// Conflicts is the inbox: open conflicts, changes that the server refused, and
// findings.
type Conflicts struct {
	desk *Desk

	mu      sync.Mutex
	list    []Conflict
	notices []Notice
	choices map[Notice][]Choice
	err     error
}

// NewConflicts makes an empty inbox; Reload fills it.
func NewConflicts(d *Desk) *Conflicts { return &Conflicts{desk: d} }

// Reload reads the inbox again.
func (c *Conflicts) Reload() error {
	raw, err := c.desk.R.Conflicts()
	var notices []Notice
	if err == nil {
		notices, err = c.desk.notices()
	}
	var list []Conflict
	for _, r := range raw {
		list = append(list, c.desk.conflict(r))
	}
	choices := map[Notice][]Choice{}
	for _, n := range notices {
		choices[n] = c.desk.choices(n)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err = err; err == nil {
		c.list, c.notices, c.choices = list, notices, choices
	}
	return err
}

// List gives the open conflicts.
func (c *Conflicts) List() []Conflict {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

// Notices gives what else needs a look.
func (c *Conflicts) Notices() []Notice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.notices)
}

// Count is how many things wait for a person; findings are no alarm.
func (c *Conflicts) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.list)
	for _, notice := range c.notices {
		if notice.Urgent {
			n++
		}
	}
	return n
}

// Empty is the sentence of an empty or unreadable inbox.
func (c *Conflicts) Empty() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return c.desk.Say(c.err)
	case len(c.list)+len(c.notices) > 0:
		return ""
	}
	return c.desk.T("app.conflicts.none")
}

func (d *Desk) conflict(r replica.Conflict) Conflict {
	out := Conflict{ID: r.ID, Title: r.Title, Where: d.tableName(r.Table.Name), Cause: d.T("app.conflicts.cause"), raw: r}
	if r.Register == schema.Alive {
		out.Cause = d.T("app.conflicts.cause_deleted")
	}
	for _, v := range r.Values {
		out.Versions = append(out.Versions, Version{N: v.N, Who: d.who(v.Origin), When: d.moment(v.Origin)})
	}
	for _, col := range r.Differs {
		line := Line{Column: col, Label: d.Label(col), Editable: col != "alive" && r.Table.Column(col).Type != schema.ID}
		for _, v := range r.Values {
			line.Values = append(line.Values, d.valueText(r.Table, col, v.Values[col]))
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

func (d *Desk) tableName(name string) string {
	key := "app.table." + name
	if s := d.T(key); s != key {
		return s
	}
	return name
}

// who names a side by its person and computer, never by "local" and "server".
func (d *Desk) who(o replica.Origin) string {
	switch {
	case o.Person == "" && o.Device == "":
		return d.T("app.conflicts.somebody")
	case o.Device == "":
		return o.Person
	case o.Person == "":
		return o.Device
	}
	return o.Person + " – " + o.Device
}

func (d *Desk) moment(o replica.Origin) string {
	at := o.At
	if at.IsZero() {
		at = o.ServerAt
	}
	if at.IsZero() {
		return d.T("app.conflicts.no_time")
	}
	return d.When(at)
}

// valueText writes any stored value for people.
func (d *Desk) valueText(t *schema.Table, column string, v change.Value) string {
	if column == "alive" {
		if v.Int() == 0 {
			return d.T("app.conflicts.deleted")
		}
		return d.T("app.conflicts.kept")
	}
	c := t.Column(column)
	switch {
	case v.IsNull():
		return ""
	case c.Type == schema.Date:
		return DateText(v.Text())
	case c.Type == schema.Money, c.Type == schema.Integer:
		return d.Number(v.Int())
	case c.Type == schema.ID:
		id, _ := v.ID()
		if name := d.unitName(id); name != "" {
			return name
		}
		if column == merge.SameAs {
			return d.memberName(id)
		}
		return id.String()
	case listOf[column] != "":
		return optionLabel(d.Lang, listOf[column], v.Text())
	case v.Kind() == change.KindText:
		return v.Text()
	}
	return v.String()
}

// listOf names the codelists whose slugs stand in columns.
var listOf = map[string]string{"gender": "gender", "status": "member_status", "method": "dues_method"}

// code finds the slug that a label stands for.
func (d *Desk) code(column, label string) string {
	for _, c := range assets.Codelist(listOf[column]) {
		if c.Label(d.Lang) == label {
			return c.Slug
		}
	}
	return label
}

// Settle settles a conflict as it was shown. result holds the fields that
// differ as a person left them, by column: where that is version n it is taken
// as it is, else the rest comes from n. Where other values have come since, it
// refuses: nobody settles what was not seen.
func (c *Conflicts) Settle(shown Conflict, n int, result map[string]string, why string) error {
	if n < 1 || n > len(shown.Versions) {
		return fault.New("conflict.no_such_value", "n", n, "count", len(shown.Versions))
	}
	d := replica.Decision{Take: n, Why: viet.Clean(why)}
	for _, line := range shown.Lines {
		typed, ok := result[line.Column]
		if !ok || !line.Editable || typed == line.Values[n-1] {
			continue
		}
		col := shown.raw.Table.Column(line.Column)
		v, err := ReadAny(col, c.desk.code(line.Column, typed), c.desk.Now().Year())
		if err != nil {
			return problem(line.Column, typed, err, true).Err
		}
		if d.Set == nil {
			d.Set = map[string]change.Value{}
		}
		d.Set[line.Column] = v
	}
	now, err := c.desk.R.Conflicts()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(now, shown.same) {
		return sentence(c.desk.T("app.conflicts.changed"))
	}
	return c.desk.R.Settle(shown.ID, d)
}

// same tells whether a conflict stands as it was shown.
func (c Conflict) same(r replica.Conflict) bool {
	return r.ID == c.ID && slices.EqualFunc(r.Values, c.raw.Values, func(a, b replica.Version) bool { return a.Dot == b.Dot })
}

// notices lists refused changes and findings in words.
func (d *Desk) notices() (out []Notice, err error) {
	refused, err := d.R.Quarantine()
	if err != nil {
		return nil, err
	}
	for _, q := range refused {
		out = append(out, Notice{Title: d.T("app.notice.refused", "when", d.When(q.At)), Text: d.Say(fault.New(fault.Code(q.Code))), Urgent: true})
	}
	findings, err := d.R.Findings()
	for _, f := range findings {
		key := "app.finding." + f.Kind
		n := Notice{Title: d.T("common.finding"), Text: f.Detail}
		about := at(f.Titles, 0)
		if about == "" {
			about = d.T("table." + f.Table)
		}
		if s := d.T(key, "a", about, "b", at(f.Titles, 1), "score", f.Score, "detail", f.Detail); s != key {
			n.Text = s
		}
		if slices.Contains(finding.Pairs, f.Kind) && len(f.Rows) == 2 {
			n.finding, n.a, n.b = f.ID, f.Rows[0], f.Rows[1]
		}
		out = append(out, n)
	}
	if err != nil {
		return nil, err
	}
	merged, err := d.merged()
	return append(out, merged...), err
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}
