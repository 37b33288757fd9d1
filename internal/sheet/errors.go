package sheet

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"dongbo/internal/viet"

	"github.com/xuri/excelize/v2"
)

// reasonTitle heads the first column of an error workbook. It is understood
// when the mended file is imported, and then passed over.
const reasonTitle = "Lý do"

// errorRow is a row of an error workbook.
type errorRow struct {
	reason string
	cells  []string
	head   bool
}

// WriteErrors writes the rows that have a reason back as they stood in the
// book, the reason first, so that they can be mended there and imported again.
// The headings are kept, and above each row the name of the group it was in.
func WriteErrors(ctx context.Context, to Target, b *Book, reasons map[int]string) error {
	rows := b.errorRows(reasons)
	return to.create(ctx, func(w io.Writer) error {
		if to.isCSV() {
			return writeErrorsCSV(w, rows)
		}
		return b.writeErrorsXLSX(to, w, rows)
	})
}

func (b *Book) errorRows(reasons map[int]string) []errorRow {
	var rows []errorRow
	// The first of two heading rows may hold merged cells; written out, each
	// column has the whole of its heading above it.
	head := grid{rows: append([]gridRow(nil), b.grid.rows[b.head.first:b.head.last+1]...), merges: b.grid.merges, limits: b.grid.limits}
	for i := range head.rows {
		head.rows[i].cells = append([]cell(nil), head.rows[i].cells...)
	}
	head.fill(func(rect, int, int) bool { return true })
	for _, r := range head.rows {
		rows = append(rows, errorRow{reasonTitle, b.shown(r), true})
	}
	skipped := map[int]string{}
	for _, s := range b.Skipped() {
		skipped[s.Line] = s.Reason
	}
	group := -1
	for i, r := range b.grid.rows {
		if skipped[r.line] == "group" {
			group = i
		}
		reason, faulty := reasons[r.line]
		if !faulty {
			continue
		}
		if group >= 0 {
			rows = append(rows, errorRow{"", b.shown(b.grid.rows[group]), false})
			group = -1
		}
		rows = append(rows, errorRow{reason, b.shown(r), false})
	}
	return rows
}

// shown gives the cells of a row as a person saw them. The column of reasons
// that the book itself may have goes: there is a new one.
func (b *Book) shown(r gridRow) []string {
	var cells []string
	for _, c := range b.Columns {
		if c.Part != Reason {
			cells = append(cells, b.grid.show(r.at(c.Index)))
		}
	}
	return cells
}

func writeErrorsCSV(w io.Writer, rows []errorRow) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, r := range rows {
		line := []string{guard(r.reason)}
		for _, c := range r.cells {
			line = append(line, guard(c))
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (b *Book) writeErrorsXLSX(to Target, w io.Writer, rows []errorRow) error {
	f := to.newWorkbook()
	defer f.Close()
	s, err := newStyles(f)
	if err != nil {
		return err
	}
	fonts, err := b.columnFonts(f, s)
	if err != nil {
		return err
	}
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	if err := sw.SetColWidth(1, 1, 50); err != nil {
		return err
	}
	depth := b.head.last - b.head.first + 1
	top := "A" + strconv.Itoa(depth+1)
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: depth, TopLeftCell: top, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, r := range rows {
		style := s.reason
		if r.head {
			style = s.head
		}
		line := []any{excelize.Cell{StyleID: style, Value: r.reason}}
		for col, text := range r.cells {
			style := fonts[col]
			if r.head {
				style = s.head
			}
			line = append(line, excelize.Cell{StyleID: style, Value: text})
		}
		if err := sw.SetRow("A"+strconv.Itoa(i+1), line); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	return to.finish(f, w)
}

// columnFonts keeps the fonts of legacy columns: without them nobody could
// read the cells, and a few rows are too few to tell the encoding by.
func (b *Book) columnFonts(f *excelize.File, s styles) ([]int, error) {
	names := map[viet.Encoding]string{viet.TCVN3: ".VnTime", viet.TCVN3Caps: ".VnTimeH", viet.VNI: "VNI-Times"}
	var fonts []int
	for _, c := range b.Columns {
		if c.Part == Reason {
			continue
		}
		style := s.text
		if name := names[c.Encoding]; name != "" {
			id, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Family: name, Size: 12}})
			if err != nil {
				return nil, err
			}
			style = id
		}
		fonts = append(fonts, style)
	}
	return fonts, nil
}
