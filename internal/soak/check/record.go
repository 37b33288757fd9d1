// Package check is the independent judge of a soak run: it reads the record of
// what every client did and saw and says which promises were broken. It shares
// no code with the engine and imports the standard library only.
//
// A session is one replica with whatever writes and reads on its file, one
// operation after another. A record is JSON lines, one Op a line, each
// session's in the order in which it did them: a transaction of reads and then
// writes; the session's final state; or the values that the server refused. A
// line with a number that the session used before replaces that line: a writer
// notes "unknown" before it commits and the outcome after.
//
// A key is unit/row/column; a session's scope is the units whose rows it
// receives. A value is written once in the whole record and
// never empty; the empty value is what a key has before any write. A Write
// names the values it went over: those its author was shown. That makes the
// values of a key a graph, and from the graph alone follows what must be live:
// a value lives until somebody who was shown it writes over it. The checker
// therefore knows the heads that a correct engine ends with, without knowing
// how any engine works.
//
// What a screen shows may go back from an own value to a rival's without
// anything being lost: the rival was ordered first and both are in an open
// conflict. So the guarantees are stated over what a session knows. It knows
// what it wrote, what it read, and whatever rests beneath these. A known value
// is covered by a read that gives heads where it is one of them or lies beneath
// one; and by a read that gives only the shown value unless that lies beneath it.
//
//	read your writes     a session's reads cover what it wrote
//	monotonic reads      a session's reads cover what it read before
//	monotonic writes     who sees a value sees what its author wrote in earlier steps
//	writes follow reads  who sees a value sees what its author had seen
//	atomic visibility    who sees a value sees all values of its atom
//	no invention         what is read was written, and not by a transaction that failed
//	nothing lost         at the end, the heads of a key are its values that nobody wrote over
//	convergence          at the end, sessions agree about each key, in order; those of one scope hold the same keys
//
// A step is what the engine takes in at once: plain SQL transactions between
// two sealings have no order among themselves. An atom is the part of a
// transaction that must arrive whole: all of an edit through the program, each
// row of a plain SQL transaction.
package check

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Outcomes of a transaction.
const (
	OK      = "ok"
	Failed  = "fail"    // certainly not done
	Unknown = "unknown" // its author died or was cut off meanwhile
)

// Kinds of operations.
const (
	Txn     = "txn"     // reads, then writes, in one transaction
	Final   = "final"   // everything the session holds once all is quiet
	Refused = "refused" // Values: what the server refused of this session's writes
)

// Op is one line of the record.
type Op struct {
	Session string   `json:"session"`
	Seq     int      `json:"seq"` // counts the session's operations
	Kind    string   `json:"kind"`
	Step    int      `json:"step,omitempty"`
	Start   int64    `json:"start"` // ns since the run began
	End     int64    `json:"end,omitempty"`
	Outcome string   `json:"outcome"`
	Whole   bool     `json:"whole,omitempty"` // Reads are all keys that the session holds, of the units in Scope
	Scope   string   `json:"scope,omitempty"` // units with a blank between
	Reads   []Read   `json:"reads,omitempty"`
	Writes  []Write  `json:"writes,omitempty"`
	Values  []string `json:"values,omitempty"` // refused
}

// Read is what a session saw of a key. Heads in their order, the shown one
// first; nil where the reader could not see them.
type Read struct {
	Key   string   `json:"key"`
	Shown string   `json:"shown"`
	Heads []string `json:"heads,omitempty"`
}

// Write is one value written.
type Write struct {
	Key   string   `json:"key"`
	Value string   `json:"value"`
	Over  []string `json:"over,omitempty"`
	Atom  int      `json:"atom,omitempty"`
}

// within tells whether the key lies in the operation's scope.
func (o *Op) within(key string) bool {
	unit, _, _ := strings.Cut(key, "/")
	return slices.Contains(strings.Fields(o.Scope), unit)
}

func (o *Op) id() string { return fmt.Sprintf("%s#%d", o.Session, o.Seq) }

// ReadRecord reads a record. A last line without an end, as a killed writer
// leaves it, is no operation.
func ReadRecord(r io.Reader) (ops []Op, err error) {
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return ops, nil
		}
		if err != nil {
			return nil, err
		}
		var o Op
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, fmt.Errorf("record line %d: %w", n, err)
		}
		ops = append(ops, o)
	}
}
