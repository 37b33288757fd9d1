package finding_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"dongbo/internal/change"
	"dongbo/internal/finding"
	"dongbo/internal/merge"
	"dongbo/schema"
)

var an, here, there = change.ID{1}, change.ID{2}, change.ID{3}

// set is a row's values; a text of 16 bytes is no id, so ids are change.ID.
type set map[string]any

// row makes a row as one change makes it.
func row(table string, id change.ID, s set) *merge.Row {
	t := schema.ByName(table)
	r := merge.NewRow(t, id, change.Birth{Dot: change.Dot{W: 1, N: 1}})
	rw := change.RowWrite{Creates: true}
	for _, reg := range t.Registers() {
		w := change.Write{Reg: reg.No}
		for _, ci := range reg.Columns {
			v := change.Null
			switch x := s[t.Columns[ci].Name].(type) {
			case change.ID:
				v = change.IDValue(x)
			case string:
				v = change.Text(x)
			case int:
				v = change.Int(int64(x))
			}
			w.Vals = append(w.Vals, v)
		}
		rw.Writes = append(rw.Writes, w)
	}
	r.Apply(r.Birth.Dot, &rw)
	return r
}

func gone(r *merge.Row) *merge.Row {
	r.Apply(change.Dot{W: 1, N: 2}, &change.RowWrite{Writes: []change.Write{{Vals: []change.Value{change.Int(0)}, Seen: r.AllDots()}}})
	return r
}

// record makes the n-th record of the member An.
func record(table string, n byte, s set) *merge.Row {
	if s["member_id"] == nil {
		s["member_id"] = an
	}
	return row(table, change.ID{100, n}, s)
}

func membership(n byte, in change.ID, from, to string) *merge.Row {
	return record("membership", n, set{"in_unit_id": in, "from_date": from, "to_date": to})
}

func position(n byte, office, from, to string) *merge.Row {
	return record("position", n, set{"office": office, "from_date": from, "to_date": to})
}

func wage(n byte, month string, base any) *merge.Row {
	return record("wage", n, set{"from_month": month, "base": base})
}

