package assets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

func TestTheUnitsAreThoseInForce(t *testing.T) {
	communes, seen := 0, map[string]bool{}
	for _, p := range Provinces() {
		for _, c := range p.Communes {
			if c.ProvinceCode != p.Code || c.Name == "" || len(c.Code) != 5 || seen[c.Code] {
				t.Errorf("%s has a commune %+v", p.Name, c)
			}
			seen[c.Code] = true
			communes++
		}
	}
	if len(Provinces()) != 34 || communes != 3321 {
		t.Errorf("%d provinces and %d communes, want 34 and 3321", len(Provinces()), communes)
	}
}

func TestEveryCodelistIsReadable(t *testing.T) {
	for _, name := range Codelists() {
		slugs := map[string]bool{}
		for _, c := range Codelist(name) {
			if c.Slug == "" || c.VI == "" || c.EN == "" || slugs[c.Slug] {
				t.Errorf("%s: entry %+v lacks a word or stands twice", name, c)
			}
			if strings.ContainsFunc(c.Slug, func(r rune) bool { return r > unicode.MaxASCII || r == ' ' }) {
				t.Errorf("%s: slug %q is no word for machines", name, c.Slug)
			}
			slugs[c.Slug] = true
		}
		if len(slugs) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	if Codelist("no_such_list") != nil {
		t.Error("a list that does not exist is not nil")
	}
}

func TestNoAliasMeansTwoThings(t *testing.T) {
	for _, name := range Codelists() {
		meaning := map[string]string{}
		for _, c := range Codelist(name) {
			for _, word := range append([]string{c.VI}, c.Aliases...) {
				key := strings.ToLower(word)
				if other, ok := meaning[key]; ok && other != c.Slug {
					t.Errorf("%s: %q means %s and %s", name, word, other, c.Slug)
				}
				meaning[key] = c.Slug
			}
		}
	}
}

func TestBothNumberingsOfTheEthnicGroupsAreWhole(t *testing.T) {
	for _, numbering := range []string{"code_1979", "code_2008"} {
		var codes []string
		for _, c := range Codelist("ethnicity") {
			codes = append(codes, c.More[numbering])
		}
		slices.Sort(codes)
		if len(slices.Compact(codes)) != 55 || codes[0] != "01" || codes[54] != "55" {
			t.Errorf("%s does not run from 01 to 55", numbering)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func TestBothLanguagesSayTheSame(t *testing.T) {
	vi, en := catalogues()["vi"], catalogues()["en"]
	for key, text := range vi {
		other, ok := en[key]
		if !ok {
			t.Errorf("%s is missing in English", key)
			continue
		}
		a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s has %v in Vietnamese and %v in English", key, a, b)
		}
	}
	for key := range en {
		if _, ok := vi[key]; !ok {
			t.Errorf("%s is missing in Vietnamese", key)
		}
	}
}

func TestAKeyBelongsToItsSubject(t *testing.T) {
	for _, lang := range Languages {
		entries, err := files.ReadDir("lang/" + lang)
		if err != nil || len(entries) == 0 {
			t.Fatalf("lang/%s: %v", lang, err)
		}
	}
	for key := range catalogues()["vi"] {
		if !dotted.MatchString(key) {
			t.Errorf("%q is no dotted key", key)
		}
	}
}

func TestText(t *testing.T) {
	cases := []struct {
		name, lang, key string
		args            map[string]any
		want            string
	}{
		{"a plain text", "en", "common.save", nil, "Save"},
		{"a text with a place", "en", "common.conflicts", map[string]any{"n": 3}, "3 conflicts need a person"},
		{"an unknown key comes back", "vi", "common.no_such", nil, "common.no_such"},
		{"an unknown language is Vietnamese", "fr", "common.save", nil, "Lưu"},
		{"a place without argument stays", "en", "common.conflicts", map[string]any{"m": 3}, "{n} conflicts need a person"},
		{"an argument is not filled again", "en", "common.last_received", map[string]any{"at": "{at}"}, "Last received at {at}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.lang, c.key, c.args); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLanguageOf(t *testing.T) {
	cases := []struct {
		name string
		env  map[string]string
		want string
	}{
		{"no locale is Vietnamese", nil, "vi"},
		{"English by LANG", map[string]string{"LANG": "en_US.UTF-8"}, "en"},
		{"LC_ALL comes first", map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "vi_VN"}, "vi"},
		{"the C locale is Vietnamese", map[string]string{"LANG": "C.UTF-8"}, "vi"},
	}
	for _, c := range cases {
		if got := LanguageOf(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%s: got %s", c.name, got)
		}
	}
}

var (
	dotted   = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	fileName = regexp.MustCompile(`\.(json|csv|db|xlsx|xls|png|jpe?g|md|log|txt|pem|crt|key|zip|vn|com|org|sock|lock)$`)
)

// A word that is used and missing would be shown as its key. Used is what a
// call of Text names, and any string that looks like a key of a subject.
func TestEveryKeyTheProgramsUseExists(t *testing.T) {
	subjects := map[string]bool{}
	for key := range catalogues()["vi"] {
		subject, _, _ := strings.Cut(key, ".")
		subjects[subject] = true
	}
	faults := map[string]bool{} // errors have sentences of their own
	for _, code := range stringsUnder(t, "../internal/fault") {
		faults[code] = true
	}
	for _, dir := range []string{"../syncd", "../app"} {
		for place, key := range stringsUnder(t, dir) {
			subject, _, _ := strings.Cut(key, ".")
			if !dotted.MatchString(key) || fileName.MatchString(key) || !subjects[subject] || faults[key] {
				continue
			}
			if _, ok := catalogues()["vi"][key]; !ok {
				t.Errorf("%s uses the key %q, which no file of assets/lang has", place, key)
			}
		}
	}
}

// stringsUnder gives the string literals of the Go code under dir, by place; a
// folder that does not exist yet has none.
func stringsUnder(t *testing.T, dir string) map[string]string {
	found, set := map[string]string{}, token.NewFileSet()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					found[set.Position(lit.Pos()).String()] = text
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
