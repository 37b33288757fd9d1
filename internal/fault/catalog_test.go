package fault

import (
	"regexp"
	"slices"
	"testing"
)

func TestBothLanguagesOfACatalogEntrySayTheSame(t *testing.T) {
	braces := regexp.MustCompile(`\{\w+\}`)
	names := func(s string) []string {
		n := braces.FindAllString(s, -1)
		slices.Sort(n)
		return n
	}
	for code, text := range catalog {
		if text.vi == "" || text.en == "" || (text.hintVi == "") != (text.hintEn == "") {
			t.Errorf("%s: a language is missing", code)
		}
		if !slices.Equal(names(text.vi), names(text.en)) {
			t.Errorf("%s: the languages name other arguments", code)
		}
	}
}
