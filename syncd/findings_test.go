package main

import (
	"encoding/json"
	"testing"

	"dongbo/assets"
	"dongbo/internal/finding"
)

func (w *world) findings(file string) (list []findingJSON) {
	w.t.Helper()
	must(w.t, json.Unmarshal([]byte(w.ok("findings", "--replica", file, "--json")), &list))
	return list
}

func TestEveryKindOfFindingHasWordsInBothLanguages(t *testing.T) {
	for _, kind := range finding.Kinds {
		for _, lang := range []string{"vi", "en"} {
			for _, key := range []string{"finding.kind." + kind, "app.finding." + kind} {
				if assets.Text(lang, key, nil) == key {
					t.Errorf("%s has no %s", lang, key)
				}
			}
		}
	}
}

func TestAMemberAndTheRecordsThatDisagreeAreToldInWords(t *testing.T) {
	w := newWorld(t)
	a, p := w.office()
	w.exec(a, "UPDATE member SET union_role = 'treasurer', wage_base = 5300000")
	w.exec(a, "INSERT INTO position (unit_id, member_id, office, from_date) SELECT unit_id, id, 'Chủ tịch', '2024' FROM member")
	w.exec(a, "INSERT INTO membership (unit_id, member_id, in_unit_id, from_date) SELECT m.unit_id, m.id, u.id, '2024' FROM member m, unit u WHERE u.code = 'P1'")
	w.sync(a, p)
	if list := w.findings(p); len(list) != 2 || list[0].Kind != finding.RoleDisagrees || list[0].Table != "member" || len(list[0].Rows) != 2 || list[0].Local {
		t.Errorf("%+v", list)
	}
	w.says(t, w.ok("findings", "--replica", p, "--lang", "vi"),
		"Chức vụ khác với hồ sơ chức vụ: Phạm Văn Ước (", "đoàn viên – Chức vụ công đoàn: Thủ quỹ công đoàn", "chức vụ – Chức vụ: Chủ tịch",
		"Đơn vị khác với hồ sơ sinh hoạt", "đoàn viên – Đơn vị: CĐCS Công ty A", "quá trình sinh hoạt – Tại đơn vị: LĐLĐ tỉnh Một", "2 phát hiện")
	w.exec(p, "UPDATE member SET union_role = 'chair'")
	w.exec(p, "UPDATE membership SET in_unit_id = (SELECT unit_id FROM member)")
	w.sync(p, a)
	if list := w.findings(a); len(list) != 0 {
		t.Errorf("healed, and still found: %+v", list)
	}
	w.agree(a, p)
}

func TestPossibleDuplicatesAreToldWithTheirReasons(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer"), w.enrol("p", "P1", "staff")
	const member = "INSERT INTO member (unit_id, full_name, birth_date, gender) SELECT id, ?, ?, ? FROM unit WHERE code = ?"
	w.exec(a, member, "Đặng Thị Thủy", "1990-05-03", "female", "G1")
	w.exec(b, member, "DANG THI THUY", "1990-05-03", "female", "G2")
	w.sync(a, b, p)
	list := w.findings(p)
	if len(list) != 1 || list[0].Score != 64 || list[0].Reasons["birth_date"] != finding.Same || len(list[0].Reasons) != 3 {
		t.Errorf("%+v", list)
	}
	w.says(t, w.ok("findings", "--replica", p, "--lang", "vi"), "Có thể là một người: ", "Đặng Thị Thủy (", "DANG THI THUY (", "64/100 – giống nhau: họ và tên, ngày sinh, giới tính")
	if list := append(w.findings(a), w.findings(b)...); len(list) != 0 {
		t.Errorf("an office is told of somebody else's member: %+v", list)
	}
	w.agree(a, b, p)
}

