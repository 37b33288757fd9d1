package viet

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// SplitName takes a full name apart: the last word is the given name, the
// first the family name, what stands between the middle name. One word alone
// is a given name; some minorities have no family name.
func SplitName(full string) (family, middle, given string) {
	w := strings.Fields(Clean(full))
	switch len(w) {
	case 0:
		return "", "", ""
	case 1:
		return "", "", w[0]
	}
	last := len(w) - 1
	return w[0], strings.Join(w[1:last], " "), w[last]
}

// JoinName puts together what a list keeps in two columns: family and middle
// names in one, the given name in the other.
func JoinName(familyAndMiddle, given string) string {
	return Clean(familyAndMiddle + " " + given)
}

// collators are kept, for making one costs more than a thousand keys. Case is
// ignored: otherwise every TRẦN VĂN AN would stand behind the last Vũ Văn An.
var collators = sync.Pool{New: func() any {
	return &keyMaker{col: collate.New(language.Vietnamese, collate.IgnoreCase)}
}}

type keyMaker struct {
	col *collate.Collator
	buf collate.Buffer
}

func (k *keyMaker) appendKey(dst []byte, s string) []byte {
	k.buf.Reset()
	return append(dst, k.col.KeyFromString(&k.buf, s)...)
}

// SortKey gives bytes that sort people by given name, family name and middle
// name. Each part is collated by itself: one key over all three would let the
// family name outrank the tone of the given name. Spellings that differ only
// in tone placement or case have the same key.
func SortKey(fullName string) []byte {
	family, middle, given := SplitName(moveTones(fullName))
	k := collators.Get().(*keyMaker)
	defer collators.Put(k)
	key := k.appendKey(make([]byte, 0, 64), given)
	key = append(key, 0, 0)
	key = k.appendKey(key, family)
	key = append(key, 0, 0)
	return k.appendKey(key, middle)
}

// TitleName gives a name typed all in capitals, or all in small letters, its
// usual form: NGUYỄN THỊ ĐÀO is Nguyễn Thị Đào, H'HEN NIÊ is H'Hen Niê. Any
// other name comes back as it was, for its owner may write Mc or DeVito.
func TitleName(s string) (name string, changed bool) {
	s = Clean(s)
	if !oneCase(s) {
		return s, false
	}
	start := true
	run := 0 // letters since the word or its part began
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r):
			run++
			if start {
				start = false
				return unicode.ToUpper(r)
			}
			return unicode.ToLower(r)
		case r == ' ', r == '-', r == '.':
			start, run = true, 0
		case isApostrophe(r):
			// H'Hen, K'Brêu, O'Neil; but not after a longer beginning.
			start, run = run <= 1, 0
		}
		return r
	}, s)
	return name, name != s
}

func isApostrophe(r rune) bool { return foldRune(r) == '\'' }

// oneCase reports whether s has two letters or more, all capital or all small.
func oneCase(s string) bool {
	upper, lower := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	return upper+lower > 1 && (upper == 0 || lower == 0)
}

// Lint gives the characters that do not belong in a name, each once: digits,
// signs, letters of other alphabets, the question mark of a lost letter. They
// tell of a scanned list or a wrong encoding. Letters of the Ê Đê, Gia Rai and
// Ba Na alphabets are at home here.
func Lint(name string) []rune {
	var odd []rune
	for _, r := range NFC(name) {
		if !isNameRune(r) && !strings.ContainsRune(string(odd), r) {
			odd = append(odd, r)
		}
	}
	return odd
}

func isNameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == ' ' || r == '-' || r == '.' || r == '\''
	}
	if strings.ContainsRune("đĐƀɃ’‘ʼ", r) || isVietMark(r) {
		return true
	}
	base := norm.NFD.String(string(r))
	for i, m := range base {
		if i == 0 && (m >= utf8.RuneSelf || !unicode.IsLetter(m)) || i > 0 && !isVietMark(m) {
			return false
		}
	}
	return true
}

// isVietMark reports the tones, circumflex, breve, horn, and the caron and
// tilde of the highland alphabets.
func isVietMark(r rune) bool {
	return isTone(r) || r == 0x302 || r == 0x306 || r == 0x31b || r == 0x30c
}

var lookAlikes = strings.NewReplacer(
	"Ð", "Đ", "ð", "đ", "Ɖ", "Đ", "ɖ", "đ",
	"А", "A", "В", "B", "Е", "E", "К", "K", "М", "M", "Н", "H", "О", "O", "Р", "P", "С", "C", "Т", "T", "Х", "X",
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "ο", "o", "Ο", "O",
)

// MendLookAlikes replaces letters that only look Vietnamese: the Icelandic Ð
// for Đ, Cyrillic and Greek letters for Latin ones.
func MendLookAlikes(s string) (mended string, changed bool) {
	mended = NFC(lookAlikes.Replace(s))
	return mended, mended != NFC(s)
}

// RaiseInitials makes the first letter of each word a capital. TCVN3 has no
// capital letters with tones, so that Ánh stands in such lists as ánh.
func RaiseInitials(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		up := start
		start = r == ' '
		if up {
			return unicode.ToUpper(r)
		}
		return r
	}, NFC(s))
}
