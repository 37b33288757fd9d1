package wire_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/schema"
)

// book is a dictionary of writers, as a replica or the server keeps one.
type book struct {
	names []change.ID
	refs  map[change.ID]change.Ref
}

func newBook(names ...change.ID) *book {
	b := &book{names: []change.ID{{}}, refs: map[change.ID]change.Ref{}}
	for _, n := range names {
		b.Ref(n)
	}
	return b
}

func (b *book) Name(r change.Ref) change.ID { return b.names[r] }

func (b *book) Ref(name change.ID) (change.Ref, error) {
	r, ok := b.refs[name]
	if !ok {
		r = change.Ref(len(b.names))
		b.names = append(b.names, name)
		b.refs[name] = r
	}
	return r, nil
}

// town makes a synthetic register in the shape of the fixed workload: 40
// unions, their members, edits of them and payments.
type town struct {
	*rand.Rand
	clock  int64
	units  []change.ID
	person change.ID
	cards  int
	lists  map[string][]string // parsed, for pick and weighted
}

func newTown(seed uint64) *town {
	t := &town{Rand: rand.New(rand.NewPCG(seed, 1)), clock: 1735689600000, lists: map[string][]string{}}
	for range 40 {
		t.units = append(t.units, t.id())
	}
	t.person = t.id()
	return t
}

func (t *town) id() (id change.ID) {
	t.clock += 1 + t.Int64N(900)
	for i := range 6 {
		id[i] = byte(t.clock >> (40 - 8*i))
	}
	for i := 6; i < 16; i++ {
		id[i] = byte(t.Uint32())
	}
	id[6], id[8] = 0x70|id[6]&15, 0x80|id[8]&63
	return id
}

func (t *town) pick(list string) string {
	l := t.lists[list]
	if l == nil {
		l = strings.Split(list, ";")
		if len(t.lists) < 1000 {
			t.lists[list] = l
		}
	}
	return l[t.IntN(len(l))]
}

// weighted picks of "text*weight;…".
func (t *town) weighted(list string) string {
	texts := t.lists[list]
	if texts != nil {
		return texts[t.IntN(len(texts))]
	}
	for _, s := range strings.Split(list, ";") {
		var n int
		text, w, _ := strings.Cut(s, "*")
		fmt.Sscan(w, &n)
		for range n {
			texts = append(texts, text)
		}
	}
	t.lists[list] = texts
	return texts[t.IntN(len(texts))]
}

func (t *town) date(y0, y1 int) string {
	return fmt.Sprintf("%d-%02d-%02d", y0+t.IntN(y1-y0), 1+t.IntN(12), 1+t.IntN(28))
}

func (t *town) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(t.IntN(10))
	}
	return string(b)
}

