package viet_test

import (
	"bytes"
	"math/rand"
	"sort"
	"strings"
	"sync"
	"testing"

	"dongbo/internal/viet"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays as it is", "Nguyen Van An", "Nguyen Van An"},
		{"decomposed text is composed", norm.NFD.String("Nguyễn Thị Thủy"), "Nguyễn Thị Thủy"},
		{"non-breaking spaces become spaces", "Lê\u00a0\u00a0Văn\tAn", "Lê Văn An"},
		{"zero width characters vanish", "\ufeffLê\u200b An\u200d", "Lê An"},
		{"spaces at the ends vanish", "  Lê \r\n An  ", "Lê An"},
		{"a tone typed before the circumflex still composes", "Tro\u0301\u0302n", "Trốn"},
		{"the tone marks that Unicode withdrew still compose", "a\u0341", "á"},
		{"a broken byte becomes the replacement character", "L\xea", "L\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := viet.Clean(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"đ folds to d", "ĐẶNG Đình Đức", "dang dinh duc"},
		{"decomposed text folds the same", norm.NFD.String("Nguyễn Thị Ánh"), "nguyen thi anh"},
		{"the Icelandic eth is taken for đ", "Ðặng", "dang"},
		{"every apostrophe is one", "H’Hen Niê", "h'hen nie"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := viet.Fold(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestToneKey(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"hòa and hoà are one word", "Hòa", "Hoà", true},
		{"thúy and thuý are one word", "Thúy", "Thuý", true},
		{"khỏe and khoẻ are one word", "khỏe", "khoẻ", true},
		{"quý and qúy are one word", "Quý", "Qúy", true},
		{"Huế and Húê are one word", "Huế", "Húê", true},
		{"capitals do not matter", "THÚY", "Thuý", true},
		{"other tones stay other words", "Hòa", "Hóa", false},
		{"mùa is not mua", "mùa", "mua", false},
		{"lý and lí stay apart", "Lý", "Lí", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := viet.ToneKey(c.a) == viet.ToneKey(c.b); got != c.same {
				t.Errorf("%q and %q: keys %q and %q", c.a, c.b, viet.ToneKey(c.a), viet.ToneKey(c.b))
			}
		})
	}
}

func TestNames(t *testing.T) {
	f, m, g := viet.SplitName(" Nguyễn  Thị Thu Hà ")
	if f != "Nguyễn" || m != "Thị Thu" || g != "Hà" {
		t.Errorf("split gave %q %q %q", f, m, g)
	}
	if _, _, g := viet.SplitName("K'Brêu"); g != "K'Brêu" {
		t.Errorf("one word is a given name, got %q", g)
	}
	if n := viet.JoinName("Nguyễn Thị ", " Hà"); n != "Nguyễn Thị Hà" {
		t.Errorf("join gave %q", n)
	}
	for _, c := range []struct{ name, in, want string }{
		{"capitals get their usual form", "NGUYỄN THỊ ĐÀO", "Nguyễn Thị Đào"},
		{"small letters too", "trần văn ơn", "Trần Văn Ơn"},
		{"H'Hen keeps its second capital", "H'HEN NIÊ", "H'Hen Niê"},
		{"K’Brêu keeps its own apostrophe", "K’BRÊU", "K’Brêu"},
		{"a single letter name stands", "Y BLIĂ NIÊ", "Y Bliă Niê"},
		{"a mixed name stays as typed", "Nguyễn McDonald", "Nguyễn McDonald"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, changed := viet.TitleName(c.in)
			if got != c.want || changed != (c.in != c.want) {
				t.Errorf("got %q %v, want %q", got, changed, c.want)
			}
		})
	}
}

