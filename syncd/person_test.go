package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// office is a world with one member in G1 that the province has too.
func (w *world) office() (a, p string) {
	w.t.Helper()
	a, p = w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "Phạm Văn Ước", "0901", "G1")
	w.sync(a, p)
	return a, p
}

func (w *world) says(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(out, s) {
			t.Errorf("%q is missing in:\n%s", s, out)
		}
	}
}

func TestConflictsNamePeopleAndComputersInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	a, p := w.office()
	w.says(t, w.ok("conflicts", "--replica", p, "--lang", "vi"), "Không có xung đột nào")
	w.exec(a, "UPDATE member SET gender = 'male', wage_base = 5300000, birth_date = '1990-04-03'")
	w.exec(p, "UPDATE member SET gender = 'female', wage_base = 5400000, birth_date = '1990-03-04'")
	w.sync(a, p)
	out := w.ok("conflicts", "--replica", p, "--lang", "vi")
	w.says(t, out, "đoàn viên Phạm Văn Ước", "Giới tính", "Nam", "Nữ", "5.300.000 đ", "5.400.000 đ", "03/04/1990", "04/03/1990", "máy ", "3 xung đột", "--take")
	for _, english := range []string{"male", "gender", "local", "server", "{"} {
		if strings.Contains(out, english) {
			t.Errorf("%q stands in Vietnamese output:\n%s", english, out)
		}
	}
}

func TestADeletionAgainstAnEditIsSettledEitherWay(t *testing.T) {
	for _, c := range []struct {
		name string
		how  []string
		left string
	}{
		{"kept by its word", []string{"--value", "giữ"}, "1"},
		{"deleted by its word", []string{"--value", "delete", "--why", "đã nghỉ"}, "0"},
		{"deleted by its number", []string{"--take", "1"}, "0"},
		{"kept by its number", []string{"--take", "2"}, "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a, p := w.office()
			w.exec(a, "UPDATE member SET notes = 'đề nghị hỗ trợ'")
			w.exec(p, "DELETE FROM member")
			w.sync(p, a, p)
			list := w.conflicts(p)
			if len(list) != 1 || list[0].Register != "alive" || list[0].Values[0].Value != 0.0 || list[0].Values[1].Value != 1.0 {
				t.Fatalf("%+v", list)
			}
			w.says(t, w.ok("conflicts", "--replica", p, "--lang", "vi"), "Xóa hay giữ", "1) xóa", "2) giữ lại")
			w.fails(exitFailed, "settle", "--replica", p, list[0].ID[:6], "--value", "có lẽ")
			w.ok(append([]string{"settle", "--replica", p, list[0].ID[:6]}, c.how...)...)
			w.sync(p, a)
			for _, f := range []string{a, p} {
				if got := w.query(f, "SELECT count(*) FROM member"); got != c.left || len(w.conflicts(f)) != 0 {
					t.Errorf("%s members, want %s; %d conflicts", got, c.left, len(w.conflicts(f)))
				}
			}
			w.agree(a, p)
		})
	}
}

func TestAGroupIsSettledWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	a, p := w.office()
	w.exec(a, "UPDATE member SET full_name = 'Phạm Văn Ước A', birth_date = '1990'")
	w.exec(p, "UPDATE member SET full_name = 'Phạm Văn Ước B', birth_date = '1991'")
	w.sync(a, p)
	list := w.conflicts(p)
	if len(list) != 1 || len(list[0].Differs) != 2 {
		t.Fatalf("%+v", list)
	}
	if v, ok := list[0].Values[0].Value.(map[string]any); !ok || v["full_name"] != "Phạm Văn Ước A" || v["birth_date"] != "1990" {
		t.Errorf("a group's value is no object: %+v", list[0].Values[0].Value)
	}
	settle := func(args ...string) []string { return append([]string{"settle", "--replica", p, list[0].ID}, args...) }
	w.fails(exitFailed, settle("--value", "x")...)
	w.says(t, w.fails(exitFailed, settle("--set", "full_name=Phạm Ước")...), "birth_date")
	w.fails(exitFailed, settle("--set", "full_name=", "--set", "birth_date=1990")...)
	w.fails(exitFailed, settle("--set", "full_name=x", "--set", "birth_date=31/02/1990")...)
	w.fails(exitFailed, settle("--set", "phone=1")...)
	w.fails(exitUsage, settle("--set", "full_name")...)
	w.fails(exitUsage, settle("--take", "1", "--value", "x")...)
	w.fails(exitFailed, "settle", "--replica", p, "ffffffff", "--take", "1")
	if len(w.conflicts(p)) != 1 {
		t.Fatal("a refused settling settled")
	}
	w.ok(settle("--set", "full_name=Phạm Ước", "--set", "birth_date=")...)
	if got := w.query(p, "SELECT full_name || coalesce(birth_date, '?') FROM member"); got != "Phạm Ước?" {
		t.Errorf("%s", got)
	}
}

