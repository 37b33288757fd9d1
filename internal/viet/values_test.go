package viet_test

import (
	"errors"
	"slices"
	"testing"

	"dongbo/internal/viet"

	"pgregory.net/rapid"
)

func TestReadBirthDate(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		ambiguous      bool
	}{
		{"day first is the rule", "25/12/1990", "1990-12-25", false},
		{"day and month that could be swapped are doubtful", "3/4/1990", "1990-04-03", true},
		{"equal day and month are not", "3/3/1990", "1990-03-03", false},
		{"hyphens part too", "12-5-1985", "1985-05-12", true},
		{"dots part too", "31.01.2001", "2001-01-31", false},
		{"spaces around the slash do no harm", " 25 / 12 / 1990 ", "1990-12-25", false},
		{"month and year are a date", "05.1985", "1985-05", false},
		{"a year is a date", "1985", "1985", false},
		{"an unknown day is written as zeros", "00/05/1985", "1985-05", false},
		{"an unknown day and month too", "00/00/1985", "1985", false},
		{"dashes stand for what is unknown", "--/--/1985", "1985", false},
		{"two digits of a year mean someone of working age", "25/2/90", "1990-02-25", false},
		{"young people are born after 2000", "25/2/05", "2005-02-25", false},
		{"a two-digit year that fits nobody is a guess", "25/2/20", "2020-02-25", true},
		{"ISO order is read", "1990-12-25", "1990-12-25", false},
		{"a clock time is dropped", "1990-12-25T00:00:00", "1990-12-25", false},
		{"American order shows by an impossible month", "12/25/1990", "1990-12-25", true},
		{"digits run together are read", "25121990", "1990-12-25", false},
		{"English months are read", "25-Dec-90", "1990-12-25", false},
		{"Vietnamese words are read", "Ngày 25 tháng 12 năm 1990", "1990-12-25", false},
		{"a year with its word is read", "Năm 1985", "1985", false},
		{"a two-digit year after a month is a guess", "05/85", "1985-05", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, amb, err := readBirth(c.in, 2026)
			if err != nil || got != c.want || amb != c.ambiguous {
				t.Errorf("%q: got %q %v %v", c.in, got, amb, err)
			}
		})
	}
	for _, bad := range []string{"", "x", "31/02/1990", "32/13/1990", "0/0/0", "1/2/3/4", "29/2/1999", "12345", "hôm qua", "1/2/1990 và 3/4", "99999999"} {
		t.Run("no date: "+bad, func(t *testing.T) {
			if got, _, err := readBirth(bad, 2026); err == nil {
				t.Errorf("%q was read as %q", bad, got)
			}
		})
	}
	if d, _ := viet.ReadPastDate("5/3/24", 2026); d.ISO != "2024-03-05" {
		t.Errorf("a card issued in 24 was issued in 2024, got %q", d.ISO)
	}
}

