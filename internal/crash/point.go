package crash

import (
	"fmt"
	"iter"
	"math/rand/v2"
)

// Cut says how a machine dies.
type Cut int

// The ways to die.
const (
	Killed    Cut = iota // the process only
	Strict               // the power: what was not synced is gone
	Named                // the power: bytes that were not synced are gone, names are there
	Torn                 // the power, in the middle of the last write
	Scattered            // the power: some of what was not synced is there
)

var cutNames = [...]string{"killed", "power cut", "names only", "torn write", "scattered writes"}

func (c Cut) String() string { return cutNames[c] }

// Cuts are all the ways to die.
func Cuts() []Cut { return []Cut{Killed, Strict, Named, Torn, Scattered} }

// Point is a moment at which one side dies while the others live on.
type Point struct {
	No    int // among the points of the record
	Side  int // which dies
	Cut   Cut
	Last  Op // what that side did last
	Told  []string
	disks []*Disk
}

func (p Point) String() string {
	return fmt.Sprintf("point %d: side %d, %s after %q, told %q", p.No, p.Side, p.Cut, p.Last, p.Told)
}

// Images are what each side finds afterwards. They can be had only while the
// point is visited: the replay goes on from there.
func (p Point) Images() []Image {
	out := make([]Image, len(p.disks))
	for side, d := range p.disks {
		switch {
		case side != p.Side || p.Cut == Killed:
			out[side] = d.Killed()
		case p.Cut == Strict:
			out[side] = d.Strict()
		case p.Cut == Named:
			out[side] = d.Named()
		case p.Cut == Torn:
			out[side] = d.Torn(p.Last)
		case p.Cut == Scattered:
			out[side] = d.Scattered(rand.New(rand.NewPCG(uint64(p.No), 1)))
		}
	}
	return out
}

// replay goes through a record.
type replay struct {
	disks []*Disk
	last  []Op
	told  []string
	seen  map[string]bool
	next  int
	yield func(Point) bool
}

// Points replays the record on the folders as they were at its start and
// visits every point: after each operation of a side, in each way to die, that
// side against the others as they stand then. Between two operations of a side
// the others go on, and a person is told things: it dies again whenever another
// side has synced a file or a person has been told something, and just before
// its own next operation.
func Points(start []Image, ops []Op) iter.Seq[Point] {
	return func(yield func(Point) bool) {
		r := &replay{seen: map[string]bool{}, yield: yield, last: make([]Op, len(start))}
		for _, im := range start {
			r.disks = append(r.disks, NewDisk(im))
		}
		for _, o := range ops {
			if !r.step(o) {
				return
			}
		}
		r.visitAll()
	}
}

func (r *replay) step(o Op) bool {
	if o.Kind == Mark {
		r.told = append(r.told[:len(r.told):len(r.told)], o.Name)
		return r.visitAll()
	}
	if !r.visit(o.Side) {
		return false
	}
	r.disks[o.Side].Do(o)
	r.last[o.Side] = o
	if o.Kind == Sync {
		return r.visitAll()
	}
	return r.visit(o.Side)
}

func (r *replay) visitAll() bool {
	for side := range r.disks {
		if !r.visit(side) {
			return false
		}
	}
	return true
}

// visit visits the points at which this side dies now, but for those that
// leave what an earlier one left.
func (r *replay) visit(side int) bool {
	for _, cut := range Cuts() {
		if !r.disks[side].differs(cut, r.last[side]) {
			continue
		}
		key := fmt.Sprint(side, cut, len(r.told))
		for s, d := range r.disks {
			if s == side {
				key += fmt.Sprint(" ", d.version(cut))
			} else {
				key += fmt.Sprint(" ", d.version(Killed))
			}
		}
		if r.seen[key] {
			continue
		}
		r.seen[key] = true
		p := Point{No: r.next, Side: side, Cut: cut, Last: r.last[side], Told: r.told, disks: r.disks}
		r.next++
		if !r.yield(p) {
			return false
		}
	}
	return true
}
