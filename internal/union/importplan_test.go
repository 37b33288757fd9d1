package union_test

import (
	"fmt"
	"strings"
	"testing"

	"dongbo/internal/union"
	"dongbo/internal/viet"

	"pgregory.net/rapid"
)

var (
	home  = [16]byte{1}
	other = [16]byte{2}
)

// register is the smallest that a plan can be made against and applied to.
type register struct {
	members  []union.Member
	imported map[string]int // file and record key to index
}

func (g *register) where(field, value string) (out []union.Member) {
	for _, m := range g.members {
		if value != "" && m.Fields[field] == value {
			out = append(out, m)
		}
	}
	return out
}

func (g *register) ByNationalID(id string) []union.Member { return g.where("national_id", id) }
func (g *register) ByCard(n string) []union.Member        { return g.where("card_number", n) }
func (g *register) ByInsurance(n string) []union.Member   { return g.where("insurance_no", n) }

func (g *register) ByName(folded, birth string) (out []union.Member) {
	for _, m := range g.members {
		if m.UnitID == home && viet.Fold(m.Fields["full_name"]) == folded && m.Fields["birth_date"] == birth {
			out = append(out, m)
		}
	}
	return out
}

func (g *register) ByImport(file, key string) (union.Member, bool) {
	i, ok := g.imported[file+key]
	if !ok {
		return union.Member{}, false
	}
	return g.members[i], true
}

// apply does what a plan says, as an importer would.
func (g *register) apply(p union.Plan) {
	if g.imported == nil {
		g.imported = map[string]int{}
	}
	for _, d := range p.Decisions {
		at := -1
		switch d.Verdict {
		case union.New:
			at = len(g.members)
			g.members = append(g.members, union.Member{ID: [16]byte{9, byte(at >> 8), byte(at)}, UnitID: home, Fields: map[string]string{}})
		case union.Update, union.Same:
			for i, m := range g.members {
				if m.ID == d.Member.ID {
					at = i
				}
			}
		default:
			continue
		}
		for _, c := range d.Changes {
			g.members[at].Fields[c.Field] = c.To
		}
		g.imported[p.FileKey+d.Record.Key] = at
	}
}

// list makes records of "field=value; field=value" rows.
func list(rows ...string) []union.Record {
	var out []union.Record
	seen := map[string]int{}
	for i, row := range rows {
		seen[row]++
		out = append(out, union.Record{Line: i + 2, Key: fmt.Sprint(row, seen[row]), Fields: fields(row)})
	}
	return out
}

var short = map[string]string{"name": "full_name", "born": "birth_date", "id": "national_id", "card": "card_number", "bhxh": "insurance_no"}

func fields(row string) map[string]string {
	f := map[string]string{}
	for _, part := range strings.Split(row, ";") {
		if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			if long := short[k]; long != "" {
				k = long
			}
			f[k] = v
		}
	}
	return f
}

func member(n byte, unit [16]byte, row string) union.Member {
	return union.Member{ID: [16]byte{n}, UnitID: unit, Fields: fields(row)}
}

