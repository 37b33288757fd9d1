package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"dongbo/internal/agent"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
	"dongbo/schema"
)

var crashScenarios = []*scenario{
	{
		name: "sealing and pushing",
		set: func(s *studio) {
			s.settled(shown{"Cũ", "1;"})
		},
		play: func(s *studio) {
			s.act("sql", "sql", insertOf("Lạ", "2", "ghi"), "UPDATE member SET phone = '10' WHERE full_name = 'Cũ'")
			s.act("form", "form", "Lạ", "3", "Mới", "4")
			s.syncd("sync", "sync", "--replica", s.file)
			s.act("after", "form", "Mới", "5")
			s.syncd("sync again", "sync", "--replica", s.file)
		},
		members: map[string][]shown{
			"Cũ":  {{"", "1;"}, {"sql", "10;"}},
			"Lạ":  {{"", absent}, {"sql", "2;ghi"}, {"form", "3;ghi"}},
			"Mới": {{"", absent}, {"form", "4;"}, {"after", "5;"}},
		},
		together: []string{"Lạ", "Mới"},
	},
	{
		name: "pulling and applying",
		set: func(s *studio) {
			s.settled(shown{"Cũ", "1;"}, shown{"Thôi", "2;"})
			other := s.enrol("other", "P1", "staff")
			for _, name := range []string{"Xa 1", "Xa 2", "Xa 3"} {
				s.exec(other, insertOf(name, "7", "xa"))
			}
			s.exec(other, "UPDATE member SET phone = '11' WHERE full_name = 'Cũ'")
			s.exec(other, "DELETE FROM member WHERE full_name = 'Thôi'")
			s.sync(other)
			s.exec(s.file, "UPDATE member SET notes = 'đây' WHERE full_name = 'Cũ'")
			s.exec(s.file, insertOf("Chờ", "8", ""))
		},
		play: func(s *studio) { s.syncd("sync", "sync", "--replica", s.file) },
		members: map[string][]shown{
			"Cũ":   {{"", "11;đây"}},
			"Thôi": {{"", absent}},
			"Chờ":  {{"", "8;"}},
			"Xa 1": {{"", "7;xa"}}, "Xa 2": {{"", "7;xa"}}, "Xa 3": {{"", "7;xa"}},
		},
	},
	{
		name: "settling a conflict",
		set: func(s *studio) {
			s.settled(shown{"Cũ", "1;"})
			other := s.enrol("other", "P1", "staff")
			s.exec(other, "UPDATE member SET phone = '2'")
			s.exec(s.file, "UPDATE member SET phone = '3'")
			s.sync(other, s.file)
			s.conflict = s.conflicts(s.file)[0].ID
		},
		play: func(s *studio) {
			s.syncd("settle", "settle", "--replica", s.file, s.conflict, "--take", "2", "--why", "gọi hỏi")
			s.syncd("sync", "sync", "--replica", s.file)
		},
		members: map[string][]shown{"Cũ": {{"", "2;"}, {"settle", "3;"}}},
		waits: func(told []string) (conflicts, _ span) {
			if !contains(told, "settle") {
				conflicts = span{0, 1}
			}
			return conflicts, span{}
		},
	},
	{
		name: "what the server refuses",
		set:  func(s *studio) { s.settled(shown{"Cũ", "1;"}) },
		play: func(s *studio) {
			s.act("unit", "sql", "UPDATE unit SET name = 'Của tôi' WHERE code = 'VN'")
			s.act("sql", "sql", "UPDATE member SET phone = '2'")
			s.syncd("sync", "sync", "--replica", s.file)
		},
		members: map[string][]shown{"Cũ": {{"", "1;"}, {"sql", "2;"}}},
		waits: func(told []string) (_, refused span) {
			refused = span{0, 1}
			if contains(told, "unit") {
				refused = span{1, 1}
			}
			return span{}, refused
		},
	},
	{
		name: "the daemon, with people at work",
		set:  func(s *studio) { s.settled(shown{"Cũ", "1;"}) },
		play: func(s *studio) {
			daemon := s.begin("run", "--replica", s.file)
			s.act("form", "form", "Cũ", "2", "Mới", "3")
			s.act("drained", "drained")
			s.act("sql", "sql", insertOf("Lạ", "4", "ghi"), "UPDATE member SET phone = '5' WHERE full_name = 'Mới'")
			s.act("drained again", "drained")
			daemon.Stop()
		},
		members: map[string][]shown{
			"Cũ":  {{"", "1;"}, {"form", "2;"}},
			"Mới": {{"", absent}, {"form", "3;"}, {"sql", "5;"}},
			"Lạ":  {{"", absent}, {"sql", "4;ghi"}},
		},
		together: []string{"Cũ", "Mới"},
	},
	{
		name: "importing",
		set: func(s *studio) {
			s.settled()
			must(s.t, os.WriteFile(s.path("list.csv"), []byte(crashList()), 0o600))
		},
		play: func(s *studio) {
			s.syncd("import", "import", "--replica", s.file, "--unit", "G1", s.path("list.csv"))
			s.syncd("sync", "sync", "--replica", s.file)
		},
		members: listed("import"),
		again:   importAgain,
	},
	{
		name: "the first snapshot",
		set: func(s *studio) {
			s.found()
			other := s.enrol("other", "P1", "staff")
			s.crowd(other)
			s.sync(other)
			s.code = s.invite("P1", "staff")
		},
		play: func(s *studio) {
			s.syncd("enroll", "enroll", "--replica", s.file, "--code", s.code)
			s.syncd("status", "status", "--replica", s.file)
		},
		members: crowded(),
		open:    enrolAgain,
	},
	{
		name: "a later snapshot",
		set: func(s *studio) {
			s.settled()
			s.crowd(s.file)
			s.sync(s.file)
			s.exec(s.file, "UPDATE member SET phone = '21' WHERE full_name = 'Đông 1'")
			s.ok("export", "--replica", s.file, "--table", "member", s.path("out.csv")) // seals
			s.exec(s.file, "UPDATE member SET phone = '22' WHERE full_name = 'Đông 2'")
			s.exec(s.file, "UPDATE sync_meta SET value = zeroblob(32) WHERE key = 'scope'")
		},
		play: func(s *studio) { s.syncd("sync", "sync", "--replica", s.file) },
		members: func() map[string][]shown {
			m := crowded()
			for i, phone := range []string{"20", "21", "22"} {
				_, notes, _ := strings.Cut(m[fmt.Sprint("Đông ", i)][0].looks, ";")
				m[fmt.Sprint("Đông ", i)] = []shown{{"", phone + ";" + notes}}
			}
			return m
		}(),
	},
	{
		name: "a file of an earlier release",
		set: func(s *studio) {
			s.settled(shown{"Cũ", "1;ghi"})
			s.makeOlder()
		},
		play: func(s *studio) {
			s.syncd("status", "status", "--replica", s.file)
			s.act("sql", "sql", insertOf("Lạ", "2", "ghi"))
			s.syncd("sync", "sync", "--replica", s.file)
		},
		members: map[string][]shown{"Cũ": {{"", "1;ghi"}}, "Lạ": {{"", absent}, {"sql", "2;ghi"}}},
	},
	{
		name: "founding the register",
		play: func(s *studio) {
			s.syncd("init", "init", "--data", s.path("server"), "--name", "Sổ thử", "--units", s.path("units.csv"))
			s.syncd("invite", "invite", "--data", s.path("server"), "--unit", "P1", "--role", "staff", "--url", "https://localhost")
		},
		before: foundAgain,
		open:   enrolNew,
	},
}

