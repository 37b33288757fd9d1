package schema_test

import (
	"testing"

	"dongbo/schema"
)

func TestEveryColumnHasOneRegisterAndEveryRegisterAPolicy(t *testing.T) {
	for _, tb := range schema.Tables() {
		seen := map[int]int{}
		for _, r := range tb.Registers() {
			for _, c := range r.Columns {
				seen[c]++
			}
			if r.Policy != schema.Review && r.Policy != schema.Latest {
				t.Errorf("%s register %d: unknown policy", tb.Name, r.No)
			}
		}
		for i, c := range tb.Columns {
			if seen[i] != 1 {
				t.Errorf("%s.%s stands in %d registers", tb.Name, c.Name, seen[i])
			}
		}
	}
}