func TestFindingsAndHistoryAreReadable(t *testing.T) {
	w := newWorld(t)
	a, p := w.office()
	w.exec(a, "UPDATE member SET phone = '0902', national_id = '079199000001'")
	w.exec(a, "INSERT INTO member (unit_id, full_name, national_id) SELECT id, 'Phạm Ước', '079199000001' FROM unit WHERE code = 'G1'")
	w.says(t, w.ok("findings", "--replica", a, "--lang", "vi"), "Trùng số CCCD: ", "Phạm Văn Ước (", "Phạm Ước (", "CĐCS Công ty A", "1 phát hiện", "máy chủ chưa xác nhận")
	w.sync(a, p)
	var list []findingJSON
	must(t, json.Unmarshal([]byte(w.ok("findings", "--replica", p, "--json")), &list))
	if len(list) != 1 || list[0].Local || len(list[0].Rows) != 2 || list[0].Kind != "duplicate_national_id" {
		t.Errorf("%+v", list)
	}
	row := w.query(a, "SELECT hex(id) FROM member WHERE phone = '0902'")
	out := w.ok("history", "--replica", p, "--table", "member", "--row", row, "--lang", "vi")
	w.says(t, out, "Điện thoại: 0901", "được thay bằng Điện thoại: 0902", "(đang dùng)", "máy ", "CĐCS Công ty A")
	w.fails(exitUsage, "history", "--replica", p, "--table", "member", "--row", "12")
	w.fails(exitFailed, "history", "--replica", p, "--table", "nonsense", "--row", row)
	w.fails(exitFailed, "history", "--replica", p, "--table", "member", "--row", strings.Repeat("f", 32))
}

func TestAnImportTellsWhatItDidAndWhatIsLeft(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	list := w.path("list.csv")
	must(t, os.WriteFile(list, []byte(`DANH SÁCH
STT,Họ và tên,Ngày sinh,Số CCCD,Size áo
1,NGUYỄN THỊ HOA,12/03/1988,79188004512,M
2,Lê Văn Sai,32/13/1990,,L
,Tổng cộng: 2,,,
`), 0o600))
	dry := w.fails(exitPerson, "import", "--replica", a, "--unit", "G1", "--dry-run", "--lang", "vi", list)
	w.says(t, dry, "Dòng 3: thêm mới – NGUYỄN THỊ HOA", "“79188004512” thành “079188004512” (thêm số 0 bị mất)", "Dòng 4: lỗi, chưa nhập – Lê Văn Sai",
		"không có ngày “32/13/1990”", "Dòng 5: bỏ qua, dòng cộng", "Cột “Size áo”", "--repair", "Chưa ghi gì", "1 thêm mới")
	for _, args := range [][]string{{"--errors", list}, {"--errors", "out.txt"}, {}} {
		args = append([]string{"import", "--replica", a, "--unit", "G1"}, args...)
		if len(args) > 5 {
			args = append(args, list)
		}
		w.fails(exitUsage, args...)
	}
	w.fails(exitFailed, "import", "--replica", a, "--unit", "P1", list)
	if got := w.query(a, "SELECT count(*) FROM member"); got != "0" {
		t.Errorf("%s members", got)
	}
	out := w.fails(exitPerson, "import", "--replica", a, "--unit", "G1", "--repair", "--errors", w.path("mend.csv"), "--lang", "vi", list)
	w.says(t, out, "1 dòng chưa nhập đã ghi vào")
	if got := w.query(a, "SELECT full_name || national_id FROM member"); got != "Nguyễn Thị Hoa079188004512" {
		t.Errorf("%s", got)
	}
	mend, err := os.ReadFile(w.path("mend.csv"))
	must(t, err)
	w.says(t, string(mend), "Lê Văn Sai", "32/13/1990", "Lý do")
	must(t, os.WriteFile(w.path("mend.csv"), []byte(strings.Replace(string(mend), "32/13/1990", "02/03/1990", 2)), 0o600))
	w.fails(exitDone, "import", "--replica", a, "--unit", "G1", w.path("mend.csv"))
	if got := w.query(a, "SELECT count(*) FROM member"); got != "2" {
		t.Errorf("%s members", got)
	}
}

func TestAnExportNeverLandsOnTheReplica(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	w.fails(exitUsage, "export", "--replica", a, a)
	w.fails(exitUsage, "export", "--replica", a)
	w.fails(exitFailed, "export", "--replica", a, "--table", "nonsense", w.path("x.csv"))
	w.ok("export", "--replica", a, "--table", "unit", w.path("units.csv"))
	if s := w.status(a); s.Unit != "G1" {
		t.Errorf("%+v", s)
	}
}
