package sheet

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"iter"
	"strconv"

	"dongbo/internal/fault"

	"github.com/xuri/excelize/v2"
)

// OutColumn is a column of a table to be written. Everything is text, so that
// ids, phones and dates keep their zeros, unless Number says to calculate.
type OutColumn struct {
	Title  string
	Number bool
	Width  float64 // in characters; zero means a usual width
}

// maxSheetRows is what a workbook's sheet can hold.
const maxSheetRows = 1 << 20

// WriteTable writes a table row by row as rows gives them. An error that rows
// gives, or the context's end, ends the writing; the file then stays as it was.
func WriteTable(ctx context.Context, to Target, columns []OutColumn, rows iter.Seq2[[]string, error]) error {
	wanted := func(yield func([]string, error) bool) {
		for row, err := range rows {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(row, err) {
				return
			}
		}
	}
	return to.create(ctx, func(w io.Writer) error {
		if to.isCSV() {
			return writeCSV(w, columns, wanted)
		}
		return to.writeXLSX(w, columns, wanted)
	})
}

// writeCSV writes UTF-8 with its mark, without which Excel takes it for an
// eight-bit encoding.
func writeCSV(w io.Writer, columns []OutColumn, rows iter.Seq2[[]string, error]) error {
	buf := bufio.NewWriterSize(w, 1<<16)
	if _, err := buf.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(buf)
	out.UseCRLF = true
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = guard(c.Title)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		for i := range line {
			line[i] = ""
			if i < len(row) {
				line[i] = guard(row[i])
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buf.Flush()
}

func (t Target) writeXLSX(w io.Writer, columns []OutColumn, rows iter.Seq2[[]string, error]) error {
	f := t.newWorkbook()
	defer f.Close()
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	if err := startTable(sw, columns, styles); err != nil {
		return err
	}
	line := 1
	values := make([]any, len(columns))
	for row, err := range rows {
		if err != nil {
			return err
		}
		if line++; line > maxSheetRows {
			return fault.New(fault.SheetTooBig, "file", ".xlsx", "what", fault.Word("unit.rows"), "limit", maxSheetRows)
		}
		for i, c := range columns {
			values[i] = nil
			if i < len(row) && row[i] != "" {
				values[i] = outCell(c, row[i], styles)
			}
		}
		if err := sw.SetRow("A"+strconv.Itoa(line), values); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	return t.finish(f, w)
}

// outCell formats text cells as text too, so that a person who types over an
// id keeps its zeros.
func outCell(c OutColumn, text string, s styles) excelize.Cell {
	if c.Number {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return excelize.Cell{Value: n}
		}
	}
	return excelize.Cell{StyleID: s.text, Value: text}
}

// startTable freezes and names the columns.
func startTable(sw *excelize.StreamWriter, columns []OutColumn, s styles) error {
	head := make([]any, len(columns))
	for i, c := range columns {
		width := c.Width
		if width <= 0 {
			width = min(max(float64(len([]rune(c.Title)))+2, 12), 40)
		}
		if err := sw.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
		head[i] = excelize.Cell{StyleID: s.head, Value: c.Title}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return sw.SetRow("A1", head)
}

// styles are those that written workbooks use.
type styles struct{ head, text, reason int }

func newStyles(f *excelize.File) (styles, error) {
	var s styles
	var err error
	make := func(st excelize.Style) int {
		id, e := f.NewStyle(&st)
		if err == nil {
			err = e
		}
		return id
	}
	s.head = make(excelize.Style{
		Font: &excelize.Font{Bold: true}, NumFmt: 49,
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
	})
	s.text = make(excelize.Style{NumFmt: 49})
	s.reason = make(excelize.Style{
		Font: &excelize.Font{Color: "9C0006"}, NumFmt: 49,
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFC7CE"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	return s, err
}
