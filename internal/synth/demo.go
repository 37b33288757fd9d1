package synth

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Sheet is a spreadsheet as an office sends it, before it becomes a file. A
// cell is nil, a string, an int64 (a number typed as such), a float64, or a
// Serial (a true date cell).
type Sheet struct {
	Name   string
	Rows   [][]any
	Merged []string // ranges such as "A1:F1"
	Widths []float64
	People int // rows that are members
}

// Serial is a date as spreadsheets keep it: days since 30 December 1899.
type Serial int64

// DemoOffice describes one office of the demonstration.
type DemoOffice struct {
	Code, Name string // of the unit
	File       string // in assets/demo
	groups     []string
	jobs       []string
	people     int
	card       string
}

var (
	garment = DemoOffice{
		Code: "TP01", Name: "Công đoàn cơ sở Công ty Cổ phần May mặc Tân Phú", File: "may_mac.xlsx", people: 2000, card: "TP",
		groups: list("Chuyền may 1, Chuyền may 2, Chuyền may 3, Chuyền may 4, Tổ cắt, Tổ bảo trì, Hoàn thành, Văn phòng"),
		jobs:   list("Công nhân may, Công nhân may, Công nhân may, Công nhân cắt, Thợ điện, Lái xe, Nhân viên kho, Kế toán viên"),
	}
	electronics = DemoOffice{
		Code: "DT02", Name: "Công đoàn cơ sở Công ty TNHH Điện tử Sao Mai", File: "dien_tu.xlsx", people: 1500, card: "DT",
		groups: list("Phân xưởng lắp ráp, Phân xưởng kiểm tra, Kho vận, Phòng Kỹ thuật, Phòng Nhân sự"),
		jobs:   list("Công nhân lắp ráp, Công nhân lắp ráp, Kỹ thuật viên, Nhân viên kho, Kỹ sư điện tử, Chuyên viên nhân sự"),
	}
)

// demoSeed is fixed: the shipped files are this seed's.
const demoSeed = 20261124

// DemoOffices are the two grassroots offices of the demonstration.
func DemoOffices() []DemoOffice { return []DemoOffice{garment, electronics} }

// DemoList makes the list of office 1 or 2, the same every time; assets ships
// it as a file.
func DemoList(office int) *Sheet {
	if office == 1 {
		return garmentList(demoPeople(garment, 1))
	}
	return electronicsList(demoPeople(electronics, 2))
}

// demoPeople invents an office's people and puts the cast among them, in the
// order of the office's groups.
func demoPeople(o DemoOffice, office int) [][]Member {
	m := newMaker(demoSeed, o.Code, Options{Departments: o.groups, Jobs: o.jobs, CardPrefix: o.card})
	cast := TheCast()
	m.taken = takenBefore(office, cast)
	groups := make([][]Member, len(o.groups))
	add := func(p Member) {
		for i, g := range o.groups {
			if g == p.Department {
				groups[i] = append(groups[i], p)
			}
		}
	}
	special := cast.of(office)
	for i := range o.people - len(special) {
		if i%40 == 39 && len(special) > 0 { // spread through the list
			add(special[0])
			special = special[1:]
		}
		p := m.member()
		p.Status = "active"
		add(p)
	}
	return groups
}

// takenBefore keeps national ids apart: nobody has a number of the cast, and
// office 2 has none of office 1. The one woman in both is of the cast.
func takenBefore(office int, cast Cast) map[string]bool {
	taken := map[string]bool{}
	for _, p := range append(cast.of(1), cast.of(2)...) {
		taken[p.NationalID] = true
	}
	if office == 2 {
		for _, group := range demoPeople(garment, 1) {
			for _, p := range group {
				taken[p.NationalID] = true
			}
		}
	}
	return taken
}

// garmentList has a two-row header with the birth date under Nam or Nữ, and a
// group row for each line of the workshop.
func garmentList(groups [][]Member) *Sheet {
	d := newDice(demoSeed, "garment list")
	s := &Sheet{Name: "Danh sách", Widths: []float64{6, 26, 12, 12, 16, 12, 14, 44, 20, 14, 16, 18}}
	s.letterhead("LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ HỒ CHÍ MINH", "CĐCS CÔNG TY CP MAY MẶC TÂN PHÚ", "L")
	s.row("STT", "Họ và tên", "Ngày, tháng, năm sinh", nil, "Số căn cước", "Ngày cấp", "Điện thoại", "Địa chỉ",
		"Nghề nghiệp", "Lương đóng BHXH", "Số thẻ ĐV", "Ghi chú")
	top := len(s.Rows)
	s.row(nil, nil, "Nam", "Nữ")
	s.Merged = append(s.Merged, fmt.Sprintf("C%d:D%d", top, top))
	for _, col := range "ABEFGHIJKL" {
		s.Merged = append(s.Merged, fmt.Sprintf("%c%d:%c%d", col, top, col, top+1))
	}
	for g, people := range groups {
		s.row(roman(g+1) + ". " + garment.groups[g])
		s.Merged = append(s.Merged, fmt.Sprintf("A%d:L%d", len(s.Rows), len(s.Rows)))
		for i, p := range people {
			born := []any{d.birth(p.BirthDate), nil}
			if p.Gender == "female" {
				born[0], born[1] = born[1], born[0]
			}
			s.row(int64(i+1), d.name(p.FullName), born[0], born[1], d.typed(p.NationalID, 0.3), day(p.NationalIDDate),
				d.typed(p.Phone, 0.25), p.Address, p.JobTitle, p.WageBase, p.CardNumber, orNull(p.Notes))
			s.People++
		}
		s.row(nil, "Cộng", nil, nil, nil, nil, nil, nil, nil, nil, nil, fmt.Sprintf("%d người", len(people)))
	}
	s.row(nil, fmt.Sprintf("Tổng cộng: %d đoàn viên", s.People))
	s.signatures(8)
	return s
}

