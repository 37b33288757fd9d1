package ui

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/apptest"
	"dongbo/app/present"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// bench is a window in memory whose goroutine is the test's.
type bench struct {
	*Window
	t *testing.T
	o *apptest.Office
	q chan func()
}

func open(t *testing.T, members int) *bench {
	t.Helper()
	b := &bench{t: t, o: apptest.New(t, members), q: make(chan func(), 1000)}
	a := test.NewTempApp(t)
	b.Window = New(a, Options{Desk: &present.Desk{R: b.o.Replica, Lang: "vi", Now: time.Now}, Post: func(f func()) { b.q <- f }})
	ctx, stop := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() { defer close(watched); _ = b.Watch(ctx) }()
	t.Cleanup(func() {
		stop()
		for {
			select {
			case <-b.q:
			case <-watched:
				b.End()
				return
			}
		}
	})
	b.Show()
	b.until("the list is filled", func() bool { return b.members.Count() == members && b.list.count.Text != b.desk.T("app.opening") })
	return b
}

// until plays the toolkit until something holds.
func (b *bench) until(what string, holds func() bool) {
	b.t.Helper()
	end := time.After(20 * time.Second)
	for !holds() {
		select {
		case f := <-b.q:
			f()
		case <-end:
			b.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// tapRow taps a cell of the table as a mouse does.
func (b *bench) tapRow(row int) {
	b.t.Helper()
	_ = b.win.Canvas().Capture() // lays out
	b.list.table.Select(widget.TableCellID{Row: row, Col: 1})
}

func (b *bench) press(key fyne.KeyName) {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierControl}
	if f, ok := b.win.Canvas().Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(s)
		return
	}
	b.win.Canvas().(interface{ TypedShortcut(fyne.Shortcut) }).TypedShortcut(s)
}

func (b *bench) commit(id change.ID, column, value string) {
	b.t.Helper()
	if _, err := b.o.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{column: change.Text(value)}}); err != nil {
		b.t.Fatal(err)
	}
}

func TestTypingInTheSearchFieldShowsTheHits(t *testing.T) {
	b := open(t, 120)
	b.commit(b.o.Members[5], "full_name", "Đặng Thị Ánh Tuyết")
	test.Type(b.list.search, "dang thi anh tuyet")
	b.until("one hit", func() bool { return b.list.count.Text == "1 trong 120 đoàn viên" })
	if rows, _ := b.list.table.Length(); rows != 1 {
		t.Errorf("the table has %d rows", rows)
	}
	test.Type(b.list.search, " xyzzy")
	b.until("the sentence that there is none", func() bool { return b.list.notice.Visible() && strings.Contains(b.list.notice.Text, "xyzzy") })
}

func TestATableThatHasNoSizeYetHasNoRows(t *testing.T) {
	b := open(t, 10)
	fresh := newMemberTable(b.Window)
	if rows, _ := fresh.Length(); rows != 0 {
		t.Errorf("%d rows before the first layout", rows)
	}
}

func TestATappedRowIsEditedSavedAndInTheReplica(t *testing.T) {
	b := open(t, 40)
	b.tapRow(3)
	id, is := b.form.Open()
	row, _ := b.members.Row(3)
	if !is || id != row.ID || b.panel.title.Text != row.Cells[0] || b.panel.texts["full_name"].Text != row.Cells[0] {
		t.Fatalf("the form shows %q, the row is %q", b.panel.title.Text, row.Cells[0])
	}
	b.panel.texts["phone"].SetText("0912 345 678")
	b.win.Canvas().Focus(b.panel.texts["phone"])
	b.press(fyne.KeyS)
	b.until("saved", func() bool { return b.panel.message.Text == "Đã lưu" })
	if got := b.o.Value(t, id, "phone"); got != "0912345678" {
		t.Errorf("the replica has %q", got)
	}
	b.until("the list shows it", func() bool { r, _ := b.members.Row(3); return r.Cells[4] == "0912345678" })
}

func TestAWrongDateIsToldUnderItsFieldAndNothingIsSaved(t *testing.T) {
	b := open(t, 5)
	b.tapRow(0)
	id, _ := b.form.Open()
	was := b.o.Value(t, id, "birth_date")
	b.panel.texts["birth_date"].SetText("31/02/1990")
	b.until("a remark", func() bool { return b.panel.remarks["birth_date"].Visible() })
	test.Tap(b.panel.saveKey)
	b.until("a refusal", func() bool { return strings.Contains(b.panel.message.Text, "31/02/1990") })
	if got := b.o.Value(t, id, "birth_date"); got != was || !b.form.Dirty() {
		t.Errorf("saved %q, dirty %v", got, b.form.Dirty())
	}
}

func TestUnsavedEditsAreAskedAboutBeforeAnotherRowOpens(t *testing.T) {
	b := open(t, 5)
	b.tapRow(0)
	first, _ := b.form.Open()
	b.panel.texts["notes"].SetText("Gọi lại sau Tết")
	b.tapRow(1)
	if now, _ := b.form.Open(); now != first || b.win.Canvas().Overlays().Top() == nil {
		t.Fatal("the edits were left without a question")
	}
	tapButton(t, b.win.Canvas().Overlays().Top(), "Lưu")
	b.until("the other row", func() bool { now, _ := b.form.Open(); return now != first })
	if got := b.o.Value(t, first, "notes"); got != "Gọi lại sau Tết" {
		t.Errorf("notes %q", got)
	}
}

// tapButton finds a button by its words.
func tapButton(t *testing.T, in fyne.CanvasObject, text string) {
	t.Helper()
	for _, o := range test.LaidOutObjects(in) {
		if btn, ok := o.(*widget.Button); ok && btn.Text == text && btn.Visible() {
			test.Tap(btn)
			return
		}
	}
	t.Fatalf("no button %q", text)
}

