package server

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
)

// A register that was restored from a backup counts on from where the backup
// ends: numbers that its devices know mean something else from there on. So it
// begins an epoch, in which every device takes a fresh snapshot and sends again
// what the backup lacked (again.go), and a writer of its own, whose numbers
// nobody has seen. It is told so by an operator, or finds out: a receipt that
// it has signed itself, of more than it holds, is proof.

const (
	keyFormer     = "former_epochs"
	keyStood      = "restored_at"
	keyRecovering = "recovering"
)

// restoredKind is the finding that tells those at the root.
const restoredKind = "server_restored"

func (set *settings) loadRestored(tx Tx) error {
	former, err := tx.Setting(keyFormer)
	if err != nil {
		return err
	}
	in := change.Reader{B: former}
	for len(in.B) > 0 && in.Err == nil {
		set.former = append(set.former, in.ID())
	}
	stood, err := tx.Setting(keyStood)
	if err != nil {
		return err
	}
	set.stood = map[change.ID]uint64{}
	at := change.Reader{B: stood}
	for len(at.B) > 0 && at.Err == nil {
		log := at.ID()
		set.stood[log] = at.Uvarint()
	}
	if in.Err != nil || at.Err != nil {
		return fmt.Errorf("server: settings of a restore: %w", change.ErrInvalid)
	}
	return nil
}

// knows tells whether this register ever counted in the epoch.
func (set *settings) knows(epoch change.ID) bool {
	return epoch == set.epoch || slices.Contains(set.former, epoch)
}

// Restored tells the server that its register was restored from a backup. What
// was erased since that was made is erased before anybody is sent anything.
func (s *Server) Restored(erased ...Erasing) error {
	if err := s.restored(change.ID{}, change.ID{}, erased...); err != nil || len(erased) == 0 {
		return err
	}
	_, _, err := s.Erase(erased...)
	return err
}

// restored begins an epoch in place of that one; the zero one: of whichever
// there is. Of two who say so at once the first is heard. Proof is the epoch of
// the receipt that proved it: a later backup may have been lost, with an epoch
// that this one knows nothing of.
func (s *Server) restored(instead, proof change.ID, erased ...Erasing) error {
	err := s.update(func(o *ordering) error {
		if !instead.IsZero() && instead != o.set.epoch {
			return nil
		}
		if err := o.beginEpoch(proof); err != nil {
			return err
		}
		_, err := o.eraseAll(erased)
		return err
	})
	if err == nil {
		s.log.Warn("the register was restored from a backup: devices are asked for what it lacks", "a device proved it", !proof.IsZero())
	}
	return err
}

func (o *ordering) beginEpoch(proof change.ID) error {
	var epoch, name change.ID
	var key [32]byte
	for _, b := range [][]byte{epoch[:], name[:], key[:]} {
		if _, err := io.ReadFull(o.s.rand, b); err != nil {
			return fmt.Errorf("server: begin an epoch: %w", err)
		}
	}
	stood, err := o.standing()
	if err != nil {
		return err
	}
	var former []byte
	for _, e := range append(slices.Clone(o.set.former), o.set.epoch, proof) {
		if !e.IsZero() {
			former = append(former, e[:]...)
		}
	}
	for key, value := range map[string][]byte{keyEpoch: epoch[:], keyWriter: name[:], keyFormer: former, keyStood: stood} {
		if err := o.tx.SetSetting(key, value); err != nil {
			return err
		}
	}
	if err := setNumber(o.tx, keyRecovering, uint64(o.at)); err != nil {
		return err
	}
	ref, err := o.tx.Ref(name)
	if err != nil {
		return err
	}
	o.writers[ref] = &Writer{Ref: ref, Name: name, Key: key}
	if o.set, err = o.s.settingsIn(o.tx); err != nil {
		return err
	}
	o.announce = true
	return o.tellRestored(true)
}

