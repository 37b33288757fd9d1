package synth_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"dongbo/assets"
	"dongbo/internal/synth"
	"dongbo/internal/viet"
)

func TestTheSameSeedInventsTheSamePeople(t *testing.T) {
	a, b := synth.Members(7, 50, synth.Options{}), synth.Members(7, 50, synth.Options{})
	if !reflect.DeepEqual(a, b) {
		t.Error("two runs with one seed differ")
	}
	if reflect.DeepEqual(a, synth.Members(8, 50, synth.Options{})) {
		t.Error("two seeds give the same people")
	}
}

func TestPeopleAreCredible(t *testing.T) {
	const n = 5000
	women, ages, cards, ids := 0, 0, map[string]bool{}, map[string]bool{}
	family := map[string]int{}
	for _, m := range synth.Members(1, n, synth.Options{}) {
		year, _ := strconv.Atoi(m.BirthDate[:4])
		if m.Gender == "female" {
			women++
		}
		ages += 2026 - year
		family[strings.Fields(m.FullName)[0]]++
		if ids[m.NationalID] || cards[m.CardNumber] {
			t.Errorf("%s has a number that another has", m.FullName)
		}
		ids[m.NationalID], cards[m.CardNumber] = true, true
		checkMember(t, m, year)
	}
	if women < n*57/100 || women > n*63/100 {
		t.Errorf("%d of %d are women, want about 60 %%", women, n)
	}
	if mean := float64(ages) / n; mean < 34 || mean > 37 {
		t.Errorf("mean age %.1f, want about 35", mean)
	}
	if family["Nguyễn"] < n/4 || family["Trần"] < n*7/100 {
		t.Errorf("Nguyễn %d and Trần %d of %d, want about 33 %% and 11 %%", family["Nguyễn"], family["Trần"], n)
	}
}

// checkMember holds what one invented person must satisfy.
func checkMember(t *testing.T, m synth.Member, year int) {
	t.Helper()
	kind := m.NationalID[3] - '0'
	wantKind := byte(0)
	if year >= 2000 {
		wantKind = 2
	}
	if m.Gender == "female" {
		wantKind++
	}
	if len(m.NationalID) != 12 || kind != wantKind || m.NationalID[4:6] != m.BirthDate[2:4] {
		t.Errorf("%s, %s, born %s has the number %s", m.FullName, m.Gender, m.BirthDate, m.NationalID)
	}
	if viet.NFC(m.FullName) != m.FullName || len(viet.Lint(m.FullName)) > 0 {
		t.Errorf("%q is no clean name", m.FullName)
	}
	if len(m.Phone) != 10 || m.Phone[0] != '0' {
		t.Errorf("%q is no phone number", m.Phone)
	}
	if !strings.HasSuffix(m.Address, "Thành phố Hồ Chí Minh") {
		t.Errorf("%q is not in the province asked for", m.Address)
	}
	if m.JoinedOn[:4] < strconv.Itoa(year+18) {
		t.Errorf("%s, born %d, joined on %s", m.FullName, year, m.JoinedOn)
	}
}

// The register stores names of ethnic groups and religions; the list that
// people choose from and the reader of spreadsheets must know the same ones.
func TestTheCodelistsAgreeWithTheReaderOfLists(t *testing.T) {
	readers := map[string]func(string) (string, bool){"ethnicity": viet.Ethnicity, "religion": viet.Religion, "gender": viet.Gender}
	for list, read := range readers {
		for _, c := range assets.Codelist(list) {
			want := c.VI
			if list == "gender" {
				want = c.Slug
			}
			for _, word := range append([]string{c.VI}, c.Aliases...) {
				if got, ok := read(word); !ok || got != want {
					t.Errorf("%s: %q is read as %q, %v; want %q", list, word, got, ok, want)
				}
			}
		}
	}
	for _, m := range synth.Members(3, 2000, synth.Options{}) {
		e, okE := viet.Ethnicity(m.Ethnicity)
		r, okR := viet.Religion(m.Religion)
		if !okE || !okR || e != m.Ethnicity || r != m.Religion {
			t.Fatalf("%s is %q and %q", m.FullName, m.Ethnicity, m.Religion)
		}
	}
}
