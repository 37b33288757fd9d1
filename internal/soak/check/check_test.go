package check_test

import (
	"strings"
	"testing"

	"dongbo/internal/soak/check"
)

const k, l, far = "G1/1/phone", "G1/1/email", "G2/2/phone"

// story writes a record by hand.
type story struct {
	ops []check.Op
	seq map[string]int
}

func (s *story) add(o check.Op) {
	if s.seq == nil {
		s.seq = map[string]int{}
	}
	s.seq[o.Session]++
	o.Seq = s.seq[o.Session]
	if o.Outcome == "" {
		o.Outcome = check.OK
	}
	if o.Kind == "" {
		o.Kind = check.Txn
	}
	s.ops = append(s.ops, o)
}

func put(key, value string, over ...string) check.Write {
	return check.Write{Key: key, Value: value, Over: over}
}
func atom(n int, w check.Write) check.Write { w.Atom = n; return w }
func heads(key string, values ...string) check.Read {
	return check.Read{Key: key, Shown: values[0], Heads: values}
}
func shown(key, value string) check.Read { return check.Read{Key: key, Shown: value} }

func (s *story) write(session string, step int, w ...check.Write) {
	s.add(check.Op{Session: session, Step: step, Writes: w})
}
func (s *story) read(session string, r ...check.Read) { s.add(check.Op{Session: session, Reads: r}) }
func (s *story) whole(session string, r ...check.Read) {
	s.add(check.Op{Session: session, Whole: true, Scope: "G1", Reads: r})
}
func (s *story) final(session string, r ...check.Read) {
	s.add(check.Op{Session: session, Kind: check.Final, Scope: "G1", Whole: true, Reads: r})
}

