package fault

// What stops a reorganisation before anything is written.
var _ = add(map[Code]text{
	"reorg.has_units": {vi: "Dưới đơn vị {code} còn {n} đơn vị đang hoạt động.", en: "{n} active units still stand below the unit {code}.",
		hintVi: "Hãy chuyển hoặc giải thể các đơn vị đó trước.", hintEn: "Move or dissolve them first."},
	"reorg.root": {vi: "Đơn vị {code} là gốc của cây đơn vị.", en: "The unit {code} is the root of the tree.",
		hintVi: "Chỉ đơn vị bên dưới mới sắp xếp lại được.", hintEn: "Only units below it can be reorganised."},
	"reorg.receiver": {vi: "Đơn vị {code} không nhận được: chính là đơn vị đó, hoặc đã ngừng hoạt động.", en: "The unit {code} cannot receive: it is the unit itself, or it has ended.",
		hintVi: "Hãy chọn một đơn vị đang hoạt động.", hintEn: "Choose a unit that is active."},
	"reorg.code_taken": {vi: "Đã có đơn vị mã {code}.", en: "There is a unit with the code {code} already.",
		hintVi: "Hãy chọn mã khác.", hintEn: "Choose another code."},
	"reorg.kind": {vi: "Không có loại đơn vị “{kind}”.", en: "There is no kind of unit called “{kind}”.",
		hintVi: "Ví dụ: province, commune, grassroots, division.", hintEn: "For example: province, commune, grassroots, division."},
	"reorg.member": {vi: "“{typed}” chỉ tới {n} đoàn viên của đơn vị {code}, phải đúng một.", en: "“{typed}” means {n} members of the unit {code}; it must be one.",
		hintVi: "Hãy ghi mã (id), số định danh hoặc số thẻ, mỗi dòng một người.", hintEn: "Give the id, the national id or the card number, one person a line."},
	"reorg.member_twice": {vi: "“{typed}” có trong hai phần.", en: "“{typed}” stands in two parts.",
		hintVi: "Hãy xóa ở một phần.", hintEn: "Take it out of one."},
	"reorg.unreadable": {vi: "Không đọc được tệp {path}.", en: "The file {path} cannot be read.",
		hintVi: "Hãy kiểm tra đường dẫn và quyền đọc.", hintEn: "Check the path and that you may read it."},
})
