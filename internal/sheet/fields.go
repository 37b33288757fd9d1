package sheet

import (
	"regexp"
	"strconv"
	"strings"

	"dongbo/internal/union"
	"dongbo/internal/viet"
)

// kinds of fields, by how they are read; all others are plain text.
var kinds = map[string]string{
	"gender": "gender", "birth_date": "date", "national_id_date": "date", "joined_on": "date",
	"national_id": "id", "insurance_no": "insurance", "phone": "phone", "email": "email", "card_number": "number",
	"ethnicity": "ethnicity", "religion": "religion", "status": "status", "wage_base": "money", "wage_coef": "coef",
}

func fieldKind(field string) string { return kinds[field] }

func isDateField(field string) bool { return kinds[field] == "date" }

// readers set a field from a cell that is not blank.
var readers = map[string]func(*reader, Column, cell){
	"": readText, "gender": readGender, "date": readDate, "id": readID, "insurance": readInsurance, "phone": readPhone,
	"email": readEmail, "number": readNumber, "ethnicity": readEthnicity, "religion": readReligion, "status": readStatus,
	"money": readMoney, "coef": readCoef,
}

func readText(rd *reader, c Column, cell cell) {
	if cell.date {
		cell.text = rd.b.grid.show(cell)
	}
	rd.rec.Fields[c.Field], _ = rd.text(c.Field, c, cell)
}

func readGender(rd *reader, c Column, cell cell) {
	g, ok := viet.Gender(viet.Convert(c.Encoding, cell.text))
	if !ok {
		rd.problem(c.Field, string(viet.FlawUnknown), viet.Clean(cell.text), true)
	}
	rd.rec.Fields[c.Field] = g
}

func readEthnicity(rd *reader, c Column, cell cell) { readName(rd, c, cell, viet.Ethnicity) }

func readReligion(rd *reader, c Column, cell cell) { readName(rd, c, cell, viet.Religion) }

// readName looks a word up; one that is not known is kept as typed.
func readName(rd *reader, c Column, cell cell, lookup func(string) (string, bool)) {
	if name, ok := lookup(viet.Convert(c.Encoding, cell.text)); ok {
		rd.rec.Fields[c.Field] = name
		return
	}
	value, _ := rd.text(c.Field, c, cell)
	rd.problem(c.Field, string(viet.FlawUnknown), value, false)
	rd.rec.Fields[c.Field] = value
}

func readStatus(rd *reader, c Column, cell cell) {
	if code, ok := union.StatusCode(viet.Convert(c.Encoding, cell.text)); ok {
		rd.rec.Fields[c.Field] = code
		return
	}
	rd.rec.Fields[c.Field], _ = rd.text(c.Field, c, cell)
}

func readID(rd *reader, c Column, cell cell) {
	id, err := viet.ReadNationalID(cell.text, rd.rec.Fields["gender"], rd.rec.Fields["birth_date"])
	if err == viet.FlawLength {
		if padded, ok := viet.PadNationalID(id.Number); ok {
			value := rd.offer(c.Field, id.Number, padded, "lost_zeros")
			rd.rec.Fields[c.Field] = value
			id, _ = viet.ReadNationalID(padded, rd.rec.Fields["gender"], rd.rec.Fields["birth_date"])
			rd.remarks(c.Field, value, id.Remarks)
			return
		}
	}
	if err != nil {
		rd.problem(c.Field, err.Error(), viet.Clean(cell.text), true)
		return
	}
	rd.remarks(c.Field, id.Number, id.Remarks)
	rd.rec.Fields[c.Field] = id.Number
}

func (rd *reader) remarks(field, value string, flaws []viet.Flaw) {
	for _, f := range flaws {
		rd.problem(field, string(f), value, false)
	}
}

func readInsurance(rd *reader, c Column, cell cell) {
	number, offer, err := viet.ReadInsuranceNo(cell.text)
	switch {
	case err == viet.FlawScientific:
		rd.problem(c.Field, err.Error(), viet.Clean(cell.text), true)
		return
	case err != nil: // text, and still what was typed
		rd.problem(c.Field, err.Error(), number, false)
	case len(number) == 15:
		number = rd.offer(c.Field, number, offer, "health_card")
	case offer != "":
		number = rd.offer(c.Field, number, offer, "lost_zeros")
	}
	rd.rec.Fields[c.Field] = number
}

func readPhone(rd *reader, c Column, cell cell) {
	p, err := viet.ReadPhone(cell.text)
	switch {
	case err != nil:
		rd.problem(c.Field, err.Error(), viet.Clean(cell.text), true)
		return
	case p.Offer == "" && p.Remark != "":
		rd.problem(c.Field, string(p.Remark), p.Number, false)
	case strings.HasSuffix(p.Offer, p.Number):
		p.Number = rd.offer(c.Field, p.Number, p.Offer, "lost_zeros")
	case p.Offer != "":
		p.Number = rd.offer(c.Field, p.Number, p.Offer, "old_prefix")
	}
	rd.rec.Fields[c.Field] = p.Number
}

// readNumber reads the number of a paper whose form is nobody's law.
func readNumber(rd *reader, c Column, cell cell) {
	if digits, err := viet.Digits(cell.text); err == viet.FlawScientific {
		rd.problem(c.Field, err.Error(), digits, true)
		return
	}
	readText(rd, c, cell)
}

var mailAddress = regexp.MustCompile(`^[^\s@,;]+@[^\s@,;]+\.[^\s@,;.]{2,}$`)

func readEmail(rd *reader, c Column, cell cell) {
	value := viet.Clean(cell.text)
	if !mailAddress.MatchString(value) {
		rd.problem(c.Field, "odd_email", value, false)
	}
	rd.rec.Fields[c.Field] = value
}

func readMoney(rd *reader, c Column, cell cell) {
	// "Lương" often heads the coefficient: nobody earns 2.34 đồng.
	if coef, err := viet.Coefficient(cell.text); err == nil && len(rd.columns("wage_coef")) == 0 {
		rd.rec.Fields["wage_coef"] = strconv.FormatFloat(coef, 'f', -1, 64)
		return
	}
	amount, err := viet.Money(viet.Convert(c.Encoding, cell.text))
	if err != nil {
		rd.problem(c.Field, err.Error(), viet.Clean(cell.text), true)
		return
	}
	if amount > 0 && amount < 100_000 {
		rd.problem(c.Field, "small_amount", viet.Clean(cell.text), false)
	}
	rd.rec.Fields[c.Field] = strconv.FormatInt(amount, 10)
}

func readCoef(rd *reader, c Column, cell cell) {
	coef, err := viet.Coefficient(cell.text)
	if err != nil {
		rd.problem(c.Field, err.Error(), viet.Clean(cell.text), true)
		return
	}
	rd.rec.Fields[c.Field] = strconv.FormatFloat(coef, 'f', -1, 64)
}
