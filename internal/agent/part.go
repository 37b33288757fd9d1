package agent

import (
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/wire"
)

// parting is the state of finding where the file's chains and the server's are
// no longer the same: the file is a copy, or was restored from a backup. Until
// both agree nothing is sent and nothing applied.
type parting struct {
	waits bool // for the answer to our last greeting
	spans map[replica.Kind]*span
}

// span holds between which numbers a chain parts: at low both are the same, at
// high not.
type span struct {
	name      change.ID
	low, high uint64
	asked     []uint64
	theirs    change.Hash // what the server's is at high; zero: ours has nothing there
}

// kinds is the order in which chains are looked at, so that two runs ask alike.
var kinds = []replica.Kind{replica.Hand, replica.Bulk}

// asks is how many numbers one question names.
const asks = 64

// agree holds the server's word on our chains against the file. Where they are
// not the same it begins to find out since when.
func (c *Conversation) agree(w *wire.Welcome) (bool, error) {
	chains, err := c.r.Chains()
	if err != nil {
		return false, err
	}
	spans := map[replica.Kind]*span{}
	for i := range chains {
		for _, s := range w.Writers {
			if s.Name != chains[i].Name {
				continue
			}
			sp, err := c.doubt(&chains[i], s)
			if err != nil {
				return false, err
			}
			if sp != nil {
				spans[chains[i].Kind] = sp
			}
		}
	}
	if len(spans) == 0 {
		return true, nil
	}
	c.parting.spans = spans
	return false, c.narrow()
}

// doubt returns where a chain may part from the server's; nil where it does not.
func (c *Conversation) doubt(own *replica.Chain, s wire.WriterState) (*span, error) {
	ours, theirs, at := own.Hash, s.Known, own.Last
	switch {
	case s.Last < own.Received:
		return nil, fault.New(fault.ServerBehind)
	case s.Last < own.Last:
		links, err := c.r.Links(own.Kind, []uint64{s.Last})
		if err != nil {
			return nil, err
		}
		ours, theirs, at = links[0], s.Hash, s.Last
	}
	switch {
	case ours != theirs:
		return &span{name: own.Name, low: own.Received, high: at, theirs: theirs}, nil
	case s.Last > own.Last: // ours ends where the server's goes on
		return &span{name: own.Name, low: own.Last, high: own.Last + 1}, nil
	}
	return nil, nil
}

// narrow asks for hashes until each span is closed, then parts.
func (c *Conversation) narrow() error {
	at := map[replica.Kind]uint64{}
	for _, kind := range kinds {
		sp := c.parting.spans[kind]
		if sp == nil {
			continue
		}
		if sp.high-sp.low <= 1 {
			at[kind] = sp.low
			continue
		}
		if sp.asked != nil {
			continue
		}
		step := max(1, (sp.high-sp.low)/asks)
		for n := sp.low + step; n < sp.high && len(sp.asked) < asks; n += step {
			sp.asked = append(sp.asked, n)
		}
		c.queue = append(c.queue, &wire.Ask{Writer: sp.name, Numbers: sp.asked})
	}
	if len(at) < len(c.parting.spans) {
		return nil
	}
	if err := c.leaveOut(at); err != nil {
		return err
	}
	c.o.Log.Warn("this replica is a copy, or was restored from a backup; what it alone has is sent by new writers", "replica", c.r.Path())
	if err := c.r.Part(at); err != nil {
		return err
	}
	c.Result.Parted = true
	return c.Greet()
}

// leaveOut takes a chain out that only seems to part: it names changes of the
// other, and an earlier copy sent it after the other had parted there. Where it
// parts further on, the next greeting will show.
func (c *Conversation) leaveOut(at map[replica.Kind]uint64) error {
	for _, kind := range kinds {
		sp := c.parting.spans[kind]
		if sp == nil {
			continue
		}
		other := replica.Bulk - kind
		n, parts := at[other]
		if _, seems := at[kind]; !seems || !parts || sp.theirs == (change.Hash{}) {
			continue
		}
		ours, err := c.r.LinkIfParted(kind, sp.high, other, n)
		if err != nil {
			return err
		}
		if ours == sp.theirs {
			delete(at, kind)
			return nil
		}
	}
	return nil
}

// links takes the answer to one question.
func (c *Conversation) links(m *wire.Links) error {
	for _, kind := range kinds {
		sp := c.parting.spans[kind]
		if sp == nil {
			continue
		}
		if sp.name != m.Writer || len(sp.asked) != len(m.Hashes) {
			continue
		}
		ours, err := c.r.Links(kind, sp.asked)
		if err != nil {
			return err
		}
		for i, n := range sp.asked {
			if ours[i] != m.Hashes[i] {
				sp.high, sp.theirs = n, m.Hashes[i]
				break
			}
			sp.low = n
		}
		sp.asked = nil
	}
	return c.narrow()
}
