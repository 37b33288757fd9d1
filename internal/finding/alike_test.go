package finding_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
)

func person(id byte, s set) *merge.Row {
	if s["unit_id"] == nil {
		s["unit_id"] = change.ID{50, id}
	}
	return row("member", change.ID{id}, s)
}

func TestHowFarTwoMembersMayBeOnePerson(t *testing.T) {
	for _, c := range []struct {
		name  string
		a, b  set
		score int
		why   string
	}{
		{"the same name and birth date", set{"full_name": "Nguyễn Văn Nam", "birth_date": "1990-05-03"}, set{"full_name": "nguyễn văn nam", "birth_date": "1990-05-03"},
			64, "full_name:same birth_date:same"},
		{"the name without its marks", set{"full_name": "Đặng Thị Thủy", "birth_date": "1990-05-03"}, set{"full_name": "DANG THI THUY", "birth_date": "1990-05-03"},
			62, "full_name:same birth_date:same"},
		{"a tone on the other letter is the same name", set{"full_name": "Lê Hoà", "birth_date": "1990-05-03"}, set{"full_name": "Lê Hòa", "birth_date": "1990-05-03"},
			64, "full_name:same birth_date:same"},
		{"day and month changed places", set{"full_name": "Lê Hòa", "birth_date": "1990-05-03"}, set{"full_name": "Lê Hòa", "birth_date": "1990-03-05"},
			60, "full_name:same birth_date:near"},
		{"a common name and a year in two units are two people", set{"full_name": "Nguyễn Văn Nam", "birth_date": "1990"}, set{"full_name": "Nguyễn Văn Nam", "birth_date": "1990"},
			48, "full_name:same birth_date:near"},
		{"the same in one unit is to be looked at", set{"full_name": "Nguyễn Văn Nam", "birth_date": "1990", "unit_id": here}, set{"full_name": "Nguyễn Văn Nam", "birth_date": "1990-05-03", "unit_id": here},
			60, "full_name:same birth_date:near unit_id:same"},
		{"name, year and telephone", set{"full_name": "Trần Thị Bé", "birth_date": "1990", "phone": "0903 111 222"}, set{"full_name": "Trần Thị Bé", "birth_date": "1990-02", "phone": "+84 903111222"},
			84, "full_name:same birth_date:near phone:same"},
		{"one telephone of two, and a middle name left out", set{"full_name": "Trần Thị Bé", "birth_date": "1990-02-01", "phone": "0903111222; 0912000000"}, set{"full_name": "Trần Bé", "birth_date": "1990-02-01", "phone": "0912000000"},
			78, "full_name:near birth_date:same phone:same"},
		{"a slip of the finger in the name, and no more than the birth date", set{"full_name": "Nguyễn Văn Nam", "birth_date": "1990-02-01"}, set{"full_name": "Nguyễn Văn Nan", "birth_date": "1990-02-01"},
			42, "full_name:near birth_date:same"},
		{"a family with one telephone", set{"full_name": "Trần Thị Bé", "birth_date": "1990", "phone": "0903111222", "unit_id": here}, set{"full_name": "Lê Văn Tám", "birth_date": "1988", "phone": "0903111222", "unit_id": here},
			0, "full_name:differs birth_date:differs phone:same unit_id:same"},
		{"two national ids are two people", set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "national_id": "079190000001"}, set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "national_id": "001190777777"},
			19, "full_name:same birth_date:same national_id:differs"},
		{"two digits changed places in the national id", set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "national_id": "079190000012"}, set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "national_id": "079190000021"},
			67, "full_name:same birth_date:same national_id:near"},
		{"one national id is a duplicate, which is told apart", set{"full_name": "Lê Hòa", "national_id": "079 190 000 012"}, set{"full_name": "Lê Hòa", "national_id": "079190000012"}, 0, ""},
		{"the old card, in its own column and in that of the new", set{"full_name": "Lê Hòa", "old_id_number": "023456789"}, set{"full_name": "Lê Hòa", "national_id": "023456789"},
			92, "full_name:same old_id_number:same"},
		{"one insurance number and one birth date outweigh another name", set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "insurance_no": "7912345678"}, set{"full_name": "Phạm Đức Anh", "birth_date": "1990-05-03", "insurance_no": "7912345678"},
			62, "full_name:differs birth_date:same insurance_no:same"},
		{"one card, one name", set{"full_name": "Lê Hòa", "card_number": "A-01"}, set{"full_name": "Lê Hòa", "card_number": "a01"}, 72, "full_name:same card_number:same"},
		{"all that can agree is a hundred and no more", set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "gender": "male", "phone": "0903111222", "card_number": "1", "insurance_no": "2"},
			set{"full_name": "Lê Hòa", "birth_date": "1990-05-03", "gender": "male", "phone": "0903111222", "card_number": "1", "insurance_no": "2"},
			100, "full_name:same birth_date:same gender:same insurance_no:same card_number:same phone:same"},
		{"a name alone says little", set{"full_name": "Hoa"}, set{"full_name": "Hoa"}, 32, "full_name:same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := person(1, c.a), person(2, c.b)
			got := finding.Alike(a, b)
			if got.Score != c.score || got.Reasons() != c.why {
				t.Errorf("%d %q, want %d %q", got.Score, got.Reasons(), c.score, c.why)
			}
			if !slices.Equal(finding.ReadReasons(got.Reasons()), got.Marks) {
				t.Error("the reasons do not come back")
			}
			if back := finding.Alike(b, a); back.Score != got.Score || back.Reasons() != got.Reasons() {
				t.Errorf("the other way round: %d %q", back.Score, back.Reasons())
			}
			if n := finding.Alike(a, gone(b)).Score; n != 0 {
				t.Errorf("one of them is deleted: %d", n)
			}
		})
	}
}

