package sheet

import (
	"strconv"
	"strings"

	"dongbo/internal/viet"
)

// cellStyle is what a cell's format tells about its content.
type cellStyle struct {
	date bool
	enc  viet.Encoding
}

// readStyles reads number formats and the names of fonts.
func (wb *workbook) readStyles() error {
	formats := map[string]bool{} // our own formats: is it a date?
	var fonts []viet.Encoding
	inFonts, inXfs := false, false
	return wb.walk("xl/styles.xml", walker{
		start: func(e element) error {
			switch e.name {
			case "numFmt":
				if len(formats) >= maxStyles {
					return nil
				}
				formats[e.get("numFmtId")] = isDateFormat(e.get("formatCode"))
			case "fonts":
				inFonts = true
			case "font":
				if inFonts && len(fonts) < maxStyles {
					fonts = append(fonts, viet.Unicode)
				}
			case "name":
				if inFonts && len(fonts) > 0 {
					fonts[len(fonts)-1] = viet.EncodingOfFont(e.get("val"))
				}
			case "cellXfs":
				inXfs = true
			case "xf":
				if inXfs && len(wb.styles) < maxStyles {
					wb.styles = append(wb.styles, makeStyle(e, formats, fonts))
				}
			}
			return nil
		},
		end: func(name string) error {
			switch name {
			case "fonts":
				inFonts = false
			case "cellXfs":
				inXfs = false
			}
			return nil
		},
	})
}

func makeStyle(e element, formats map[string]bool, fonts []viet.Encoding) cellStyle {
	var s cellStyle
	id := e.get("numFmtId")
	date, own := formats[id]
	n, _ := strconv.Atoi(id)
	// 14–22, 27–36, 45–47 and 50–58 are the built-in dates and times.
	s.date = date || !own && (n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 45 && n <= 47 || n >= 50 && n <= 58)
	if f, err := strconv.Atoi(e.get("fontId")); err == nil && f >= 0 && f < len(fonts) {
		s.enc = fonts[f]
	}
	return s
}

// isDateFormat looks for a day or year outside quotes and brackets.
func isDateFormat(code string) bool {
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case !bracket && (c == 'd' || c == 'D' || c == 'y' || c == 'Y'):
			return true
		}
	}
	return false
}

// cellReader collects the cells of a sheet row by row.
type cellReader struct {
	wb    *workbook
	g     *grid
	line  int
	col   int
	row   []cell
	kind  string // the t attribute
	style cellStyle
	value strings.Builder
	take  bool // inside v, or t of an inline string
}

func (wb *workbook) readCells(part string, g *grid) error {
	r := &cellReader{wb: wb, g: g}
	return wb.walk(part, walker{start: r.start, text: r.text, end: r.end})
}

func (r *cellReader) start(e element) error {
	switch e.name {
	case "row":
		r.line++
		if n, err := strconv.Atoi(e.get("r")); err == nil && n > 0 {
			r.line = n
		}
		r.row, r.col = r.row[:0], -1
	case "c":
		r.col++
		if col, _, ok := parseRef(e.get("r")); ok {
			r.col = col
		}
		r.kind, r.style = e.get("t"), cellStyle{}
		if s, err := strconv.Atoi(e.get("s")); err == nil && s >= 0 && s < len(r.wb.styles) {
			r.style = r.wb.styles[s]
		}
		r.value.Reset()
	case "v", "t":
		r.take = true
	case "mergeCell":
		from, to, _ := strings.Cut(e.get("ref"), ":")
		c1, l1, ok1 := parseRef(from)
		c2, l2, ok2 := parseRef(to)
		if ok1 && ok2 && len(r.g.merges) < r.g.limits.Rows {
			r.g.merges = append(r.g.merges, rect{c1, l1, c2, l2})
		}
	}
	return nil
}

func (r *cellReader) text(t []byte) error {
	if !r.take {
		return nil
	}
	if r.value.Len()+len(t) > maxPiece {
		return tooBig("", "bytes", maxPiece)
	}
	r.value.Write(t)
	return nil
}

func (r *cellReader) end(name string) error {
	switch name {
	case "v", "t":
		r.take = false
	case "c":
		return r.endCell()
	case "row":
		return r.g.add(r.line, r.row)
	}
	return nil
}

func (r *cellReader) endCell() error {
	c := r.cell()
	if c.text == "" {
		return nil // formatted but empty, maybe far to the right
	}
	if r.col < 0 || r.col >= r.g.limits.Columns {
		return tooBig("", "columns", r.g.limits.Columns)
	}
	for len(r.row) < r.col {
		r.row = append(r.row, cell{})
	}
	if len(r.row) > r.col {
		r.row[r.col] = c // out of order: a damaged file
		return nil
	}
	r.row = append(r.row, c)
	return nil
}

func (r *cellReader) cell() cell {
	c := cell{enc: r.style.enc}
	v := r.value.String()
	switch r.kind {
	case "s":
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil && n >= 0 && n < len(r.wb.strings) {
			c.text = r.wb.strings[n]
		}
	case "str", "inlineStr":
		c.text = unescapeX(v)
	case "b", "e", "d":
		c.text = v
	default:
		c.text, c.num, c.date = plainNumber(strings.TrimSpace(v)), true, r.style.date
	}
	return c
}

// parseRef reads a cell's name: B3 is column 1 (from 0), line 3.
func parseRef(ref string) (col, line int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		col = col*26 + int(c-'A') + 1
	}
	line, err := strconv.Atoi(ref[i:])
	return col - 1, line, err == nil && col > 0 && line > 0
}
