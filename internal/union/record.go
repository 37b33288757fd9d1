package union

import "dongbo/internal/fault"

// Record is one person as one row of a list gives it.
type Record struct {
	Line int // the row's number in the file, from 1
	// Key stays the same when the same file is read again: a row whose cells
	// are unchanged has it even if rows before it were added or taken away.
	Key string
	// Fields are canonical values by the member table's column names: dates
	// ISO and maybe partial, gender a code, money and ids digits. A column the
	// list lacks and an empty cell are both absent.
	Fields   map[string]string
	Repairs  []Repair
	Problems []Problem
	Raw      []string // the cells as displayed
}

// Repair is an offer to mend a value. Unless Taken, Fields holds From.
type Repair struct {
	Field, From, To string
	Why             string // repair code: lost_zeros, all_capitals …
	Taken           bool
}

// Problem is what is wrong with a value. A fatal problem makes the row an
// error; any other is shown, and the value kept.
type Problem struct {
	Field string
	Code  string // flaw code, see package viet and fault's rows
	Value string
	Fatal bool
}

// Fault gives the problem as an error that people can read.
func (p Problem) Fault(line int) *fault.Error {
	return fault.New(fault.Code("row."+p.Code), "field", fault.Word("field."+p.Field), "value", p.Value, "line", line)
}

// mended gives a field as it would be with every offer taken.
func (r Record) mended(field string) string {
	value := r.Fields[field]
	for _, rep := range r.Repairs {
		if rep.Field == field && !rep.Taken && rep.From == value {
			value = rep.To
		}
	}
	return value
}
