package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"dongbo/internal/allocs"
	"dongbo/internal/fault"
)

var fuzzLimits = Limits{FileBytes: 1 << 16, UnzippedBytes: 1 << 20, Rows: 500, Cells: 5000, TextBytes: 1 << 18, Columns: 50}

// soon fails a test whose input took longer than any honest one could.
func soon(t *testing.T, data []byte) func() {
	start := time.Now()
	return func() {
		if d := time.Since(start); d > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(data), d)
		}
	}
}

// fuzzBook holds that a file is read, or refused in words.
func fuzzBook(t *testing.T, data []byte, password string) {
	defer soon(t, data)()
	b, err := openBytes("f", data, Options{Year: 2026, Repair: true, Limits: fuzzLimits, Password: password})
	if err != nil {
		if fault.CodeOf(err) == fault.Internal {
			t.Fatalf("an error without a sentence: %v", err)
		}
		return
	}
	b.Rows()
	b.Fingerprint()
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(plainCSV))
	f.Add([]byte("sep=;\nHọ tên;Nam;Nữ\n\"An;x;\n"))
	f.Add([]byte("\xff\xfeH\x00"))
	f.Add([]byte("Hä vµ tªn,Ngµy sinh\nNguyÔn V¨n An,1/2/90\n"))
	f.Add(zipOf(f, minimal(`<worksheet><sheetData><row><c t="inlineStr"><is><t>Họ tên</t></is></c><c t="str"><v>CCCD</v></c></row><row><c><v>7.9E10</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B9"/></mergeCells></worksheet>`)))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzBook(t, data, "") })
}

// FuzzOpenProtected reaches the OLE container and its decryption, which are the
// library's. It bounds the work of a password at ten million rounds; here they
// are few, or nothing else would be tried.
func FuzzOpenProtected(f *testing.F) {
	agile, err := os.ReadFile("testdata/agile.xlsx")
	must(f, err)
	f.Add(bytes.Replace(agile, []byte(`spinCount="100000"`), []byte(`spinCount="000001"`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		if spins.Match(data) {
			t.Skip("much work, and nothing new")
		}
		fuzzBook(t, data, "đoàn viên")
	})
}

var spins = regexp.MustCompile(`spinCount="0*[1-9][0-9]{3}`)

// FuzzSheet fuzzes the XML of one sheet and the shared strings, which mutated
// zip files hardly ever reach.
func FuzzSheet(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>`, `<sst><si><t>Họ tên</t></si></sst>`, `<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>`)
	f.Add(`<worksheet><row><c t="inlineStr"><is><t>_x000D_Họ tên</t></is></c></row><mergeCell ref="A1:XFD9"/></worksheet>`, `<sst><si><rPh><t>x</t></rPh></si></sst>`, `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="[$-x]d/m"/></numFmts></styleSheet>`)
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		parts := minimal(sheet)
		parts["xl/sharedStrings.xml"], parts["xl/styles.xml"] = shared, styles
		fuzzBook(t, stored(t, parts), "")
	})
}

// stored is zipOf without compressing, which would take most of the time.
func stored(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for name, text := range parts {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		must(t, err)
		_, err = io.WriteString(w, text)
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}

// With these limits no file may cost more than maxCost, though it says or
// unpacks to many times that.
var tight = Limits{FileBytes: 8 << 20, UnzippedBytes: 64 << 20, Rows: 1000, Columns: 50, Cells: 10_000, TextBytes: 1 << 20}

// The bytes of a file are copied a few times (decoding, NFC); a piece grows to
// its limit by doubling.
const maxCost = 48 << 20

func TestHostileFilesCostNoMoreThanTheLimits(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, 4<<20/len(s)) }
	head := `<row><c t="inlineStr"><is><t>Họ và tên</t></is></c></row>`
	sheet := func(s string) map[string]string {
		return minimal("<worksheet><sheetData>" + head + s + "</sheetData></worksheet>")
	}
	with := func(name, text string) map[string]string {
		parts := sheet("")
		parts[name] = text
		return parts
	}
	for name, parts := range map[string]map[string]string{
		"shared strings without end":        with("xl/sharedStrings.xml", "<sst>"+many("<si/>")+"</sst>"),
		"one shared string of four MB":      with("xl/sharedStrings.xml", "<sst><si><t>"+many("x")+"</t></si></sst>"),
		"a shared string of many texts":     with("xl/sharedStrings.xml", "<sst><si>"+many("<t>"+strings.Repeat("x", 4000)+"</t>")+"</si></sst>"),
		"one cell of four MB":               sheet("<row><c><v>" + many("x") + "</v></c></row>"),
		"a cell of many values":             sheet("<row><c>" + many("<v>"+strings.Repeat("x", 4000)+"</v>") + "</c></row>"),
		"an attribute of four MB":           sheet(`<row r="` + many("1") + `"/>`),
		"a tag of very many attributes":     sheet("<row " + many(`a="" `) + "/>"),
		"a tag whose name never ends":       sheet("<" + many("a") + "/>"),
		"a comment of four MB":              sheet("<!--" + many("x") + "-->"),
		"a sheet that declares a giant end": sheet(`<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`),
	} {
		t.Run(name, func(t *testing.T) {
			costs(t, zipOf(t, parts), fault.SheetTooBig)
		})
	}
	comma := []byte("Họ và tên" + strings.Repeat(",", 7<<20) + "x\n")
	for name, data := range map[string][]byte{
		"a line of seven million fields":   comma,
		"a line of seven MB":               []byte("Họ và tên,x\n" + strings.Repeat("x", 7<<20)),
		"a quote that is never closed":     []byte("Họ và tên,x\n\"" + strings.Repeat("An,1\n", 7<<20/5)),
		"a zip directory of many entries":  directory(t, 60_000),
		"a zip file that declares 2^63":    declares(t, 1<<63),
		"a zip file that declares too few": declares(t, 0),
	} {
		t.Run(name, func(t *testing.T) { costs(t, data, "") })
	}
}

// costs opens data and holds what it may cost; want is the fault, "" any.
func costs(t *testing.T, data []byte, want fault.Code) {
	t.Helper()
	var err error
	n := allocs.Of(func() { _, err = openBytes("f.xlsx", data, Options{Year: 2026, Limits: tight}) })
	t.Logf("%d KiB for a file of %d KiB: %v", n>>10, len(data)>>10, err)
	if n > maxCost {
		t.Errorf("%d MiB allocated", n>>20)
	}
	if code := fault.CodeOf(err); code == fault.Internal || err == nil || want != "" && code != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func directory(t *testing.T, n int) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for range n {
		_, err := zw.CreateHeader(&zip.FileHeader{Name: "a", Method: zip.Store})
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}

// declares makes a workbook whose sheet is said to unpack to size.
func declares(t *testing.T, size uint64) []byte {
	t.Helper()
	whole := zipOf(t, minimal("<worksheet>"+strings.Repeat(" ", 4<<20)+"</worksheet>"))
	zr, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	must(t, err)
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	for _, f := range zr.File {
		raw, err := f.OpenRaw()
		must(t, err)
		h := f.FileHeader
		if strings.Contains(h.Name, "sheet1") {
			h.UncompressedSize64 = size
		}
		w, err := zw.CreateRaw(&h)
		must(t, err)
		_, err = io.Copy(w, raw)
		must(t, err)
	}
	must(t, zw.Close())
	return buf.Bytes()
}
