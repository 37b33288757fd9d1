package sheet

import (
	"strings"
	"unicode"

	"dongbo/internal/viet"
)

// Part says how a column carries its field.
type Part string

// The parts. A column without one carries its field whole.
const (
	Whole   Part = ""
	Family  Part = "family" // family and middle names
	Given   Part = "given"
	Male    Part = "male"   // an x, or the birth date, of men
	Female  Part = "female" // the same of women
	Ordinal Part = "ordinal"
	Reason  Part = "reason" // of our own error workbook
)

// aliasText names for each field the headings that mean it, folded. After a
// stroke stands the part.
const aliasText = `
full_name: ho va ten, ho ten, ho ten doan vien, ho va ten doan vien, ho va ten khai sinh, ten doan vien, ho dem ten, ho dem va ten, ho chu dem va ten,
 ho chu dem ten, ho ten nguoi lao dong, ho va ten nguoi lao dong, ho ten nld, ho ten cnv, ho va ten cnv, ho ten nhan vien, ho va ten nhan vien, ten nhan vien, ho ten cb cnv, ho va ten cbcnv, full name, name
full_name|family: ho dem, ho va dem, ho lot, ho va chu dem, ho chu dem, ho va ten dem, ho ten dem, ho va chu lot, ho va ten lot, ho chu lot, ho dem doan vien
full_name|given: ten, ten goi, ten rieng
birth_date: ngay sinh, nam sinh, ntns, ngay thang nam sinh, ngay thang sinh, ngay nam sinh, sinh ngay, sinh nam, date of birth, dob, birth date, ngay thang nam sinh dd mm yyyy, nam sinh doan vien
gender: gioi tinh, nam nu, phai, gt, gioi, sex, gender, phai nam nu, gioi tinh nam nu
gender|male: nam
gender|female: nu, la nu
ethnicity: dan toc, dt dan toc, ethnicity
religion: ton giao, religion
national_id: cccd, cmnd, so can cuoc, cmt, so ddcn, so cccd, so cmnd, can cuoc cong dan, can cuoc, so dinh danh ca nhan, so dinh danh, ma dinh danh, so cmt, cmnd cccd, cccd cmnd, so cmnd cccd, so cccd cmnd,
 chung minh nhan dan, so chung minh nhan dan, so can cuoc cong dan, so the can cuoc, the can cuoc, so giay to, so cmnd ho chieu, cccd ho chieu, so cccd ho chieu, so cccd cmnd ho chieu, id card, national id, so cc, so cccd dinh danh, giay to tuy than
national_id_date: ngay cap cccd, ngay cap cmnd, ngay cap cmnd cccd, ngay cap can cuoc, ngay cap the can cuoc, ngay cap so cccd, cccd ngay cap, cmnd ngay cap, can cuoc cong dan ngay cap, ngay cap cccd cmnd
phone: dien thoai, so dien thoai, sdt, dt, dtdd, di dong, so dt, dien thoai di dong, so dien thoai di dong, so dtdd, dien thoai lien he, so dien thoai lien he, sdt lien he, phone, mobile, dien thoai lien lac
email: email, e mail, thu dien tu, hop thu, dia chi email, mail, dia chi thu dien tu
address: dia chi, noi o, cho o, noi o hien nay, cho o hien nay, thuong tru, noi thuong tru, dia chi thuong tru, ho khau, ho khau thuong tru, hktt, noi o hien tai, dia chi lien he, dia chi hien nay, dia chi noi o, noi dktt, address, tam tru, dia chi tam tru, noi dang ky thuong tru
hometown: que quan, nguyen quan, que, noi sinh, hometown
job_title: chuc vu, chuc danh, nghe nghiep, cong viec, chuc vu chuyen mon, chuc vu chinh quyen, nghe, vi tri, vi tri cong tac, vi tri viec lam, chuc danh nghe nghiep, cong viec dang lam, nhiem vu, job title, chuc vu cong viec, cong viec chuc vu, chuc vu chuc danh, chuc danh cong viec
department: don vi, to, phan xuong, chuyen, bo phan, phong ban, phong, xuong, doi, khoa, khoi, don vi cong tac, noi lam viec, to cong doan, bo phan cong tac, phong ban bo phan, department, to san xuat, phong khoa, don vi bo phan, cong doan bo phan, to chuyen, to doi, noi cong tac
education: trinh do, hoc van, trinh do hoc van, trinh do chuyen mon, chuyen mon, van hoa, trinh do van hoa, bang cap, education, td chuyen mon, td hoc van, trinh do dao tao
joined_on: ngay ket nap, ngay vao cong doan, ngay vao cd, ngay vao doan, ngay gia nhap, nam vao cong doan, ngay gia nhap cong doan, thoi gian vao cong doan, ngay ket nap cong doan, ngay thang vao cong doan, ngay thang nam vao cong doan, vao cong doan,
 ngay ket nap doan vien, nam ket nap, joined on, ngay vao cdvn, nam vao cd, thoi gian ket nap, ngay ket nap cd
card_number: so the, so the doan vien, ma doan vien, ma so doan vien, so the cong doan, ma the, so the dv, the doan vien, card number, ma dv, ma the doan vien, so the cd
status: trang thai, tinh trang, status, tinh trang sinh hoat, tinh trang doan vien
union_role: chuc vu cong doan, chuc vu cd, chuc danh cong doan, nhiem vu cong doan, union office, union role, chuc vu trong cong doan, chuc danh cd
insurance_no: bhxh, so so bhxh, ma so bhxh, so bhxh, ma bhxh, so bao hiem xa hoi, ma so bao hiem xa hoi, bao hiem xa hoi, so so bao hiem xa hoi, insurance number, so so bao hiem, bhyt, so the bhyt, ma so bhyt
wage_base: luong, muc luong dong bh, muc luong, luong dong bhxh, muc luong dong bhxh, tien luong, luong co ban, luong hop dong, wage, tien luong dong bhxh, muc luong bhxh, luong dong bh, luong bhxh, muc dong bhxh, luong chinh
wage_coef: hsl, he so, he so luong, wage coefficient, hs luong
notes: ghi chu, note, notes, remarks, ghi chu khac
|ordinal: stt, tt, so tt, so thu tu, s t t
|reason: ly do, reason, loi`

