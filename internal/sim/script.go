package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Verb is what a Step does.
type Verb byte

// The verbs. Order matters to a seed: append only.
const (
	Write    Verb = iota // an office writes one register of a member it sees
	Equal                // the same, with a value that others write too
	Create               // an office enters a member
	Delete               // an office deletes a member it sees
	Restore              // an office brings a deleted member back
	Settle               // an office settles a conflict it sees
	Move                 // staff moves a member to another unit
	Sync                 // an office holds an exchange, perhaps cut
	Backup               // somebody copies an office's disk
	Rewind               // an office's disk is lost; the last copy takes its place
	Clone                // the last copy is put to work beside the office
	Reparent             // the province puts a unit elsewhere
	End                  // the province ends an officer's mandate
	Mandate              // the province gives it back
	Clock                // an office's clock jumps
	Reboot               // a server process dies and starts anew
	Pair                 // an office writes two members in one change
	Save                 // somebody copies the register
	Restored             // the last such copy takes the register's place
	Lost                 // an office's computer is gone for good
	Stranger             // another program writes into an office's file by plain SQL
	Kill                 // the process that has the file open dies
	Damage               // a bit of a row falls over
	Hang                 // an office enters a wage of a member it sees
	Ahead                // an office whose program is a release ahead writes what nobody else knows
	Same                 // an office merges two members that it sees
	UndoSame             // and somebody undoes it
	Prune                // the register's logs are pruned
	Erase                // a member is erased by law
	verbs
)

var verbNames = [verbs]string{"write", "equal", "create", "delete", "restore", "settle", "move", "sync", "backup", "rewind", "clone",
	"reparent", "end-mandate", "give-mandate", "clock", "reboot", "pair", "save", "restored", "lost", "stranger", "kill", "damage", "hang", "ahead", "same", "undo-same", "prune", "erase"}

func (v Verb) String() string { return verbNames[v] }

// Step is one thing that happens. Numbers choose among what there is when the
// step is played, so that a script stays playable when steps are taken out.
type Step struct {
	Do       Verb
	Who      int // which office
	Row, Reg int
	Unit     int
	Up, Down int // Sync: messages until the line breaks; 0: it does not
	Seed     uint64
}

func (s Step) String() string {
	out := fmt.Sprintf("%-12s who=%d", s.Do, s.Who)
	switch s.Do {
	case Sync:
		if s.Up > 0 {
			out += fmt.Sprintf(" cut after %d up, %d down", s.Up, s.Down)
		}
	case Move, Create, Reparent:
		out += fmt.Sprintf(" row=%d unit=%d", s.Row, s.Unit)
	default:
		out += fmt.Sprintf(" row=%d reg=%d", s.Row, s.Reg)
	}
	return strings.TrimRight(out, " ")
}

// Script is a whole history before it is played.
type Script []Step

// Mix says how often each verb comes, in parts.
type Mix [verbs]int

// The mixes that histories are drawn from in every gear. Two thirds have no
// faults of disks at all, so that what they excuse is excused nowhere else.
var (
	calm   = Mix{Write: 26, Equal: 4, Create: 4, Delete: 5, Restore: 2, Settle: 6, Move: 5, Sync: 30, Reparent: 2, End: 1, Mandate: 2, Clock: 1, Reboot: 1, Pair: 4, Hang: 3, Ahead: 3}
	copied = Mix{Write: 26, Equal: 3, Create: 4, Delete: 4, Restore: 2, Settle: 5, Move: 4, Sync: 30, Backup: 5, Rewind: 3, Clone: 2, Reparent: 1, End: 1, Mandate: 1, Clock: 1, Reboot: 1, Pair: 3, Hang: 2, Ahead: 2}
	backed = Mix{Write: 30, Sync: 25, Backup: 16, Rewind: 14, Clone: 1, Create: 4, Delete: 2, Settle: 4}
	busy   = Mix{Write: 40, Equal: 6, Delete: 4, Restore: 3, Settle: 12, Sync: 30, Pair: 5}
	wide   = Mix{Write: 26, Equal: 3, Create: 3, Delete: 4, Restore: 2, Settle: 6, Move: 10, Sync: 34, Reparent: 4, End: 1, Mandate: 2, Clock: 1, Reboot: 1, Pair: 4, Hang: 4, Backup: 1, Rewind: 1}
	ruined = Mix{Write: 34, Equal: 3, Create: 6, Delete: 4, Restore: 2, Settle: 6, Move: 4, Sync: 40, End: 1, Mandate: 2, Clock: 1, Pair: 5, Hang: 2, Ahead: 2, Save: 4, Restored: 3, Lost: 1, Erase: 1}
)

// rough has what befalls files. The gear of files draws it for odd seeds; the
// even ones give the same scripts in both gears.
var rough = Mix{Write: 18, Equal: 3, Create: 3, Delete: 3, Restore: 2, Settle: 5, Move: 4, Sync: 30, Backup: 3, Rewind: 2, Clone: 1, Reparent: 1, End: 1,
	Mandate: 2, Clock: 1, Reboot: 1, Pair: 3, Stranger: 16, Kill: 1, Damage: 3, Hang: 2}

// doubled has members of whom several are one person.
var doubled = Mix{Write: 34, Equal: 5, Create: 3, Delete: 2, Restore: 1, Settle: 6, Move: 4, Sync: 32, Backup: 1, Rewind: 1, Reparent: 1, End: 1, Mandate: 2,
	Clock: 1, Reboot: 1, Pair: 3, Hang: 1, Ahead: 1, Same: 12, UndoSame: 4}

// pruned has logs that are pruned, now for those who have been heard of lately,
// now for nobody.
var pruned = Mix{Write: 30, Equal: 3, Create: 4, Delete: 4, Restore: 2, Settle: 5, Move: 5, Sync: 34, Backup: 4, Rewind: 3, Clone: 1, Reparent: 2, End: 1,
	Mandate: 2, Clock: 1, Reboot: 2, Pair: 4, Hang: 3, Ahead: 2, Prune: 9, Erase: 2}

// Draw makes the script of a seed.
func Draw(gear Gear, seed uint64) Script {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	mix := [...]Mix{calm, calm, copied, backed, busy, busy}[r.IntN(6)]
	switch {
	case seed%8 == 7:
		mix = ruined
	case far(seed):
		mix = wide
	case seed%8 == 3:
		mix = doubled
	case seed%8 == 6:
		mix = pruned
	case gear == SQLite && seed&1 == 1:
		mix = rough
	}
	total := 0
	for _, n := range mix {
		total += n
	}
	out := make(Script, 10+r.IntN(60))
	offices := 2 + r.IntN(5)
	switch {
	case mix == backed:
		offices = 1 + r.IntN(2)
	case far(seed):
		offices = len(cast)
	}
	for i := range out {
		s := &out[i]
		n := r.IntN(total)
		for ; n >= mix[s.Do]; s.Do++ {
			n -= mix[s.Do]
		}
		s.Who, s.Row, s.Reg, s.Unit, s.Seed = r.IntN(offices), r.IntN(8), r.IntN(8), r.IntN(8), r.Uint64()
		if s.Do == Sync && r.IntN(3) == 0 {
			s.Up, s.Down = 1+r.IntN(5), r.IntN(8)
		}
	}
	return out
}
