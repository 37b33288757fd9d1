package viet

import "strings"

// Phone is a telephone number as read from text.
type Phone struct {
	Number string // as it can be stored
	// Offer is a likelier number: a lost zero given back, an eleven-digit
	// mobile number of before 2018 under its new prefix. Empty if there is none.
	Offer  string
	Remark Flaw // why Number is doubtful; empty if it is not
}

// renumbered are the mobile prefixes that went from 11 digits to 10 in 2018.
var renumbered = map[string]string{
	"0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", "0167": "037", "0168": "038", "0169": "039",
	"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
	"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
	"0186": "056", "0188": "058", "0199": "059",
}

// maxPhones is more than one person has; a cell of more is a list of something.
const maxPhones = 20

// ReadPhone reads one telephone number, or several in one cell; these come
// back joined by "; ". Nothing is refused but a number that lost its digits:
// telephones are text, and an odd one is still what was typed.
func ReadPhone(text string) (Phone, error) {
	fields := strings.FieldsFunc(Clean(text), func(r rune) bool { return r == ';' || r == '/' || r == '|' })
	if len(fields) == 1 {
		return readPhone(fields[0])
	}
	if len(fields) > maxPhones {
		return Phone{Number: Clean(text), Remark: FlawOddPhone}, nil
	}
	var numbers, offers []string
	offered := false
	for _, f := range fields {
		p, err := readPhone(f)
		if err == FlawEmpty {
			continue
		}
		if err != nil || p.Remark != "" && p.Offer == "" && p.Remark != FlawLandline {
			return Phone{Number: Clean(text), Remark: FlawOddPhone}, nil
		}
		numbers = append(numbers, p.Number)
		if p.Offer == "" {
			p.Offer = p.Number
		} else {
			offered = true
		}
		offers = append(offers, p.Offer)
	}
	if len(numbers) == 0 {
		return Phone{}, FlawEmpty
	}
	phone := Phone{Number: strings.Join(numbers, "; ")}
	if offered {
		phone.Offer, phone.Remark = strings.Join(offers, "; "), FlawOddPhone
	}
	return phone, nil
}

func readPhone(text string) (Phone, error) {
	plain := strings.NewReplacer("(", "", ")", "").Replace(text)
	foreign := strings.HasPrefix(strings.TrimSpace(plain), "+")
	digits, err := Digits(strings.Replace(plain, "+", "", 1))
	switch {
	case err == FlawEmpty || err == FlawScientific:
		return Phone{Number: digits}, err
	case err != nil:
		return Phone{Number: Clean(text), Remark: FlawOddPhone}, nil
	}
	for _, country := range []string{"0084", "840", "84"} {
		rest := strings.TrimPrefix(digits, country)
		if rest != digits && len(rest) >= 9 && (foreign || len(digits) >= 11 && digits[0] != '0' || country == "0084") {
			digits, foreign = "0"+strings.TrimLeft(rest, "0"), false
			break
		}
	}
	if foreign {
		return Phone{Number: "+" + digits, Remark: FlawForeign}, nil
	}
	return domestic(digits), nil
}

// domestic judges a number without its country.
func domestic(d string) Phone {
	switch {
	case isMobile(d):
		return Phone{Number: d}
	case len(d) == 11 && strings.HasPrefix(d, "02"):
		return Phone{Number: d, Remark: FlawLandline}
	case len(d) == 11 && renumbered[d[:4]] != "":
		return Phone{Number: d, Offer: renumbered[d[:4]] + d[4:], Remark: FlawOddPhone}
	case isMobile("0" + d), len(d) == 10 && d[0] == '2':
		return Phone{Number: d, Offer: "0" + d, Remark: FlawOddPhone}
	case len(d) == 10 && renumbered["0"+d[:3]] != "":
		return Phone{Number: d, Offer: renumbered["0"+d[:3]] + d[3:], Remark: FlawOddPhone}
	}
	return Phone{Number: d, Remark: FlawOddPhone}
}

func isMobile(d string) bool {
	return len(d) == 10 && d[0] == '0' && strings.IndexByte("35789", d[1]) >= 0
}
