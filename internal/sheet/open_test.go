package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dongbo/internal/fault"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const plainCSV = "STT,Họ và tên,Ngày sinh\n1,Nguyễn Văn An,25/12/1990\n2,Trần Thị Bé,1985\n"

// open opens data as a file of the given name and fails the test if it cannot.
func open(t testing.TB, name string, data []byte, change ...func(*Options)) *Book {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	opts := Options{Year: 2026}
	for _, c := range change {
		c(&opts)
	}
	b, err := Open(path, opts)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	return b
}

func repair(o *Options) { o.Repair = true }

// xlsx builds a workbook from rows; nil cells stay empty.
func xlsx(t testing.TB, rows [][]any, more ...func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		for j, v := range row {
			name, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if v != nil {
				must(t, f.SetCellValue("Sheet1", name, v))
			}
		}
	}
	for _, m := range more {
		m(f)
	}
	var buf bytes.Buffer
	_, err := f.WriteTo(&buf)
	must(t, err)
	return buf.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(records []Record) string {
	var out []string
	for _, r := range records {
		out = append(out, r.Fields["full_name"])
	}
	return strings.Join(out, ", ")
}

func TestCSVInEveryEncodingReadsTheSame(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plainCSV)
	must(t, err)
	// Windows-1258 keeps most tones as marks of their own.
	marks := strings.NewReplacer("ễ", "ê\u0303", "ọ", "o\u0323", "à", "à", "ầ", "â\u0300", "ị", "i\u0323", "é", "é").Replace(plainCSV)
	cp1258, err := charmap.Windows1258.NewEncoder().String(marks)
	must(t, err)
	tcvn3, err := charmap.Windows1252.NewEncoder().String("STT,Hä vµ tªn,Ngµy sinh\n1,NguyÔn V¨n An,25/12/1990\n2,TrÇn ThÞ BÐ,1985\n")
	must(t, err)
	vni, err := charmap.Windows1252.NewEncoder().String("STT;Hoï vaø teân;Ngaøy sinh\n1;Nguyeãn Vaên An;25/12/1990\n2;Traàn Thò Beù;1985\n")
	must(t, err)
	for name, data := range map[string]string{
		"UTF-8": plainCSV, "UTF-8 with its mark": "\ufeff" + plainCSV, "UTF-16": utf16, "Windows-1258": cp1258,
		"TCVN3": tcvn3, "VNI with semicolons": vni,
		"tabs": strings.ReplaceAll(plainCSV, ",", "\t"), "Excel's sep line": "sep=;\n" + strings.ReplaceAll(plainCSV, ",", ";"),
		"Windows line ends": strings.ReplaceAll(plainCSV, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			records, _ := open(t, "ds.csv", []byte(data), repair).Rows()
			if got := names(records); got != "Nguyễn Văn An, Trần Thị Bé" {
				t.Fatalf("got %q", got)
			}
			if records[0].Fields["birth_date"] != "1990-12-25" || records[1].Fields["birth_date"] != "1985" {
				t.Errorf("dates: %v", records)
			}
		})
	}
}

