package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
)

// maxAlike is how many may share a key of the directory. A key that more have,
// the telephone of an office, a name in a province, tells nobody apart: it is
// left out until fewer have it. So a change costs what is alike, and what is
// open does not depend on who came first.
const maxAlike = 8

// comparedColumns are what two members are compared by.
var comparedColumns = []string{"unit_id", "full_name", "birth_date", "gender", "national_id", "old_id_number", "insurance_no", "card_number", "phone"}

// pair is two members, the lower id first.
type pair [2]change.ID

// pairs are those whose likeness may have changed, each once, in the order in
// which they were met.
type pairs struct {
	list []pair
	seen map[pair]bool
}

func pairOf(a, b change.ID) pair {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return pair{a, b}
}

func (p *pairs) add(a, b change.ID) {
	if x := pairOf(a, b); a != b && !p.seen[x] {
		p.seen[x] = true
		p.list = append(p.list, x)
	}
}

// noticeAlike brings the directory to where the rows are and then looks at
// every pair that this concerns.
func (o *ordering) noticeAlike(st *staged) error {
	concerned := pairs{seen: map[pair]bool{}}
	for i := range st.rows {
		r := &st.rows[i]
		if r.after.Table != memberTable || r.before != nil && !differ(r.before, r.after, comparedColumns...) && !differ(r.before, r.after, merge.SameAs) {
			continue
		}
		var was []change.ID
		if r.before != nil {
			was = o.alikeKeys(r.before)
		}
		if err := o.list(r.after.ID, was, o.alikeKeys(r.after), &concerned); err != nil {
			return err
		}
	}
	for _, p := range concerned.list {
		if err := o.judgePair(p); err != nil {
			return err
		}
	}
	return nil
}

// list moves a member in the directory from the keys that it had to those that
// it has. Where a key becomes shared by too many, or no longer is, all who
// share it are concerned.
func (o *ordering) list(member change.ID, was, is []change.ID, concerned *pairs) error {
	for _, key := range was {
		stays := slices.Contains(is, key)
		if err := o.meetUnder(key, member, stays, concerned); err != nil {
			return err
		}
		if !stays {
			if err := o.tx.DropID(key, member); err != nil {
				return err
			}
		}
	}
	for _, key := range is {
		if slices.Contains(was, key) {
			continue
		}
		if err := o.tx.AddID(key, member); err != nil {
			return err
		}
		if err := o.meetUnder(key, member, false, concerned); err != nil {
			return err
		}
	}
	return nil
}

// meetUnder collects whom a member that has the key meets under it. Where one
// more has it than may, and the member has just come or is about to go,
// everybody meets everybody: for them the key counts no more, or again.
func (o *ordering) meetUnder(key, member change.ID, stays bool, concerned *pairs) error {
	who, err := o.tx.SameID(key, maxAlike+2)
	if err != nil {
		return err
	}
	switch n := len(who); {
	case n <= maxAlike:
		for _, other := range who {
			concerned.add(other, member)
		}
	case n == maxAlike+1 && !stays:
		for i, a := range who {
			for _, b := range who[:i] {
				concerned.add(a, b)
			}
		}
	}
	return nil
}

// judgePair opens or closes what is to be said of two members, to the lowest
// unit that sees both. The offices are told nothing: that somebody else's
// member is alike is a guess, and would tell of that member.
func (o *ordering) judgePair(p pair) error {
	a, b, err := o.both(p)
	if err != nil || a == nil || b == nil {
		return err
	}
	f := found{
		kind: finding.PossibleDuplicate, id: merge.FindingID(finding.PossibleDuplicate, a.ID, b.ID),
		unit: o.tree.meet(a.Unit(), b.Unit()), table: memberTable, a: a.ID, b: b.ID, likeness: finding.Alike(a, b),
	}
	if f.likeness.Score >= finding.Threshold {
		said, err := o.notSame(f.kind, a.ID, b.ID)
		if err != nil {
			return err
		}
		apart, err := o.toldApart(a, b)
		if err != nil {
			return err
		}
		f.open = apart && !said
	}
	return o.putFinding(f)
}

// both loads two members; nil is one that never was.
func (o *ordering) both(p pair) (a, b *merge.Row, err error) {
	if a, err = o.tx.Row(memberTable, p[0]); err == nil {
		b, err = o.tx.Row(memberTable, p[1])
	}
	return a, b, err
}

// toldApart tells whether two members share a key that few share.
func (o *ordering) toldApart(a, b *merge.Row) (bool, error) {
	others := o.alikeKeys(b)
	for _, key := range o.alikeKeys(a) {
		if !slices.Contains(others, key) {
			continue
		}
		who, err := o.tx.SameID(key, maxAlike+1)
		if err != nil || len(who) <= maxAlike {
			return err == nil, err
		}
	}
	return false, nil
}

func (o *ordering) alikeKeys(r *merge.Row) []change.ID {
	if !r.Stands() {
		return nil
	}
	keys := finding.Keys(r)
	out := make([]change.ID, len(keys))
	for i, k := range keys {
		out[i] = o.directoryKey(k)
	}
	return out
}

// directoryKey is how the directory lists a text. The key of the hash keeps the
// directory from telling texts to whoever reads it.
func (o *ordering) directoryKey(text string) change.ID {
	mac := hmac.New(sha256.New, o.set.idKey)
	mac.Write([]byte(text))
	return change.ID(mac.Sum(nil)[:16])
}
