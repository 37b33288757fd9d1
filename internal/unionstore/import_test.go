package unionstore_test

import (
	"context"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/union"
	"dongbo/internal/unionstore"
)

var people = []map[string]string{
	{"full_name": "Nguyễn Thị Hoa", "birth_date": "1988-03-12", "gender": "female", "national_id": "079188004512", "wage_base": "5300000", "wage_coef": "2.34"},
	{"full_name": "Trần Văn Đạt", "birth_date": "1991", "card_number": "CD1"},
	{"full_name": "Lê Văn Tám", "notes": "chỉ biết tên"},
	{"full_name": "Lê Văn Tám", "notes": "người thứ hai"},
}

func TestAListGoesInOneChangeARowAndAgainChangesNothing(t *testing.T) {
	r := newOffice(t)
	p := bring(t, r, list(people...))
	if n := p.Count()[union.New]; n != 4 || count(t, r, "member") != 4 || count(t, r, "sync_outbox") != 4 {
		t.Fatalf("%v: %d members, %d changes", p.Count(), count(t, r, "member"), count(t, r, "sync_outbox"))
	}
	for _, d := range p.Decisions {
		if row, err := r.Row("member", d.Member.ID); err != nil || row == nil || row.Value("full_name").Text() != d.Record.Fields["full_name"] {
			t.Errorf("the decision on line %d does not name its member: %v", d.Record.Line, err)
		}
	}
	again := bring(t, r, list(people...))
	if again.Count()[union.Same] != 4 || count(t, r, "sync_outbox") != 4 {
		t.Errorf("again: %v, %d changes", again.Count(), count(t, r, "sync_outbox"))
	}
}

func TestAnUpdateWritesOnlyWhatIsNew(t *testing.T) {
	r := newOffice(t)
	bring(t, r, list(people...))
	p := bring(t, r, list(map[string]string{"full_name": "Nguyễn Thị Hoa", "national_id": "079188004512", "phone": "0903112233", "birth_date": "1988"}))
	if len(p.Decisions[0].Changes) != 1 || p.Count()[union.Update] != 1 {
		t.Fatalf("%+v", p.Decisions[0])
	}
	row, err := r.Row("member", p.Decisions[0].Member.ID)
	must(t, err)
	if row.Value("phone").Text() != "0903112233" || row.Value("birth_date").Text() != "1988-03-12" || row.Value("wage_base").Int() != 5300000 {
		t.Errorf("phone %s, born %s", row.Value("phone"), row.Value("birth_date"))
	}
}

func TestAnImportThatStoppedGoesOnWithoutDoubles(t *testing.T) {
	r := newOffice(t)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, err := unionstore.Import(ctx, r, office, plan(t, r, list(people...)))
	if fault.CodeOf(err) != "import.interrupted" || count(t, r, "member") != 0 || count(t, r, "sync_import") != 4 {
		t.Fatalf("%v: %d members, %d remembered", err, count(t, r, "member"), count(t, r, "sync_import"))
	}
	if p := bring(t, r, list(people...)); p.Count()[union.New] != 4 || count(t, r, "member") != 4 {
		t.Errorf("%v", p.Count())
	}
}

func TestWhoeverWasDeletedIsDoubtedAndNotEnteredAgain(t *testing.T) {
	r := newOffice(t)
	p := bring(t, r, list(people...))
	_, err := r.Commit(replica.Edit{Table: "member", ID: p.Decisions[0].Member.ID, Delete: true})
	must(t, err)
	p = bring(t, r, list(people...))
	d := p.Decisions[0]
	if d.Verdict != union.PossibleDuplicate || len(d.Why) != 1 || d.Why[0].Code != "import.deleted_member" || count(t, r, "member") != 3 {
		t.Errorf("%s %v, %d members", d.Verdict, d.Why, count(t, r, "member"))
	}
}

func TestAMemberOfAnotherUnitIsDoubted(t *testing.T) {
	r := newOffice(t)
	add(t, r, sister, map[string]change.Value{"full_name": change.Text("Nguyễn Thị Hoa"), "national_id": change.Text("079188004512")})
	if p := bring(t, r, list(people[0])); p.Decisions[0].Why[0].Code != "import.same_person_elsewhere" || count(t, r, "member") != 1 {
		t.Errorf("%+v", p.Decisions[0])
	}
}

func TestAnUpdateDoesNotOverwriteWhatCameSinceThePlan(t *testing.T) {
	r := newOffice(t)
	id := bring(t, r, list(people...)).Decisions[0].Member.ID
	rows := list(map[string]string{"full_name": "Nguyễn Thị Hoa", "national_id": "079188004512", "phone": "1"})
	p := plan(t, r, rows)
	_, err := r.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{"phone": change.Text("2")}})
	must(t, err)
	res, err := unionstore.Import(context.Background(), r, office, p)
	must(t, err)
	row, err := r.Row("member", id)
	must(t, err)
	if d := p.Decisions[0]; d.Verdict != union.Error || d.Why[0].Code != "import.changed_meanwhile" || res.Updated != 0 || row.Value("phone").Text() != "2" {
		t.Errorf("%s %v, phone %s", d.Verdict, d.Why, row.Value("phone"))
	}
	if p = bring(t, r, rows); p.Decisions[0].Verdict != union.Update {
		t.Errorf("the next import sees the new value: %s", p.Decisions[0].Verdict)
	}
}

func TestOnlyUnitsOfOnesMandateTakeAList(t *testing.T) {
	r := newOffice(t)
	must(t, unionstore.MayWrite(r, office))
	for _, u := range []change.ID{root, province, sister} {
		if err := unionstore.MayWrite(r, u); fault.CodeOf(err) != "unit.not_yours" {
			t.Errorf("%s: %v", u, err)
		}
	}
	_, err := r.Commit(replica.Edit{Table: "mandate", Set: map[string]change.Value{"unit_id": change.IDValue(province), "person_id": change.IDValue(officer)}})
	must(t, err)
	must(t, unionstore.MayWrite(r, sister))
	if _, err := unionstore.UnitByCode(r, "NOPE"); fault.CodeOf(err) != "unit.no_such_code" {
		t.Errorf("%v", err)
	}
}
