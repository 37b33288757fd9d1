package replica_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/replica"
)

// TestAnyHistoryEndsWithEveryReplicaEqualToTheServer plays random histories:
// people edit, delete, settle and write with other programs, lines come and go
// for each direction by itself, the server refuses one change in eight.
func TestAnyHistoryEndsWithEveryReplicaEqualToTheServer(t *testing.T) {
	histories := 12
	if testing.Short() {
		histories = 4
	}
	start := uint64(time.Now().UnixNano())
	for i := range uint64(histories) {
		seed := start + i
		t.Run(fmt.Sprint(seed), func(t *testing.T) { play(t, seed) })
	}
}

func play(t *testing.T, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 7))
	h := newHub(t)
	h.refuse = func(*change.Change) string {
		if dice.IntN(8) == 0 {
			return "mandate.unit"
		}
		return ""
	}
	h.expand = true
	ds := []*device{h.enrol("a"), h.enrol("b"), h.enrol("c")}
	for range 60 {
		d := ds[dice.IntN(len(ds))]
		switch dice.IntN(10) {
		case 0, 1:
			e := member(fmt.Sprintf("Người %d", dice.IntN(1000)))
			e.Bulk = dice.IntN(2) == 0 // hand edits of it must wait for it
			d.commit(t, e)
		case 2, 3, 4:
			editSomebody(t, dice, d)
		case 5:
			settleSomething(t, dice, d)
		case 6, 7:
			h.push(d)
		default:
			h.pull(d)
		}
	}
	h.refuse = nil
	for range 2 {
		for _, d := range ds {
			h.push(d)
		}
		for _, d := range ds {
			h.pull(d)
		}
	}
	h.agree(ds...)
	want := picture(t, ds[0])
	for _, d := range ds[1:] {
		if got := picture(t, d); got != want {
			t.Errorf("the tables differ:\n%s\n%s", want, got)
		}
	}
}

func somebody(t *testing.T, d *device) (id change.ID, ok bool) {
	t.Helper()
	var b []byte
	if d.DB().QueryRow("SELECT id FROM member ORDER BY random() LIMIT 1").Scan(&b) != nil {
		return id, false
	}
	copy(id[:], b)
	return id, true
}

func editSomebody(t *testing.T, dice *rand.Rand, d *device) {
	id, ok := somebody(t, d)
	if !ok {
		return
	}
	col := []string{"phone", "email", "full_name", "national_id", "notes"}[dice.IntN(5)]
	val := fmt.Sprint(dice.IntN(4))
	switch dice.IntN(6) {
	case 0:
		d.commit(t, replica.Edit{Table: "member", ID: id, Delete: true})
	case 1:
		d.shell(t, fmt.Sprintf("UPDATE member SET %s = '%s' WHERE id = X'%s'", col, val, id))
	case 2:
		d.shell(t, fmt.Sprintf("DELETE FROM member WHERE id = X'%s'", id))
	default:
		d.commit(t, set(id, col, val))
	}
}

func settleSomething(t *testing.T, dice *rand.Rand, d *device) {
	cs, err := d.Conflicts()
	must(t, err)
	if len(cs) > 0 {
		c := cs[dice.IntN(len(cs))]
		must(t, d.Settle(c.ID, replica.Decision{Take: 1 + dice.IntN(len(c.Values))}))
	}
}

// picture is everything that the member table and the conflict list show.
func picture(t *testing.T, d *device) (out string) {
	t.Helper()
	rows, err := d.DB().Query("SELECT hex(id), full_name, phone, email, national_id, notes FROM member ORDER BY id")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var id, name string
		var p, e, n, o *string
		must(t, rows.Scan(&id, &name, &p, &e, &n, &o))
		for _, s := range []*string{p, e, n, o} {
			if s != nil {
				name += "|" + *s
			}
		}
		out += id[:8] + " " + name + "\n"
	}
	cs, err := d.Conflicts()
	must(t, err)
	for _, c := range cs {
		out += fmt.Sprintf("%s %s %d\n", c.ID, c.Name, len(c.Values))
	}
	found, err := d.Search("nguoi", 0, 10000)
	must(t, err)
	return out + fmt.Sprint(len(found))
}
