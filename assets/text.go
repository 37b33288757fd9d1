package assets

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"
)

// Languages are those the screens and commands speak, the first by default.
var Languages = []string{"vi", "en"}

// Text gives the words for a key in a language, with each {name} replaced by
// that argument. A key that does not exist comes back as it is, so that a
// missing word is seen and never stops anybody; an unknown language is
// Vietnamese. A {name} without argument stays.
func Text(lang, key string, args map[string]any) string {
	all := catalogues()
	words, ok := all[lang]
	if !ok {
		words = all[Languages[0]]
	}
	text, ok := words[key]
	if !ok {
		return key
	}
	return fill(text, args)
}

// fill puts the arguments into their places in one pass, so that an argument
// that contains braces is never filled again.
func fill(text string, args map[string]any) string {
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		value, known := args[name]
		if !closed || !known {
			b.WriteByte('{')
			text = rest
			continue
		}
		fmt.Fprint(&b, value)
		text = after
	}
}

// LanguageOf chooses a language by the environment's locale: LC_ALL, then
// LC_MESSAGES, then LANG, as getenv gives them. Anything that is not English is
// Vietnamese; so is no locale at all.
func LanguageOf(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return "en"
			}
			return "vi"
		}
	}
	return "vi"
}

// catalogues maps language → key → text, from every file of every subject.
var catalogues = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages {
		words, err := readCatalogue(lang)
		if err != nil {
			panic(fmt.Sprintf("assets: %v", err))
		}
		all[lang] = words
	}
	return all
})

// readCatalogue joins the subjects of one language; a key may stand once only.
func readCatalogue(lang string) (map[string]string, error) {
	dir := path.Join("lang", lang)
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	words := map[string]string{}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var part map[string]string
		if err := json.Unmarshal(text, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, value := range part {
			if _, twice := words[key]; twice {
				return nil, fmt.Errorf("%s: %q stands in another file of %s too", name, key, dir)
			}
			words[key] = value
		}
	}
	return words, nil
}
