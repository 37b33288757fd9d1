package viet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Encoding is a way to write Vietnamese with Western European characters,
// told from Unicode only by the font, or by making no sense without it.
type Encoding string

// The encodings found in offices.
const (
	Unicode   Encoding = ""
	TCVN3     Encoding = "TCVN3"  // .VnTime, .VnArial
	TCVN3Caps Encoding = "TCVN3H" // .VnTimeH: the font shows capitals
	VNI       Encoding = "VNI"    // VNI-Times
)

// EncodingOfFont tells the encoding that a font's name stands for.
func EncodingOfFont(font string) Encoding {
	f := strings.ToLower(strings.TrimSpace(font))
	switch {
	case strings.HasPrefix(f, ".vn"):
		if strings.HasSuffix(strings.TrimSpace(font), "H") {
			return TCVN3Caps
		}
		return TCVN3
	case strings.HasPrefix(f, "vni-"), strings.HasPrefix(f, "vni "):
		return VNI
	}
	return Unicode
}

// Convert gives the Unicode text of s, which is written in enc. Text that
// holds letters only Unicode has is returned as it is: someone typed that
// cell later.
func Convert(enc Encoding, s string) string {
	if enc == Unicode || HasUnicodeLetters(s) {
		return s
	}
	switch enc {
	case TCVN3:
		return mendCaps(s, fromTCVN3(s))
	case TCVN3Caps:
		return strings.ToUpper(fromTCVN3(s))
	case VNI:
		return fromVNI(s)
	}
	return s
}

// HasUnicodeLetters reports Vietnamese letters, or combining tones, that no
// legacy encoding can produce.
func HasUnicodeLetters(s string) bool {
	for _, r := range s {
		switch {
		case r >= 0x1ea0 && r <= 0x1ef9, isVietMark(r):
			return true
		case strings.ContainsRune("ăĂđĐĩĨũŨơƠưƯ", r):
			return true
		}
	}
	return false
}

// enoughWords settle the encoding of any column; trying one costs three
// conversions.
const enoughWords = 5000

// Detect tells in which encoding a column of texts is written, and how sure
// that is (0 to 1). One cell cannot tell: Hoàng is a word both in Unicode and,
// for Hồng, in VNI. So each encoding is tried on the whole column, and the one
// wins that makes Vietnamese of more words, if by far.
func Detect(texts []string) (enc Encoding, score float64) {
	var hits [3]int // as Unicode, TCVN3, VNI
	total := 0
sample:
	for _, text := range texts {
		for w := range strings.FieldsSeq(text) {
			if isPlain(w) {
				continue
			}
			if total == enoughWords {
				break sample
			}
			total++
			for i, e := range []Encoding{Unicode, TCVN3, VNI} {
				if plausibleWord(Convert(e, w)) {
					hits[i]++
				}
			}
		}
	}
	if total == 0 {
		return Unicode, 1
	}
	best := 0
	for i, e := range []Encoding{Unicode, TCVN3, VNI} {
		if hits[i] > hits[best] {
			best, enc = i, e
		}
	}
	rate, plain := float64(hits[best])/float64(total), float64(hits[0])/float64(total)
	if enc != Unicode && (rate < 0.6 || rate-plain < 0.3) {
		return Unicode, plain
	}
	return enc, rate
}

// tcvn3Table pairs each character with the letter it shows. μ and − are what
// some programs make of µ and of the soft hyphen.
const tcvn3Table = "¡Ă¢Â£Ê¤Ô¥Ơ¦Ư§Đµàμà¸á¶ả·ã¹ạ»ằ¾ắ¼ẳ½ẵÆặ¨ăÇầÊấÈẩÉẫËậ©âÌèÐéÎẻÏẽÑẹÒềÕếÓểÔễÖệªê×ìÝíØỉÜĩÞịßòãóáỏâõäọåồèốæổçỗéộ«ô" +
	"êờíớëởìỡîợ¬ơïùóúñủòũôụõừøứöử÷ữùự\u00adư−ưúỳýýûỷüỹþỵ®đ"

var tcvn3 = func() map[rune]rune {
	m := make(map[rune]rune, 80)
	rs := []rune(tcvn3Table)
	for i := 0; i+1 < len(rs); i += 2 {
		m[rs[i]] = rs[i+1]
	}
	return m
}()

func fromTCVN3(s string) string {
	return strings.Map(func(r rune) rune {
		if v, ok := tcvn3[r]; ok {
			return v
		}
		return r
	}, s)
}

// mendCaps makes a converted text all capitals where its plain letters are:
// TCVN3 has no capital letters with tones, so NGUYÔN stands for NGUYỄN. At
// least two capitals must stand in one word, or Hµ would become HÀ.
func mendCaps(raw, converted string) string {
	run, longest := 0, 0
	for _, r := range raw {
		switch {
		case r >= 'a' && r <= 'z':
			return converted
		case r >= 'A' && r <= 'Z':
			run++
			longest = max(longest, run)
		case r == ' ':
			run = 0
		}
	}
	if longest < 2 {
		return converted
	}
	return strings.ToUpper(converted)
}

// vniMarks are the signs that follow a vowel in VNI, with what they add.
var vniMarks = map[rune]string{
	'ù': "\u0301", 'ø': "\u0300", 'û': "\u0309", 'õ': "\u0303", 'ï': "\u0323",
	'â': "\u0302", 'á': "\u0302\u0301", 'à': "\u0302\u0300", 'å': "\u0302\u0309", 'ã': "\u0302\u0303", 'ä': "\u0302\u0323",
	'ê': "\u0306", 'é': "\u0306\u0301", 'è': "\u0306\u0300", 'ú': "\u0306\u0309", 'ü': "\u0306\u0303", 'ë': "\u0306\u0323",
}

// vniAlone are the letters that stand for themselves.
var vniAlone = map[rune]rune{
	'ñ': 'đ', 'ô': 'ơ', 'ö': 'ư', 'í': 'í', 'ì': 'ì', 'æ': 'ỉ', 'ó': 'ĩ', 'ò': 'ị', 'î': 'ỵ',
}

func fromVNI(s string) string {
	rs := []rune(NFC(s))
	var b strings.Builder
	for i, r := range rs {
		low := unicode.ToLower(r)
		if i > 0 && vniMarks[low] != "" && takesMark(unicode.ToLower(rs[i-1]), low) {
			b.WriteString(vniMarks[low])
			continue
		}
		if v, ok := vniAlone[low]; ok {
			if low != r {
				v = unicode.ToUpper(v)
			}
			r = v
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// takesMark: tones go on every vowel, the circumflex on a, e and o, the breve
// on a alone.
func takesMark(vowel, mark rune) bool {
	switch {
	case strings.ContainsRune("ùøûõï", mark):
		return strings.ContainsRune("aeiouyôö", vowel)
	case strings.ContainsRune("âáàåãä", mark):
		return strings.ContainsRune("aeo", vowel)
	}
	return vowel == 'a'
}
