package agent

import (
	"maps"

	"dongbo/internal/wire"
)

// tellHeld tells the server what the file holds now, where that is more than we
// said before: until then it keeps for us what stands in its logs. A word that
// only confirms the last CaughtUp gets no answer.
func (c *Conversation) tellHeld() error {
	if c.out > 0 || len(c.queue) > 0 || !c.acked {
		return nil // an Ack is under way, or follows
	}
	g, err := c.r.Greeting()
	if err != nil || maps.Equal(g.Cursor.Logs, c.held) {
		return err
	}
	c.held = g.Cursor.Logs
	c.queue = append(c.queue, &wire.Ack{Cursor: g.Cursor})
	return nil
}
