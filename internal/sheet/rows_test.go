package sheet

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"
)

// one reads a list of one person and gives the record.
func one(t *testing.T, rows [][]any, change ...func(*Options)) Record {
	t.Helper()
	records, skipped := open(t, "ds.xlsx", xlsx(t, rows), change...).Rows()
	if len(records) != 1 {
		t.Fatalf("got %d records, skipped %v", len(records), skipped)
	}
	return records[0]
}

func wantFields(t *testing.T, r Record, want map[string]string) {
	t.Helper()
	for f, v := range want {
		if r.Fields[f] != v {
			t.Errorf("%s: got %q, want %q (problems %v)", f, r.Fields[f], v, r.Problems)
		}
	}
}

func offers(r Record) string {
	var out []string
	for _, o := range r.Repairs {
		out = append(out, fmt.Sprintf("%s %s: %s>%s", o.Why, o.Field, o.From, o.To))
	}
	return strings.Join(out, "; ")
}

func reasons(skipped []SkippedRow) string {
	var out []string
	for _, s := range skipped {
		out = append(out, fmt.Sprintf("%d %s", s.Line, s.Reason))
	}
	return strings.Join(out, ", ")
}

func TestAListWithTitlesGroupsTotalsAndSignaturesGivesItsPeople(t *testing.T) {
	data := xlsx(t, [][]any{
		{"LIÊN ĐOÀN LAO ĐỘNG TỈNH BÌNH DƯƠNG", nil, nil, nil, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"},
		{"CĐCS CÔNG TY TNHH MAY MẶC"},
		{},
		{"DANH SÁCH ĐOÀN VIÊN"},
		{"STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD"},
		{"(1)", "(2)", "(3)", "(4)", "(5)"},
		{"I. Phân xưởng 1"},
		{1, "Nguyễn Văn An", "25/12/1990", "Nam", "079090012345"},
		{2, "Trần Thị Bé", "1985", "Nữ", "079185012345"},
		{"II", "Phân xưởng 2"},
		{"STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD"},
		{1, "Lê Công Cường", "05/1979", "nam", nil},
		{2, "Cộng Văn Dũng", nil, nil, nil},
		{3},
		{nil, "Tổng cộng: 4 đoàn viên"},
		{nil, nil, nil, "Bình Dương, ngày 5 tháng 3 năm 2026"},
		{nil, "Người lập biểu", nil, "TM. BAN CHẤP HÀNH"},
		{nil, "Phạm Thị Hoa", nil, "Võ Văn Kiệt"},
	}, func(f *excelize.File) {
		must(t, f.MergeCell("Sheet1", "A4", "E4"))
		must(t, f.MergeCell("Sheet1", "A7", "E7"))
	})
	records, skipped := open(t, "ds.xlsx", data).Rows()
	if got := names(records); got != "Nguyễn Văn An, Trần Thị Bé, Lê Công Cường, Cộng Văn Dũng" {
		t.Fatalf("got %q", got)
	}
	wantFields(t, records[1], map[string]string{"department": "Phân xưởng 1", "birth_date": "1985", "gender": "female"})
	wantFields(t, records[2], map[string]string{"department": "Phân xưởng 2", "birth_date": "1979-05", "gender": "male"})
	want := "1 title, 2 title, 4 title, 5 header, 6 column_numbers, 7 group, 10 group, 11 header_again, 14 blank, 15 total, 16 signature, 17 signature, 18 signature"
	if got := reasons(skipped); got != want {
		t.Errorf("skipped\n got %s\nwant %s", got, want)
	}
	if records[0].Line != 8 {
		t.Errorf("line %d", records[0].Line)
	}
}

func TestATwoRowHeaderWithMergedCellsIsOneHeader(t *testing.T) {
	data := xlsx(t, [][]any{
		{"TT", "Họ và tên", nil, "Năm sinh", nil, "Căn cước công dân", nil, nil, "Công đoàn", nil},
		{nil, "Họ đệm", "Tên", "Nam", "Nữ", "Số", "Ngày cấp", "Nơi cấp", "Chức vụ", "Ngày vào"},
		{1, "Nguyễn Văn", "An", "25/12/1990", nil, "079090012345", "01/02/2021", "Cục CS", "Tổ trưởng", "5/2015"},
		{2, "Trần Thị", "Bé", nil, 1985, "079185012345", nil, nil, nil, nil},
	}, func(f *excelize.File) {
		for _, m := range [][2]string{{"A1", "A2"}, {"B1", "C1"}, {"D1", "E1"}, {"F1", "H1"}, {"I1", "J1"}} {
			must(t, f.MergeCell("Sheet1", m[0], m[1]))
		}
	})
	b := open(t, "ds.xlsx", data)
	records, _ := b.Rows()
	if got := names(records); got != "Nguyễn Văn An, Trần Thị Bé" {
		t.Fatalf("got %q, columns %+v", got, b.Columns)
	}
	wantFields(t, records[0], map[string]string{
		"gender": "male", "birth_date": "1990-12-25", "national_id": "079090012345", "national_id_date": "2021-02-01",
		"union_role": "Tổ trưởng", "joined_on": "2015-05",
	})
	wantFields(t, records[1], map[string]string{"gender": "female", "birth_date": "1985"})
	if u := b.Unknown(); len(u) != 1 || u[0].Head != "Căn cước công dân Nơi cấp" {
		t.Errorf("unknown columns: %+v", u)
	}
}

func TestNamAndNuAsColumnsOfMarksGiveTheGender(t *testing.T) {
	records, _ := open(t, "ds.xlsx", xlsx(t, [][]any{
		{"Họ tên", "Nam", "Nữ"}, {"An", "x", nil}, {"Bé", nil, "X"}, {"Chi", nil, nil}, {"Dư", "x", "x"},
	})).Rows()
	got := []string{}
	for _, r := range records {
		got = append(got, r.Fields["gender"])
	}
	if !slices.Equal(got, []string{"male", "female", "", "male"}) || len(records[3].Problems) != 1 || !records[3].Problems[0].Fatal {
		t.Errorf("got %v, problems %v", got, records[3].Problems)
	}
}

func TestASingleColumnNuOffersMaleForItsBlanks(t *testing.T) {
	rows := [][]any{{"Họ tên", "Nữ (x)"}, {"Trần Bé", "x"}, {"Lê An", nil}}
	records, _ := open(t, "ds.xlsx", xlsx(t, rows)).Rows()
	if records[1].Fields["gender"] != "" || offers(records[1]) != "blank_is_male gender: >male" {
		t.Errorf("not asked: %v %s", records[1].Fields, offers(records[1]))
	}
	records, _ = open(t, "ds.xlsx", xlsx(t, rows), repair).Rows()
	if records[0].Fields["gender"] != "female" || records[1].Fields["gender"] != "male" {
		t.Errorf("taken: %v", records)
	}
}

func TestNumbersThatLostTheirZerosAreOfferedBack(t *testing.T) {
	rows := [][]any{
		{"Họ tên", "CCCD", "Điện thoại", "Số sổ BHXH"},
		{"Lê An", 79090012345, 912345678, 112345678},
	}
	r := one(t, rows)
	wantFields(t, r, map[string]string{"national_id": "79090012345", "phone": "912345678", "insurance_no": "112345678"})
	if len(r.Repairs) != 3 || len(r.Problems) != 3 || r.Problems[0].Fatal {
		t.Errorf("offers %s, problems %v", offers(r), r.Problems)
	}
	r = one(t, rows, repair)
	wantFields(t, r, map[string]string{"national_id": "079090012345", "phone": "0912345678", "insurance_no": "0112345678"})
	if len(r.Problems) != 0 {
		t.Errorf("a taken offer leaves no remark: %v", r.Problems)
	}
	r = one(t, rows, repair, func(o *Options) { o.Only = []string{"all_capitals"} })
	wantFields(t, r, map[string]string{"national_id": "79090012345"})
}

func TestATwelveDigitNumberKeepsAllItsDigits(t *testing.T) {
	r := one(t, [][]any{{"Họ tên", "CCCD"}, {"Lê An", 123456789012.0}})
	wantFields(t, r, map[string]string{"national_id": "123456789012"})
}

func TestANumberTypedAsAPowerOfTenIsAnError(t *testing.T) {
	r := one(t, [][]any{{"Họ tên", "CCCD"}, {"Lê An", "1.23457E+11"}})
	if len(r.Problems) != 1 || !r.Problems[0].Fatal || r.Problems[0].Code != "digits_lost" {
		t.Errorf("problems %v", r.Problems)
	}
}

func TestDatesAreReadFromTextSerialsYearsAndNumbers(t *testing.T) {
	records, _ := open(t, "ds.xlsx", xlsx(t, [][]any{
		{"Họ tên", "Ngày sinh"},
		{"A1", time.Date(1990, 12, 25, 0, 0, 0, 0, time.UTC)},
		{"A2", 1985}, {"A3", "1/2/90"}, {"A4", "12-5-1985"}, {"A5", 5.1985}, {"A6", 33232}, {"A7", 5121990}, {"A8", "31/02/1990"}, {"A9", "25/12/2090"},
	})).Rows()
	want := []string{"1990-12-25", "1985", "1990-02-01", "1985-05-12", "1985-05", "1990-12-25", "1990-12-05", "", ""}
	for i, r := range records {
		if r.Fields["birth_date"] != want[i] {
			t.Errorf("%s: got %q, want %q, problems %v", r.Fields["full_name"], r.Fields["birth_date"], want[i], r.Problems)
		}
	}
	if records[0].Raw[1] != "25/12/1990" {
		t.Errorf("a date is shown as %q", records[0].Raw[1])
	}
	if p := records[7].Problems; len(p) == 0 || !p[len(p)-1].Fatal {
		t.Errorf("a day that never was: %v", p)
	}
}

func TestAYearTypedIntoADateCellIsAYear(t *testing.T) {
	data := xlsx(t, [][]any{{"Họ tên", "Ngày sinh"}, {"Lê An", 1985}}, func(f *excelize.File) {
		s, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "B2", "B2", s))
	})
	records, _ := open(t, "ds.xlsx", data).Rows()
	wantFields(t, records[0], map[string]string{"birth_date": "1985"})
}

