package server_test

import (
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/identity"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// accept greets and sends one batch, and returns what the server says to it.
func (w *world) accept(d *device, m *wire.Changes) (*wire.Receipt, error) {
	w.t.Helper()
	n := w.s.NewSession(challenge)
	mine, theirs := connect(d, n)
	done := make(chan error, 1)
	go func() { done <- n.Run(w.t.Context(), theirs) }()
	defer func() {
		_ = mine.Close()
		<-done
	}()
	must(w.t, d.greet(mine, false))
	if m, err := mine.Read(); err != nil {
		w.t.Fatal(err)
	} else if p, ok := m.(*wire.Problem); ok {
		return nil, fault.New(fault.Code(p.Code))
	}
	must(w.t, mine.Write(m))
	for {
		switch m, err := mine.Read(); m := m.(type) {
		case *wire.Receipt:
			return m, nil
		case *wire.Problem:
			return nil, fault.New(fault.Code(m.Code))
		default:
			must(w.t, err)
		}
	}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestABatchThatComesTwiceIsOrderedOnce(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	w.member(a, "A", "An", "")
	w.member(a, "A", "Bình", "")
	first, err := w.accept(a, a.batch(1, 2))
	must(t, err)
	again, err := w.accept(a, a.batch(1, 2))
	must(t, err)
	if again.Through != 2 || again.Hash != first.Hash {
		t.Errorf("receipts differ: %+v, %+v", first, again)
	}
	w.member(a, "A", "Chi", "")
	over, err := w.accept(a, a.batch(2, 3))
	must(t, err)
	if over.Through != 3 {
		t.Errorf("an overlapping batch reaches to %d", over.Through)
	}
	w.sync(a)
	if a.counts[wire.EntryOwn] != 3 {
		t.Errorf("%d own entries, want 3", a.counts[wire.EntryOwn])
	}
}

func TestAChainThatDoesNotHoldIsTurnedAwayBeforeAnythingIsBelieved(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	for _, name := range []string{"An", "Bình", "Chi"} {
		w.member(a, "A", name, "")
	}
	_, err := w.accept(a, a.batch(2, 3))
	wantCode(t, err, fault.ChainGap)

	m := a.batch(1, 3)
	m.Signature = identity.SignRange(a.key, a.writer, 2, m.Last)
	_, err = w.accept(a, m)
	wantCode(t, err, fault.ChainBroken)

	m = a.batch(1, 3)
	m.Changes[1].Rows[0].Writes[0].Vals = []change.Value{change.Text("Kẻ khác")}
	_, err = w.accept(a, m)
	wantCode(t, err, fault.ChainBroken)

	b := w.enroll("b", "B", "officer")
	w.member(b, "B", "Dũng", "")
	m = b.batch(1, 1)
	m.Writer = a.writer
	_, err = w.accept(b, m)
	wantCode(t, err, fault.AuthWriter)
}

func TestAForkOfAChainIsToldAndNeverTaken(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	w.member(a, "A", "Lan", "")
	w.sync(a)
	clone := newDevice(t, "a", "")
	clone.person, clone.chain, clone.hashes = a.person, slices.Clone(a.chain), slices.Clone(a.hashes)
	clone.scope, clone.cursor = a.scope, a.cursor
	w.member(a, "A", "An", "")
	w.sync(a)
	w.member(clone, "A", "Bình", "")
	_, err := w.accept(clone, clone.batch(2, 2))
	wantCode(t, err, fault.ChainForked)

	welcome, links := w.askLinks(clone, 1, 2, 3)
	if s := welcome.Writers[0]; s.Last != 2 || s.Known != a.hashes[1] || s.Known == clone.hashes[1] {
		t.Errorf("the server's chain, where the copy's ends: %+v", s)
	}
	if want := []change.Hash{a.hashes[0], a.hashes[1], {}}; !slices.Equal(links.Hashes, want) {
		t.Errorf("links %x", links.Hashes)
	}
}

// askLinks greets and asks where the device's chain stands at some numbers.
func (w *world) askLinks(d *device, numbers ...uint64) (welcome *wire.Welcome, links *wire.Links) {
	w.t.Helper()
	n := w.s.NewSession(challenge)
	mine, theirs := connect(d, n)
	done := make(chan error, 1)
	go func() { done <- n.Run(w.t.Context(), theirs) }()
	defer func() {
		_ = mine.Close()
		<-done
	}()
	must(w.t, d.greet(mine, false))
	must(w.t, mine.Write(&wire.Ask{Writer: d.writer, Numbers: numbers}))
	for links == nil {
		m, err := mine.Read()
		must(w.t, err)
		switch m := m.(type) {
		case *wire.Welcome:
			welcome = m
		case *wire.Links:
			links = m
		case *wire.Problem:
			w.t.Fatal(m.Code)
		}
	}
	return welcome, links
}

func TestOneBadChangeDoesNotBlockTheOthers(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	w.member(a, "A", "An", "")
	w.member(a, "B", "Ở đơn vị khác", "")
	binh := w.member(a, "A", "Bình", "")
	w.sync(a)
	a.wantRefused(2, "mandate.unit", "member")
	if a.value("member", binh, "full_name") != "Bình" || a.counts[wire.EntryRefused] != 1 || len(a.waiting) != 0 {
		t.Errorf("counts %v", a.counts)
	}
}

func TestNamingARefusedDotNamesWhatThatDotNamed(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	// The move to an office that A may not write is refused; the phone with it.
	w.edit(a, "A", an, set{"phone": "1", "unit_id": w.units["B"]})
	w.edit(a, "A", an, set{"phone": "2", "unit_id": w.units["A"]})
	a.author(w.log("A"), deleted(a.view("member", an)))
	w.sync(a, p)
	a.wantRefused(2, "mandate.unit", "member")
	for _, d := range []*device{a, p} {
		r := d.rows[key{5, an}]
		if r.Exists() || len(r.Conflicts()) != 0 {
			t.Errorf("exists %v, conflicts %v: all that was replaced had been seen", r.Exists(), r.Conflicts())
		}
		if heads := r.Heads(9); len(heads) != 1 || heads[0].Vals[0].Text() != "2" {
			t.Errorf("phone heads %v", heads)
		}
	}
}

func TestADeleteAgainstAnUnseenEditIsAConflict(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	a.author(w.log("A"), deleted(a.view("member", an)))
	w.edit(p, "A", an, set{"phone": "1"})
	w.sync(a, p, a)
	for _, d := range []*device{a, p} {
		r := d.rows[key{5, an}]
		if r.Exists() || len(r.UnseenByDelete()) != 1 {
			t.Errorf("exists %v, unseen %v", r.Exists(), r.UnseenByDelete())
		}
	}
}

func TestAMoveEvictsOnOneSideAndArrivesOnTheOther(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "001090000001")
	w.sync(a, p)
	w.edit(a, "A", an, set{"phone": "1"})
	w.edit(p, "A", an, set{"phone": "2"})
	w.sync(a, p)
	w.edit(p, "B", an, set{"unit_id": w.units["B"]})
	w.edit(p, "B", an, set{"notes": "đã chuyển"})
	w.sync(p, a, b, p)
	if a.counts[wire.EntryEvict] != 1 || a.value("member", an, "full_name") != "-" {
		t.Errorf("A: %v", a.counts)
	}
	if b.counts[wire.EntryArrive] != 1 || b.value("member", an, "notes") != "đã chuyển" || len(b.view("member", an).Conflicts()) != 1 {
		t.Errorf("B: %v: the row comes with its open conflict", b.counts)
	}
	if p.counts[wire.EntryEvict]+p.counts[wire.EntryArrive] != 0 {
		t.Errorf("for the province nothing moved: %v", p.counts)
	}
}

func TestWhatIsRefusedAndWhy(t *testing.T) {
	w := newWorld(t)
	a, p, root := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff"), w.enroll("vn", "VN", "admin")
	an := w.member(a, "A", "An", "")
	paid := w.newID()
	a.author(w.log("A"), created("dues_payment", paid, set{"unit_id": w.units["A"], "amount": 50000, "receipt_no": "7"}))
	h := w.enroll("h", "H", "officer")
	far := w.member(h, "H", "Hoa", "")
	w.sync(a, h, p)
	base := created("member", w.newID(), set{"unit_id": w.units["A"], "full_name": []any{"X"}})
	with := func(f func(*change.RowWrite)) change.RowWrite {
		rw := base
		rw.ID, rw.Writes = w.newID(), append([]change.Write(nil), base.Writes...)
		f(&rw)
		return rw
	}
	p1 := w.units["P1"]
	for _, c := range []struct {
		name         string
		d            *device
		log          change.ID
		rows         []change.RowWrite
		code, detail string
	}{
		{"a table that nobody declared", a, p1, []change.RowWrite{with(func(rw *change.RowWrite) { rw.Table = 999 })}, "schema.unknown", ""},
		{"a row written twice", a, p1, []change.RowWrite{base, base}, "change.invalid", "member"},
		{"a text in a number", a, p1, []change.RowWrite{created("member", w.newID(), set{"unit_id": w.units["A"], "full_name": []any{"X"}, "children": "hai"})}, "value.type", "member.children"},
		{"a NULL in a name", a, p1, []change.RowWrite{created("member", w.newID(), set{"unit_id": w.units["A"], "full_name": []any{nil}})}, "value.type", "member.full_name"},
		{"no name at all", a, p1, []change.RowWrite{created("member", w.newID(), set{"unit_id": w.units["A"]})}, "value.type", "member.full_name"},
		{"a short id", a, p1, []change.RowWrite{created("member", w.newID(), set{"unit_id": []byte("short"), "full_name": []any{"X"}})}, "value.type", "member.unit_id"},
		{"a unit that is not", a, p1, []change.RowWrite{created("member", w.newID(), set{"unit_id": w.newID(), "full_name": []any{"X"}})}, "unit.unknown", "member.unit_id"},
		{"an id that is taken", a, p1, []change.RowWrite{created("member", an, set{"unit_id": w.units["A"], "full_name": []any{"X"}})}, "row.exists", "member"},
		{"a posted payment", a, p1, []change.RowWrite{edited(a.view("dues_payment", paid), set{"amount": 1})}, "row.posted", "dues_payment"},
		{"a unit that is not the author's, in a log that is not", a, w.newID(), []change.RowWrite{created("member", w.newID(), set{"unit_id": w.units["H"], "full_name": []any{"X"}})}, "mandate.unit", "member"},
		{"a move to another province", p, p1, []change.RowWrite{edited(p.view("member", an), set{"unit_id": w.units["H"]})}, "mandate.unit", "member"},
		{"a province below another", root, w.units["P2"], []change.RowWrite{edited(root.view("unit", w.units["P2"]), set{"parent_id": p1})}, "unit.province", "unit.parent_id"},
		{"a mandate that an officer gives", a, p1, []change.RowWrite{created("mandate", w.newID(), set{"unit_id": w.units["A"], "role": "admin"})}, "mandate.table", "mandate"},
		{"a finding that a person writes", p, p1, []change.RowWrite{created("finding", w.newID(), set{"unit_id": w.units["A"]})}, "mandate.table", "finding"},
		{"one's own unit", a, p1, []change.RowWrite{edited(a.view("unit", w.units["A"]), set{"address": "x"})}, "mandate.unit", "unit"},
		{"a unit below itself", p, p1, []change.RowWrite{edited(p.view("unit", w.units["C1"]), set{"parent_id": w.units["A"]})}, "unit.cycle", "unit.parent_id"},
		{"a second root", p, p1, []change.RowWrite{edited(p.view("unit", w.units["C1"]), set{"parent_id": nil})}, "unit.root", "unit.parent_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.d.t = t
			n := c.d.author(c.log, c.rows...).N
			must(t, c.d.sync(w.s))
			c.d.wantRefused(n, c.code, c.detail)
		})
	}
	_ = far
}

