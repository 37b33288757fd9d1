package present_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dongbo/app/apptest"
	"dongbo/app/present"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

func desk(o *apptest.Office) *present.Desk {
	return &present.Desk{R: o.Replica, Lang: "vi", Now: time.Now}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheListFindsWithoutAccentsAndShowsTheReadersWords(t *testing.T) {
	o := apptest.New(t, 350)
	_, err := o.Commit(replica.Edit{Table: "member", ID: o.Members[0], Set: map[string]change.Value{
		"full_name": change.Text("Đặng Thị Ánh Tuyết"), "birth_date": change.Text("1990-03-05"), "national_id": change.Text("079190001234"),
		"status": change.Text("active"), "department": change.Text("Tổ cắt"), "phone": change.Text("0903111222")}})
	must(t, err)
	m := present.NewMembers(desk(o))
	must(t, m.Reload())
	if m.Count() != 350 || m.Headline() != "350 đoàn viên" || m.Notice() != "" {
		t.Errorf("all: %d %q %q", m.Count(), m.Headline(), m.Notice())
	}
	if last, ok := m.Row(349); !ok || last.Cells[0] == "" {
		t.Errorf("last row: %v %v", last, ok)
	}
	m.SetQuery(" dang thi anh tuy ")
	must(t, m.Reload())
	row, ok := m.Row(0)
	if want := "Đặng Thị Ánh Tuyết|05/03/1990|079•••••1234|Tổ cắt|0903111222|Đang sinh hoạt"; !ok || strings.Join(row.Cells, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(row.Cells, "|"), want)
	}
	if m.Headline() != "1 trong 350 đoàn viên" {
		t.Errorf("headline %q", m.Headline())
	}
	m.SetQuery("xyzzy")
	must(t, m.Reload())
	if m.Count() != 0 || !strings.Contains(m.Notice(), "xyzzy") {
		t.Errorf("no hit: %d %q", m.Count(), m.Notice())
	}
}

func TestAnAnswerToAnOldQueryIsThrownAway(t *testing.T) {
	o := apptest.New(t, 30)
	m := present.NewMembers(desk(o))
	m.SetQuery("xyzzy")
	must(t, m.Reload())
	m.SetQuery("")
	if m.Count() != 0 {
		t.Error("a query took effect before its answer was there")
	}
	must(t, m.Reload())
	if m.Count() != 30 {
		t.Error(m.Count())
	}
}

func TestSavingWritesOnlyWhatWasChanged(t *testing.T) {
	o := apptest.New(t, 3)
	f := present.NewForm(desk(o))
	must(t, f.Load(o.Members[1]))
	if f.Dirty() {
		t.Error("dirty before anything was typed")
	}
	f.SetText("phone", "0903 123 456")
	f.SetText("birth_date", "5/3/1990")
	e, err := f.Edit()
	must(t, err)
	if e.Set["phone"].Text() != "0903123456" || e.Set["birth_date"].Text() != "1990-03-05" {
		t.Errorf("set %v", e.Set)
	}
	if _, ok := e.Set["full_name"]; !ok || len(e.Set) != 5 {
		t.Errorf("the identity register goes whole, the others only where changed: %v", e.Set)
	}
	if _, err := f.Save(); err != nil || f.Dirty() {
		t.Fatalf("save: %v, dirty %v", err, f.Dirty())
	}
	if got := o.Value(t, o.Members[1], "phone"); got != "0903123456" {
		t.Errorf("phone %q", got)
	}
	st, err := o.Status()
	must(t, err)
	if _, err := f.Save(); err != nil {
		t.Fatal(err)
	}
	if again, _ := o.Status(); again.Waiting != st.Waiting {
		t.Error("saving unchanged fields made a change")
	}
}

