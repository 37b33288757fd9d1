package viet_test

import (
	"testing"

	"dongbo/internal/viet"

	"pgregory.net/rapid"
)

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		name     string
		enc      viet.Encoding
		in, want string
	}{
		{"TCVN3 prose", viet.TCVN3, "C«ng v¨n cña bé tµi chÝnh", "Công văn của bộ tài chính"},
		{"TCVN3 names", viet.TCVN3, "NguyÔn ThÞ §µo", "Nguyễn Thị Đào"},
		{"TCVN3 with the soft hyphen for ư", viet.TCVN3, "L\u00ad¬ng", "Lương"},
		{"TCVN3 with what programs make of its signs", viet.TCVN3, "§oμn L−u", "Đoàn Lưu"},
		{"TCVN3 whose plain letters are capitals", viet.TCVN3, "NGUYÔN V¡N Hµ", "NGUYỄN VĂN HÀ"},
		{"a short name is not made capitals", viet.TCVN3, "Vò Hµ", "Vũ Hà"},
		{"a capital font makes capitals", viet.TCVN3Caps, "nguyÔn v¨n hµ", "NGUYỄN VĂN HÀ"},
		{"VNI prose", viet.VNI, "Xin chaøo caùc baïn", "Xin chào các bạn"},
		{"VNI names", viet.VNI, "Nguyeãn Thò Ñaëng Hoàng Öông Duõng", "Nguyễn Thị Đặng Hồng Ương Dũng"},
		{"VNI capitals", viet.VNI, "TRAÀN VAÊN ÑÖÙC", "TRẦN VĂN ĐỨC"},
		{"a cell in Unicode among them stays", viet.VNI, "Đặng Hoàng", "Đặng Hoàng"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := viet.Convert(c.enc, c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want viet.Encoding
	}{
		{"a Unicode column is left alone", []string{"Nguyễn Hoàng", "Trần Văn Hoà", "Đặng Thị Quý"}, viet.Unicode},
		{"so is one of words that Latin letters can write", []string{"Hoàng", "Hà", "Lê", "Quý", "Bình"}, viet.Unicode},
		{"a TCVN3 column is seen", []string{"NguyÔn V¨n Hµ", "TrÇn ThÞ §µo", "Lª Hïng"}, viet.TCVN3},
		{"a VNI column is seen", []string{"Nguyeãn Vaên Haø", "Traàn Thò Ñaøo", "Leâ Huøng"}, viet.VNI},
		{"names without marks say nothing", []string{"Nguyen Van An"}, viet.Unicode},
		{"nothing says nothing", nil, viet.Unicode},
		{"highland names are not taken for another encoding", []string{"H'Hen Niê", "Y Bliă Êban", "K'Brêu"}, viet.Unicode},
		{"one late Unicode cell does not hide the rest", []string{"NguyÔn V¨n Hµ", "TrÇn ThÞ §µo", "Đặng Văn Lâm", "Lª Hïng", "Vò §øc"}, viet.TCVN3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, score := viet.Detect(c.in); got != c.want {
				t.Errorf("got %q (%.2f), want %q", got, score, c.want)
			}
		})
	}
}

func TestEncodingOfFont(t *testing.T) {
	for font, want := range map[string]viet.Encoding{
		".VnTime": viet.TCVN3, ".VnTimeH": viet.TCVN3Caps, ".VnArial NarrowH": viet.TCVN3Caps,
		"VNI-Times": viet.VNI, "Times New Roman": viet.Unicode, "": viet.Unicode,
	} {
		if got := viet.EncodingOfFont(font); got != want {
			t.Errorf("%q: got %q, want %q", font, got, want)
		}
	}
}

func TestConvertLeavesPlainTextAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("abcXYZ 019-/.@"))).Draw(t, "s")
		for _, enc := range []viet.Encoding{viet.TCVN3, viet.VNI} {
			if got := viet.Convert(enc, s); got != s {
				t.Fatalf("%s made %q of %q", enc, got, s)
			}
		}
	})
}