func TestWhoKnewNoLogWritesAllTheSame(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	id := w.newID()
	a.author(w.units["A"], created("member", id, set{"unit_id": w.units["A"], "full_name": []any{"An", "1990", ""}}))
	a.author(w.units["A"], edited(a.view("member", id), set{"phone": "1"}))
	w.sync(a, p, a)
	if len(a.refused) != 0 || a.view("member", id) == nil || p.value("member", id, "phone") != "1" {
		t.Errorf("refused %v, at the office %v, at the province %v", a.refused, a.view("member", id), p.view("member", id))
	}
}

func TestWhoHasReadALogThatIsNoneIsRefused(t *testing.T) {
	for name, log := range map[string]func(*world) change.ID{
		"nowhere": (*world).newID,
		"a unit":  func(w *world) change.ID { return w.units["C1"] },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.enroll("a", "A", "officer")
			id := log(w)
			a.cursor.Logs[id] = 7
			n := a.author(id, created("member", w.newID(), set{"unit_id": w.units["A"], "full_name": []any{"An", "1990", ""}})).N
			delete(a.cursor.Logs, id)
			w.sync(a)
			a.wantRefused(n, "log.unknown", "member")
		})
	}
}

func TestADeviceActsForItsOwnPersonOnly(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "admin")
	own := a.person
	a.person = p.person
	w.member(a, "A", "An", "")
	a.person = own
	w.sync(a)
	a.wantRefused(1, "mandate.person", "")
}

