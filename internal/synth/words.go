package synth

import "strings"

// The shares of family and given names are those of public samples (domain
// notes §11: Đắk Lắk 207,000 people, born 1991–2002 for given names); the long
// tails are filled with names of a small share.
var (
	familyNames = parseShares(`Nguyễn 29.64, Trần 10.14, Lê 8.37, Phạm 5.93, Hoàng 4.06, Phan 3.18, Bùi 2.68, Võ 2.57,
		Hồ 2.17, Vũ 1.99, Đặng 1.90, Đỗ 1.78, Trương 1.68, Huỳnh 1.62, Ngô 1.58, Đinh 1.55, Dương 1.23, Trịnh 1.01, Nông 0.98,
		Mai 0.98, Hà 0.97, Đoàn 0.93, Lương 0.89, Cao 0.86, Đào 0.76, Lý 0.7, Tạ 0.5, Thái 0.5, Châu 0.4, Phùng 0.4, Tô 0.4,
		Lâm 0.4, Quách 0.3, Chu 0.3, La 0.2, Tăng 0.2, Kiều 0.2, Văn 0.2, Mạc 0.1, Ông 0.05`)
	maleGiven = parseShares(`Tuấn 2.71, Hoàng 2.46, Huy 2.23, Anh 2.05, Hiếu 1.99, Hùng 1.98, Nam 1.98, Sơn 1.90, Đức 1.88,
		Dũng 1.70, Thành 1.62, Đạt 1.56, Cường 1.56, Long 1.55, Trung 1.55, Hải 1.42, Thắng 1.3, Quân 1.2, Minh 1.2, Phúc 1.1,
		Bình 1.1, Khánh 1, Vinh 1, Tài 1, Lộc 0.9, Kiên 0.9, Phong 0.9, Toàn 0.9, Nghĩa 0.8, Tín 0.7, Bảo 0.7, Duy 0.9, Lâm 0.8,
		Tùng 0.9, Quang 0.9, Khoa 0.7, Việt 0.7, Hòa 0.6, Thịnh 0.6, Hậu 0.5, Phước 0.6, Tiến 0.9, Ân 0.3, Ước 0.1`)
	femaleGiven = parseShares(`Trang 4.19, Thảo 3.52, Linh 3.02, Anh 2.46, Phương 2.20, Hằng 2.14, Huyền 2.11, Hiền 2.03,
		Hương 1.72, Ngọc 1.72, Dung 1.70, Nhung 1.69, Thủy 1.65, Nhi 1.62, Lan 1.5, Mai 1.4, Hà 1.3, Yến 1.3, Vân 1.2, Ngân 1.2,
		Loan 1.1, Nga 1.1, Hạnh 1.1, Thanh 1, Tuyết 0.9, Quyên 0.9, Trâm 0.9, Oanh 0.8, Phượng 0.8, Tâm 0.8, Hoa 0.8, Xuân 0.6,
		Châu 0.6, Diễm 0.6, My 0.7, Vy 0.6, Thúy 0.9, Liên 0.7, Bích 0.5, Đào 0.4, Út 0.2, Ánh 0.6`)
	maleMiddle = parseShares(`Hữu 6, Đức 6, Minh 7, Quang 6, Công 4, Xuân 4, Thanh 6, Ngọc 5, Đình 4, Bá 2, Quốc 6, Anh 4,
		Trọng 4, Tuấn 3, Hoàng 5, Gia 3, Nhật 2, Thành 3, Duy 3, Trung 2`)
	femaleMiddle = parseShares(`Ngọc 17, Thu 7, Thanh 8, Kim 7, Mỹ 5, Bích 4, Phương 6, Hồng 6, Diệu 3, Khánh 4, Minh 4, Thùy 5,
		Như 4, Hoài 3, Quỳnh 4, Bảo 2, Ánh 2, Thúy 3`)

	ethnicGroups = parseShares(`Kinh 85.32, Tày 1.92, Thái 1.89, Mường 1.51, H'Mông 1.45, Khmer 1.37, Nùng 1.13, Dao 0.93,
		Hoa 0.78, Gia Rai 0.53, Ê Đê 0.4, Chăm 0.3`)
	religions  = parseShares(`Không 80, Phật giáo 9, Công giáo 7, Cao Đài 1, Hòa Hảo 1, Tin Lành 1, Hồi giáo 0.2`)
	educations = parseShares(`9/12 10, 12/12 40, Trung cấp 15, Cao đẳng 13, Đại học 19, Thạc sĩ 2.5, Tiến sĩ 0.5`)
	unionRoles = parseShares(`Đoàn viên 92, Tổ trưởng công đoàn 4, Ủy viên BCH 2.5, Phó chủ tịch 0.8, Chủ tịch 0.5, Ủy viên UBKT 0.7`)
	statuses   = parseShares(`active 93, maternity 2, suspended 1, transferred 2, retired 2`)
	methods    = parseShares(`payroll 80, cash 12, transfer 8`)
	mailHosts  = parseShares(`gmail.com 80, yahoo.com 8, outlook.com 4, congty.example.vn 8`)
	places     = parseShares(`- 1, Khu phố 3, Ấp 1, Thôn 1, Tổ dân phố 1`)

	jobs = list(`Công nhân may, Công nhân lắp ráp, Thợ hàn, Thợ điện, Kỹ sư cơ khí, Kỹ thuật viên, Kế toán viên,
		Nhân viên văn phòng, Tổ trưởng sản xuất, Quản đốc phân xưởng, Điều dưỡng, Lái xe, Nhân viên kho, Bảo vệ,
		Nhân viên kinh doanh, Nhân viên vệ sinh, Chuyên viên nhân sự, Công nhân chế biến thủy sản, Công nhân giày da`)
	departments = list(`Phân xưởng 1, Phân xưởng 2, Phân xưởng 3, Phòng Kế toán, Phòng Hành chính - Nhân sự, Phòng Kỹ thuật,
		Tổ bảo trì, Kho vận, Phòng Kinh doanh, Ban Giám đốc, Chuyền may 1, Chuyền may 2, Chuyền may 3, KCS`)
	streets = list(`Nguyễn Huệ, Lê Lợi, Trần Hưng Đạo, Hai Bà Trưng, Lý Thường Kiệt, Nguyễn Trãi, Điện Biên Phủ, Quang Trung,
		Cách Mạng Tháng Tám, Phan Đình Phùng, Hùng Vương, Võ Thị Sáu, Lạc Long Quân, Âu Cơ, 30 Tháng 4, Ngô Quyền, Tôn Đức Thắng`)
	remarks = list(`Đã nộp đủ hồ sơ, Thiếu bản sao CCCD, Chuyển từ đơn vị khác, Đề nghị hỗ trợ Tết Sum vầy, Con dưới 6 tuổi,
		Đề nghị cấp lại thẻ, Được khen thưởng năm 2025, Cần cập nhật số điện thoại, Làm ca đêm liên hệ sau 17h`)
	trades = list(`May mặc, Giày da, Gỗ, Điện tử, Cơ khí, Thực phẩm, Dệt, Bao bì, Nhựa, Thép`)

	// phonePrefixes are those in use since the eleven-digit numbers ended in 2018.
	phonePrefixes = strings.Fields(`090 091 093 094 096 097 098 032 033 034 035 036 037 038 039 070 076 077 078 079 081 082
		083 084 085 056 058`)
	// birthProvinces are the province codes of citizens' numbers: the 63 of
	// before 2025, which a number keeps for life.
	birthProvinces = strings.Fields(`001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034
		035 036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082
		083 084 086 087 089 091 092 093 094 095 096`)
)

// list reads words parted by commas.
func list(text string) []string {
	words := strings.Split(text, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}
