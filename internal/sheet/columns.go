package sheet

import (
	"strings"

	"dongbo/internal/viet"
)

// describeColumns looks at each column as a whole: what one cell cannot tell,
// its encoding and the order of day and month, the column does.
func (b *Book) describeColumns() {
	for i := range b.Columns {
		if b.Columns[i].Field == "department" {
			// A department merged down its people stands in each row.
			col := b.Columns[i].Index
			b.grid.fill(func(m rect, line, c int) bool {
				return c == col && m.col1 == col && line > b.grid.rows[b.head.last].line
			})
		}
	}
	data := b.grid.rows[b.head.last+1:]
	texts := make([][]string, len(b.Columns))
	fonts := make([]map[viet.Encoding]int, len(b.Columns))
	var all []string
	for i, c := range b.Columns {
		texts[i], fonts[i] = columnTexts(data, c.Index)
		b.Columns[i].Filled = countFilled(data, c.Index)
		if len(all) < 20000 {
			all = append(all, texts[i]...)
		}
	}
	sheetEnc, _ := viet.Detect(all)
	for i := range b.Columns {
		c := &b.Columns[i]
		c.Encoding, c.Score = columnEncoding(texts[i], fonts[i], sheetEnc)
		c.Sample = sample(c.Encoding, texts[i])
		if isDateField(c.Field) || c.Part == Male || c.Part == Female {
			b.judgeDates(c, data)
		}
	}
}

func countFilled(rows []gridRow, col int) (n int) {
	for _, r := range rows {
		if r.at(col).text != "" {
			n++
		}
	}
	return n
}

// columnTexts gives the cells that are not plain ASCII, and for all text cells
// which encodings their fonts stand for.
func columnTexts(rows []gridRow, col int) ([]string, map[viet.Encoding]int) {
	var texts []string
	fonts := map[viet.Encoding]int{}
	for _, r := range rows {
		c := r.at(col)
		if c.text == "" || c.num {
			continue
		}
		fonts[c.enc]++
		if strings.IndexFunc(c.text, func(r rune) bool { return r >= 0x80 }) >= 0 {
			texts = append(texts, c.text)
		}
	}
	return texts, fonts
}

// columnEncoding weighs three witnesses: the words, the fonts, and the sheet
// as a whole for a column of too few words.
func columnEncoding(texts []string, fonts map[viet.Encoding]int, sheetEnc viet.Encoding) (viet.Encoding, float64) {
	if len(texts) == 0 {
		return viet.Unicode, 1
	}
	byFont := viet.Unicode
	for _, enc := range []viet.Encoding{viet.TCVN3, viet.TCVN3Caps, viet.VNI} {
		if fonts[enc] > fonts[byFont] {
			byFont = enc
		}
	}
	enc, score := viet.Detect(texts)
	switch {
	case enc == viet.TCVN3 && byFont == viet.TCVN3Caps:
		return byFont, score
	case enc != viet.Unicode:
		return enc, score
	case anyUnicode(texts):
		return viet.Unicode, score
	case byFont != viet.Unicode:
		return byFont, 0.9 // few words, but the font says so
	case sheetEnc != viet.Unicode:
		return sheetEnc, 0.5
	}
	return viet.Unicode, score
}

func anyUnicode(texts []string) bool {
	for _, t := range texts {
		if viet.HasUnicodeLetters(t) {
			return true
		}
	}
	return false
}

func sample(enc viet.Encoding, texts []string) string {
	for _, t := range texts {
		if s := viet.Convert(enc, t); s != t {
			return viet.Clean(s)
		}
	}
	return ""
}

// judgeDates counts which orders of day and month the column proves. A
// spreadsheet set to American dates keeps 25/12/1990 as text and turns
// 3/4/1990 into 4 March: then every real date of the column could be swapped,
// and some of the texts could not.
func (b *Book) judgeDates(c *Column, rows []gridRow) {
	us, dayFirst, serials, fixed := 0, 0, 0, 0
	for _, r := range rows {
		cell := r.at(c.Index)
		if cell.num {
			if iso, ok := b.grid.serial(cell.text); ok && cell.date {
				serials++
				if _, swappable := viet.SwapDayMonth(iso); !swappable {
					fixed++
				}
			}
			continue
		}
		d, err := viet.ReadBirthDate(cell.text, b.opts.Year)
		switch {
		case err != nil || len(d.ISO) != 10:
		case d.USOrder:
			us++
		case !d.Swappable && d.ISO[8:] > "12":
			dayFirst++
		}
	}
	c.usDates = us > 0 && dayFirst == 0
	c.swapped = serials >= 2 && fixed == 0 && dayFirst > 0
}
