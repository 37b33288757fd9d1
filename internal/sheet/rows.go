package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dongbo/internal/viet"
)

// SkippedRow is a row that is no person, and why. Reason is a code of fault's
// catalogue without "skip.": title, header, group, total …
type SkippedRow struct {
	Line   int
	Reason string
	Text   string
}

// walkState is what the rows so far say about the next.
type walkState struct {
	department string // of the last group row
	signed     bool   // the signatures have begun
	started    bool   // a person has been seen
	keys       map[string]int
}

// Rows gives the list's people, and the rows that are none.
func (b *Book) Rows() ([]Record, []SkippedRow) {
	var records []Record
	var skipped []SkippedRow
	skip := func(r gridRow, reason string) {
		skipped = append(skipped, SkippedRow{r.line, reason, b.rowText(r)})
	}
	for _, r := range b.grid.rows[:b.head.first] {
		skip(r, "title")
	}
	for _, r := range b.grid.rows[b.head.first : b.head.last+1] {
		skip(r, "header")
	}
	st := walkState{keys: map[string]int{}}
	for _, r := range b.grid.rows[b.head.last+1:] {
		if reason := b.skipReason(r, &st); reason != "" {
			skip(r, reason)
			continue
		}
		st.started = true
		records = append(records, b.record(r, &st))
	}
	return records, skipped
}

// Skipped gives the rows that are no person alone.
func (b *Book) Skipped() []SkippedRow {
	_, s := b.Rows()
	return s
}

func (b *Book) rowText(r gridRow) string {
	var parts []string
	for _, c := range r.cells {
		if t := viet.Clean(b.grid.show(c)); t != "" {
			parts = append(parts, t)
		}
	}
	text := strings.Join(parts, " | ")
	if rs := []rune(text); len(rs) > 120 {
		text = string(rs[:120]) + "…"
	}
	return text
}

// rowFacts is what a row looks like before it is read.
type rowFacts struct {
	filled  int    // cells with text, the ordinal left out
	fields  int    // of them, cells in columns that are understood
	ids     int    // of these, cells that only a person has: dates and numbers
	name    string // folded
	ordinal string
	first   string // the first text, converted
	texts   []string
	again   int // cells that are the headings of their own columns
}

func (b *Book) facts(r gridRow) rowFacts {
	var f rowFacts
	for _, c := range b.Columns {
		text := viet.Clean(viet.Convert(c.Encoding, r.at(c.Index).text))
		if text == "" {
			continue
		}
		if repeatsHead(c, r.at(c.Index)) {
			f.again++
		}
		if c.Part == Ordinal {
			f.ordinal = text
			continue
		}
		f.filled++
		if f.first == "" {
			f.first = text
		}
		f.texts = append(f.texts, text)
		if c.Field == "" {
			continue
		}
		f.fields++
		switch c.Field {
		case "full_name":
			f.name = strings.TrimSpace(f.name + " " + viet.Fold(text))
		case "birth_date", "national_id", "insurance_no", "card_number", "phone", "joined_on", "national_id_date", "email":
			if strings.ContainsAny(text, "0123456789") {
				f.ids++
			}
		case "gender":
			if _, ok := viet.Gender(text); ok || len(text) == 1 || strings.ContainsAny(text, "0123456789") {
				f.ids++
			}
		}
	}
	return f
}

// repeatsHead knows a heading in its own column: to the letter, or for names,
// the one column that every header has, by its meaning.
func repeatsHead(c Column, in cell) bool {
	text := viet.Clean(in.text)
	if in.num || c.Head == "" || len(text) > 60 {
		return false
	}
	if strings.HasPrefix(c.Head, text) || strings.HasSuffix(c.Head, text) {
		return true
	}
	if c.Field != "full_name" {
		return false
	}
	m, _ := understand(text)
	return m.field == c.Field
}

var (
	totalRow   = regexp.MustCompile(`^(tong( cong| so)?|cong|cong (trang|nhom|to)|luy ke|total|danh sach (nay )?(co|gom)|tong danh sach)\b[ :.]*(\d.*|:.*|co .*|la .*|$)`)
	signRow    = regexp.MustCompile(`^(t\.?m\.?|k\.?t\.?|tl\.?|ngay .*thang|.*, ngay .*(thang|nam)|nguoi lap|lap bieu|thu truong|chu tich|pho chu tich|ke toan|giam doc|ban chap hanh|xac nhan|\(?ky|thu ky|noi nhan|cong doan co so$|hieu truong)`)
	groupMark  = regexp.MustCompile(`^([ivxlc]+|[a-z]|\d{1,2})\s*[./)\-:]\s*\D`)
	groupWord  = regexp.MustCompile(`^(phan xuong|to|chuyen|phong|bo phan|xuong|doi|cong doan|khoi|ban|kho|truong|khoa|nhom|don vi|chi nhanh|van phong|trung tam|cong ty|line|cua hang)\b`)
	romanOrABC = regexp.MustCompile(`^([IVXLC]+|[A-Z])\.?$`)
	numbering  = regexp.MustCompile(`^([IVXLC]+|[A-Z]|\d{1,2})\s*[./)\-:]+\s*`)
)