// meaning is what a heading stands for.
type meaning struct {
	field string
	part  Part
}

var aliases = func() map[string]meaning {
	table := map[string]meaning{}
	var m meaning
	for _, line := range strings.Split(aliasText, "\n") {
		if head, rest, found := strings.Cut(line, ":"); found {
			field, part, _ := strings.Cut(head, "|")
			m, line = meaning{field, Part(part)}, rest
			if field != "" && part == "" {
				table[headKey(field)] = m // our own exports may carry column names
			}
		}
		for _, a := range strings.Split(line, ",") {
			if a = strings.TrimSpace(a); a != "" {
				table[a] = m
			}
		}
	}
	return table
}()

// headKey reduces a heading to its words: folded, signs taken for spaces.
func headKey(s string) string {
	return strings.Join(strings.FieldsFunc(viet.Fold(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// understand looks a heading up: as it stands, without what is in brackets,
// and converted from the encodings that come with fonts.
func understand(head string) (meaning, bool) {
	if strings.TrimSpace(head) == "" {
		return meaning{}, false
	}
	for _, enc := range []viet.Encoding{viet.Unicode, viet.TCVN3, viet.VNI} {
		text := viet.Convert(enc, head)
		for _, key := range []string{headKey(text), headKey(withoutBrackets(text))} {
			if key == "dt" && !strings.ContainsAny(text, "đĐ") {
				continue // DT may be dân tộc as well as điện thoại
			}
			if m, ok := aliases[key]; ok {
				return m, true
			}
		}
	}
	return meaning{}, false
}

func withoutBrackets(s string) string {
	for {
		from := strings.IndexByte(s, '(')
		if from < 0 {
			return s
		}
		to := strings.IndexByte(s[from:], ')')
		if to < 0 {
			return s[:from]
		}
		s = s[:from] + " " + s[from+to+1:]
	}
}
