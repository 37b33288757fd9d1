package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"dongbo/internal/change"
)

const (
	hexOffice = "X'A1000000000000000000000000000000'"
	hexRow    = "X'01890000000070008000000000000001'"
)

func rowID(t *testing.T) change.ID {
	id, err := change.ParseID("01890000-0000-7000-8000-000000000001")
	must(t, err)
	return id
}

func TestWhatTheShellWritesArrives(t *testing.T) {
	insert := fmt.Sprintf("INSERT INTO member (id, unit_id, full_name, phone) VALUES (%s, %s, 'Phạm An', '1');", hexRow, hexOffice)
	for _, c := range []struct {
		name, first, then string
		want              string // full_name|phone|email at the other office
	}{
		{"an insert", "", insert, "Phạm An|1|"},
		{"an update", insert, "UPDATE member SET phone = '2'", "Phạm An|2|"},
		{"two updates of one row are one change", insert, "UPDATE member SET phone = '2'; UPDATE member SET phone = '3', email = 'e'", "Phạm An|3|e"},
		{"a replace keeps the row and changes what differs", insert, strings.Replace(insert, "INSERT", "INSERT OR REPLACE", 1) + "UPDATE member SET email = 'r'", "Phạm An|1|r"},
		{"an upsert", insert, strings.TrimSuffix(insert, ";") + " ON CONFLICT DO UPDATE SET phone = '4';", "Phạm An|4|"},
		{"a delete", insert, "DELETE FROM member", "(sql: no rows in result set)|(sql: no rows in result set)|(sql: no rows in result set)"},
		{"an update and a delete", insert, "UPDATE member SET phone = '9'; DELETE FROM member", "(sql: no rows in result set)|(sql: no rows in result set)|(sql: no rows in result set)"},
		{"a deleted row inserted again", insert + "DELETE FROM member;", strings.Replace(insert, "'1'", "'5'", 1), "Phạm An|5|"},
		{"text in another Unicode form is normalised", insert, "UPDATE member SET full_name = 'Pha\u0323m An'", "Phạm An|1|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t)
			a, b := h.enrol("a"), h.enrol("b")
			if c.first != "" {
				a.shell(t, c.first)
				h.syncAll(a, b)
			}
			a.shell(t, c.then)
			if s, err := a.Status(); err != nil || s.Waiting == 0 {
				t.Errorf("unsealed writes are not shown as waiting: %+v %v", s, err)
			}
			h.syncAll(a, b)
			id := rowID(t)
			for _, d := range []*device{a, b} {
				if got := d.value(t, id, "full_name") + "|" + d.value(t, id, "phone") + "|" + d.value(t, id, "email"); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
				if cs, _ := d.Conflicts(); len(cs) != 0 {
					t.Errorf("conflicts invented: %+v", cs)
				}
			}
			if s, err := a.Status(); err != nil || s.Waiting != 0 {
				t.Errorf("still waiting: %+v %v", s, err)
			}
		})
	}
}

func TestANoOpMakesNoChange(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	id := a.commit(t, member("Bùi Văn Ảnh"))
	h.syncAll(a)
	before := len(h.entries)
	a.shell(t, "UPDATE member SET phone = phone, full_name = full_name; UPDATE member SET phone = '1'; UPDATE member SET phone = NULL")
	a.commit(t, set(id, "full_name", "Bùi Văn Ảnh"))
	h.syncAll(a)
	if n := len(h.entries) - before; n != 0 {
		t.Errorf("%d changes", n)
	}
}

func TestARefusedShellUpdateIsTakenBack(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	id := a.commit(t, member("Bùi Văn Ảnh"))
	a.commit(t, set(id, "phone", "right"))
	h.syncAll(a)
	h.refuse = func(*change.Change) string { return "mandate.unit" }
	a.shell(t, "UPDATE member SET phone = 'wrong', email = 'wrong'")
	h.push(a)
	h.pull(a)
	if a.value(t, id, "phone") != "right" || a.value(t, id, "email") != "" {
		t.Errorf("%q %q", a.value(t, id, "phone"), a.value(t, id, "email"))
	}
	h.agree(a)
}

func TestForbiddenWritesAbortWithASentence(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	a.commit(t, member("Ngô"))
	a.shell(t, fmt.Sprintf("INSERT INTO dues_payment (unit_id, amount, receipt_no) VALUES (%s, 1000, 'PT1'); INSERT INTO read_log (unit_id, act) VALUES (%s, 'print')", hexOffice, hexOffice))
	for sql, want := range map[string]string{
		"UPDATE member SET id = X'00'":                                          "id",
		"UPDATE dues_payment SET amount = 2":                                    "reversing row",
		"DELETE FROM dues_payment":                                              "reversing row",
		"UPDATE read_log SET act = 'x'":                                         "reversing row",
		"INSERT INTO member (id, unit_id, full_name) VALUES (X'01', X'01','x')": "16-byte",
	} {
		out := a.shellFails(t, sql)
		if !strings.Contains(out, want) {
			t.Errorf("%s: %q lacks %q", sql, out, want)
		}
	}
}

func TestIdsByDefaultAreUUIDv7Shaped(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	a.shell(t, fmt.Sprintf("INSERT INTO member (unit_id, full_name) VALUES (%s, 'a'), (%s, 'b')", hexOffice, hexOffice))
	rows, err := a.DB().Query("SELECT hex(id) FROM member")
	must(t, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		if len(s) != 32 || s[12] != '7' || !strings.Contains("89AB", s[16:17]) {
			t.Errorf("id %s", s)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d rows", n)
	}
}
