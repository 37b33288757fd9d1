package finding

import (
	"slices"
	"strings"
	"unicode"

	"dongbo/internal/merge"
	"dongbo/internal/viet"
)

// person is a member as it is compared.
type person struct {
	name, toned       string // folded, and with its tones
	birth, gender     string
	nationalID, oldID string
	insurance, card   string
	phones            []string
}

func personOf(r *merge.Row) person {
	text := func(column string) string { return r.Value(column).Text() }
	p := person{
		name: viet.Fold(text("full_name")), toned: viet.ToneKey(text("full_name")),
		gender: text("gender"), nationalID: Number(text("national_id")), oldID: Number(text("old_id_number")),
		insurance: Number(text("insurance_no")), card: Number(text("card_number")),
	}
	if d := text("birth_date"); viet.ValidDate(d) {
		p.birth = d
	}
	if p.oldID == "" && len(p.nationalID) == 9 { // an old card in the place of the new
		p.oldID, p.nationalID = p.nationalID, ""
	}
	if phone, err := viet.ReadPhone(text("phone")); err == nil {
		if phone.Offer != "" {
			phone.Number = phone.Offer
		}
		for _, n := range strings.Split(phone.Number, ";") {
			if n = Number(n); n != "" {
				p.phones = append(p.phones, n)
			}
		}
	}
	return p
}

// Number keeps digits and letters, the letters as capitals: numbers of papers
// are compared so.
func Number(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) || unicode.IsLetter(c) {
			return unicode.ToUpper(c)
		}
		return -1
	}, s)
}

// Keys are what a directory must list a living member under, so that those
// who may be the same person are found without looking at all: two members
// whose score reaches the threshold have a key in common. Each begins with a
// word of its own and holds a NUL, so that no national id is a key by chance.
func Keys(r *merge.Row) (keys []string) {
	p := personOf(r)
	if !r.Exists() {
		return nil
	}
	add := func(kind string, parts ...string) {
		if k := kind + "\x00" + strings.Join(parts, "\x00"); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if p.name != "" {
		unit := r.Unit()
		add("unit", p.name, string(unit[:]))
		if len(p.birth) == len("2006-01-02") {
			day, month := p.birth[8:], p.birth[5:7] // in one order, since they change places
			add("birth", p.name, p.birth[:4], min(day, month), max(day, month))
		}
	}
	for _, paper := range [][2]string{{"old", p.oldID}, {"insurance", p.insurance}, {"card", p.card}} {
		if paper[1] != "" {
			add(paper[0], paper[1])
		}
	}
	for _, n := range p.phones {
		add("phone", n)
	}
	return keys
}