func TestAWriteToARowWhoseCreationWasRefusedIsRefused(t *testing.T) {
	w := newWorld(t)
	a := w.enroll("a", "A", "officer")
	id := w.member(a, "B", "Ngoài đơn vị", "")
	w.edit(a, "A", id, set{"unit_id": w.units["A"]})
	w.sync(a)
	a.wantRefused(1, "mandate.unit", "member")
	a.wantRefused(2, "row.creation_refused", "member")
}

func TestTheSeventeenthUnseenValueIsRefused(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	r := p.view("member", an)
	for range merge.MaxHeads {
		rw := edited(r, set{"phone": w.newID().String()})
		rw.Writes[0].Seen = nil
		p.author(w.log("A"), rw)
	}
	w.sync(p)
	p.wantRefused(merge.MaxHeads, "heads.full", "member.phone")
	if n := len(p.view("member", an).Heads(9)); n != merge.MaxHeads {
		t.Errorf("%d heads", n)
	}
}

func TestRegistersOfANewerReleaseAreKeptAndHandedOn(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "An", "")
	rw := created("member", w.newID(), set{"unit_id": w.units["A"], "full_name": []any{"Mới"}})
	rw.Writes = append(rw.Writes, change.Write{Reg: 900, Vals: []change.Value{change.Text("tương lai"), change.Int(7)}})
	a.author(w.log("A"), rw)
	w.sync(a, p)
	r := p.rows[key{5, rw.ID}]
	if r == nil || len(r.Raw[900]) != 1 || r.Raw[900][0].Vals[0].Text() != "tương lai" {
		t.Errorf("got %+v", r)
	}
	_ = an
}