func TestAColumnOfAmericanDatesIsOfferedTheOtherWay(t *testing.T) {
	rows := [][]any{{"Họ tên", "Ngày sinh"}, {"Lê An", "12/25/1990"}, {"Lê Bé", "3/4/1991"}}
	records, _ := open(t, "ds.xlsx", xlsx(t, rows)).Rows()
	if records[0].Fields["birth_date"] != "1990-12-25" || records[1].Fields["birth_date"] != "1991-04-03" || offers(records[1]) != "us_date birth_date: 1991-04-03>1991-03-04" {
		t.Errorf("got %v, offers %s", records, offers(records[1]))
	}
	records, _ = open(t, "ds.xlsx", xlsx(t, rows), repair).Rows()
	wantFields(t, records[1], map[string]string{"birth_date": "1991-03-04"})
}

func TestDatesThatExcelSwappedAreOfferedBack(t *testing.T) {
	day := func(m, d int) time.Time { return time.Date(1990, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	rows := [][]any{{"Họ tên", "Ngày sinh"}, {"A", "25/12/1990"}, {"B", day(3, 4)}, {"C", day(11, 2)}}
	records, _ := open(t, "ds.xlsx", xlsx(t, rows), repair).Rows()
	if records[1].Fields["birth_date"] != "1990-04-03" || records[2].Fields["birth_date"] != "1990-02-11" {
		t.Errorf("got %v", records)
	}
}

func TestATCVN3ColumnIsConvertedWhenAsked(t *testing.T) {
	rows := [][]any{
		{"STT", "Hä vµ tªn", "D©n téc", "Giíi tÝnh"},
		{1, "NguyÔn V¨n §µo", "Kinh", "Nam"}, {2, "TrÇn ThÞ Hµ", "M\u00adêng", "N÷"}, {3, "L\u00ad¬ng V¨n ¸nh", "Th¸i", "Nam"},
	}
	b := open(t, "ds.xlsx", xlsx(t, rows))
	records, _ := b.Rows()
	if c := b.Columns[1]; c.Encoding != "TCVN3" || c.Sample != "Nguyễn Văn Đào" {
		t.Errorf("column %+v", c)
	}
	if records[0].Fields["full_name"] != "NguyÔn V¨n §µo" || offers(records[0]) != "from_tcvn3 full_name: NguyÔn V¨n §µo>Nguyễn Văn Đào" {
		t.Errorf("not asked: %v %s", records[0].Fields, offers(records[0]))
	}
	records, _ = open(t, "ds.xlsx", xlsx(t, rows), repair).Rows()
	if got := names(records); got != "Nguyễn Văn Đào, Trần Thị Hà, Lương Văn Ánh" {
		t.Errorf("got %q", got)
	}
	wantFields(t, records[1], map[string]string{"gender": "female", "ethnicity": "Mường"})
}

func TestAFontTellsTheEncodingOfAFewWords(t *testing.T) {
	data := xlsx(t, [][]any{{"Họ tên", "Năm sinh"}, {"lª hïng", 1990}}, func(f *excelize.File) {
		s, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Family: ".VnTimeH"}})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "A2", "A2", s))
	})
	records, _ := open(t, "ds.xlsx", data, repair).Rows()
	wantFields(t, records[0], map[string]string{"full_name": "Lê Hùng"})
	if got := offers(records[0]); got != "from_tcvn3 full_name: lª hïng>LÊ HÙNG; all_capitals full_name: LÊ HÙNG>Lê Hùng" {
		t.Errorf("offers %s", got)
	}
}

