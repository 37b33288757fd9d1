package unionstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dongbo/assets"
	"dongbo/internal/change"
	"dongbo/internal/replica"
	"dongbo/internal/sheet"
	"dongbo/internal/synth"
	"dongbo/internal/union"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

var member = schema.ByName("member")

// write exports to a file of that name, as the command does.
func write(t *testing.T, r *replica.Replica, name string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	x := unionstore.Export(r, member, 1)
	var cols []sheet.OutColumn
	for _, c := range x.Columns {
		cols = append(cols, sheet.OutColumn{Title: c.Title, Number: c.Number})
	}
	if err := sheet.WriteTable(t.Context(), sheet.Target{Path: path}, cols, x.Rows); err != nil {
		return path, err
	}
	book, err := sheet.Open(path, sheet.Options{Year: 2026})
	must(t, err)
	records, _ := book.Rows()
	var keys []string
	for _, rec := range records {
		keys = append(keys, rec.Key)
	}
	return path, x.Remember(r, book.Fingerprint(), keys)
}

func TestAnExportedListImportsBackAsTheSame(t *testing.T) {
	r := newOffice(t)
	for _, m := range synth.Members(3, 300, synth.Options{}) {
		set := map[string]change.Value{}
		for col, v := range m.Columns() {
			set[col], _ = change.FromAny(v)
		}
		add(t, r, office, set)
	}
	txt := change.Text
	for i, set := range []map[string]change.Value{
		{"birth_date": txt("1990-05"), "gender": txt("other")},
		{"birth_date": txt("1985"), "joined_on": txt("2011-04-03"), "notes": txt("hai dòng\nghi chú")},
		{"birth_date": txt("1990-04-03"), "national_id": txt("001190000001"), "phone": txt("02838123456")},
		{"birth_date": txt("1990-04-05"), "wage_base": change.Int(0), "wage_coef": change.Real(4.98)},
		{"birth_date": txt("1971-12-31"), "notes": txt("=1+1"), "status": txt("lạ")},
		{"birth_date": txt("1971-12-30"), "religion": txt("Không"), "ethnicity": txt("Kinh")},
	} {
		set["full_name"] = txt([]string{"Lò Thị Mây", "Vì Văn An", "Đỗ Ước", "Ung Lan", "Y Moan", "H’Hen Niê"}[i])
		add(t, r, office, set)
	}
	for _, c := range assets.Codelist("member_status") {
		add(t, r, office, map[string]change.Value{"full_name": txt("Trạng Thái " + c.Slug), "birth_date": txt("1980-01-01"), "status": txt(c.Slug)})
	}
	for _, name := range []string{"out.xlsx", "out.csv"} {
		path, err := write(t, r, name)
		must(t, err)
		book, err := sheet.Open(path, sheet.Options{Year: 2026})
		must(t, err)
		records, skipped := book.Rows()
		if len(book.Unknown()) > 0 || len(skipped) != 1 {
			t.Errorf("%s: unknown columns %v, skipped %v", name, book.Unknown(), skipped)
		}
		known, err := unionstore.Load(r, office)
		must(t, err)
		for _, d := range union.PlanImport(book.Fingerprint(), records, known, office).Decisions {
			if d.Verdict != union.Same {
				t.Errorf("%s line %d: %s %v %v %v", name, d.Record.Line, d.Verdict, d.Record.Fields["full_name"], d.Changes, d.Why)
			}
		}
	}
}

func TestMembersComeInTheOrderOfVietnameseNamesAndWords(t *testing.T) {
	r := newOffice(t)
	for _, name := range []string{"Trần Ước", "Nguyễn Văn Đạt", "Nguyễn Văn Dũng", "Lê An"} {
		add(t, r, office, map[string]change.Value{"full_name": change.Text(name), "gender": change.Text("female"), "birth_date": change.Text("1990-05-01"), "status": change.Text("active")})
	}
	x := unionstore.Export(r, member, 1)
	var names []string
	for row, err := range x.Rows {
		must(t, err)
		names = append(names, row[0])
		if row[1] != "01/05/1990" || row[2] != "Nữ" || row[16] != "Đang sinh hoạt" {
			t.Errorf("%v", row)
		}
	}
	if want := []string{"Lê An", "Nguyễn Văn Dũng", "Nguyễn Văn Đạt", "Trần Ước"}; !slices.Equal(names, want) {
		t.Errorf("%v", names)
	}
	if x.Columns[0].Title != "Họ và tên" || !x.Columns[19].Number {
		t.Errorf("%v", x.Columns)
	}
}

func TestAnExportIsWrittenDownAndGivesNoFileWhereItCannotBe(t *testing.T) {
	r := newOffice(t)
	add(t, r, office, map[string]change.Value{"full_name": change.Text("A")})
	_, err := write(t, r, "out.csv")
	must(t, err)
	var act, subject string
	var rows int
	var unit, person []byte
	must(t, r.DB().QueryRow("SELECT act, subject, row_count, unit_id, person_id FROM read_log").Scan(&act, &subject, &rows, &unit, &person))
	if act != "export" || subject != "member" || rows != 1 || change.ID(unit) != office || change.ID(person) != officer {
		t.Errorf("%s %s %d %x %x", act, subject, rows, unit, person)
	}
	fresh, err := replica.Create(filepath.Join(t.TempDir(), "new.db"), unready, replica.Identity{Device: change.ID{1}})
	must(t, err)
	defer fresh.Close()
	path, err := write(t, fresh, "out.csv")
	if err == nil {
		t.Error("a replica that cannot write the read log gave a list away")
	}
	if _, serr := os.Stat(path); !errors.Is(serr, os.ErrNotExist) {
		t.Errorf("left a file: %v", serr)
	}
}

func TestAnyTableIsExportedWholeWithItsIds(t *testing.T) {
	r := newOffice(t)
	x := unionstore.Export(r, schema.ByName("unit"), 1)
	n := 0
	for row, err := range x.Rows {
		must(t, err)
		n++
		if len(row) != len(schema.ByName("unit").Columns)+1 || len(row[0]) != 32 {
			t.Errorf("%v", row)
		}
	}
	if n != 4 || x.Columns[0].Title != "id" || x.Columns[1].Title != "code" {
		t.Errorf("%d rows, %v", n, x.Columns)
	}
}
