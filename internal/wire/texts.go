package wire

import (
	"strconv"
	"strings"

	"dongbo/internal/change"
)

// templated codes the texts that are numbers: which template each follows,
// then each template's numbers together.
func (x *codec) templated(c *column, vals []change.Value, at []int, forms []uint64) {
	var places [maxTemplates][]int
	for i, p := range at {
		if forms[i] != textNumber {
			continue
		}
		t := 0
		if !x.reading {
			t = c.fitTemplate(vals[p].Text())
		}
		t = int(min(x.through(&c.templateOf, uint64(t)), maxTemplates))
		if t == c.told && t < maxTemplates {
			x.newTemplate(c)
		}
		if x.err != nil || t >= c.told {
			x.fail(ErrInvalid)
			return
		}
		places[t] = append(places[t], p)
	}
	for t, ps := range places {
		if len(ps) > 0 {
			x.templateNumbers(c.templates[t], vals, ps)
		}
	}
}

func (x *codec) newTemplate(c *column) {
	if x.reading {
		c.templates = append(c.templates, new(template))
	}
	t := c.templates[c.told]
	c.told++
	t.digits = int(min(x.through(&c.textLen, uint64(t.digits)), maxDigits))
	n := int(min(x.through(&c.textLen, uint64(len(t.before))), maxBefore))
	if x.reading {
		t.before = strings.Clone(x.take(n))
	} else {
		x.texts = append(x.texts, t.before...)
	}
}

func (x *codec) templateNumbers(t *template, vals []change.Value, at []int) {
	nums := make([]int64, len(at))
	for i, p := range at {
		if !x.reading {
			nums[i], _ = strconv.ParseInt(vals[p].Text()[len(t.before):], 10, 64)
		}
	}
	x.ints(&t.nums, nums)
	if !x.reading || !x.charge(len(at)*(maxBefore+maxDigits)) {
		return
	}
	for i, p := range at {
		digits := strconv.FormatInt(nums[i], 10)
		if nums[i] < 0 || len(digits) > t.digits {
			x.fail(ErrInvalid)
			return
		}
		vals[p] = change.Text(t.before + zeros[:t.digits-len(digits)] + digits)
	}
}

const zeros = "000000000000000000"

// fitTemplate returns the template that s follows, one made for it where there
// is room, or -1.
func (c *column) fitTemplate(s string) int {
	n := len(s)
	for n > 0 && s[n-1] >= '0' && s[n-1] <= '9' {
		n--
	}
	before, digits := s[:n], len(s)-n
	if digits < minDigits || digits > maxDigits || n > maxBefore {
		return -1
	}
	for i, t := range c.templates {
		if t.digits == digits && t.before == before {
			return i
		}
	}
	if len(c.templates) >= maxTemplates {
		return -1
	}
	c.templates = append(c.templates, &template{before: before, digits: digits})
	return len(c.templates) - 1
}

// parseDay reads YYYY-MM-DD where it names a day of the calendar, as the
// number of days since 0000-03-01.
func parseDay(s string) (day int64, ok bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, ok1 := digitsOf(s[:4])
	m, ok2 := digitsOf(s[5:7])
	d, ok3 := digitsOf(s[8:])
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	day = dayNumber(y, m, d)
	y2, m2, d2 := calendar(day)
	return day, day >= 0 && y == y2 && m == m2 && d == d2
}

func digitsOf(s string) (n int64, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// The calendar by whole numbers: years begin in March, so that the day that
// leap years add is their last.
const (
	daysOfEra = 146097  // 400 years
	lastDay   = 3652364 // 9999-12-31
)

func dayNumber(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1
}

func calendar(day int64) (y, m, d int64) {
	era, doe := day/daysOfEra, day%daysOfEra
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	y = era*400 + yoe
	if m = mp + 3; m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

// day writes a day as text.
func (x *codec) day(day int64) string {
	if day < 0 || day > lastDay || !x.charge(16) {
		x.fail(ErrInvalid)
		return ""
	}
	y, m, d := calendar(day)
	b := [10]byte{
		'0' + byte(y/1000), '0' + byte(y/100%10), '0' + byte(y/10%10), '0' + byte(y%10), '-',
		'0' + byte(m/10), '0' + byte(m%10), '-', '0' + byte(d/10), '0' + byte(d%10),
	}
	return string(b[:])
}
