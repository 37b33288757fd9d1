package sim

import (
	"dongbo/internal/fault"
	"dongbo/internal/server"
)

// ruin is a register that was lost, and an old copy in its place. In such a
// history values that an office has shown go back for a while, so what it shows
// is not held against what it showed before. That nothing is lost, doubled, a
// rival without reason, or different from the server, is held as ever.
type ruin struct {
	saved    func() (server.Store, error) // puts the last copy in the register's place
	restored bool
	times    int  // how often
	missing  bool // somebody is gone
	untold   bool // the server has not been told: it must find out
}

// closes is the round of the drain, behind all that offices have to send, in
// which recovery is declared over.
const closes = 3

func (w *world) save() (err error) {
	w.saved, err = w.ground.save(w.store)
	return err
}

func (w *world) restoreServer(told bool) (err error) {
	if w.saved == nil {
		return nil
	}
	w.trace.add("the register is lost and its last copy restored; the server is told so: %v", told)
	if w.store, err = w.saved(); err != nil {
		return err
	}
	w.restored, w.untold = true, w.untold || !told
	w.times++
	w.oracle.hidden = w.missing && w.times > 1
	w.oracle.gaps = w.oracle.gaps || !told
	if err := w.boot(); err != nil {
		return err
	}
	if len(w.forgotten.rows) > 0 { // the list of them tells that the register is an old one
		told, w.untold = true, false
	}
	if !told {
		return nil
	}
	return w.servers[0].Restored(w.forgotten.persons()...)
}

// look is the oracle's, where nothing may go back.
func (w *world) look(o *office) error {
	if w.restored {
		return nil
	}
	return w.oracle.look(o)
}

// excused tells whether an exchange ended as it may where a register was
// restored: sent back to the greeting, or, as long as nobody told the server,
// held back.
func (w *world) excused(code fault.Code) bool {
	return w.restored && code == fault.ServerRestored || w.untold && code == fault.ServerBehind
}

// endRecovery tells the server at the end what it has not found out, and later
// that all have come.
func (w *world) endRecovery(round int) error {
	switch {
	case !w.restored || round != 1 && round != closes:
		return nil
	case round == closes:
		return w.servers[0].Recovered()
	}
	untold := w.untold
	if w.untold = false; untold {
		return w.servers[0].Restored()
	}
	return nil
}

// lose takes an office's computer out of the world. What it alone had may be
// nowhere then, and with it what rests on that. The province stays: somebody
// must give mandates.
func (w *world) lose(o *office) {
	if o.name == "p" || o.gone {
		return
	}
	w.trace.add("the computer of %s is gone", o.name)
	o.gone, w.missing, w.oracle.gaps = true, true, true
	w.oracle.hidden = w.times > 1
	for _, op := range w.oracle.ops {
		op.lost = op.lost || op.by == o.name
	}
}

// stayRefused holds that what an office knows to be refused was never taken.
func (w *world) stayRefused(tx server.Tx) error {
	for _, o := range w.offices {
		if o.unused() {
			continue
		}
		is, err := o.state()
		if err != nil {
			return err
		}
		for _, dot := range is.refused {
			link, known, err := tx.Link(dot)
			if err != nil {
				return err
			}
			if known && !link.Refused {
				return broken("%s: its change %v was refused and is taken now", o.name, dot)
			}
		}
	}
	return nil
}
