package viet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NFC composes s: a letter and its marks become one character.
func NFC(s string) string { return norm.NFC.String(s) }

// Clean makes s fit to be stored: composed, without invisible characters,
// every run of spaces, tabs and line breaks one space, none at the ends.
// Legacy text must be converted first: to TCVN3 the soft hyphen is "ư".
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s { // an invalid byte arrives as U+FFFD
		switch {
		case unicode.IsSpace(r):
			gap = true
		case isInvisible(r):
		default:
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
		}
	}
	return NFC(mendMarkOrder(b.String()))
}

// isPlain reports whether s is ASCII that Clean would not touch: most cells
// of most lists, and worth not copying.
func isPlain(s string) bool {
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// isInvisible reports characters that show nothing and make equal names
// unequal: joiners, direction marks, soft hyphens, byte order marks, controls.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r)
}

// mendMarkOrder puts a circumflex or breve before the tone. Both sit above
// the letter, so Unicode keeps the order in which they were typed, and
// "o acute circumflex" would never compose to ố.
func mendMarkOrder(s string) string {
	if !strings.ContainsAny(s, "\u0302\u0306") {
		return s
	}
	rs := []rune(norm.NFD.String(s))
	for i := 1; i < len(rs); i++ {
		if (rs[i] == 0x302 || rs[i] == 0x306) && isToneAbove(rs[i-1]) {
			rs[i-1], rs[i] = rs[i], rs[i-1]
		}
	}
	return string(rs)
}

func isToneAbove(r rune) bool {
	return r == 0x300 || r == 0x301 || r == 0x303 || r == 0x309
}

// isTone reports the five tone marks: huyền, sắc, ngã, hỏi, nặng.
func isTone(r rune) bool { return isToneAbove(r) || r == 0x323 }

// Fold gives the form that search compares: no marks, no đ, lower case, one
// kind of apostrophe, single spaces. Folding twice changes nothing.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFD.String(Clean(s)) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		b.WriteRune(foldRune(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func foldRune(r rune) rune {
	switch r {
	case 'đ', 'Đ', 'ð', 'Ð', 'Ɖ', 'ɖ': // eth and African D are typed for đ
		return 'd'
	case '’', '‘', 'ʼ', '`', '´', '′':
		return '\''
	}
	return unicode.ToLower(r)
}

// ToneKey gives names that differ only in where the tone stands the same
// text: hòa and hoà, thúy and thuý, qúy and quý; also upper and lower case.
// It is for comparing only: the spelling on the papers is a legal name.
func ToneKey(s string) string { return strings.ToLower(moveTones(Clean(s))) }

// moveTones moves a tone from o or u to the a, e, ơ or y that follows it.
// Where no other word could be meant (múa, of) the result is no spelling
// at all, which does no harm in a key.
func moveTones(s string) string {
	s = NFC(s)
	if strings.IndexFunc(s, isTonedOU) < 0 {
		return s
	}
	rs := []rune(norm.NFD.String(s))
	for i := 0; i+1 < len(rs); i++ {
		if !strings.ContainsRune("ouOU", rs[i]) || !isTone(rs[i+1]) {
			continue
		}
		j := i + 2
		if j >= len(rs) || !strings.ContainsRune("aeyoAEYO", rs[j]) {
			continue
		}
		if (rs[j] == 'o' || rs[j] == 'O') && (j+1 >= len(rs) || rs[j+1] != 0x31b && rs[j+1] != 0x302) {
			continue // a bare o after a tone is another syllable
		}
		if end := markEnd(rs, j+1); !hasTone(rs[j+1 : end]) {
			tone := rs[i+1]
			copy(rs[i+1:end-1], rs[i+2:end])
			rs[end-1] = tone
		}
	}
	return NFC(string(rs))
}

// isTonedOU reports o and u with a tone and no other mark.
func isTonedOU(r rune) bool {
	switch r {
	case 'ò', 'ó', 'ỏ', 'õ', 'ọ', 'ù', 'ú', 'ủ', 'ũ', 'ụ', 'Ò', 'Ó', 'Ỏ', 'Õ', 'Ọ', 'Ù', 'Ú', 'Ủ', 'Ũ', 'Ụ':
		return true
	}
	return false
}

// markEnd gives the index after the marks that start at i.
func markEnd(rs []rune, i int) int {
	for i < len(rs) && unicode.Is(unicode.Mn, rs[i]) {
		i++
	}
	return i
}

func hasTone(marks []rune) bool {
	for _, r := range marks {
		if isTone(r) {
			return true
		}
	}
	return false
}