func TestLint(t *testing.T) {
	for _, c := range []struct{ name, in, odd string }{
		{"a Vietnamese name is clean", "Nguyễn Thị Thủy Đường Ỹ", ""},
		{"highland names are clean", "H'Hen Niê Kđăm Čư Ƀak", ""},
		{"a Greek mu tells of a scanned list", "Đoμn", "μ"},
		{"a question mark tells of a lost letter", "Nguy?n", "?"},
		{"an eth is not a đ", "Ðặng", "Ð"},
		{"a digit does not belong in a name", "Nguyễn Văn An 2", "2"},
		{"TCVN3 signs show", "§Æng V¨n", "§Æ¨"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(viet.Lint(c.in)); got != c.odd {
				t.Errorf("got %q, want %q", got, c.odd)
			}
		})
	}
	if s, ok := viet.MendLookAlikes("Ðặng Hоà"); !ok || s != "Đặng Hoà" {
		t.Errorf("look-alikes gave %q", s)
	}
}

func TestSortKeyOrdersByGivenNameThenFamily(t *testing.T) {
	want := []string{
		"Lê Văn Anh", "Phạm Văn Anh", "Võ Thị Anh", "Bùi Văn Ảnh", "Lê Thị Ánh", "Trần Văn Ánh", "Lê Thị Ạnh",
		"Lê Thị Ăn", "Lê Văn Dương", "An Văn Đạt", "LÊ ĐỨC HOÀ", "Lê Văn Hòa", "Nguyễn Đức Hoà", "Nguyễn Thị Uyên",
	}
	got := append([]string(nil), want...)
	rand.New(rand.NewSource(1)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	sort.SliceStable(got, func(i, j int) bool {
		return bytes.Compare(viet.SortKey(got[i]), viet.SortKey(got[j])) < 0
	})
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestSortKeyMayBeMadeByManyAtOnce(t *testing.T) {
	want := viet.SortKey("Nguyễn Thị Thủy")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if !bytes.Equal(viet.SortKey("Nguyễn Thị Thủy"), want) {
					t.Error("keys differ")
				}
			}
		})
	}
	wg.Wait()
}

var words = rapid.SampledFrom([]string{
	"An", "Anh", "Ành", "Ảnh", "Ãnh", "Ánh", "Ạnh", "Ăn", "Ân", "Ấn", "Bảo", "Dung", "Dũng", "Đạt", "Đào", "Hà",
	"Hạ", "Lê", "Lệ", "Lý", "Mỹ", "Ngọc", "Nguyễn", "Ơn", "Thị", "Thi", "Thủy", "Uyên", "Ước", "Văn", "Vân", "Ý",
})

func TestSortKeyAgreesWithPairwiseCollation(t *testing.T) {
	col := collate.New(language.Vietnamese, collate.IgnoreCase)
	name := rapid.SliceOfN(words, 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b := strings.Join(name.Draw(t, "a"), " "), strings.Join(name.Draw(t, "b"), " ")
		fa, ma, ga := viet.SplitName(a)
		fb, mb, gb := viet.SplitName(b)
		want := col.CompareString(ga, gb)
		if want == 0 {
			want = col.CompareString(fa, fb)
		}
		if want == 0 {
			want = col.CompareString(ma, mb)
		}
		if got := bytes.Compare(viet.SortKey(a), viet.SortKey(b)); got != want {
			t.Fatalf("%q against %q: key order %d, collation %d", a, b, got, want)
		}
	})
}

func TestTextLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if f := viet.Fold(s); viet.Fold(f) != f {
			t.Fatalf("folding twice: %q then %q", f, viet.Fold(f))
		}
		if c := viet.Clean(s); viet.Clean(c) != c {
			t.Fatalf("cleaning twice: %q then %q", c, viet.Clean(c))
		}
		d := norm.NFD.String(s)
		if viet.Fold(s) != viet.Fold(d) || viet.ToneKey(s) != viet.ToneKey(d) || !bytes.Equal(viet.SortKey(s), viet.SortKey(d)) {
			t.Fatalf("composed and decomposed %q have other keys", s)
		}
		if n, _ := viet.TitleName(s); viet.Fold(n) != viet.Fold(s) {
			t.Fatalf("title case of %q is another name: %q", s, n)
		}
	})
}

func BenchmarkSortKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		viet.SortKey("Nguyễn Thị Thanh Thủy")
	}
}
