package crash_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"dongbo/internal/crash"
)

func write(name string, at int64, data string) crash.Op {
	return crash.Op{Kind: crash.Write, Name: name, Off: at, Data: []byte(data)}
}

func TestWhatEachWayToDieLeaves(t *testing.T) {
	page := strings.Repeat("p", 4096)
	sync := crash.Op{Kind: crash.Sync, Name: "a"}
	folder := crash.Op{Kind: crash.Sync}
	for name, c := range map[string]struct {
		ops                  []crash.Op
		killed, strict, torn crash.Image
		named                crash.Image // nil: as strict
	}{
		"an unsynced write is there after a kill only": {
			ops:    []crash.Op{write("a", 2, "XY")},
			killed: crash.Image{"a": []byte("00XY00")}, strict: crash.Image{"a": []byte("000000")},
		},
		"a synced write is there": {
			ops:    []crash.Op{write("a", 2, "XY"), sync},
			killed: crash.Image{"a": []byte("00XY00")}, strict: crash.Image{"a": []byte("00XY00")},
		},
		"a new name is there once its folder is synced, its bytes once the file is": {
			ops:    []crash.Op{{Kind: crash.Open, Name: "b"}, write("b", 0, "B"), folder},
			killed: crash.Image{"a": []byte("000000"), "b": []byte("B")}, strict: crash.Image{"a": []byte("000000"), "b": nil},
		},
		"a synced file in an unsynced folder has no name": {
			ops:    []crash.Op{{Kind: crash.Open, Name: "b"}, write("b", 0, "B"), {Kind: crash.Sync, Name: "b"}},
			killed: crash.Image{"a": []byte("000000"), "b": []byte("B")}, strict: crash.Image{"a": []byte("000000")},
			named: crash.Image{"a": []byte("000000"), "b": []byte("B")},
		},
		"an unsynced file has a name and no bytes": {
			ops:    []crash.Op{{Kind: crash.Open, Name: "b"}, write("b", 0, "B")},
			killed: crash.Image{"a": []byte("000000"), "b": []byte("B")}, strict: crash.Image{"a": []byte("000000")},
			named: crash.Image{"a": []byte("000000"), "b": nil},
		},
		"a rename is undone": {
			ops:    []crash.Op{{Kind: crash.Rename, Name: "a", To: "b"}},
			killed: crash.Image{"b": []byte("000000")}, strict: crash.Image{"a": []byte("000000")},
			named: crash.Image{"b": []byte("000000")},
		},
		"a removed file comes back with what was synced": {
			ops:    []crash.Op{write("a", 0, "1"), {Kind: crash.Remove, Name: "a"}},
			killed: crash.Image{}, strict: crash.Image{"a": []byte("000000")}, named: crash.Image{},
		},
		"truncating and growing leaves zeros": {
			ops:    []crash.Op{{Kind: crash.Truncate, Name: "a", Off: 1}, {Kind: crash.Truncate, Name: "a", Off: 3}, sync},
			killed: crash.Image{"a": []byte("0\x00\x00")}, strict: crash.Image{"a": []byte("0\x00\x00")},
		},
		"half of a torn page is there": {
			ops:    []crash.Op{write("a", 0, page)},
			killed: crash.Image{"a": []byte(page)}, strict: crash.Image{"a": []byte("000000")}, torn: crash.Image{"a": []byte(page[:2048])},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := crash.NewDisk(crash.Image{"a": []byte("000000")})
			for _, o := range c.ops {
				d.Do(o)
			}
			same(t, "killed", d.Killed(), c.killed)
			same(t, "strict", d.Strict(), c.strict)
			if c.named == nil {
				c.named = c.strict
			}
			same(t, "named", d.Named(), c.named)
			same(t, "torn", d.Torn(c.ops[len(c.ops)-1]), c.torn)
		})
	}
}

func TestScatteredWritesKeepWhatWasSyncedAndNeverAllOrNoneOfTheRest(t *testing.T) {
	d := crash.NewDisk(crash.Image{"a": nil})
	d.Do(write("a", 0, strings.Repeat("s", 512)))
	d.Do(crash.Op{Kind: crash.Sync, Name: "a"})
	for i := range 8 {
		d.Do(write("a", int64(512+i*512), strings.Repeat("u", 512)))
	}
	dice := rand.New(rand.NewPCG(1, 2))
	seen := map[int]bool{}
	for range 50 {
		a := string(d.Scattered(dice)["a"])
		if !strings.HasPrefix(a, strings.Repeat("s", 512)) {
			t.Fatal("a synced sector is gone")
		}
		seen[strings.Count(a, "u")/512] = true
	}
	if len(seen) < 4 {
		t.Errorf("only %d different outcomes", len(seen))
	}
}

func TestPointsAreEachSidesOperationsAgainstTheOthersAsTheyStand(t *testing.T) {
	at := func(side int, o crash.Op) crash.Op { o.Side = side; return o }
	ops := []crash.Op{
		at(0, write("a", 0, "1")), at(1, write("b", 0, "2")), at(0, crash.Op{Kind: crash.Sync, Name: "a"}),
		{Kind: crash.Mark, Side: -1, Name: "done"},
	}
	var got []string
	for p := range crash.Points([]crash.Image{{"a": []byte("0")}, {"b": []byte("0")}}, ops) {
		ims := p.Images()
		got = append(got, p.Cut.String()+" "+string(rune('0'+p.Side))+": "+string(ims[0]["a"])+string(ims[1]["b"])+" "+strings.Join(p.Told, ""))
	}
	want := []string{
		"killed 0: 00 ", "killed 0: 10 ", "power cut 0: 00 ", "killed 1: 10 ", "killed 1: 12 ", "power cut 1: 10 ",
		"killed 0: 12 ", "power cut 0: 02 ", "killed 0: 12 done", "killed 1: 12 done", "power cut 1: 10 done",
	}
	var steady []string // scattered ones are dice
	for _, g := range got {
		if !strings.HasPrefix(g, "scattered") {
			steady = append(steady, g)
		}
	}
	if strings.Join(steady, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(steady, "\n"), strings.Join(want, "\n"))
	}
	if len(got) == len(steady) {
		t.Error("no scattered point")
	}
}
