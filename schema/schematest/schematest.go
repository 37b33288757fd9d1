// Package schematest declares two releases to come, so that tests can let
// programs of three releases live together before there are three.
package schematest

import "dongbo/schema"

// The releases: today's, the next, and the one after.
const (
	Today = schema.Declared
	Next  = Today + 1
	Last  = Today + 2
)

// Member is what the releases add to the table member: columns of each class,
// one of a group of columns, and one whose policy is Latest.
var Member = schema.Table{Name: "member", Columns: []schema.Column{
	{No: 901, Name: "messenger", Since: Next},
	{No: 902, Name: "allowance", Type: schema.Money, Class: schema.Finance, Since: Next},
	{No: 903, Name: "guardian", Register: 903, Since: Next},
	{No: 904, Name: "guardian_phone", Register: 903, Since: Next},
	{No: 905, Name: "hobby", Since: Last},
	{No: schema.LatestFrom, Name: "visited_on", Type: schema.Date, Policy: schema.Latest, Since: Last},
}}

// Loan is a table of the next release; the one after adds a column.
var Loan = schema.Table{No: 901, Name: "loan", Scope: "unit_id", Writer: schema.Officer, Since: Next, Columns: []schema.Column{
	{No: 1, Name: "unit_id", Type: schema.ID, Ref: "unit", NotNull: true},
	{No: 2, Name: "member_id", Type: schema.ID, Ref: "member", GoesWith: true},
	{No: 3, Name: "amount", Type: schema.Money, Class: schema.Finance, NotNull: true},
	{No: 4, Name: "purpose"},
	{No: 5, Name: "decided_on", Type: schema.Date, Since: Last},
}}

// Visit is a table of the last release.
var Visit = schema.Table{No: 902, Name: "visit", Scope: "unit_id", Writer: schema.Officer, Since: Last, Columns: []schema.Column{
	{No: 1, Name: "unit_id", Type: schema.ID, Ref: "unit", NotNull: true},
	{No: 2, Name: "note", NotNull: true},
	{No: 3, Name: "illness", Class: schema.Sensitive},
}}

// Become makes this process a program of that release.
func Become(version uint16) { schema.Become(version, Member, Loan, Visit) }
