package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"unicode"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// The kinds of findings, as they stand in rows.
const (
	findDuplicate = "duplicate_national_id"
	findElsewhere = "kept_elsewhere"
)

var memberTable = schema.ByName("member")

// maxTwins bounds with how many others a member is compared: a thousand
// members with the number 000000000 are one mistake, not half a million.
const maxTwins = 16

// notice looks at what a change made of members' national ids. What it finds
// are changes of the server's own, right behind.
func (o *ordering) notice(st *staged) error {
	for i := range st.rows {
		r := &st.rows[i]
		if r.after.Table != memberTable {
			continue
		}
		if err := o.noticeMember(r); err != nil {
			return err
		}
	}
	return nil
}

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
		if err := o.compare(r.after, was, "closed"); err != nil {
			return err
		}
	}
	if is.IsZero() {
		return nil
	}
	if err := o.compare(r.after, is, "open"); err != nil {
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
		if err := o.finding(r, other, status); err != nil {
			return err
		}
	}
	return nil
}

// finding opens or closes what is to be said of two members: to the lowest
// unit above both that they are two, and to each office, where they are two
// offices, that its own is kept elsewhere too, and no more.
func (o *ordering) finding(a, b *merge.Row, status string) error {
	if bytes.Compare(a.ID[:], b.ID[:]) > 0 {
		a, b = b, a
	}
	err := o.putFinding(findDuplicate, merge.FindingID(findDuplicate, a.ID, b.ID), o.tree.meet(a.Unit(), b.Unit()), a.ID, b.ID, memberTable.Name, status, "")
	if a.Unit() == b.Unit() {
		status = "closed"
	}
	for _, own := range []*merge.Row{a, b} {
		if err == nil {
			id := merge.FindingID(findElsewhere, a.ID, b.ID, own.ID)
			err = o.putFinding(findElsewhere, id, own.Unit(), own.ID, change.ID{}, memberTable.Name, status, "")
		}
	}
	return err
}

func (o *ordering) putFinding(kind string, id, unit, a, b change.ID, table, status, detail string) error {
	if status == "closed" {
		old, err := o.tx.Row(schema.ByName("finding"), id)
		if err != nil || old == nil {
			return err
		}
	}
	log, _ := o.tree.log(unit)
	return o.put("finding", id, log, idOf("unit_id", unit), textOf("kind", kind), idOf("row_a", a), idOf("row_b", b),
		textOf("on_table", table), textOf("status", status), textOf("detail", detail))
}
