package union

import (
	"slices"
	"strconv"
	"strings"

	"dongbo/internal/fault"
	"dongbo/internal/viet"
)

// Member is a member as the register holds it.
type Member struct {
	ID, UnitID [16]byte
	Deleted    bool
	Fields     map[string]string
}

// Existing is the register as a plan may ask it. Members come in an order that
// stays the same from one asking to the next; the deleted are among them.
type Existing interface {
	ByNationalID(id string) []Member
	ByCard(number string) []Member
	ByInsurance(number string) []Member
	// ByName looks in the unit alone, for the folded name and exactly this
	// birth date, which may be partial or empty.
	ByName(foldedName, birthDate string) []Member
	// ByImport gives the member that this row of this file became, or was
	// found to be, when the file was first imported.
	ByImport(fileKey, recordKey string) (Member, bool)
}

// Verdict is what is to be done with a row.
type Verdict string

// The verdicts.
const (
	New               Verdict = "new"
	Update            Verdict = "update"
	Same              Verdict = "same"
	PossibleDuplicate Verdict = "possible_duplicate" // a person must look
	Error             Verdict = "error"
)

// FieldChange is a value that a row brings.
type FieldChange struct{ Field, From, To string }

// Decision is the verdict on one row.
type Decision struct {
	Record  *Record
	Verdict Verdict
	// Member is whom the row was found to be, or may be.
	Member  Member
	By      string        // the field, or "name_and_birth_date" or "earlier_import", that told
	Changes []FieldChange // for New and Update, by field
	Why     []*fault.Error
}

// Plan is one decision a row, in the order of the file.
type Plan struct {
	FileKey   string
	Decisions []Decision
}

// Count says how many rows have each verdict.
func (p Plan) Count() map[Verdict]int {
	n := map[Verdict]int{}
	for _, d := range p.Decisions {
		n[d.Verdict]++
	}
	return n
}

// Reasons gives for each row that will not be imported the sentences why, by
// line: what an error workbook shows.
func (p Plan) Reasons(lang string) map[int]string {
	out := map[int]string{}
	for _, d := range p.Decisions {
		if d.Verdict != Error && d.Verdict != PossibleDuplicate {
			continue
		}
		var s []string
		for _, e := range d.Why {
			s = append(s, fault.Sentence(lang, e))
			if hint := fault.Hint(lang, e); hint != "" {
				s = append(s, hint)
			}
		}
		out[d.Record.Line] = strings.Join(s, " ")
	}
	return out
}

// planner carries what is known while a plan is made.
type planner struct {
	fileKey string
	unit    [16]byte
	reg     Existing
	out     []Decision
	taken   map[[16]byte]int // members found or doubted, with the line
	earlier map[[16]byte]int // members that an earlier import of this file left to a line
}

// PlanImport decides on each record. Who somebody is, is told by the national
// id, the card number, the insurance number, else by name, full birth date and
// unit, else by what an earlier import of the same file remembered. Every row
// is tried by its numbers before any is by its name: otherwise a row could
// take the member whose number stands further down.
func PlanImport(fileKey string, records []Record, reg Existing, unit [16]byte) Plan {
	p := &planner{fileKey: fileKey, unit: unit, reg: reg, out: make([]Decision, len(records)),
		taken: map[[16]byte]int{}, earlier: map[[16]byte]int{}}
	for i := range records {
		p.out[i] = Decision{Record: &records[i]}
		if m, ok := reg.ByImport(fileKey, records[i].Key); ok {
			p.earlier[m.ID] = records[i].Line
		}
	}
	p.each((*planner).refuse)
	p.refuseTwins()
	p.refuseClashes()
	p.each((*planner).matchNumbers)
	p.each((*planner).matchNameExactly)
	p.each((*planner).matchName)
	p.each((*planner).matchEarlier)
	p.each((*planner).doubt)
	p.each(func(_ *planner, d *Decision) {
		d.Verdict, d.Changes = New, changes(d.Record, Member{})
	})
	return Plan{FileKey: fileKey, Decisions: p.out}
}

// each runs a step on the rows that have no verdict yet.
func (p *planner) each(step func(*planner, *Decision)) {
	for i := range p.out {
		if d := &p.out[i]; d.Verdict == "" {
			step(p, d)
		}
	}
}

