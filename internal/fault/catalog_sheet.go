package fault

// Spreadsheets as files.
const (
	SheetNotFound       Code = "sheet.not_found"
	SheetNotSpreadsheet Code = "sheet.not_a_spreadsheet"
	SheetTruncated      Code = "sheet.truncated"
	SheetPassword       Code = "sheet.password"
	SheetOldFormat      Code = "sheet.old_format"
	SheetEmpty          Code = "sheet.empty"
	SheetTooBig         Code = "sheet.too_big"
	SheetNoHeader       Code = "sheet.no_header"
	SheetNoSuchSheet    Code = "sheet.no_such_sheet"
	SheetCannotWrite    Code = "sheet.cannot_write"
)

var _ = add(map[Code]text{
	SheetNotFound: {
		vi: "Không mở được tệp {file}.", en: "The file {file} cannot be opened.",
		hintVi: "Kiểm tra lại đường dẫn; nếu tệp đang mở trong Excel, hãy đóng lại.",
		hintEn: "Check the path; if the file is open in Excel, close it.",
	},
	SheetNotSpreadsheet: {
		vi: "{file} không phải là bảng tính.", en: "{file} is not a spreadsheet.",
		hintVi: "Chọn tệp .xlsx hoặc .csv có danh sách đoàn viên.", hintEn: "Choose an .xlsx or .csv file that holds the list of members.",
	},
	SheetTruncated: {
		vi: "Tệp {file} bị hỏng hoặc chép chưa hết.", en: "The file {file} is damaged or was not copied to its end.",
		hintVi: "Chép hoặc tải lại tệp, mở thử bằng Excel rồi lưu lại.", hintEn: "Copy or download it again, open it in Excel and save it anew.",
	},
	SheetPassword: {
		vi: "Tệp {file} được bảo vệ bằng mật khẩu: cần mật khẩu để mở.", en: "The workbook {file} is protected: give the password.",
		hintVi: "Ghi mật khẩu vào dòng đầu của một tệp và thêm --password-file TỆP; hoặc mở bằng Excel, bỏ mật khẩu (Tệp > Thông tin > Bảo vệ) rồi lưu lại.",
		hintEn: "Put it on the first line of a file and add --password-file FILE; or open it in Excel, take the password off (File > Info > Protect) and save it.",
	},
	SheetOldFormat: {
		vi: "Tệp {file} là định dạng Excel cũ (.xls).", en: "The file {file} is in the old Excel format (.xls).",
		hintVi: "Mở bằng Excel và lưu lại dạng .xlsx.", hintEn: "Open it in Excel and save it as .xlsx.",
	},
	SheetEmpty: {
		vi: "Tệp {file} không có dòng nào.", en: "The file {file} holds no rows.",
		hintVi: "Kiểm tra xem danh sách có nằm ở trang tính khác không.", hintEn: "See whether the list is on another sheet.",
	},
	SheetTooBig: {
		vi: "Tệp {file} quá lớn: {what} vượt mức {limit}.", en: "The file {file} is too large: {what} are over the limit of {limit}.",
		hintVi: "Chia danh sách thành nhiều tệp, xóa các dòng và cột trống có định dạng.", hintEn: "Split the list into several files, and delete formatted empty rows and columns.",
	},
	SheetNoHeader: {
		vi: "Không tìm thấy dòng tiêu đề có cột họ tên trong {file}.", en: "No heading row with a column for the name was found in {file}.",
		hintVi: "Ghi tên cột ở đầu danh sách, ví dụ: Họ và tên, Ngày sinh, Giới tính, CCCD.", hintEn: "Write headings above the list, for example: Họ và tên, Ngày sinh, Giới tính, CCCD.",
	},
	SheetNoSuchSheet: {
		vi: "{file} không có trang tính {sheet}.", en: "{file} has no sheet named {sheet}.",
		hintVi: "Các trang có trong tệp: {sheets}.", hintEn: "The file has these sheets: {sheets}.",
	},
	SheetCannotWrite: {
		vi: "Không ghi được tệp {file}.", en: "The file {file} cannot be written.",
		hintVi: "Nếu tệp đang mở trong Excel, hãy đóng lại; kiểm tra ổ đĩa còn chỗ.", hintEn: "Close it if it is open in Excel, and see that the disk has room.",
	},
	"unit.rows":    {vi: "số dòng", en: "rows"},
	"unit.columns": {vi: "số cột", en: "columns"},
	"unit.cells":   {vi: "số ô", en: "cells"},
	"unit.parts":   {vi: "số phần", en: "parts"},
	"unit.bytes":   {vi: "số byte", en: "bytes"},
})
