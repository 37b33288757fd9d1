package agent

import (
	"dongbo/internal/change"
	"dongbo/internal/wire"
)

// hearRestored notices that the server was restored from a backup. Where it
// counts in another epoch it knows that itself: what it lacks waits again, and a
// fresh snapshot follows. Where it does not know, it is shown its own receipts,
// and answers to that; until then nothing is sent and nothing applied.
func (c *Conversation) hearRestored(w *wire.Welcome) (goOn bool, err error) {
	epoch, err := c.r.Epoch()
	if err != nil {
		return false, err
	}
	known := epoch.IsZero() || epoch == w.Epoch
	behind := w.Behind
	if known && !behind {
		if behind, err = c.forgotten(w); err != nil || !behind {
			return err == nil, err
		}
	}
	if err := c.recall(behind); err != nil || behind {
		return false, err
	}
	c.o.Log.Warn("the server was restored from a backup: what it lacks is sent again", "replica", c.r.Path())
	c.Result.Restored = true
	parts, fresh, err := c.r.Restored(w)
	if err != nil {
		return false, err
	}
	if len(parts) > 0 {
		if err := c.r.Part(parts); err != nil {
			return false, err
		}
		c.Result.Parted = true
	}
	if len(parts) > 0 || fresh {
		return false, c.Greet()
	}
	return true, nil
}

// forgotten tells whether the server knows less of an own chain than it has
// confirmed.
func (c *Conversation) forgotten(w *wire.Welcome) (bool, error) {
	chains, err := c.r.Chains()
	if err != nil {
		return false, err
	}
	last := map[change.ID]uint64{}
	for _, s := range w.Writers {
		last[s.Name] = s.Last
	}
	for i := range chains {
		if at, told := last[chains[i].Name]; told && at < chains[i].Back {
			return true, nil
		}
	}
	return false, nil
}

// recall shows the server what it has signed. An empty one at the end must be
// answered.
func (c *Conversation) recall(must bool) error {
	list, err := c.r.Recalls()
	if err != nil {
		return err
	}
	if must {
		list = append(list, &wire.Recall{})
	}
	for _, m := range list {
		c.queue = append(c.queue, m)
	}
	return nil
}
