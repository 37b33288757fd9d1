package main

import (
	"os"
	"testing"
)

// province is a world with a province's staff and two offices that hold members.
func (w *world) province() (p, a, b string) {
	p, a, b = w.enrol("p", "P1", "staff"), w.enrol("a", "G1", "officer"), w.enrol("b", "G2", "officer")
	for _, name := range []string{"An", "Bình", "Chi"} {
		w.exec(a, insertMember, name, "09", "G1")
	}
	w.exec(a, "INSERT INTO wage (unit_id, member_id, base) SELECT unit_id, id, 5000000 FROM member")
	w.exec(a, "INSERT INTO dues_payment (unit_id, member_id, amount, receipt_no) SELECT unit_id, id, 50000, full_name FROM member WHERE full_name = 'An'")
	w.sync(a, p)
	return p, a, b
}

const wherePeople = "SELECT u.code || ' ' || m.full_name FROM member m JOIN unit u ON u.id = m.unit_id ORDER BY m.full_name"

func TestAUnitIsMergedIntoAnotherAndLeavesItsBooksAndAnEdge(t *testing.T) {
	w := newWorld(t)
	p, a, b := w.province()
	w.says(t, w.ok("unit", "merge", "--replica", p, "--unit", "G1", "--into", "G2", "--decision", "7/QĐ", "--date", "1/7/2026"), "3 members")
	w.exec(a, insertMember, "Dũng", "09", "G1") // by an office that has not heard of it
	w.sync(a, p, a, b)
	if got := w.query(b, wherePeople); got != "G2 An|G2 Bình|G2 Chi" {
		t.Errorf("the successor holds %q", got)
	}
	if got := w.query(a, "SELECT (SELECT count(*) FROM dues_payment) || ' ' || (SELECT group_concat(full_name) FROM stub) || ' ' || (SELECT count(*) FROM wage)"); got != "1 An 0" {
		t.Errorf("the unit that ended keeps %q", got)
	}
	edge := "SELECT f.code || ' ' || f.status || ' ' || e.kind || ' ' || s.code || ' ' || e.on_date || ' ' || e.decision_no FROM unit_edge e JOIN unit f ON f.id = e.unit_id LEFT JOIN unit s ON s.id = e.successor_id"
	if got := w.query(p, edge); got != "G1 merged merged G2 2026-07-01 7/QĐ" {
		t.Errorf("the edge says %q", got)
	}
	w.says(t, w.ok("unit", "merge", "--replica", p, "--unit", "G1", "--into", "G2"), "1 members")
	w.sync(p, b, a)
	if got := w.query(b, wherePeople); got != "G2 An|G2 Bình|G2 Chi|G2 Dũng" || w.query(p, edge) != "G1 merged merged G2 2026-07-01 7/QĐ" {
		t.Errorf("asked again, it moves who was left: %q", got)
	}
	w.says(t, w.fails(exitFailed, "unit", "merge", "--replica", p, "--unit", "G2", "--into", "G1"), "cannot receive")
	w.says(t, w.fails(exitFailed, "unit", "dissolve", "--replica", a, "--unit", "G1"), "P1")
	w.agree(a, b, p)
}

func TestAUnitIsSplitAmongOthersOrSeparatesAPart(t *testing.T) {
	w := newWorld(t)
	p, a, b := w.province()
	w.ok("unit", "add", "--replica", p, "--unit", "G3", "--name", "CĐCS Công ty C", "--kind", "grassroots", "--parent", "P1")
	list := w.path("part.txt")
	must(t, os.WriteFile(list, []byte(w.query(p, "SELECT lower(hex(id)) FROM member WHERE full_name = 'Chi'")+"\r\n\n"), 0o600))
	w.ok("unit", "split", "--replica", p, "--unit", "G1", "--part", "G3="+list)
	if got := w.query(p, wherePeople); got != "G1 An|G1 Bình|G3 Chi" {
		t.Errorf("separated: %q", got)
	}
	w.says(t, w.fails(exitFailed, "unit", "split", "--replica", p, "--unit", "G1", "--part", "G3="+list), "means 0 members")
	must(t, os.WriteFile(list, []byte(w.query(p, "SELECT lower(hex(id)) FROM member WHERE full_name = 'An'")), 0o600))
	w.ok("unit", "split", "--replica", p, "--unit", "G1", "--part", "G3="+list, "--rest", "G2")
	w.sync(p, a, b)
	if got := w.query(p, wherePeople); got != "G3 An|G2 Bình|G3 Chi" || w.query(b, wherePeople) != "G2 Bình" {
		t.Errorf("split: %q", got)
	}
	if got := w.query(p, "SELECT e.kind || ' ' || s.code FROM unit_edge e JOIN unit s ON s.id = e.successor_id ORDER BY 1"); got != "separated G3|split G2|split G3" {
		t.Errorf("edges: %q", got)
	}
	w.agree(a, b, p)
}

func TestADissolvedUnitKeepsItsMembersAsFormerOnes(t *testing.T) {
	w := newWorld(t)
	p, a, _ := w.province()
	w.exec(a, "UPDATE member SET status = 'retired' WHERE full_name = 'Chi'")
	w.sync(a, p)
	w.says(t, w.ok("unit", "dissolve", "--replica", p, "--unit", "G1", "--decision", "9/QĐ"), "2 members")
	w.sync(p, a)
	if got := w.query(a, "SELECT full_name || ' ' || status FROM member ORDER BY 1"); got != "An dissolved|Bình dissolved|Chi retired" {
		t.Errorf("the register says %q", got)
	}
	root := w.enrol("vn", "VN", "admin")
	w.says(t, w.fails(exitFailed, "unit", "dissolve", "--replica", root, "--unit", "P1"), "still stand below")
	w.says(t, w.fails(exitFailed, "unit", "dissolve", "--replica", root, "--unit", "VN"), "root")
	w.agree(a, p, root)
}

func TestAUnitMovesToAnotherProvinceWithItsOffice(t *testing.T) {
	w := newWorld(t)
	p, a, _ := w.province()
	root, p2 := w.enrol("vn", "VN", "admin"), w.enrol("p2", "P2", "staff")
	w.ok("unit", "move", "--replica", root, "--unit", "G1", "--parent", "P2")
	w.exec(a, "UPDATE member SET phone = '1' WHERE full_name = 'An'") // by an office that has not heard of it
	w.sync(root)
	w.exec(root, "UPDATE member SET phone = '2' WHERE full_name = 'Chi'")
	for range 2 {
		w.sync(a, p, p2, root)
	}
	const phones = "SELECT full_name || ' ' || phone FROM member ORDER BY 1"
	for _, file := range []string{a, p2, root} {
		if got := w.query(file, phones); got != "An 1|Bình 09|Chi 2" {
			t.Errorf("%s holds %q", file, got)
		}
	}
	if got := w.query(p, phones); got != "" {
		t.Errorf("the old province holds %q", got)
	}
	w.agree(a, p, p2, root)
	if s := w.status(a); s.Quarantined != 0 {
		t.Errorf("%+v", s)
	}
}