func TestWhatIsNoSpreadsheetIsRefusedInPlainWords(t *testing.T) {
	good := xlsx(t, [][]any{{"Họ và tên", "Ngày sinh"}, {"An", "1990"}})
	ole := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...)
	docx := zipOf(t, map[string]string{"word/document.xml": "<w/>"})
	for _, c := range []struct {
		name string
		data []byte
		want fault.Code
	}{
		{"an empty file", nil, fault.SheetEmpty},
		{"a file of spaces", []byte("  \n\n"), fault.SheetEmpty},
		{"a picture", []byte("\x89PNG\r\n\x1a\n...."), fault.SheetNotSpreadsheet},
		{"a PDF", []byte("%PDF-1.7"), fault.SheetNotSpreadsheet},
		{"a web page called .xls", []byte("<html><table>"), fault.SheetNotSpreadsheet},
		{"a Word document", docx, fault.SheetNotSpreadsheet},
		{"binary data", []byte("a\x00bcdefgh\x01ijklmnop"), fault.SheetNotSpreadsheet},
		{"a truncated workbook", good[:len(good)/2], fault.SheetTruncated},
		{"a workbook whose sheet breaks off", zipOf(t, minimal("<worksheet><sheetData><row><c><v>1")), fault.SheetTruncated},
		{"a locked workbook", bytes.Join([][]byte{ole, utf16le("EncryptedPackage")}, nil), fault.SheetPassword},
		{"a workbook of before 2007", bytes.Join([][]byte{ole, utf16le("Workbook")}, nil), fault.SheetOldFormat},
		{"a list without headings", []byte("Nguyễn Văn An,1990\nTrần Thị Bé,1985\n"), fault.SheetNoHeader},
		{"an empty workbook", xlsx(t, nil), fault.SheetEmpty},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := openBytes("ds.xlsx", c.data, Options{Year: 2026})
			if fault.CodeOf(err) != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			for _, lang := range []string{"vi", "en"} {
				if s := fault.Sentence(lang, err); s == "" || strings.Contains(s, "{") || fault.Hint(lang, err) == "" {
					t.Errorf("sentence %q, hint %q", s, fault.Hint(lang, err))
				}
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.xlsx"), Options{}); fault.CodeOf(err) != fault.SheetNotFound || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestAFileCannotMakeUsWorkWithoutBound(t *testing.T) {
	small := Options{Year: 2026, Limits: Limits{Rows: 100, Columns: 20, Cells: 1000, UnzippedBytes: 1 << 20, TextBytes: 1 << 16, FileBytes: 1 << 20}}
	head := `<row r="1"><c r="A1" t="inlineStr"><is><t>Họ và tên</t></is></c><c r="B1" t="inlineStr"><is><t>Năm sinh</t></is></c></row>`
	sheet := func(s string) []byte {
		return zipOf(t, minimal("<worksheet><sheetData>"+head+s+"</sheetData></worksheet>"))
	}
	for _, c := range []struct {
		name string
		data []byte
		want fault.Code
	}{
		{"too many rows", []byte("Họ và tên,Năm sinh\n" + strings.Repeat("An,1990\n", 200)), fault.SheetTooBig},
		{"too many columns", []byte("Họ và tên,Năm sinh" + strings.Repeat(",x", 40) + "\n"), fault.SheetTooBig},
		{"a cell at the far end", sheet(`<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`), fault.SheetTooBig},
		{"a formatted but empty cell at the far end does no harm", sheet(`<row r="1048576"><c r="XFD1048576" s="1"/></row>`), ""},
		{"a part that unzips to a lot", sheet(strings.Repeat(" ", 2<<20)), fault.SheetTooBig},
		{"too large a file", bytes.Repeat([]byte("x"), 2<<20), fault.SheetTooBig},
		{"one text shown in a thousand cells", []byte("Họ và tên,Năm sinh\n" + strings.Repeat(strings.Repeat("x", 5000)+",1\n", 50)), fault.SheetTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := openBytes("ds.xlsx", c.data, small); fault.CodeOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestMergedRangesWithoutEndDoNotHang(t *testing.T) {
	var merges strings.Builder
	for range 500 {
		merges.WriteString(`<mergeCell ref="A1:XFD1048576"/>`)
	}
	rows := strings.Builder{}
	for i := 2; i < 2000; i++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>An</t></is></c></row>`, i, i)
	}
	data := zipOf(t, minimal(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Họ và tên</t></is></c></row>`+rows.String()+
		`</sheetData><mergeCells>`+merges.String()+`</mergeCells></worksheet>`))
	openBytes("ds.xlsx", data, Options{Year: 2026}) // must come back
}

func TestTheSheetThatHoldsTheListIsFound(t *testing.T) {
	data := xlsx(t, [][]any{{"Hướng dẫn điền"}}, func(f *excelize.File) {
		f.NewSheet("DS đoàn viên")
		f.SetSheetRow("DS đoàn viên", "A1", &[]any{"Họ và tên", "Năm sinh"})
		f.SetSheetRow("DS đoàn viên", "A2", &[]any{"An", 1990})
	})
	if b := open(t, "ds.xlsx", data); b.Sheet != "DS đoàn viên" || len(b.Sheets) != 2 {
		t.Errorf("read %q of %v", b.Sheet, b.Sheets)
	}
	_, err := openBytes("ds.xlsx", data, Options{Year: 2026, Sheet: "khác"})
	if fault.CodeOf(err) != fault.SheetNoSuchSheet || !strings.Contains(fault.Hint("vi", err), "DS đoàn viên") {
		t.Errorf("got %v", err)
	}
}

func zipOf(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for name, text := range parts {
		w, err := zw.Create(name)
		must(t, err)
		_, err = w.Write([]byte(text))
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}

// minimal is the least that a workbook needs around one sheet.
func minimal(sheet string) map[string]string {
	return map[string]string{
		"xl/workbook.xml":            `<workbook><sheets><sheet name="A" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
	}
}
