// Command gendemo writes the two member lists of the demonstration as
// spreadsheets: gendemo FOLDER. Run it by `go generate ./internal/synth`.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/xuri/excelize/v2"

	"dongbo/internal/synth"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendemo FOLDER")
		os.Exit(2)
	}
	for i, office := range synth.DemoOffices() {
		if err := write(filepath.Join(os.Args[1], office.File), synth.DemoList(i+1)); err != nil {
			fmt.Fprintln(os.Stderr, "gendemo:", err)
			os.Exit(1)
		}
	}
}

// write makes the file of a list.
func write(name string, list *synth.Sheet) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := f.SetSheetName("Sheet1", list.Name); err != nil {
		return err
	}
	style, err := newStyles(f)
	if err != nil {
		return err
	}
	w, err := f.NewStreamWriter(list.Name)
	if err != nil {
		return err
	}
	for i, width := range list.Widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	for i, row := range list.Rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), style.cells(row)); err != nil {
			return err
		}
	}
	if err := mergeAll(w, list.Merged); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.SaveAs(name)
}

// mergeAll merges ranges "A1:F1".
func mergeAll(w *excelize.StreamWriter, ranges []string) error {
	for _, r := range ranges {
		var from, to string
		for i, c := range r {
			if c == ':' {
				from, to = r[:i], r[i+1:]
			}
		}
		if err := w.MergeCell(from, to); err != nil {
			return err
		}
	}
	return nil
}

// styles are the number formats of the file.
type styles struct{ date, money int }

func newStyles(f *excelize.File) (s styles, err error) {
	dmy := "dd/mm/yyyy"
	if s.date, err = f.NewStyle(&excelize.Style{CustomNumFmt: &dmy}); err != nil {
		return s, err
	}
	const thousands = 3 // #,##0
	s.money, err = f.NewStyle(&excelize.Style{NumFmt: thousands})
	return s, err
}

// cells dresses a row's values.
func (s styles) cells(row []any) []any {
	out := make([]any, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case synth.Serial:
			out[i] = excelize.Cell{StyleID: s.date, Value: int64(v)}
		case int64:
			out[i] = excelize.Cell{Value: v}
			if v > 1_000_000 && v < 50_000_000 { // a wage; ids and phones are longer
				out[i] = excelize.Cell{StyleID: s.money, Value: v}
			}
		default:
			out[i] = v
		}
	}
	return out
}
