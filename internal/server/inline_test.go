package server_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/server"
	"dongbo/internal/server/memstore"
	"dongbo/internal/wire"
)

func newMemoryWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOn(t, memstore.New(memstore.NewNames()), "")
}

// told is a fake device's end of an inline session. Reading where nothing was
// said ends, as nothing will be.
type told struct {
	*server.Inline
	mine, theirs *end
	waiting      int
	heard        []byte // all that was said
	over         error  // what the last delivery returned
}

func (w *world) inline(d *device) *told {
	c := &told{}
	c.Inline = w.s.NewInline(challenge, func(m wire.Message) {
		before := len(c.mine.in.buf)
		must(w.t, c.theirs.Write(m))
		c.heard = append(c.heard, c.mine.in.buf[before:]...)
		c.waiting++
	})
	// Without compression: whether a context is free depends on other tests.
	c.mine, c.theirs = connectWith(d, c.Inline, wire.Options{Pool: wire.NewPool(0, 0)})
	return c
}

func (c *told) Write(m wire.Message) error {
	if err := c.mine.Write(m); err != nil {
		return err
	}
	m, err := c.theirs.Read()
	if err == nil {
		c.over = c.Deliver(m)
	}
	return err
}

func (c *told) Read() (wire.Message, error) {
	if c.waiting == 0 {
		return nil, io.EOF
	}
	c.waiting--
	return c.mine.Read()
}

// takeAll takes what has been said and counts it.
func (c *told) takeAll(d *device) (n int, err error) {
	for ; c.waiting > 0 && err == nil; n++ {
		var m wire.Message
		if m, err = c.Read(); err == nil {
			err = d.take(m)
		}
	}
	return n, err
}

// stay greets as a device that stays and takes all.
func (w *world) stay(d *device) *told {
	w.t.Helper()
	c := w.inline(d)
	must(w.t, d.greet(c, true))
	m, err := c.Read()
	must(w.t, err)
	d.welcome(m.(*wire.Welcome))
	must(w.t, c.Write(&wire.Ack{Cursor: d.cursor}))
	_, err = c.takeAll(d)
	must(w.t, err)
	if d.caught == nil {
		w.t.Fatal("Deliver came back before all was said")
	}
	return c
}

// play runs a history that follows from the seed alone, and returns what each
// device was told, and what each holds in the end.
func play(t *testing.T, w *world, seed uint64) (heard, held string) {
	dice := rand.New(rand.NewPCG(seed, 0))
	var devices []*device
	trace := sha256.New()
	exchange := func(d *device) {
		c := w.inline(d)
		if err := d.exchange(c); err != nil && (d.problem == nil || d.problem.Code != string(fault.ScopeChanged)) {
			t.Fatalf("%v, %+v", err, d.problem)
		}
		c.End()
		_, _ = trace.Write(c.heard)
	}
	for i, at := range [][2]string{{"A", "officer"}, {"B", "officer"}, {"C1", "staff"}, {"P1", "admin"}, {"VN", "admin"}} {
		code, err := w.s.Invite(at[0], at[1], fmt.Sprint("d", i), "https://x")
		must(t, err)
		devices = append(devices, newDevice(t, fmt.Sprint("d", i), code))
		exchange(devices[i])
	}
	var members []change.ID
	for range 120 {
		d := devices[dice.IntN(len(devices))]
		leaf := []string{"A", "B", "D"}[dice.IntN(3)]
		switch act := dice.IntN(8); {
		case act < 2 || len(members) == 0:
			members = append(members, w.member(d, leaf, "Tên", fmt.Sprint(dice.IntN(3))))
		case act < 5:
			exchange(d)
		default:
			r := d.view("member", members[dice.IntN(len(members))])
			switch {
			case r == nil:
			case act == 5:
				d.author(w.log("A"), edited(r, set{"unit_id": w.units[leaf]}))
			case act == 6 && dice.IntN(3) == 0:
				d.author(w.log("A"), deleted(r))
			default:
				d.author(w.log("A"), edited(r, set{"phone": fmt.Sprint(dice.IntN(9))}))
			}
		}
	}
	for range 2 {
		for _, d := range devices {
			exchange(d)
		}
	}
	for _, d := range devices {
		held += fmt.Sprintf("%x %d rows, %d refused\n", d.digest(), len(d.rows), len(d.refused))
	}
	return fmt.Sprintf("%x", trace.Sum(nil)), held
}

func TestAHistoryRunInlineIsTheSameToTheByteEachTime(t *testing.T) {
	for seed := range uint64(3) {
		heard, _ := play(t, newMemoryWorld(t), seed)
		again, _ := play(t, newMemoryWorld(t), seed)
		if heard != again {
			t.Errorf("seed %d: the devices were told other things the second time", seed)
		}
	}
	// A file may give rows in another order; what comes of them is the same.
	_, inMemory := play(t, newMemoryWorld(t), 1)
	if _, onFile := play(t, newWorld(t), 1); onFile != inMemory {
		t.Errorf("on a file the devices hold\n%s\nin memory\n%s", onFile, inMemory)
	}
}

func TestAnInlineSessionThatStaysIsWokenForWhatConcernsItAndSpeaksWhenPoked(t *testing.T) {
	w := newMemoryWorld(t)
	a, h, p := w.enroll("a", "A", "officer"), w.enroll("h", "H", "officer"), w.enroll("p", "P1", "staff")
	c := w.stay(p)
	w.member(h, "H", "Huệ", "")
	w.sync(h)
	if c.Woken() || c.waiting != 0 {
		t.Error("it is woken for another province")
	}
	an := w.member(a, "A", "An", "")
	w.sync(a)
	if !c.Woken() || c.waiting != 0 {
		t.Error("it is not woken, or spoke unasked")
	}
	must(t, c.Poke())
	if _, err := c.takeAll(p); err != nil || c.Woken() || p.value("member", an, "full_name") != "An" {
		t.Errorf("the member did not come: %v", err)
	}
	must(t, c.Write(&wire.Ack{Cursor: p.cursor}))
	must(t, c.Poke())
	if c.waiting != 0 {
		t.Error("it says something though there is nothing new")
	}
	must(t, w.s.RevokeDevice(p.id, false))
	wantCode(t, c.Poke(), fault.ScopeChanged)
	_, err := c.takeAll(p)
	wantProblem(t, p, err, fault.ScopeChanged)
	wantCode(t, c.Poke(), fault.ScopeChanged)
	wantCode(t, c.Deliver(&wire.Bye{}), fault.ScopeChanged)
}

func TestAnInlineSessionEndsAsAnyOther(t *testing.T) {
	w := newMemoryWorld(t)
	d := newDevice(t, "stranger", "")
	c := w.inline(d)
	err := d.exchange(c)
	wantProblem(t, d, err, fault.AuthUnknownDevice)
	wantCode(t, c.over, fault.AuthUnknownDevice)

	a := w.enroll("a", "A", "officer")
	c = w.inline(a)
	must(t, a.exchange(c))
	if c.over != nil || c.waiting != 0 {
		t.Errorf("a goodbye is answered: %v, %d messages", c.over, c.waiting)
	}
	if c.Deliver(a.hello(challenge)) == nil {
		t.Error("it listens after the goodbye")
	}

	w.now = w.now.Add(1)
	c = w.stay(a)
	w.now = w.now.Add(1 << 40)
	c.End()
	list, err := w.s.Devices()
	must(t, err)
	if len(list) != 1 || list[0].LastContact != w.now.UnixMilli() || c.Woken() || c.Poke() == nil {
		t.Errorf("the end was not noticed: %+v", list)
	}
}