const (
	communes  = "Tân Phú;Bình Hòa;An Thạnh;Long Thành;Phước Tân;Hòa Bình;Thanh Sơn;Đông Hưng;Mỹ Phước;Thới Hòa;Vĩnh Tân;Phú Mỹ;Bình Chuẩn;Tân Định;An Điền;Hiệp An;Chánh Nghĩa;Phú Lợi;Tân Bình;Thái Hòa;Khánh Bình;Uyên Hưng;Lai Uyên;Long Nguyên;Cây Trường;Trừ Văn Thố;Dầu Tiếng;Minh Hòa;An Lập;Thanh An"
	provinces = "Nam Định;Thái Bình;Thanh Hóa;Nghệ An;Hà Tĩnh;Quảng Nam;Bình Định;An Giang;Đồng Tháp;Cà Mau;Kiên Giang;Sóc Trăng;Trà Vinh;Bến Tre;Tiền Giang;Long An;Đắk Lắk;Gia Lai;Hải Dương;Bắc Giang;Phú Thọ;Bình Dương"
	jobs      = "Công nhân may;Công nhân lắp ráp;Thợ hàn;Thợ điện;Kỹ sư cơ khí;Kỹ thuật viên;Kế toán viên;Nhân viên văn phòng;Tổ trưởng sản xuất;Quản đốc phân xưởng;Giáo viên;Điều dưỡng;Bác sĩ;Lái xe;Nhân viên kho;Bảo vệ;Nhân viên kinh doanh;Cán bộ chuyên trách;Nhân viên vệ sinh;Chuyên viên nhân sự;Công nhân chế biến thủy sản;Công nhân giày da"
	deps      = "Phân xưởng 1;Phân xưởng 2;Phân xưởng 3;Phòng Kế toán;Phòng Hành chính - Nhân sự;Phòng Kỹ thuật;Tổ bảo trì;Kho vận;Phòng Kinh doanh;Ban Giám đốc;Chuyền may 1;Chuyền may 2;Chuyền may 3;KCS"
	roads     = "Nguyễn Huệ;Lê Lợi;Trần Hưng Đạo;Hai Bà Trưng;Lý Thường Kiệt;Nguyễn Trãi;Điện Biên Phủ;Cách Mạng Tháng Tám;Phan Đình Phùng;Hùng Vương;Võ Thị Sáu;Nguyễn Văn Cừ;Lạc Long Quân;Âu Cơ;30 Tháng 4;Quang Trung;Ngô Quyền;Đinh Tiên Hoàng;Tôn Đức Thắng;Bạch Đằng"
)

func (t *town) name() string {
	last := t.weighted("Nguyễn*38;Trần*11;Lê*10;Phạm*7;Hoàng*5;Huỳnh*5;Phan*5;Vũ*4;Võ*4;Đặng*3;Bùi*3;Đỗ*2;Hồ*2;Ngô*2;Dương*1;Lý*1;Đoàn*1;Trịnh*1;Đinh*1;Lương*1")
	if t.IntN(100) < 58 {
		return last + " " + t.pick("Thị;Thị;Thị;Ngọc;Thu;Thanh;Kim;Mỹ;Bích;Phương;Hồng;Diệu;Khánh;Minh;Thùy;Như") + " " +
			t.pick("Lan;Hương;Hoa;Mai;Hạnh;Thảo;Trang;Linh;Ngân;Yến;Nhung;Oanh;Phượng;Quyên;Tâm;Thủy;Tuyết;Vân;Xuân;Hiền;Nga;Dung;Hằng;Loan;Ngọc;Trâm;Vy;Nhi;Châu;Diễm")
	}
	return last + " " + t.pick("Văn;Hữu;Đức;Minh;Quang;Công;Xuân;Thanh;Ngọc;Đình;Bá;Quốc;Anh;Trọng;Tuấn;Hoàng") + " " +
		t.pick("Hùng;Dũng;Cường;Tuấn;Nam;Long;Thắng;Hải;Sơn;Bình;Phúc;Khoa;Huy;Đạt;Tài;Lộc;Vinh;Trung;Kiên;Quân;Phong;Toàn;Thành;Hiếu;Nghĩa;Tín;Bảo;Duy;Lâm;Tùng")
}

func (t *town) address() string {
	return fmt.Sprintf("%d%s %s, %s%d, phường %s, tỉnh Bình Dương", 1+t.IntN(400), t.pick(";;;/"+fmt.Sprint(1+t.IntN(60))+";A;B"),
		t.pick(roads), t.pick(";Thôn ;Ấp ;Khu phố ;Tổ dân phố "), 1+t.IntN(12), t.pick(communes))
}

func (t *town) note() string {
	s := t.pick("Đã nộp đủ hồ sơ;Thiếu bản sao CCCD;Chuyển từ đơn vị khác;Hoàn cảnh khó khăn, đề nghị hỗ trợ Tết Sum vầy;Con dưới 6 tuổi;Đề nghị cấp lại thẻ;Nghỉ thai sản từ tháng {m};Được khen thưởng năm {y};Tham gia lớp bồi dưỡng nghiệp vụ {y};Hồ sơ số hóa ngày {d};Cần cập nhật số điện thoại;Làm ca đêm, liên hệ sau 17h")
	return strings.NewReplacer("{m}", fmt.Sprint(1+t.IntN(12)), "{y}", fmt.Sprint(2020+t.IntN(6)), "{d}", t.date(2022, 2026)).Replace(s)
}

