// Package server is the centre of the register: it accepts changes, puts them
// in order, judges them, pages out to each device its scope's part, and notices
// what only it can see.
//
// The nouns. An ordering is one Store.Update under way: changes are judged and
// either applied whole or quarantined whole, and each takes the next number of
// one log. A scope is what a device receives: the units at or below its
// person's mandates, and what the units above those publish. A List is an index
// of log entries: one for each unit (what happened at or below it), one for
// what a unit publishes, one for each device's own changes; a scope is read by
// merging a few of them. A Session is one conversation with a device, whatever
// carries it. An echo tells a log of a row that an entry of another log changed:
// that is how rows and units go from one province to another. The hub wakes live sessions when something was committed.
//
// There is no SQL here and no socket: Store is the one, package serve has the
// other. DESIGN.md says why it is as it is.
package server
