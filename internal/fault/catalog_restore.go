package fault

// What there is to say where a server was restored from a backup.
const (
	ServerRestored Code = "server.restored"
	ServerBehind   Code = "server.behind"
	// RefusedWaits is no refusal: the change is kept until what it rests on,
	// which the restored server lacks, has come again.
	RefusedWaits Code = "restore.waits"
)

var _ = add(map[Code]text{
	ServerRestored: {
		vi: "Máy chủ trung tâm vừa được phục hồi từ bản sao lưu.", en: "The central server has been restored from a backup.",
		hintVi: "Chương trình sẽ tự kết nối lại và gửi lại những gì máy chủ còn thiếu.",
		hintEn: "The program connects again by itself and sends once more what the server lacks.",
	},
	ServerBehind: {
		vi: "Máy chủ trung tâm có ít hơn những gì máy này đã nhận.", en: "The central server has less than this computer has received from it.",
		hintVi: "Dữ liệu ở máy này còn nguyên. Hãy báo quản trị viên: nếu máy chủ được phục hồi từ bản sao lưu, chạy syncd restored trên máy chủ.",
		hintEn: "The data on this computer is untouched. Tell the administrator: where the server was restored from a backup, run syncd restored there.",
	},
	RefusedWaits: {
		vi: "Thay đổi này chờ một cơ quan khác gửi lại bản ghi mà máy chủ đã mất ({detail}).", en: "This change waits until another office has sent again the record that the server lost ({detail}).",
		hintVi: "Không cần làm gì; quản trị viên kết thúc việc chờ bằng syncd restored --over.",
		hintEn: "There is nothing to do; the administrator ends the waiting with syncd restored --over.",
	},
})