func TestNamesInCapitalsAndDecomposedTextAreMended(t *testing.T) {
	r := one(t, [][]any{{"Họ tên", "Địa chỉ"}, {norm.NFD.String("NGUYỄN  THỊ\u00a0THỦY"), norm.NFD.String("Đường Lê Lợi")}})
	wantFields(t, r, map[string]string{"full_name": "NGUYỄN THỊ THỦY", "address": "Đường Lê Lợi"})
	if offers(r) != "all_capitals full_name: NGUYỄN THỊ THỦY>Nguyễn Thị Thủy" {
		t.Errorf("offers %s", offers(r))
	}
	r = one(t, [][]any{{"Họ tên", "Năm sinh"}, {"Ðặng Văn An", 1990}}, repair)
	wantFields(t, r, map[string]string{"full_name": "Đặng Văn An"})
}

func TestFamilyAndGivenNamesInTwoColumnsAreOneName(t *testing.T) {
	for name, head := range map[string][]any{
		"Họ đệm and Tên":                   {"Họ và tên đệm", "Tên", "Năm sinh"},
		"Họ và tên over a nameless column": {"Họ và tên", nil, "Năm sinh"},
		"Họ và tên and Tên":                {"Họ và tên", "Tên", "Năm sinh"},
	} {
		t.Run(name, func(t *testing.T) {
			data := xlsx(t, [][]any{head, {"Nguyễn Thị", "Bé", 1990}}, func(f *excelize.File) {
				if head[1] == nil {
					must(t, f.MergeCell("Sheet1", "A1", "B1"))
				}
			})
			records, _ := open(t, "ds.xlsx", data).Rows()
			wantFields(t, records[0], map[string]string{"full_name": "Nguyễn Thị Bé"})
		})
	}
	r := one(t, [][]any{{"Họ và tên", "Tên", "Năm sinh"}, {"Nguyễn Thị Bé", "Bé", 1990}})
	wantFields(t, r, map[string]string{"full_name": "Nguyễn Thị Bé"})
}

