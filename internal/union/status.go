package union

import (
	"strings"

	"dongbo/internal/viet"
)

// statusWords gives for each status code the words lists use for it.
const statusWords = `active=Đang sinh hoạt,Đang làm việc,Đang công tác,Hoạt động,Đang hoạt động,Bình thường,Đang làm
maternity=Thai sản,Nghỉ thai sản,Đang nghỉ thai sản,TS
suspended=Tạm dừng,Tạm ngừng,Tạm hoãn,Tạm dừng sinh hoạt,Tạm ngừng sinh hoạt,Tạm nghỉ,Nghỉ không lương
transferred=Chuyển đi,Chuyển công tác,Chuyển sinh hoạt,Đã chuyển,Chuyển đơn vị,Chuyển
retired=Nghỉ hưu,Hưu trí,Đã nghỉ hưu,Hưu
left=Nghỉ việc,Thôi việc,Đã nghỉ việc,Thôi sinh hoạt,Thôi là đoàn viên,Xin thôi
struck_off=Xóa tên,Bị xóa tên
expelled=Khai trừ,Bị khai trừ
died=Mất,Đã mất,Từ trần,Đã chết,Qua đời
proposed=Đề nghị,Chờ kết nạp,Xin gia nhập
dissolved=Giải thể,Thôi do giải thể`

var statuses = func() map[string]string {
	table := map[string]string{}
	for _, line := range strings.Split(statusWords, "\n") {
		code, words, _ := strings.Cut(line, "=")
		table[code] = code
		for _, w := range strings.Split(words, ",") {
			table[viet.Fold(w)] = code
		}
	}
	return table
}()

// StatusCode gives the code of a member's status where the word is plain; any
// other text is kept as it is, for organisations invent their own.
func StatusCode(text string) (status string, plain bool) {
	if code, ok := statuses[viet.Fold(text)]; ok {
		return code, true
	}
	return viet.Clean(text), false
}