// electronicsList has one header row, family and given name apart, true date
// cells among typed ones, names in capitals, and the department as a column.
func electronicsList(groups [][]Member) *Sheet {
	d := newDice(demoSeed, "electronics list")
	s := &Sheet{Name: "DSDV", Widths: []float64{6, 20, 10, 8, 12, 16, 14, 30, 22, 22, 10, 12, 10, 10, 8}}
	s.letterhead("LIÊN ĐOÀN LAO ĐỘNG THÀNH PHỐ HỒ CHÍ MINH", "CĐCS CÔNG TY TNHH ĐIỆN TỬ SAO MAI", "O")
	s.row("STT", "Họ đệm", "Tên", "Phái", "Ngày sinh", "CCCD", "Số ĐT", "Email", "Bộ phận", "Chức danh", "Trình độ",
		"Ngày vào CĐ", "Dân tộc", "Tôn giáo", "HSL")
	broken := TheCast().BrokenID.NationalID
	for g, people := range groups {
		for _, p := range people {
			name := d.name(p.FullName)
			if d.chance(0.05) {
				name = strings.ToUpper(p.FullName)
			}
			cut := strings.LastIndexByte(name, ' ')
			id := d.typed(p.NationalID, 0.3)
			if p.NationalID == broken {
				id = "7.9193E+10"
			}
			s.People++
			s.row(int64(s.People), name[:cut], name[cut+1:], map[string]any{"male": "Nam", "female": "Nữ"}[p.Gender],
				d.birthCell(p.BirthDate), id, d.typed(p.Phone, 0.6), orNull(p.Email), electronics.groups[g], p.JobTitle,
				p.Education, day(p.JoinedOn), p.Ethnicity, d.religion(p.Religion), p.WageCoef)
		}
	}
	s.row(nil, fmt.Sprintf("Tổng số: %d đoàn viên", s.People))
	s.signatures(9)
	return s
}

func (s *Sheet) row(cells ...any) { s.Rows = append(s.Rows, cells) }

// letterhead is the head of every official list; last is its last column.
func (s *Sheet) letterhead(superior, union, last string) {
	s.row(superior, nil, nil, nil, nil, nil, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	s.row(union, nil, nil, nil, nil, nil, "Độc lập - Tự do - Hạnh phúc")
	s.row()
	s.row("DANH SÁCH ĐOÀN VIÊN CÔNG ĐOÀN")
	s.row("(Tính đến ngày 31/10/2026)")
	s.row()
	s.Merged = append(s.Merged, "A1:F1", "A2:F2", "G1:"+last+"1", "G2:"+last+"2", "A4:"+last+"4", "A5:"+last+"5")
}

// signatures is the foot of every official list.
func (s *Sheet) signatures(column int) {
	place := func(left, right string) {
		cells := make([]any, column+1)
		cells[1], cells[column] = left, right
		s.row(cells...)
	}
	s.row()
	place("", "Thành phố Hồ Chí Minh, ngày 02 tháng 11 năm 2026")
	place("NGƯỜI LẬP BIỂU", "TM. BAN CHẤP HÀNH")
	place("(Ký, ghi rõ họ tên)", "CHỦ TỊCH")
}

// typed gives digits as text, or with that probability as the number that a
// spreadsheet makes of them: the leading zeros are gone.
func (d dice) typed(digits string, p float64) any {
	if !d.chance(p) {
		return digits
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return digits
	}
	return n
}

// name is sometimes typed on a Mac, with its tones apart (NFD).
func (d dice) name(name string) string {
	if d.chance(0.03) {
		return norm.NFD.String(name)
	}
	return name
}

// birth is the day, or for some of the older only the year.
func (d dice) birth(iso string) any {
	year, _ := strconv.ParseInt(iso[:4], 10, 64)
	if year < 1985 && d.chance(0.12) {
		return year
	}
	return day(iso)
}

// birthCell is besides often a true date cell.
func (d dice) birthCell(iso string) any {
	if d.chance(0.4) {
		t, err := time.Parse(time.DateOnly, iso)
		if err == nil {
			return Serial(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
		}
	}
	return d.birth(iso)
}

// religion writes "none" as lists do.
func (d dice) religion(name string) any {
	if name == "Không" {
		return d.one([]string{"Không", "Không", "Ko", "không"})
	}
	return name
}

// day turns 1988-03-12 into 12/03/1988.
func day(iso string) string { return iso[8:10] + "/" + iso[5:7] + "/" + iso[:4] }

// roman writes 1 to 8 as group rows do.
func roman(n int) string {
	return []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII"}[n-1]
}
