package finding

import (
	"slices"
	"strings"

	"dongbo/internal/merge"
	"dongbo/internal/viet"
)

// Threshold is the score from which two members are shown to a person.
const Threshold = 60

// Mark is what two members have to say of one field: the same, nearly the
// same, or different. Fields of which one side knows nothing are not marked.
type Mark struct {
	Field string // a column of member
	How   string
}

// How two values stand to each other.
const (
	Same    = "same"
	Near    = "near"
	Differs = "differs"
)

// Likeness is how far two members may be one person, and why.
type Likeness struct {
	Score int // 0 to 100
	Marks []Mark
}

// Reasons writes the marks as they stand in rows: "full_name:same phone:differs".
func (l Likeness) Reasons() string {
	out := make([]string, len(l.Marks))
	for i, m := range l.Marks {
		out[i] = m.Field + ":" + m.How
	}
	return strings.Join(out, " ")
}

// ReadReasons reads what Reasons wrote; words that it does not know are left out.
func ReadReasons(text string) (marks []Mark) {
	for _, w := range strings.Fields(text) {
		if field, how, ok := strings.Cut(w, ":"); ok {
			marks = append(marks, Mark{field, how})
		}
	}
	return marks
}

// points say what a mark is worth. They follow domain.md §2 ("same insurance
// number; else folded name and full birth date; else folded name, year and
// telephone; never on a name alone") and hold this, which Keys rests on: what
// can agree without a common key stays below the threshold.
var points = map[Mark]int{
	{"full_name", Same}: 32, {"full_name", Near}: 10, {"full_name", Differs}: -30,
	{"birth_date", Same}: 32, {"birth_date", Near}: 16, {"birth_date", Differs}: -30,
	{"gender", Same}: 2, {"gender", Differs}: -15,
	{"national_id", Near}: 3, {"national_id", Differs}: -45,
	{"old_id_number", Same}: 60, {"old_id_number", Differs}: -10,
	{"insurance_no", Same}: 60, {"insurance_no", Differs}: -10,
	{"card_number", Same}: 40,
	{"phone", Same}:       36,
	{"unit_id", Same}:     12,
}

const (
	folded  = 30 // a name that is the same but for its marks
	swapped = 28 // a date whose day and month changed places
)

// Alike compares two members by what is of the basic class alone, so that the
// reasons tell nothing that a replica without the other classes may not know.
// Two with one national id are no likeness but a duplicate, a finding of its
// own; they score 0.
func Alike(a, b *merge.Row) (l Likeness) {
	p, q := personOf(a), personOf(b)
	if !a.Exists() || !b.Exists() || p.nationalID != "" && p.nationalID == q.nationalID {
		return Likeness{}
	}
	add := func(field, how string, worth int) {
		if how != "" {
			l.Marks = append(l.Marks, Mark{field, how})
			l.Score += worth
		}
	}
	mark := func(field, how string) { add(field, how, points[Mark{field, how}]) }
	how, worth := nameLike(p, q)
	add("full_name", how, worth)
	how, worth = birthLike(p.birth, q.birth)
	add("birth_date", how, worth)
	mark("gender", equal(p.gender, q.gender))
	mark("national_id", numberLike(p.nationalID, q.nationalID))
	mark("old_id_number", equal(p.oldID, q.oldID))
	mark("insurance_no", equal(p.insurance, q.insurance))
	mark("card_number", equal(p.card, q.card))
	if len(p.phones) > 0 && len(q.phones) > 0 {
		how := Differs
		if slices.ContainsFunc(p.phones, func(n string) bool { return slices.Contains(q.phones, n) }) {
			how = Same
		}
		mark("phone", how)
	}
	if a.Unit() == b.Unit() {
		mark("unit_id", Same)
	}
	l.Score = max(0, min(100, l.Score))
	return l
}

func equal(a, b string) string {
	switch {
	case a == "" || b == "":
		return ""
	case a == b:
		return Same
	}
	return Differs
}

func nameLike(p, q person) (string, int) {
	switch {
	case p.name == "" || q.name == "":
		return "", 0
	case p.toned == q.toned:
		return Same, points[Mark{"full_name", Same}]
	case p.name == q.name:
		return Same, folded
	case oneSlip(p.name, q.name) || shortened(p.name, q.name):
		return Near, points[Mark{"full_name", Near}]
	}
	return Differs, points[Mark{"full_name", Differs}]
}

// shortened tells whether one name leaves out middle names of the other.
func shortened(a, b string) bool {
	short, long := strings.Fields(a), strings.Fields(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) < 2 || short[0] != long[0] || short[len(short)-1] != long[len(long)-1] {
		return false
	}
	for _, w := range long {
		if len(short) > 0 && short[0] == w {
			short = short[1:]
		}
	}
	return len(short) == 0
}

// oneSlip tells whether two texts are one slip of the finger apart: a
// letter more, less or another, or two letters that changed places.
func oneSlip(a, b string) bool {
	const long = 6 // in shorter texts one letter is too much
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < long || len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// birthLike compares two dates that may be partial. Where only the beginning is
// known of one, it says as much as that beginning.
func birthLike(a, b string) (string, int) {
	n := min(len(a), len(b))
	switch s, swaps := viet.SwapDayMonth(a); {
	case n == 0:
		return "", 0
	case a == b && len(a) == len("2006-01-02"):
		return Same, points[Mark{"birth_date", Same}]
	case a[:n] == b[:n]:
		return Near, points[Mark{"birth_date", Near}]
	case swaps && s == b:
		return Near, swapped
	}
	return Differs, points[Mark{"birth_date", Differs}]
}

// numberLike compares national ids; two of different length are of different
// papers and say nothing.
func numberLike(a, b string) string {
	switch {
	case a == "" || b == "" || len(a) != len(b):
		return ""
	case oneSlip(a, b):
		return Near
	}
	return Differs
}