func TestANewMemberNeedsANameAndOddNumbersAreOnlyRemarks(t *testing.T) {
	o := apptest.New(t, 1)
	d := desk(o)
	f := present.NewForm(d)
	units, names, err := d.Units()
	must(t, err)
	if len(units) != 1 || units[0] != apptest.Unit {
		t.Fatalf("units %v", names)
	}
	f.New(units[0])
	f.SetText("phone", "12")
	if _, err := f.Save(); err == nil || d.Say(err) != "Họ và tên: còn trống." {
		t.Errorf("no name: %q", d.Say(err))
	}
	f.SetText("full_name", "Trần Văn Bình")
	f.SetText("birth_date", "31/02/1990")
	if _, err := f.Save(); err == nil || !strings.Contains(d.Say(err), "31/02/1990") {
		t.Errorf("no such day: %q", d.Say(err))
	}
	f.SetText("birth_date", "1990")
	f.SetText("national_id", o.Value(t, o.Members[0], "national_id"))
	problems := f.Check()
	said := ""
	for _, p := range problems {
		if p.Fatal {
			t.Errorf("fatal: %v", p.Err)
		}
		said += d.Say(p.Err) + "\n"
	}
	if !strings.Contains(said, "“12”") || !strings.Contains(said, "đã có ở đoàn viên "+o.Value(t, o.Members[0], "full_name")) {
		t.Errorf("remarks: %s", said)
	}
	id, err := f.Save()
	must(t, err)
	if o.Value(t, id, "full_name") != "Trần Văn Bình" || o.Value(t, id, "birth_date") != "1990" || o.Value(t, id, "status") != "active" {
		t.Error("the new member is not there as typed")
	}
}

func TestWhatArrivesBehindAnOpenFormIsNotOverwritten(t *testing.T) {
	o := apptest.New(t, 3)
	d, id := desk(o), o.Members[2]
	f := present.NewForm(d)
	must(t, f.Load(id))
	o.Elsewhere(t, id, "email", "tu@example.vn")
	if reloaded, _, err := f.Follow(); !reloaded || err != nil || f.Text("email") != "tu@example.vn" {
		t.Errorf("an untouched form must follow: %v %v %q", reloaded, err, f.Text("email"))
	}
	f.SetText("phone", "0903000001")
	o.Elsewhere(t, id, "phone", "0903000002")
	reloaded, changed, err := f.Follow()
	if reloaded || err != nil || len(changed) != 1 || changed[0] != "Điện thoại" || f.Text("phone") != "0903000001" {
		t.Errorf("an edited form must keep what was typed and say what changed: %v %v %v", reloaded, changed, err)
	}
	_, err = f.Save()
	must(t, err)
	if f.Split("phone") != 2 {
		t.Error("the form does not say that two values stand")
	}
	m := present.NewMembers(d)
	must(t, m.Reload())
	if row, _ := m.Row(m.IndexOf(id)); !row.Review {
		t.Error("the list does not mark the member")
	}
	all, err := o.Conflicts()
	must(t, err)
	if len(all) != 1 || len(all[0].Values) != 2 {
		t.Fatalf("conflicts: %v", all)
	}
}

func inbox(t *testing.T, d *present.Desk) (*present.Conflicts, []present.Conflict) {
	t.Helper()
	c := present.NewConflicts(d)
	must(t, c.Reload())
	return c, c.List()
}

func clash(t *testing.T, o *apptest.Office, id change.ID, column, mine, theirs string) {
	t.Helper()
	_, err := o.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{column: change.Text(mine)}})
	must(t, err)
	o.Elsewhere(t, id, column, theirs)
}

func TestAConflictNamesPeopleAndIsSettledByTakingOneValue(t *testing.T) {
	o := apptest.New(t, 3)
	d, id := desk(o), o.Members[0]
	clash(t, o, id, "phone", "0903000001", "0903000002")
	c, list := inbox(t, d)
	if c.Count() != 1 || list[0].Title != o.Value(t, id, "full_name") || len(list[0].Lines) != 1 {
		t.Fatalf("%+v", list)
	}
	mine, theirs := 0, 0
	for _, v := range list[0].Versions {
		switch v.Who {
		case "Chị Hoa – PC Văn phòng":
			mine = v.N
		case "Anh Tú – Tỉnh":
			theirs = v.N
		}
	}
	values := list[0].Lines[0].Values
	if mine == 0 || theirs == 0 || values[mine-1] != "0903000001" || values[theirs-1] != "0903000002" {
		t.Fatalf("values stand under the wrong names: %+v", list[0])
	}
	must(t, c.Settle(list[0], theirs, nil, "đã gọi điện"))
	must(t, c.Reload())
	if c.Count() != 0 || c.Empty() == "" || o.Value(t, id, "phone") != "0903000002" {
		t.Errorf("not settled: %d %q", c.Count(), o.Value(t, id, "phone"))
	}
	var why string
	must(t, o.DB().QueryRow("SELECT why FROM finding_answer").Scan(&why))
	if why != "đã gọi điện" {
		t.Errorf("reason %q", why)
	}
}

