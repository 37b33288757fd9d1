package present_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"dongbo/app/apptest"
	"dongbo/app/present"
	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
)

// line is a status line on a clock of its own.
func line(t *testing.T, o *apptest.Office, now *time.Time) func() present.StatusText {
	d := desk(o)
	d.Now = func() time.Time { return *now }
	s := present.NewStatusLine(d)
	return func() present.StatusText {
		t.Helper()
		must(t, s.Reload())
		return s.Text()
	}
}

func edits(t *testing.T, o *apptest.Office, n int) {
	t.Helper()
	for i := range n {
		_, err := o.Commit(replica.Edit{Table: "member", ID: o.Members[i%len(o.Members)], Set: map[string]change.Value{
			"notes": change.Text(time.Now().String())}})
		must(t, err)
	}
}

func TestTheStatusLineSaysTheFourStatesFromFacts(t *testing.T) {
	o, now := apptest.New(t, 3), time.Now()
	read := line(t, o, &now)
	if got := read(); got.State != present.Synced || got.Sentence != "Đã gửi hết · Chưa nhận lần nào" {
		t.Errorf("never in contact: %+v", got)
	}
	o.CaughtUpNow(t)
	clock := time.Now().Format("15:04")
	if got := read(); got.State != present.Synced || got.Sentence != "Có mạng · Đã gửi hết · Nhận lần cuối "+clock+" hôm nay" {
		t.Errorf("in step: %+v", got)
	}
	edits(t, o, 14)
	must(t, o.RecordSession(replica.Session{Began: time.Now(), Ended: time.Now().Add(time.Second), Outcome: "sync.no_line"}))
	now = now.Add(24 * time.Hour)
	if got := read(); got.State != present.Waiting || got.Word != "Chờ gửi" ||
		got.Sentence != "Ngoại tuyến · 14 thay đổi chờ gửi · Nhận lần cuối "+clock+" hôm qua" {
		t.Errorf("offline: %+v", got)
	}
	must(t, o.RecordSession(replica.Session{Began: time.Now(), Ended: time.Now().Add(2 * time.Second), Outcome: "auth.revoked"}))
	if got := read(); got.State != present.NeedsYou || got.Trouble == "" {
		t.Errorf("revoked: %+v", got)
	}
}

func TestNoNumberOfTheStatusLineGoesBackwards(t *testing.T) {
	o, now := apptest.New(t, 3), time.Now()
	read := line(t, o, &now)
	o.CaughtUpNow(t)
	read()
	edits(t, o, 14)
	if got := read(); !strings.Contains(got.Sentence, "14 thay đổi chờ gửi") {
		t.Errorf("before: %q", got.Sentence)
	}
	o.Deliver(t, 8)
	if got := read(); got.State != present.Sending || !strings.Contains(got.Sentence, "Đang gửi 8/14") {
		t.Errorf("under way: %+v", got)
	}
	edits(t, o, 2)
	if got := read(); !strings.Contains(got.Sentence, "Đang gửi 8/16") {
		t.Errorf("more was typed meanwhile: %q", got.Sentence)
	}
	now = now.Add(time.Minute)
	must(t, o.RecordSession(replica.Session{Began: now, Ended: now, Outcome: "sync.no_line"}))
	if got := read(); got.State != present.Waiting || !strings.Contains(got.Sentence, "Ngoại tuyến · Đã gửi 8/16, sẽ tiếp tục") {
		t.Errorf("the line broke: %+v", got)
	}
	o.Deliver(t, 100)
	if got := read(); got.State != present.Synced || !strings.Contains(got.Sentence, "Đã gửi hết") {
		t.Errorf("all sent: %+v", got)
	}
	edits(t, o, 3)
	if got := read(); !strings.Contains(got.Sentence, "3 thay đổi chờ gửi") {
		t.Errorf("a new round begins anew: %q", got.Sentence)
	}
}

func TestTheStatusLineSaysThatOlderValuesMayShowWhereTheServerWasRestored(t *testing.T) {
	o, now := apptest.New(t, 1), time.Now()
	read := line(t, o, &now)
	for _, since := range []int64{now.UnixMilli(), 0} {
		must(t, o.Welcomed(&wire.Welcome{Restored: since}))
		if got := read(); strings.Contains(got.Sentence, "phục hồi") != (since > 0) {
			t.Errorf("since %d: %q", since, got.Sentence)
		}
	}
}

func TestAConflictAsksForAPerson(t *testing.T) {
	o, now := apptest.New(t, 3), time.Now()
	clash(t, o, o.Members[0], "phone", "0903000001", "0903000002")
	if got := line(t, o, &now)(); got.State != present.NeedsYou || got.Word != "Cần bạn xem" {
		t.Errorf("%+v", got)
	}
}

type countingSyncer struct{ n int }

func (c *countingSyncer) SyncNow(context.Context) error { c.n++; return nil }

func TestSyncNowLeavesARequestAndCallsWhoeverSynchronises(t *testing.T) {
	o, c := apptest.New(t, 1), &countingSyncer{}
	must(t, present.NewSyncNow(desk(o), c).Press(context.Background()))
	asked, err := o.TakeRequests()
	must(t, err)
	if !asked || c.n != 1 {
		t.Errorf("asked %v, called %d times", asked, c.n)
	}
}
