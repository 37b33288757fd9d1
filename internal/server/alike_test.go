package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// born enters a member with a full birth date.
func (w *world) born(d *device, unit, name, birth string) change.ID {
	id := w.newID()
	d.author(w.log(unit), created("member", id, set{"unit_id": w.units[unit], "full_name": []any{name, birth}}))
	return id
}

func alikeID(a, b change.ID) change.ID { return merge.FindingID(finding.PossibleDuplicate, a, b) }

func TestTwoWhoMayBeOnePersonAreToldWhereBothAreSeenWithScoreAndReasons(t *testing.T) {
	w := newWorld(t)
	a, b := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer")
	c, p := w.enroll("c", "C1", "staff"), w.enroll("p", "P1", "staff")
	an := w.born(a, "A", "Đặng Thị An", "1990-05-03")
	other := w.born(b, "B", "DANG THI AN", "1990-05-03")
	w.sync(a, b, a, b, c, p)
	id := alikeID(an, other)
	if c.finding(id) != "open" || p.finding(id) != "open" || a.finding(id) != "-" || b.finding(id) != "-" {
		t.Errorf("commune %s, province %s, offices %s, %s", c.finding(id), p.finding(id), a.finding(id), b.finding(id))
	}
	for _, d := range []*device{a, b} { // nothing at all is told to an office
		for k := range d.rows {
			if k.table == 17 {
				t.Error("an office holds a finding")
			}
		}
	}
	row := c.rows[key{17, id}]
	if row.Value("score").Int() != 62 || row.Value("reasons").Text() != "full_name:same birth_date:same" {
		t.Errorf("score %s, reasons %s", row.Value("score"), row.Value("reasons"))
	}
	w.edit(b, "B", other, set{"gender": "female"})
	w.edit(a, "A", an, set{"gender": "female"})
	w.sync(a, b, c)
	if got := c.value("finding", id, "reasons"); got != "full_name:same birth_date:same gender:same" {
		t.Errorf("reasons %s", got)
	}
	w.edit(b, "B", other, set{"full_name": []any{"DANG THI AN", "1971-01-01"}})
	w.sync(b, c)
	if c.finding(id) != "closed" {
		t.Error("another birth date, and still open")
	}
}

func TestOneNationalIDIsADuplicateAndNotAPossibleOne(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	one, two := w.born(a, "A", "Lê Hòa", "1990-05-03"), w.born(a, "A", "Lê Hòa", "1990-05-03")
	w.sync(a)
	if a.finding(alikeID(one, two)) != "open" {
		t.Fatal("not found")
	}
	for _, id := range []change.ID{one, two} {
		w.edit(a, "A", id, set{"full_name": []any{"Lê Hòa", "1990-05-03", "079190000012"}})
	}
	w.sync(a)
	if got, dup := a.finding(alikeID(one, two)), a.finding(merge.FindingID(finding.DuplicateID, one, two)); got != "closed" || dup != "open" {
		t.Errorf("possible %s, duplicate %s", got, dup)
	}
}

// open lists the open findings of a register, each with what it says.
func (w *world) open() (out []string) {
	must(w.t, w.store.View(func(tx server.Tx) error {
		return tx.Rows(schema.ByName("finding"), func(r *merge.Row) error {
			// A row that followed its member late is told as what happened, whatever
			// the rows say now.
			told := r.Value("kind").Text() == "after_transfer"
			if r.Exists() && !told && r.Value("status").Text() == finding.Open {
				s := fmt.Sprint(r.ID, " ", r.Unit())
				for _, c := range []string{"kind", "row_a", "row_b", "on_table", "score", "reasons"} {
					s += " " + r.Value(c).String()
				}
				out = append(out, s)
			}
			return nil
		})
	}))
	slices.Sort(out)
	return out
}