func TestAConflictIsSettledByAThirdValueTyped(t *testing.T) {
	o := apptest.New(t, 3)
	d, id := desk(o), o.Members[0]
	clash(t, o, id, "birth_date", "1990-01-02", "1990-02-01")
	c, list := inbox(t, d)
	if err := c.Settle(list[0], 1, map[string]string{"birth_date": "30/02/1990"}, ""); err == nil {
		t.Error("30 February was taken")
	}
	must(t, c.Settle(list[0], 1, map[string]string{"birth_date": "03/01/1990"}, ""))
	if got := o.Value(t, id, "birth_date"); got != "1990-01-03" {
		t.Errorf("result %q", got)
	}
}

func TestNobodySettlesAValueThatWasNotShown(t *testing.T) {
	o := apptest.New(t, 3)
	d, id := desk(o), o.Members[0]
	clash(t, o, id, "phone", "0903000001", "0903000002")
	c, list := inbox(t, d)
	o.Elsewhere(t, id, "phone", "0903000003")
	if err := c.Settle(list[0], 1, nil, ""); err == nil || !strings.Contains(d.Say(err), "giá trị mới") {
		t.Errorf("settled unseen values: %v", err)
	}
	must(t, c.Reload())
	if c.Count() != 1 {
		t.Error("the conflict has gone")
	}
}

func TestAnEditAgainstADeleteOffersKeepingOrDeleting(t *testing.T) {
	o := apptest.New(t, 3)
	d, id := desk(o), o.Members[0]
	_, err := o.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{"notes": change.Text("Đề nghị hỗ trợ")}})
	must(t, err)
	o.Deleted(t, id)
	c, list := inbox(t, d)
	if len(list) != 1 || list[0].Lines[0].Editable {
		t.Fatalf("%+v", list)
	}
	for i, v := range list[0].Lines[0].Values {
		if v == "Giữ lại" {
			must(t, c.Settle(list[0], i+1, nil, ""))
		}
	}
	if o.Value(t, id, "notes") != "Đề nghị hỗ trợ" {
		t.Errorf("notes: %q", o.Value(t, id, "notes"))
	}
}

func TestDatesAndNumbersAreWrittenAsOfficesDo(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.Local) // a Tuesday
	d := &present.Desk{Lang: "vi", Now: func() time.Time { return now }}
	for _, c := range []struct{ got, want string }{
		{d.When(now.Add(-time.Hour)), "08:00 hôm nay"}, {d.When(now.Add(-24 * time.Hour)), "09:00 hôm qua"},
		{d.When(now.Add(-4 * 24 * time.Hour)), "09:00 thứ Sáu"}, {d.When(now.Add(-40 * 24 * time.Hour)), "09:00 15/10/2026"},
		{d.Number(1234567), "1.234.567"}, {d.Number(-1234), "-1.234"}, {d.Number(12), "12"},
		{present.DateText("1990-03"), "03/1990"}, {present.DateText("1990"), "1990"}, {present.DateText(""), ""},
		{present.Mask("079190001234"), "079•••••1234"}, {present.Mask("123456789"), "•••••6789"}, {present.Mask("12"), "12"},
		{d.Label("phone"), "Điện thoại"}, {d.Label("amount"), "Số tiền"}, {d.Label("xyz"), "xyz"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTheWatcherSeesAnotherProgramsWrite(t *testing.T) {
	o := apptest.New(t, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := make(chan struct{}, 100)
	ended := make(chan error, 1)
	go func() { ended <- present.Watch(ctx, o.Replica, func() { calls <- struct{}{} }) }()
	<-calls
	other, err := replica.Open(filepath.Clean(o.Path()), apptest.Env())
	must(t, err)
	defer other.Close()
	for len(calls) > 0 {
		<-calls
	}
	_, err = other.Commit(replica.Edit{Table: "member", ID: o.Members[0], Set: map[string]change.Value{"phone": change.Text("1")}})
	must(t, err)
	select {
	case <-calls:
	case <-time.After(5 * time.Second):
		t.Error("nothing was noticed")
	}
	cancel()
	must(t, <-ended)
}
