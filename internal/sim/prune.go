package sim

import (
	"maps"
	"slices"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/server"
)

// attic keeps for the oracle what pruned entries said, by the hash that their
// writers' chains have there: numbers come again where a register is restored.
type attic map[change.Hash]*server.Entry

// prune prunes the logs. Nothing is kept for whom the server has not heard of for
// so long.
func (w *world) prune(silent time.Duration) error {
	s := w.servers[0]
	kept := maps.Clone(w.attic)
	if kept == nil {
		kept = attic{}
	}
	err := w.view(func(tx server.Tx) error {
		for _, code := range logs {
			log := w.units[code]
			head, err := tx.Head(log)
			for n := uint64(1); n <= head && err == nil; n++ {
				var e *server.Entry
				if e, err = tx.Entry(log, n); err == nil {
					kept[e.Hash] = e
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.attic = kept
	done, err := s.Prune(server.Pruning{Silent: silent})
	if fault.CodeOf(err) == fault.PruneRecovering {
		return nil
	}
	if err != nil {
		return err
	}
	w.trace.add("the logs are pruned of %d entries", done.Entries)
	for _, d := range done.Silent {
		for _, o := range w.offices {
			if o.id == d.ID {
				o.part = part{} // what comes behind it is not kept for them
			}
		}
	}
	return nil
}

// view reads the register as if it had never been pruned.
func (w *world) view(f func(server.Tx) error) error {
	return w.store.View(func(tx server.Tx) error { return f(unpruned{tx, w.attic}) })
}

type unpruned struct {
	server.Tx
	attic attic
}

func (t unpruned) Entry(log change.ID, num uint64) (*server.Entry, error) {
	e, err := t.Tx.Entry(log, num)
	if err != nil || e == nil || len(e.Body) > 0 || t.attic[e.Hash] == nil {
		return e, err
	}
	whole := *e
	was := t.attic[e.Hash]
	whole.Body, whole.Effective, whole.Places = was.Body, was.Effective, was.Places
	return &whole, nil
}

// below holds that nothing is left of what was said below a floor, but for what
// was refused.
func (w *world) below(tx server.Tx) error {
	bare := tx.(unpruned).Tx
	for _, code := range logs {
		floor, err := bare.Floor(w.units[code])
		if err != nil {
			return err
		}
		for n := uint64(1); n <= floor; n++ {
			e, err := bare.Entry(w.units[code], n)
			if err != nil {
				return err
			}
			w.oracle.held[13]++
			if said := slices.Concat(e.Body, e.Effective, e.Places); e.Code == "" && len(said) > 0 {
				return broken("number %d stands below the floor of its log, and says something (I13)", n)
			}
		}
	}
	return nil
}
