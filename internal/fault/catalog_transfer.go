package fault

// The server's refusals of steps of a transfer.
const (
	RefusedTransferStep   Code = "transfer.step"
	RefusedTransferClosed Code = "transfer.closed"
	RefusedTransferOpen   Code = "transfer.open"
	RefusedTransferMember Code = "transfer.member"
	RefusedTransferUnit   Code = "transfer.to_unit"
	RefusedTransferReason Code = "transfer.reason"
)

var _ = add(map[Code]text{
	RefusedTransferStep: {vi: "Bước này không có trong việc chuyển sinh hoạt ({detail}).", en: "A transfer has no such step ({detail}).",
		hintVi: "Nơi đi đề nghị hoặc rút lại, nơi đến tiếp nhận hoặc từ chối.", hintEn: "The office that has the member asks or withdraws; the receiving office accepts or refuses."},
	RefusedTransferClosed: {vi: "Việc chuyển sinh hoạt này đã kết thúc trước khi thay đổi của bạn tới máy chủ.", en: "This transfer had ended before your change reached the server.",
		hintVi: "Hãy xem trạng thái hiện nay của việc chuyển.", hintEn: "See what became of it."},
	RefusedTransferOpen: {vi: "Đoàn viên này đang có một đề nghị chuyển chưa được trả lời.", en: "A transfer of this member is still waiting for an answer.",
		hintVi: "Hãy rút đề nghị cũ hoặc chờ nơi đến trả lời.", hintEn: "Withdraw it, or wait for the answer."},
	RefusedTransferMember: {vi: "Đoàn viên không còn ở đơn vị chuyển đi.", en: "The member is not at the sending unit any more.",
		hintVi: "Có thể cấp trên đã chuyển; hãy đồng bộ rồi xem lại.", hintEn: "Somebody above may have moved him; synchronise and look again."},
	RefusedTransferUnit: {vi: "Không có đơn vị nhận có mã đó, hoặc đó chính là đơn vị chuyển đi.", en: "No receiving unit has that code, or it is the sending unit itself.",
		hintVi: "Hãy hỏi đơn vị nhận mã của họ rồi đề nghị lại.", hintEn: "Ask the receiving office for its code and ask again."},
	RefusedTransferReason: {vi: "Từ chối tiếp nhận phải có lý do.", en: "A refusal needs a reason.",
		hintVi: "Hãy ghi lý do để nơi đi biết phải làm gì.", hintEn: "Say why, so that the sender knows what to do."},

	// What a replica says before anything is sent.
	"transfer.no_member": {vi: "Không có đoàn viên có mã {id}.", en: "There is no member with the id {id}.",
		hintVi: "Tìm mã bằng lệnh: syncd export, hoặc xem trong hồ sơ đoàn viên.", hintEn: "Find the id with syncd export, or in the member's record."},
	"transfer.same_unit": {vi: "{name} đang ở chính đơn vị {code}.", en: "{name} is at the unit {code} already.",
		hintVi: "Hãy ghi mã của đơn vị đến.", hintEn: "Name the receiving unit's code."},
	"transfer.unknown": {vi: "Không có lượt chuyển nào có mã {id}.", en: "There is no transfer with the id {id}.",
		hintVi: "Xem các mã bằng: syncd transfer --replica TỆP --list.", hintEn: "See the ids with: syncd transfer --replica FILE --list."},
	"transfer.ambiguous": {vi: "Có {count} lượt chuyển bắt đầu bằng {id}.", en: "{count} transfers begin with {id}.",
		hintVi: "Hãy ghi nhiều ký tự hơn.", hintEn: "Give more of the id."},
	"transfer.not_yours": {vi: "Việc tiếp nhận {name} là của {to}.", en: "Whether {name} is accepted is for {to} to say.",
		hintVi: "Nơi đi chỉ rút đề nghị được: --withdraw.", hintEn: "The sending office can only withdraw: --withdraw."},
	"transfer.not_asked_here": {vi: "Nơi khác đã đề nghị chuyển {name}; ở đây không rút được.", en: "Another office asked for the transfer of {name}; it cannot be withdrawn here.",
		hintVi: "Nơi đến tiếp nhận (--accept) hoặc từ chối (--refuse).", hintEn: "The receiving office accepts (--accept) or refuses (--refuse)."},
})
