package storetest

import (
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/server"
)

// pruned fills two logs, prunes one of them to 7, three at a time, and holds
// what is left against what must be.
func pruned(t *testing.T, m Maker) {
	s := open(t, m)
	log, other, list := id(1), id(2), server.List{ID: id(3)}
	var ref change.Ref
	update(t, s, func(tx server.Tx) {
		var err error
		ref, err = tx.Ref(id(1))
		must(t, err)
		for n := range uint64(20) {
			e := entry([]change.ID{log, other}[n%2], ref, n+1)
			e.Effective, e.Places = []byte("e"), []byte("p")
			if n == 4 {
				e.Code = "refused" // number 3 of the log
			}
			must(t, tx.Append(e, []server.List{list, {ID: id(int(40 + n))}}))
		}
		must(t, tx.SetFloor(log, 5))
		must(t, tx.SetFloor(log, 7))
	})
	if got := strip(t, s, log) + strip(t, s, other); got != 6 {
		t.Errorf("%d entries lost what they said", got)
	}
	if got := unlist(t, s); got != 14 {
		t.Errorf("%d numbers left their lists", got)
	}
	view(t, s, func(tx server.Tx) {
		for _, c := range []struct {
			log   change.ID
			floor uint64
			left  []uint64
		}{{log, 7, []uint64{8, 9, 10}}, {other, 0, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}} {
			floor, err := tx.Floor(c.log)
			must(t, err)
			nums, err := tx.ReadLists([]server.List{list}, c.log, 0, 99)
			must(t, err)
			if floor != c.floor || !slices.Equal(nums, c.left) {
				t.Errorf("floor %d, listed %v", floor, nums)
			}
			for n := range uint64(10) {
				stillThere(t, tx, c.log, n+1, n+1 > c.floor || n == 2)
			}
		}
		if head, err := tx.Head(log); err != nil || head != 10 {
			t.Errorf("head %d, %v", head, err)
		}
		list, err := tx.Refused(ref, 1, 20)
		must(t, err)
		if len(list) != 1 || len(list[0].Body) == 0 {
			t.Errorf("refused are %+v", list)
		}
	})
}

// stillThere holds that an entry says what it said, or only who and when.
func stillThere(t *testing.T, tx server.Tx, log change.ID, num uint64, whole bool) {
	t.Helper()
	e, err := tx.Entry(log, num)
	must(t, err)
	for _, b := range [][]byte{e.Body, e.Effective, e.Places} {
		if whole != (len(b) > 0) {
			t.Errorf("entry %d has %d, %d and %d bytes", num, len(e.Body), len(e.Effective), len(e.Places))
			break
		}
	}
	made, known, err := tx.Made(e.Dot)
	must(t, err)
	link, linked, err := tx.Link(e.Dot)
	must(t, err)
	if !known || made.Person != id(7) || made.AuthorAt != -3 || !linked || link.Hash != e.Hash || link.Num != num {
		t.Errorf("entry %d: %+v %+v", num, made, link)
	}
}

func strip(t *testing.T, s server.Store, log change.ID) (all int) {
	for n := 1; n > 0; all += n {
		update(t, s, func(tx server.Tx) {
			var err error
			n, err = tx.Strip(log, 3)
			must(t, err)
		})
	}
	return all
}

func unlist(t *testing.T, s server.Store) (all int) {
	var mark []byte
	for begun := false; !begun || mark != nil; begun = true {
		update(t, s, func(tx server.Tx) {
			n, next, err := tx.Unlist(mark, 3)
			must(t, err)
			all, mark = all+n, next
		})
	}
	return all
}

// rewritten takes out what two entries said, one of them quarantined.
func rewritten(t *testing.T, m Maker) {
	s := open(t, m)
	var ref change.Ref
	update(t, s, func(tx server.Tx) {
		var err error
		ref, err = tx.Ref(id(1))
		must(t, err)
		for n := range uint64(3) {
			e := entry(id(1), ref, n+1)
			e.Effective, e.Places = []byte("effective"), []byte("places")
			if n == 1 {
				e.Code = "refused"
			}
			must(t, tx.Append(e, []server.List{{ID: id(3)}}))
		}
	})
	update(t, s, func(tx server.Tx) {
		for _, n := range []uint64{1, 2} {
			e, err := tx.Entry(id(1), n)
			must(t, err)
			e.Body, e.Effective, e.Places = []byte("new"), nil, []byte("other")
			must(t, tx.Rewrite(e))
		}
	})
	view(t, s, func(tx server.Tx) {
		refused, err := tx.Refused(ref, 1, 3)
		must(t, err)
		if len(refused) != 1 || string(refused[0].Body) != "new" {
			t.Errorf("refused are %+v", refused)
		}
		for n, body := range []string{"new", "new", "\x03"} {
			e, err := tx.Entry(id(1), uint64(n)+1)
			must(t, err)
			link, known, err := tx.Link(change.Dot{W: ref, N: uint64(n) + 1})
			must(t, err)
			if string(e.Body) != body || (e.Effective == nil) != (n < 2) || !known || link.Num != e.Num || link.Hash != e.Hash || link.Refused != (n == 1) {
				t.Errorf("entry %d is %+v, linked as %+v", n+1, e, link)
			}
		}
	})
	if done, err := s.Scrub(); err != nil || !done {
		t.Errorf("scrubbed: %v, %v", done, err)
	}
}
