package synth

// Person is one of the cast: a member of the demonstration's lists whom its
// story is about.
type Person struct {
	Office int // 1 or 2
	Member
}

// Cast is who the story is about. All stand in the lists with these national
// ids, which nobody else in them has.
type Cast struct {
	// SameField: both sides change her phone while apart.
	SameField Person
	// OtherFields: one side changes his address, the other his job title; it
	// merges by itself.
	OtherFields Person
	// EditDelete: one side deletes him, the other edits him.
	EditDelete Person
	// Twice are one woman: she worked at office 2 before she came to office 1,
	// and nobody closed her card there. The lists place the tone differently.
	Twice [2]Person
	// Payer pays dues while the line is cut.
	Payer Person
	// BrokenID's number was ruined by the spreadsheet that held it: the list
	// says 7.9193E+10, and no one can tell the twelve digits any more.
	BrokenID Person
}

// TheCast gives the people of the demonstration.
func TheCast() Cast {
	return Cast{
		SameField: Person{1, castMember("Nguyễn Thị Ánh Tuyết", "female", "1988-03-12", "079188004512", "0903112233",
			"Công nhân may", garment.groups[0], "TP00900001")},
		OtherFields: Person{1, castMember("Trần Quốc Đạt", "male", "1991-11-02", "060091007731", "0938445566",
			"Thợ điện", garment.groups[2], "TP00900002")},
		EditDelete: Person{1, castMember("Phạm Văn Ước", "male", "1979-07-25", "038079002208", "0977556677",
			"Lái xe", garment.groups[5], "TP00900003")},
		Twice: [2]Person{
			{1, castMember("Lê Thị Thúy Hằng", "female", "1994-05-19", "087194010045", "0386778899",
				"Công nhân may", garment.groups[1], "TP00900004")},
			{2, castMember("Lê Thị Thuý Hằng", "female", "1994-05-19", "087194010045", "0386778899",
				"Công nhân lắp ráp", electronics.groups[0], "DT00900001")},
		},
		Payer: Person{2, castMember("Đặng Hoàng Phúc", "male", "1985-09-08", "080085003317", "0912889900",
			"Kỹ thuật viên", electronics.groups[3], "DT00900002")},
		BrokenID: Person{2, castMember("Võ Ngọc Diễm", "female", "1993-01-30", "079193005566", "0798990011",
			"Nhân viên kho", electronics.groups[2], "DT00900003")},
	}
}

// castMember fills what the story needs; the rest is the same for all.
func castMember(name, gender, born, id, phone, job, department, card string) Member {
	return Member{
		FullName: name, Gender: gender, BirthDate: born, NationalID: id, NationalIDDate: "2021-08-10", Phone: phone,
		Ethnicity: "Kinh", Religion: "Không", Address: "27 Lê Lợi, Phường Sài Gòn, Thành phố Hồ Chí Minh",
		Hometown: "Xã Cần Giuộc, Tỉnh Tây Ninh", JobTitle: job, Department: department, Education: "12/12",
		JoinedOn: "2018-05-01", CardNumber: card, Status: "active", UnionRole: "Đoàn viên",
		WageBase: 9_200_000, WageCoef: 2.34,
	}
}

// of lists the people of one office in a fixed order.
func (c Cast) of(office int) (people []Member) {
	for _, p := range []Person{c.SameField, c.OtherFields, c.EditDelete, c.Twice[0], c.Twice[1], c.Payer, c.BrokenID} {
		if p.Office == office {
			people = append(people, p.Member)
		}
	}
	return people
}