// anybody draws a member out of few values, so that many are alike.
func anybody(rt *rapid.T, id byte) *merge.Row {
	s := set{"unit_id": rapid.SampledFrom([]change.ID{here, there}).Draw(rt, "unit")}
	for _, c := range []struct{ column, values string }{
		{"full_name", "Nguyễn Văn Nam,NGUYEN VAN NAM,Nguyễn Nam,Nguyễn Văn Nan,Lê Hòa"},
		{"birth_date", ",1990,1990-05,1990-05-03,1990-03-05,1991-01-01"}, {"gender", ",male,female"},
		{"national_id", ",079190000012,079190000021,001190777777,023456789"}, {"old_id_number", ",,023456789"},
		{"phone", ",0903111222,0903111222; 0912000000,0912000000"}, {"insurance_no", ",,7912345678"}, {"card_number", ",,A1"},
	} {
		if v := rapid.SampledFrom(strings.Split(c.values, ",")).Draw(rt, fmt.Sprint(c.column, id)); v != "" {
			s[c.column] = v
		}
	}
	return person(id, s)
}

func TestWhoIsAlikeHasAKeyInCommon(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := anybody(rt, 1), anybody(rt, 2)
		keys := finding.Keys(b)
		if l := finding.Alike(a, b); l.Score >= finding.Threshold && !slices.ContainsFunc(finding.Keys(a), func(k string) bool { return slices.Contains(keys, k) }) {
			rt.Fatalf("%d %s, and the directory would not tell", l.Score, l.Reasons())
		}
	})
}

func TestARowThatEndsBeforeItBegins(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"2024-05-01", "2024-04-30", true}, {"2024-05-01", "2024-05-01", false}, {"2024-05", "2024", false}, {"2024-05", "2023", true},
		{"2024", "", false}, {"", "2024", false}, {"hôm nay", "2024", false},
	} {
		if got := finding.Reversed(membership(1, here, c.from, c.to)); got != c.want {
			t.Errorf("%q to %q: %v", c.from, c.to, got)
		}
		if finding.Reversed(gone(membership(1, here, c.from, c.to))) {
			t.Error("a deleted row")
		}
	}
}

func TestWhichFindingsAnAnswerSilences(t *testing.T) {
	id := func(kind string) string { return merge.FindingID(kind, an, here).String() }
	for _, c := range []struct {
		name                string
		answer              finding.Answer
		duplicate, possible bool
	}{
		{"said of the likeness it answers that alone", finding.Answer{What: finding.NotSame, Finding: id(finding.PossibleDuplicate), A: an, B: here}, false, true},
		{"said of the national id it answers both", finding.Answer{What: finding.NotSame, Finding: id(finding.DuplicateID), A: an, B: here}, true, true},
		{"either row may stand first", finding.Answer{What: finding.NotSame, Finding: id(finding.DuplicateID), A: here, B: an}, true, true},
		{"a reason for settling a conflict says nothing", finding.Answer{What: "settled", Finding: id(finding.DuplicateID), A: an, B: here}, false, false},
		{"nor does an answer to another pair's finding", finding.Answer{What: finding.NotSame, Finding: id(finding.DuplicateID), A: an, B: there}, false, false},
		{"nor one to a finding that is about no pair", finding.Answer{What: finding.NotSame, Finding: id(finding.Orphan), A: an, B: here}, false, false},
	} {
		if d, p := c.answer.Silences(finding.DuplicateID), c.answer.Silences(finding.PossibleDuplicate); d != c.duplicate || p != c.possible {
			t.Errorf("%s: duplicate %v, possible %v", c.name, d, p)
		}
	}
}
