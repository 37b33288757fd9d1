package schema_test

import (
	"slices"
	"testing"

	"dongbo/schema"
)

// What goes along with a member and what stays is law to the server: a column
// that is added without thought must be seen here.
func TestWhatGoesAlongWithAMemberAndWhatStays(t *testing.T) {
	var along, stays []string
	for _, ref := range schema.ByName("member").References() {
		name := ref.Table.Name + "." + ref.Column.Name
		if ref.Column.GoesWith {
			along = append(along, name)
		} else {
			stays = append(stays, name)
		}
	}
	if want := []string{"membership.member_id", "position.member_id", "wage.member_id", "extra.record_id"}; !slices.Equal(along, want) {
		t.Errorf("goes along: %v, want %v", along, want)
	}
	if want := []string{"dues_payment.member_id", "transfer.member_id"}; !slices.Equal(stays, want) {
		t.Errorf("stays: %v, want %v", stays, want)
	}
}
