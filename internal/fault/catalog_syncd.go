package fault

var _ = add(map[Code]text{
	"units.unreadable": {vi: "Không đọc được tệp đơn vị {path}.", en: "The file of units {path} cannot be read.",
		hintVi: "Hãy lưu tệp dạng CSV (UTF-8) với dòng đầu: code,name,kind,parent_code.", hintEn: "Save it as CSV (UTF-8) whose first line is: code,name,kind,parent_code."},
	"units.no_column": {vi: "Tệp đơn vị {path} thiếu cột {column}.", en: "The file of units {path} lacks the column {column}.",
		hintVi: "Dòng đầu phải là: code,name,kind,parent_code.", hintEn: "Its first line must be: code,name,kind,parent_code."},
	"server.missing": {vi: "Không có sổ trung tâm trong thư mục {path}.", en: "There is no central register in the folder {path}.",
		hintVi: "Hãy tạo bằng lệnh: syncd init --data THƯ_MỤC --name TÊN.", hintEn: "Make one with: syncd init --data DIR --name NAME."},
	"server.cannot_open": {vi: "Không mở được thư mục {path}.", en: "The folder {path} cannot be opened.",
		hintVi: "Hãy kiểm tra quyền ghi vào thư mục này.", hintEn: "Check that you may write there."},
	"server.listen": {vi: "Không mở được cổng tại địa chỉ {address}.", en: "Cannot listen at {address}.",
		hintVi: "Có thể chương trình khác đang dùng cổng này; hãy chọn cổng khác bằng --listen.", hintEn: "Another program may use the port; choose another with --listen."},
	"soak.failed": {vi: "{bad} trong {runs} lượt không giữ được lời hứa.", en: "{bad} of {runs} runs did not keep every promise.",
		hintVi: "Thư mục của lượt đầu tiên như vậy được giữ ở {where}.", hintEn: "The folder of the first is kept at {where}."},
})
