package sheet

import (
	"strings"

	"dongbo/internal/viet"
)

// Column is one column of the list.
type Column struct {
	Index int    // from 0
	Head  string // as written, both rows of a two-row header
	// Field is the member table's column it goes to; empty if none does.
	Field string
	Part  Part
	// Encoding is what the column's text is written in, Score how sure that
	// is, and Sample a converted cell to show to the person who is asked.
	Encoding viet.Encoding
	Score    float64
	Sample   string
	Filled   int // rows that have something in it

	usDates bool // 12/25/1990 occurs and 25/12/1990 does not
	perhaps bool // its "Họ và tên" holds the family name, or all of it after all
	swapped bool // its serial dates look like 3/4 read as 4 March
}

// header is where the headings stand.
type header struct {
	first, last int // indexes into the grid's rows
	columns     []Column
}

// Unknown gives the columns that carry something and go nowhere, so that
// nobody thinks they were imported.
func (b *Book) Unknown() []Column {
	var out []Column
	for _, c := range b.Columns {
		if c.Field == "" && c.Part == Whole && c.Filled > 0 {
			out = append(out, c)
		}
	}
	return out
}

// headerDepth is how far below the top a header is looked for: titles, the
// names of three organisations and a decision seldom take ten rows.
const headerDepth = 60

// findHeader looks for the row that names the person and at least one thing
// more. If the row below names parts of merged headings, it belongs to it.
func findHeader(g *grid) (header, bool) {
	filled := *g
	filled.rows = make([]gridRow, min(len(g.rows), headerDepth+2))
	for i := range filled.rows {
		filled.rows[i] = gridRow{g.rows[i].line, append([]cell(nil), g.rows[i].cells...)}
	}
	filled.fill(func(rect, int, int) bool { return true })
	for i := range filled.rows {
		if i >= headerDepth {
			break
		}
		columns := makeColumns(g.width(), filled.rows[i], gridRow{})
		last := i
		// A title above the headings would make a two-row header of them too,
		// but is no heading itself.
		if known(columns) > 0 && i+1 < len(filled.rows) && isSubHeader(filled.rows[i], filled.rows[i+1], g.rows[i+1]) {
			two := makeColumns(g.width(), filled.rows[i], filled.rows[i+1])
			if known(two) >= known(columns) {
				columns, last = two, i+1
			}
		}
		if namesPeople(columns) && known(columns) >= 2 {
			return header{i, last, columns}, true
		}
	}
	return header{}, false
}

// known counts the headings that are understood.
func known(columns []Column) int {
	n := 0
	for _, c := range columns {
		if c.Field != "" || c.Part == Ordinal {
			n++
		}
	}
	return n
}

func namesPeople(columns []Column) bool {
	for _, c := range columns {
		if c.Field == "full_name" {
			return true
		}
	}
	return false
}

// isSubHeader: every own cell of the lower row is a heading or repeats the
// one above it (a merged cell), and at least one is a heading that stands
// under another. Persons have names, which are no headings.
func isSubHeader(top, sub, rawSub gridRow) bool {
	parts := 0
	for col := range sub.cells {
		text := strings.TrimSpace(sub.at(col).text)
		if text == "" || text == strings.TrimSpace(top.at(col).text) {
			continue
		}
		if _, ok := combine(top.at(col).text, text); !ok {
			// "Nơi cấp" goes nowhere but is no person either: a merged
			// heading above tells.
			if sub.at(col).num || col == 0 || top.at(col).text == "" || len(text) > 40 || rawSub.at(col).text == "" {
				return false
			}
			continue
		}
		parts++
	}
	return parts > 0
}

// combine finds what a heading under another one means.
func combine(top, sub string) (meaning, bool) {
	topKey, subKey := headKey(top), headKey(sub)
	above, aboveKnown := understand(top)
	switch {
	case subKey == "nam" || subKey == "nu":
		m := meaning{"gender", Male}
		if subKey == "nu" {
			m.part = Female
		}
		return m, true
	case above.field == "national_id" && (subKey == "so" || subKey == "ma so"):
		return above, true
	case above.field == "national_id" && subKey == "ngay cap":
		return meaning{"national_id_date", Whole}, true
	case subKey == "ngay cap" || subKey == "noi cap":
		return meaning{}, false
	}
	if m, ok := aliases[topKey+" "+subKey]; ok {
		return m, true
	}
	if m, ok := aliases[subKey+" "+topKey]; ok {
		return m, true
	}
	m, ok := understand(sub)
	if !ok && aboveKnown && subKey == "so" {
		return above, true
	}
	return m, ok
}

// makeColumns reads the headings of one row, or of two.
func makeColumns(width int, top, sub gridRow) []Column {
	columns := make([]Column, 0, width)
	left := ""
	for i := range width {
		head, below := viet.Clean(top.at(i).text), viet.Clean(sub.at(i).text)
		c := Column{Index: i, Head: head}
		m, _ := understand(top.at(i).text)
		if below != "" && below != head {
			c.Head = strings.TrimSpace(head + " " + below)
			m, _ = combine(top.at(i).text, sub.at(i).text)
		} else if headKey(head) == "ngay cap" && left == "national_id" {
			m = meaning{"national_id_date", Whole}
		}
		c.Field, c.Part = m.field, m.part
		if c.Field != "" {
			left = c.Field
		} else if head != "" && headKey(head) != "noi cap" {
			left = ""
		}
		columns = append(columns, c)
	}
	settleNames(columns)
	return columns
}

// settleNames mends two readings that only the whole header can tell: "Tên"
// alone is the full name where no column holds the family name, and "Họ và
// tên" beside a nameless column is two columns under one merged heading.
func settleNames(columns []Column) {
	family, given, whole := -1, -1, -1
	for i, c := range columns {
		if c.Field != "full_name" {
			continue
		}
		switch {
		case c.Part == Family && family < 0:
			family = i
		case c.Part == Given && given < 0:
			given = i
		case c.Part == Whole && whole < 0:
			whole = i
		case c.Part == Whole && whole == i-1 && columns[whole].Head == c.Head:
			// One merged heading over two columns.
			columns[whole].Part, columns[i].Part = Family, Given
			family, given, whole = whole, i, -1
		}
	}
	switch {
	case given >= 0 && family < 0 && whole >= 0:
		columns[whole].Part, columns[whole].perhaps = Family, true
	case given >= 0 && family < 0:
		columns[given].Part = Whole
	case family >= 0 && given < 0:
		columns[family].Part = Whole
	}
}