// skipReason tells why a row is no person; "" if it is one. What only a person
// has, a date of birth or a number, outweighs any word.
func (b *Book) skipReason(r gridRow, st *walkState) string {
	f := b.facts(r)
	first := viet.Fold(f.first)
	switch {
	case f.filled == 0:
		if f.ordinal != "" && romanOrABC.MatchString(f.ordinal) || len(f.ordinal) > 6 {
			return b.groupOrSign(f.ordinal, st)
		}
		return "blank"
	case f.again >= 2 && f.again*2 >= f.filled:
		return "header_again"
	case !st.started && isColumnNumbers(r):
		return "column_numbers"
	case totalRow.MatchString(first) || totalRow.MatchString(viet.Fold(f.ordinal)):
		if f.ids == 0 || f.name == "" || totalRow.MatchString(f.name) {
			return "total"
		}
	case f.ids > 0 && f.name != "":
		return ""
	case st.started && f.ids < 2 && anySign(f.texts):
		st.signed = true
		return "signature"
	case st.signed && f.ids == 0 && !isNumber(f.ordinal):
		return "signature"
	case b.isGroup(f, first):
		text := f.first
		if m := numbering.FindString(text); m != "" && len(m) < len(text) {
			text = text[len(m):]
		}
		st.department = text
		return "group"
	}
	return ""
}

// groupOrSign judges a text that stands alone in the ordinal column.
func (b *Book) groupOrSign(text string, st *walkState) string {
	if st.started && signRow.MatchString(viet.Fold(text)) {
		st.signed = true
		return "signature"
	}
	if totalRow.MatchString(viet.Fold(text)) {
		return "total"
	}
	st.department = numbering.ReplaceAllString(viet.Clean(text), "")
	return "group"
}

func anySign(texts []string) bool {
	for _, t := range texts {
		if signRow.MatchString(viet.Fold(t)) {
			return true
		}
	}
	return false
}

// isGroup: a row with one text, perhaps a count beside it, that is numbered
// like a heading, begins like a department or does not stand under the names.
func (b *Book) isGroup(f rowFacts, first string) bool {
	words := 0
	for _, t := range f.texts {
		if !isNumber(t) && t != f.first {
			words++
		}
	}
	if words > 0 || f.ids > 0 || isNumber(f.first) {
		return false
	}
	if isNumber(f.ordinal) && f.name != "" && !groupWord.MatchString(first) {
		return false // a person of whom only the name is known
	}
	return f.name == "" || romanOrABC.MatchString(f.ordinal) || groupMark.MatchString(first) || groupWord.MatchString(first)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789.,") == "" }

// isColumnNumbers knows the row (1) (2) (3) that official forms have.
func isColumnNumbers(r gridRow) bool {
	seen, last := 0, -1
	for _, c := range r.cells {
		t := strings.Trim(viet.Clean(c.text), "()[]. ")
		if t == "" {
			continue
		}
		n, err := strconv.Atoi(t)
		if err != nil && len(t) == 1 && t[0] >= 'A' && t[0] <= 'Z' {
			continue // A, B, 1, 2, 3
		}
		if err != nil || last >= 0 && n != last+1 {
			return false
		}
		last = n
		seen++
	}
	return seen >= 3 && last < 200
}

// key names a row by its own cells. The ordinal is left out, for it changes
// with every row put in above; rows that are wholly equal are counted.
func (b *Book) key(r gridRow, st *walkState) string {
	h := sha256.New()
	for _, c := range b.Columns {
		if c.Part != Ordinal && c.Part != Reason {
			fmt.Fprintf(h, "%d:%s\x00", c.Index, viet.Clean(r.at(c.Index).text))
		}
	}
	key := hex.EncodeToString(h.Sum(nil)[:12])
	st.keys[key]++
	if n := st.keys[key]; n > 1 {
		key += "-" + strconv.Itoa(n)
	}
	return key
}

// Fingerprint names the list by what its cells hold: opening the file and
// saving it again leaves the fingerprint as it is.
func (b *Book) Fingerprint() string {
	h := sha256.New()
	for _, r := range b.grid.rows {
		fmt.Fprintf(h, "%d\x01", r.line)
		for _, c := range r.cells {
			fmt.Fprintf(h, "%s\x00", viet.Clean(c.text))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