func TestEachBrokenPromiseIsFoundAndNothingElse(t *testing.T) {
	for _, c := range []struct {
		name string
		want string // the guarantee; empty: none is broken
		tell func(s *story)
	}{
		{"two write in turn, see each other and agree", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.read("b", heads(k, "1"))
			s.write("b", 1, put(k, "2", "1"))
			s.read("a", heads(k, "2"))
			s.final("a", heads(k, "2"))
			s.final("b", heads(k, "2"))
		}},
		{"two who have not seen each other end in a conflict, and the own value may stand second", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("b", 1, put(k, "2"))
			s.read("b", shown(k, "2"))
			s.read("b", shown(k, "1"), heads(l, ""))
			s.read("b", heads(k, "1", "2"))
			s.final("a", heads(k, "1", "2"))
			s.final("b", heads(k, "1", "2"))
		}},
		{"a settlement goes over both", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("b", 1, put(k, "2"))
			s.read("b", heads(k, "1", "2"))
			s.write("b", 2, put(k, "3", "1", "2"))
			s.read("a", heads(k, "3"))
			s.final("a", heads(k, "3"))
			s.final("b", heads(k, "3"))
		}},
		{"an own write that a later read lacks", "read your writes", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.read("a", heads(k, "1"))
		}},
		{"the same where only the shown value is read", "read your writes", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.read("a", shown(k, "1"))
		}},
		{"an own row that is not there", "read your writes", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.whole("a")
		}},
		{"a value once read and gone later", "monotonic reads", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.read("b", shown(k, "2"))
			s.read("b", shown(k, "1"))
		}},
		{"a rival that vanished though nobody wrote over it", "monotonic reads", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("c", 1, put(k, "2"))
			s.read("b", heads(k, "1", "2"))
			s.read("b", heads(k, "1"))
		}},
		{"a later write without the earlier one", "monotonic writes", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(l, "2"))
			s.read("b", heads(l, "2"), heads(k, ""))
		}},
		{"writes of one step have no order", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 1, put(l, "2"))
			s.read("b", heads(l, "2"), heads(k, ""))
		}},
		{"a value without what its author had seen", "writes follow reads", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.read("b", shown(k, "1"))
			s.write("b", 1, put(l, "2"))
			s.read("c", heads(l, "2"), heads(k, ""))
		}},
		{"a row that its author had seen is not there", "writes follow reads", func(s *story) {
			s.write("a", 1, put(l, "1"))
			s.read("b", shown(l, "1"))
			s.write("b", 1, put(k, "2"))
			s.whole("c", heads(k, "2"))
		}},
		{"what lies outside one's scope need not be there", "", func(s *story) {
			s.write("a", 1, put(far, "1"))
			s.read("b", shown(far, "1"))
			s.write("b", 1, put(k, "2"))
			s.whole("c", heads(k, "2"))
		}},
		{"half an atom", "atomic visibility", func(s *story) {
			s.write("a", 1, put(k, "1"), put(l, "2"))
			s.read("b", heads(k, "1"), heads(l, ""))
		}},
		{"one of a transaction's two atoms", "", func(s *story) {
			s.write("a", 1, put(k, "1"), atom(1, put(l, "2")))
			s.read("b", heads(k, "1"), heads(l, ""))
		}},
		{"a value that nobody wrote", "no invention", func(s *story) { s.read("a", shown(k, "9")) }},
		{"a value of another key", "no invention", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.read("a", shown(k, "1"), shown(l, "1"))
		}},
		{"a value whose transaction failed", "no invention", func(s *story) {
			s.add(check.Op{Session: "a", Outcome: check.Failed, Writes: []check.Write{put(k, "1")}})
			s.read("a", shown(k, "1"))
		}},
		{"a value shown that is not the first head", "no invention", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.add(check.Op{Session: "a", Reads: []check.Read{{Key: k, Shown: "1", Heads: []string{"2", "1"}}}})
		}},
		{"a value that nobody wrote over and that is gone at the end", "nothing lost", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("b", 1, put(k, "2"))
			s.final("b", heads(k, "2"))
		}},
		{"a false conflict at the end", "nothing lost", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.final("a", heads(k, "1", "2"))
		}},
		{"a row that its author ends without", "nothing lost", func(s *story) {
			s.add(check.Op{Session: "a", Outcome: check.Unknown, Writes: []check.Write{put(k, "1")}})
			s.read("b", shown(k, "1"))
			s.final("a")
		}},
		{"a transaction of unknown outcome may be done or not", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.add(check.Op{Session: "a", Step: 2, Outcome: check.Unknown, Writes: []check.Write{put(k, "2", "1"), put(l, "3")}})
			s.read("a", shown(k, "1"))
			s.final("a", heads(k, "1"), heads(l, ""))
		}},
		{"but not by half", "nothing lost", func(s *story) {
			s.add(check.Op{Session: "a", Step: 2, Outcome: check.Unknown, Writes: []check.Write{put(k, "2"), atom(1, put(l, "3"))}})
			s.final("a", heads(k, "2"), heads(l, ""))
		}},
		{"a refused value is taken out, and what it went over stands again", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.read("a", heads(k, "2"))
			s.add(check.Op{Session: "a", Kind: check.Refused, Values: []string{"2"}})
			s.final("a", heads(k, "1"))
		}},
		{"a refused value that stays", "nothing lost", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.add(check.Op{Session: "a", Kind: check.Refused, Values: []string{"1"}})
			s.final("a", heads(k, "1"))
		}},
		{"who wrote over a refused value went over what lay beneath", "", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("a", 2, put(k, "2", "1"))
			s.write("a", 3, put(k, "3", "2"))
			s.add(check.Op{Session: "a", Kind: check.Refused, Values: []string{"2"}})
			s.final("a", heads(k, "3"))
		}},
		{"two that end with heads in another order", "convergence", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("b", 1, put(k, "2"))
			s.final("a", heads(k, "1", "2"))
			s.final("b", heads(k, "2", "1"))
		}},
		{"one that ends without a row of its scope", "convergence", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.final("a", heads(k, "1"))
			s.final("b")
		}},
		{"a value written twice", "record", func(s *story) {
			s.write("a", 1, put(k, "1"))
			s.write("b", 1, put(k, "1"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s story
			c.tell(&s)
			found := check.Check(s.ops)
			if c.want == "" && len(found) > 0 {
				t.Errorf("found %v", found)
			}
			if c.want != "" && (len(found) == 0 || found[0].Guarantee != c.want || len(found[0].Proof) == 0) {
				t.Errorf("found %v, want %s", found, c.want)
			}
		})
	}
}

func TestALineReplacesTheOneOfItsNumberAndATornLineIsNone(t *testing.T) {
	ops, err := check.ReadRecord(strings.NewReader(`{"session":"a","seq":1,"kind":"txn","outcome":"unknown","writes":[{"key":"k","value":"1"}]}
{"session":"a","seq":1,"kind":"txn","outcome":"fail","writes":[{"key":"k","value":"1"}]}
{"session":"a","seq":2,"kind":"txn","outcome":"ok","reads":[{"key":"k","shown":"1"}]}
{"session":"a","seq":3,"kind":"tx`))
	if err != nil || len(ops) != 3 {
		t.Fatalf("%d operations, %v", len(ops), err)
	}
	if found := check.Check(ops); len(found) != 1 || !strings.Contains(found[0].Text, "failed") {
		t.Errorf("found %v", found)
	}
	if _, err := check.ReadRecord(strings.NewReader("nonsense\n")); err == nil {
		t.Error("a line that is no JSON was read")
	}
}
