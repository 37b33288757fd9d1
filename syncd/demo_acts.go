package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dongbo/assets"
	"dongbo/internal/badlink"
	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/synth"
)

func (s *story) openRegister() error {
	units := filepath.Join(s.dir, "units.csv")
	f, err := os.Create(units)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	rows := [][]string{{"code", "name", "kind", "parent_code"}, {"VN", "Tổng Liên đoàn Lao động Việt Nam", "national", ""},
		{"79", "Liên đoàn Lao động Thành phố Hồ Chí Minh", "province", "VN"}}
	for _, o := range synth.DemoOffices() {
		rows = append(rows, []string{o.Code, o.Name, "grassroots", "79"})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, _, err := s.run("init", "--data", filepath.Join(s.dir, "server"), "--name", "Sổ đoàn viên", "--units", units); err != nil {
		return err
	}
	address, err := s.startServer("127.0.0.1:0")
	if err != nil {
		return err
	}
	if s.link, err = badlink.New(address); err != nil {
		return err
	}
	s.chapter("story.server", "units", len(rows)-1)
	return nil
}

func (s *story) enrolEverybody() error {
	s.chapter("story.enrol")
	return s.enrol(s.offices...)
}

func (s *story) enrol(offices ...*office) error {
	for _, o := range offices {
		out, _, err := s.run("invite", "--data", filepath.Join(s.dir, "server"), "--unit", o.code, "--role", o.role,
			"--person", o.person, "--url", "https://"+s.link.Addr())
		if err != nil {
			return err
		}
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if _, _, err := s.run("enroll", "--replica", o.path, "--code", lines[len(lines)-1]); err != nil {
			return err
		}
		s.tell("story.enrolled", "person", o.person, "role", s.word("role", o.role), "unit", o.code)
	}
	return nil
}

func (s *story) importLists() error {
	s.chapter("story.import")
	for i, o := range s.offices[:2] {
		list := filepath.Join(s.dir, synth.DemoOffices()[i].File)
		if err := os.WriteFile(list, assets.DemoList(i+1), 0o600); err != nil {
			return err
		}
		out, _, err := s.run("import", "--replica", o.path, "--unit", o.code, "--repair", "--json", list)
		if err != nil {
			return err
		}
		var report struct {
			Counts  map[string]int    `json:"counts"`
			Skipped []json.RawMessage `json:"skipped"`
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil {
			return fmt.Errorf("import report: %w", err)
		}
		s.tell("story.imported", "person", o.person, "new", report.Counts["new"], "skipped", len(report.Skipped), "errors", report.Counts["error"])
	}
	return nil
}

func (s *story) firstExchange() error {
	s.chapter("story.first_exchange")
	return s.exchangeAll()
}

// exchangeAll synchronises every office twice: once to give, once to receive
// what the others gave.
func (s *story) exchangeAll() error {
	for round := range 2 {
		for _, o := range s.offices {
			s.link.Reset()
			tries, err := s.sync(o)
			if err != nil {
				return err
			}
			up, down := s.link.Counts()
			if round == 0 || up+down > 8000 {
				s.tell("story.exchanged", "person", o.person, "up", size(up), "down", size(down), "tries", tries)
			}
		}
	}
	return nil
}

func (s *story) cutTheLine() error {
	s.link.Set(badlink.Conditions{Down: true})
	_, code, err := s.run("sync", "--replica", s.offices[0].path)
	if err == nil && code != exitNoLine {
		err = fmt.Errorf("sync without a line ended with %d, want %d", code, exitNoLine)
	}
	s.chapter("story.cut")
	return err
}

// member finds a member by national id.
func (s *story) member(o *office, nationalID string) (id change.ID, err error) {
	err = s.with(o, func(r *replica.Replica) error {
		var b []byte
		err := r.DB().QueryRow("SELECT id FROM member WHERE national_id = ?", nationalID).Scan(&b)
		copy(id[:], b)
		return err
	})
	if err != nil {
		err = fmt.Errorf("member %s at %s: %w", nationalID, o.key, err)
	}
	return id, err
}

func (s *story) editApart() error {
	s.chapter("story.apart")
	cast := synth.TheCast()
	one, two, province := s.offices[0], s.offices[1], s.offices[2]
	steps := []struct {
		at     *office
		who    string
		col    string
		value  string
		text   string
		delete bool
	}{
		{at: one, who: cast.SameField.NationalID, col: "phone", value: "0903999001", text: "story.phone"},
		{at: province, who: cast.SameField.NationalID, col: "phone", value: "0903999002", text: "story.phone"},
		{at: one, who: cast.OtherFields.NationalID, col: "address", value: "15 Nguyễn Trãi, Phường Chợ Quán", text: "story.address"},
		{at: province, who: cast.OtherFields.NationalID, col: "job_title", value: "Tổ trưởng chuyền may", text: "story.job"},
		{at: one, who: cast.EditDelete.NationalID, col: "notes", value: "Đề nghị hỗ trợ Tết", text: "story.notes"},
		{at: province, who: cast.EditDelete.NationalID, delete: true, text: "story.delete"},
	}
	for _, st := range steps {
		id, err := s.member(st.at, st.who)
		if err != nil {
			return err
		}
		e := replica.Edit{Table: "member", ID: id, Delete: st.delete}
		if !st.delete {
			e.Set = map[string]change.Value{st.col: change.Text(st.value)}
		}
		if _, err := s.typeIn(st.at, e); err != nil {
			return err
		}
		s.tell(st.text, "person", st.at.person, "value", st.value)
	}
	for _, o := range []*office{one, two} {
		if err := s.enterNewcomer(o); err != nil {
			return err
		}
	}
	s.tell("story.twins", "a", one.person, "b", two.person, "id", newcomerID)
	for i, o := range []*office{one, two} {
		if err := s.collectDues(o, 150+50*i); err != nil {
			return err
		}
	}
	return nil
}

// newcomerID is the national id that both offices enter for a new member.
const newcomerID = "079199123456"

func (s *story) unitID(o *office) (id change.ID, err error) {
	err = s.with(o, func(r *replica.Replica) error {
		var b []byte
		err := r.DB().QueryRow("SELECT id FROM unit WHERE code = ?", o.code).Scan(&b)
		copy(id[:], b)
		return err
	})
	return id, err
}

func (s *story) enterNewcomer(o *office) error {
	unit, err := s.unitID(o)
	if err != nil {
		return err
	}
	_, err = s.typeIn(o, replica.Edit{Table: "member", Set: map[string]change.Value{
		"unit_id": change.IDValue(unit), "full_name": change.Text("Huỳnh Thị Bích Ngọc"), "birth_date": change.Text("1999-04-18"),
		"gender": change.Text("female"), "national_id": change.Text(newcomerID), "status": change.Text("active"),
	}})
	return err
}

func (s *story) collectDues(o *office, n int) error {
	unit, err := s.unitID(o)
	if err != nil {
		return err
	}
	total := int64(0)
	err = s.with(o, func(r *replica.Replica) error {
		ids, err := r.Search("", 0, n)
		if err != nil {
			return err
		}
		edits := make([]replica.Edit, 0, n)
		for i, id := range ids {
			amount := int64(25_000 + 1_000*(i%20))
			total += amount
			edits = append(edits, replica.Edit{Table: "dues_payment", Bulk: true, Set: map[string]change.Value{
				"member_id": change.IDValue(id), "unit_id": change.IDValue(unit), "month": change.Text("2026-11"),
				"amount": change.Int(amount), "paid_on": change.Text("2026-11-10"), "method": change.Text("cash"),
				"receipt_no": change.Text(fmt.Sprintf("%s-%04d", o.code, i+1)), "posted_at": change.Int(s.p.env.Now().UnixMilli()),
			}})
		}
		made, err := r.CommitEach(edits)
		for i, id := range made {
			s.typed = append(s.typed, typedValue{table: "dues_payment", column: "receipt_no", row: id, value: edits[i].Set["receipt_no"]})
		}
		return err
	})
	s.tell("story.dues", "person", o.person, "n", n, "total", grouped(total))
	return err
}

func (s *story) bringBackTheLine() error {
	s.link.Set(badlink.Conditions{Delay: 60 * time.Millisecond, BytesPerSecond: 64 << 10, CutAfter: 6 << 10})
	s.chapter("story.back")
	if err := s.exchangeAll(); err != nil {
		return err
	}
	s.link.Set(badlink.Conditions{})
	return nil
}
