package server_test

import "testing"

func TestTwoOfficesAndTheProvinceEndWithTheSameRegister(t *testing.T) {
	w := newWorld(t)
	a, b, p := w.enroll("a", "A", "officer"), w.enroll("b", "B", "officer"), w.enroll("p", "P1", "staff")
	an := w.member(a, "A", "Nguyễn Văn An", "001090000001")
	binh := w.member(b, "B", "Trần Thị Bình", "001090000002")
	w.sync(a, b, p, a)
	if p.value("member", an, "full_name") != "Nguyễn Văn An" || p.value("member", binh, "full_name") == "-" || a.value("member", binh, "full_name") != "-" {
		t.Error("the province sees both, an office only its own")
	}
	w.edit(a, "A", an, set{"phone": "0912345678"})
	w.edit(p, "A", an, set{"phone": "0987654321", "notes": "gọi lại"})
	w.sync(a, p, a)
	for _, d := range []*device{a, p} {
		r := d.view("member", an)
		if len(r.Conflicts()) != 1 || r.Value("phone").Text() != "0912345678" || r.Value("notes").Text() != "gọi lại" {
			t.Errorf("conflicts %v, phone %s", r.Conflicts(), r.Value("phone"))
		}
	}
}
