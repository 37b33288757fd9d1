package viet_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"dongbo/internal/allocs"
	"dongbo/internal/viet"
)

func FuzzReadBirthDate(f *testing.F) {
	for _, s := range []string{"1/2/90", "12-5-1985", "05.1985", "1985", "12/25/1990", "Ngày 1 tháng 2 năm 1990", "25-Dec-90", "1990-12-25T00:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		iso, _, err := readBirth(s, 2026)
		if (err == nil) != viet.ValidDate(iso) {
			t.Fatalf("%q gave %q, %v", s, iso, err)
		}
		if d, err := viet.ReadPastDate(s, 2026); (err == nil) != viet.ValidDate(d.ISO) {
			t.Fatalf("%q as a past date gave %q, %v", s, d.ISO, err)
		}
	})
}

func FuzzFromExcelSerial(f *testing.F) {
	for _, s := range []float64{0, 1, 60, 61, 33000.5, -1, 1e300, 2958465} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, serial float64) {
		if iso, ok := viet.FromExcelSerial(serial); ok && !viet.ValidDate(iso) {
			t.Fatalf("%v gave %q", serial, iso)
		}
	})
}

// FuzzReadNumbers reads amounts and coefficients; what was read reads as itself.
func FuzzReadNumbers(f *testing.F) {
	for _, s := range []string{"5,000,000", "1.234.567 đ", "5tr5", "2,34", "2.3399999999999999", "1e15", "12 nghìn", "-5", "0.00001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := viet.Money(s); err == nil {
			if again, err := viet.Money(strconv.FormatInt(n, 10)); err != nil || again != n {
				t.Fatalf("%q is %d đồng, which is read as %d, %v", s, n, again, err)
			}
		}
		if c, err := viet.Coefficient(s); err == nil {
			if again, err := viet.Coefficient(strconv.FormatFloat(c, 'f', -1, 64)); err != nil || again != c {
				t.Fatalf("%q is the coefficient %v, which is read as %v, %v", s, c, again, err)
			}
		}
	})
}

// FuzzReadIdentity reads the numbers of papers and telephones.
func FuzzReadIdentity(f *testing.F) {
	for _, s := range []string{"079188004512", "79188004512", "0903 112 233", "+84 903.112.233; 0168 123 4567", "7.9190012345E10", "SV 7912345678"} {
		f.Add(s, "female", "1988-03-12")
	}
	f.Fuzz(func(t *testing.T, s, gender, birth string) {
		id, err := viet.ReadNationalID(s, gender, birth)
		if err == nil && id.Number == "" {
			t.Fatalf("%q is a number of nothing", s)
		}
		_, _, _ = viet.ReadInsuranceNo(s)
		if p, err := viet.ReadPhone(s); err == nil && !utf8.ValidString(p.Number) && utf8.ValidString(s) {
			t.Fatalf("%q became %q", s, p.Number)
		}
	})
}

func FuzzConvert(f *testing.F) {
	for _, s := range []string{"NguyÔn V¨n Hµ", "Nguyeãn Vaên Haø", "\xff\xfe", "Hoàng", strings.Repeat("é", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		viet.Detect([]string{s})
		for _, enc := range []viet.Encoding{viet.Unicode, viet.TCVN3, viet.TCVN3Caps, viet.VNI} {
			if got := viet.Convert(enc, s); len(got) > 8*len(s)+8 {
				t.Fatalf("%s blew %q up to %d bytes", enc, s, len(got))
			}
		}
	})
}

// FuzzName reads names; a folded text folds to itself, a clean one is clean.
func FuzzName(f *testing.F) {
	for _, s := range []string{"NGUYỄN THỊ HÒA", "Lương Văn ánh", "H’Hen Niê", "o\u0323\u0302", "\u200bĐỗ  Ước\u00a0", "Ng\u0443\u0435n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c := viet.Clean(s); viet.Clean(c) != c {
			t.Fatalf("%q is cleaned to %q, and that to %q", s, c, viet.Clean(c))
		}
		if c := viet.Fold(s); viet.Fold(c) != c {
			t.Fatalf("%q folds to %q, and that to %q", s, c, viet.Fold(c))
		}
		viet.SortKey(s)
		viet.ToneKey(s)
		viet.TitleName(s)
		viet.RaiseInitials(s)
		viet.MendLookAlikes(s)
		viet.Lint(s)
		family, middle, given := viet.SplitName(s)
		viet.JoinName(strings.TrimSpace(family+" "+middle), given)
	})
}

// A cell may hold a quarter of a megabyte; reading it costs a few copies of it.
func TestALongCellCostsABoundedMultipleOfItsSize(t *testing.T) {
	for name, unit := range map[string]string{
		"digits": "1", "letters": "ệ", "blanks": " ", "separators": ".,", "slashes": "1/", "semicolons": "0903112233;",
		"marks": "e\u0323\u0302", "bytes of no text": "\xff", "legacy text": "NguyÔn ", "words": "ngày 1 tháng 2 ",
	} {
		s := strings.Repeat(unit, 1<<18/len(unit))
		for what, read := range map[string]func(){
			"a date": func() { _, _ = viet.ReadBirthDate(s, 2026) }, "money": func() { _, _ = viet.Money(s) },
			"a coefficient": func() { _, _ = viet.Coefficient(s) }, "a phone": func() { _, _ = viet.ReadPhone(s) },
			"an id": func() { _, _ = viet.ReadNationalID(s, "", "") }, "an insurance number": func() { _, _, _ = viet.ReadInsuranceNo(s) },
			"a fold": func() { viet.Fold(s) }, "a sort key": func() { viet.SortKey(s) }, "legacy text": func() { viet.Convert(viet.VNI, s) },
			"a title": func() { viet.TitleName(s) }, "the encoding": func() { viet.Detect([]string{s}) },
		} {
			if n := allocs.Of(read); n > uint64(128*len(s)) {
				t.Errorf("%s read as %s: %d times its size", name, what, n/uint64(len(s)))
			}
		}
	}
}
