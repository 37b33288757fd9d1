package present

import (
	"strings"
	"unicode"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/viet"
	"dongbo/schema"
)

// Problem is what is wrong or doubtful with one field. A fatal one keeps the
// form from being saved; any other is shown and the value kept, for papers
// with odd numbers exist.
type Problem struct {
	Column string
	Fatal  bool
	Err    error
}

func problem(column, value string, flaw error, fatal bool) Problem {
	return Problem{Column: column, Fatal: fatal, Err: fault.New(fault.Code("row."+flaw.Error()),
		"field", fault.Word("field."+column), "value", value)}
}

// Read turns what was typed in a member's field into its value, with what is
// wrong or doubtful about it. An empty field is NULL. birth and gender are the
// row's own, for the number that repeats them.
func Read(column, typed string, thisYear int, gender, birth string) (change.Value, []Problem) {
	text := viet.Clean(typed)
	if text == "" {
		if column == "full_name" {
			return change.Value{}, []Problem{problem(column, "", viet.FlawEmpty, true)}
		}
		return change.Value{}, nil
	}
	switch column {
	case "full_name":
		return readName(text)
	case "birth_date", "national_id_date", "joined_on":
		return readDate(column, text, thisYear)
	case "national_id":
		return readID(text, gender, birth)
	case "phone":
		return readPhone(text)
	case "insurance_no":
		return readInsurance(text)
	case "notes", "address":
		return change.Text(viet.NFC(strings.TrimSpace(typed))), nil
	}
	return readPlain(column, text)
}

func readName(text string) (change.Value, []Problem) {
	if odd := viet.Lint(text); len(odd) > 0 {
		return change.Text(text), []Problem{problem("full_name", text, viet.FlawOddLetters, false)}
	}
	return change.Text(text), nil
}

// readDate reads day first, whole or partial. Only a guess is worth a word:
// the list itself shows dates day first.
func readDate(column, text string, thisYear int) (change.Value, []Problem) {
	read := viet.ReadPastDate
	if column == "birth_date" {
		read = viet.ReadBirthDate
	}
	d, err := read(text, thisYear)
	switch {
	case err != nil:
		return change.Text(text), []Problem{problem(column, text, err, true)}
	case d.Guessed || d.USOrder:
		return change.Text(d.ISO), []Problem{problem(column, text, viet.Flaw("ambiguous_date"), false)}
	}
	return change.Text(d.ISO), nil
}

func readID(text, gender, birth string) (v change.Value, all []Problem) {
	id, err := viet.ReadNationalID(text, gender, birth)
	if err != nil {
		return change.Text(text), []Problem{problem("national_id", text, err, false)}
	}
	for _, r := range id.Remarks {
		all = append(all, problem("national_id", id.Number, r, false))
	}
	return change.Text(id.Number), all
}

func readPhone(text string) (change.Value, []Problem) {
	p, err := viet.ReadPhone(text)
	switch {
	case err != nil:
		return change.Text(text), []Problem{problem("phone", text, err, false)}
	case p.Remark != "" && p.Remark != viet.FlawLandline:
		return change.Text(p.Number), []Problem{problem("phone", text, p.Remark, false)}
	}
	return change.Text(p.Number), nil
}

func readInsurance(text string) (change.Value, []Problem) {
	number, _, err := viet.ReadInsuranceNo(text)
	if err != nil {
		return change.Text(text), []Problem{problem("insurance_no", text, err, false)}
	}
	return change.Text(number), nil
}

func readPlain(column, text string) (change.Value, []Problem) {
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return change.Text(text), []Problem{problem(column, text, viet.FlawOddLetters, false)}
	case column == "email" && strings.Count(text, "@") != 1:
		return change.Text(text), []Problem{problem(column, text, viet.Flaw("odd_email"), false)}
	}
	return change.Text(text), nil
}

// ReadAny turns what was typed into a value of a column of any table, by the
// column's type alone: how a conflict's result is typed in.
func ReadAny(c *schema.Column, typed string, thisYear int) (change.Value, error) {
	text := viet.Clean(typed)
	if text == "" {
		if c.NotNull {
			return change.Value{}, viet.FlawEmpty
		}
		return change.Value{}, nil
	}
	switch c.Type {
	case schema.Date:
		d, err := viet.ReadPastDate(text, thisYear)
		return change.Text(d.ISO), err
	case schema.Integer, schema.Money, schema.Time:
		n, err := viet.Money(text)
		return change.Int(n), err
	case schema.Real:
		f, err := viet.Coefficient(text)
		return change.Real(f), err
	case schema.ID:
		id, err := change.ParseID(text)
		return change.IDValue(id), err
	}
	return change.Text(text), nil
}
