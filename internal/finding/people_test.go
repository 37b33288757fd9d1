package finding_test

import (
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/synth"
)

// TestStrangersAreSeldomAlike counts how often two invented people of one large
// office would be shown to a person, with and without their national ids.
func TestStrangersAreSeldomAlike(t *testing.T) {
	for _, c := range []struct {
		name string
		bare bool // the list has no more than names and birth dates
		most int
	}{{"whole records", false, 2}, {"names and birth dates alone", true, 5}} {
		t.Run(c.name, func(t *testing.T) {
			under, shown := map[string][]*merge.Row{}, map[[2]change.ID]string{}
			for i, m := range synth.Members(1, 10000, synth.Options{}) {
				s := set{"unit_id": here}
				for column, v := range m.Columns() {
					if text, ok := v.(string); ok && (!c.bare || column == "full_name" || column == "birth_date") {
						s[column] = text
					}
				}
				r := row("member", change.ID{1, byte(i >> 8), byte(i)}, s)
				for _, k := range finding.Keys(r) {
					for _, o := range under[k] {
						if l := finding.Alike(o, r); l.Score >= finding.Threshold {
							shown[[2]change.ID{o.ID, r.ID}] = o.Value("full_name").Text() + ", " + r.Value("full_name").Text() + ": " + l.Reasons()
						}
					}
					under[k] = append(under[k], r)
				}
			}
			t.Logf("%d pairs", len(shown))
			if len(shown) > c.most {
				for _, why := range shown {
					t.Log(why)
				}
				t.Errorf("%d pairs of strangers among 10,000", len(shown))
			}
		})
	}
}