func TestExcelSerial(t *testing.T) {
	for _, c := range []struct {
		name string
		in   float64
		want string
	}{
		{"the first day", 1, "1900-01-01"},
		{"the day before the one that never was", 59, "1900-02-28"},
		{"the day after it", 61, "1900-03-01"},
		{"a birth date", 33232, "1990-12-25"},
		{"a clock time is dropped", 33232.75, "1990-12-25"},
		{"nothing below one", 0.5, ""},
		{"nothing beyond 9999", 3e6, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := viet.FromExcelSerial(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestNationalID(t *testing.T) {
	for _, c := range []struct {
		name, in, gender, birth, want string
		remarks                       []viet.Flaw
		err                           error
	}{
		{"a CCCD that agrees with the row is clean", "079190012345", "female", "1990-12-25", "079190012345", nil, nil},
		{"spaces and dots between the digits vanish", "079 190.012-345", "", "", "079190012345", nil, nil},
		{"another gender is a remark", "079190012345", "male", "", "079190012345", []viet.Flaw{viet.FlawGender}, nil},
		{"another birth year is a remark", "079190012345", "", "1991", "079190012345", []viet.Flaw{viet.FlawBirthYear}, nil},
		{"people born after 2000 have another digit", "079305012345", "female", "2005-01", "079305012345", nil, nil},
		{"a province that never was is a remark", "003190012345", "", "", "003190012345", []viet.Flaw{viet.FlawProvince}, nil},
		{"an old card is a remark", "012345678", "", "", "012345678", []viet.Flaw{viet.FlawOldID}, nil},
		{"a passport is a remark", "c1234567", "", "", "C1234567", []viet.Flaw{viet.FlawPassport}, nil},
		{"a number shown as a power of ten has lost its digits", "1.23457E+11", "", "", "1.23457E+11", nil, viet.FlawScientific},
		{"a full power of ten has not", "7.9190012345E+10", "", "", "79190012345", nil, viet.FlawLength},
		{"eleven digits are the wrong length", "79190012345", "", "", "79190012345", nil, viet.FlawLength},
		{"a spreadsheet's .0 is no digit", "79190012345.0", "", "", "79190012345", nil, viet.FlawLength},
		{"nothing is nothing", " ", "", "", "", nil, viet.FlawEmpty},
		{"words are no number", "đang làm", "", "", "ĐANGLÀM", nil, viet.FlawNotNumber},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := viet.ReadNationalID(c.in, c.gender, c.birth)
			if !errors.Is(err, c.err) || id.Number != c.want || !slices.Equal(id.Remarks, c.remarks) {
				t.Errorf("got %+v, %v", id, err)
			}
		})
	}
}

func TestPadNationalID(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"eleven digits lost one zero", "79190012345", "079190012345"},
		{"ten digits lost two", "1190012345", "001190012345"},
		{"ten digits of no province are something else", "7919001234", ""},
		{"eight digits are an old card without its zero", "12345678", "012345678"},
		{"twelve digits need nothing", "079190012345", ""},
		{"letters are not padded", "7919001234a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := viet.PadNationalID(c.in); ok != (c.want != "") || ok && got != c.want {
				t.Errorf("got %q %v", got, ok)
			}
		})
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct {
		name, in, want, offer string
		remark                viet.Flaw
	}{
		{"a mobile number is clean", "0912.345.678", "0912345678", "", ""},
		{"the country goes", "+84 912 345 678", "0912345678", "", ""},
		{"the country without its plus goes", "84912345678", "0912345678", "", ""},
		{"the country and a bracketed zero", "+84(0)912345678", "0912345678", "", ""},
		{"a lost zero is offered", "912345678", "912345678", "0912345678", viet.FlawOddPhone},
		{"a number of before 2018 is offered anew", "01684567890", "01684567890", "0384567890", viet.FlawOddPhone},
		{"also without its zero", "1234567890", "1234567890", "0834567890", viet.FlawOddPhone},
		{"a landline is remarked", "024 3825 1234", "02438251234", "", viet.FlawLandline},
		{"a landline's zero is offered", "2438251234", "2438251234", "02438251234", viet.FlawOddPhone},
		{"a foreign number stays", "+86 138 1234 5678", "+8613812345678", "", viet.FlawForeign},
		{"two numbers in a cell stay two", "0912345678 / 0987654321", "0912345678; 0987654321", "", ""},
		{"two numbers are mended together", "912345678/0987654321", "912345678; 0987654321", "0912345678; 0987654321", viet.FlawOddPhone},
		{"words stay", "gọi chị Hoa", "gọi chị Hoa", "", viet.FlawOddPhone},
		{"a short number stays", "12345", "12345", "", viet.FlawOddPhone},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := viet.ReadPhone(c.in)
			if err != nil || p != (viet.Phone{Number: c.want, Offer: c.offer, Remark: c.remark}) {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
	if _, err := viet.ReadPhone("9.12346E+8"); err != viet.FlawScientific {
		t.Errorf("lost digits are no phone: %v", err)
	}
}

func TestInsuranceNo(t *testing.T) {
	for _, c := range []struct{ name, in, want, offer string }{
		{"ten digits are clean", "7912345678", "7912345678", ""},
		{"a CCCD is one too", "079190012345", "079190012345", ""},
		{"a lost zero is offered", "112345678", "112345678", "0112345678"},
		{"a health card holds the number", "DN4797912345678", "DN4797912345678", "7912345678"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, offer, err := viet.ReadInsuranceNo(c.in)
			if err != nil || n != c.want || offer != c.offer {
				t.Errorf("got %q %q %v", n, offer, err)
			}
		})
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{"Nam": "male", "NỮ": "female", "Nu": "female", "F": "female", "2": "female", "Khác": "other", "0": "", "x": ""} {
		if g, _ := viet.Gender(in); g != want {
			t.Errorf("gender %q: got %q, want %q", in, g, want)
		}
	}
	for in, want := range map[string]string{"kinh": "Kinh", "Khơ-me": "Khmer", "Mèo": "H'Mông", "Ê-đê": "Ê Đê", "X'tiêng": "Xtiêng", "Dân tộc Tày": "Tày", "Việt": "Kinh"} {
		if e, ok := viet.Ethnicity(in); !ok || e != want {
			t.Errorf("ethnicity %q: got %q, want %q", in, e, want)
		}
	}
	if e, ok := viet.Ethnicity(" Klingon "); ok || e != "Klingon" {
		t.Errorf("an unknown group stays as typed: %q %v", e, ok)
	}
	for in, want := range map[string]string{"Ko": "Không", "0": "Không", "-": "Không", "Lương": "Không", "Thiên chúa": "Công giáo", "PG Hoà Hảo": "Hòa Hảo", "tin lành": "Tin Lành"} {
		if r, ok := viet.Religion(in); !ok || r != want {
			t.Errorf("religion %q: got %q, want %q", in, r, want)
		}
	}
	for _, w := range []string{"Kinh", "Khmer", "Hoa", "H'Mông", "Ê Đê", "Gié - Triêng", "Người nước ngoài"} {
		if e, ok := viet.Ethnicity(w); !ok || e != w {
			t.Errorf("a stored name must read as itself: %q gave %q", w, e)
		}
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		err  error
	}{
		{"5,000,000", 5000000, nil}, {"1.234.567", 1234567, nil}, {"5000000", 5000000, nil}, {"5000000.0", 5000000, nil},
		{"5tr", 5000000, nil}, {"5,5 triệu", 5500000, nil}, {"5tr5", 5500000, nil}, {"500k", 500000, nil}, {"500 nghìn đồng", 500000, nil},
		{"5.000.000 đ", 5000000, nil}, {"5.000.000 VNĐ", 5000000, nil}, {"4.500", 4500, nil}, {"1.234.567,00", 1234567, nil},
		{"1.234.567,5", 0, viet.FlawFraction}, {"thỏa thuận", 0, viet.FlawNotNumber}, {"", 0, viet.FlawEmpty}, {"-5", 0, viet.FlawNotNumber},
	} {
		if got, err := viet.Money(c.in); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: got %d, %v", c.in, got, err)
		}
	}
	for in, want := range map[string]float64{"2,34": 2.34, "2.34": 2.34, "4.980": 4.98, "2.3399999999999999": 2.34} {
		if got, err := viet.Coefficient(in); err != nil || got != want {
			t.Errorf("coefficient %q: got %v, %v", in, got, err)
		}
	}
	if _, err := viet.Coefficient("5000000"); err != viet.FlawRange {
		t.Errorf("a wage is no coefficient: %v", err)
	}
}

func TestDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		serial := rapid.IntRange(1, 73000).Draw(t, "serial")
		iso, ok := viet.FromExcelSerial(float64(serial))
		if !ok || !viet.ValidDate(iso) {
			t.Fatalf("serial %d gave %q", serial, iso)
		}
		typed := iso[8:] + "/" + iso[5:7] + "/" + iso[:4]
		if back, _, err := readBirth(typed, 2026); err != nil || back != iso {
			t.Fatalf("%q was read as %q, %v", typed, back, err)
		}
	})
}

func TestSwapDayMonth(t *testing.T) {
	if s, ok := viet.SwapDayMonth("1991-04-03"); !ok || s != "1991-03-04" {
		t.Errorf("got %q %v", s, ok)
	}
	if _, ok := viet.SwapDayMonth("1991-04-13"); ok {
		t.Error("there is no thirteenth month")
	}
}

func TestRaiseInitials(t *testing.T) {
	if s := viet.RaiseInitials("Lương Văn ánh"); s != "Lương Văn Ánh" {
		t.Errorf("got %q", s)
	}
}

// readBirth reads a birth date and tells whether it has another reading.
func readBirth(text string, thisYear int) (iso string, ambiguous bool, err error) {
	d, err := viet.ReadBirthDate(text, thisYear)
	return d.ISO, d.Swappable || d.Guessed || d.USOrder, err
}
