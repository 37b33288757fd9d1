package sim

import (
	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// Promises are what histories are held against, by their numbers in the list of
// invariants. Of those that are missing 7, 9 and 12 are held by others (a
// digest covers its scope and no more; being alive is a register like any;
// copies and restores are in the histories), the rest by packages skew (15),
// crash (16) and server (13).
var Promises = map[int]string{
	1:  "after an exchange an office holds exactly what the register holds of its scope",
	2:  "a write is taken, or refused for a reason, unless its disk was lost",
	3:  "a value vanishes only by a write whose author had seen it; a delete hides no edit that its author had not seen",
	4:  "no two values stand side by side of which one replaced the other",
	5:  "of a change to two rows both arrive",
	6:  "what was just typed is shown",
	8:  "a refusal has one of few reasons: a right that was lost, a row that was refused, too many rivals",
	10: "without faults everything drains in a few rounds, with no operator",
	11: "no write is taken twice, by whatever names its change went",
	14: "clocks may be off by twenty years: every merge is the same",
	17: "what hangs on a member stands where the member does",
	18: "the same seed gives the same trace",
	19: "the logs alone give every cell of the register",
	21: "what is written unaware to a member who was merged reaches the row that stays; nobody is kept in himself",
	20: "at rest nothing is kept of what waited; no register has more values than it may; an exchange reads of the logs what it says, and sends no part of a snapshot twice",
}

// held counts how often each promise was held against what happened.
type held [22]uint64

// refold makes the register anew from what its logs say, and compares.
func (w *world) refold(tx server.Tx) error {
	rows := map[rowKey]*merge.Row{}
	for _, log := range []string{"VN", "P"} {
		if err := fold(tx, w.units[log], rows); err != nil {
			return err
		}
	}
	for _, t := range schema.Tables() {
		err := tx.Rows(t, func(is *merge.Row) error {
			w.oracle.held[19]++
			key := rowKey{Table: t.No, ID: is.ID}
			if made := rows[key]; made == nil || made.Sums(tx) != is.Sums(tx) {
				return broken("the logs make something else of %s %s (I19)", t.Name, is.ID)
			}
			delete(rows, key)
			for _, no := range touchable(is) {
				if len(is.Heads(no)) > merge.MaxHeads {
					return broken("%s has %d values (I20)", register{t.No, is.ID, no}, len(is.Heads(no)))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		return broken("the logs make %d rows that the register lacks (I19)", len(rows))
	}
	return nil
}

// fold applies what was taken of a log. No row leaves its log in these worlds.
func fold(tx server.Tx, log change.ID, rows map[rowKey]*merge.Row) error {
	head, err := tx.Head(log)
	for n := uint64(1); n <= head && err == nil; n++ {
		err = foldEntry(tx, log, n, rows)
	}
	return err
}

func foldEntry(tx server.Tx, log change.ID, n uint64, rows map[rowKey]*merge.Row) error {
	e, err := tx.Entry(log, n)
	if err != nil || e.Code != "" {
		return err
	}
	body := e.Effective
	if body == nil {
		body = e.Body
	}
	c, err := change.Decode(body)
	if err != nil {
		return err
	}
	for i := range c.Rows {
		rw := &c.Rows[i]
		key := rowKey{Table: rw.Table, ID: rw.ID}
		if rw.Creates {
			rows[key] = merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
		}
		if rows[key] == nil {
			return broken("entry %d writes a row that no entry before it made (I19)", n)
		}
		rows[key].Apply(c.Dot, rw)
	}
	return nil
}
