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
func (x *exchange) recheck() error {
	unwatched, err := x.r.Unwatched()
	if err != nil || !unwatched || x.mending.tries > 0 {
		return err
	}
	_, err = x.r.Recount()
	return err
}

// captureMissed comes before anything is applied: what arrives lays such rows
// anew, and with them what nobody captured.
func (x *exchange) captureMissed() error {
	unwatched, err := x.r.Unwatched()
	if err != nil || !unwatched {
		return err
	}
	err = x.r.CaptureMissed()
	if fault.CodeOf(err) == "replica.not_ready" {
		return nil
	}
	return err
}

// compare tells the server what the rows' digests are, unit by unit.
func (x *exchange) compare() error {
	if x.mending.tries++; x.mending.tries > maxRepairs {
		if err := x.r.SetScope(change.Hash{}); err != nil {
			return err
		}
		return fault.New("sync.digest_differs", "path", x.r.Path())
	}
	prints, err := x.r.Recount()
	if err != nil {
		return err
	}
	x.o.Log.Warn("the replica differs from the server; looking where", "replica", x.r.Path(), "try", x.mending.tries)
	x.queue = append(x.queue, &wire.Compare{Units: prints})
	return nil
}

func (x *exchange) differ(m *wire.Differ) error {
	x.mending.left = len(m.Units)
	for _, unit := range m.Units {
		prints, err := x.r.BucketPrints(unit)
		if err != nil {
			return err
		}
		x.queue = append(x.queue, prints)
	}
	return x.compared()
}

func (x *exchange) mend(m *wire.Mend) error {
	n, err := x.r.Mend(m)
	if err != nil {
		return err
	}
	x.res.Mended += int64(n)
	if m.Last {
		x.mending.left--
	}
	return x.compared()
}

// compared asks for the server's last word again once every unit is mended.
func (x *exchange) compared() error {
	if x.mending.left > 0 {
		return nil
	}
	x.acked = false
	return x.pump()
}

// whole ends a repair.
func (x *exchange) whole() error {
	unwatched, err := x.r.Unwatched()
	if err != nil || !unwatched && x.mending.tries == 0 {
		return err
	}
	if x.mending.tries > 0 {
		x.o.Log.Warn("the replica is the server's equal again", "replica", x.r.Path(), "rows", x.res.Mended)
	}
	x.mending = repair{}
	return x.r.Mended()
}
