package fault

// Files that leave the register, and the passwords they lie under.
var _ = add(map[Code]text{
	"password.short": {
		vi: "Mật khẩu phải có ít nhất {least} ký tự.", en: "The password must have at least {least} characters.",
		hintVi: "Hãy dùng một câu dễ nhớ, ví dụ bốn năm từ rời nhau.", hintEn: "Take a sentence that you remember, such as four or five words.",
	},
	"password.long": {
		vi: "Mật khẩu không được dài quá {most} ký tự.", en: "The password must not have more than {most} characters.",
		hintVi: "Hãy chọn mật khẩu ngắn hơn; Excel không nhận dài hơn.", hintEn: "Choose a shorter one; Excel takes no longer one.",
	},
	"password.wrong": {
		vi: "Mật khẩu không mở được tệp {file}.", en: "The password does not open the file {file}.",
		hintVi: "Kiểm tra chữ hoa, dấu tiếng Việt và bộ gõ. Không có mật khẩu thì không ai mở được tệp này.",
		hintEn: "Check capitals, accents and the keyboard. Without the password nobody can open this file.",
	},
	"password.unreadable": {
		vi: "Không đọc được mật khẩu từ {path}.", en: "No password could be read from {path}.",
		hintVi: "Mật khẩu phải ở dòng đầu của một tệp văn bản UTF-8.", hintEn: "It must be the first line of a text file in UTF-8.",
	},
	"password.differs": {
		vi: "Hai lần gõ mật khẩu không giống nhau.", en: "The two passwords typed differ.",
		hintVi: "Chưa ghi gì cả. Hãy làm lại.", hintEn: "Nothing was written. Try again.",
	},
	"output.interrupted": {
		vi: "Việc ghi tệp {file} bị dừng giữa chừng.", en: "The writing of the file {file} was stopped.",
		hintVi: "Không có tệp dở dang; tệp cũ cùng tên, nếu có, còn nguyên.", hintEn: "No half file is left; an older one of that name is as it was.",
	},
	"backup.cannot_write": {
		vi: "Không ghi được bản sao lưu {file}.", en: "The backup {file} cannot be written.",
		hintVi: "Kiểm tra thư mục, quyền ghi và chỗ trống của ổ đĩa. Bản sao lưu cũ cùng tên, nếu có, còn nguyên.",
		hintEn: "Check the folder, your right to write there and the room on the disk. An older backup of that name is as it was.",
	},
	"backup.unreadable": {
		vi: "Không đọc được trọn bản sao lưu {file}.", en: "The backup {file} cannot be read to its end.",
		hintVi: "Tệp bị hỏng hoặc chép chưa hết; hãy chép lại hoặc dùng bản khác. Chưa khôi phục gì cả.",
		hintEn: "It is damaged or was not copied to its end: copy it again or take another. Nothing was restored.",
	},
	"backup.foreign": {
		vi: "{file} không phải là bản sao lưu của Đồng bộ.", en: "{file} is no backup of Đồng bộ.",
		hintVi: "Hãy chọn tệp .dongbo do lệnh syncd backup tạo ra.", hintEn: "Choose a .dongbo file that syncd backup wrote.",
	},
	"replica.bad_copy": {
		vi: "Bản chép để khôi phục thành {path} không phải là một bản sao lành lặn.", en: "What was to become {path} is no sound replica.",
		hintVi: "Chưa khôi phục gì cả. Hãy dùng bản sao lưu khác.", hintEn: "Nothing was restored. Take another backup.",
	},
})
