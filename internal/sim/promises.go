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
// copies and restores are in the histories), the rest by packages skew (15)
// and crash (16).
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
	13: "logs may be pruned at any moment: all other promises hold, and below the floors nothing is left",
	14: "clocks may be off by twenty years: every merge is the same",
	17: "what hangs on a member stands where the member does",
	18: "the same seed gives the same trace",
	19: "the logs alone give every cell of the register",
	21: "what is written unaware to a member who was merged reaches the row that stays; nobody is kept in himself",
	22: "who was erased by law is in no row, no log and no computer, whatever comes late or again",
	20: "at rest nothing is kept of what waited; no register has more values than it may; an exchange reads of the logs what it says, and sends no part of a snapshot twice",
}

// held counts how often each promise was held against what happened.
type held [23]uint64

// refold makes the register anew from what its logs say, and compares.
func (w *world) refold(tx server.Tx) error {
	f := folding{tx: tx, rows: map[rowKey]*merge.Row{}, in: map[rowKey]change.ID{}}
	for _, log := range logs {
		if err := f.log(w.units[log]); err != nil {
			return err
		}
	}
	for _, key := range f.unmade {
		if !f.in[key].IsZero() {
			return broken("a log writes %s before anything makes it (I19)", key.ID)
		}
	}
	for _, t := range schema.Tables() {
		err := tx.Rows(t, func(is *merge.Row) error {
			key := rowKey{Table: t.No, ID: is.ID}
			made := f.rows[key]
			delete(f.rows, key)
			if f.in[key].IsZero() {
				return nil
			}
			w.oracle.held[19]++
			if made == nil || made.Sums(tx) != is.Sums(tx) {
				return broken("the logs make something else of %s %s (I19)", t.Name, is.ID)
			}
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
	if len(f.rows) > 0 {
		return broken("the logs make %d rows that the register lacks (I19)", len(f.rows))
	}
	return nil
}

// folding makes rows from logs. A row that has gone from one log into another
// is left to who reads both (I1): what came first, each log says for itself only.
type folding struct {
	tx   server.Tx
	rows map[rowKey]*merge.Row
	in   map[rowKey]change.ID // whose log; zero: of several
	// unmade were written before anything made them.
	unmade []rowKey
}

// log applies what was taken of a log.
func (f *folding) log(log change.ID) error {
	head, err := f.tx.Head(log)
	for n := uint64(1); n <= head && err == nil; n++ {
		err = f.entry(log, n)
	}
	return err
}

func (f *folding) entry(log change.ID, n uint64) error {
	e, err := f.tx.Entry(log, n)
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
		if in, known := f.in[key]; !known {
			f.in[key] = log
		} else if in != log {
			f.in[key] = change.ID{}
		}
		switch row := f.rows[key]; {
		case rw.Creates:
			row = merge.NewRow(schema.ByNo(rw.Table), rw.ID, rw.Birth)
			row.Apply(c.Dot, rw)
			f.rows[key] = row
		case row != nil:
			row.Apply(c.Dot, rw)
		default:
			f.unmade = append(f.unmade, key)
		}
	}
	return nil
}
