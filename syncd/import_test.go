package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dongbo/assets"
)

const listCSV = `CÔNG ĐOÀN CƠ SỞ CÔNG TY A
DANH SÁCH ĐOÀN VIÊN

STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Điện thoại,Bộ phận,Ghi chú
1,Nguyễn Thị Hoa,12/03/1988,Nữ,079188004512,0903112233,Chuyền 1,
2,Trần Văn Đạt,1991,Nam,060091007731,0938445566,Chuyền 1,
3,Lê Văn Sai,32/13/1990,Nam,079090001111,0938445567,Chuyền 2,
,Tổng cộng: 3,,,,,,
`

type importReport struct {
	Counts map[string]int `json:"counts"`
	Rows   []rowReport    `json:"rows"`
}

func (w *world) imports(want int, args ...string) (r importReport) {
	w.t.Helper()
	out, code := w.run(append([]string{"import", "--json"}, args...)...)
	if code != want {
		w.t.Fatalf("import %v: exit %d, want %d: %s", args, code, want, out)
	}
	must(w.t, json.Unmarshal([]byte(out), &r))
	return r
}

func TestAListIsPreviewedImportedAndImportedAgainWithoutChange(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	list := w.path("list.csv")
	must(t, os.WriteFile(list, []byte(listCSV), 0o600))
	r := w.imports(exitPerson, "--replica", a, "--unit", "G1", "--dry-run", list)
	if r.Counts["new"] != 2 || r.Counts["error"] != 1 {
		t.Errorf("preview: %v", r.Counts)
	}
	if got := w.query(a, "SELECT count(*) FROM member"); got != "0" {
		t.Errorf("the preview wrote %s members", got)
	}
	r = w.imports(exitPerson, "--replica", a, "--unit", "G1", "--errors", w.path("mend.xlsx"), list)
	if got := w.query(a, "SELECT full_name || birth_date FROM member ORDER BY full_name"); got != "Nguyễn Thị Hoa1988-03-12|Trần Văn Đạt1991" {
		t.Errorf("imported %s (%v)", got, r.Counts)
	}
	if _, err := os.Stat(w.path("mend.xlsx")); err != nil {
		t.Error("no workbook of the rows to mend")
	}
	before := w.status(a).Waiting
	r = w.imports(exitPerson, "--replica", a, "--unit", "G1", list)
	if r.Counts["skip"] != 2 || r.Counts["new"]+r.Counts["update"] != 0 || w.status(a).Waiting != before {
		t.Errorf("again: %v, %d waiting, before %d", r.Counts, w.status(a).Waiting, before)
	}
	w.sync(a)
	w.agree(a)
}

func TestWhatIsExportedImportsAsUnchanged(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	list := w.path("demo.xlsx")
	must(t, os.WriteFile(list, assets.DemoList(1), 0o600))
	r := w.imports(exitDone, "--replica", a, "--unit", "G1", "--repair", list)
	if r.Counts["new"] != 2000 {
		t.Fatalf("%v", r.Counts)
	}
	for _, out := range []string{"out.xlsx", "out.csv"} {
		w.ok("export", "--replica", a, "--table", "member", w.path(out))
		r = w.imports(exitDone, "--replica", a, "--unit", "G1", w.path(out))
		if r.Counts["skip"] != 2000 {
			t.Errorf("%s: %v", out, r.Counts)
		}
	}
	if got := w.query(a, "SELECT act || row_count FROM read_log"); got != "export2000|export2000" {
		t.Errorf("read log: %s", got)
	}
}

