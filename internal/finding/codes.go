package finding

import (
	"strconv"
	"sync"

	"dongbo/assets"
	"dongbo/internal/viet"
)

// lowest is the rank of an office that the codelist does not know.
const lowest = 1000

// bySpelling finds the entries of a codelist by every spelling, folded.
func bySpelling(list string) func() map[string]assets.Code {
	return sync.OnceValue(func() map[string]assets.Code {
		out := map[string]assets.Code{}
		for _, c := range assets.Codelist(list) {
			for _, s := range append([]string{c.Slug, c.VI, c.EN}, c.Aliases...) {
				out[viet.Fold(s)] = c
			}
		}
		return out
	})
}

var (
	statuses = bySpelling("member_status")
	offices  = bySpelling("union_role")
)

// counted tells whether a status counts as member; known is false for an empty
// status and for one that the codelist does not have.
func counted(status string) (counts, known bool) {
	c, known := statuses()[viet.Fold(status)]
	return c.More["counted"] == "1", known
}

// office gives an office one spelling; empty for a plain member.
func office(text string) string {
	folded := viet.Fold(text)
	c, known := offices()[folded]
	switch {
	case !known:
		return folded
	case c.More["rank"] == "":
		return ""
	}
	return c.Slug
}

// rank orders offices, the highest being 1.
func rank(office string) int {
	n, err := strconv.Atoi(offices()[viet.Fold(office)].More["rank"])
	if err != nil {
		return lowest
	}
	return n
}
