package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"dongbo/internal/fault"
)

func TestAFullDiskRefusesAWriteWholeAndTheRestGoesOn(t *testing.T) {
	h := newHub(t)
	a, b := h.enrol("a"), h.enrol("b")
	must(t, a.TestOnlyLimitPages(3))
	kept := 0
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		e := member(fmt.Sprintf("Người %d", i))
		e.Set["notes"] = e.Set["full_name"]
		if _, err = a.Commit(e, set(a.commitFirst(t, kept), "notes", strings.Repeat("x", 600))); err == nil {
			kept++
		}
	}
	if fault.CodeOf(err) != "replica.disk_full" {
		t.Fatalf("no fault of a full disk: %v", err)
	}
	if !strings.Contains(fault.Sentence("en", err), "disk") {
		t.Errorf("no sentence: %s", fault.Sentence("en", err))
	}
	must(t, a.TestOnlyLimitPages(0))
	a.commit(t, member("Sau Khi Dọn Ổ Đĩa"))
	h.syncAll(a, b)
	var n int
	must(t, b.DB().QueryRow("SELECT count(*) FROM member").Scan(&n))
	if n != kept+2 {
		t.Errorf("%d members arrived, want %d", n, kept+2)
	}
}

// commitFirst returns the first member, entering it where there is none.
func (d *device) commitFirst(t *testing.T, already int) (id [16]byte) {
	t.Helper()
	if already == 0 {
		var n int
		must(t, d.DB().QueryRow("SELECT count(*) FROM member").Scan(&n))
		if n == 0 {
			return d.commit(t, member("Người Đầu"))
		}
	}
	var b []byte
	must(t, d.DB().QueryRow("SELECT id FROM member WHERE full_name = 'Người Đầu'").Scan(&b))
	copy(id[:], b)
	return id
}
