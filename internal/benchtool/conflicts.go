package benchtool

import (
	"fmt"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
)

// judge compares the open conflicts with what the workload says must be found,
// and looks whether nothing was lost where no two people wrote the same column.
func (s *stage) judge() error {
	f := s.world.b.f
	expected := map[string]bool{}
	for _, o := range s.world.b.w.Overlaps {
		if o.Same {
			expected[conflictKey(s.ids[o.ID], slices.Collect(maps.Keys(o.A)))] = true
		} else {
			f.DiffRowsExpected++
		}
	}
	f.ConflictsExpected = len(expected)
	found := map[string]int{}
	for _, r := range []*replica.Replica{s.a, s.b} {
		open, err := r.Conflicts()
		if err != nil {
			return err
		}
		for _, c := range open {
			found[conflictKey(c.Row, c.Differs)]++
		}
	}
	for key, n := range found {
		if n == 2 && expected[key] {
			f.ConflictsFound++
		} else {
			f.ConflictsInvented++
		}
	}
	for _, o := range s.world.b.w.Overlaps {
		kept, err := s.bothKept(o)
		if err != nil {
			return err
		}
		if kept {
			f.DiffRowsKept++
		}
	}
	return nil
}

func conflictKey(row change.ID, columns []string) string {
	slices.Sort(columns)
	return fmt.Sprint(row, columns)
}

// bothKept tells whether both offices show what either side wrote.
func (s *stage) bothKept(o synth.Overlap) (bool, error) {
	if o.Same {
		return false, nil
	}
	want, err := s.values(o.A)
	if err != nil {
		return false, err
	}
	other, err := s.values(o.B)
	if err != nil {
		return false, err
	}
	maps.Copy(want, other)
	for _, r := range []*replica.Replica{s.a, s.b} {
		row, err := r.Row("member", s.ids[o.ID])
		if err != nil || row == nil {
			return false, err
		}
		for column, v := range want {
			if row.Value(column) != v {
				return false, nil
			}
		}
	}
	return true, nil
}