// settled makes an office that agrees with its server on these members.
func (s *studio) settled(members ...shown) {
	s.t.Helper()
	s.found()
	s.join()
	for _, m := range members {
		phone, notes, _ := strings.Cut(m.looks, ";")
		s.exec(s.file, insertOf(m.step, phone, notes))
	}
	s.sync(s.file)
}

func insertOf(name, phone, notes string) string {
	return fmt.Sprintf("INSERT INTO member (unit_id, full_name, phone, notes) SELECT id, '%s', '%s', nullif('%s', '') FROM unit WHERE code = 'G1'",
		name, phone, notes)
}

// crowd writes enough members for several chunks of a snapshot.
func (s *studio) crowd(file string) {
	s.t.Helper()
	for name, m := range crowded() {
		phone, notes, _ := strings.Cut(m[0].looks, ";")
		s.exec(file, insertOf(name, phone, notes))
	}
}

func crowded() map[string][]shown {
	m := map[string][]shown{}
	for i := range 8 {
		m[fmt.Sprint("Đông ", i)] = []shown{{"", "20;" + strings.Repeat(fmt.Sprint("giấy ", i, " "), 2500)}}
	}
	return m
}

// crashList is a list of some people, each with a number of its own.
func crashList() string {
	var b strings.Builder
	b.WriteString("STT,Họ và tên,Ngày sinh,Điện thoại,Ghi chú\n")
	for i := range 25 {
		fmt.Fprintf(&b, "%d,%s,%02d/03/1988,09031122%02d,ghi %d\n", i+1, listName(i), i+1, i, i)
	}
	return b.String()
}

