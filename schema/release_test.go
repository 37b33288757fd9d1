package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"dongbo/schema"
	"dongbo/schema/schematest"
)

func TestADeclarationThatOlderProgramsCouldNotLiveWithIsRefusedAtStart(t *testing.T) {
	id := schema.Column{No: 1, Name: "unit_id", Type: schema.ID}
	for _, tc := range []struct {
		name, want string
		table      schema.Table
	}{
		{"a later column may not be NOT NULL", "cannot be NOT NULL",
			schema.Table{Columns: []schema.Column{id, {No: 2, Name: "a", Since: 2, NotNull: true}}}},
		{"a later column may not join a register", "joins a register",
			schema.Table{Columns: []schema.Column{id, {No: 2, Name: "a", Register: 2}, {No: 3, Name: "b", Register: 2, Since: 2}}}},
		{"a later column stands at the end", "add at the end",
			schema.Table{Columns: []schema.Column{id, {No: 2, Name: "a", Since: 2}, {No: 3, Name: "b"}}}},
		{"a Latest register says so by its number", "are Latest",
			schema.Table{Columns: []schema.Column{id, {No: 2, Name: "a", Policy: schema.Latest}}}},
		{"and nothing else has such a number", "are Latest",
			schema.Table{Columns: []schema.Column{id, {No: schema.LatestFrom, Name: "a"}}}},
		{"the scope column is number 1", "is number 1",
			schema.Table{Columns: []schema.Column{{No: 2, Name: "unit_id", Type: schema.ID}}}},
		{"a register has the number of its first column", "first column",
			schema.Table{Columns: []schema.Column{id, {No: 2, Name: "a", Register: 3}, {No: 3, Name: "b", Register: 3}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tc.want) {
					t.Errorf("got %s, want: %s", got, tc.want)
				}
			}()
			tc.table.Name, tc.table.Scope = "t", "unit_id"
			tc.table.As(9)
		})
	}
}

func TestATableAsAnEarlierReleaseHasItLacksWhatCameLater(t *testing.T) {
	for release, want := range map[uint16]int{schematest.Today: 0, schematest.Next: 4, schematest.Last: 5} {
		got := schematest.Loan.As(release)
		if want == 0 && (got.Known() || got.ScopeRegister() != 1) || want != 0 && len(got.Columns) != want {
			t.Errorf("release %d: %+v", release, got)
		}
	}
	if once, again := schema.Any(901), schema.Any(901); once != again || schema.Any(5) != schema.ByName("member") {
		t.Error("tables are compared: there is one for each number")
	}
}
