package agent_test

import (
	"maps"
	"testing"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/badlink"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/internal/server"
)

// seen is what the server believes the device to hold.
func (p *place) seen(r *replica.Replica) *server.Device {
	p.t.Helper()
	id, err := r.Identity()
	must(p.t, err)
	list, err := p.srv.Devices()
	must(p.t, err)
	for _, d := range list {
		if d.ID == id.Device {
			return d
		}
	}
	p.t.Fatal("the server does not know the device")
	return nil
}

func TestAfterAnExchangeTheServerKnowsAllThatTheReplicaHolds(t *testing.T) {
	p := newPlace(t)
	a, b := p.enrol("a", "G1", "officer"), p.enrol("b", "P1", "staff")
	_, err := a.Commit(people(t, a, 1)...)
	must(t, err)
	p.untilThrough(a)
	p.untilThrough(b)
	g, err := b.Greeting()
	must(t, err)
	// The session ends behind the goodbye: what it stores may come a moment later.
	for range 200 {
		if maps.Equal(p.seen(b).Seen.Logs, g.Cursor.Logs) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the server believes %v, the replica holds %v", p.seen(b).Seen.Logs, g.Cursor.Logs)
}

func TestARunningDaemonWhoseComputerIsRevokedHandsInAndEnds(t *testing.T) {
	p := newPlace(t)
	a := p.enrol("a", "G1", "officer")
	p.link.Set(badlink.Conditions{Down: true})
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(t.Context(), a, options()) }()
	_, err := a.Commit(people(t, a, 1)...)
	must(t, err)
	must(t, p.srv.RevokeDevice(p.seen(a).ID, false))
	p.link.Set(badlink.Conditions{})
	if err := <-ended; fault.CodeOf(err) != fault.AuthHandedIn {
		t.Errorf("the daemon ended with %v", err)
	}
	if held, err := p.srv.Held(); err != nil || len(held) != 1 {
		t.Errorf("held are %d changes, %v", len(held), err)
	}
}