// value makes a value of a member's column; NULL for columns the workload has not.
func (t *town) value(column string) change.Value {
	switch column {
	case "unit_id":
		return change.IDValue(t.units[t.IntN(len(t.units))])
	case "wage_base":
		return change.Int(4500000 + t.Int64N(180)*100000)
	case "wage_coef":
		return change.Real(float64(186+33*t.IntN(20)) / 100)
	}
	if s := t.text(column); s != "" {
		return change.Text(s)
	}
	return change.Null
}

func (t *town) text(column string) string {
	switch column {
	case "full_name":
		return t.name()
	case "birth_date":
		return t.date(1966, 2006)
	case "gender":
		return t.weighted("female*58;male*42")
	case "ethnicity":
		return t.weighted("Kinh*86;Tày*2;Thái*2;Mường*2;Khmer*2;Hoa*1;Nùng*1;H'Mông*1;Dao*1;Ê Đê*1")
	case "religion":
		return t.weighted("Không*80;Phật giáo*10;Công giáo*7;Cao Đài*1;Hòa Hảo*1;Tin Lành*1")
	case "national_id":
		return "074" + t.pick("0;1;2;3") + t.digits(8)
	case "national_id_date":
		return t.date(2021, 2026)
	case "phone":
		return t.pick("090;091;093;094;096;097;098;032;033;034;035;036;037;038;039;070;076;077;078;079;081;082;083;084;085;056;058") + t.digits(7)
	case "email":
		if t.IntN(100) < 45 {
			return ""
		}
		return fmt.Sprintf("%s.%s%d@%s", t.pick("hung;lan;huong;tuan;trang;linh;hai;son;thao;yen;dung;nam;long;ngan;oanh;vinh"),
			t.pick("nguyen;nguyen;nguyen;tran;le;pham;hoang;phan;vu;dang"), 1970+t.IntN(36), t.weighted("gmail.com*80;yahoo.com*8;outlook.com*4;congty.example.vn*8"))
	case "address":
		return t.address()
	case "hometown":
		return fmt.Sprintf("xã %s, huyện %s, tỉnh %s", t.pick(communes), t.pick(communes), t.pick(provinces))
	case "job_title":
		return t.pick(jobs)
	case "department":
		return t.pick(deps)
	case "education":
		return t.weighted("9/12*20;12/12*80;Trung cấp*30;Cao đẳng*26;Đại học*38;Thạc sĩ*5;Tiến sĩ*1")
	case "joined_on":
		return t.date(2005, 2025)
	case "card_number":
		t.cards += 1 + t.IntN(3)
		return fmt.Sprintf("BD%08d", 1000000+t.cards)
	case "status":
		return t.weighted("active*93;maternity*2;suspended*1;transferred*2;retired*2")
	case "union_role":
		return t.weighted("Đoàn viên*184;Tổ trưởng công đoàn*8;Ủy viên BCH*5;Phó chủ tịch*2;Chủ tịch*1;Ủy viên UBKT*1")
	case "insurance_no":
		return "74" + t.digits(8)
	case "notes":
		if t.IntN(10) < 6 {
			return ""
		}
		return t.note()
	}
	return ""
}

// members makes n rows, each born in a change of its own.
func (t *town) members(writer change.Ref, n int) []*merge.Row {
	table := schema.ByName("member")
	rows := make([]*merge.Row, n)
	for i := range rows {
		dot := change.Dot{W: writer, N: uint64(i + 1)}
		rows[i] = merge.NewRow(table, t.id(), change.Birth{Dot: dot})
		for j, reg := range table.Registers() {
			vals := make([]change.Value, len(reg.Columns))
			for k, c := range reg.Columns {
				vals[k] = t.value(table.Columns[c].Name)
			}
			rows[i].Regs[j] = []merge.Head{{Dot: dot, Vals: vals}}
		}
	}
	return rows
}