func TestADepartmentMergedDownItsPeopleReachesEachOfThem(t *testing.T) {
	data := xlsx(t, [][]any{{"Đơn vị", "Họ tên", "Năm sinh"}, {"Chuyền 1", "Lê An", 1990}, {nil, "Lê Bé", 1991}, {"Chuyền 2", "Lê Chi", 1992}}, func(f *excelize.File) {
		must(t, f.MergeCell("Sheet1", "A2", "A3"))
	})
	records, _ := open(t, "ds.xlsx", data).Rows()
	wantFields(t, records[1], map[string]string{"department": "Chuyền 1"})
	wantFields(t, records[2], map[string]string{"department": "Chuyền 2"})
}

func TestMoneyCoefficientsAndWordsAreReadAsPeopleWriteThem(t *testing.T) {
	r := one(t, [][]any{
		{"Họ tên", "Lương", "HSL", "Tôn giáo", "Dân tộc", "Trạng thái", "Chức vụ công đoàn", "Email"},
		{"Lê An", "5,000,000", 2.34, "Ko", "Khơ-me", "Nghỉ thai sản", "Ủy viên BCH", "an@example.vn"},
	})
	wantFields(t, r, map[string]string{
		"wage_base": "5000000", "wage_coef": "2.34", "religion": "Không", "ethnicity": "Khmer", "status": "maternity",
		"union_role": "Ủy viên BCH", "email": "an@example.vn",
	})
	r = one(t, [][]any{{"Họ tên", "Lương"}, {"Lê An", 2.34}})
	wantFields(t, r, map[string]string{"wage_coef": "2.34", "wage_base": ""})
}

func TestARowWithoutANameIsAnErrorNotALoss(t *testing.T) {
	r := one(t, [][]any{{"STT", "Họ tên", "Ngày sinh", "CCCD"}, {1, nil, "25/12/1990", "079090012345"}})
	if len(r.Problems) != 1 || r.Problems[0].Code != "name_missing" || !r.Problems[0].Fatal {
		t.Errorf("problems %v", r.Problems)
	}
}

func TestUnknownColumnsAreReported(t *testing.T) {
	b := open(t, "ds.csv", []byte("STT,Họ tên,Năm sinh,Cỡ áo,Trống\n1,Lê An,1990,XL,\n"))
	if u := b.Unknown(); len(u) != 1 || u[0].Head != "Cỡ áo" {
		t.Errorf("unknown %+v", u)
	}
}

