package sheet

import (
	"slices"
	"strings"

	"dongbo/internal/viet"
)

// reader builds the record of one row.
type reader struct {
	b   *Book
	row gridRow
	rec *Record
}

// order in which fields are read: what later ones are compared with comes
// first.
var readOrder = []string{
	"full_name", "gender", "birth_date", "national_id", "national_id_date", "phone", "email", "ethnicity", "religion", "address",
	"hometown", "job_title", "department", "education", "joined_on", "card_number", "status", "union_role", "insurance_no",
	"wage_base", "wage_coef", "notes",
}

func (b *Book) record(r gridRow, st *walkState) Record {
	rec := Record{Line: r.line, Key: b.key(r, st), Fields: map[string]string{}}
	for _, c := range r.cells {
		rec.Raw = append(rec.Raw, b.grid.show(c))
	}
	rd := &reader{b: b, row: r, rec: &rec}
	for _, field := range readOrder {
		rd.read(field)
	}
	if rec.Fields["department"] == "" && st.department != "" {
		rec.Fields["department"] = st.department
	}
	for f, v := range rec.Fields {
		if v == "" {
			delete(rec.Fields, f)
		}
	}
	return rec
}

// read gives a field the value of its columns.
func (rd *reader) read(field string) {
	switch field {
	case "full_name":
		rd.name()
		return
	case "gender":
		rd.marks()
	}
	for _, c := range rd.columns(field) {
		cell := rd.row.at(c.Index)
		if isBlank(field, cell.text) {
			continue
		}
		if strings.HasPrefix(cell.text, "#") && strings.ContainsAny(cell.text, "!?/") {
			rd.problem(field, "cell_error", cell.text, true)
			continue
		}
		if old := rd.rec.Fields[field]; old != "" {
			if v := viet.Clean(viet.Convert(c.Encoding, cell.text)); v != old {
				rd.problem(field, "two_values", v, false)
			}
			continue
		}
		readers[fieldKind(field)](rd, c, cell)
	}
}

// columns gives those that carry the field whole, the likelier first: a list
// with both CCCD and CMND means the CCCD.
func (rd *reader) columns(field string) []Column {
	var out []Column
	for _, c := range rd.b.Columns {
		if c.Field == field && c.Part == Whole {
			out = append(out, c)
		}
	}
	if field == "national_id" && len(out) > 1 {
		slices.SortStableFunc(out, func(a, b Column) int { return rank(a) - rank(b) })
	}
	return out
}

func rank(c Column) int {
	if k := headKey(c.Head); strings.Contains(k, "cmnd") || strings.Contains(k, "cmt") || strings.Contains(k, "chung minh") {
		return 1
	}
	return 0
}

// isBlank: nothing, or the dash that people type for nothing. To religion a
// dash is an answer.
func isBlank(field, text string) bool {
	t := viet.Clean(text)
	return t == "" || field != "religion" && strings.Trim(t, "-–—_. ") == ""
}

func (rd *reader) problem(field, code, value string, fatal bool) {
	rd.rec.Problems = append(rd.rec.Problems, Problem{Field: field, Code: code, Value: value, Fatal: fatal})
}

// offer makes a repair of the field's value from one text to another. Taken,
// it is the value; otherwise the typed text stays, with a remark.
func (rd *reader) offer(field, from, to, why string) string {
	if from == to {
		return from
	}
	o := rd.b.opts
	taken := o.Repair && (len(o.Only) == 0 || slices.Contains(o.Only, why))
	rd.rec.Repairs = append(rd.rec.Repairs, Repair{Field: field, From: from, To: to, Why: why, Taken: taken})
	if taken {
		return to
	}
	rd.problem(field, "repair_offered", from, false)
	return from
}

// text gives a cell clean, offering to convert it from its column's encoding.
// Alongside comes the converted text: where a word is only looked up, or the
// next offer builds on it, that is what counts.
func (rd *reader) text(field string, c Column, cell cell) (value, converted string) {
	value, converted = viet.Clean(cell.text), viet.Clean(viet.Convert(c.Encoding, cell.text))
	if value == converted {
		return value, converted
	}
	why := "from_tcvn3"
	if c.Encoding == viet.VNI {
		why = "from_vni"
	}
	return rd.offer(field, value, converted, why), converted
}

