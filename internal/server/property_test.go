package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/server"
	"dongbo/schema"
)

// TestWhoeverAppliesWhatItIsSentHasTheServersDigest lets several devices make
// edits, moves, deletes, settlements and changes of units at random, and
// exchange in a random order. Every exchange compares the device's digest with
// the server's at that cursor (device.take); here the register is compared with
// what it must be, too.
func TestWhoeverAppliesWhatItIsSentHasTheServersDigest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		h := &history{world: w, rt: rt}
		for i, at := range [][2]string{{"A", "officer"}, {"B", "officer"}, {"C1", "staff"}, {"P1", "admin"}, {"VN", "admin"}, {"H", "officer"}, {"P2", "staff"}} {
			h.devices = append(h.devices, w.enroll(fmt.Sprint("d", i), at[0], at[1]))
		}
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			h.step()
		}
		for range 2 {
			for _, d := range h.devices {
				h.exchange(d)
			}
		}
		h.checkStore()
	})
}

type history struct {
	*world
	rt      *rapid.T
	devices []*device
	members []change.ID
}

func pick[T any](h *history, what string, list []T) T {
	return list[rapid.IntRange(0, len(list)-1).Draw(h.rt, what)]
}

func (h *history) exchange(d *device) {
	if err := d.sync(h.s); err != nil && (d.problem == nil || d.problem.Code != "scope.changed") {
		h.rt.Fatalf("%v: %v", d.roots[0].Code, err)
	}
}

var leaves = []string{"A", "B", "D", "H"}

func (h *history) step() {
	d := pick(h, "device", h.devices)
	if d.roots[0].Code != "H" && rapid.IntRange(0, 2).Draw(h.rt, "what") == 0 {
		h.exchange(d)
		return
	}
	switch rapid.IntRange(0, 14).Draw(h.rt, "act") {
	case 0, 1:
		unit := pick(h, "unit", leaves)
		id, number := h.newID(), fmt.Sprint(rapid.IntRange(0, 3).Draw(h.rt, "id"))
		d.author(h.logOf(d, h.units[unit]), created("member", id, set{"unit_id": h.units[unit], "full_name": []any{"Tên", "1990", number}}))
		h.members = append(h.members, id)
	case 2:
		h.exchange(d)
	case 3:
		h.reparent(d)
	case 4:
		h.hangOn(d)
	case 5:
		h.askFor(d)
	case 6:
		h.takeStep(d)
	case 7: // who may move units and members between provinces does it often
		h.reparent(h.devices[4])
	case 8:
		h.touch(h.devices[4])
	case 9:
		h.join(d)
	case 10: // who sees all members may merge them all
		h.join(h.devices[4])
	default:
		h.touch(d)
	}
}

// touch edits, moves, deletes or settles a member that the device sees.
func (h *history) touch(d *device) {
	if len(h.members) == 0 {
		return
	}
	r := d.view("member", pick(h, "member", h.members))
	if r == nil {
		return
	}
	log := h.logOf(d, r.Unit())
	value := fmt.Sprint(rapid.IntRange(0, 4).Draw(h.rt, "value"))
	switch rapid.IntRange(0, 6).Draw(h.rt, "edit") {
	case 0:
		d.author(log, deleted(r))
	case 1:
		to := h.units[pick(h, "to", leaves)]
		d.author(log, edited(r, set{"unit_id": to, "notes": value}))
	case 2:
		rw := edited(r, set{"phone": value})
		rw.Writes[0].Seen = r.HeadDots(rw.Writes[0].Reg)
		d.author(log, rw)
	case 3:
		rw := edited(r, set{"phone": value})
		rw.Writes = append(rw.Writes, change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(1)}, Seen: r.HeadDots(schema.Alive)})
		d.author(log, rw)
	case 4:
		d.author(log, edited(r, set{"full_name": []any{"Tên", "1990", value}}))
	default:
		d.author(log, edited(r, set{"phone": value}))
	}
}

// logOf is the log that holds a unit's rows, as the device knows the units.
func (h *history) logOf(d *device, unit change.ID) change.ID {
	line := []change.ID{unit}
	for {
		r := d.view("unit", line[len(line)-1])
		if r == nil {
			return h.units["P1"] // the server says that it is unknown
		}
		parent, _ := r.Value("parent_id").ID()
		if parent.IsZero() || slices.Contains(line, parent) {
			return line[max(0, len(line)-2)]
		}
		line = append(line, parent)
	}
}

func (h *history) reparent(d *device) {
	unit := d.view("unit", h.units[pick(h, "moved", []string{"A", "B", "D", "C2", "H", "C1"})])
	if unit == nil {
		return
	}
	s := set{"parent_id": h.units[pick(h, "parent", []string{"C1", "C2", "P1", "P2"})]}
	if rapid.Bool().Draw(h.rt, "manages") {
		s = set{"managed_by_id": h.units[pick(h, "manager", []string{"C1", "C2", "D", "P2"})]}
	}
	d.author(h.logOf(d, unit.ID), edited(unit, s))
}

