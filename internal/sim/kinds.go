package sim

import (
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/server"
	"dongbo/schema"
)

// hang enters a wage of a member. It goes where the member goes, by the server.
func (w *world) hang(o *office, s *Step, member change.ID) error {
	key := rowKey{Table: schema.ByName("member").No, ID: member}
	is, err := o.state(key)
	row := is.rows[key]
	if err != nil || row == nil || !row.Exists() {
		return err
	}
	wage := w.newID()
	w.oracle.hung[wage] = member
	return w.write(o, s, false, replica.Edit{Table: "wage", ID: wage, Set: map[string]change.Value{
		"unit_id": change.IDValue(row.Unit()), "member_id": change.IDValue(member), "base": change.Int(int64(s.Reg) * 1_000_000)}})
}

// moves tells whether a register says where a row stands that another takes
// along: the server writes it too, so it is not held as a person's.
func moves(table, reg uint16) bool {
	t := schema.ByNo(table)
	return t.Name == "wage" && t.Column(t.Scope).RegisterOf() == reg
}

// together holds that what hangs on a member stands where he does.
func (w *world) together(tx server.Tx) error {
	member := schema.ByName("member")
	return tx.Rows(schema.ByName("wage"), func(wage *merge.Row) error {
		id, _ := wage.Value("member_id").ID()
		row, err := tx.Row(member, id)
		if err != nil || row == nil {
			return err
		}
		w.oracle.held[17]++
		if row.Unit() != wage.Unit() {
			return broken("a wage stands elsewhere than its member %s (I17)", id)
		}
		return nil
	})
}

// aheadReg is a column of a release to come.
const aheadReg = 400

// ahead lets an office write a column that no program here knows. On real files
// programs of several releases meet in package skew.
func (w *world) ahead(o *office, s *Step, member change.ID, value change.Value) error {
	d, ok := o.machine.(*desk)
	if !ok || o.gone {
		return nil
	}
	key := rowKey{Table: schema.ByName("member").No, ID: member}
	before, err := o.state(key)
	row := before.rows[key]
	if err != nil || !before.ready || row == nil || !row.Exists() {
		return err
	}
	d.seal(d.logOf(row.Unit()), replica.Kind(s.Seed>>1&1), change.RowWrite{Table: key.Table, ID: member, Birth: row.Birth, Writes: []change.Write{
		{Reg: aheadReg, Vals: []change.Value{value}, Seen: row.ShownDots(aheadReg)}}})
	return w.wrote(o, &before, []rowKey{key}, nil, false)
}

// written are the registers of a row that histories write, those of no program
// here among them.
func written(row *merge.Row) []uint16 { return slices.Concat(inPlay(row.Table), []uint16{aheadReg}) }
