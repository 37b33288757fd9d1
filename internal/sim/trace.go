package sim

import (
	"fmt"
	"hash/fnv"

	"dongbo/internal/agent"
	"dongbo/internal/merge"
)

// trace is what happened: a hash always, words where somebody wants to read.
type trace struct {
	hash   uint64
	words  []string
	tell   bool
	last   agent.Result
	who    string // whose exchange ended last in good order
	parted int
	cuts   int
}

func (t *trace) add(format string, args ...any) {
	if t.tell {
		t.words = append(t.words, fmt.Sprintf(format, args...))
	}
}

func (t *trace) result(who string, r agent.Result) {
	t.last, t.who = r, who
	if r.Parted {
		t.parted++
	}
	t.mix(fmt.Appendf(nil, "%s %d %d %d %t %d %t", who, r.Sent, r.Received, r.Rows, r.Same, r.Mended, r.Parted))
}

func (t *trace) digest(s merge.Sums) {
	for i := range s {
		t.mix(s[i][:])
	}
}

func (t *trace) mix(b []byte) {
	h := fnv.New64a()
	h.Write(fmt.Appendf(nil, "%x", t.hash))
	h.Write(b)
	t.hash = h.Sum64()
}
