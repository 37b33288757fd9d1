package server

import (
	"bytes"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
)

// maxTwins bounds with how many others a member is compared: a thousand
// members with the number 000000000 are one mistake, not half a million.
const maxTwins = 16

func (o *ordering) noticeMember(r *stagedRow) error {
	var was change.ID
	if r.before != nil {
		was = o.hashedID(r.before)
	}
	is := o.hashedID(r.after)
	if was == is && (is.IsZero() || r.unitBefore == r.unitAfter) {
		return nil
	}
	if was != is && !was.IsZero() {
		if err := o.tx.DropID(was, r.after.ID); err != nil {
			return err
		}
		if err := o.compare(r.after, was, finding.Closed); err != nil {
			return err
		}
	}
	if is.IsZero() {
		return nil
	}
	if err := o.compare(r.after, is, finding.Open); err != nil {
		return err
	}
	if was == is {
		return nil
	}
	return o.tx.AddID(is, r.after.ID)
}

// hashedID is the directory's key of a living member's national id.
func (o *ordering) hashedID(r *merge.Row) (h change.ID) {
	if id := finding.Number(r.Value("national_id").Text()); r.Exists() && id != "" {
		h = o.directoryKey(id)
	}
	return h
}

// compare sets the findings between the member and the others that have the
// national id.
func (o *ordering) compare(r *merge.Row, hash change.ID, status string) error {
	twins, err := o.tx.SameID(hash, maxTwins+1)
	if err != nil {
		return err
	}
	for _, id := range twins {
		if id == r.ID {
			continue
		}
		other, err := o.tx.Row(memberTable, id)
		if err != nil {
			return err
		}
		if other == nil {
			continue
		}
		if err := o.tellTwins(r, other, status); err != nil {
			return err
		}
	}
	return nil
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