func TestBrokenRowsAreNamed(t *testing.T) {
	w := newWorld(t)
	a, _ := w.office()
	w.exec(a, "INSERT INTO position (unit_id, member_id, office, from_date, to_date) SELECT unit_id, id, 'chair', '2024-05', '2023' FROM member")
	w.exec(a, "INSERT INTO wage (unit_id, member_id, base) SELECT unit_id, randomblob(16), 5 FROM member")
	w.sync(a)
	w.says(t, w.ok("findings", "--replica", a, "--lang", "vi"), "Ngày kết thúc trước ngày bắt đầu: chức vụ (Phạm Văn Ước, 05/2024 – 2023, ",
		"Bản ghi của người không có trong sổ: lương (")
}

func TestNotTheSamePersonIsSaidWithNoLineAndForGood(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	const member = "INSERT INTO member (unit_id, full_name, birth_date, national_id) SELECT id, ?, '1990-05-03', ? FROM unit WHERE code = 'G1'"
	w.exec(a, member, "Lê Hòa", "")
	w.exec(a, member, "Lê Hòa", "")
	w.sync(a, p)
	list := w.findings(a)
	if len(list) != 1 || list[0].Kind != finding.PossibleDuplicate {
		t.Fatalf("%+v", list)
	}
	id := list[0].ID
	w.says(t, w.ok("findings", "--replica", a, "--lang", "vi"), id[:8]+"  Có thể là một người", "--answer "+id[:8])
	answer := func(id string, more ...string) []string {
		return append([]string{"findings", "--replica", a, "--answer", id}, more...)
	}
	w.fails(exitUsage, answer(id)...)
	w.fails(exitUsage, answer(id, "--as", "transfer")...)
	w.fails(exitUsage, "findings", "--replica", a, "--as", "not-same")
	w.fails(exitFailed, answer("ffffffff", "--as", "not-same")...)
	w.says(t, w.ok(answer(id[:8], "--as", "not-same", "--why", "hai anh em sinh đôi", "--lang", "vi")...), "không phải một người (Lê Hòa · Lê Hòa)")
	if list := w.findings(a); len(list) != 0 {
		t.Errorf("still here before the line came: %+v", list)
	}
	w.fails(exitFailed, answer(id, "--as", "not-same")...)
	w.sync(a, p)
	if got := w.query(p, "SELECT f.status || ' ' || a.why FROM finding f JOIN finding_answer a ON lower(hex(f.id)) = a.finding"); got != "closed hai anh em sinh đôi" {
		t.Errorf("the province holds %q", got)
	}
	w.exec(a, "UPDATE member SET phone = '0903111222'")
	w.sync(a, p)
	if list := append(w.findings(a), w.findings(p)...); len(list) != 0 {
		t.Errorf("it opened again: %+v", list)
	}
	w.exec(a, "DELETE FROM finding_answer")
	w.sync(a, p)
	if list := w.findings(p); len(list) != 1 || list[0].ID != id {
		t.Errorf("the answer was taken back, and: %+v", list)
	}
	w.agree(a, p)
}

func TestALocalHintIsAnsweredBeforeTheServerKnowsOfIt(t *testing.T) {
	w := newWorld(t)
	a, p := w.enrol("a", "G1", "officer"), w.enrol("p", "P1", "staff")
	const member = "INSERT INTO member (unit_id, full_name, national_id) SELECT id, ?, '079199000001' FROM unit WHERE code = 'G1'"
	w.exec(a, member, "Lê Hòa")
	w.exec(a, member, "Trần Bé")
	w.exec(a, "INSERT INTO position (unit_id, member_id, from_date, to_date) SELECT unit_id, id, '2024', '2023' FROM member WHERE full_name = 'Trần Bé'")
	list := w.findings(a)
	if len(list) != 1 || !list[0].Local {
		t.Fatalf("%+v", list)
	}
	w.ok("findings", "--replica", a, "--answer", list[0].ID, "--as", "not-same")
	w.sync(a, p)
	for _, file := range []string{a, p} {
		list := w.findings(file)
		if len(list) != 1 || list[0].Kind != finding.DatesReversed {
			t.Errorf("%+v", list)
		}
		w.says(t, w.fails(exitFailed, "findings", "--replica", file, "--answer", list[0].ID, "--as", "not-same"), "not about two members")
	}
	w.agree(a, p)
}
