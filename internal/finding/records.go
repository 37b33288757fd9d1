package finding

import (
	"bytes"
	"slices"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/merge"
)

// Told is one finding about a member: the kind, and the record to look at.
type Told struct {
	Kind   string
	Record change.ID
}

// Disagree holds a member's row against the dated records beside it (design
// 4.19). The member's row is the current truth, for scope and for counting;
// the records are what happened, each with its decision number (domain.md §1:
// "keep each as dated event with document number"). Where there is no record
// at all there is nothing to disagree with: a list brought in writes none.
//
//   - unit_disagrees: there are open memberships, and none of them is in the
//     member's unit. A member counts once, at the sender until the other side
//     has accepted (domain.md §1), so one that matches is enough.
//   - status_disagrees: the status says that the person counts as a member
//     while every membership has ended, or that the person does not (left,
//     retired, proposed …) while one is open. Which status counts is data:
//     the codelist member_status (from the status machine of domain.md §1). A
//     status of an organisation's own says nothing.
//   - role_disagrees: the union role is not the highest office held now, or is
//     an office though every one has ended. Ranks are data: the codelist
//     union_role, in the order of domain.md §2; an office it does not know
//     ranks below. Being a plain member is no office.
//   - wage_disagrees: the wage differs from the newest record that names one.
//     Records of the same month may differ; agreeing with one is enough.
//
// Deleted rows and records of somebody else are left out. The answer does not
// depend on the order of the records.
func Disagree(member *merge.Row, records []*merge.Row) (told []Told) {
	if member == nil || !member.Exists() {
		return nil
	}
	of := map[string][]*merge.Row{}
	for _, r := range records {
		if id, _ := r.Value("member_id").ID(); r.Exists() && id == member.ID {
			of[r.Table.Name] = append(of[r.Table.Name], r)
		}
	}
	for _, rule := range []struct {
		kind, table, date string
		broken            func(*merge.Row, []*merge.Row) *merge.Row
	}{
		{UnitDisagrees, "membership", "from_date", unitBroken},
		{StatusDisagrees, "membership", "from_date", statusBroken},
		{RoleDisagrees, "position", "from_date", roleBroken},
		{WageDisagrees, "wage", "from_month", wageBroken},
	} {
		list := of[rule.table]
		newestFirst(list, rule.date)
		if len(list) == 0 {
			continue
		}
		if r := rule.broken(member, list); r != nil {
			told = append(told, Told{rule.kind, r.ID})
		}
	}
	return told
}

// newestFirst puts records in the order of their dates, so that the first that
// matters is the one to show. Equal dates go by id: any order that everybody
// has will do.
func newestFirst(list []*merge.Row, date string) {
	slices.SortFunc(list, func(a, b *merge.Row) int {
		if c := strings.Compare(b.Value(date).Text(), a.Value(date).Text()); c != 0 {
			return c
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
}

func ended(r *merge.Row) bool {
	return r.Value("to_date").Text() != "" || r.Value("ended_how").Text() != ""
}

func firstOpen(list []*merge.Row) *merge.Row {
	if i := slices.IndexFunc(list, func(r *merge.Row) bool { return !ended(r) }); i >= 0 {
		return list[i]
	}
	return nil
}

func unitBroken(member *merge.Row, list []*merge.Row) (broken *merge.Row) {
	for _, r := range list {
		in, known := r.Value("in_unit_id").ID()
		switch {
		case ended(r) || !known:
		case in == member.Unit():
			return nil
		case broken == nil:
			broken = r
		}
	}
	return broken
}

func statusBroken(member *merge.Row, list []*merge.Row) *merge.Row {
	counts, known := counted(member.Value("status").Text())
	open := firstOpen(list)
	switch {
	case !known || counts == (open != nil):
		return nil
	case open != nil:
		return open
	}
	return list[0]
}

func roleBroken(member *merge.Row, list []*merge.Row) *merge.Row {
	role := office(member.Value("union_role").Text())
	var top, past *merge.Row
	best, agrees := lowest+1, false
	for _, r := range list {
		held := office(r.Value("office").Text())
		switch n := rank(held); {
		case held == "":
		case ended(r):
			if past == nil {
				past = r
			}
		case n < best:
			best, top, agrees = n, r, held == role
		case n == best:
			agrees = agrees || held == role
		}
	}
	switch {
	case top == nil && role != "":
		return past
	case agrees:
		return nil
	}
	return top
}

func wageBroken(member *merge.Row, list []*merge.Row) (broken *merge.Row) {
	for _, r := range list {
		base := r.Value("base")
		switch {
		case base.IsNull():
		case broken != nil && broken.Value("from_month") != r.Value("from_month"):
			return broken
		case base == member.Value("wage_base"):
			return nil
		case broken == nil:
			broken = r
		}
	}
	return broken
}

// Sides are the two columns that a disagreement is between: the member's, and
// the record's in its table.
type Sides struct{ Member, Table, Record string }

// SidesOf gives the sides of a kind; ok is false where the kind is no
// disagreement.
func SidesOf(kind string) (s Sides, ok bool) {
	s, ok = map[string]Sides{
		UnitDisagrees:   {"unit_id", "membership", "in_unit_id"},
		StatusDisagrees: {"status", "membership", "to_date"},
		RoleDisagrees:   {"union_role", "position", "office"},
		WageDisagrees:   {"wage_base", "wage", "base"},
	}[kind]
	return s, ok
}