func verdicts(p union.Plan) string {
	var out []string
	for _, d := range p.Decisions {
		s := string(d.Verdict)
		for _, c := range d.Changes {
			if d.Verdict == union.Update {
				s += fmt.Sprintf(" %s:%s>%s", c.Field, c.From, c.To)
			}
		}
		for _, w := range d.Why {
			s += " " + string(w.Code)
		}
		if d.Verdict == union.Update || d.Verdict == union.Same {
			s += fmt.Sprintf(" #%d", d.Member.ID[0])
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestPlanImport(t *testing.T) {
	const an, born = "name=Nguyễn Văn An", "; born=1990-12-25"
	for _, c := range []struct {
		name string
		reg  []union.Member
		rows []string
		want string
	}{
		{"an empty register takes all as new", nil, []string{an + born, an + born}, "new, new"},
		{"the national id finds a member", []union.Member{member(1, home, an+"; id=079090000001")}, []string{"name=Nguyễn Văn Ân; id=079090000001" + born}, "update birth_date:>1990-12-25 full_name:Nguyễn Văn An>Nguyễn Văn Ân #1"},
		{"the card finds a member", []union.Member{member(1, home, an+"; card=BD1")}, []string{an + "; card=BD1"}, "same #1"},
		{"the insurance number finds a member", []union.Member{member(1, home, an+"; bhxh=7912345678")}, []string{an + "; bhxh=7912345678; phone=0912345678"}, "update phone:>0912345678 #1"},
		{"name and full birth date find a member", []union.Member{member(1, home, an+born)}, []string{"name=NGUYỄN VĂN AN" + born}, "same #1"},
		{"an empty cell erases nothing", []union.Member{member(1, home, an+born+"; phone=0912345678")}, []string{an + born + "; phone="}, "same #1"},
		{"a year does not make a known day less", []union.Member{member(1, home, an+born+"; id=079090000001")}, []string{an + "; born=1990; id=079090000001"}, "same #1"},
		{"another tone placement rewrites no name", []union.Member{member(1, home, "name=Lê Hòa"+born)}, []string{"name=Lê Hoà" + born}, "same #1"},
		{"a member of another unit is for a person to settle", []union.Member{member(1, other, an+"; id=079090000001")}, []string{an + "; id=079090000001"}, "possible_duplicate import.same_person_elsewhere"},
		{"a namesake in another unit is nobody", []union.Member{member(1, other, an+born)}, []string{an + born}, "new"},
		{"a deleted member does not rise by itself", []union.Member{{ID: [16]byte{1}, UnitID: home, Deleted: true, Fields: fields(an + "; id=079090000001")}}, []string{an + "; id=079090000001"}, "possible_duplicate import.deleted_member"},
		{"two numbers of two people disagree", []union.Member{member(1, home, an+"; id=079090000001"), member(2, home, "name=Lê Bé; card=BD2")}, []string{an + "; id=079090000001; card=BD2"}, "possible_duplicate import.ids_disagree"},
		{"a number with another name and birth date is doubted", []union.Member{member(1, home, an+born+"; id=079090000001")}, []string{"name=Lê Bé; born=1985; id=079090000001"}, "possible_duplicate import.same_number_other_name"},
		{"a number of somebody with another CCCD is doubted", []union.Member{member(1, home, an+"; id=079090000001; bhxh=7912345678")}, []string{an + "; id=079090000002; bhxh=7912345678"}, "possible_duplicate import.same_number_other_id"},
		{"a CCCD takes the place of an old card", []union.Member{member(1, home, an+"; id=012345678; bhxh=7912345678")}, []string{an + "; id=079090000002; bhxh=7912345678"}, "update national_id:012345678>079090000002 #1"},
		{"one national id twice in a file is an error", nil, []string{an + "; id=079090000001", "name=Lê Bé; id=079090000001"}, "new, error row.same_id_in_file"},
		{"the n-th namesake of the file is the n-th of the register", []union.Member{member(1, home, an+born+"; phone=1"), member(2, home, an+born+"; phone=2")}, []string{an + born + "; phone=3", an + born + "; phone=4"}, "update phone:1>3 #1, update phone:2>4 #2"},
		{"but the one that agrees is taken first", []union.Member{member(1, home, an+born+"; phone=1"), member(2, home, an+born+"; phone=2")}, []string{an + born + "; phone=2", an + born + "; phone=3"}, "same #2, update phone:1>3 #1"},
		{"a third namesake is new", []union.Member{member(1, home, an+born)}, []string{an + born, an + born}, "same #1, new"},
		{"a namesake with another national id is doubted", []union.Member{member(1, home, an+born+"; id=079090000001")}, []string{an + born + "; id=079090000002"}, "possible_duplicate import.same_name_other_id"},
		{"unless the other's row is in the file too, even below", []union.Member{member(1, home, an+born+"; id=079090000001")}, []string{an + born + "; id=079090000002", an + born + "; id=079090000001"}, "new, same #1"},
		{"a name alone decides nothing", []union.Member{member(1, home, an+"; born=1990")}, []string{an + "; born=1990"}, "possible_duplicate import.same_name_less_known"},
		{"nor does a year against a day", []union.Member{member(1, home, an+"; born=1990")}, []string{an + born}, "possible_duplicate import.same_name_less_known"},
		{"two rows that are one member are an error", []union.Member{member(1, home, an+"; id=079090000001; card=BD1")}, []string{an + "; id=079090000001", an + "; card=BD1"}, "error import.same_person_in_file, error import.same_person_in_file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := union.PlanImport("file", list(c.rows...), &register{members: c.reg}, home)
			if got := verdicts(p); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			for line, s := range p.Reasons("vi") {
				if s == "" || strings.Contains(s, "{") || strings.Contains(s, "field.") {
					t.Errorf("line %d: sentence %q", line, s)
				}
			}
		})
	}
}

func TestAFatalProblemMakesARowAnError(t *testing.T) {
	records := list("name=Lê An")
	records[0].Problems = []union.Problem{{Field: "national_id", Code: "digits_lost", Value: "1.2E+11", Fatal: true}}
	p := union.PlanImport("file", records, &register{}, home)
	if verdicts(p) != "error row.digits_lost" || !strings.HasPrefix(p.Reasons("vi")[2], "Số CCCD: “1.2E+11” đã mất chữ số.") {
		t.Errorf("got %s, %v", verdicts(p), p.Reasons("vi"))
	}
}

func TestAnOfferNotTakenIsNoChange(t *testing.T) {
	records := list("name=LÊ AN; id=79090000001; phone=912345678")
	records[0].Repairs = []union.Repair{
		{Field: "national_id", From: "79090000001", To: "079090000001"}, {Field: "phone", From: "912345678", To: "0912345678"}, {Field: "full_name", From: "LÊ AN", To: "Lê An"},
	}
	reg := &register{members: []union.Member{member(1, home, "name=Lê An; id=079090000001; phone=0912345678")}}
	if got := verdicts(union.PlanImport("file", records, reg, home)); got != "same #1" {
		t.Errorf("got %s", got)
	}
}

func TestARowKnownOnlyByNameIsRememberedFromTheFirstImport(t *testing.T) {
	reg := &register{}
	rows := list("name=Lê An", "name=Lê An", "name=Lê Bé; born=1985")
	reg.apply(union.PlanImport("file", rows, reg, home))
	if got := verdicts(union.PlanImport("file", rows, reg, home)); got != "same #9, same #9, same #9" {
		t.Errorf("got %s", got)
	}
	if got := verdicts(union.PlanImport("another file", rows[:1], reg, home)); got != "possible_duplicate import.same_name_less_known" {
		t.Errorf("got %s", got)
	}
}

func TestStatusWordsBecomeCodes(t *testing.T) {
	for in, want := range map[string]string{"Đang làm việc": "active", "NGHỈ THAI SẢN": "maternity", "nghỉ hưu": "retired", "active": "active", "Đi nước ngoài": "Đi nước ngoài"} {
		if got, _ := union.StatusCode(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestPlanningAgainChangesNothing: import any list into any register and plan
// it again: what was imported is the same. A row that was doubted may have had
// its doubt settled by another row (who got a new card, so that the old one's
// number is free); but that, too, comes to rest.
func TestPlanningAgainChangesNothing(t *testing.T) {
	pick := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	row := rapid.Custom(func(t *rapid.T) string {
		return "name=" + pick("Lê An", "LÊ AN", "Lê Bé", "Vũ Hòa", "Vũ Hoà").Draw(t, "name") +
			pick("", "; born=1990", "; born=1990-12-25", "; born=1990-12-26").Draw(t, "born") +
			pick("", "", "; id=079090000001", "; id=079090000002").Draw(t, "id") +
			pick("", "", "; card=BD1", "; card=BD2").Draw(t, "card") +
			pick("", "", "; bhxh=7912345678").Draw(t, "bhxh") +
			pick("", "; phone=1", "; phone=2").Draw(t, "phone")
	})
	rapid.Check(t, func(t *rapid.T) {
		reg := &register{}
		for i, r := range rapid.SliceOfN(row, 0, 4).Draw(t, "register") {
			unit := home
			if rapid.IntRange(0, 4).Draw(t, "unit") == 0 {
				unit = other
			}
			reg.members = append(reg.members, member(byte(10+i), unit, r))
			reg.members[i].Deleted = rapid.IntRange(0, 5).Draw(t, "deleted") == 0
		}
		records := list(rapid.SliceOfN(row, 0, 6).Draw(t, "file")...)
		last := union.PlanImport("file", records, reg, home)
		for round := 0; ; round++ {
			reg.apply(last)
			next := union.PlanImport("file", records, reg, home)
			moved := false
			for i, d := range next.Decisions {
				if d.Verdict != union.New && d.Verdict != union.Update {
					continue
				}
				moved = true
				if was := last.Decisions[i].Verdict; was != union.PossibleDuplicate && was != union.Error {
					t.Fatalf("row %d: %s\nthen %s", i, verdicts(last), verdicts(next))
				}
			}
			if !moved {
				return
			}
			if round > len(records) {
				t.Fatalf("no rest: %s", verdicts(next))
			}
			last = next
		}
	})
}
