package sheet

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dongbo/internal/fault"

	"golang.org/x/text/unicode/norm"
)

const password = "bốn từ rời nhau"

func TestAProtectedTableComesBackWithItsPasswordOnly(t *testing.T) {
	for _, ext := range []string{".xlsx", ".csv"} {
		t.Run(ext, func(t *testing.T) {
			to := Target{Path: filepath.Join(t.TempDir(), "out"+ext), Password: password}
			must(t, WriteTable(t.Context(), to, outColumns, table([]string{"Nguyễn Văn An", "0912345678", "1990-12-25", "5000000", "=1+1"})))
			data, err := os.ReadFile(to.File())
			must(t, err)
			if bytes.Contains(data, []byte("0912345678")) || bytes.HasPrefix(data, []byte("PK")) {
				t.Error("the file is plain")
			}
			if left, _ := os.ReadDir(filepath.Dir(to.Path)); len(left) != 1 || left[0].Name() != filepath.Base(to.File()) {
				t.Errorf("in the folder: %v", left)
			}
			for typed, want := range map[string]fault.Code{
				"": fault.SheetPassword, "bốn từ rời nhan": "password.wrong",
				password: "", norm.NFD.String(password): "",
			} {
				b, err := Open(to.File(), Options{Year: 2026, Password: typed})
				if fault.CodeOf(err) != want {
					t.Fatalf("password %q: got %v, want %q", typed, err, want)
				}
				if err == nil {
					records, _ := b.Rows()
					wantFields(t, records[0], map[string]string{"full_name": "Nguyễn Văn An", "phone": "0912345678", "notes": "=1+1"})
				}
			}
		})
	}
}

func TestRowsToMendAreProtectedToo(t *testing.T) {
	b := open(t, "ds.csv", []byte(plainCSV))
	for _, ext := range []string{".xlsx", ".csv"} {
		to := Target{Path: filepath.Join(t.TempDir(), "mend"+ext), Password: password}
		must(t, WriteErrors(t.Context(), to, b, map[int]string{2: "CCCD sai"}))
		if _, err := Open(to.File(), Options{Year: 2026}); fault.CodeOf(err) != fault.SheetPassword {
			t.Errorf("%s without a password: %v", ext, err)
		}
		again, err := Open(to.File(), Options{Year: 2026, Password: password})
		must(t, err)
		if records, _ := again.Rows(); names(records) != "Nguyễn Văn An" {
			t.Errorf("%s: %v", ext, records)
		}
	}
}

func TestAPasswordThatIsTooShortOrTooLongLocksNothing(t *testing.T) {
	for typed, want := range map[string]fault.Code{"chín ký t": "password.short", strings.Repeat("dài", 86): "password.long"} {
		for _, name := range []string{"out.xlsx", "out.csv", "out.csv.age"} {
			to := Target{Path: filepath.Join(t.TempDir(), name), Password: typed}
			if err := WriteTable(t.Context(), to, outColumns, table()); fault.CodeOf(err) != want {
				t.Errorf("%q, %s: %v", typed, name, err)
			}
		}
	}
	plain := Target{Path: filepath.Join(t.TempDir(), "out.csv.age")}
	if err := WriteTable(t.Context(), plain, outColumns, table()); fault.CodeOf(err) != "password.short" {
		t.Errorf("a file that only looks locked: %v", err)
	}
}

func TestADamagedProtectedFileIsNoWrongPassword(t *testing.T) {
	to := Target{Path: filepath.Join(t.TempDir(), "out.csv"), Password: password}
	must(t, WriteTable(t.Context(), to, outColumns, table([]string{"An"})))
	data, err := os.ReadFile(to.File())
	must(t, err)
	for name, bad := range map[string][]byte{
		"cut": data[:len(data)-3], "cut to its head": data[:40],
	} {
		if _, err := openBytes("out.csv.age", bad, Options{Year: 2026, Password: password}); fault.CodeOf(err) != fault.SheetTruncated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Excel since 2010 writes "agile" encryption with SHA-512; the file is from
// another library that does the same.
func TestAWorkbookUnderAgileEncryptionOpens(t *testing.T) {
	data, err := os.ReadFile("testdata/agile.xlsx")
	must(t, err)
	b, err := openBytes("agile.xlsx", data, Options{Year: 2026, Password: "đoàn viên"})
	must(t, err)
	if records, _ := b.Rows(); names(records) != "Nguyễn Văn An, Trần Thị Bé" {
		t.Errorf("got %v", records)
	}
	if _, err := openBytes("agile.xlsx", data, Options{Year: 2026, Password: "đoàn viêm"}); fault.CodeOf(err) != "password.wrong" {
		t.Errorf("a wrong password: %v", err)
	}
}

// Over 16 MB the library would put the rows into a temporary file, plain.
func TestABigProtectedWorkbookTouchesNoDiskUnprotected(t *testing.T) {
	scratch, out := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", scratch)
	seen := 0
	rows := func(yield func([]string, error) bool) {
		filler := strings.Repeat("x", 30_000)
		for i := range 700 { // 21 MB
			if !yield([]string{"An", strconv.Itoa(i), "", "", filler}, nil) {
				return
			}
			if left, _ := os.ReadDir(scratch); len(left) > 0 {
				seen++
			}
		}
	}
	to := Target{Path: filepath.Join(out, "big.xlsx"), Password: password}
	must(t, WriteTable(t.Context(), to, outColumns, rows))
	if left, _ := os.ReadDir(scratch); seen > 0 || len(left) > 0 {
		t.Errorf("the temporary folder was in use at %d rows; left: %v", seen, left)
	}
	b, err := Open(to.File(), Options{Year: 2026, Password: password})
	must(t, err)
	if records, _ := b.Rows(); len(records) != 700 {
		t.Errorf("%d rows came back", len(records))
	}
}

func TestAnEndedContextLeavesTheOldFile(t *testing.T) {
	for _, to := range []Target{{Path: "out.csv"}, {Path: "out.xlsx"}, {Path: "out.xlsx", Password: password}, {Path: "out.csv.age", Password: password}} {
		to.Path = filepath.Join(t.TempDir(), to.Path)
		must(t, os.WriteFile(to.File(), []byte("old"), 0o600))
		ctx, stop := context.WithCancel(t.Context())
		n := 0
		err := WriteTable(ctx, to, outColumns, func(yield func([]string, error) bool) {
			for yield([]string{"An"}, nil) {
				if n++; n == 5 {
					stop()
				}
			}
		})
		if !errors.Is(err, context.Canceled) || fault.CodeOf(err) != "output.interrupted" || n > 6 {
			t.Errorf("%s: %v after %d rows", to.Path, err, n)
		}
		if data, _ := os.ReadFile(to.File()); string(data) != "old" {
			t.Error("the old file is gone")
		}
		if left, _ := os.ReadDir(filepath.Dir(to.Path)); len(left) != 1 {
			t.Errorf("litter: %v", left)
		}
	}
}
