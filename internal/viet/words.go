package viet

import (
	"strconv"
	"strings"
	"unicode"
)

// wordKey reduces a word to its letters and digits, so that Ê-đê, Ê Đê and
// "ede" are one.
func wordKey(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Fold(s))
}

// Gender reads a gender as lists write it and gives "male", "female" or
// "other". The codes 1 and 2 are those of the state's forms; 0 is read by some
// as Nữ and by others as unknown, so it is not read at all.
func Gender(text string) (gender string, ok bool) {
	switch wordKey(text) {
	case "nam", "m", "male", "trai", "ong", "1", "namgioi":
		return "male", true
	case "nu", "f", "female", "gai", "ba", "2", "nugioi", "co":
		return "female", true
	case "khac", "other", "gioitinhkhac", "3":
		return "other", true
	}
	return "", false
}

// ethnicityNames gives the 54 names of the state list and the spellings that
// occur for them. The state has numbered them in two ways that disagree, so
// the name itself is what is stored.
const ethnicityNames = `Kinh=Việt;Tày=Thổ Tày;Thái;Hoa=Hán,Người Hoa;Khmer=Khơ-me,Miên,Khơme Krôm,Khmer Krom;Mường;Nùng;
H'Mông=Mông,Hmông,Mèo,Mẹo;Dao=Mán;Gia Rai=Jarai,Giarai,Jrai;Ngái;Ê Đê=Rhade,Rađê,Ede;Ba Na=Bahnar,Bana;Xơ Đăng=Sedang,Xê Đăng;
Sán Chay=Cao Lan,Sán Chí,Cao Lan - Sán Chí;Cơ Ho=K'ho,Kơ Ho;Chăm=Chàm;Sán Dìu;Hrê;Mnông=M'nông;Ra Glai=Raglay,Raglây;Xtiêng=X'tiêng,Stiêng,S'tiêng;
Bru - Vân Kiều=Vân Kiều,Bru;Thổ;Giáy=Nhắng;Cơ Tu=Cà tu,Katu;Gié - Triêng=Giẻ Triêng,Giẻ - Triêng;Mạ=Châu Mạ;Khơ Mú;Co=Cor;Tà Ôi=Tôi Ôi,Pa Cô;
Chơ Ro=Châu Ro;Kháng;Xinh Mun;Hà Nhì;Chu Ru;Lào;La Chí;La Ha;Phù Lá;La Hủ;Lự;Lô Lô;Chứt;Mảng;Pà Thẻn;Cơ Lao;Cống;Bố Y;Si La;Pu Péo;Brâu;Ơ Đu;
Rơ Măm;Người nước ngoài=Nước ngoài,Ngoại quốc`

const religionNames = `Không=Ko,K,0,Lương,Không có,Không tôn giáo,Không theo đạo,None,No,Đạo ông bà,Thờ cúng tổ tiên;
Phật giáo=Phật,Đạo Phật,PG;Công giáo=Thiên chúa,Thiên chúa giáo,Đạo Thiên chúa,Đạo,Kitô,Kitô giáo,Ki tô,TCG,CG,Công giáo La Mã;
Tin Lành=Đạo Tin lành,TL;Cao Đài=Đạo Cao đài,Caodai;Hòa Hảo=Phật giáo Hòa Hảo,PG Hòa Hảo,PGHH,Phật giáo Hoà Hảo;
Hồi giáo=Islam,Đạo Hồi,Hồi;Tứ Ân Hiếu Nghĩa;Bửu Sơn Kỳ Hương;Tịnh độ cư sĩ=Tịnh độ cư sĩ Phật hội;Bà-la-môn=Bà la môn,Balamon;
Baha'i=Bahai;Cơ đốc Phục lâm;Mặc môn=Mormon;Minh Sư đạo=Minh sư;Minh Lý đạo=Minh lý;Khác=Tôn giáo khác`

var (
	ethnicities = aliasTable(ethnicityNames)
	religions   = aliasTable(religionNames)
)

