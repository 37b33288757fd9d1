package main

var crashScenarios = []*scenario{
	{
		name: "push",
		set: func(s *studio) {
			s.found()
			s.join()
			s.exec(s.file, insertMember, "Cũ", "1", "G1")
			s.sync(s.file)
		},
		play: func(s *studio) {
			s.act("sql", "sql", "INSERT INTO member (unit_id, full_name, phone, notes) SELECT id, 'Lạ', '2', 'ghi' FROM unit WHERE code = 'G1'",
				"UPDATE member SET phone = '10' WHERE full_name = 'Cũ'")
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
	},
}