func TestAKeyThatManyShareTellsNobodyApart(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	var ids []change.ID
	count := func() int {
		w.sync(a)
		return len(w.open())
	}
	for n, want := range []int{0, 1, 3, 6, 10, 15, 21, 28, 0, 0} {
		id := w.newID()
		a.author(w.log("A"), created("member", id, set{"unit_id": w.units["A"], "full_name": []any{"Lê Hòa"}, "phone": "0903111222"}))
		ids = append(ids, id)
		if got := count(); got != want {
			t.Errorf("with %d alike: %d findings, want %d", n+1, got, want)
		}
	}
	w.edit(a, "A", ids[0], set{"phone": "0903999999"})
	if got := count(); got != 0 {
		t.Errorf("nine: %d", got)
	}
	w.edit(a, "A", ids[4], set{"phone": "0903999998"})
	if got := count(); got != 28 {
		t.Errorf("eight again: %d, want 28", got)
	}
	a.author(w.log("A"), deleted(a.view("member", ids[9])))
	if got := count(); got != 21 {
		t.Errorf("seven: %d, want 21", got)
	}
}

func TestRowsThatSpeakOfNobodyAreToldToTheirUnitOnce(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	an := w.member(a, "A", "An", "")
	wage, pay := w.newID(), w.newID()
	a.author(w.log("A"), created("wage", wage, set{"unit_id": w.units["A"], "member_id": an}))
	a.author(w.log("A"), created("dues_payment", pay, set{"unit_id": w.units["A"], "member_id": an, "amount": 1000}))
	w.sync(a)
	id := merge.FindingID(finding.Orphan, an, change.ID{}, w.units["A"])
	if a.finding(id) != "-" {
		t.Error("found where nothing is wrong")
	}
	a.author(w.log("A"), deleted(a.view("member", an)))
	w.sync(a)
	want := func(status string, row change.ID, table string) {
		t.Helper()
		got, _ := a.rows[key{17, id}].Value("row_a").ID()
		if a.finding(id) != status || got != row || a.value("finding", id, "on_table") != table {
			t.Errorf("%s %s %s", a.finding(id), got, a.value("finding", id, "on_table"))
		}
	}
	want("open", wage, "wage")
	a.author(w.log("A"), deleted(a.view("wage", wage)))
	w.sync(a)
	want("open", pay, "dues_payment")
	restore := change.RowWrite{Table: 5, ID: an, Birth: a.rows[key{5, an}].Birth, Writes: []change.Write{
		{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: a.rows[key{5, an}].HeadDots(schema.Alive)}}}
	a.author(w.log("A"), restore)
	w.sync(a)
	want("closed", pay, "dues_payment")
}

func TestARowThatEndsBeforeItBeginsIsFoundInAnyDatedTable(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "admin")
	an := w.member(a, "A", "An", "")
	position, rate := w.newID(), w.newID()
	a.author(w.log("A"), created("position", position, set{"unit_id": w.units["A"], "member_id": an, "from_date": "2024-05", "to_date": "2023"}))
	p.author(w.log("P1"), created("dues_rate", rate, set{"unit_id": w.units["P1"], "from_date": "2024-05-02", "to_date": "2024-05-01"}))
	w.sync(a, p)
	for _, id := range []change.ID{position, rate} {
		if s := p.finding(merge.FindingID(finding.DatesReversed, id, change.ID{})); s != "open" {
			t.Errorf("%s: %s", id, s)
		}
	}
	a.author(w.log("A"), edited(a.view("position", position), set{"to_date": "2025"}))
	w.sync(a)
	if s := a.finding(merge.FindingID(finding.DatesReversed, position, change.ID{})); s != "closed" {
		t.Error(s)
	}
}

