package main

import (
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/fault"
)

// pick finds the one of a list whose id is what somebody typed, or begins with
// it. What fits none, or several, is the error that the caller names.
func pick[T any](list []T, id func(T) change.ID, typed string, unknown, ambiguous fault.Code) (found T, err error) {
	want := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(typed), "-", ""))
	n := 0
	for _, one := range list {
		if want != "" && strings.HasPrefix(id(one).String(), want) {
			found = one
			n++
		}
	}
	switch n {
	case 0:
		return found, fault.New(unknown, "id", typed)
	case 1:
		return found, nil
	}
	return found, fault.New(ambiguous, "id", typed, "count", n)
}
