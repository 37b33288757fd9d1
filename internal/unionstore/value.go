package unionstore

import (
	"strconv"
	"strings"

	"dongbo/assets"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/union"
	"dongbo/internal/viet"
	"dongbo/schema"
)

// parse reads a value in its canonical text: empty for none, digits for money,
// hex digits for an id.
func parse(c *schema.Column, text string) (change.Value, error) {
	if text == "" {
		return change.Null, nil
	}
	var v change.Value
	var err error
	switch c.SQLType() {
	case "INTEGER":
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		v = change.Int(n)
	case "REAL":
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		v = change.Real(f)
	case "BLOB":
		var id change.ID
		id, err = change.ParseID(text)
		v = change.IDValue(id)
	default:
		v = change.Text(text)
	}
	return v, fault.Wrap(err, "edit.type", "column", c.Name, "value", text)
}

// ReadValue reads what a person types for a column of any table: dates day
// first or ISO, money as offices write it, words of a codelist; empty for none.
func ReadValue(c *schema.Column, typed string, thisYear int) (change.Value, error) {
	text := strings.TrimSpace(viet.NFC(typed))
	if text == "" {
		return change.Null, nil
	}
	var err error
	switch c.Type {
	case schema.Date:
		text, err = readDate(c, text, thisYear)
	case schema.Money:
		text, err = readMoney(text)
	case schema.Real:
		text = strings.Replace(text, ",", ".", 1)
	case schema.Text:
		text, err = readWord(c, text)
	}
	if err != nil {
		return change.Null, fault.Wrap(err, "edit.type", "column", c.Name, "value", typed)
	}
	return parse(c, text)
}

func readDate(c *schema.Column, text string, thisYear int) (string, error) {
	if viet.ValidDate(text) {
		return text, nil
	}
	read := viet.ReadPastDate
	if c.Name == "birth_date" {
		read = viet.ReadBirthDate
	}
	d, err := read(text, thisYear)
	return d.ISO, err
}

func readMoney(text string) (string, error) {
	digits, negative := strings.CutPrefix(text, "-") // a reversing payment
	n, err := viet.Money(digits)
	if negative {
		n = -n
	}
	return strconv.FormatInt(n, 10), err
}

// readWord gives the slug of a word from a codelist.
func readWord(c *schema.Column, text string) (string, error) {
	if c != memberTable.Column(c.Name) {
		return text, nil
	}
	switch c.Name {
	case "gender":
		g, ok := viet.Gender(text)
		if !ok {
			return "", viet.FlawUnknown
		}
		return g, nil
	case "status":
		status, _ := union.StatusCode(text)
		return status, nil
	}
	return text, nil
}

// listText is a member's value as a list for people has it, in words that an
// import reads back as the same value.
func listText(field, value string) string {
	switch field {
	case "birth_date", "national_id_date", "joined_on":
		return DateText(value)
	case "gender":
		return word("gender", value, viet.Gender)
	case "status":
		return word("member_status", value, union.StatusCode)
	}
	return value
}

// word finds the first spelling in a codelist that reads back as the value;
// the value itself where there is none.
func word(list, value string, read func(string) (string, bool)) string {
	var spellings []string
	for _, c := range assets.Codelist(list) {
		if c.Slug == value {
			spellings = append([]string{c.VI}, spellings...)
		}
		spellings = append(append(spellings, c.VI), c.Aliases...)
	}
	for _, s := range spellings {
		if got, _ := read(s); got == value {
			return s
		}
	}
	return value
}

// DateText writes a stored date day first; a partial one keeps its parts.
func DateText(iso string) string {
	if !viet.ValidDate(iso) {
		return iso
	}
	parts := strings.Split(iso, "-")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}
