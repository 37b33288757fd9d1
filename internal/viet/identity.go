package viet

import (
	"regexp"
	"strings"
)

// IDKind says what kind of paper a number belongs to.
type IDKind int

// The kinds of identity numbers.
const (
	IDUnknown  IDKind = iota
	IDCitizen         // CCCD, twelve digits, for life
	IDOldCard         // CMND, nine digits, not valid since 2025: only to match by
	IDPassport        // foreigners
)

// NationalID is an identity number as read from text.
type NationalID struct {
	Number  string // digits only, or a passport number in capitals
	Kind    IDKind
	Remarks []Flaw // doubts that are no errors: the law knows corrections
}

var (
	scientific  = regexp.MustCompile(`^[0-9]([.,]([0-9]*))?[eE]\+?([0-9]{1,2})$`)
	passport    = regexp.MustCompile(`^[A-Z]{1,2}[0-9]{6,9}$`)
	healthCard  = regexp.MustCompile(`^[A-Z]{2}[0-9]{13}$`)
	numberClean = strings.NewReplacer(" ", "", ".", "", "-", "", "'", "", ",", "", "’", "", "`", "", "\"", "", "_", "")
)

// ReadNationalID reads an identity number and compares it with the gender
// ("male", "female" or "") and the birth date (ISO or "") beside it. A number
// of the wrong length comes back with FlawLength, for PadNationalID to mend.
func ReadNationalID(text, gender, birthDate string) (NationalID, error) {
	digits, err := Digits(text)
	if err == FlawNotNumber && passport.MatchString(digits) {
		return NationalID{Number: digits, Kind: IDPassport, Remarks: []Flaw{FlawPassport}}, nil
	}
	if err != nil {
		return NationalID{Number: digits}, err
	}
	switch len(digits) {
	case 12:
		return NationalID{Number: digits, Kind: IDCitizen, Remarks: citizenRemarks(digits, gender, birthDate)}, nil
	case 9:
		return NationalID{Number: digits, Kind: IDOldCard, Remarks: []Flaw{FlawOldID}}, nil
	}
	return NationalID{Number: digits}, FlawLength
}

// Digits takes out the spaces and signs people put between digits, and reads
// a number that went through a spreadsheet: "79123456789.0", "7.9123456789E10".
// A power of ten that lost digits is FlawScientific. Letters stay in the
// result, in capitals, with FlawNotNumber.
func Digits(text string) (string, error) {
	s := Clean(text)
	if m := scientific.FindStringSubmatch(s); m != nil {
		return fromScientific(s, m[2], m[3])
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, ".00"), ".0")
	s = strings.ToUpper(numberClean.Replace(s))
	if s == "" {
		return "", FlawEmpty
	}
	if strings.Trim(s, "0123456789") != "" {
		return s, FlawNotNumber
	}
	return s, nil
}

// fromScientific writes the number out if no digit is missing. Spreadsheets
// show six digits; a real number of a paper has more before its zeros.
func fromScientific(s, fraction, exponent string) (string, error) {
	exp := 0
	for _, c := range exponent {
		exp = exp*10 + int(c-'0')
	}
	if len(fraction) < exp-2 || len(fraction) > exp || exp > 18 {
		return s, FlawScientific
	}
	return s[:1] + fraction + strings.Repeat("0", exp-len(fraction)), nil
}

// provinces are the 63 codes in whose registers births were written; numbers
// did not change when provinces merged.
const provinces = " 01 02 04 06 08 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 48 49 51 52 54" +
	" 56 58 60 62 64 66 67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 96 "

func knownProvince(id string) bool {
	return id[0] == '0' && strings.Contains(provinces, " "+id[1:3]+" ")
}

// citizenRemarks compares what a CCCD says with the rest of the row.
func citizenRemarks(id, gender, birthDate string) []Flaw {
	var flaws []Flaw
	if !knownProvince(id) {
		flaws = append(flaws, FlawProvince)
	}
	century, female := int(id[3]-'0')/2, (id[3]-'0')%2 == 1
	if gender == "male" && female || gender == "female" && !female {
		flaws = append(flaws, FlawGender)
	}
	if len(birthDate) >= 4 && birthDate[:4] != []string{"19", "20", "21", "22", "23"}[century]+id[4:6] {
		flaws = append(flaws, FlawBirthYear)
	}
	return flaws
}

// PadNationalID gives back the zeros that a spreadsheet ate: eleven digits to
// a CCCD, ten where the first two were zeros, eight to an old card.
func PadNationalID(digits string) (padded string, ok bool) {
	if strings.Trim(digits, "0123456789") != "" {
		return digits, false
	}
	switch len(digits) {
	case 8:
		return "0" + digits, true
	case 10, 11:
		padded = strings.Repeat("0", 12-len(digits)) + digits
		if knownProvince(padded) && padded[3] <= '3' {
			return padded, true
		}
	}
	return digits, false
}

// ReadInsuranceNo reads a social insurance number: ten digits, or since
// August 2025 the twelve of the CCCD. Where the text is one digit short, or
// is the fifteen signs of a health card, the number comes back with offer
// set: it is a repair to be asked for.
func ReadInsuranceNo(text string) (number string, offer string, err error) {
	digits, err := Digits(text)
	if err == FlawNotNumber && healthCard.MatchString(digits) {
		return digits, digits[5:], nil
	}
	if err != nil {
		return digits, "", err
	}
	switch len(digits) {
	case 10, 12:
		return digits, "", nil
	case 9:
		return digits, "0" + digits, nil
	case 11:
		if padded, ok := PadNationalID(digits); ok {
			return digits, padded, nil
		}
	}
	return digits, "", FlawLength
}
