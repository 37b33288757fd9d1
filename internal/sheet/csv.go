package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"dongbo/internal/fault"
	"dongbo/internal/viet"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// openCSV reads separated values.
func (b *Book) openCSV(data []byte) error {
	if notText(data) {
		return fault.New(fault.SheetNotSpreadsheet)
	}
	text, err := decodeText(data)
	if err != nil {
		return fault.Wrap(err, fault.SheetNotSpreadsheet)
	}
	sep, text := separator(text)
	in := newPieces(strings.NewReader(text))
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = sep, -1, true, true
	g := grid{limits: b.opts.Limits}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return b.useGrid(g)
		}
		if err != nil {
			return orTruncated(err)
		}
		in.next()
		line, _ := r.FieldPos(0)
		for len(fields) > 0 && fields[len(fields)-1] == "" {
			fields = fields[:len(fields)-1]
		}
		if len(fields) > b.opts.Limits.Columns {
			return tooBig("", "columns", b.opts.Limits.Columns)
		}
		if err := g.add(line, csvCells(fields)); err != nil {
			return err
		}
	}
}

func csvCells(fields []string) []cell {
	cells := make([]cell, len(fields))
	for i, f := range fields {
		cells[i].text = unguard(f)
	}
	return cells
}

// notText tells files that somebody only renamed.
func notText(data []byte) bool {
	for _, magic := range []string{"%PDF", "\x89PNG", "\xff\xd8\xff", "GIF8", "{\\rtf", "<html", "<!DOCTYPE", "<?xml", "SQLite format 3", "Rar!", "7z\xbc\xaf", "\x1f\x8b", "MZ", "\x7fELF"} {
		if bytes.HasPrefix(bytes.TrimLeft(data, " \r\n\t"), []byte(magic)) {
			return true
		}
	}
	return false
}

// decodeText makes UTF-8 of the file's bytes. Without a mark at the start and
// not UTF-8, they are one of the eight-bit encodings; what reads best wins.
func decodeText(data []byte) (string, error) {
	for _, bom := range []struct {
		mark string
		enc  encoding.Encoding
	}{
		{"\xef\xbb\xbf", nil},
		{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
	} {
		rest, found := bytes.CutPrefix(data, []byte(bom.mark))
		switch {
		case found && bom.enc == nil:
			return string(rest), nil
		case found:
			return decode(bom.enc, data)
		}
	}
	sample := data[:min(len(data), 4096)]
	if zeros := bytes.Count(sample, []byte{0}); zeros > 0 {
		if zeros*3 < len(sample) {
			return "", errors.New("binary data")
		}
		if len(data) > 1 && data[0] == 0 {
			return decode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), data)
		}
		return decode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), data)
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	return decodeEightBit(data)
}

// decodeEightBit chooses between Windows-1258, which is Vietnamese with
// combining tones, and Windows-1252, which TCVN3 and VNI text was saved in.
func decodeEightBit(data []byte) (string, error) {
	sample := string(data[:min(len(data), 1<<16)])
	viet1258, err := decode(charmap.Windows1258, []byte(sample))
	if err != nil {
		return "", err
	}
	west1252, err := decode(charmap.Windows1252, []byte(sample))
	if err != nil {
		return "", err
	}
	enc58, score58 := viet.Detect(words(viet.NFC(viet1258)))
	_, score52 := viet.Detect(words(west1252))
	if enc58 == viet.Unicode && score58 >= score52 {
		return decode(charmap.Windows1258, data)
	}
	return decode(charmap.Windows1252, data)
}

// words parts text as a table does, for the separators hide the words.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,;\t\"\r\n", r) })
}

func decode(enc encoding.Encoding, data []byte) (string, error) {
	out, err := enc.NewDecoder().Bytes(data)
	return string(out), err
}

// separator finds what parts the fields: the sign that stands equally often,
// and often, in the first lines; Excel's own "sep=;" line settles it.
func separator(text string) (rune, string) {
	if rest, found := strings.CutPrefix(text, "sep="); found && len(rest) > 1 {
		if sep := rest[0]; strings.IndexByte(",;\t|", sep) >= 0 {
			_, text, _ = strings.Cut(rest, "\n")
			return rune(sep), text
		}
	}
	best, bestScore := ',', 0
	for _, sep := range []rune{',', ';', '\t', '|'} {
		if score := agreement(text, sep); score > bestScore {
			best, bestScore = sep, score
		}
	}
	return best, text
}

// agreement is the number of lines that hold sep equally often, times how
// often; quoted text does not count.
func agreement(text string, sep rune) int {
	perLine := map[int]int{}
	quoted, count, lines := false, 0, 0
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == sep:
			count++
		case r == '\n':
			perLine[count]++
			count, lines = 0, lines+1
		}
		if lines == 30 {
			break
		}
	}
	perLine[count]++
	best := 0
	for n, lines := range perLine {
		best = max(best, n*lines)
	}
	return best
}

// guard makes a field safe for programs that run what begins with = + - @ as
// a formula: an apostrophe goes before it, also before one that was there, so
// that unguard gives back exactly what was written.
func guard(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r'", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// unguard undoes guard, and the ="0912" by which others keep leading zeros.
func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@\t\r'", s[1]) >= 0 {
		return s[1:]
	}
	if inner, found := strings.CutPrefix(s, "=\""); found {
		if inner, found = strings.CutSuffix(inner, "\""); found && !strings.Contains(inner, "\"") {
			return inner
		}
	}
	return s
}
