package agent_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// copyOf is the replica's file at this moment, as a backup or another disk
// would have it, opened.
func (p *place) copyOf(r *replica.Replica, name string) *replica.Replica {
	p.t.Helper()
	path := filepath.Join(p.dir, name+".db")
	db, err := sql.Open("sqlite", r.Path())
	must(p.t, err)
	defer db.Close()
	_, err = db.Exec("VACUUM INTO ?", path)
	must(p.t, err)
	out, err := replica.Open(path, env)
	must(p.t, err)
	p.t.Cleanup(func() { out.Close() })
	return out
}

func write(t *testing.T, r *replica.Replica, name, phone string) change.ID {
	t.Helper()
	e := people(t, r, 1)[0]
	e.Set["full_name"], e.Set["phone"] = change.Text(name), change.Text(phone)
	ids, err := r.Commit(e)
	must(t, err)
	return ids[0]
}

func phone(t *testing.T, r *replica.Replica, id change.ID, phone string) {
	t.Helper()
	_, err := r.Commit(replica.Edit{Table: "member", ID: id, Set: map[string]change.Value{"phone": change.Text(phone)}})
	must(t, err)
}

// register lists the members as "name phone".
func register(t *testing.T, r *replica.Replica) []string {
	t.Helper()
	rows, err := r.DB().Query("SELECT full_name || ' ' || ifnull(phone, '') FROM member")
	must(t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func (p *place) agreeing(replicas ...*replica.Replica) {
	p.t.Helper()
	for range 2 {
		for _, r := range replicas {
			_, err := agent.Sync(context.Background(), r, options())
			must(p.t, err)
		}
	}
	for _, r := range replicas {
		st, err := r.Status()
		must(p.t, err)
		if st.Digest != st.ServerDigest || st.Waiting+st.Quarantined != 0 {
			p.t.Errorf("%s: %+v", r.Path(), st)
		}
	}
}

func wantRegister(t *testing.T, r *replica.Replica, want ...string) {
	t.Helper()
	if got := register(t, r); !slices.Equal(got, want) {
		t.Errorf("%s: %s, want %s", filepath.Base(r.Path()), strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

func TestAReplicaRestoredFromABackupTakesBackWhatItHadSentAndGoesOn(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	an := write(t, a, "An", "1")
	p.agreeing(a)
	old := p.copyOf(a, "restored")
	phone(t, a, an, "2")
	write(t, a, "Bình", "")
	p.agreeing(a)
	must(t, a.Close()) // the disk is gone

	write(t, old, "Chi", "") // typed before the restored machine has a line
	res, err := agent.Sync(context.Background(), old, options())
	if err != nil || !res.Parted || !res.Same {
		t.Fatalf("%+v, %v", res, err)
	}
	phone(t, old, an, "3")
	p.agreeing(old, b)
	for _, r := range []*replica.Replica{old, b} {
		wantRegister(t, r, "An 3", "Bình ", "Chi ")
	}
	if again, err := agent.Sync(context.Background(), old, options()); err != nil || again.Parted || again.Rows != 0 {
		t.Errorf("parting happens once: %+v, %v", again, err)
	}
}

func TestTwoCopiesOfOneDiskBothKeepWhatTheyWrote(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	an := write(t, a, "An", "1")
	p.agreeing(a)
	ids, err := a.CommitEach(people(t, a, 40)) // waits in both copies
	must(t, err)
	phone(t, a, ids[3], "waiting")
	clone := p.copyOf(a, "clone")

	phone(t, a, an, "của a")
	phone(t, clone, an, "của bản chép, nháp")
	phone(t, clone, an, "của bản chép")
	phone(t, a, ids[3], "a")
	phone(t, clone, ids[5], "bản chép")
	write(t, a, "Ở a", "")
	phone(t, clone, write(t, clone, "Ở bản chép", ""), "sửa ngay")
	p.agreeing(a, clone, b)

	for _, r := range []*replica.Replica{a, clone, b} {
		got := register(t, r)
		if len(got) != 43 {
			t.Errorf("%s holds %d members, want each once: %s", filepath.Base(r.Path()), len(got), strings.Join(got, ", "))
		}
		for _, want := range []string{"Nguyễn Văn 3 a", "Nguyễn Văn 5 bản chép", "Ở a ", "Ở bản chép sửa ngay"} {
			if !slices.Contains(got, want) {
				t.Errorf("%s: no %s", filepath.Base(r.Path()), want)
			}
		}
		conflicts, err := r.Conflicts()
		if err != nil || len(conflicts) != 1 || conflicts[0].Row != an || len(conflicts[0].Values) != 2 {
			t.Errorf("%s: both wrote An's phone: %+v, %v", filepath.Base(r.Path()), conflicts, err)
		}
	}
	phone(t, a, an, "a nữa")
	phone(t, clone, ids[7], "sau cùng")
	p.agreeing(a, clone, b)
	if !slices.Contains(register(t, a), "Nguyễn Văn 7 sau cùng") {
		t.Error("the copies go on writing side by side")
	}
}

func TestOneBackupRestoredTwiceSendsItsWaitingChangesOnce(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	write(t, a, "An", "1")
	p.agreeing(a)
	backup := p.copyOf(a, "backup")
	write(t, backup, "Bình", "chờ")
	write(t, backup, "Chi", "chờ")
	write(t, a, "Dũng", "") // so that the backup's chain is another
	p.agreeing(a)
	for i := range 3 {
		again := p.copyOf(backup, fmt.Sprint("restored", i))
		write(t, again, fmt.Sprint("Sau lần ", i), "")
		p.agreeing(again, b)
	}
	p.agreeing(a)
	for _, r := range []*replica.Replica{a, b} {
		wantRegister(t, r, "An 1", "Bình chờ", "Chi chờ", "Dũng ", "Sau lần 0 ", "Sau lần 1 ", "Sau lần 2 ")
	}
}

func TestAGoldenImageBecomesAsManyDevicesAsMachines(t *testing.T) {
	p := newPlace(t)
	image, b := p.enrol("image", "G1", "officer"), p.enrol("b", "P1", "staff")
	var machines []*replica.Replica
	for i := range 4 {
		m := p.copyOf(image, fmt.Sprint("machine", i))
		write(t, m, fmt.Sprint("Máy ", i), "")
		machines = append(machines, m)
	}
	p.agreeing(append(machines, b)...)
	for _, r := range append(machines, b) {
		wantRegister(t, r, "Máy 0 ", "Máy 1 ", "Máy 2 ", "Máy 3 ")
	}
}

// Both daemons hold a session when the same number is written twice. What one
// sends must not be told to the other as its own.
func TestTwoCopiesOfOneFileAtWorkAtTheSameMomentPart(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	write(t, a, "Chung", "")
	p.agreeing(a)
	clone := p.copyOf(a, "clone")
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	ended := make(chan error, 2)
	for _, r := range []*replica.Replica{a, clone} {
		go func() { ended <- agent.Run(ctx, r, options()) }()
	}
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	var want []string
	for i := range 5 {
		write(t, a, fmt.Sprint("Ở a ", i), "")
		write(t, clone, fmt.Sprint("Ở bản chép ", i), "")
		want = append(want, fmt.Sprintf("Ở a %d ", i), fmt.Sprintf("Ở bản chép %d ", i))
		if i == 0 {
			continue // so that at least once both write while both are connected
		}
		for _, r := range []*replica.Replica{a, clone} {
			through, cancel := context.WithCancel(ctx)
			must(t, r.Watch(through, func() {
				if st, err := r.Status(); err == nil && st.Waiting == 0 && count(t, r) == 1+len(want) {
					cancel()
				}
			}))
			cancel()
		}
	}
	want = append(want, "Chung ")
	slices.Sort(want)
	_, err := agent.Sync(context.Background(), b, options())
	must(t, err)
	for _, r := range []*replica.Replica{a, clone, b} {
		wantRegister(t, r, want...)
	}
}

// Of a copy's two chains the second seems to part where it names a change of the
// first; it parts further on, and only from there on is it sent anew.
func TestAChainThatNamesTheOtherPartsWhereItDoesAndNotBefore(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	an := write(t, a, "An", "")
	p.agreeing(a, b)
	set := func(r *replica.Replica, id change.ID, bulk bool, column, v string) {
		t.Helper()
		_, err := r.Commit(replica.Edit{Table: "member", ID: id, Bulk: bulk, Set: map[string]change.Value{column: change.Text(v)}})
		must(t, err)
	}
	set(a, an, true, "email", "1")
	first := p.copyOf(a, "first")
	write(t, a, "Bình", "")
	p.agreeing(a)

	set(first, an, false, "notes", "2")
	set(first, an, true, "notes", "3") // names what has just been written by the other chain
	second := p.copyOf(first, "second")
	set(first, an, true, "job_title", "4")
	p.agreeing(first)
	set(second, an, true, "address", "5")
	p.agreeing(second, first, b)

	events, err := b.History("member", an)
	must(t, err)
	times := map[string]int{}
	for _, e := range events {
		for _, v := range e.Values {
			times[v.Text()]++
		}
	}
	for _, v := range []string{"2", "3", "4", "5"} {
		if times[v] != 1 {
			t.Errorf("%q stands in the history %d times", v, times[v])
		}
	}
}