func TestWhatAMemberAndTheRecordsDisagreeOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		member  set
		records []*merge.Row
		want    []finding.Told
	}{
		{"a list brought in writes no records, and nothing disagrees", set{"status": "active", "union_role": "Chủ tịch", "wage_base": 5}, nil, nil},
		{"an open membership in the member's unit agrees", set{"status": "active"}, []*merge.Row{membership(1, here, "2020", "")}, nil},
		{"the only open membership is elsewhere", set{}, []*merge.Row{membership(1, here, "2020", "2024"), membership(2, there, "2024", "")},
			[]finding.Told{{finding.UnitDisagrees, change.ID{100, 2}}}},
		{"of two open memberships one is in the member's unit", set{}, []*merge.Row{membership(1, here, "2020", ""), membership(2, there, "2024", "")}, nil},
		{"a membership that names no unit says nothing of it", set{}, []*merge.Row{record("membership", 1, set{"from_date": "2020"})}, nil},
		{"a membership that ended elsewhere is history", set{}, []*merge.Row{membership(1, there, "2020", "2024")}, nil},
		{"left, and a membership is open", set{"status": "left"}, []*merge.Row{membership(1, here, "2020", "")},
			[]finding.Told{{finding.StatusDisagrees, change.ID{100, 1}}}},
		{"the status as a word is the same status", set{"status": "Đã chuyển đi"}, []*merge.Row{membership(1, here, "2020", "")},
			[]finding.Told{{finding.StatusDisagrees, change.ID{100, 1}}}},
		{"active, and every membership has ended; the last is shown", set{"status": "active"},
			[]*merge.Row{membership(1, here, "2018", "2020"), membership(2, here, "2020", "2024-05")},
			[]finding.Told{{finding.StatusDisagrees, change.ID{100, 2}}}},
		{"how it ended, without a date, is an end", set{"status": "active"}, []*merge.Row{record("membership", 1, set{"in_unit_id": here, "ended_how": "retired"})},
			[]finding.Told{{finding.StatusDisagrees, change.ID{100, 1}}}},
		{"on leave one stays a member", set{"status": "maternity"}, []*merge.Row{membership(1, here, "2020", "")}, nil},
		{"until the other side accepts a transfer the sender counts the member", set{"status": "transferring"}, []*merge.Row{membership(1, here, "2020", "")}, nil},
		{"proposed anew after leaving", set{"status": "proposed"}, []*merge.Row{membership(1, here, "2020", "2024")}, nil},
		{"no status says nothing", set{}, []*merge.Row{membership(1, here, "2020", "2024")}, nil},
		{"a status of the organisation's own says nothing", set{"status": "Đi biệt phái"}, []*merge.Row{membership(1, here, "2020", "2024")}, nil},
		{"the highest office counts", set{"union_role": "chair"}, []*merge.Row{position(1, "Tổ trưởng", "2024", ""), position(2, "Chủ tịch CĐCS", "2020", "")}, nil},
		{"the role is a lower office", set{"union_role": "group_leader"}, []*merge.Row{position(1, "Tổ trưởng", "2024", ""), position(2, "chair", "2020", "")},
			[]finding.Told{{finding.RoleDisagrees, change.ID{100, 2}}}},
		{"no role beside an office", set{}, []*merge.Row{position(1, "treasurer", "2024", "")}, []finding.Told{{finding.RoleDisagrees, change.ID{100, 1}}}},
		{"a plain member beside an office", set{"union_role": "Đoàn viên"}, []*merge.Row{position(1, "treasurer", "2024", "")},
			[]finding.Told{{finding.RoleDisagrees, change.ID{100, 1}}}},
		{"an office whose every term has ended", set{"union_role": "chair"}, []*merge.Row{position(1, "chair", "2018", "2023")},
			[]finding.Told{{finding.RoleDisagrees, change.ID{100, 1}}}},
		{"a plain member whose every term has ended", set{"union_role": "Đoàn viên"}, []*merge.Row{position(1, "chair", "2018", "2023")}, nil},
		{"two offices that no list knows rank alike", set{"union_role": "Tổ nữ công"}, []*merge.Row{position(1, "Quản trang", "2024", ""), position(2, "tổ nữ công", "2020", "")}, nil},
		{"a known office outranks an unknown one", set{"union_role": "Quản trang"}, []*merge.Row{position(1, "Quản trang", "2024", ""), position(2, "safety", "2020", "")},
			[]finding.Told{{finding.RoleDisagrees, change.ID{100, 2}}}},
		{"the newest wage counts", set{"wage_base": 6}, []*merge.Row{wage(1, "2023-01", 5), wage(2, "2024-01", 6)}, nil},
		{"the member has an older wage", set{"wage_base": 5}, []*merge.Row{wage(1, "2023-01", 5), wage(2, "2024-01", 6)},
			[]finding.Told{{finding.WageDisagrees, change.ID{100, 2}}}},
		{"the member has no wage", set{}, []*merge.Row{wage(1, "2023-01", 5)}, []finding.Told{{finding.WageDisagrees, change.ID{100, 1}}}},
		{"a record without an amount is passed over", set{"wage_base": 5}, []*merge.Row{wage(1, "2023-01", 5), wage(2, "2024-01", nil)}, nil},
		{"of two records of one month one agrees", set{"wage_base": 5}, []*merge.Row{wage(1, "2023-01", 6), wage(2, "2023-01", 5)}, nil},
		{"somebody else's record says nothing", set{"wage_base": 5}, []*merge.Row{record("wage", 1, set{"member_id": there, "from_month": "2023", "base": 9})}, nil},
		{"a deleted record says nothing", set{"wage_base": 5}, []*merge.Row{gone(wage(1, "2024", 9))}, nil},
		{"all at once", set{"status": "left", "union_role": "chair", "wage_base": 1},
			[]*merge.Row{membership(1, there, "2020", ""), position(2, "treasurer", "2020", ""), wage(3, "2020", 2)},
			[]finding.Told{{finding.UnitDisagrees, change.ID{100, 1}}, {finding.StatusDisagrees, change.ID{100, 1}},
				{finding.RoleDisagrees, change.ID{100, 2}}, {finding.WageDisagrees, change.ID{100, 3}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.member["unit_id"], c.member["full_name"] = here, "An"
			m := row("member", an, c.member)
			if got := finding.Disagree(m, c.records); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if got := finding.Disagree(gone(m), c.records); len(got) != 0 {
				t.Errorf("a deleted member: %v", got)
			}
		})
	}
}

func TestTheOrderOfTheRecordsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		date := rapid.SampledFrom([]string{"", "2020", "2020-05", "2024-01-31"})
		var records []*merge.Row
		for n := range byte(rapid.IntRange(0, 8).Draw(rt, "records")) {
			switch rapid.IntRange(0, 2).Draw(rt, "kind") {
			case 0:
				records = append(records, membership(n, rapid.SampledFrom([]change.ID{here, there}).Draw(rt, "in"), date.Draw(rt, "from"), date.Draw(rt, "to")))
			case 1:
				records = append(records, position(n, rapid.SampledFrom([]string{"chair", "Lạ", "Khác", "member"}).Draw(rt, "office"), date.Draw(rt, "from"), date.Draw(rt, "to")))
			default:
				records = append(records, wage(n, date.Draw(rt, "month"), rapid.IntRange(1, 3).Draw(rt, "base")))
			}
		}
		m := row("member", an, set{"unit_id": here, "full_name": "An", "wage_base": 2,
			"status":     rapid.SampledFrom([]string{"active", "left"}).Draw(rt, "status"),
			"union_role": rapid.SampledFrom([]string{"", "chair", "Lạ"}).Draw(rt, "role")})
		want := finding.Disagree(m, records)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)).Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		if got := finding.Disagree(m, records); !slices.Equal(got, want) {
			rt.Fatalf("got %v, want %v", got, want)
		}
	})
}