func aliasTable(text string) map[string]string {
	table := map[string]string{}
	for _, entry := range strings.Split(text, ";") {
		name, aliases, _ := strings.Cut(strings.TrimSpace(entry), "=")
		for _, a := range append(strings.Split(aliases, ","), name) {
			if k := wordKey(a); k != "" {
				table[k] = name
			}
		}
	}
	return table
}

// Ethnicity gives the name under which an ethnic group is stored; a name that
// is not known comes back clean, with ok false.
func Ethnicity(text string) (name string, ok bool) {
	key := wordKey(text)
	if name, ok = ethnicities[strings.TrimPrefix(key, "dantoc")]; ok {
		return name, true
	}
	return Clean(text), false
}

// Religion gives the name under which a religion is stored; the many ways to
// write "none" are Không.
func Religion(text string) (name string, ok bool) {
	if strings.Trim(Clean(text), "-–/.") == "" && Clean(text) != "" {
		return "Không", true
	}
	if name, ok = religions[wordKey(text)]; ok {
		return name, true
	}
	return Clean(text), false
}

var moneyUnits = []struct {
	suffix string
	factor float64
}{
	{"trieudong", 1e6}, {"trieu", 1e6}, {"tr", 1e6}, {"nghindong", 1e3}, {"ngandong", 1e3}, {"nghin", 1e3}, {"ngan", 1e3}, {"k", 1e3}, {"vnd", 1}, {"dong", 1}, {"d", 1}, {"₫", 1}, {"", 1},
}

// Money reads an amount in đồng: 5,000,000 and 1.234.567 and 5tr and 5tr5.
// One separator before exactly three digits parts thousands; a đồng has no
// parts, so any other fraction that remains is an error.
func Money(text string) (int64, error) {
	s := strings.ReplaceAll(Fold(text), " ", "")
	if s == "" {
		return 0, FlawEmpty
	}
	if head, tail, found := strings.Cut(s, "tr"); found && isDigits(head) && isDigits(tail) {
		s = head + "." + tail + "tr" // 5tr5 is five and a half million
	}
	for _, u := range moneyUnits {
		number, found := strings.CutSuffix(s, u.suffix)
		if !found {
			continue
		}
		f, err := decimal(number, u.factor == 1)
		if err != nil {
			return 0, err
		}
		f *= u.factor
		if f < 0 || f > 1e15 {
			return 0, FlawRange
		}
		if f != float64(int64(f+0.5)) && u.factor == 1 {
			return 0, FlawFraction
		}
		return int64(f + 0.5), nil
	}
	return 0, FlawNotNumber
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// decimal reads a number with Vietnamese or English separators. The separator
// that stands last is the decimal one, unless it stands more than once or,
// with grouped, before exactly three digits.
func decimal(s string, grouped bool) (float64, error) {
	dot, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	at, sep := dot, "."
	if comma > dot {
		at, sep = comma, ","
	}
	if at >= 0 {
		tail := s[at+1:]
		both := dot >= 0 && comma >= 0
		whole := strings.Count(s, sep) > 1 || grouped && !both && len(tail) == 3
		head := strings.NewReplacer(".", "", ",", "").Replace(s[:at])
		if whole {
			s = head + tail
		} else {
			s = head + "." + tail
		}
	}
	if s == "" || strings.Trim(s, "0123456789.e+") != "" {
		return 0, FlawNotNumber
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, FlawNotNumber
	}
	return f, nil
}

// Coefficient reads a wage coefficient such as 2,34 or 2.34.
func Coefficient(text string) (float64, error) {
	s := Clean(text)
	if s == "" {
		return 0, FlawEmpty
	}
	f, err := decimal(s, false)
	if err != nil {
		return 0, err
	}
	if f > 20 {
		return 0, FlawRange
	}
	// A spreadsheet's 2.34 may come as 2.3399999999999999.
	if f = float64(int64(f*1e4+0.5)) / 1e4; f <= 0 {
		return 0, FlawRange
	}
	return f, nil
}
