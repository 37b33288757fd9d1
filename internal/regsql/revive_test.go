package regsql_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/regsql"
	"dongbo/schema"
	"dongbo/schema/schematest"
)

func TestMain(m *testing.M) {
	schematest.Become(schematest.Last)
	os.Exit(m.Run())
}

type names struct{}

func (names) Name(r change.Ref) change.ID { return change.ID{byte(r)} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// merged makes a row as a program of today's release merges these writes.
func merged(table string, id byte, writes ...change.Write) *merge.Row {
	birth := change.Birth{Dot: change.Dot{W: 1, N: uint64(id)}}
	r := merge.NewRow(schema.ByName(table).As(schematest.Today), change.ID{id}, birth)
	r.Apply(birth.Dot, &change.RowWrite{Creates: true, Writes: []change.Write{{Reg: 1, Vals: []change.Value{change.IDValue(change.ID{9})}}}})
	for i, w := range writes {
		w.Seen = r.HeadDots(w.Reg)
		r.Apply(change.Dot{W: 2, N: uint64(i + 1)}, &change.RowWrite{Writes: []change.Write{w}})
	}
	return r
}

func text(reg uint16, vals ...string) change.Write {
	w := change.Write{Reg: reg}
	for _, v := range vals {
		w.Vals = append(w.Vals, change.Text(v))
	}
	return w
}

func TestWhatFitsComesToLifeAndWhatDoesNotStaysRaw(t *testing.T) {
	c, err := regsql.Open(filepath.Join(t.TempDir(), "x.db"), regsql.Options{})
	must(t, err)
	defer c.Close()
	_, err = c.Migrate(true)
	must(t, err)
	name := text(2, "An", "1990", "1", "2020")
	amount := change.Write{Reg: 3, Vals: []change.Value{change.Int(900)}}
	kept := []*merge.Row{
		merged("member", 1, name, text(901, "@an"), text(903, "Mẹ", "0901")),
		merged("member", 2, name, text(902, "nhiều"), text(903, "một giá trị")), // no number; one value for two columns
		merged("member", 3, name, text(901, "@ba"), change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}}),
		merged("loan", 4, amount),
		merged("loan", 5), // its amount is required
		merged("loan", 6, amount, change.Write{Reg: schema.Alive, Vals: []change.Value{change.Int(0)}}),
	}
	for _, r := range kept {
		must(t, c.Save(r, regsql.Nowhere, nil))
	}
	var told []string
	must(t, c.Revive(schematest.Today, func(r *merge.Row, regs []uint16) error {
		if len(regs) > 2 {
			regs = nil
		}
		told = append(told, fmt.Sprintf("%s%d%v", r.Table.Name, r.ID[0], regs))
		return nil
	}))
	slices.Sort(told)
	if want := []string{"loan4[]", "loan6[]", "member1[901 903]", "member2[902 903]", "member3[901]"}; !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
	for i, want := range []regsql.Place{regsql.InTable, regsql.InTable, regsql.Gone, regsql.InTable, regsql.Nowhere, regsql.Gone} {
		was := kept[i]
		r, place, err := c.Load(schema.ByNo(was.Table.No), was.ID)
		if err != nil || place != want {
			t.Errorf("%s %d stands in %v, %v", was.Table.Name, was.ID[0], place, err)
		}
		if r != nil && r.Sums(names{}).Total() != was.Sums(names{}).Total() {
			t.Errorf("%s %d is another row", was.Table.Name, was.ID[0])
		}
	}
	row, err := c.One("SELECT group_concat(quote(messenger) || quote(allowance) || quote(guardian) || quote(guardian_phone)) FROM member")
	if got := regsql.TextOf(row[0]); err != nil || got != "'@an'NULL'Mẹ''0901',NULLNULLNULLNULL" {
		t.Errorf("the columns hold %s, %v", got, err)
	}
	left, err := c.Int("SELECT count(*) FROM sync_raw")
	if err != nil || left != 1 {
		t.Errorf("%d rows are raw, %v", left, err)
	}
}

func TestAFilesStampTellsItsFormatAndItsDeclaration(t *testing.T) {
	c, err := regsql.Open(filepath.Join(t.TempDir(), "x.db"), regsql.Options{})
	must(t, err)
	defer c.Close()
	must(t, c.SetStamp(3))
	s, err := c.Stamp()
	if err != nil || s != (regsql.Stamp{Format: 3, Schema: schematest.Last}) {
		t.Fatalf("%v, %v", s, err)
	}
	for _, newer := range []regsql.Stamp{{Format: 4, Schema: 1}, {Format: 1, Schema: schematest.Last + 1}} {
		if !newer.Newer(3) {
			t.Errorf("%v is newer in one of the two", newer)
		}
	}
	if s.Newer(3) {
		t.Error("its own file is not")
	}
}