// hangOn hangs a wage or a payment on a member where the device sees it.
func (h *history) hangOn(d *device) {
	if len(h.members) == 0 {
		return
	}
	r := d.view("member", pick(h, "member", h.members))
	if r == nil {
		return
	}
	table := pick(h, "what hangs", []string{"wage", "dues_payment"})
	d.author(h.logOf(d, r.Unit()), created(table, h.newID(), set{"unit_id": r.Unit(), "member_id": r.ID}))
}

// askFor asks for the transfer of a member that the device sees.
func (h *history) askFor(d *device) {
	if len(h.members) == 0 {
		return
	}
	if r := d.view("member", pick(h, "member", h.members)); r != nil {
		s := set{"unit_id": r.Unit(), "member_id": r.ID, "to_code": pick(h, "to", leaves), "status": "asked"}
		if rapid.IntRange(0, 2).Draw(h.rt, "who is there already") == 0 {
			s["double_id"] = pick(h, "double", h.members)
		}
		d.author(h.logOf(d, r.Unit()), created("transfer", h.newID(), s))
	}
}

// takeStep takes a step, right or wrong, of a transfer that the device sees.
func (h *history) takeStep(d *device) {
	list := append(d.living("transfer"), d.living("arrival")...)
	if len(list) == 0 {
		return
	}
	slices.SortFunc(list, func(a, b *merge.Row) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	r := pick(h, "transfer", list)
	r = d.view(r.Table.Name, r.ID)
	status := pick(h, "status", []string{"accepted", "accepted", "withdrawn", "refused"})
	s := set{"status": status}
	if status == "refused" {
		s["answer_why"] = "không"
	}
	d.author(h.logOf(d, r.Unit()), edited(r, s))
}

// checkTransfers holds that both parties read the same of a transfer.
func (h *history) checkTransfers(tx server.Tx) error {
	return tx.Rows(schema.ByName("arrival"), func(r *merge.Row) error {
		id, _ := r.Value("transfer_id").ID()
		asked, err := tx.Row(schema.ByName("transfer"), id)
		if err != nil {
			return err
		}
		if got, want := r.Value("status").Text(), asked.Value("status").Text(); got != want || len(r.Conflicts())+len(asked.Conflicts()) > 0 {
			h.rt.Fatalf("the receiver reads %q, the sender %q", got, want)
		}
		if asked.Value("status").Text() == "asked" {
			member, _ := asked.Value("member_id").ID()
			if m, err := tx.Row(schema.ByName("member"), member); err != nil || !m.Exists() || m.Unit() != asked.Unit() {
				h.rt.Fatalf("a transfer is open of a member who is not at its unit: %v", err)
			}
		}
		return nil
	})
}

// checkFollowed holds that each wage stands where its member does, and that who
// has a payment has the member or a stub.
func (h *history) checkFollowed(tx server.Tx) error {
	member := schema.ByName("member")
	for _, table := range []string{"wage", "dues_payment"} {
		err := tx.Rows(schema.ByName(table), func(r *merge.Row) error {
			id, _ := r.Value("member_id").ID()
			m, err := tx.Row(member, id)
			if err != nil || m == nil || m.Unit() == r.Unit() {
				return err
			}
			stub, err := tx.Row(schema.ByName("stub"), server.StubID(id, r.Unit()))
			if table == "wage" || stub == nil || !stub.Exists() {
				h.rt.Fatalf("a %s stands elsewhere than its member, stub %v", table, stub)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkStore holds the summed digests against the rows, and the logs against
// the chains: every change of every device has one place.
func (h *history) checkStore() {
	want := map[change.ID]merge.Sums{}
	must(h.t, h.store.View(func(tx server.Tx) error {
		for _, t := range schema.Tables() {
			err := tx.Rows(t, func(r *merge.Row) error {
				want[r.Unit()] = want[r.Unit()].Add(r.Sums(tx))
				return nil
			})
			if err != nil {
				return err
			}
		}
		for unit, sums := range want {
			u, err := tx.Unit(unit)
			if err != nil {
				return err
			}
			if u.Own.Add(u.Published) != sums {
				h.rt.Fatalf("unit %s: the digest kept is not the sum of its rows", unit)
			}
		}
		if err := errors.Join(h.checkTransfers(tx), h.checkSame(tx)); err != nil {
			return err
		}
		return h.checkFollowed(tx)
	}))
	for _, d := range h.devices {
		if len(d.waiting) != 0 {
			h.rt.Fatalf("%d changes of %s have no verdict", len(d.waiting), d.roots[0].Code)
		}
	}
}
