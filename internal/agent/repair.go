package agent

import (
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/wire"
)

// maxRepairs is how often one exchange tries to mend a difference by ranges.
// What is left then is mended by a fresh snapshot, whatever the cause.
const maxRepairs = 2

// repair is the state of finding where the replica is not the server's equal.
type repair struct {
	tries int
	left  int // units whose rows are still to come
}

// recheck counts the replica's rows again where some program may have written
// unseen: digests kept along the way would not show it.
func (c *Conversation) recheck() error {
	unwatched, err := c.r.Unwatched()
	if err != nil || !unwatched || c.mending.tries > 0 {
		return err
	}
	_, err = c.r.Recount()
	return err
}

// captureMissed comes before anything is applied: what arrives lays such rows
// anew, and with them what nobody captured.
func (c *Conversation) captureMissed() error {
	unwatched, err := c.r.Unwatched()
	if err != nil || !unwatched {
		return err
	}
	err = c.r.CaptureMissed()
	if fault.CodeOf(err) == "replica.not_ready" {
		return nil
	}
	return err
}

// compare tells the server what the rows' digests are, unit by unit.
func (c *Conversation) compare() error {
	if c.mending.tries++; c.mending.tries > maxRepairs {
		if err := c.r.SetScope(change.Hash{}); err != nil {
			return err
		}
		return fault.New("sync.digest_differs", "path", c.r.Path())
	}
	prints, err := c.r.Recount()
	if err != nil {
		return err
	}
	c.o.Log.Warn("the replica differs from the server; looking where", "replica", c.r.Path(), "try", c.mending.tries)
	c.queue = append(c.queue, &wire.Compare{Units: prints})
	return nil
}

func (c *Conversation) differ(m *wire.Differ) error {
	c.mending.left = len(m.Units)
	for _, unit := range m.Units {
		prints, err := c.r.BucketPrints(unit)
		if err != nil {
			return err
		}
		c.queue = append(c.queue, prints)
	}
	return c.compared()
}

func (c *Conversation) mend(m *wire.Mend) error {
	n, err := c.r.Mend(m)
	if err != nil {
		return err
	}
	c.Result.Mended += int64(n)
	if m.Last {
		c.mending.left--
	}
	return c.compared()
}

// compared asks for the server's last word again once every unit is mended.
func (c *Conversation) compared() error {
	if c.mending.left > 0 {
		return nil
	}
	c.acked = false
	return c.pump()
}

// whole ends a repair.
func (c *Conversation) whole() error {
	unwatched, err := c.r.Unwatched()
	if err != nil || !unwatched && c.mending.tries == 0 {
		return err
	}
	if c.mending.tries > 0 {
		c.o.Log.Warn("the replica is the server's equal again", "replica", c.r.Path(), "rows", c.Result.Mended)
	}
	c.mending = repair{}
	return c.r.Mended()
}
