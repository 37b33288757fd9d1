package fault

// What the server tells a device that it turns away.
const (
	AuthUnknownDevice Code = "auth.unknown_device"
	AuthRevoked       Code = "auth.revoked"
	AuthProof         Code = "auth.proof"
	AuthFirst         Code = "auth.greet_first"
	AuthWriter        Code = "auth.writer"
	AuthCodeUnknown   Code = "auth.code_unknown"
	AuthCodeUsed      Code = "auth.code_used"
	AuthCodeExpired   Code = "auth.code_expired"
	ProtoVersion      Code = "proto.version"
	ProtoOrder        Code = "proto.order"
	ChainGap          Code = "chain.gap"
	ChainForked       Code = "chain.forked"
	ChainBroken       Code = "chain.broken"
	ScopeChanged      Code = "scope.changed"
	ServerFull        Code = "server.disk_full"
	ServerNotInit     Code = "server.not_initialised"
	ServerInit        Code = "server.initialised_already"
	ServerNewer       Code = "server.newer"
)

// Why the server quarantines a change. Detail names table and column.
const (
	RefusedSchema        Code = "schema.unknown"
	RefusedInvalid       Code = "change.invalid"
	RefusedTooLarge      Code = "change.too_large"
	RefusedRowUnknown    Code = "row.unknown"
	RefusedRowExists     Code = "row.exists"
	RefusedCreation      Code = "row.creation_refused"
	RefusedPosted        Code = "row.posted"
	RefusedValue         Code = "value.type"
	RefusedHeads         Code = "heads.full"
	RefusedUnitUnknown   Code = "unit.unknown"
	RefusedUnitRoot      Code = "unit.root"
	RefusedUnitCycle     Code = "unit.cycle"
	RefusedUnitProvince  Code = "unit.province"
	RefusedLogUnknown    Code = "log.unknown"
	RefusedLogMixed      Code = "log.mixed"
	RefusedMandateUnit   Code = "mandate.unit"
	RefusedMandateTable  Code = "mandate.table"
	RefusedMandatePerson Code = "mandate.person"
	RefusedErased        Code = "row.erased"
	UnitsHeader          Code = "units.header"
	UnitsNoRoot          Code = "units.no_root"
	UnitsTwice           Code = "units.code_twice"
	UnitsParent          Code = "units.unknown_parent"
	UnitsCycle           Code = "units.cycle"
	UnitsKind            Code = "units.unknown_kind"
	UnitsEmpty           Code = "units.empty"
	InviteUnit           Code = "invite.unknown_unit"
	InviteRole           Code = "invite.unknown_role"
	RevokeNone           Code = "revoke.nobody"
	AuthHandedIn         Code = "auth.handed_in"
	RefusedHeld          Code = "device.revoked"
	PruneRecovering      Code = "prune.recovering"
	EraseNoRow           Code = "erase.no_row"
	EraseTable           Code = "erase.table"
	EraseList            Code = "erase.list"
)

