package viet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The parts of a Vietnamese syllable, each list between spaces.
const (
	onsets = "  b c ch d đ g gh gi h k kh l m n nh ng ngh p ph qu q r s t th tr v x "
	nuclei = " a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iêu iu oa oă oai oay oao oe oeo oi oo ôi ơi ua uâ uây uê ui uơ uô uôi" +
		" uy uya uyê uyu ưa ươ ươi ươu ưi ưu yê yêu ya "
	codas = "  c ch m n ng nh p t "
)

// plausibleWord reports whether w could be a Vietnamese syllable. It is loose
// about which ending goes with which vowel: it only has to tell words from
// what a wrong encoding leaves.
func plausibleWord(w string) bool {
	w = strings.TrimFunc(w, func(r rune) bool { return r < 0x80 && !unicode.IsLetter(r) })
	letters, ok := withoutTone(strings.ToLower(w))
	if !ok {
		return false
	}
	start := strings.IndexFunc(letters, isVowel)
	if start < 0 {
		return false
	}
	end := strings.LastIndexFunc(letters, isVowel)
	for end++; end < len(letters) && letters[end]&0xc0 == 0x80; end++ {
	}
	onset, nucleus, coda := letters[:start], letters[start:end], letters[end:]
	if onset == "q" && strings.HasPrefix(nucleus, "u") && len(nucleus) > 1 || onset == "g" && strings.HasPrefix(nucleus, "i") && len(nucleus) > 1 {
		nucleus = nucleus[1:]
	}
	return inList(onsets, onset) && inList(nuclei, nucleus) && inList(codas, coda)
}

func inList(list, part string) bool { return strings.Contains(list, " "+part+" ") }

func isVowel(r rune) bool { return strings.ContainsRune("aăâeêioôơuưy", r) }

// withoutTone takes the tone off; ok says there was at most one, on a vowel.
func withoutTone(w string) (letters string, ok bool) {
	tones := 0
	var b strings.Builder
	var last rune
	for _, r := range norm.NFD.String(w) {
		if isTone(r) {
			tones++
			if !strings.ContainsRune("aeiouy\u0302\u0306\u031b", last) {
				return "", false
			}
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return NFC(b.String()), tones <= 1
}
