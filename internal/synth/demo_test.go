package synth_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"dongbo/assets"
	"dongbo/internal/synth"
	"dongbo/internal/viet"
)

// shipped reads the file of an office, cells as they are stored.
func shipped(t *testing.T, office int) (rows [][]string, merged []string) {
	t.Helper()
	text := assets.DemoList(office)
	if len(text) == 0 || len(text) > 250_000 {
		t.Fatalf("the list of office %d has %d bytes", office, len(text))
	}
	f, err := excelize.OpenReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err = f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	cells, err := f.GetMergeCells(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		merged = append(merged, c.GetStartAxis()+":"+c.GetEndAxis())
	}
	return rows, merged
}

func TestTheShippedListsAreThoseOfTheSeed(t *testing.T) {
	for i, office := range synth.DemoOffices() {
		list := synth.DemoList(i + 1)
		rows, merged := shipped(t, i+1)
		if !slices.Equal(merged, list.Merged) {
			t.Errorf("%s merges %v, want %v", office.File, merged, list.Merged)
		}
		for r, row := range list.Rows {
			for c, want := range row {
				got := ""
				if r < len(rows) && c < len(rows[r]) {
					got = rows[r][c]
				}
				if got != plain(want) {
					t.Fatalf("%s, row %d, column %d: %q, want %q (go generate ./internal/synth)", office.File, r+1, c+1, got, plain(want))
				}
			}
		}
		if len(rows) > len(list.Rows) {
			t.Errorf("%s has %d rows, want %d", office.File, len(rows), len(list.Rows))
		}
	}
}

// plain is a cell as a file stores it.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func TestTheListsAreAsLargeAsTheySay(t *testing.T) {
	for office, want := range map[int]int{1: 2000, 2: 1500} {
		if got := synth.DemoList(office).People; got != want {
			t.Errorf("office %d has %d people, want %d", office, got, want)
		}
	}
	if assets.DemoList(3) != nil {
		t.Error("there is a third list")
	}
}

// holders counts the rows of a list that hold a number, typed either way.
func holders(office int, id string) (rows [][]any) {
	n, _ := strconv.ParseInt(id, 10, 64)
	for _, row := range synth.DemoList(office).Rows {
		if slices.Contains(row, any(id)) || slices.Contains(row, any(n)) {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestTheCastStandsInTheLists(t *testing.T) {
	c := synth.TheCast()
	for _, p := range []synth.Person{c.SameField, c.OtherFields, c.EditDelete, c.Twice[0], c.Twice[1], c.Payer} {
		if n := len(holders(p.Office, p.NationalID)); n != 1 {
			t.Errorf("%s stands %d times in list %d", p.FullName, n, p.Office)
		}
		if n := len(holders(3-p.Office, p.NationalID)); n != 0 && p.NationalID != c.Twice[0].NationalID {
			t.Errorf("%s stands in the other list too", p.FullName)
		}
		if _, err := viet.ReadNationalID(p.NationalID, p.Gender, p.BirthDate); err != nil {
			t.Errorf("%s has the number %s: %v", p.FullName, p.NationalID, err)
		}
	}
	a, b := c.Twice[0], c.Twice[1]
	if a.NationalID != b.NationalID || a.FullName == b.FullName || viet.ToneKey(a.FullName) != viet.ToneKey(b.FullName) {
		t.Errorf("%q and %q are not one woman spelled in two ways", a.FullName, b.FullName)
	}
	if len(holders(2, c.BrokenID.NationalID)) != 0 || !strings.Contains(fmt.Sprint(synth.DemoList(2).Rows), "7.9193E+10") {
		t.Error("the ruined number is not ruined")
	}
}

// What real lists suffer from must be in these, or the import is not shown.
func TestTheListsAreDirty(t *testing.T) {
	lostZeros, decomposed, years, capitals, serials := 0, 0, 0, 0, 0
	for office := 1; office <= 2; office++ {
		for _, row := range synth.DemoList(office).Rows[8:] {
			for _, cell := range row {
				switch v := cell.(type) {
				case int64:
					if v > 1900 && v < 2010 {
						years++
					} else if v > 1e8 {
						lostZeros++
					}
				case synth.Serial:
					serials++
				case string:
					if viet.NFC(v) != v {
						decomposed++
					} else if strings.ToUpper(v) == v && strings.Contains(v, " ") && !strings.Contains(v, "/") {
						capitals++
					}
				}
			}
		}
	}
	for what, n := range map[string]int{"lost zeros": lostZeros, "NFD names": decomposed, "years": years, "capitals": capitals, "serials": serials} {
		if n < 20 {
			t.Errorf("only %d %s", n, what)
		}
	}
}