var _ = add(map[Code]text{
	AuthUnknownDevice: {
		vi: "Máy chủ không biết máy này.", en: "The server does not know this computer.",
		hintVi: "Hãy xin mã ghi danh mới.", hintEn: "Ask for a new enrolment code.",
	},
	AuthRevoked: {
		vi: "Máy này đã bị thu hồi quyền.", en: "This computer has been revoked.",
		hintVi: "Dữ liệu đã nhập vẫn còn trên máy. Hãy hỏi người quản trị.", hintEn: "What you entered is still on this computer. Ask the administrator.",
	},
	AuthHandedIn: {
		vi:     "Máy này đã bị thu hồi quyền. Những gì đã ghi trên máy đã đến máy chủ và chờ người quản trị xem xét.",
		en:     "This computer has been revoked. What was entered on it has reached the server and waits for the administrator.",
		hintVi: "Dữ liệu đã nhập vẫn còn trên máy, nhưng máy không nhận thêm gì. Nếu vẫn còn công việc, hãy xin mã ghi danh mới.",
		hintEn: "What you entered is still on this computer, which receives nothing more. If you still have work to do, ask for a new enrolment code.",
	},
	RefusedErased: {
		vi:     "Bản ghi này đã bị xóa theo quy định về dữ liệu cá nhân ({detail}); không ghi thêm vào được.",
		en:     "This record was erased under the law on personal data ({detail}); nothing more can be written to it.",
		hintVi: "Nếu người này vào công đoàn lại, hãy nhập một bản ghi mới.",
		hintEn: "If this person joins again, enter a new record.",
	},
	EraseNoRow: {
		vi: "Sổ trung tâm không có bản ghi {id} trong bảng {table}.", en: "The register holds no record {id} in table {table}.",
		hintVi: "Lấy id của đoàn viên ở màn hình hồ sơ, hoặc bằng SQL: SELECT hex(id) FROM member WHERE ….",
		hintEn: "Take the member's id from the record's screen, or with SQL: SELECT hex(id) FROM member WHERE ….",
	},
	EraseTable: {
		vi: "Không xóa được theo bảng {table}: chỉ xóa dữ liệu của đoàn viên (member) cùng mọi bản ghi đi kèm.",
		en: "Nothing can be erased by table {table}: what is erased are members (member) with all that hangs on them.",
	},
	EraseList: {
		vi: "Dòng {line} của {path} (danh sách những gì đã xóa theo luật) không đọc được.", en: "Line {line} of {path} (what was erased by law) cannot be read.",
		hintVi: "Hãy lấy lại tệp này từ bản sao lưu mới nhất. Máy chủ không chạy khi thiếu nó, vì dữ liệu đã xóa có thể trở lại.",
		hintEn: "Take the file from the latest backup. The server does not run without it: what was erased might come back.",
	},
	PruneRecovering: {
		vi:     "Sổ trung tâm vừa khôi phục từ bản sao lưu và còn chờ các máy gửi lại những gì bản sao lưu thiếu, nên chưa tỉa nhật ký được.",
		en:     "The register was restored from a backup and still takes back what the backup lacked, so its logs cannot be pruned yet.",
		hintVi: "Khi mọi máy đã đồng bộ lại, hãy chạy syncd restored --over, rồi tỉa.",
		hintEn: "Once every computer has synchronised again, run syncd restored --over, then prune.",
	},
	RefusedHeld: {
		vi: "Thay đổi này do một máy đã bị thu hồi quyền gửi đến ({detail}).", en: "This change was handed in by a computer that has been revoked ({detail}).",
		hintVi: "Người quản trị máy chủ quyết định nhận hay bỏ bằng syncd held.",
		hintEn: "The server's administrator takes or discards it with syncd held.",
	},
	"held.unknown": {
		vi: "Không có thay đổi nào mang mã {id} đang chờ quyết định.", en: "No change with the id {id} waits for a decision.",
		hintVi: "Xem danh sách bằng syncd held --data …", hintEn: "See the list with syncd held --data …",
	},
	AuthProof: {
		vi: "Máy này không chứng minh được khóa của mình.", en: "This computer could not prove its key.",
		hintVi: "Hãy hỏi người quản trị.", hintEn: "Ask the administrator.",
	},
	AuthFirst:       {vi: "Phải chào trước khi gửi.", en: "The greeting must come first."},
	AuthWriter:      {vi: "Chuỗi thay đổi này thuộc về một máy khác.", en: "This chain of changes belongs to another computer."},
	AuthCodeUnknown: {vi: "Máy chủ này không cấp mã ghi danh đó.", en: "This server did not issue that enrolment code.", hintVi: "Kiểm tra mã, hoặc xin mã mới.", hintEn: "Check the code, or ask for a new one."},
	AuthCodeUsed:    {vi: "Mã ghi danh đã được dùng.", en: "The enrolment code has been used.", hintVi: "Mỗi mã chỉ dùng cho một máy; hãy xin mã mới.", hintEn: "A code is for one computer; ask for a new one."},
	AuthCodeExpired: {vi: "Mã ghi danh đã hết hạn.", en: "The enrolment code has expired.", hintVi: "Hãy xin mã mới.", hintEn: "Ask for a new one."},
	ProtoVersion: {
		vi: "Chương trình này mới hơn máy chủ.", en: "This program is newer than the server.",
		hintVi: "Dữ liệu vẫn còn và sẽ được gửi khi máy chủ được cập nhật.", hintEn: "Everything is kept and will be sent once the server is updated.",
	},
	ProtoOrder:    {vi: "Gói tin không đúng lúc.", en: "A message came out of turn."},
	ChainGap:      {vi: "Thiếu các thay đổi trước số {n}; máy chủ có đến số {last}.", en: "Changes before number {n} are missing; the server has up to number {last}."},
	ChainForked:   {vi: "Thay đổi số {n} khác với bản máy chủ đã nhận.", en: "Change number {n} differs from the one that the server has.", hintVi: "Máy này có thể đã được khôi phục từ bản sao lưu.", hintEn: "This computer may have been restored from a backup."},
	ChainBroken:   {vi: "Chuỗi thay đổi không khớp chữ ký.", en: "The chain of changes does not match its signature.", hintVi: "Hãy gửi nhật ký cho người hỗ trợ.", hintEn: "Send the log to your support."},
	ScopeChanged:  {vi: "Phạm vi của máy này đã đổi.", en: "The scope of this computer has changed.", hintVi: "Chương trình sẽ tự kết nối lại và nhận phạm vi mới.", hintEn: "The program connects again by itself and receives the new scope."},
	ServerFull:    {vi: "Ổ đĩa của máy chủ đã đầy.", en: "The server's disk is full.", hintVi: "Dữ liệu vẫn còn trên máy này và sẽ được gửi sau.", hintEn: "Everything is kept on this computer and will be sent later."},
	ServerNotInit: {vi: "Thư mục này chưa có sổ trung tâm.", en: "This folder holds no central register yet.", hintVi: "Chạy syncd init trước.", hintEn: "Run syncd init first."},
	ServerNewer: {
		vi: "Sổ trung tâm {path} đã được một phiên bản mới hơn nâng cấp ({format}).", en: "A newer program has upgraded the central register {path} ({format}).",
		hintVi: "Dữ liệu còn nguyên. Trên máy chủ hãy dừng chương trình cũ và chạy bản mới.",
		hintEn: "The data is untouched. On the server, stop the old program and run the new one.",
	},
	ServerInit: {vi: "Thư mục này đã có sổ trung tâm.", en: "This folder holds a central register already.", hintVi: "Chọn thư mục khác.", hintEn: "Choose another folder."},

	RefusedSchema:        {vi: "Máy chủ chưa biết loại bản ghi này.", en: "The server does not know this kind of record yet.", hintVi: "Hãy nhập lại khi máy chủ đã được cập nhật.", hintEn: "Enter it again once the server is updated."},
	RefusedInvalid:       {vi: "Thay đổi không hợp lệ ({detail}).", en: "The change is not valid ({detail})."},
	RefusedTooLarge:      {vi: "Thay đổi quá lớn.", en: "The change is too large."},
	RefusedRowUnknown:    {vi: "Bản ghi không còn trên máy chủ ({detail}).", en: "The record is not on the server any more ({detail})."},
	RefusedRowExists:     {vi: "Đã có bản ghi khác cùng id ({detail}).", en: "Another record has this id already ({detail})."},
	RefusedCreation:      {vi: "Bản ghi này chưa từng được nhận ({detail}).", en: "This record itself was not accepted ({detail})."},
	RefusedPosted:        {vi: "Bản ghi đã ghi sổ không sửa, không xóa ({detail}).", en: "A posted record is never changed or deleted ({detail}).", hintVi: "Hãy lập bản ghi điều chỉnh.", hintEn: "Enter a reversing record."},
	RefusedValue:         {vi: "Giá trị không đúng kiểu: {detail}.", en: "The value is of the wrong type: {detail}."},
	RefusedHeads:         {vi: "Có quá nhiều giá trị đang tranh chấp: {detail}.", en: "Too many values are in conflict: {detail}.", hintVi: "Hãy giải quyết xung đột trước.", hintEn: "Settle the conflict first."},
	RefusedUnitUnknown:   {vi: "Không có đơn vị đó ({detail}).", en: "There is no such unit ({detail})."},
	RefusedUnitRoot:      {vi: "Cây đơn vị chỉ có một gốc ({detail}).", en: "The tree of units has one root ({detail})."},
	RefusedUnitCycle:     {vi: "Đơn vị không thể nằm dưới chính nó ({detail}).", en: "A unit cannot stand below itself ({detail})."},
	RefusedUnitProvince:  {vi: "Đơn vị cấp tỉnh không chuyển vào dưới đơn vị khác ({detail}).", en: "A province-level unit cannot go below another unit ({detail}).", hintVi: "Hãy chuyển từng đơn vị bên dưới sang tỉnh mới, rồi giải thể đơn vị cấp tỉnh cũ.", hintEn: "Move the units below it to the new province one by one, then dissolve the old one."},
	RefusedLogUnknown:    {vi: "Không có sổ thứ tự đó ({detail}).", en: "There is no such log ({detail})."},
	RefusedLogMixed:      {vi: "Thay đổi chạm tới hai tỉnh ({detail}).", en: "The change touches two provinces ({detail})."},
	RefusedMandateUnit:   {vi: "Không được phân công ở đơn vị này ({detail}).", en: "No mandate for this unit ({detail})."},
	RefusedMandateTable:  {vi: "Phân công không cho phép ghi loại bản ghi này ({detail}).", en: "The mandate does not allow writing this kind of record ({detail})."},
	RefusedMandatePerson: {vi: "Máy này không được ghi thay người khác.", en: "This computer may not write for somebody else."},

	UnitsHeader: {vi: "Tệp đơn vị phải có dòng đầu: code,name,kind,parent_code.", en: "The file of units must begin with: code,name,kind,parent_code."},
	UnitsNoRoot: {vi: "Dòng {line}: mã 0 dành cho gốc, mà không có đúng một đơn vị không có cấp trên.", en: "Line {line}: the code 0 is the root's, but there is not exactly one unit without a parent."},
	UnitsTwice:  {vi: "Dòng {line}: mã {code} đã có ở dòng {other}.", en: "Line {line}: the code {code} stands at line {other} already."},
	UnitsParent: {vi: "Dòng {line}: {code} thuộc về {parent}, mà không có đơn vị đó.", en: "Line {line}: {code} belongs to {parent}, which is not there."},
	UnitsCycle:  {vi: "Dòng {line}: {code} nằm dưới chính nó.", en: "Line {line}: {code} stands below itself."},
	UnitsKind:   {vi: "Dòng {line}: {code} có loại lạ “{kind}”.", en: "Line {line}: {code} has an unknown kind “{kind}”."},
	UnitsEmpty:  {vi: "Dòng {line}: thiếu mã hoặc tên đơn vị.", en: "Line {line}: the code or the name is missing."},
	InviteUnit:  {vi: "Không có đơn vị mang mã {unit}.", en: "No unit has the code {unit}."},
	InviteRole:  {vi: "Không có vai trò “{role}”; hãy dùng officer, staff hoặc admin.", en: "There is no role “{role}”; use officer, staff or admin."},
	RevokeNone:  {vi: "Không có máy hoặc người đó.", en: "There is no such computer or person."},
})
