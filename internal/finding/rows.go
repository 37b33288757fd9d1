package finding

import (
	"dongbo/internal/merge"
	"dongbo/internal/viet"
)

// Reversed tells whether a dated row ends before it begins. Partial dates are
// compared as far as both are known: 2024 does not end before 2024-05 begins.
func Reversed(r *merge.Row) bool {
	from, to := r.Value("from_date").Text(), r.Value("to_date").Text()
	if !r.Exists() || !viet.ValidDate(from) || !viet.ValidDate(to) {
		return false
	}
	n := min(len(from), len(to))
	return to[:n] < from[:n]
}