// refuse makes errors of rows with a fatal problem.
func (p *planner) refuse(d *Decision) {
	for _, pr := range d.Record.Problems {
		if pr.Fatal {
			d.Verdict = Error
			d.Why = append(d.Why, pr.Fault(d.Record.Line))
		}
	}
}

// numberFields tell who somebody is, the surest first.
var numberFields = []string{"national_id", "card_number", "insurance_no"}

// refuseTwins makes an error of the second row with a number that one person
// alone can have.
func (p *planner) refuseTwins() {
	for _, field := range numberFields {
		first := map[string]int{}
		p.each(func(_ *planner, d *Decision) {
			number := d.Record.mended(field)
			if number == "" {
				return
			}
			if line, seen := first[number]; seen {
				d.Verdict = Error
				d.Why = append(d.Why, fault.New("row.same_id_in_file", "field", word(field), "line", line))
				return
			}
			first[number] = d.Record.Line
		})
	}
}

func word(field string) fault.Word { return fault.Word("field." + field) }

// byNumber asks the register for a number as typed and as it would be mended.
func (p *planner) byNumber(r *Record, field string) []Member {
	ask := map[string]func(string) []Member{
		"national_id": p.reg.ByNationalID, "card_number": p.reg.ByCard, "insurance_no": p.reg.ByInsurance,
	}[field]
	typed, mended := r.Fields[field], r.mended(field)
	if typed == "" {
		return nil
	}
	found := ask(typed)
	if mended == typed {
		return found
	}
	for _, m := range ask(mended) {
		if !slices.ContainsFunc(found, func(f Member) bool { return f.ID == m.ID }) {
			found = append(found, m)
		}
	}
	return found
}

// refuseClashes makes errors of two rows whose numbers name one member of the
// unit. What the one would change could make the other look new next time.
func (p *planner) refuseClashes() {
	type claim struct {
		d  *Decision
		by string
	}
	claims := map[[16]byte][]claim{}
	p.each(func(_ *planner, d *Decision) {
		for _, field := range numberFields {
			here, _ := p.split(p.byNumber(d.Record, field))
			for _, m := range here {
				c := claims[m.ID]
				if len(c) > 0 && c[len(c)-1].d != d {
					first := c[0]
					if first.d.Verdict == "" {
						p.clash(first.d, m, first.by, d.Record.Line)
					}
					if d.Verdict == "" {
						p.clash(d, m, field, first.d.Record.Line)
					}
				}
				claims[m.ID] = append(c, claim{d, field})
			}
		}
	})
}

// matchNumbers finds a row by its numbers. The first that anybody has decides,
// unless a later one names somebody else.
func (p *planner) matchNumbers(d *Decision) {
	var by string
	var who Member
	for _, field := range numberFields {
		found := p.byNumber(d.Record, field)
		if len(found) == 0 {
			continue
		}
		here, rest := p.split(found)
		switch {
		case len(here) == 0 && by == "":
			p.elsewhere(d, field, rest)
			return
		case len(here) == 0:
			continue
		case by != "":
			if !slices.ContainsFunc(here, func(m Member) bool { return m.ID == who.ID }) {
				p.maybe(d, who, by, fault.New("import.ids_disagree", "field", word(by), "name", nameOf(who), "other", word(field), "othername", nameOf(here[0])))
				return
			}
		default:
			m, ok := p.choose(d.Record, here)
			if !ok {
				p.maybe(d, here[0], field, fault.New("import.several_matches", "field", word(field), "count", len(here)))
				return
			}
			by, who = field, m
		}
	}
	if by == "" {
		return
	}
	if has, is := who.Fields["national_id"], d.Record.mended("national_id"); len(has) == 12 && len(is) == 12 && has != is {
		// The number of a CCCD is for life; that of an old card is not.
		p.maybe(d, who, by, fault.New("import.same_number_other_id", "field", word(by), "name", nameOf(who)))
		return
	}
	if !samePerson(d.Record, who) {
		p.maybe(d, who, by, fault.New("import.same_number_other_name", "field", word(by), "name", nameOf(who)))
		return
	}
	p.found(d, who, by)
}

