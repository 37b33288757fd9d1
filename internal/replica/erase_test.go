package replica_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/schema"
)

const secret = "0790991234567"

// erase is what the server does with a row: it empties it, and tells everybody.
func (h *hub) erase(id change.ID) {
	h.t.Helper()
	ref, _ := h.Ref(change.ID{0x5E})
	next := func() change.Dot { return change.Dot{W: ref, N: uint64(1000 + len(h.entries))} }
	rw, ok := h.rows[id].Erasing()
	if !ok {
		h.t.Fatal("there is nothing to erase")
	}
	h.accept(nil, &change.Change{Dot: next(), Rows: []change.RowWrite{rw}})
	dot, told := next(), schema.ByName("erasure")
	h.accept(nil, &change.Change{Dot: dot, Rows: []change.RowWrite{{Table: told.No, ID: merge.ErasureID(id), Birth: change.Birth{Dot: dot}, Creates: true,
		Writes: []change.Write{{Reg: 1, Vals: []change.Value{change.IDValue(change.ID{0x01})}}, {Reg: 2, Vals: []change.Value{change.Text("member")}},
			{Reg: 3, Vals: []change.Value{change.IDValue(id)}}}}}})
}

// says lists where the file and what lies beside it still hold the text.
func (d *device) says(t *testing.T, text string) (out []string) {
	t.Helper()
	for _, path := range []string{d.path, d.path + "-wal"} {
		b, err := os.ReadFile(path)
		must(t, err)
		if bytes.Contains(b, []byte(text)) {
			out = append(out, path)
		}
	}
	kept, err := d.TestOnlyOwnChanges()
	must(t, err)
	for _, c := range kept {
		if bytes.Contains(c.Append(nil), []byte(text)) {
			out = append(out, fmt.Sprint(c.Dot))
		}
	}
	return out
}

func TestAFileForgetsAnErasedRowInAllThatItKeepsAndItsChainGoesOn(t *testing.T) {
	h := newHub(t)
	a := h.enrol("a")
	an, binh := a.commit(t, member("An "+secret)), a.commit(t, member("Bình"))
	for i := range 600 { // more than are packed together
		_, err := a.Commit(set(an, "notes", secret+string(rune('A'+i%20))), set(binh, "notes", string(rune('A'+i%20))))
		must(t, err)
	}
	h.syncAll(a)
	h.refuse = func(*change.Change) string { return "mandate.unit" }
	a.commit(t, set(an, "email", "bị từ chối "+secret))
	h.syncAll(a)
	h.refuse = nil
	_, err := a.Commit(set(an, "phone", "chưa gửi "+secret), set(binh, "phone", "1"))
	must(t, err)
	if len(a.says(t, secret)) < 600 {
		t.Fatalf("it says so in %v only", a.says(t, secret))
	}
	var packed int
	if must(t, a.DB().QueryRow("SELECT count(*) FROM sync_kept WHERE packed = 1").Scan(&packed)); packed == 0 {
		t.Fatal("nothing is packed")
	}
	before, err := a.Chains()
	must(t, err)

	h.erase(an)
	h.pull(a)
	must(t, a.Renew())
	if where := a.says(t, secret); len(where) != 0 {
		t.Errorf("it still says so in %v", where)
	}
	if ids, err := a.Search("an "+secret, 0, 9); err != nil || len(ids) != 0 {
		t.Errorf("it finds %v, %v", ids, err)
	}
	must(t, a.TestOnlyCheckChain())
	after, err := a.Chains()
	must(t, err)
	if after[0].Hash != before[0].Hash || after[0].Last != before[0].Last {
		t.Error("its chain is another")
	}
	if _, err := a.Commit(replica.Edit{Table: "member", ID: an, Restore: true}); fault.CodeOf(err) != fault.RefusedErased {
		t.Errorf("it brings him back: %v", err)
	}
	if got := a.value(t, binh, "phone"); got != "1" {
		t.Errorf("of another row it has %q", got)
	}
	sent, err := a.Unsent(replica.Hand, a.at, 10, 1<<16)
	must(t, err)
	if len(sent.Changes) != 1 || sent.Changes[0].Rows[0].Erased == (change.Hash{}) || sent.Changes[0].Rows[1].Writes[0].Vals[0] != change.Text("1") {
		t.Errorf("it will send %+v", sent.Changes)
	}
}
