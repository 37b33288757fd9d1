package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"dongbo/internal/agent"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// inProcess runs the agent inside the window's process wherever no daemon has
// the replica's lease. It is the window's Syncer.
type inProcess struct {
	wake chan struct{}
	done chan struct{}
}

// heldPause is how often we look whether a daemon has left the replica;
// stoppedPause how long an outcome stands that trying again cannot change.
const (
	heldPause    = 10 * time.Second
	stoppedPause = time.Hour
)

func startAgent(ctx context.Context, r *replica.Replica, log *slog.Logger) *inProcess {
	p := &inProcess{wake: make(chan struct{}, 1), done: make(chan struct{})}
	o := agent.Options{Program: "dongbo " + version, Now: time.Now, Rand: rand.Reader, Log: log}
	go func() {
		defer close(p.done)
		for ctx.Err() == nil {
			err := agent.Run(ctx, r, o)
			pause := stoppedPause
			if fault.CodeOf(err) == "sync.held" {
				pause = heldPause
			} else if err != nil && ctx.Err() == nil {
				log.Warn("the agent has stopped", "error", err)
			}
			select {
			case <-ctx.Done():
			case <-p.wake:
			case <-time.After(pause):
			}
		}
	}()
	return p
}

// SyncNow wakes the agent where it has stopped; one that runs takes up the
// request that lies in the replica.
func (p *inProcess) SyncNow(context.Context) error {
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}
