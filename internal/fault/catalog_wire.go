package fault

// The line between a replica and the server, and the enrolment code.
const (
	WireNotOurs    Code = "wire.not_ours"
	WireVersion    Code = "wire.version"
	WireDictionary Code = "wire.dictionary"
	WireTruncated  Code = "wire.truncated"
	WireTooLarge   Code = "wire.too_large"
	WireKind       Code = "wire.kind"
	WireInvalid    Code = "wire.invalid"
	WireBusy       Code = "wire.busy"

	CodeNotACode    Code = "code.not_a_code"
	CodeDamaged     Code = "code.damaged"
	CodeNewer       Code = "code.newer"
	ServerKeyWrong  Code = "identity.server_key"
	SignatureWrong  Code = "identity.signature"
	KeyFileUnusable Code = "identity.key"
)

var _ = add(map[Code]text{
	WireNotOurs: {
		vi: "Phía bên kia không phải là Đồng bộ.", en: "The other end is no Đồng bộ.",
		hintVi: "Xem lại địa chỉ máy chủ; có thể mạng đang đòi đăng nhập.", hintEn: "Check the server's address; the network may be asking for a login.",
	},
	WireVersion: {
		vi: "Phía bên kia dùng phiên bản truyền {got}, chương trình này dùng phiên bản {want}.", en: "The other end speaks version {got} of the wire, this program version {want}.",
		hintVi: "Hãy cập nhật bên cũ hơn. Dữ liệu đã nhập vẫn còn và sẽ được gửi sau.", hintEn: "Update the older end. What you entered is kept and will be sent then.",
	},
	WireDictionary: {
		vi: "Phía bên kia nén bằng từ điển {got} mà chương trình này không có.", en: "The other end compresses with dictionary {got}, which this program does not have.",
		hintVi: "Hãy cập nhật chương trình.", hintEn: "Update the program.",
	},
	WireTruncated: {
		vi: "Dữ liệu nhận được bị cắt ngang.", en: "What arrived is cut short.",
		hintVi: "Không mất gì; chương trình sẽ tự thử lại.", hintEn: "Nothing is lost; the program tries again by itself.",
	},
	WireTooLarge: {
		vi: "Một gói tin lớn hơn mức cho phép.", en: "A message is larger than allowed.",
		hintVi: "Nếu lỗi lặp lại, gửi nhật ký cho người hỗ trợ.", hintEn: "If it happens again, send the log to your support.",
	},
	WireKind: {
		vi: "Có loại gói tin {got} mà chương trình này không biết.", en: "A message of kind {got} came, which this program does not know.",
		hintVi: "Hãy cập nhật chương trình.", hintEn: "Update the program.",
	},
	WireInvalid: {
		vi: "Dữ liệu nhận được bị hỏng.", en: "What arrived is damaged.",
		hintVi: "Không mất gì; chương trình sẽ tự thử lại. Nếu lỗi lặp lại, gửi nhật ký cho người hỗ trợ.",
		hintEn: "Nothing is lost; the program tries again by itself. If it happens again, send the log to your support.",
	},
	WireBusy: {
		vi: "Máy chủ đang bận.", en: "The server is busy.",
		hintVi: "Chương trình sẽ tự thử lại.", hintEn: "The program tries again by itself.",
	},
	CodeNotACode: {
		vi: "Đây không phải là mã ghi danh.", en: "This is no enrolment code.",
		hintVi: "Mã bắt đầu bằng DB1-; hãy chép cả dòng.", hintEn: "A code begins with DB1-; copy the whole line.",
	},
	CodeDamaged: {
		vi: "Mã ghi danh bị thiếu hoặc sai ký tự.", en: "The enrolment code lacks characters or has wrong ones.",
		hintVi: "Hãy chép lại cả dòng.", hintEn: "Copy the whole line again.",
	},
	CodeNewer: {
		vi: "Mã ghi danh do một phiên bản mới hơn cấp.", en: "The enrolment code is from a newer version.",
		hintVi: "Hãy cập nhật chương trình rồi thử lại.", hintEn: "Update the program and try again.",
	},
	ServerKeyWrong: {
		vi: "Máy chủ này không có khóa ghi trong mã ghi danh.", en: "This server does not have the key that the enrolment code names.",
		hintVi: "Có thể có người chen vào giữa đường truyền, hoặc máy chủ đã thay khóa. Hãy hỏi người quản trị.",
		hintEn: "Somebody may stand between, or the server has a new key. Ask the administrator.",
	},
	SignatureWrong: {
		vi: "Chữ ký không đúng.", en: "The signature does not match.",
		hintVi: "Hãy hỏi người quản trị.", hintEn: "Ask the administrator.",
	},
	KeyFileUnusable: {
		vi: "Không đọc được khóa.", en: "The key cannot be read.",
		hintVi: "Hãy hỏi người quản trị.", hintEn: "Ask the administrator.",
	},
})
