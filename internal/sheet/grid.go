package sheet

import (
	"math"
	"strconv"
	"strings"

	"dongbo/internal/viet"
)

// cell is one cell as text, with what its format and font said.
type cell struct {
	text string
	enc  viet.Encoding // by the font's name
	num  bool          // a number, text holding it in full precision
	date bool          // a number shown as a date
}

// gridRow is one row that holds anything.
type gridRow struct {
	line  int // from 1, as the spreadsheet counts
	cells []cell
}

// at gives the cell of a column; beyond the end cells are empty.
func (r gridRow) at(col int) cell {
	if col < 0 || col >= len(r.cells) {
		return cell{}
	}
	return r.cells[col]
}

// rect is a merged range, all ends inclusive, rows by line.
type rect struct{ col1, line1, col2, line2 int }

// grid holds the cells of one sheet.
type grid struct {
	rows     []gridRow
	merges   []rect
	date1904 bool

	limits Limits
	cells  int
	text   int64
}

// add appends a row; empty cells at its end are cut off, and a row of nothing
// but such is left out.
func (g *grid) add(line int, cells []cell) error {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1].text) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return nil
	}
	g.cells += len(cells)
	for _, c := range cells {
		g.text += int64(len(c.text))
	}
	switch {
	case len(cells) > g.limits.Columns:
		return tooBig("", "columns", g.limits.Columns)
	case len(g.rows) >= g.limits.Rows:
		return tooBig("", "rows", g.limits.Rows)
	case g.cells > g.limits.Cells:
		return tooBig("", "cells", g.limits.Cells)
	case g.text > g.limits.TextBytes:
		return tooBig("", "bytes", g.limits.TextBytes)
	}
	g.rows = append(g.rows, gridRow{line: line, cells: append([]cell(nil), cells...)})
	return nil
}

// width is the number of columns of the widest row.
func (g *grid) width() int {
	w := 0
	for _, r := range g.rows {
		w = max(w, len(r.cells))
	}
	return w
}

// fill copies the first cell of merged ranges over the rest of them, where
// keep allows the cell. Ranges may overlap in a damaged file, so the work is
// counted.
func (g *grid) fill(keep func(m rect, line, col int) bool) {
	at := make(map[int]int, len(g.rows))
	for i, r := range g.rows {
		at[r.line] = i
	}
	budget := 2 * g.limits.Cells
	for _, m := range g.merges {
		top, ok := at[m.line1]
		if !ok {
			continue
		}
		first := g.rows[top].at(m.col1)
		for i := top; i < len(g.rows) && g.rows[i].line <= m.line2; i++ {
			for col := m.col1; col <= min(m.col2, g.limits.Columns-1); col++ {
				if budget--; budget < 0 {
					return
				}
				if keep(m, g.rows[i].line, col) && g.rows[i].at(col).text == "" {
					g.set(i, col, first)
				}
			}
		}
	}
}

func (g *grid) set(i, col int, c cell) {
	r := &g.rows[i]
	for len(r.cells) <= col {
		r.cells = append(r.cells, cell{})
	}
	r.cells[col] = c
}

// show gives the cell as a person sees it in the spreadsheet: dates day first.
func (g *grid) show(c cell) string {
	if !c.num || !c.date {
		return c.text
	}
	if iso, ok := g.serial(c.text); ok {
		return iso[8:] + "/" + iso[5:7] + "/" + iso[:4]
	}
	return c.text
}

// serial reads a number of days as a date, in the file's own system.
func (g *grid) serial(text string) (iso string, ok bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	if g.date1904 {
		f += 1462
	}
	if f > 0 && f < 1 {
		return "", false // a time of day
	}
	return viet.FromExcelSerial(f)
}

// plainNumber writes a number as stored in a workbook without its exponent:
// ids must not become 7.9190012345E10.
func plainNumber(raw string) string {
	if !strings.ContainsAny(raw, "eE.") {
		return raw
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(f, 0) || math.Abs(f) >= 1e18 {
		return raw
	}
	if f == math.Trunc(f) {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	// Fifteen digits are what a spreadsheet keeps; the rest is noise.
	s := strconv.FormatFloat(f, 'g', 15, 64)
	if strings.Contains(s, "e") {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return s
}
