package benchtool

import (
	"errors"
	"fmt"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
)

// stage is the workload being played at two offices of one scope.
type stage struct {
	*world
	a, b *replica.Replica
	ids  map[synth.ID]change.ID // members of the workload → of the register
}

// traffic plays the workload and counts bytes and conflicts.
func (b *bench) traffic() (err error) {
	x, err := b.newWorld("office", b.w)
	if err != nil {
		return err
	}
	s := &stage{world: x, ids: map[synth.ID]change.ID{}}
	defer func() { err = errors.Join(err, s.end()) }()
	for _, part := range []struct {
		name string
		do   func() error
	}{{"members", s.members}, {"bootstrap", s.bootstrap}, {"edits", s.edits}, {"payments", s.payments},
		{"apart", s.apart}, {"noop", s.noop}, {"files", s.files}} {
		if err := b.timed("traffic."+part.name, part.do); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func (s *stage) end() error {
	var errs []error
	for _, r := range []*replica.Replica{s.a, s.b} {
		if r != nil {
			errs = append(errs, r.Close())
		}
	}
	return errors.Join(append(errs, s.close())...)
}

// members lets the first office enter all members. Where the workload is the
// fixed one they keep its ids, else they get the replica's own.
func (s *stage) members() (err error) {
	w, f := s.world.b.w, s.world.b.f
	if s.a, err = s.enrol("a"); err != nil {
		return err
	}
	if err := s.mapUnits(s.a, w.Units); err != nil {
		return err
	}
	if err := s.insert("member", w.Members); err != nil {
		return err
	}
	t, err := s.sync(s.a)
	f.MembersUp = t.up
	return err
}

func (s *stage) insert(table string, rows []synth.Row) error {
	edits := make([]replica.Edit, len(rows))
	for i, row := range rows {
		set, err := s.values(row.Set)
		if err != nil {
			return err
		}
		edits[i] = replica.Edit{Table: table, Set: set, Bulk: true}
		if s.world.b.f.Workload == "fixed" {
			edits[i].ID = change.ID(row.ID)
		}
	}
	ids, err := s.a.CommitEach(edits)
	if err == nil && table == "member" {
		for i, row := range rows {
			s.ids[row.ID] = ids[i]
		}
	}
	return err
}

// values turns the workload's columns into the register's, ids included.
func (s *stage) values(set map[string]any) (map[string]change.Value, error) {
	out := make(map[string]change.Value, len(set))
	for name, v := range set {
		if raw, ok := v.([]byte); ok {
			id, known := s.units[synth.ID(raw)]
			if !known {
				id = s.ids[synth.ID(raw)]
			}
			v = id[:]
		}
		val, err := change.FromAny(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = val
	}
	return out, nil
}

func (s *stage) bootstrap() (err error) {
	if s.b, err = s.enrol("b"); err != nil {
		return err
	}
	up, down := s.link.Counts()
	s.world.b.f.BootstrapUp, s.world.b.f.BootstrapDown = up, down
	return nil
}

// commit makes every edit a change of its own, some seconds after the last.
func (s *stage) commit(r *replica.Replica, edits []synth.Edit) error {
	for _, e := range edits {
		set, err := s.values(e.Set)
		if err != nil {
			return err
		}
		s.clock.step()
		if _, err := r.Commit(replica.Edit{Table: e.Table, ID: s.ids[e.ID], Set: set}); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) edits() error {
	f := s.world.b.f
	if err := s.commit(s.a, s.world.b.w.Edits); err != nil {
		return err
	}
	return s.carry(&f.EditsUp, &f.EditsDown)
}

func (s *stage) payments() error {
	f := s.world.b.f
	if err := s.insert("dues_payment", s.world.b.w.Dues); err != nil {
		return err
	}
	return s.carry(&f.PaymentsUp, &f.PaymentsDown)
}

// carry syncs both offices: what the first sends up comes down to the second.
func (s *stage) carry(up, down *int64) error {
	a, err := s.sync(s.a)
	if err != nil {
		return err
	}
	b, err := s.sync(s.b)
	*up, *down = a.up, b.down
	return err
}

// apart lets both offices edit without a line, then brings them together.
func (s *stage) apart() error {
	w, f := s.world.b.w, s.world.b.f
	if err := errors.Join(s.commit(s.a, w.ConcA), s.commit(s.b, w.ConcB)); err != nil {
		return err
	}
	for _, r := range []*replica.Replica{s.a, s.b, s.a} {
		t, err := s.sync(r)
		if err != nil {
			return err
		}
		f.ApartUp, f.ApartDown = f.ApartUp+t.up, f.ApartDown+t.down
	}
	return s.judge()
}

func (s *stage) noop() error {
	if _, err := s.sync(s.b); err != nil {
		return err
	}
	t, err := s.sync(s.a)
	if err != nil {
		return err
	}
	s.world.b.f.NoopBytes, s.world.b.f.NoopInside = t.up+t.down, t.inside
	return s.agree()
}

// agree holds that both offices and the server have the same digest.
func (s *stage) agree() error {
	a, err := s.a.Status()
	if err != nil {
		return err
	}
	b, err := s.b.Status()
	if err != nil {
		return err
	}
	if a.Digest != a.ServerDigest || a.Digest != b.Digest || b.Digest != b.ServerDigest || a.Waiting+b.Waiting+a.Quarantined+b.Quarantined > 0 {
		return fmt.Errorf("bench: the replicas do not agree: %+v %+v", a, b)
	}
	return nil
}

func (s *stage) files() error {
	f := s.world.b.f
	made, err := weigh(s.a.Path(), s.world.b.path("weigh"))
	if err != nil {
		return err
	}
	got, err := weigh(s.b.Path(), s.world.b.path("weigh"))
	f.FileRatio, f.FileRatioReceived = made.fileRatio(), got.fileRatio()
	return err
}
