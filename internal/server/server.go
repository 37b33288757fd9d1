package server

import (
	"encoding/binary"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// Server is the centre of one register.
type Server struct {
	// Set by New, never changed.
	store  Store
	spools spools
	seal   Seal
	now    func() time.Time
	rand   io.Reader
	log    *slog.Logger

	// Safe for concurrent use.
	set   atomic.Pointer[settings]
	tree  atomic.Pointer[tree]
	hub   hub
	stuck stuck
}

// Options are what a Server needs besides its store.
type Options struct {
	Dir  string           // where snapshots wait to be sent; empty: in memory
	Now  func() time.Time // nil: the clock
	Rand io.Reader        // nil: the system's
	Log  *slog.Logger     // nil: the default
	Seal Seal             // nil: Ed25519; only the simulator has another
}

// The settings' names in the store.
const (
	keyEpoch  = "epoch"
	keyKey    = "server_key"
	keyRoot   = "root"
	keyName   = "name"
	keyWriter = "writer"
	keyIDs    = "national_id_key"
	keyTree   = "tree" // grows with every change to a unit's place
	keyURL    = "url"
)

// settings change only when the register was restored from a backup.
type settings struct {
	epoch  change.ID
	key    []byte // seed of the Ed25519 key that signs receipts and the certificate
	writer change.Ref
	idKey  []byte

	former     []change.ID          // epochs before this one
	stood      map[change.ID]uint64 // where the logs stood when the register was restored, at the least
	recovering int64                // since when devices send again what a backup lacked; 0: no more
	erased     uint64               // how many rows were erased: see erase.go
}

// New makes a Server on a store that Init has filled.
func New(store Store, o Options) (*Server, error) {
	s := newServer(store, o)
	return s, store.View(s.load)
}

func newServer(store Store, o Options) *Server {
	s := &Server{store: store, spools: spoolsIn(o.Dir), seal: o.Seal, now: o.Now, rand: o.Rand, log: o.Log}
	if s.seal == nil {
		s.seal = ed25519Seal{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = systemRand
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

func (s *Server) load(tx Tx) error {
	_, err := s.settingsIn(tx)
	return err
}

// settingsIn are the settings as tx sees them: another process may have been
// told that the register was restored.
func (s *Server) settingsIn(tx Tx) (*settings, error) {
	epoch, err := tx.Setting(keyEpoch)
	if err != nil {
		return nil, err
	}
	if epoch == nil {
		return nil, fault.New(fault.ServerNotInit)
	}
	since, err := number(tx, keyRecovering)
	if err != nil {
		return nil, err
	}
	erased, err := number(tx, keyErased)
	if err != nil {
		return nil, err
	}
	set := s.set.Load()
	if set != nil && set.epoch == change.ID(pad16(epoch)) && set.recovering == int64(since) && set.erased == erased {
		return set, nil
	}
	set = &settings{epoch: pad16(epoch), recovering: int64(since), erased: erased}
	if set.key, err = tx.Setting(keyKey); err != nil {
		return nil, err
	}
	if set.idKey, err = tx.Setting(keyIDs); err != nil {
		return nil, err
	}
	name, err := tx.Setting(keyWriter)
	if err != nil {
		return nil, err
	}
	if set.writer, err = tx.Ref(change.ID(pad16(name))); err != nil {
		return nil, err
	}
	if err := set.loadRestored(tx); err != nil {
		return nil, err
	}
	s.set.Store(set)
	return set, nil
}

func pad16(b []byte) (out [16]byte) {
	copy(out[:], b)
	return out
}

// Name returns the register's name.
func (s *Server) Name() (name string, err error) {
	err = s.store.View(func(tx Tx) error {
		b, err := tx.Setting(keyName)
		name = string(b)
		return err
	})
	return name, err
}

// SetURL remembers where the server is reached, for invitations that do not say.
func (s *Server) SetURL(url string) error {
	return s.store.Update(func(tx Tx) error { return tx.SetSetting(keyURL, []byte(url)) })
}

// Row finds a row of the register; nil where there is none.
func (s *Server) Row(table string, id change.ID) (r *merge.Row, err error) {
	t := schema.ByName(table)
	if t == nil {
		return nil, fault.New("edit.unknown_table", "table", table)
	}
	err = s.store.View(func(tx Tx) error {
		r, err = tx.Row(t, id)
		return err
	})
	return r, err
}

// Digest returns the digests of the units at or below unit and of what those
// above it publish: what a device with a mandate there must hold.
func (s *Server) Digest(unit change.ID) (sums merge.Sums, err error) {
	err = s.store.View(func(tx Tx) error {
		t, err := s.treeIn(tx)
		if err != nil {
			return err
		}
		sums, err = newScope(t, []Mandate{{Unit: unit}}, &Device{}).digest(tx)
		return err
	})
	return sums, err
}

// millis is the server's clock as entries hold it.
func (s *Server) millis() int64 { return s.now().UnixMilli() }

// number reads a setting that counts.
func number(tx Tx, key string) (uint64, error) {
	b, err := tx.Setting(key)
	n, _ := binary.Uvarint(b)
	return n, err
}

func setNumber(tx Tx, key string, n uint64) error {
	return tx.SetSetting(key, binary.AppendUvarint(nil, n))
}