// split parts the living members of the unit from all others.
func (p *planner) split(found []Member) (here, rest []Member) {
	for _, m := range found {
		if m.UnitID == p.unit && !m.Deleted {
			here = append(here, m)
		} else {
			rest = append(rest, m)
		}
	}
	return here, rest
}

// elsewhere: somebody has the number, but not here, or not any more. That is
// for a person to settle: a transfer, a return, or a typing error.
func (p *planner) elsewhere(d *Decision, by string, rest []Member) {
	code := fault.Code("import.deleted_member")
	m := rest[0]
	for _, r := range rest {
		if !r.Deleted {
			m, code = r, "import.same_person_elsewhere"
			break
		}
	}
	p.maybe(d, m, by, fault.New(code, "field", word(by), "name", nameOf(m)))
}

// choose takes one of several members: the one remembered from an earlier
// import, or the one the row agrees with wholly.
func (p *planner) choose(r *Record, found []Member) (Member, bool) {
	if len(found) == 1 {
		return found[0], true
	}
	if m, ok := p.reg.ByImport(p.fileKey, r.Key); ok {
		if i := slices.IndexFunc(found, func(f Member) bool { return f.ID == m.ID }); i >= 0 {
			return found[i], true
		}
	}
	for _, m := range found {
		if _, used := p.taken[m.ID]; !used && len(changes(r, m)) == 0 {
			return m, true
		}
	}
	return Member{}, false
}

// samePerson doubts a match by number where neither name nor birth date agree.
func samePerson(r *Record, m Member) bool {
	if viet.Fold(r.mended("full_name")) == viet.Fold(m.Fields["full_name"]) {
		return true
	}
	a, b := r.mended("birth_date"), m.Fields["birth_date"]
	return a != "" && b != "" && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

func nameOf(m Member) string { return m.Fields["full_name"] }

// found settles a row as a member that no other row has been found to be.
func (p *planner) found(d *Decision, m Member, by string) {
	if line, used := p.taken[m.ID]; used {
		p.clash(d, m, by, line)
		return
	}
	p.taken[m.ID] = d.Record.Line
	d.Verdict, d.Member, d.By = Same, m, by
	if d.Changes = changes(d.Record, m); len(d.Changes) > 0 {
		d.Verdict = Update
	}
}

func (p *planner) clash(d *Decision, m Member, by string, line int) {
	d.Verdict, d.Member, d.By = Error, m, by
	d.Why = append(d.Why, fault.New("import.same_person_in_file", "name", nameOf(m), "line", line))
}

func (p *planner) maybe(d *Decision, m Member, by string, why *fault.Error) {
	d.Verdict, d.Member, d.By = PossibleDuplicate, m, by
	d.Why = append(d.Why, why)
}

// changes lists the values that a row brings and the member has not. An empty
// cell brings nothing, nor does one that only a repair not taken keeps from
// being equal.
func changes(r *Record, m Member) []FieldChange {
	var out []FieldChange
	for field, to := range r.Fields {
		from := m.Fields[field]
		if to != "" && !sameValue(field, from, to) && !sameValue(field, from, r.mended(field)) {
			out = append(out, FieldChange{field, from, to})
		}
	}
	slices.SortFunc(out, func(a, b FieldChange) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// sameValue reports whether writing to over from would change nothing that
// anybody meant.
func sameValue(field, from, to string) bool {
	if viet.NFC(from) == viet.NFC(to) {
		return true
	}
	if from == "" {
		return false
	}
	switch field {
	case "full_name":
		// Hòa or Hoà is the legal spelling, and capitals are a way to print
		// it; but a register in capitals may be mended.
		_, shouting := viet.TitleName(from)
		return !shouting && viet.ToneKey(from) == viet.ToneKey(to)
	case "birth_date", "national_id_date", "joined_on":
		return strings.HasPrefix(from, to+"-") // the year alone is no news of a known day
	case "wage_base", "wage_coef":
		a, errA := strconv.ParseFloat(from, 64)
		b, errB := strconv.ParseFloat(to, 64)
		return errA == nil && errB == nil && a == b
	}
	return false
}
