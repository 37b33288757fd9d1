package sim

import (
	"errors"
	"math/rand/v2"

	"dongbo/internal/agent"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/internal/wire"
)

// exchange holds one conversation of an office with a server, message by
// message; the step says where the line breaks.
func (w *world) exchange(o *office, s Step) error {
	if err := o.open(); err != nil {
		return err
	}
	w.oracle.speaks(o.machine)
	id := replica.Identity{Device: o.id}
	if o.token != [16]byte{} {
		id.Token = o.token[:]
	}
	c, err := agent.NewConversation(o, id, o, agent.Options{Program: "sim", Log: quiet, Progress: func(agent.Result) {}})
	if err != nil {
		return err
	}
	t := talking{world: w, office: o, step: s, c: c, cost: work{began: w.reads}, turn: rand.New(source(s.Seed))}
	t.in = w.servers[int(s.Seed)&1].NewInline(nil, func(m wire.Message) { t.down = append(t.down, m) })
	defer t.in.End()
	t.line = w.ground.line(o.machine, t.in)
	if err := c.Greet(); err != nil {
		return err
	}
	for {
		if done, err := t.turnOver(); done || err != nil {
			return err
		}
	}
}

// talking is an exchange under way.
type talking struct {
	*world
	office  *office
	step    Step
	c       *agent.Conversation
	in      *server.Inline
	line    line
	down    []wire.Message
	turn    *rand.Rand
	cost    work
	up, got int
}

// turnOver lets one message pass, either way.
func (t *talking) turnOver() (done bool, err error) {
	if t.up+t.got > endless {
		return false, errStalled
	}
	next := t.c.Next()
	if t.step.Up > 0 && (next != nil && t.up >= t.step.Up || len(t.down) > 0 && t.got >= t.step.Down && t.step.Down > 0) {
		return false, errCut
	}
	switch {
	case next != nil && (len(t.down) == 0 || t.turn.IntN(2) == 0):
		return false, t.send(next)
	case len(t.down) > 0:
		return t.receive()
	}
	return false, errStalled
}

func (t *talking) send(m wire.Message) error {
	t.up++
	t.c.Taken()
	t.cost.count(m)
	m, err := t.line.up(m)
	if err != nil {
		return err
	}
	// A refusal comes down as a problem: the office hears it there.
	_ = t.in.Deliver(m)
	return t.c.Sent()
}

func (t *talking) receive() (done bool, err error) {
	t.got++
	overtake(t.down, t.turn)
	m, err := t.line.down(t.down[0])
	if err != nil {
		return false, err
	}
	t.down = t.down[1:]
	t.cost.count(m)
	if err := t.c.Receive(m); errors.Is(err, agent.ErrDone) {
		return true, t.end()
	} else if err != nil {
		return false, err
	}
	return false, t.resumes(t.office, t.servers[int(t.step.Seed)&1], m)
}

// end is an exchange's in good order.
func (t *talking) end() error {
	t.trace.result(t.office.name, t.c.Result)
	if err := t.bounded(t.office, t.cost); err != nil {
		return err
	}
	for last := t.c.Next(); last != nil; last = t.c.Next() {
		t.c.Taken()
		if err := t.in.Deliver(last); err != nil {
			return err
		}
	}
	return t.in.Deliver(&wire.Bye{})
}

// overtake lets entries come before a receipt, as they may where a server
// orders and speaks at the same time.
func overtake(down []wire.Message, turn *rand.Rand) {
	if len(down) < 2 {
		return
	}
	_, receipt := down[0].(*wire.Receipt)
	_, entries := down[1].(*wire.Entries)
	if receipt && entries && turn.IntN(3) == 0 {
		down[0], down[1] = down[1], down[0]
	}
}

// errCut is a line that broke; errStalled two ends that wait for each other, or
// that never come to an end.
var (
	errCut     = errors.New("sim: the line broke")
	errStalled = errors.New("sim: both ends wait for each other, or talk for ever")
)

// endless is how many messages no exchange of so small a world can need.
const endless = 2000
