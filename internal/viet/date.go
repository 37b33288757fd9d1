package viet

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Date is a date as read from text.
type Date struct {
	ISO string // YYYY, YYYY-MM or YYYY-MM-DD
	// Swappable: day and month could change places and still be a date.
	Swappable bool
	// Guessed: the century was guessed, and another guess is as good.
	Guessed bool
	// USOrder: the month stood first, for as a month the day is impossible.
	USOrder bool
}

// ReadBirthDate reads a birth date as offices write it, day first; thisYear
// settles the century of two-digit years, for members are 15 to 70 years old.
func ReadBirthDate(text string, thisYear int) (Date, error) {
	return readDate(text, func(yy int) (int, bool) {
		for year := thisYear - thisYear%100 + yy; year >= 1900; year -= 100 {
			if age := thisYear - year; age >= 15 && age <= 70 {
				return year, true
			}
		}
		year, _ := pastYear(yy, thisYear)
		return year, false
	})
}

// ReadPastDate reads the date of something that happened: joining, the issue
// of a card. A two-digit year is the latest that is not in the future.
func ReadPastDate(text string, thisYear int) (Date, error) {
	return readDate(text, func(yy int) (int, bool) { return pastYear(yy, thisYear) })
}

func pastYear(yy, thisYear int) (int, bool) {
	year := thisYear - thisYear%100 + yy
	if year > thisYear {
		year -= 100
	}
	return year, true
}

var (
	dateWords = strings.NewReplacer("ngay", " ", "thang", "/", "nam", "/", "sinh", " ", "khoang", " ")
	clockTime = regexp.MustCompile(`[t ,]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]m)?(z|[+-]\d{2}:?\d{2})?$`)
	dateParts = regexp.MustCompile(`[0-9]+|[a-z]+`)
	dateShape = regexp.MustCompile(`^[0-9a-z/.\-\\_, ]+$`)
)

var monthNames = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10,
	"nov": 11, "dec": 12, "january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8,
	"september": 9, "october": 10, "november": 11, "december": 12,
}

// readDate takes the text into two or three numbers and hands them on.
func readDate(text string, century func(int) (int, bool)) (Date, error) {
	if len(text) > 80 {
		return Date{}, FlawNotDate
	}
	s := clockTime.ReplaceAllString(Fold(text), "")
	s = strings.Trim(dateWords.Replace(s), " /.-_,'\\")
	if s == "" {
		return Date{}, FlawEmpty
	}
	if !dateShape.MatchString(s) {
		return Date{}, FlawNotDate
	}
	parts := dateParts.FindAllString(s, 5)
	named := -1 // where a month stands by its name
	for i, p := range parts {
		if p[0] >= 'a' {
			m, known := monthNames[p]
			if !known || named >= 0 {
				return Date{}, FlawNotDate
			}
			named, parts[i] = i, strconv.Itoa(m)
		}
	}
	switch {
	case len(parts) == 1 && named < 0:
		return readBare(parts[0])
	case len(parts) == 2:
		return readTwo(parts, named, century)
	case len(parts) == 3:
		return readThree(parts, named, century)
	}
	return Date{}, FlawNotDate
}

// readBare reads digits without a separator: a year, or day, month and year
// run together, which the two orders cannot both fit in these centuries.
func readBare(p string) (Date, error) {
	switch len(p) {
	case 4:
		return makeDate(p, "", "")
	case 6:
		if d, err := makeDate(p[2:], p[:2], ""); err == nil { // mmyyyy
			return d, nil
		}
		return makeDate(p[:4], p[4:], "")
	case 8:
		if d, err := makeDate(p[4:], p[2:4], p[:2]); err == nil {
			return d, nil
		}
		return makeDate(p[:4], p[4:6], p[6:])
	}
	return Date{}, FlawNotDate
}

func readTwo(p []string, named int, century func(int) (int, bool)) (Date, error) {
	if len(p[0]) == 4 {
		return makeDate(p[0], p[1], "")
	}
	year, sure, err := readYear(p[1], century)
	if err != nil {
		return Date{}, err
	}
	d, err := makeDate(year, p[0], "")
	d.Guessed = !sure || len(p[1]) == 2 && named < 0 // 05/85 may be a day without a year
	return d, err
}

func readThree(p []string, named int, century func(int) (int, bool)) (Date, error) {
	if len(p[0]) == 4 {
		return makeDate(p[0], p[1], p[2])
	}
	year, sure, err := readYear(p[2], century)
	if err != nil {
		return Date{}, err
	}
	day, month := p[0], p[1]
	if named == 0 {
		day, month = month, day
	}
	d, err := makeDate(year, month, day)
	if err != nil && named < 0 {
		if us, usErr := makeDate(year, day, month); usErr == nil && len(us.ISO) == 10 {
			us.USOrder, us.Guessed = true, !sure
			return us, nil
		}
	}
	d.Guessed = !sure
	dn, _ := strconv.Atoi(day)
	d.Swappable = err == nil && named < 0 && len(d.ISO) == 10 && dn <= 12 && !sameNumber(day, month)
	return d, err
}

func sameNumber(a, b string) bool { return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0") }

func readYear(p string, century func(int) (int, bool)) (year string, sure bool, err error) {
	switch len(p) {
	case 4:
		return p, true, nil
	case 2:
		yy, _ := strconv.Atoi(p)
		y, sure := century(yy)
		return strconv.Itoa(y), sure, nil
	}
	return "", false, FlawNotDate
}

// makeDate builds the ISO form. A day or month written 00 is not known.
func makeDate(year, month, day string) (Date, error) {
	if len(year) != 4 || len(month) > 2 || len(day) > 2 {
		return Date{}, FlawNotDate
	}
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	iso := year
	if m > 0 {
		iso += fmt.Sprintf("-%02d", m)
	}
	if d > 0 {
		if m == 0 {
			return Date{}, FlawNoSuchDay
		}
		iso += fmt.Sprintf("-%02d", d)
	}
	if y < 1900 || y > 2100 || !ValidDate(iso) {
		return Date{}, FlawNoSuchDay
	}
	return Date{ISO: iso}, nil
}

// ValidDate reports whether iso is YYYY, YYYY-MM or YYYY-MM-DD and such a day
// exists.
func ValidDate(iso string) bool {
	const full = "2006-01-02"
	if n := len(iso); n != 4 && n != 7 && n != 10 {
		return false
	}
	t, err := time.Parse(full[:len(iso)], iso)
	return err == nil && t.Year() > 0
}

// SwapDayMonth undoes what a spreadsheet set to American dates did to 3/4/1990.
func SwapDayMonth(iso string) (swapped string, ok bool) {
	if len(iso) != 10 {
		return iso, false
	}
	swapped = iso[:5] + iso[8:] + iso[4:7]
	return swapped, ValidDate(swapped)
}

// FromExcelSerial gives the date that a spreadsheet keeps as a number of days
// (1900 system; files of the 1904 system add 1462 first). Excel believes in
// 29 February 1900, so earlier numbers stand for the day after.
func FromExcelSerial(serial float64) (iso string, ok bool) {
	if math.IsNaN(serial) || serial < 1 || serial >= 2958466 {
		return "", false
	}
	days := int(serial)
	if days < 60 {
		days++
	}
	return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, days).Format("2006-01-02"), true
}
