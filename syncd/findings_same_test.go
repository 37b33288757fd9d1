package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dongbo/internal/finding"
)

func (w *world) merged(file string) (list []mergedJSON) {
	w.t.Helper()
	must(w.t, json.Unmarshal([]byte(w.ok("findings", "--replica", file, "--merged", "--json")), &list))
	return list
}

// listed counts the members that an export has.
func (w *world) listed(file string) int {
	w.t.Helper()
	out := filepath.Join(w.t.TempDir(), "list.csv")
	w.ok("export", "--replica", file, out)
	b, err := os.ReadFile(out)
	must(w.t, err)
	return strings.Count(string(b), "Lê Hòa")
}

func TestTwoRecordsOfOnePersonBecomeOneAndTwoAgain(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer"), w.enrol("p", "P1", "staff")
	const member = "INSERT INTO member (unit_id, full_name, birth_date, national_id, phone, email) SELECT id, 'Lê Hòa', '1990-05-03', '079199000001', ?, ? FROM unit WHERE code = ?"
	w.exec(a, member, "0901", nil, "G1")
	w.exec(b, member, "0901", "hoa@b.vn", "G2")
	w.exec(b, "INSERT INTO dues_payment (unit_id, member_id, month, amount) SELECT unit_id, id, '2025-01', 50000 FROM member")
	w.sync(a, b, p)
	list := w.findings(p)
	if len(list) != 1 || list[0].Kind != finding.DuplicateID || w.listed(p) != 2 {
		t.Fatalf("%+v, %d listed", list, w.listed(p))
	}
	kept, gone := w.query(a, "SELECT lower(hex(id)) FROM member"), w.query(b, "SELECT lower(hex(id)) FROM member")
	answer := []string{"findings", "--replica", p, "--answer", list[0].ID, "--as", "same"}
	w.fails(exitUsage, answer...)
	w.fails(exitFailed, append(answer, "--keep", "ffffffff")...)
	w.says(t, w.ok(append(answer, "--keep", kept, "--why", "chuyển về từ B", "--lang", "vi")...), "Đã gộp", gone)
	if list := w.findings(p); len(list) != 0 || w.listed(p) != 1 {
		t.Errorf("before the line came: %+v, %d listed", list, w.listed(p))
	}
	// Office B has not heard, and corrects the telephone of its record.
	w.exec(b, "UPDATE member SET phone = '0999'")
	w.sync(p, b, a, p)
	if got := w.query(a, "SELECT phone || ' ' || email FROM member"); got != "0999 hoa@b.vn" {
		t.Errorf("office A has %q", got)
	}
	if w.listed(p) != 1 || w.listed(a) != 1 || w.listed(b) != 0 || len(w.findings(p))+len(w.findings(a))+len(w.findings(b)) != 0 {
		t.Errorf("listed: %d %d %d; findings: %+v", w.listed(p), w.listed(a), w.listed(b), w.findings(p))
	}
	if got := w.query(b, "SELECT m.full_name FROM dues_payment d JOIN member m ON m.id = d.member_id"); got != "Lê Hòa" {
		t.Errorf("the payment is of %q", got)
	}
	for _, file := range []string{b, p} {
		if m := w.merged(file); len(m) != 1 || m[0].Row != gone || m[0].Into != kept || m[0].By == "" || m[0].At == nil {
			t.Errorf("%+v", m)
		}
	}
	w.says(t, w.ok("findings", "--replica", p, "--merged", "--lang", "vi"), "đã gộp vào", "Lý do: chuyển về từ B", "1 hồ sơ đã gộp")
	w.sync(a, b, p) // the entries that the exports made in the read log
	w.agree(a, b, p)

	w.fails(exitFailed, "findings", "--replica", p, "--undo", kept)
	w.says(t, w.ok("findings", "--replica", p, "--undo", gone, "--lang", "vi"), "Đã tách: Lê Hòa")
	w.sync(p, b, a, p)
	if got := w.query(a, "SELECT phone || ' ' || coalesce(email, '-') FROM member"); got != "0999 -" {
		t.Errorf("office A has %q again", got)
	}
	if got := w.query(b, "SELECT phone || ' ' || email FROM member"); got != "0999 hoa@b.vn" {
		t.Errorf("office B has %q again", got)
	}
	if list := w.findings(p); len(list) != 1 || w.listed(p) != 2 || w.listed(b) != 1 || len(w.merged(p)) != 0 {
		t.Errorf("undone: %+v, %d and %d listed", list, w.listed(p), w.listed(b))
	}
	w.sync(a, b, p) // the entries that the exports made in the read log
	w.agree(a, b, p)
}