func listName(i int) string {
	return "Nguyễn Thị " + []string{"An", "Bình", "Chi", "Dung", "Hoa"}[i/5] + " " + []string{"Mai", "Lan", "Cúc", "Trúc", "Đào"}[i%5]
}

func listed(step string) map[string][]shown {
	m := map[string][]shown{}
	for i := range 25 {
		m[listName(i)] = []shown{{"", absent}, {step, fmt.Sprintf("09031122%02d;ghi %d", i, i)}}
	}
	return m
}

// importAgain imports the same list: what is there stays, the rest is added.
func importAgain(g *continuation) error {
	list := g.office + ".list.csv"
	if err := os.WriteFile(list, []byte(crashList()), 0o600); err != nil {
		return err
	}
	j := &importJob{p: g.program(), replica: g.office, unit: "G1", list: list}
	return j.planAndWrite(context.Background())
}

func (g *continuation) program() *program {
	return &program{out: io.Discard, errOut: io.Discard, lang: "en", env: g.env(), log: slog.New(slog.DiscardHandler)}
}

// enrolAgain is a person who enters the code once more. Where enrolment was
// through but for its last word, the program says that the replica is there.
func enrolAgain(g *continuation) error {
	code, err := g.codeHere(g.code)
	if err != nil {
		return err
	}
	enrol := func() (err error) {
		g.r, _, err = agent.Enroll(context.Background(), g.office, code, g.env(), g.options())
		return err
	}
	switch err = enrol(); fault.CodeOf(err) {
	case "replica.exists":
		g.r, err = replica.Open(g.office, g.env())
	case "sync.no_line", "sync.wrong_server", "sync.not_a_server": // of the recorded server's address
		if err = g.beside(); err != nil {
			return err
		}
		if err = g.plain.Close(); err == nil {
			err = enrol()
		}
	}
	return err
}

// foundAgain is an administrator who founds the register once more.
func foundAgain(g *continuation) error {
	units := g.data + ".units.csv"
	if err := os.WriteFile(units, []byte(crashUnits), 0o600); err != nil {
		return err
	}
	err := g.program().initRegister(g.data, "Sổ thử", units)
	if fault.CodeOf(err) == fault.ServerInit {
		return nil
	}
	if err == nil && contains(g.told, "init") {
		err = fmt.Errorf("a register that was founded was founded again")
	}
	return err
}

// enrolNew enrols an office at a register that was cut while it was founded.
func enrolNew(g *continuation) error {
	code, err := g.srv.Invite("P1", "staff", "Người mới", g.url)
	if err != nil {
		return err
	}
	g.r, _, err = agent.Enroll(context.Background(), g.office, code, g.env(), g.options())
	return err
}

// makeOlder takes from the office's file what a later release added: a column,
// the triggers of its table, a table.
func (s *studio) makeOlder() {
	s.t.Helper()
	member := schema.ByName("member")
	for _, tr := range member.Triggers() {
		s.exec(s.file, "DROP TRIGGER "+tr.Name)
	}
	last := member.Columns[len(member.Columns)-1].Name
	for _, table := range []string{member.Name, member.ShadowTable()} {
		s.exec(s.file, "ALTER TABLE "+table+" DROP COLUMN "+last)
	}
	tables := schema.Tables()
	gone := tables[len(tables)-1]
	s.exec(s.file, "DROP TABLE "+gone.Name)
	s.exec(s.file, "DROP TABLE "+gone.ShadowTable())
}
