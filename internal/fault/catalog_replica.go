package fault

// What a replica, its agent and the command find wrong.
var _ = add(map[Code]text{
	"finding.unknown": {
		vi: "Không có phát hiện nào đang mở với mã “{id}”.", en: "No open finding has the id \"{id}\".",
		hintVi: "Hãy xem danh sách bằng: syncd findings. Phát hiện đã trả lời thì không còn trong danh sách.",
		hintEn: "See the list with: syncd findings. What has been answered is not in it any more.",
	},
	"finding.ambiguous": {
		vi: "Có {count} phát hiện có mã bắt đầu bằng “{id}”.", en: "{count} findings have an id that begins with \"{id}\".",
		hintVi: "Hãy gõ thêm vài ký tự của mã.", hintEn: "Type a few more characters of the id.",
	},
	"finding.no_pair": {
		vi:     "Phát hiện này không nói về hai đoàn viên nên không trả lời “không phải một người” được.",
		en:     "This finding is not about two members, so \"not the same person\" is no answer to it.",
		hintVi: "Hãy sửa dữ liệu được nêu; phát hiện sẽ tự đóng.",
		hintEn: "Mend the data that it names; the finding then closes by itself.",
	},
	"replica.exists": {
		vi: "Tệp {path} đã có rồi.", en: "The file {path} exists already.",
		hintVi: "Hãy chọn tên tệp khác, hoặc dùng đúng mã đã ghi danh cho tệp này.",
		hintEn: "Choose another file name, or use the very code that this file was enrolled with.",
	},
	"replica.missing": {
		vi: "Không thấy bản sao {path}.", en: "There is no replica file {path}.",
		hintVi: "Hãy kiểm tra đường dẫn, hoặc ghi danh máy này bằng: syncd enroll.",
		hintEn: "Check the path, or enrol this computer with: syncd enroll.",
	},
	"replica.foreign": {
		vi: "Tệp {path} không phải là bản sao của Đồng bộ.", en: "The file {path} is not a Đồng bộ replica.",
		hintVi: "Tệp không bị thay đổi. Hãy chọn đúng tệp dữ liệu.",
		hintEn: "It was not touched. Choose the right file.",
	},
	"replica.newer": {
		vi: "Tệp {path} do phiên bản chương trình mới hơn tạo ra.", en: "The file {path} is newer than this program.",
		hintVi: "Dữ liệu còn nguyên. Hãy cập nhật chương trình rồi mở lại.",
		hintEn: "The data is untouched. Update the program and open it again.",
	},
	"replica.not_ready": {
		vi: "Tệp {path} chưa nhận xong dữ liệu lần đầu.", en: "The file {path} has not received its first data yet.",
		hintVi: "Hãy chạy lại lệnh ghi danh (enroll) hoặc đồng bộ khi có mạng.",
		hintEn: "Run enroll again, or sync, when there is a line.",
	},
	"replica.not_enrolled": {
		vi: "Tệp {path} chưa được ghi danh với máy chủ nào.", en: "The file {path} is not enrolled with any server.",
		hintVi: "Hãy xin mã ghi danh và chạy: syncd enroll.",
		hintEn: "Ask for an enrolment code and run: syncd enroll.",
	},
	"replica.network_share": {
		vi: "{path} nằm trên ổ đĩa mạng.", en: "{path} lies on a network share.",
		hintVi: "Hãy để tệp trên ổ đĩa của máy này: hai máy cùng ghi một tệp sẽ làm hỏng dữ liệu.",
		hintEn: "Put the file on this computer's own disk: two computers writing one file would damage it.",
	},
	"replica.disk_full": {
		vi: "Ổ đĩa đầy hoặc không ghi được: {path}.", en: "The disk is full or cannot be written: {path}.",
		hintVi: "Không mất dữ liệu nào. Hãy dọn bớt ổ đĩa rồi làm lại.",
		hintEn: "Nothing is lost. Make room on the disk and try again.",
	},
	"replica.busy": {
		vi: "Tệp {path} đang được chương trình khác ghi quá lâu.", en: "Another program has been writing {path} for too long.",
		hintVi: "Hãy đóng chương trình kia hoặc thử lại sau giây lát.",
		hintEn: "Close the other program, or try again in a moment.",
	},
	"replica.damaged": {
		vi: "Tệp {path} bị hỏng hoặc không phải cơ sở dữ liệu.", en: "The file {path} is damaged or no database.",
		hintVi: "Đừng xóa tệp. Hãy sao chép nó ra nơi khác và ghi danh lại máy này; dữ liệu đã gửi vẫn ở máy chủ.",
		hintEn: "Do not delete it. Copy it elsewhere and enrol this computer anew; what was sent is safe at the server.",
	},
	"replica.cannot_open": {
		vi: "Không mở được tệp {path}.", en: "The file {path} cannot be opened.",
		hintVi: "Hãy kiểm tra thư mục có tồn tại và bạn có quyền ghi.",
		hintEn: "Check that the folder exists and that you may write there.",
	},
	"replica.forked": {
		vi: "Tệp {path} là bản chép hoặc bản phục hồi cũ: máy chủ đã có những thay đổi mà tệp này không có.", en: "The file {path} is a copy or an old backup: the server has changes that it lacks.",
		hintVi: "Chưa có gì bị ghi đè. Hãy báo quản trị viên và ghi danh máy này bằng mã mới; giữ lại tệp này.",
		hintEn: "Nothing was overwritten. Tell your administrator and enrol this computer with a new code; keep this file.",
	},
	"replica.snapshot_differs": {
		vi: "Dữ liệu nhận được không khớp với máy chủ.", en: "What was received does not match the server.",
		hintVi: "Chương trình sẽ nhận lại từ đầu ở lần đồng bộ sau.",
		hintEn: "It will be received anew at the next sync.",
	},
	"edit.unknown_table": {
		vi: "Không có bảng {table}.", en: "There is no table {table}.",
		hintVi: "Hãy xem tên bảng bằng lệnh trợ giúp, ví dụ: member, dues_payment.",
		hintEn: "Use a table's name such as member or dues_payment.",
	},
	"edit.server_older": {
		vi: "Máy chủ chưa được cập nhật nên chưa nhận được dữ liệu của bảng {table}.", en: "The server is not updated yet and cannot take the table {table}.",
		hintVi: "Các phần khác vẫn dùng như thường. Hãy báo quản trị viên; mục này dùng được ngay khi máy chủ cập nhật xong và máy này đồng bộ lại.",
		hintEn: "Everything else works as ever. Tell your administrator; this can be used once the server is updated and this computer has synced.",
	},
	"edit.unknown_column": {
		vi: "Bảng {table} không có cột {column}.", en: "The table {table} has no column {column}.",
		hintVi: "Hãy kiểm tra lại tên cột.",
		hintEn: "Check the column's name.",
	},
	"edit.unknown_row": {
		vi: "Không tìm thấy bản ghi {id} trong bảng {table}.", en: "There is no row {id} in {table}.",
		hintVi: "Bản ghi có thể đã chuyển khỏi phạm vi của bạn; hãy đồng bộ rồi thử lại.",
		hintEn: "It may have left your scope; sync and try again.",
	},
	"edit.required": {
		vi: "Cột {column} của bảng {table} không được để trống.", en: "The column {column} of {table} must not be empty.",
		hintVi: "Hãy nhập giá trị rồi lưu lại.",
		hintEn: "Enter a value and save again.",
	},
	"edit.type": {
		vi: "Giá trị “{value}” không hợp với cột {column}.", en: "The value “{value}” does not fit the column {column}.",
		hintVi: "Ngày viết dd/mm/yyyy hoặc yyyy-mm-dd; tiền là số nguyên đồng.",
		hintEn: "Write dates dd/mm/yyyy or yyyy-mm-dd, money as whole đồng.",
	},
	"edit.posted": {
		vi: "Bản ghi đã ghi sổ, không sửa và không xóa được.", en: "A posted row is never changed or deleted.",
		hintVi: "Hãy lập bản ghi điều chỉnh (ngược dấu).",
		hintEn: "Enter a reversing row.",
	},
	"edit.too_large": {
		vi: "Thay đổi này quá lớn để gửi đi ({rows} bản ghi).", en: "This change is too large to send ({rows} rows).",
		hintVi: "Hãy chia nhỏ ra, hoặc rút ngắn phần ghi chú.",
		hintEn: "Split it, or shorten the long texts.",
	},
	"conflict.unknown": {
		vi: "Không có xung đột nào mang mã {id}.", en: "There is no conflict {id}.",
		hintVi: "Có thể nó đã được giải quyết. Hãy xem danh sách bằng: syncd conflicts.",
		hintEn: "It may have been settled. See the list with: syncd conflicts.",
	},
	"conflict.ambiguous": {
		vi: "Có {count} xung đột mang mã bắt đầu bằng {id}.", en: "{count} conflicts begin with {id}.",
		hintVi: "Hãy gõ thêm vài ký tự của mã.", hintEn: "Type more of the id.",
	},
	"conflict.column_left_open": {
		vi: "Còn cột khác nhau mà chưa có giá trị: {columns}.", en: "These columns differ too and were given no value: {columns}.",
		hintVi: "Thêm --set cột=giá_trị cho từng cột, hoặc dùng --take N.",
		hintEn: "Add --set column=TEXT for each, or use --take N.",
	},
	"conflict.no_such_value": {
		vi: "Không có giá trị số {n}; chỉ có {count} giá trị.", en: "There is no value {n}; there are {count}.",
		hintVi: "Hãy chọn một số trong danh sách của syncd conflicts.",
		hintEn: "Choose a number from the list of syncd conflicts.",
	},
	"conflict.no_such_column": {
		vi: "Xung đột này không có cột {column}.", en: "This conflict has no column {column}.",
		hintVi: "Hãy xem các cột bằng: syncd conflicts --json.",
		hintEn: "See its columns with: syncd conflicts --json.",
	},
	"conflict.several_columns": {
		vi: "Xung đột này khác nhau ở nhiều cột: {columns}.", en: "This conflict differs in several columns: {columns}.",
		hintVi: "Hãy dùng --take N, hoặc --set cột=giá_trị cho từng cột.",
		hintEn: "Use --take N, or --set column=TEXT for each.",
	},
	"conflict.keep_or_delete": {
		vi: "“{value}” không phải là keep hay delete.", en: "“{value}” is neither keep nor delete.",
		hintVi: "Hãy dùng --value keep (giữ) hoặc --value delete (xóa).",
		hintEn: "Use --value keep or --value delete.",
	},
	"bench.failed": {
		vi: "Không đo được đến cùng.", en: "The measuring did not come to its end.",
		hintVi: "Xem chi tiết trong nhật ký; dùng --keep để giữ lại thư mục đo.", hintEn: "The log says more; --keep keeps the folder that was measured in.",
	},
	"demo.not_empty": {
		vi: "Thư mục {path} không trống.", en: "The folder {path} is not empty.",
		hintVi: "Hãy chọn một thư mục mới cho --keep.",
		hintEn: "Choose a new folder for --keep.",
	},
	"unit.no_such_code": {
		vi: "Bản sao này không có đơn vị mã {code}.", en: "This replica has no unit with the code {code}.",
		hintVi: "Hãy kiểm tra mã đơn vị; xem bằng: syncd export --table unit.",
		hintEn: "Check the code; see them with: syncd export --table unit.",
	},
	"unit.not_yours": {
		vi: "Bạn không được phân công ở đơn vị {code} – {name}.", en: "You have no mandate for the unit {code} – {name}.",
		hintVi: "Máy chủ sẽ trả lại mọi dòng. Hãy chọn đơn vị của bạn hoặc đơn vị cấp dưới, hoặc hỏi người quản trị.",
		hintEn: "The server would send every row back. Choose your own unit or one below it, or ask the administrator.",
	},
	"sync.no_line": {
		vi: "Hiện không có đường truyền tới máy chủ.", en: "There is no line to the server now.",
		hintVi: "Mọi thay đổi được giữ lại trên máy và sẽ được gửi khi có mạng.",
		hintEn: "Everything is kept here and will go when there is one.",
	},
	"sync.server_silent": {
		vi: "Máy chủ không trả lời.", en: "The server does not answer.",
		hintVi: "Mọi thay đổi được giữ lại; hãy thử lại sau.",
		hintEn: "Everything is kept; try again later.",
	},
	"sync.digest_differs": {
		vi: "Bản sao {path} khác với máy chủ.", en: "The replica {path} differs from the server.",
		hintVi: "Chương trình sẽ nhận lại toàn bộ; những gì chưa gửi vẫn được giữ.",
		hintEn: "A fresh copy will be received; what was not sent is kept.",
	},
	"sync.wrong_server": {
		vi: "Máy trả lời tại {url} không phải là máy chủ của bạn.", en: "What answers at {url} is not your server.",
		hintVi: "Không có gì được gửi đi. Hãy báo quản trị viên: có thể có người đứng giữa đường truyền.",
		hintEn: "Nothing was sent. Tell your administrator: someone may stand in the line.",
	},
	"sync.not_a_server": {
		vi: "Máy trả lời tại {url} không phải máy chủ Đồng bộ.", en: "What answers at {url} is no Đồng bộ server.",
		hintVi: "Hãy kiểm tra địa chỉ trong mã ghi danh với quản trị viên.",
		hintEn: "Check the address in the code with your administrator.",
	},
	"sync.bad_address": {
		vi: "Địa chỉ máy chủ không hợp lệ: {url}.", en: "The server's address makes no sense: {url}.",
		hintVi: "Hãy xin mã ghi danh mới.",
		hintEn: "Ask for a new enrolment code.",
	},
	"sync.bad_receipt": {
		vi: "Biên nhận của máy chủ không đúng chữ ký.", en: "The server's receipt has a wrong signature.",
		hintVi: "Các thay đổi vẫn được giữ ở đây. Hãy báo quản trị viên.",
		hintEn: "The changes are kept here. Tell your administrator.",
	},
	"sync.forked": {
		vi: "Máy chủ đã nhận những thay đổi khác dưới cùng số thứ tự của máy này.", en: "The server has other changes under this computer's own numbers.",
		hintVi: "Tệp này là bản chép hoặc bản phục hồi. Hãy giữ lại tệp và báo người quản trị; chưa có gì bị ghi đè.",
		hintEn: "This file is a copy or was restored. Keep it and tell the administrator; nothing was overwritten.",
	},
	"sync.held": {
		vi: "Một chương trình khác đang đồng bộ tệp {path}.", en: "Another program synchronises {path} already.",
		hintVi: "Không cần làm gì; hãy dùng chương trình đó.",
		hintEn: "There is nothing to do; use that one.",
	},
	"import.interrupted": {
		vi: "Đã dừng khi mới nhập {done} trong {total} dòng.", en: "Stopped after {done} of {total} rows.",
		hintVi: "Những dòng đã nhập vẫn còn. Chạy lại đúng lệnh này để nhập tiếp, không bị trùng.",
		hintEn: "What was imported stays. Run the same command again to go on; nothing is entered twice.",
	},
	"import.changed_meanwhile": {
		vi: "Hồ sơ của {name} vừa được sửa ở nơi khác trong lúc nhập.", en: "The record of {name} was changed elsewhere during the import.",
		hintVi: "Hãy xem lại hồ sơ rồi nhập lại danh sách.", hintEn: "Look at the record, then import the list again.",
	},
})