func TestAMergeIsUndoneBeforeItWasSent(t *testing.T) {
	w := newWorld(t)
	a := w.enrol("a", "G1", "officer")
	const member = "INSERT INTO member (unit_id, full_name, birth_date, national_id, phone) SELECT id, 'Lê Hòa', '1990-05-03', '079199000001', ? FROM unit WHERE code = 'G1'"
	w.exec(a, member, "1")
	w.exec(a, member, "2")
	w.sync(a)
	list := w.findings(a)
	keep, gone := list[0].Rows[0], list[0].Rows[1]
	was := w.query(a, "SELECT group_concat(phone) FROM (SELECT phone FROM member ORDER BY id)")
	w.ok("findings", "--replica", a, "--answer", list[0].ID, "--as", "same", "--keep", keep, "--take", "phone")
	if got := w.query(a, "SELECT count(DISTINCT phone) FROM member"); got != "1" {
		t.Errorf("the telephone was not taken over: %s", got)
	}
	w.ok("findings", "--replica", a, "--undo", gone)
	w.sync(a)
	if got := w.query(a, "SELECT group_concat(phone) FROM (SELECT phone FROM member ORDER BY id)"); got != was || len(w.findings(a)) != 1 || w.listed(a) != 2 {
		t.Errorf("got %s, was %s", got, was)
	}
	w.sync(a)
	w.agree(a)
}

func TestOneWhoMovedIsAnsweredWithATransferAndEndsAsOneRecord(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer"), w.enrol("p", "P1", "staff")
	const member = "INSERT INTO member (unit_id, full_name, birth_date, national_id, phone, email) SELECT id, 'Lê Hòa', '1990-05-03', '079199000001', ?, ? FROM unit WHERE code = ?"
	w.exec(a, member, "0901", "hoa@a.vn", "G1")
	w.exec(a, "INSERT INTO wage (unit_id, member_id, base) SELECT unit_id, id, 5000000 FROM member")
	w.exec(a, "UPDATE member SET wage_base = 5000000")
	w.exec(b, member, "0902", nil, "G2")
	w.sync(a, b, p)
	older, newer := w.query(a, "SELECT lower(hex(id)) FROM member"), w.query(b, "SELECT lower(hex(id)) FROM member")
	list := w.findings(p)
	w.says(t, w.ok("findings", "--replica", p, "--answer", list[0].ID, "--as", "transfer", "--keep", older, "--lang", "vi"), "Đã đề nghị chuyển Lê Hòa")
	w.sync(p, a, b)
	if w.listed(a) != 1 || w.listed(b) != 1 {
		t.Error("somebody vanished before the transfer was accepted")
	}
	in := w.transfers(b)
	if len(in) != 1 || !in[0].Joins {
		t.Fatalf("%+v", in)
	}
	w.says(t, w.ok("transfer", "--replica", b, "--list", "--lang", "vi"), "hai hồ sơ thành một")
	w.ok("transfer", "--replica", b, "--accept", in[0].ID)
	w.sync(b, a, p, b)
	if w.listed(a) != 0 || w.listed(b) != 1 || w.listed(p) != 1 || len(w.findings(p)) != 0 {
		t.Errorf("listed %d %d %d, findings %+v", w.listed(a), w.listed(b), w.listed(p), w.findings(p))
	}
	if got := w.query(b, "SELECT lower(hex(m.id)) || ' ' || m.phone || ' ' || m.email || ' ' || g.base FROM member m JOIN wage g ON g.member_id = m.id WHERE m.same_as IS NULL"); got != older+" 0901 hoa@a.vn 5000000" {
		t.Errorf("the new office holds %q", got)
	}
	if m := w.merged(b); len(m) != 1 || m[0].Row != newer || m[0].Into != older {
		t.Errorf("%+v", m)
	}
	if n := w.query(b, "SELECT count(*) FROM sync_conflict"); n != "1" { // the telephone: two people typed two
		t.Errorf("%s conflicts", n)
	}
	w.sync(a, b, p)
	w.agree(a, b, p)
}
