package agent_test

import (
	"context"
	"testing"

	"dongbo/internal/agent"
	"dongbo/internal/badlink"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// unit reads a unit's id from a replica that sees it.
func unit(t *testing.T, r *replica.Replica, code string) change.Value {
	t.Helper()
	var id []byte
	must(t, r.DB().QueryRow("SELECT id FROM unit WHERE code = ?", code).Scan(&id))
	return change.Blob(id)
}

// untilExact is untilThrough for a replica in which no row may differ.
func (p *place) untilExact(r *replica.Replica) {
	p.t.Helper()
	for range 60 {
		res, err := agent.Sync(context.Background(), r, options())
		if err == nil && res.Mended > 0 {
			p.t.Fatalf("%d rows had to be mended: something arrived in another order than the server's", res.Mended)
		}
		if err == nil {
			return
		}
		if code := fault.CodeOf(err); code != "sync.no_line" {
			p.t.Fatal(err)
		}
	}
	p.t.Fatal("never through")
}

// An office of 300 goes over to another province, member by member, on lines
// that break; its officer edits all the while, and so does the new office.
func TestAnOfficeGoesOverToAnotherProvinceOnLinesThatBreak(t *testing.T) {
	p := newPlace(t)
	a, h, root := p.enrol("a", "G1", "officer"), p.enrol("h", "H", "officer"), p.enrol("root", "VN", "admin")
	ids, err := a.CommitEach(people(t, a, 300))
	must(t, err)
	p.untilExact(a)
	p.untilExact(root)
	to := unit(t, root, "H")
	edit := func(r *replica.Replica, ids []change.ID, column string, v change.Value) {
		t.Helper()
		var edits []replica.Edit
		for _, id := range ids {
			edits = append(edits, replica.Edit{Table: "member", ID: id, Bulk: true, Set: map[string]change.Value{column: v}})
		}
		_, err := r.CommitEach(edits)
		must(t, err)
	}
	edit(root, ids, "unit_id", to)
	edit(a, ids[:100], "phone", change.Text("số ở nơi cũ")) // not knowing
	p.link.Set(badlink.Conditions{CutAfter: 16 << 10})
	p.untilExact(root)
	p.untilExact(h)
	edit(h, ids[50:], "phone", change.Text("số ở nơi mới"))
	edit(root, ids[:20], "email", change.Text("từ trên"))
	for range 2 {
		for _, r := range []*replica.Replica{h, a, root} {
			p.untilExact(r)
		}
	}
	if count(t, a) != 0 || count(t, h) != 300 || count(t, root) != 300 {
		t.Errorf("A %d, H %d, root %d members", count(t, a), count(t, h), count(t, root))
	}
	for _, r := range []*replica.Replica{h, root} {
		list, err := r.Conflicts()
		must(t, err)
		if len(list) != 50 {
			t.Errorf("%d conflicts; 50 were edited by both offices", len(list))
		}
	}
	if st, err := a.Status(); err != nil || st.Quarantined+st.Waiting != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}
