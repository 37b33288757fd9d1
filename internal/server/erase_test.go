package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/internal/wire"
)

// secret is what must be found nowhere once it is erased.
const secret = "079199012345"

func (w *world) erase(id change.ID) []server.ErasedRow {
	w.t.Helper()
	rows, err := w.s.PlanErasure("member", id)
	must(w.t, err)
	all, _, err := w.s.Erase(server.Erasing{Rows: rows, Why: "theo yêu cầu số 12"})
	must(w.t, err)
	done, err := w.s.Scrub()
	if must(w.t, err); !done {
		w.t.Fatal("somebody reads")
	}
	return all
}

func (w *world) wantNowhere(text string) {
	w.t.Helper()
	for _, f := range w.filesWith(text) {
		w.t.Errorf("%s still holds %q", f, text)
	}
}

// filesWith searches the register's files byte by byte.
func (w *world) filesWith(text string) (out []string) {
	w.t.Helper()
	for _, pattern := range []string{w.path + "*", filepath.Join(filepath.Dir(w.path), "spool", "*")} {
		files, err := filepath.Glob(pattern)
		must(w.t, err)
		for _, f := range files {
			b, err := os.ReadFile(f)
			must(w.t, err)
			if bytes.Contains(b, []byte(text)) {
				out = append(out, filepath.Base(f))
			}
		}
	}
	return out
}

// known is An of office A, who moved there from B, with a wage, a conflict and a
// refused change, and what two offices, the province and the nation hold of him.
func known(t *testing.T) (w *world, a, b, p, root *device, an change.ID) {
	w = newWorld(t)
	a, b, p, root = w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff"), w.enroll("vn", "VN", "admin")
	an = w.member(b, "B", "An "+secret, secret)
	w.sync(b, a, p, root)
	w.edit(b, "B", an, set{"phone": "cũ " + secret})
	w.hang(b, "wage", "B", an, set{"source": "lương " + secret})
	gone := w.hang(b, "extra", "B", an, set{"value": "đã xóa " + secret})
	w.sync(b, p)
	b.author(w.log("B"), deleted(b.view("extra", gone)))
	w.edit(p, "B", an, set{"unit_id": w.units["A"]})
	w.sync(b, p, a)
	w.edit(a, "A", an, set{"phone": "một " + secret})
	w.edit(p, "A", an, set{"phone": "hai " + secret})
	w.edit(a, "A", an, set{"children": "bị từ chối " + secret})
	w.sync(a, p, b, a)
	return w, a, b, p, root, an
}

func TestAnErasedPersonIsNowhereInTheRegisterAndEverywhereEmpty(t *testing.T) {
	w, a, b, p, root, an := known(t)
	late := w.enroll("c", "C1", "staff")
	if len(w.filesWith(secret)) == 0 {
		t.Fatal("the search finds nothing at any time")
	}
	rows := w.erase(an)
	if len(rows) < 3 {
		t.Fatalf("only %v", rows)
	}
	w.wantNowhere(secret)
	w.sync(a, b, p, root, late)
	for _, d := range []*device{a, p, root, late} {
		r := d.view("member", an)
		if r == nil || r.Exists() || len(r.Conflicts()) > 0 || bytes.Contains(r.Append(nil), []byte(secret)) || r.Unit() != w.units["A"] {
			t.Errorf("it holds %v", r)
		}
		if n := len(d.living("erasure")); n != len(rows) {
			t.Errorf("it was told of %d rows, not of %d", n, len(rows))
		}
	}
	fresh := w.enroll("new", "P1", "staff")
	if r := fresh.view("member", an); r.Exists() || bytes.Contains(r.Append(nil), []byte(secret)) {
		t.Error("a new computer is told of him")
	}
	w.wantNowhere(secret)
}

func TestWhatIsStillWrittenToAnErasedPersonIsRefusedAndNotKept(t *testing.T) {
	w, a, _, p, _, an := known(t)
	w.erase(an)
	n := w.edit(a, "A", an, set{"email": "muộn " + secret}).N
	wage := w.hang(a, "wage", "A", an, set{"source": "muộn " + secret})
	paid := w.hang(a, "dues_payment", "A", an, set{"amount": 50000})
	binh := w.member(a, "A", "Bình", "")
	second := a.author(w.log("A"), edited(a.view("member", binh), set{"notes": "1"}), edited(a.view("member", an), set{"notes": secret})).N
	both := a.author(w.log("A"), edited(a.view("member", an), set{"notes": secret}), created("member", w.newID(), set{"unit_id": w.units["A"], "full_name": []any{"Bình", nil, nil, nil}})).N
	w.sync(a, p)
	a.wantRefused(n, "row.erased", "member")
	a.wantRefused(n+1, "row.erased", "wage")
	a.wantRefused(n+2, "", "")
	a.wantRefused(both, "row.erased", "member")
	a.wantRefused(second, "row.erased", "member")
	if p.view("wage", wage) != nil || p.view("dues_payment", paid) == nil {
		t.Error("books are kept, wages are not")
	}
	w.wantNowhere(secret)
}

