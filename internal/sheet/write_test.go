package sheet

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dongbo/internal/allocs"
	"dongbo/internal/fault"

	"pgregory.net/rapid"
)

func table(rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

var outColumns = []OutColumn{{Title: "full_name"}, {Title: "phone"}, {Title: "birth_date"}, {Title: "wage_base", Number: true}, {Title: "notes"}}

func TestAnExportedTableComesBackAsItWas(t *testing.T) {
	for _, ext := range []string{".xlsx", ".csv"} {
		t.Run(ext, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out"+ext)
			must(t, WriteTable(t.Context(), Target{Path: path}, outColumns, table(
				[]string{"Nguyễn Văn An", "0912345678", "1990-12-25", "5000000", "=1+1"},
				[]string{"Trần Thị Bé", "+8613812345678", "1985", "", "-5; \"x\"\nhai dòng"},
			)))
			b, err := Open(path, Options{Year: 2026})
			must(t, err)
			records, _ := b.Rows()
			if len(records) != 2 {
				t.Fatalf("got %v", records)
			}
			wantFields(t, records[0], map[string]string{"full_name": "Nguyễn Văn An", "phone": "0912345678", "birth_date": "1990-12-25", "wage_base": "5000000", "notes": "=1+1"})
			wantFields(t, records[1], map[string]string{"phone": "+8613812345678", "birth_date": "1985", "notes": "-5; \"x\" hai dòng"})
		})
	}
}

func TestACSVHoldsNothingThatASpreadsheetWouldRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	must(t, WriteTable(t.Context(), Target{Path: path}, outColumns[:2], table([]string{"=cmd|' /C calc'!A0", "@SUM(1)"}, []string{"'quoted", "\t=1"})))
	data, err := os.ReadFile(path)
	must(t, err)
	for _, line := range strings.Split(string(data), "\r\n")[1:] {
		for _, f := range strings.Split(line, ",") {
			if f = strings.Trim(f, "\""); f != "" && strings.ContainsAny(f[:1], "=+-@\t") {
				t.Errorf("field %q", f)
			}
		}
	}
}

func TestGuardIsLossless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("=+-@'\t\"ab0 "))).Draw(t, "s")
		if strings.HasPrefix(s, "=\"") {
			return // guarded, and so never seen bare
		}
		if got := unguard(guard(s)); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func TestAFailedExportLeavesTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	must(t, os.WriteFile(path, []byte("old"), 0o600))
	boom := errors.New("boom")
	err := WriteTable(t.Context(), Target{Path: path}, outColumns, func(yield func([]string, error) bool) { yield(nil, boom) })
	if !errors.Is(err, boom) || fault.CodeOf(err) != fault.SheetCannotWrite {
		t.Errorf("got %v", err)
	}
	if data, _ := os.ReadFile(path); string(data) != "old" {
		t.Error("the old file is gone")
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("litter: %v", left)
	}
}

func TestReadingAListCostsWhatEachRowCostsHoweverLongItIs(t *testing.T) {
	columns := []OutColumn{{Title: "Họ và tên"}, {Title: "Ngày sinh"}, {Title: "Giới tính"}, {Title: "CCCD"}, {Title: "Điện thoại"}, {Title: "Địa chỉ"}, {Title: "Lương", Number: true}, {Title: "Dân tộc"}}
	perRow := func(rows int) float64 {
		path := filepath.Join(t.TempDir(), "list.xlsx")
		must(t, WriteTable(t.Context(), Target{Path: path}, columns, func(yield func([]string, error) bool) {
			for i := range rows {
				n := strconv.Itoa(100000 + i)
				if !yield([]string{"Nguyễn Thị Thanh Thủy", "25/12/1990", "Nữ", "079190" + n, "0912" + n, "12 Lê Lợi, phường Tân Phú", "5000000", "Kinh"}, nil) {
					return
				}
			}
		}))
		return float64(allocs.Of(func() {
			b, err := Open(path, Options{Year: 2026})
			must(t, err)
			if records, _ := b.Rows(); len(records) != rows {
				t.Errorf("%d rows of %d", len(records), rows)
			}
		})) / float64(rows)
	}
	if short, long := perRow(1000), perRow(10000); long > 1.5*short {
		t.Errorf("a row of ten thousand costs %.0f bytes, one of a thousand %.0f", long, short)
	}
}
