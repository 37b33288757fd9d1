package assets

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path"
	"strings"
	"sync"
)

// Code is one entry of a codelist.
type Code struct {
	Slug    string            // for machines; never changes
	VI, EN  string            // what people read
	Aliases []string          // other spellings seen in offices' lists
	More    map[string]string // further columns of the list, by their header
}

// Label is the entry's name in a language; any other than "en" is Vietnamese.
func (c Code) Label(lang string) string {
	if lang == "en" {
		return c.EN
	}
	return c.VI
}

// Codelist gives the list of that name in its own order, nil if there is none.
func Codelist(name string) []Code { return codelists()[name] }

// Codelists names the lists, in no particular order.
func Codelists() []string {
	var names []string
	for name := range codelists() {
		names = append(names, name)
	}
	return names
}

var codelists = sync.OnceValue(func() map[string][]Code {
	entries, err := files.ReadDir("codelist")
	if err != nil {
		panic(err) // embedded: cannot be missing
	}
	lists := map[string][]Code{}
	for _, e := range entries {
		list, err := readCodelist(path.Join("codelist", e.Name()))
		if err != nil {
			panic(fmt.Sprintf("assets: %v", err))
		}
		lists[strings.TrimSuffix(e.Name(), ".csv")] = list
	}
	return lists
})

// readCodelist reads a CSV file with the header slug,vi,en,aliases and any
// further columns; lines that begin with # say where the list comes from.
func readCodelist(name string) ([]Code, error) {
	text, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment = '#'
	r.LazyQuotes = true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	const fixed = 4
	if len(rows) == 0 || strings.Join(rows[0][:min(fixed, len(rows[0]))], ",") != "slug,vi,en,aliases" {
		return nil, fmt.Errorf("%s: the header must begin slug,vi,en,aliases", name)
	}
	var list []Code
	for _, row := range rows[1:] {
		c := Code{Slug: row[0], VI: row[1], EN: row[2], More: map[string]string{}}
		if row[3] != "" {
			c.Aliases = strings.Split(row[3], "|")
		}
		for i := fixed; i < len(row); i++ {
			c.More[rows[0][i]] = row[i]
		}
		list = append(list, c)
	}
	return list, nil
}