func TestANewMemberIsTypedAndSaved(t *testing.T) {
	b := open(t, 5)
	b.press(fyne.KeyN)
	test.Type(b.panel.texts["full_name"], "Vũ Thị Hồng")
	test.Tap(b.panel.saveKey)
	b.until("six members", func() bool { return b.list.count.Text == "6 đoàn viên" })
}

func TestAConflictIsSettledByTaps(t *testing.T) {
	b := open(t, 5)
	id := b.o.Members[2]
	b.commit(id, "phone", "0903000001")
	b.o.Elsewhere(t, id, "phone", "0903000002")
	b.until("the counter", func() bool { return b.tabs.Items[1].Text == "Cần bạn xem (1)" && len(b.inbox.order) == 1 })
	b.press(fyne.Key2)
	if b.tabs.SelectedIndex() != 1 {
		t.Error("Ctrl+2 does not open the inbox")
	}
	k := b.inbox.cards[b.inbox.order[0]]
	if !k.settle.Disabled() {
		t.Error("a result can be saved before anything was chosen")
	}
	for i, v := range k.c.Versions {
		if v.Who == "Anh Tú – Tỉnh" {
			test.Tap(k.takes[i])
		}
	}
	if k.results["phone"].Text != "0903000002" {
		t.Errorf("the result shows %q", k.results["phone"].Text)
	}
	test.Tap(k.settle)
	b.until("an empty inbox", func() bool { return len(b.inbox.order) == 0 && b.tabs.Items[1].Text == "Cần bạn xem" })
	if got := b.o.Value(t, id, "phone"); got != "0903000002" {
		t.Errorf("the replica has %q", got)
	}
}

func TestTwoMembersWhoAreOneAreMergedByATap(t *testing.T) {
	b := open(t, 5)
	b.commit(b.o.Members[1], "national_id", "079199000001")
	b.commit(b.o.Members[2], "national_id", "079199000001")
	b.until("the finding", func() bool { return len(b.inbox.notices) == 1 })
	choices := b.conflicts.Choices(b.inbox.notices[0])
	if len(choices) != 3 {
		t.Fatalf("%+v", choices)
	}
	for _, o := range test.LaidOutObjects(b.inbox.box) {
		if button, ok := o.(*widget.Button); ok && button.Text == choices[1].Label {
			test.Tap(button)
		}
	}
	b.until("a list of one less", func() bool { return b.members.Count() == 4 })
	if merges, err := b.o.Merges(); err != nil || len(merges) != 1 || merges[0].Into != b.o.Members[1] {
		t.Errorf("%+v, %v", merges, err)
	}
}

func TestTheButtonWaitsUntilItsRequestIsTakenUp(t *testing.T) {
	b := open(t, 2)
	b.until("the status", func() bool { return b.bar.word.Text == "Đã đồng bộ" })
	test.Tap(b.bar.button)
	b.until("calling", func() bool { return b.bar.button.Disabled() && b.status.Facts().Asked })
	if asked, err := b.o.TakeRequests(); err != nil || !asked {
		t.Fatalf("asked %v, %v", asked, err)
	}
	b.until("free again", func() bool { return !b.bar.button.Disabled() })
}

func TestTheWindowFollowsWhatAnotherProcessWrites(t *testing.T) {
	b := open(t, 5)
	b.tapRow(0)
	id, _ := b.form.Open()
	other, err := replica.Open(b.o.Path(), apptest.Env())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{"department": change.Text("Tổ bảo trì")}}); err != nil {
		t.Fatal(err)
	}
	b.until("the form shows it", func() bool { return b.panel.texts["department"].Text == "Tổ bảo trì" })
}

// The picture of the window in memory: not compared dot by dot, for fonts
// change with the toolkit, but it must be drawn and not be blank.
func TestTheWindowDrawsItself(t *testing.T) {
	b := open(t, 60)
	b.commit(b.o.Members[2], "phone", "0903000001")
	b.o.Elsewhere(t, b.o.Members[2], "phone", "0903000002")
	b.until("the counter", func() bool { return b.tabs.Items[1].Text == "Cần bạn xem (1)" })
	b.tapRow(2)
	for name, tab := range map[string]int{"members": 0, "inbox": 1} {
		b.tabs.SelectIndex(tab)
		b.list.draw()
		img := b.win.Canvas().Capture()
		if n := colours(img); n < 20 {
			t.Errorf("%s: only %d colours", name, n)
		}
		savePicture(t, img, name)
	}
}

func colours(img image.Image) int {
	seen := map[[3]uint32]bool{}
	for y := 0; y < img.Bounds().Dy(); y += 3 {
		for x := 0; x < img.Bounds().Dx(); x += 3 {
			r, g, b, _ := img.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}

// savePicture keeps the picture where DONGBO_SHOTS names a folder.
func savePicture(t *testing.T, img image.Image, name string) {
	dir := os.Getenv("DONGBO_SHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(dir + "/" + name + ".png")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAReplicaThatCannotBeOpenedGetsASentence(t *testing.T) {
	_, err := replica.Open(t.TempDir()+"/none.db", apptest.Env())
	w := test.NewTempWindow(t, container.NewStack(failure(&present.Desk{Lang: "vi"}, err, func() {})))
	said := ""
	for _, o := range test.LaidOutObjects(w.Content()) {
		if l, ok := o.(*widget.Label); ok {
			said += l.Text + " "
		}
	}
	if !strings.Contains(said, "none.db") {
		t.Errorf("says %q", said)
	}
}