func TestWhatIsNoSpreadsheetIsSaidToBeNone(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	for name, content := range map[string]string{"text.xlsx": "this is no workbook", "empty.csv": "", "cut.xlsx": string(assets.DemoList(1)[:5000])} {
		must(t, os.WriteFile(w.path(name), []byte(content), 0o600))
		out := w.fails(exitFailed, "import", "--replica", a, "--unit", "G1", w.path(name))
		if !strings.Contains(out, name) || strings.Contains(out, "[") {
			t.Errorf("%s: %s", name, out)
		}
	}
	out := w.fails(exitFailed, "import", "--replica", a, "--unit", "NOPE", w.path("text.xlsx"))
	if !strings.Contains(out, "NOPE") {
		t.Errorf("%s", out)
	}
	if got := w.query(a, "SELECT count(*) FROM member"); got != "0" {
		t.Errorf("%s members", got)
	}
}

func (w *world) conflicts(file string) (list []conflictJSON) {
	w.t.Helper()
	must(w.t, json.Unmarshal([]byte(w.ok("conflicts", "--replica", file, "--json")), &list))
	return list
}

// disagree makes A and the province differ over one column of one member.
func (w *world) disagree(a, p, column, mine, theirs string) {
	w.t.Helper()
	w.exec(a, "UPDATE member SET "+column+" = ?", mine)
	w.exec(p, "UPDATE member SET "+column+" = ?", theirs)
	w.sync(a, p, a)
}

func TestAConflictIsSettledByNumberByTextAndByColumn(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	w.exec(a, insertMember, "Hai Ý Kiến", "0", "G1")
	w.sync(a, p)
	for _, c := range []struct {
		name, column, mine, theirs string
		settle                     []string
		want                       string
	}{
		{"taking the second", "phone", "1", "2", []string{"--take", "2"}, "2"},
		{"typing another", "phone", "3", "4", []string{"--value", "5", "--why", "đã hỏi"}, "5"},
		{"a column of a group", "birth_date", "1990", "1991", []string{"--set", "birth_date=01/02/1992"}, "1992-02-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.disagree(a, p, c.column, c.mine, c.theirs)
			for _, f := range []string{a, p} {
				list := w.conflicts(f)
				if len(list) != 1 || len(list[0].Values) != 2 || len(list[0].Differs) != 1 || list[0].Differs[0] != c.column {
					t.Fatalf("%+v", list)
				}
				if v := list[0].Values[0]; v.By == "" || v.Device == "" || v.At == nil || len(list[0].Row) != 32 {
					t.Errorf("who, where, when: %+v", v)
				}
			}
			w.fails(exitUsage, "settle", "--replica", p, w.conflicts(p)[0].ID)
			w.fails(exitFailed, "settle", "--replica", p, w.conflicts(p)[0].ID, "--take", "9")
			w.ok(append([]string{"settle", "--replica", p, w.conflicts(p)[0].ID}, c.settle...)...)
			w.sync(p, a)
			for _, f := range []string{a, p} {
				if got := w.query(f, "SELECT "+c.column+" FROM member"); got != c.want || len(w.conflicts(f)) != 0 {
					t.Errorf("%s: %s, %d conflicts", f, got, len(w.conflicts(f)))
				}
			}
			w.agree(a, p)
		})
	}
	row := w.query(a, "SELECT lower(hex(id)) FROM member")
	var events []eventJSON
	must(t, json.Unmarshal([]byte(w.ok("history", "--replica", a, "--table", "member", "--row", row, "--json")), &events))
	phones := map[any]bool{}
	for _, e := range events {
		if e.Register == "phone" {
			phones[e.Value] = e.Live
		}
		if !e.Live && e.SupersededBy.By == "" {
			t.Errorf("superseded by nobody: %+v", e)
		}
	}
	for phone, live := range map[string]bool{"0": false, "1": false, "2": false, "3": false, "4": false, "5": true} {
		if got, ok := phones[phone]; !ok || got != live {
			t.Errorf("history of %s: %v %v", phone, got, ok)
		}
	}
	uuid := row[:8] + "-" + row[8:12] + "-" + row[12:16] + "-" + row[16:20] + "-" + row[20:]
	w.ok("history", "--replica", a, "--table", "member", "--row", uuid)
}
