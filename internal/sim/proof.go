package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Proof is what runs of both gears came to, for people who were not there.
type Proof struct {
	Version string        `json:"version"` // of the program
	Machine string        `json:"machine"` // its processors
	Began   time.Time     `json:"began"`
	Took    time.Duration `json:"took"` // in nanoseconds
	Runs    []*Report     `json:"runs"`
}

// Broken tells whether some history broke a promise.
func (p *Proof) Broken() bool {
	return slices.ContainsFunc(p.Runs, func(r *Report) bool { return r.Failure != nil })
}

// faults are the verbs that are nobody's intention; their words stand in the
// report. A line that breaks is counted where it broke.
var faults = []struct {
	verb  Verb
	words string
}{
	{Backup, "disks copied"}, {Rewind, "disks replaced by their last copy"}, {Clone, "copies put to work beside the original"},
	{Lost, "computers lost for good"}, {Save, "registers copied"}, {Restored, "registers replaced by their last copy"}, {Reboot, "all server processes killed"},
	{Clock, "clocks set up to twenty years off"}, {End, "mandates ended, also of offices with no line"}, {Reparent, "units moved under members' feet"},
	{Stranger, "writes, inserts and deletes by other programs"}, {Kill, "processes killed with their files open"}, {Damage, "rows spoilt on disk"}, {Prune, "logs pruned, now for who was heard of lately, now for nobody"}, {Erase, "members erased by law"},
}

// Markdown is the report.
func (p *Proof) Markdown() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	verdict := "No promise was broken."
	if p.Broken() {
		verdict = "A promise was broken: see the end."
	}
	say("# Histories played\n\nProgram %s, %s, from %s, %s. %s\n", p.Version, p.Machine, p.Began.UTC().Format(time.DateTime)+" UTC", p.Took.Round(time.Second), verdict)
	p.table(say, "",
		row{"seeds, from", func(r *Report) string { return fmt.Sprint(r.Seed) }},
		row{"histories", func(r *Report) string { return fmt.Sprint(r.Histories) }},
		row{"histories a second", func(r *Report) string { return fmt.Sprintf("%.1f", float64(r.Histories)/max(r.Took.Seconds(), 1e-9)) }},
		row{"trace", func(r *Report) string { return fmt.Sprintf("%016x", r.Hash) }},
		row{"exchanges begun", func(r *Report) string { return fmt.Sprint(r.Steps[Sync.String()]) }},
		row{"copies that found out and parted", func(r *Report) string { return fmt.Sprint(r.Parted) }})
	rows := []row{{"lines cut in an exchange", func(r *Report) string { return fmt.Sprint(r.Cuts) }}}
	for _, f := range faults {
		rows = append(rows, row{f.words, func(r *Report) string { return fmt.Sprint(r.Steps[f.verb.String()]) }})
	}
	p.table(say, "Faults", rows...)
	rows = nil
	for no := range len(held{}) {
		if words := Promises[no]; words != "" {
			rows = append(rows, row{fmt.Sprintf("I%d: %s", no, words), func(r *Report) string { return fmt.Sprint(r.Held[no]) }})
		}
	}
	p.table(say, "Promises, and how often each was held against what happened", rows...)
	for _, r := range p.Runs {
		if f := r.Failure; f != nil {
			say("## Broken: gear %s, seed %d\n\n%s\n\n    %s\n\nWhat happened:\n\n    %s\n", r.Gear, f.Seed, f.Broke, strings.Join(f.Script, "\n    "), strings.Join(f.Trace, "\n    "))
		}
	}
	return b.String()
}

type row struct {
	words string
	of    func(*Report) string
}

func (p *Proof) table(say func(string, ...any), title string, rows ...row) {
	if title != "" {
		say("## %s\n", title)
	}
	head, line := "| |", "|---|"
	for _, r := range p.Runs {
		head, line = head+fmt.Sprintf(" %s |", r.Gear), line+"---:|"
	}
	say("%s\n%s", head, line)
	for _, x := range rows {
		text := "| " + x.words + " |"
		for _, r := range p.Runs {
			text += " " + x.of(r) + " |"
		}
		say("%s", text)
	}
	say("")
}
