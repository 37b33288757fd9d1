package main

import (
	"fmt"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
)

func (s *story) showConflicts() error {
	s.chapter("story.conflicts")
	err := s.with(s.offices[2], func(r *replica.Replica) error {
		conflicts, err := r.Conflicts()
		if err != nil {
			return err
		}
		for _, c := range conflicts {
			s.tell("story.conflict", "title", c.Title, "what", s.word("register", c.Name))
			for _, v := range c.Values {
				s.tell("story.value", "n", v.N, "value", s.shown(v.Values), "by", v.Person, "device", v.Device, "at", v.At.Format("15:04 02/01"))
			}
		}
		findings, err := r.Findings()
		if err != nil {
			return err
		}
		for _, f := range findings {
			s.tell("story.finding", "kind", s.p.text("finding.kind."+f.Kind), "who", strings.Join(f.Titles, " · "))
		}
		return s.countConflicts(len(conflicts))
	})
	if err != nil {
		return err
	}
	return s.showMerged()
}

// countConflicts holds that exactly the story's two conflicts are there.
func (s *story) countConflicts(n int) error {
	if n != 2 {
		return fmt.Errorf("%d conflicts, want 2", n)
	}
	return nil
}

func (s *story) shown(values map[string]change.Value) string {
	var parts []string
	for name, v := range values {
		switch {
		case name == "alive" && v.Int() == 0:
			parts = append(parts, s.p.text("story.deleted"))
		case name == "alive":
			parts = append(parts, s.p.text("story.kept"))
		default:
			parts = append(parts, v.String())
		}
	}
	return strings.Join(parts, ", ")
}

// showMerged holds that two fields of one member, edited apart, both stand.
func (s *story) showMerged() error {
	id, err := s.member(s.offices[0], synth.TheCast().OtherFields.NationalID)
	if err != nil {
		return err
	}
	return s.with(s.offices[0], func(r *replica.Replica) error {
		row, err := r.Row("member", id)
		if err != nil {
			return err
		}
		address, job := row.Value("address").Text(), row.Value("job_title").Text()
		s.tell("story.merged", "name", row.Value("full_name").Text(), "address", address, "job", job)
		if address != "15 Nguyễn Trãi, Phường Chợ Quán" || job != "Tổ trưởng chuyền may" {
			return fmt.Errorf("two fields edited apart did not both survive: %q %q", address, job)
		}
		return nil
	})
}

func (s *story) settleConflicts() error {
	s.chapter("story.settle")
	province := s.offices[2]
	return s.with(province, func(r *replica.Replica) error {
		conflicts, err := r.Conflicts()
		if err != nil {
			return err
		}
		for _, c := range conflicts {
			if err := r.Settle(c.ID, replica.Decision{Take: 2, Why: "Đã gọi điện cho đoàn viên"}); err != nil {
				return err
			}
			s.tell("story.settled", "person", province.person, "title", c.Title, "value", s.shown(c.Values[1].Values))
		}
		return nil
	})
}

func (s *story) lastExchange() error {
	s.chapter("story.last_exchange")
	return s.exchangeAll()
}

func (s *story) compareDigests() error {
	s.chapter("story.digests")
	for _, o := range s.offices {
		err := s.with(o, func(r *replica.Replica) error {
			st, err := r.Status()
			if err != nil {
				return err
			}
			s.tell("story.digest", "person", o.person, "mine", st.Digest[:12], "server", st.ServerDigest[:12])
			switch {
			case st.Digest != st.ServerDigest:
				return fmt.Errorf("%s: digest differs from the server's", o.key)
			case st.Waiting != 0:
				return fmt.Errorf("%s: %d changes still wait", o.key, st.Waiting)
			case st.Conflicts != 0 || st.Quarantined != 0:
				return fmt.Errorf("%s: %d conflicts and %d refusals left", o.key, st.Conflicts, st.Quarantined)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.secondScreen()
}

// secondScreen enrols one more computer of the province and holds that it
// equals the first: replicas of one scope are one.
func (s *story) secondScreen() error {
	first := s.offices[2]
	second := &office{key: "province2", code: first.code, role: first.role, person: "Lý Thanh Mai", path: first.path + ".second"}
	if err := s.enrol(second); err != nil {
		return err
	}
	if _, err := s.sync(first); err != nil {
		return err
	}
	var digests []string
	for _, o := range []*office{first, second} {
		if err := s.with(o, func(r *replica.Replica) error {
			st, err := r.Status()
			digests = append(digests, st.Digest)
			return err
		}); err != nil {
			return err
		}
	}
	if digests[0] != digests[1] {
		return fmt.Errorf("two replicas of the province differ: %s %s", digests[0], digests[1])
	}
	s.tell("story.same_scope", "digest", digests[0][:12])
	return nil
}

// accountForEveryValue finds every value that was typed: live, or in the row's
// history with the one who replaced it.
func (s *story) accountForEveryValue() error {
	live, past := 0, 0
	err := s.with(s.offices[3], func(r *replica.Replica) error {
		for _, t := range s.typed {
			isLive, found, err := find(r, t)
			switch {
			case err != nil:
				return err
			case !found:
				return fmt.Errorf("lost: %s.%s of %s = %s", t.table, t.column, t.row, t.value)
			case isLive:
				live++
			default:
				past++
			}
		}
		return nil
	})
	s.chapter("story.accounted", "n", len(s.typed), "live", live, "past", past)
	return err
}

func find(r *replica.Replica, t typedValue) (live, found bool, err error) {
	row, err := r.Row(t.table, t.row)
	if err != nil || row == nil {
		return false, false, err
	}
	if row.Value(t.column) == t.value {
		return true, true, nil
	}
	events, err := r.History(t.table, t.row)
	for _, e := range events {
		if e.Values[t.column] == t.value {
			return e.Live, true, err
		}
	}
	return false, false, err
}
