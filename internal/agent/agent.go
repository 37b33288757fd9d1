// Package agent is the sync loop beside one replica: connect, greet, push what
// waits, apply what comes, compare digests, and, as a daemon, stay connected
// and come back by itself.
//
// An Exchange is one connection's conversation. Nothing in it is remembered in
// memory from one to the next: what to send follows from what the server says
// it has, what to receive from the replica's cursor, so a kill at any moment
// costs at most the batch under way.
package agent

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// Options are the agent's choices.
type Options struct {
	Program string // name and version, for the server's list of devices
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	Pace    time.Duration // left between two of our write transactions; zero: 20 ms
	// Silence is how long nothing may be heard of the server; zero: 90 s.
	Silence time.Duration
	// Progress is told of each step; may be nil.
	Progress func(Result)
}

func (o Options) withDefaults() Options {
	if o.Pace == 0 {
		o.Pace = 20 * time.Millisecond
	}
	if o.Silence == 0 {
		o.Silence = silence
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(Result) {}
	}
	return o
}

// Result counts what an exchange did.
type Result struct {
	Sent, Received     int64 // changes
	Rows               int64 // of a snapshot
	BytesUp, BytesDown int64 // WebSocket payload
	Same               bool  // the digests agreed at the end
	Mended             int64 // rows that were not as on the server and are now
	Parted             bool  // the replica proved to be a copy, or an old backup
	Restored           bool  // the server proved to be restored from a backup
}

// Sync holds one whole exchange, both ways. Where the digests differ at its
// end, or the device's scope changed meanwhile, it takes a fresh snapshot in a
// second one and says so. Where another copy of the file spoke at the same
// moment, the second one's greeting parts the two. What we sent ourselves on a
// line that broke may look like that for as long as the server still reads it.
func Sync(ctx context.Context, r *replica.Replica, o Options) (Result, error) {
	o = o.withDefaults()
	res, err := session(ctx, r, o, false)
	for more := 0; more < greetings && again[fault.CodeOf(err)]; more++ {
		o.Log.Warn("greeting once more", "replica", r.Path(), "why", string(fault.CodeOf(err)))
		var next Result
		next, err = session(ctx, r, o, false)
		next.Sent, next.Received = next.Sent+res.Sent, next.Received+res.Received
		next.BytesUp, next.BytesDown = next.BytesUp+res.BytesUp, next.BytesDown+res.BytesDown
		next.Restored, next.Parted = next.Restored || res.Restored, next.Parted || res.Parted
		res = next
	}
	return res, err
}

// greetings is how often an exchange greets once more for what a greeting puts
// right.
const greetings = 3

// session holds one exchange and records it.
func session(ctx context.Context, r *replica.Replica, o Options, live bool) (Result, error) {
	began := o.Now()
	x := &exchange{r: r, o: o, Conversation: &Conversation{r: r, o: o, live: live}}
	err := x.run(ctx)
	s := replica.Session{Began: began, Ended: o.Now(), Sent: x.Result.Sent, Received: x.Result.Received,
		BytesUp: x.Result.BytesUp, BytesDown: x.Result.BytesDown}
	if err != nil {
		s.Outcome = string(fault.CodeOf(err))
	}
	if rerr := r.RecordSession(s); rerr != nil {
		err = errors.Join(err, rerr)
	}
	return x.Result, err
}

// permanent are the outcomes that trying again cannot change.
var permanent = map[fault.Code]bool{
	"auth.revoked": true, fault.AuthHandedIn: true, "auth.unknown_device": true, "auth.code_used": true, "auth.code_expired": true,
	"auth.code_unknown": true, "sync.wrong_server": true, "replica.forked": true,
	"proto.version": true, "replica.newer": true, "replica.damaged": true,
}

// again are the outcomes that the next greeting puts right.
var again = map[fault.Code]bool{"sync.digest_differs": true, "scope.changed": true, "chain.forked": true,
	fault.ServerRestored: true}

// Run is the daemon: it keeps an exchange open whenever a line is there, and
// comes back with jittered pauses where not, which grow until an exchange has
// come to its end once. It returns when the
// context ends, or with an outcome that trying again cannot change. Only one
// process at a time runs it beside a replica: ErrHeld tells another has it.
func Run(ctx context.Context, r *replica.Replica, o Options) error {
	o = o.withDefaults()
	lease, ok, err := r.TakeLease()
	if err != nil {
		return err
	}
	if !ok {
		return fault.New("sync.held", "path", r.Path())
	}
	defer lease.Release()
	back := newBackoff(o.Rand)
	for ctx.Err() == nil {
		began := o.Now()
		res, err := session(ctx, r, o, true)
		if ctx.Err() != nil {
			break
		}
		code := fault.CodeOf(err)
		if permanent[code] {
			return err
		}
		if res.Same || o.Now().Sub(began) > time.Minute || again[code] {
			back.reset()
		}
		o.Log.Info("exchange ended", "error", err)
		waitForLine(ctx, r, back.next())
	}
	return nil
}

// waitForLine waits out a pause, or less where a person asks for a sync. A file
// that cannot be watched now, as on a full disk, is no reason to give up.
func waitForLine(ctx context.Context, r *replica.Replica, pause time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	err := r.Watch(ctx, func() {
		if asked, err := r.TakeRequests(); err == nil && asked {
			cancel()
		}
	})
	if err != nil {
		<-ctx.Done()
	}
}