// name joins what may stand in two columns and offers to mend it.
func (rd *reader) name() {
	var raw, conv [2]string
	column := map[Part]int{Whole: 0, Family: 0, Given: 1}
	why := Column{}
	for _, c := range rd.b.Columns {
		cell := rd.row.at(c.Index)
		if c.Field != "full_name" || viet.Clean(cell.text) == "" {
			continue
		}
		i := column[c.Part]
		text, converted := viet.Clean(cell.text), viet.Clean(viet.Convert(c.Encoding, cell.text))
		if i == 0 && raw[0] != "" {
			rd.problem("full_name", "two_values", converted, false)
			continue
		}
		if c.perhaps {
			why.perhaps = true
		}
		if text != converted {
			why.Encoding = c.Encoding
			if c.Encoding == viet.TCVN3 {
				converted = viet.RaiseInitials(converted)
			}
		}
		raw[i], conv[i] = text, converted
	}
	if why.perhaps && (conv[0] == conv[1] || strings.HasSuffix(conv[0], " "+conv[1])) {
		raw[1], conv[1] = "", ""
	}
	typed, value := viet.JoinName(raw[0], raw[1]), viet.JoinName(conv[0], conv[1])
	if value == "" {
		rd.problem("full_name", "name_missing", "", true)
		return
	}
	result := typed
	if typed != value {
		code := "from_tcvn3"
		if why.Encoding == viet.VNI {
			code = "from_vni"
		}
		result = rd.offer("full_name", typed, value, code)
	}
	rd.rec.Fields["full_name"] = rd.mendName(result, value)
}

// mendName offers what may be done to a name in Unicode. The offers are a
// chain: where an earlier one was not taken, the later ones are not either.
func (rd *reader) mendName(result, value string) string {
	chained := result == value
	step := func(to, why string) {
		from := value
		value = to
		if got := rd.offer("full_name", from, to, why); chained && got == to {
			result = to
		} else {
			chained = false
			rd.untake(why)
		}
	}
	if to, changed := viet.MendLookAlikes(value); changed {
		step(to, "look_alikes")
	}
	if to, changed := viet.TitleName(value); changed {
		step(to, "all_capitals")
	}
	if odd := viet.Lint(value); len(odd) > 0 {
		rd.problem("full_name", string(viet.FlawOddLetters), value, false)
	}
	return result
}

func (rd *reader) untake(why string) {
	for i := range rd.rec.Repairs {
		if r := &rd.rec.Repairs[i]; r.Field == "full_name" && r.Why == why {
			r.Taken = false
		}
	}
}

// marks reads the two columns Nam and Nữ, which hold an x or the birth date.
func (rd *reader) marks() {
	genders := map[Part]string{Male: "male", Female: "female"}
	columns, found := 0, ""
	for _, c := range rd.b.Columns {
		g := genders[c.Part]
		if g == "" {
			continue
		}
		columns++
		cell := rd.row.at(c.Index)
		text := viet.Clean(viet.Convert(c.Encoding, cell.text))
		if isBlank("gender", text) || text == "0" {
			continue
		}
		if found != "" && found != g {
			rd.problem("gender", "two_values", text, true)
			continue
		}
		found = g
		if said, ok := viet.Gender(text); ok && said != g && text != "1" && text != "2" {
			rd.problem("gender", "two_values", text, true)
		}
		if len(text) >= 4 && strings.ContainsAny(text, "0123456789") {
			readDate(rd, Column{Index: c.Index, Field: "birth_date", usDates: c.usDates, swapped: c.swapped}, cell)
		}
	}
	switch {
	case found != "":
		rd.rec.Fields["gender"] = found
	case columns == 1 && len(rd.columns("gender")) == 0 && rd.onlyFemaleColumn():
		if rd.offer("gender", "", "male", "blank_is_male") == "male" {
			rd.rec.Fields["gender"] = "male"
		}
	}
}

func (rd *reader) onlyFemaleColumn() bool {
	return slices.ContainsFunc(rd.b.Columns, func(c Column) bool { return c.Part == Female && c.Filled > 0 })
}
