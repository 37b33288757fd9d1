package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"unicode"

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

// hashedID is the directory's key of a living member's national id. The key
// keeps the directory from telling numbers to whoever reads it.
func (o *ordering) hashedID(r *merge.Row) (h change.ID) {
	id := normalID(r.Value("national_id").Text())
	if !r.Exists() || id == "" {
		return h
	}
	mac := hmac.New(sha256.New, o.s.set.idKey)
	mac.Write([]byte(id))
	return change.ID(mac.Sum(nil)[:16])
}

// normalID keeps digits and letters, the letters as capitals.
func normalID(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) || unicode.IsLetter(c) {
			return unicode.ToUpper(c)
		}
		return -1
	}, s)
}

// compare sets the findings between the member and the others that have the
// national id.
func (o *ordering) compare(r *merge.Row, hash change.ID, status string) error {
	twins, err := o.tx.SameID(hash)
	if err != nil {
		return err
	}
	for i, id := range twins {
		if i > maxTwins {
			break
		}
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
