// Package finding says what in the register needs a person though nobody did
// wrong. It is pure: it looks at rows and says what is so; the server opens
// and closes findings by it, and whoever else asks gets the same answer.
//
// The nouns:
//
//   - finding: a kind and the rows it is about. Its id is a hash of both
//     (merge.FindingID), so that it stays the same however often it opens.
//   - kind: the rule that found it, a permanent word in rows and in texts.
//   - record: a dated row beside a member: membership, position, wage.
//   - likeness: how far two members may be one person, as a score, and why, as
//     marks: which fields are the same, nearly the same, or differ.
//   - key: what a directory lists a member under, so that those alike are found
//     without looking at everybody.
//   - open record: one that has not ended. Ended is what carries an end date
//     or says how it ended; a planned end does not belong there.
//
// Every rule is a function of the rows alone. It knows no day: else the same
// rows would be found in order on one day and not on the next, and what is
// open would depend on when somebody last looked.
//
// A finding tells ids and a rule's name, never a value: what it rests on, each
// replica reads in its own rows, in the classes that it holds.
package finding

// The kinds of findings, as they stand in rows and name texts for people.
const (
	DuplicateID   = "duplicate_national_id"
	KeptElsewhere = "kept_elsewhere"

	UnitDisagrees   = "unit_disagrees"
	StatusDisagrees = "status_disagrees"
	RoleDisagrees   = "role_disagrees"
	WageDisagrees   = "wage_disagrees"

	PossibleDuplicate = "possible_duplicate" // two members may be one person
	Orphan            = "orphan"             // rows speak of somebody who is not in the register
	DatesReversed     = "dates_reversed"     // a dated row ends before it begins
)

// Kinds are all of them.
var Kinds = append([]string{DuplicateID, KeptElsewhere, PossibleDuplicate, Orphan, DatesReversed}, Disagreements...)

// Disagreements are the kinds that member and records can have, one finding
// each.
var Disagreements = []string{UnitDisagrees, StatusDisagrees, RoleDisagrees, WageDisagrees}

// The states of a finding.
const (
	Open   = "open"
	Closed = "closed"
)