// standing packs where each log stands, or stood at an earlier restore if that
// is less: whoever had read further before had read all that.
func (o *ordering) standing() (b []byte, err error) {
	stood := maps.Clone(o.set.stood)
	for _, id := range o.tree.logs() {
		head, err := o.tx.Head(id)
		if err != nil {
			return nil, err
		}
		if before, ok := stood[id]; !ok || head < before {
			stood[id] = head
		}
	}
	logs := slices.Collect(maps.Keys(stood))
	sortIDs(logs)
	for _, log := range logs {
		b = append(b, log[:]...)
		b = binary.AppendUvarint(b, stood[log])
	}
	return b, nil
}

// tellRestored opens the finding at the root, or closes it.
func (o *ordering) tellRestored(open bool) error {
	root := o.tree.root
	return o.putFinding(found{kind: restoredKind, id: merge.FindingID(restoredKind, root, o.set.epoch), unit: root, table: unitTable,
		a: root, detail: o.s.now().Format("02/01/2006 15:04"), open: open})
}

// Recovering tells since when, by the server's clock, it takes back what a
// backup lacked; 0: it lacks nothing.
func (s *Server) Recovering() (since int64, err error) {
	err = s.store.View(func(tx Tx) error {
		set, err := s.settingsIn(tx)
		if err == nil {
			since = set.recovering
		}
		return err
	})
	return since, err
}

// Recovered ends the recovery: nobody who held something of what the backup
// lacked is expected any more. Changes that wait for it are judged as things
// stand, most of them refused, and their authors told.
func (s *Server) Recovered() error {
	return s.update(func(o *ordering) (err error) {
		if o.set.recovering == 0 {
			return nil
		}
		if err := o.tellRestored(false); err != nil {
			return err
		}
		if err := setNumber(o.tx, keyRecovering, 0); err != nil {
			return err
		}
		if o.set, err = o.s.settingsIn(o.tx); err != nil {
			return err
		}
		o.announce = true
		return o.unpark(everybody)
	})
}

// ahead tells whether a device has received more in this epoch than there is.
// One that asks for a fresh snapshot does not say so.
func ahead(tx Tx, set *settings, h *wire.Hello) (bool, error) {
	if h.Cursor.Epoch != set.epoch || h.Scope == (change.Hash{}) {
		return false, nil
	}
	for log, num := range h.Cursor.Logs {
		head, err := tx.Head(log)
		if err != nil || head < num {
			return head < num, err
		}
	}
	return false, nil
}

// recalled hears a receipt that a device shows. It is proof that the register
// was restored, if the server signed it, in an epoch that it knows nothing of,
// or in this one about more than it holds. Its error is the answer; there is none
// to a receipt that proves nothing.
func (s *Server) recalled(greeted change.ID, m *wire.Recall) error {
	var proof bool
	var now change.ID
	err := s.store.View(func(tx Tx) error {
		set, err := s.settingsIn(tx)
		if err != nil {
			return err
		}
		now = set.epoch
		if m.Receipt.Through == 0 || s.seal.VerifyReceipt(set.key, signed(m.Epoch, &m.Receipt), m.Receipt.Signature) != nil {
			return nil
		}
		if proof = !set.knows(m.Epoch); !proof && m.Epoch == set.epoch {
			proof, err = forgotten(tx, &m.Receipt)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case greeted.IsZero():
		return fault.New(fault.ProtoOrder)
	case greeted != now:
		return fault.New(fault.ServerRestored)
	case proof:
		if err := s.restored(now, m.Epoch); err != nil {
			return err
		}
		return fault.New(fault.ServerRestored)
	case m.Receipt.Through == 0: // all have been shown
		s.log.Error("a device has received more than there is, and cannot prove it: was the register restored from a backup? Then run syncd restored")
		return fault.New(fault.ServerBehind)
	}
	return nil
}

// forgotten tells whether a receipt confirms more of a chain than there is, or
// another.
func forgotten(tx Tx, r *wire.Receipt) (bool, error) {
	ref, err := tx.Ref(r.Writer)
	if err != nil {
		return false, err
	}
	w, err := tx.Writer(ref)
	if err != nil || w == nil {
		return err == nil, err
	}
	hash, err := linkAt(tx, w, r.Through)
	return hash != r.Hash, err
}
