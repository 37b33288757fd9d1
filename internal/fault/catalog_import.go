package fault

// Why a row of an import was decided as it was.
var _ = add(map[Code]text{
	"import.same_person_elsewhere": {
		vi: "{field} trùng với {name} ở đơn vị khác.", en: "The same {field} as {name} in another unit.",
		hintVi: "Nếu là cùng một người, hãy làm thủ tục chuyển sinh hoạt.", hintEn: "If it is the same person, make it a transfer.",
	},
	"import.several_matches": {
		vi: "{field} trùng với {count} đoàn viên đã có.", en: "The same {field} as {count} members on the register.",
		hintVi: "Hợp nhất các hồ sơ trùng trước, rồi nhập lại dòng này.", hintEn: "Merge the duplicates first, then import this row again.",
	},
	"import.ids_disagree": {
		vi: "{field} là của {name}, nhưng {other} là của {othername}.", en: "The {field} is that of {name}, but the {other} is that of {othername}.",
		hintVi: "Kiểm tra các số trong dòng này.", hintEn: "Check the numbers of this row.",
	},
	"import.deleted_member": {
		vi: "{field} trùng với {name}, người đã bị xóa khỏi danh sách.", en: "The same {field} as {name}, who was deleted from the register.",
		hintVi: "Khôi phục hồ sơ nếu người này trở lại.", hintEn: "Restore the record if this person came back.",
	},
	"import.same_number_other_name": {
		vi: "{field} trùng với {name}, nhưng họ tên và ngày sinh đều khác.", en: "The same {field} as {name}, but both name and birth date differ.",
		hintVi: "Kiểm tra xem số có bị gõ nhầm không.", hintEn: "See whether the number was mistyped.",
	},
	"import.same_number_other_id": {
		vi: "{field} trùng với {name}, nhưng số CCCD khác.", en: "The same {field} as {name}, but another national id.",
		hintVi: "Kiểm tra xem số nào bị gõ nhầm.", hintEn: "See which number was mistyped.",
	},
	"import.same_name_other_id": {
		vi: "Họ tên và ngày sinh trùng với {name}, nhưng {field} khác.", en: "The same name and birth date as {name}, but another {field}.",
		hintVi: "Xem đây là một người hay hai người trùng tên.", hintEn: "See whether this is one person or two namesakes.",
	},
	"import.same_person_in_file": {
		vi: "Cùng một người ({name}) với dòng {line} trong tệp này.", en: "The same person ({name}) as line {line} of this file.",
		hintVi: "Gộp hai dòng thành một.", hintEn: "Make one row of the two.",
	},
	"import.same_name_less_known": {
		vi: "Trùng họ tên với {name}; ngày sinh chưa đủ để biết có phải một người.", en: "The same name as {name}; too little is known of the birth date to tell whether it is one person.",
		hintVi: "Bổ sung CCCD hoặc ngày sinh đầy đủ.", hintEn: "Add the national id or the full birth date.",
	},
	"field.name_and_birth_date": {vi: "Họ tên và ngày sinh", en: "Name and birth date"},
	"field.earlier_import":      {vi: "Dòng đã nhập lần trước", en: "Row imported before"},
})
