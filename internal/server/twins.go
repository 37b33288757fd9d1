package server

import (
	"bytes"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
)

// maxTwins bounds how many with one national id are told to be two and two,
// those with the lowest ids: a thousand members with the number 000000000 are
// one mistake, not half a million. Others move up when one of them goes, so
// that what is open does not depend on who came first.
const maxTwins = 17

// noticeMember keeps the directory of national ids and what follows from it.
func (o *ordering) noticeMember(r *stagedRow) error {
	var was change.ID
	if r.before != nil {
		was = o.hashedID(r.before)
	}
	is := o.hashedID(r.after)
	if was == is {
		if is.IsZero() || r.unitBefore == r.unitAfter {
			return nil
		}
		return o.compare(is, r.after.ID, finding.Open)
	}
	if !was.IsZero() {
		if err := o.leaveTwins(was, r.after.ID); err != nil {
			return err
		}
	}
	if is.IsZero() {
		return nil
	}
	return o.joinTwins(is, r.after.ID)
}

// leaveTwins closes what was told of a member and its number, and compares the
// one who moves up in its place.
func (o *ordering) leaveTwins(hash, member change.ID) error {
	if err := o.compare(hash, member, finding.Closed); err != nil {
		return err
	}
	if err := o.tx.DropID(hash, member); err != nil {
		return err
	}
	twins, err := o.tx.SameID(hash, maxTwins)
	if err != nil || len(twins) < maxTwins {
		return err
	}
	return o.compare(hash, twins[maxTwins-1], finding.Open)
}

// joinTwins compares a member that has a number with the others, and takes
// back what was told of the one who is one too many.
func (o *ordering) joinTwins(hash, member change.ID) error {
	if err := o.tx.AddID(hash, member); err != nil {
		return err
	}
	twins, err := o.tx.SameID(hash, maxTwins+1)
	if err != nil {
		return err
	}
	if len(twins) > maxTwins {
		if err := o.compare(hash, twins[maxTwins], finding.Closed); err != nil {
			return err
		}
	}
	return o.compare(hash, member, finding.Open)
}

// compare sets the findings between a member and the first others that have
// the national id. One who is not among the first has none to open.
func (o *ordering) compare(hash, member change.ID, status string) error {
	twins, err := o.tx.SameID(hash, maxTwins)
	if err != nil || status == finding.Open && !slices.Contains(twins, member) {
		return err
	}
	for _, other := range twins {
		if other == member {
			continue
		}
		a, b, err := o.both(pair{other, member})
		if err != nil {
			return err
		}
		if a == nil || b == nil {
			continue
		}
		if err := o.tellTwins(a, b, status); err != nil {
			return err
		}
	}
	return nil
}

// hashedID is the directory's key of a living member's national id.
func (o *ordering) hashedID(r *merge.Row) (h change.ID) {
	if id := finding.Number(r.Value("national_id").Text()); r.Stands() && id != "" {
		h = o.directoryKey(id)
	}
	return h
}

// tellTwins opens or closes what is to be said of two members: to the lowest
// unit above both that they are two, and to each office, where they are two
// offices, that its own is kept elsewhere too, and no more.
func (o *ordering) tellTwins(a, b *merge.Row, status string) error {
	if bytes.Compare(a.ID[:], b.ID[:]) > 0 {
		a, b = b, a
	}
	open := status == finding.Open
	if open {
		said, err := o.notSame(finding.DuplicateID, a.ID, b.ID)
		if err != nil {
			return err
		}
		open = !said
	}
	err := o.putFinding(found{
		kind: finding.DuplicateID, id: merge.FindingID(finding.DuplicateID, a.ID, b.ID),
		unit: o.tree.meet(a.Unit(), b.Unit()), table: memberTable, a: a.ID, b: b.ID, open: open,
	})
	for _, own := range []*merge.Row{a, b} {
		if err == nil {
			err = o.putFinding(found{
				kind: finding.KeptElsewhere, id: merge.FindingID(finding.KeptElsewhere, a.ID, b.ID, own.ID),
				unit: own.Unit(), table: memberTable, a: own.ID, open: open && a.Unit() != b.Unit(),
			})
		}
	}
	return err
}

// judgeTwins looks at two members by themselves.
func (o *ordering) judgeTwins(p pair) error {
	a, b, err := o.both(p)
	if err != nil || a == nil || b == nil {
		return err
	}
	status := finding.Closed
	if id := o.hashedID(a); !id.IsZero() && id == o.hashedID(b) {
		status = finding.Open
	}
	return o.tellTwins(a, b, status)
}