// creation is the change that made a row.
func (t *town) creation(r *merge.Row) *change.Change {
	rw := change.RowWrite{Table: r.Table.No, ID: r.ID, Birth: r.Birth, Creates: true}
	for i, reg := range r.Table.Registers() {
		for _, v := range r.Regs[i][0].Vals {
			if !v.IsNull() {
				rw.Writes = append(rw.Writes, change.Write{Reg: reg.No, Vals: r.Regs[i][0].Vals})
				break
			}
		}
	}
	t.clock += 1000
	return &change.Change{Dot: r.Birth.Dot, Person: t.person, At: t.clock, Log: t.units[0], Schema: 1, Rows: []change.RowWrite{rw}}
}

// edits makes n changes of one to three columns, each superseding what stood.
func (t *town) edits(writer change.Ref, rows []*merge.Row, n int) []*change.Change {
	out := make([]*change.Change, n)
	for i := range out {
		r := rows[t.IntN(len(rows))]
		dot := change.Dot{W: writer, N: uint64(i + 1)}
		rw := change.RowWrite{Table: r.Table.No, Birth: r.Birth}
		var named []string
		for range t.weightedInt(60, 28, 12) {
			column := t.weighted("phone*18;address*14;job_title*12;department*8;status*10;wage_base*12;wage_coef*4;notes*12;email*6;union_role*4;education*3;unit_id*4;insurance_no*2;card_number*1")
			if strings.Contains(strings.Join(named, " "), column) {
				continue
			}
			named = append(named, column)
			no := r.Table.Column(column).RegisterOf()
			w := change.Write{Reg: no, Vals: []change.Value{t.value(column)}, Seen: r.HeadDots(no)}
			rw.Writes = append(rw.Writes, w)
		}
		r.Apply(dot, &rw)
		t.clock += 1000 + t.Int64N(20000)
		out[i] = &change.Change{Dot: dot, Person: t.person, At: t.clock, Log: t.units[0], Read: 20000, Schema: 1, Rows: []change.RowWrite{rw}}
	}
	return out
}

func (t *town) weightedInt(weights ...int) int {
	x := t.IntN(100)
	for i, w := range weights {
		if x -= w; x < 0 {
			return i + 1
		}
	}
	return len(weights)
}

// payments makes a payment of each row's member, each in a change of its own.
func (t *town) payments(writer change.Ref, rows []*merge.Row) []*change.Change {
	table := schema.ByName("dues_payment")
	out := make([]*change.Change, len(rows))
	for i, r := range rows {
		dot := change.Dot{W: writer, N: uint64(100000 + i)}
		rw := change.RowWrite{Table: table.No, ID: t.id(), Birth: change.Birth{Dot: dot}, Creates: true}
		set := func(column string, v change.Value) {
			rw.Writes = append(rw.Writes, change.Write{Reg: table.Column(column).RegisterOf(), Vals: []change.Value{v}})
		}
		set("unit_id", r.Value("unit_id"))
		set("member_id", change.IDValue(r.ID))
		set("month", change.Text("2025-12"))
		set("amount", change.Int(r.Value("wage_base").Int()/100))
		set("paid_on", change.Text(fmt.Sprintf("2025-12-%02d", 1+t.IntN(28))))
		set("method", change.Text(t.weighted("payroll*80;cash*12;transfer*8")))
		set("receipt_no", change.Text(fmt.Sprintf("PT%07d", i+1)))
		t.clock += 1000
		out[i] = &change.Change{Dot: dot, Person: t.person, At: t.clock, Log: t.units[0], Read: 25000, Schema: 1, Rows: []change.RowWrite{rw}}
	}
	return out
}