func TestAChangeThatItsComputerHasEmptiedPasses(t *testing.T) {
	w, a, _, p, _, an := known(t)
	w.erase(an)
	binh := w.newID()
	c := a.author(w.log("A"), edited(a.view("member", an), set{"notes": secret}),
		created("member", binh, set{"unit_id": w.units["A"], "full_name": []any{"Bình", nil, nil, nil}}))
	change.NewChain(a.writer, a.secret[:], a).Erase(c, func(rw *change.RowWrite) bool { return rw.ID == an })
	w.sync(a, p)
	if len(a.refused) != 1 || p.value("member", binh, "full_name") != "Bình" || p.view("member", an).Exists() {
		t.Errorf("refused %v, the province has %q", a.refused, p.value("member", binh, "full_name"))
	}
}

func TestAnErasureThatWasCutOffGoesOn(t *testing.T) {
	w, a, _, p, _, an := known(t)
	rows := w.erase(an)
	again, err := w.s.PlanErasure("member", an)
	must(t, err)
	if len(again) != len(rows) {
		t.Errorf("planned again it is %v, not %v", again, rows)
	}
	w.sync(a, p)
	head := p.cursor.Logs[w.units["VN"]]
	_, n, err := w.s.Erase(server.Erasing{Rows: again, Why: "theo yêu cầu số 12"})
	must(t, err)
	w.sync(p)
	if n != 0 || p.cursor.Logs[w.units["VN"]] != head {
		t.Errorf("%d entries emptied again, the log grew by %d", n, p.cursor.Logs[w.units["VN"]]-head)
	}
}

func TestARegisterThatHadNotTheRowYetEmptiesItWhenItComes(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.newID()
	_, _, err := w.s.Erase(server.Erasing{Rows: []server.ErasedRow{{Table: "member", Row: an}}, Why: "theo yêu cầu số 12"})
	must(t, err)
	n := a.author(w.log("A"), created("member", an, set{"unit_id": w.units["A"], "full_name": []any{secret, nil, nil, nil}})).N
	w.sync(a)
	a.wantRefused(n, "row.erased", "member")
	w.wantNowhere(secret)

	emptied := w.newID()
	_, _, err = w.s.Erase(server.Erasing{Rows: []server.ErasedRow{{Table: "member", Row: emptied}}, Why: "theo yêu cầu số 13"})
	must(t, err)
	c := a.author(w.log("A"), created("member", emptied, set{"unit_id": w.units["A"], "full_name": []any{secret, nil, nil, nil}}))
	change.NewChain(a.writer, a.secret[:], a).Erase(c, func(*change.RowWrite) bool { return true })
	w.sync(a, p)
	if r := p.view("member", emptied); r == nil || r.Exists() {
		t.Errorf("it stands: %v", r)
	}
}

func TestWhoeverReadsTheLogsLateReadsAnEmptyRowThatEndsAlike(t *testing.T) {
	w, a, _, p, _, an := known(t)
	c := w.enroll("c", "C1", "staff")
	for i := range 3 {
		w.edit(p, "A", an, set{"phone": secret + string(rune('a'+i))})
		w.edit(p, "A", an, set{"unit_id": w.units[[]string{"D", "A", "B"}[i]]})
		w.sync(p, a)
	}
	w.erase(an)
	var heard bytes.Buffer
	told := func(e *wire.Entry) {
		if e.Change != nil {
			heard.Write(e.Change.Append(nil))
		}
		if e.Row != nil {
			heard.Write(e.Row.Append(nil))
		}
	}
	c.hears = told
	w.sync(c)
	if bytes.Contains(heard.Bytes(), []byte(secret)) || heard.Len() == 0 {
		t.Error("it heard of him")
	}
	if r := c.view("member", an); r == nil || r.Exists() {
		t.Errorf("%v", r)
	}
}

func TestAllRowsOfOnePersonAreErasedTogether(t *testing.T) {
	w, a, _, p, _, an := known(t)
	other := w.member(a, "A", "An lần nữa", "")
	w.sync(a, p)
	p.author(w.log("A"), edited(p.view("member", other), set{merge.SameAs: an}))
	w.sync(p)
	rows := w.erase(other)
	w.sync(a, p)
	for _, id := range []change.ID{an, other} {
		if p.view("member", id).Exists() {
			t.Errorf("%s stands; erased were %v", id, rows)
		}
	}
}