func TestAFormulaThatFailedIsAnError(t *testing.T) {
	r := one(t, [][]any{{"Họ tên", "CCCD"}, {"Lê An", "#N/A"}})
	if len(r.Problems) != 1 || r.Problems[0].Code != "cell_error" {
		t.Errorf("problems %v", r.Problems)
	}
}

func TestTheFingerprintAndTheKeysOutliveASaving(t *testing.T) {
	rows := [][]any{{"STT", "Họ tên", "Năm sinh"}, {1, "Lê An", 1990}, {2, "Lê An", 1990}, {3, "Lê Bé", 1991}}
	a := open(t, "a.xlsx", xlsx(t, rows))
	b := open(t, "b.xlsx", xlsx(t, rows, func(f *excelize.File) { must(t, f.SetColWidth("Sheet1", "A", "A", 30)) }))
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("another width is no other list")
	}
	ra, _ := a.Rows()
	rb, _ := open(t, "c.xlsx", xlsx(t, slices.Insert(slices.Clone(rows), 1, []any{1, "Vũ Dần", 1980}))).Rows()
	if ra[0].Key == ra[1].Key || ra[0].Key != rb[1].Key || ra[2].Key != rb[3].Key {
		t.Errorf("keys %v and %v", ra, rb)
	}
}

func TestFaultyRowsComeBackToBeMendedAndImported(t *testing.T) {
	data := xlsx(t, [][]any{
		{"Danh sách"},
		{"TT", "Họ và tên", "Năm sinh", nil, "CCCD"},
		{nil, nil, "Nam", "Nữ", nil},
		{"I. Phân xưởng 1"},
		{1, "Lê An", time.Date(1990, 12, 25, 0, 0, 0, 0, time.UTC), nil, "1.2E+11"},
		{"II. Phân xưởng 2"},
		{1, "Lê Bé", nil, 1991, "079190012345"},
		{2, "Lê Chi", nil, 1992, "x"},
	}, func(f *excelize.File) {
		for _, m := range [][2]string{{"A2", "A3"}, {"B2", "B3"}, {"C2", "D2"}, {"E2", "E3"}} {
			must(t, f.MergeCell("Sheet1", m[0], m[1]))
		}
	})
	for _, ext := range []string{".xlsx", ".csv"} {
		t.Run(ext, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "errors"+ext)
			must(t, WriteErrors(t.Context(), Target{Path: out}, open(t, "ds.xlsx", data), map[int]string{5: "CCCD đã mất chữ số", 8: "CCCD sai"}))
			b, err := Open(out, Options{Year: 2026})
			must(t, err)
			records, _ := b.Rows()
			if got := names(records); got != "Lê An, Lê Chi" {
				t.Fatalf("got %q; %+v", got, b.Columns)
			}
			wantFields(t, records[0], map[string]string{"department": "Phân xưởng 1", "birth_date": "1990-12-25", "gender": "male"})
			wantFields(t, records[1], map[string]string{"department": "Phân xưởng 2", "birth_date": "1992", "gender": "female"})
			if records[0].Raw[0] != "CCCD đã mất chữ số" || len(b.Unknown()) != 0 {
				t.Errorf("row %v, unknown %v", records[0].Raw, b.Unknown())
			}
			// A second round must not pile up columns of reasons.
			again := filepath.Join(t.TempDir(), "again"+ext)
			must(t, WriteErrors(t.Context(), Target{Path: again}, b, map[int]string{records[0].Line: "vẫn sai"}))
			b, err = Open(again, Options{Year: 2026})
			must(t, err)
			if len(b.Columns) != 6 {
				t.Errorf("%d columns", len(b.Columns))
			}
		})
	}
}

func TestAnErrorWorkbookOfALegacyListIsStillReadable(t *testing.T) {
	rows := [][]any{{"Họ tên", "Năm sinh"}, {"NguyÔn V¨n §µo", 1990}, {"Lª Hïng", 1991}, {"TrÇn ThÞ Hµ", 1992}}
	out := filepath.Join(t.TempDir(), "e.xlsx")
	must(t, WriteErrors(t.Context(), Target{Path: out}, open(t, "ds.xlsx", xlsx(t, rows)), map[int]string{3: "?"}))
	b, err := Open(out, Options{Year: 2026, Repair: true})
	must(t, err)
	records, _ := b.Rows()
	wantFields(t, records[0], map[string]string{"full_name": "Lê Hùng"})
}