// TestWhatIsOpenFollowsFromTheRowsAlone makes a history of rows at random,
// then enters the rows as they ended, in another order, in a fresh register:
// the same findings must be open, word for word.
func TestWhatIsOpenFollowsFromTheRowsAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		h := &chronicle{world: w, rt: rt, d: w.enroll("c", "P1", "admin"), rows: map[change.ID]string{}}
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			h.step()
		}
		w.sync(h.d)
		want := w.open()

		again := newWorld(t)
		d := again.enroll("c", "P1", "admin")
		order := rapid.Permutation(h.ids).Draw(rt, "order")
		for _, id := range append(order, h.answers...) { // who may answer is judged by who is there
			if r := h.d.rows[key{schema.ByName(h.rows[id]).No, id}]; r.Exists() {
				d.author(again.log("A"), retold(r))
			}
		}
		again.sync(d)
		if got := again.open(); !slices.Equal(got, want) {
			rt.Fatalf("entered at once:\n%s\ngrown:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// chronicle is a random history by one hand.
type chronicle struct {
	*world
	rt      *rapid.T
	d       *device
	ids     []change.ID // of all rows but the answers
	answers []change.ID
	rows    map[change.ID]string // the table of each
}

func (h *chronicle) draw(values ...string) any {
	if v := rapid.SampledFrom(values).Draw(h.rt, "value"); v != "" {
		return v
	}
	return nil
}

func (h *chronicle) unit() change.ID { return h.units[h.draw("A", "B", "D").(string)] }

// values draws what a row of the table may hold.
func (h *chronicle) values(table string) set {
	s := set{"unit_id": h.unit()}
	if table == "member" {
		s["full_name"] = []any{h.draw("Lê Hòa", "LE HOA", "Trần Bé"), h.draw("1990", "1990-05-03", "1990-03-05"), h.draw("", "", "079190000012", "001190777777")}
		s["phone"], s["status"], s["insurance_no"] = h.draw("", "0903111222"), h.draw("", "active", "left"), h.draw("", "", "7912345678")
		return s
	}
	member := change.ID{0xEE} // of nobody
	if members := h.of("member"); len(members) > 0 && h.draw("0", "1", "1", "1") == "1" {
		member = rapid.SampledFrom(members).Draw(h.rt, "member")
	}
	s["member_id"], s["from_date"], s["to_date"] = member, h.draw("", "2024", "2020-05"), h.draw("", "", "2023")
	if table == "membership" {
		s["in_unit_id"] = h.unit()
	} else {
		s["office"] = h.draw("chair", "treasurer", "Lạ")
	}
	return s
}

func (h *chronicle) of(table string) (out []change.ID) {
	for _, id := range h.ids {
		if h.rows[id] == table {
			out = append(out, id)
		}
	}
	return out
}

func (h *chronicle) step() {
	act := rapid.IntRange(0, 9).Draw(h.rt, "act")
	if len(h.ids) == 0 || act < 5 {
		table, id := h.draw("member", "member", "membership", "position").(string), h.newID()
		h.d.author(h.log("A"), created(table, id, h.values(table)))
		h.ids, h.rows[id] = append(h.ids, id), table
		return
	}
	if members := h.of("member"); act == 9 && len(members) > 1 {
		p := rapid.Permutation(members).Draw(h.rt, "pair")
		id := h.answer(h.d, "P1", rapid.SampledFrom(finding.Pairs).Draw(h.rt, "kind"), p[0], p[1])
		h.answers, h.rows[id] = append(h.answers, id), "finding_answer"
		return
	}
	id := rapid.SampledFrom(append(h.ids[:len(h.ids):len(h.ids)], h.answers...)).Draw(h.rt, "row")
	r := h.d.view(h.rows[id], id)
	switch {
	case act == 5:
		h.sync(h.d)
	case act == 6:
		h.d.author(h.log("A"), deleted(r))
	default:
		s := set{"answer": h.draw(finding.NotSame, "settled")}
		if h.rows[id] != "finding_answer" {
			s = h.values(h.rows[id])
		}
		rw := edited(r, s)
		if !r.Exists() {
			rw.Writes = append(rw.Writes, change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: r.HeadDots(schema.Alive)})
		}
		h.d.author(h.log("A"), rw)
	}
}

// retold creates a row as it is shown.
func retold(r *merge.Row) change.RowWrite {
	rw := change.RowWrite{Table: r.Table.No, ID: r.ID, Creates: true}
	for _, reg := range r.Table.Registers() {
		rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: r.Shown(reg.No).Vals})
	}
	return rw
}

func TestAThousandWithOneNumberAreAFewFindingsAndNoneIsForgotten(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	var ids []change.ID
	for range 20 {
		ids = append(ids, w.member(a, "A", fmt.Sprint("Người ", len(ids)), "000000000000"))
	}
	w.sync(a)
	pairs := func(n int) int { return n * (n - 1) / 2 }
	for left := 20; left >= 0; left-- {
		if got, want := len(w.open()), pairs(min(left, 17)); got != want {
			t.Errorf("%d have it: %d findings, want %d", left, got, want)
		}
		if left > 0 {
			w.edit(a, "A", ids[left-1], set{"full_name": []any{fmt.Sprint("Người ", left-1), "1990", fmt.Sprint("07919000", 1000+left)}})
			w.sync(a)
		}
	}
}
