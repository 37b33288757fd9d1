package synth

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"dongbo/assets"
	"dongbo/internal/viet"
)

// thisYear stands in for the calendar, so that a seed means the same for ever.
const thisYear = 2026

// Member is one invented member, written as the register writes it: dates in
// ISO form, gender male or female, money in đồng, an empty string for unknown.
type Member struct {
	FullName, BirthDate, Gender, Ethnicity, Religion string
	NationalID, NationalIDDate                       string
	Phone, Email, Address, Hometown                  string
	JobTitle, Department, Education                  string
	JoinedOn, CardNumber, Status, UnionRole          string
	InsuranceNo                                      string
	WageBase                                         int64
	WageCoef                                         float64
	Notes                                            string
}

// Columns gives the member by the columns of the table member, all but id and
// unit_id; what is unknown is nil, as SQL wants it.
func (m Member) Columns() map[string]any {
	set := map[string]any{"wage_base": m.WageBase, "wage_coef": m.WageCoef}
	for column, text := range map[string]string{
		"full_name": m.FullName, "birth_date": m.BirthDate, "gender": m.Gender, "ethnicity": m.Ethnicity,
		"religion": m.Religion, "national_id": m.NationalID, "national_id_date": m.NationalIDDate, "phone": m.Phone,
		"email": m.Email, "address": m.Address, "hometown": m.Hometown, "job_title": m.JobTitle,
		"department": m.Department, "education": m.Education, "joined_on": m.JoinedOn, "card_number": m.CardNumber,
		"status": m.Status, "union_role": m.UnionRole, "insurance_no": m.InsuranceNo, "notes": m.Notes,
	} {
		set[column] = orNull(text)
	}
	return set
}

// orNull is nil for an empty string.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Options bend what Members gives; the zero value is a factory in Hồ Chí Minh
// City.
type Options struct {
	Province    string   // code of the province people live in; "79" if empty
	Departments []string // where they work
	Jobs        []string
	CardPrefix  string // of the members' cards; "CD" if empty
}

// Members invents n members. No two have the same national id or card number.
func Members(seed uint64, n int, opts Options) []Member {
	m := newMaker(seed, "members", opts)
	people := make([]Member, n)
	for i := range people {
		people[i] = m.member()
	}
	return people
}

// maker invents members of one office after another.
type maker struct {
	dice
	opts  Options
	home  assets.Province
	taken map[string]bool // national ids
	cards int
}

func newMaker(seed uint64, purpose string, opts Options) *maker {
	if opts.Province == "" {
		opts.Province = "79"
	}
	if len(opts.Departments) == 0 {
		opts.Departments = departments
	}
	if len(opts.Jobs) == 0 {
		opts.Jobs = jobs
	}
	if opts.CardPrefix == "" {
		opts.CardPrefix = "CD"
	}
	m := &maker{dice: newDice(seed, purpose), opts: opts, taken: map[string]bool{}, home: assets.Provinces()[0]}
	for _, p := range assets.Provinces() {
		if p.Code == opts.Province {
			m.home = p
		}
	}
	return m
}

// member invents one.
func (m *maker) member() Member {
	gender := "male"
	if m.chance(0.601) {
		gender = "female"
	}
	year := m.birthYear()
	p := Member{
		FullName: m.fullName(gender, year), BirthDate: m.date(year, year+1), Gender: gender,
		Ethnicity: m.by(ethnicGroups), Religion: m.by(religions),
		NationalID: m.nationalID(gender, year), NationalIDDate: m.date(2021, thisYear),
		Phone: m.phone(), Address: m.address(), Hometown: m.hometown(),
		JobTitle: m.one(m.opts.Jobs), Department: m.one(m.opts.Departments), Education: m.by(educations),
		JoinedOn: m.date(max(year+18, 2005), thisYear), CardNumber: m.card(),
		Status: m.by(statuses), UnionRole: m.by(unionRoles), InsuranceNo: "79" + m.digits(8),
		WageBase: m.wage(), WageCoef: m.coefficient(), Notes: m.remark(),
	}
	if m.chance(0.55) {
		p.Email = m.email(p.FullName)
	}
	return p
}

// birthYear draws an age around 35 from 18 to 60.
func (m *maker) birthYear() int {
	age := int(math.Round(35.2 + 9*m.NormFloat64()))
	return thisYear - min(max(age, 19), 60)
}

// fullName draws three or four words. Văn and Thị belong to the older: among
// those born since 2000 they are rare as the only middle name.
func (m *maker) fullName(gender string, year int) string {
	older := min(max(float64(2005-year)/40, 0), 1) // 0 for the young, 1 for those of 1965
	family := m.by(familyNames)
	if m.chance(0.006) {
		return family + " " + m.given(gender)
	}
	middle, four := m.by(maleMiddle), 0.26*(1-older/2)
	common, share := "Văn", 0.03+0.6*older
	if gender == "female" {
		middle, four = m.by(femaleMiddle), 0.64*(1-older/2)
		common, share = "Thị", 0.2+0.65*older
	}
	switch long, usual := m.chance(four), m.chance(share); {
	case long && usual:
		middle = common + " " + middle
	case long:
		middle += " " + m.given(gender)
	case usual:
		middle = common
	}
	return family + " " + middle + " " + m.given(gender)
}

func (m *maker) given(gender string) string {
	if gender == "female" {
		return m.by(femaleGiven)
	}
	return m.by(maleGiven)
}

// nationalID has the province of birth, the digit of century and gender (0 and
// 1 before 2000, 2 and 3 since), the year and six more digits.
func (m *maker) nationalID(gender string, year int) string {
	for {
		kind := 0
		if year >= 2000 {
			kind = 2
		}
		if gender == "female" {
			kind++
		}
		id := fmt.Sprintf("%s%d%02d%s", m.one(birthProvinces), kind, year%100, m.digits(6))
		if !m.taken[id] {
			m.taken[id] = true
			return id
		}
	}
}

func (m *maker) phone() string { return m.one(phonePrefixes) + m.digits(7) }

func (m *maker) email(fullName string) string {
	word := strings.Fields(viet.Fold(fullName))
	return word[len(word)-1] + "." + word[0] + strconv.Itoa(m.between(1970, 2005)) + "@" + m.by(mailHosts)
}

// address is a number, a street, perhaps a hamlet, and a commune in force.
func (m *maker) address() string {
	number := strconv.Itoa(m.between(1, 400))
	if m.chance(0.2) {
		number += "/" + strconv.Itoa(m.between(1, 60))
	}
	parts := []string{number + " " + m.one(streets)}
	if place := m.by(places); place != "-" {
		parts = append(parts, place+" "+strconv.Itoa(m.between(1, 12)))
	}
	commune := m.home.Communes[m.IntN(len(m.home.Communes))]
	return strings.Join(append(parts, commune.Name, m.home.Name), ", ")
}

func (m *maker) hometown() string {
	all := assets.Provinces()
	p := all[m.IntN(len(all))]
	return p.Communes[m.IntN(len(p.Communes))].Name + ", " + p.Name
}

func (m *maker) card() string {
	m.cards += m.between(1, 3)
	return fmt.Sprintf("%s%08d", m.opts.CardPrefix, 1000000+m.cards)
}

func (m *maker) wage() int64 { return 4_500_000 + int64(m.IntN(180))*100_000 }

func (m *maker) coefficient() float64 {
	return math.Round((1.86+float64(m.IntN(20))*0.33)*100) / 100
}

func (m *maker) remark() string {
	if m.chance(0.6) {
		return ""
	}
	return m.one(remarks)
}
