package sheet

import (
	"regexp"
	"strconv"
	"strings"

	"dongbo/internal/viet"
)

// readDate reads a date from text, or from the number a spreadsheet keeps.
func readDate(rd *reader, c Column, cell cell) {
	var d viet.Date
	var err error
	if cell.num {
		d, err = rd.b.numberDate(c, cell)
	} else {
		d, err = rd.b.textDate(c, viet.Convert(c.Encoding, cell.text))
	}
	shown := viet.Clean(rd.b.grid.show(cell))
	switch {
	case err != nil:
		rd.problem(c.Field, err.Error(), shown, true)
		return
	case yearOf(d.ISO) > rd.b.opts.Year+1:
		rd.problem(c.Field, "future_date", shown, true)
		return
	}
	swap := cell.num && cell.date && c.swapped || !cell.num && c.usDates && d.Swappable
	if to, ok := viet.SwapDayMonth(d.ISO); swap && ok {
		d.ISO = rd.offer(c.Field, d.ISO, to, "us_date")
	} else if d.Guessed || d.USOrder {
		rd.problem(c.Field, "ambiguous_date", shown, false)
	}
	rd.rec.Fields[c.Field] = d.ISO
}

func yearOf(iso string) int {
	y, _ := strconv.Atoi(iso[:4])
	return y
}

func (b *Book) textDate(c Column, text string) (viet.Date, error) {
	// A .csv keeps the bare number of days, if it was saved so.
	if t := viet.Clean(text); len(t) == 5 && isNumber(t) {
		if iso, ok := b.grid.serial(t); ok {
			return viet.Date{ISO: iso, Guessed: true}, nil
		}
	}
	if c.Field == "birth_date" {
		return viet.ReadBirthDate(text, b.opts.Year)
	}
	return viet.ReadPastDate(text, b.opts.Year)
}

var (
	monthPoint = regexp.MustCompile(`^\d{1,2}\.(19|20)\d\d$`)
	monthShort = regexp.MustCompile(`^\d{1,2}\.(19|20)\d$`) // 12.1990 loses its zero
)

// numberDate reads a number: a year, a day count, or a date typed as a number
// (05.1985 becomes 5.1985, 05121990 becomes 5121990).
func (b *Book) numberDate(c Column, cell cell) (viet.Date, error) {
	text := cell.text
	switch {
	case monthPoint.MatchString(text):
		return b.textDate(c, text)
	case monthShort.MatchString(text):
		d, err := b.textDate(c, text+"0")
		d.Guessed = true
		return d, err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return viet.Date{}, viet.FlawNotDate
	}
	switch {
	case f >= 1900 && f <= 2100 && f == float64(int(f)):
		return b.textDate(c, text) // a year, even in a cell formatted as a date
	case cell.date || f > 2100 && f < 73050:
		if iso, ok := b.grid.serial(text); ok && yearOf(iso) >= 1900 {
			return viet.Date{ISO: iso}, nil
		}
	case len(text) == 7 || len(text) == 5:
		return b.textDate(c, "0"+text)
	case strings.Trim(text, "0123456789") == "":
		return b.textDate(c, text)
	}
	return viet.Date{}, viet.FlawNotDate
}