func TestAUnitMadeWithItsPeopleInOneChangeIsOrdered(t *testing.T) {
	w := newWorld(t)
	p := w.enroll("p", "P1", "admin")
	unit, person := w.newID(), w.newID()
	p.author(w.log("A"),
		created("unit", unit, set{"code": "E", "name": "Công ty E", "kind": "grassroots", "parent_id": w.units["C2"]}),
		created("person", person, set{"unit_id": unit, "full_name": "Em"}),
		created("mandate", w.newID(), set{"unit_id": unit, "person_id": person, "role": "officer"}))
	w.sync(p)
	if len(p.refused) != 0 || p.value("person", person, "full_name") != "Em" {
		t.Errorf("refused %v", p.refused)
	}
	e := w.enroll("e", "E", "officer")
	if e.value("unit", unit, "code") != "E" {
		t.Error("the new unit's office does not hold it")
	}
}

func TestReparentingAUnitGivesThoseConcernedANewSnapshot(t *testing.T) {
	w := newWorld(t)
	a, c2, p := w.enroll("a", "A", "officer"), w.enroll("c2", "C2", "staff"), w.enroll("p", "P1", "admin")
	an := w.member(a, "A", "An", "")
	w.sync(a, c2, p)
	before := a.begun
	p.author(w.log("A"), edited(p.view("unit", w.units["A"]), set{"parent_id": w.units["C2"]}))
	w.sync(p, c2, a)
	if c2.begun == nil || c2.value("member", an, "full_name") != "An" {
		t.Error("the new commune must receive the office's rows")
	}
	if a.begun == before || a.value("unit", w.units["C2"], "code") != "C2" || a.value("unit", w.units["C1"], "code") != "-" {
		t.Error("the office must receive what its new commune publishes, and no more of the old one")
	}
	if p.begun != nil {
		t.Error("for the province nothing entered or left")
	}
}

func TestAUnitIsSeenByWhoManagesItToo(t *testing.T) {
	w := newWorld(t)
	a, p := w.enroll("a", "A", "officer"), w.enroll("p", "P1", "admin")
	an := w.member(a, "A", "An", "")
	w.sync(a, p)
	p.author(w.log("A"), edited(p.view("unit", w.units["A"]), set{"managed_by_id": w.units["C2"]}))
	w.sync(p)
	m := w.enroll("m", "C2", "staff")
	w.edit(m, "A", an, set{"phone": "1"})
	w.sync(m, a)
	if len(m.refused) != 0 || a.value("member", an, "phone") != "1" {
		t.Errorf("refused %v", m.refused)
	}
}
