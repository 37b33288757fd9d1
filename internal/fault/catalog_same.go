package fault

// The server's refusals of merging two records of one person.
const (
	RefusedSameSelf   Code = "same.self"
	RefusedSameCircle Code = "same.circle"
)

var _ = add(map[Code]text{
	RefusedSameSelf: {vi: "Một hồ sơ không thể gộp vào chính nó.", en: "A record cannot be merged into itself.",
		hintVi: "Hãy chọn hồ sơ kia để giữ lại.", hintEn: "Keep the other record."},
	RefusedSameCircle: {vi: "Hai hồ sơ này đã được người khác gộp trước theo chiều ngược lại.", en: "Somebody else merged these records first, the other way round.",
		hintVi: "Hãy đồng bộ; nếu muốn giữ hồ sơ kia, tách ra rồi gộp lại.", hintEn: "Synchronise; to keep the other record, undo that merge and merge again."},

	// What a replica says before anything is sent.
	"same.keep": {vi: "Phải chọn hồ sơ giữ lại: {a} hoặc {b}.", en: "Say which record is kept: {a} or {b}.",
		hintVi: "Ghi thêm: --keep MÃ.", hintEn: "Add: --keep ID."},
	"same.not_of_two": {vi: "Mã {id} không phải của một trong hai hồ sơ này.", en: "The id {id} is neither of the two records.",
		hintVi: "Mã của hai hồ sơ hiện trong danh sách của: syncd findings.", hintEn: "The ids of both are in the list of: syncd findings."},
	"same.not_here": {vi: "Máy này không có hồ sơ {id}, hoặc hồ sơ đó đã xóa hay đã gộp.", en: "This computer does not have the record {id}, or it was deleted or merged already.",
		hintVi: "Cấp trên thấy cả hai hồ sơ thì gộp được.", hintEn: "Whoever above sees both records can merge them."},
	"same.unknown": {vi: "Không có hồ sơ đã gộp nào có mã {id}.", en: "No merged record has the id {id}.",
		hintVi: "Xem danh sách bằng: syncd findings --replica TỆP --merged.", hintEn: "See the list with: syncd findings --replica FILE --merged."},
	"same.ambiguous": {vi: "Có {count} hồ sơ đã gộp bắt đầu bằng {id}.", en: "{count} merged records begin with {id}.",
		hintVi: "Hãy ghi nhiều ký tự hơn.", hintEn: "Give more of the id."},
})
