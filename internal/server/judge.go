package server

import (
	"errors"
	"slices"

	"dongbo/internal/change"
	"dongbo/internal/merge"
	"dongbo/internal/wire"
	"dongbo/schema"
)

// refusal is the verdict that quarantines a change: a permanent code, and
// where: "member.national_id". It travels as an error through the judging only.
type refusal struct {
	code, detail string
	on           change.ID // what the change rests on and is missing: it may come again
	waits        bool      // and waits itself
}

func (r *refusal) Error() string { return r.code + " " + r.detail }

func refuse(code string, t *schema.Table, column string) error {
	detail := ""
	if t != nil {
		detail = t.Name
	}
	if column != "" {
		detail += "." + column
	}
	return &refusal{code: code, detail: detail}
}

// staged is what a change would do.
type staged struct {
	signed    *change.Change
	effective *change.Change // equal to signed where nothing was expanded
	rows      []stagedRow
	tree      *tree  // lies on the ordering's
	read      uint64 // how far the author had read the log, as it is numbered now
	own       bool   // the server's own
	foreign   bool   // its author did not know that another log holds a row now
	behind    []behind
	echo      *echo // where it is one
}

// stagedRow is one row before and after.
type stagedRow struct {
	write      *change.RowWrite
	before     *merge.Row // nil: the change creates it
	after      *merge.Row
	touched    []uint16
	unitBefore change.ID
	unitAfter  change.ID
	log        change.ID // that holds it before the change
	late       bool      // its author had the right where he stood, and has it no more
}

func (st *staged) effectiveBody() []byte {
	if st.effective == st.signed {
		return nil
	}
	return st.effective.Append(nil)
}

// judge decides on a change. Its error is a refusal or the store's. The author
// is nil where the server itself wrote.
func (o *ordering) judge(c *change.Change, author *Device) (*staged, error) {
	st := &staged{signed: c, effective: c, read: o.readOf(c), tree: o.tree.over(), own: author == nil, echo: o.echoing}
	st.behind, o.after = o.after, nil
	if o.echoing = nil; st.echo != nil {
		st.behind = []behind{st.echo.of}
	}
	if err := checkErased(c); err != nil {
		return st, err
	}
	if err := o.expand(st, author); err != nil {
		return st, err
	}
	if err := o.recall(st); err != nil {
		return st, err
	}
	if err := o.passErased(st, author); err != nil {
		return st, err
	}
	if author != nil && c.Person != author.Person {
		return st, refuse(codeMandatePerson, nil, "")
	}
	if len(c.Rows) > change.MaxRows || wire.EstimateSize(st.effective) > wire.MaxChange {
		return st, refuse(codeTooLarge, nil, "")
	}
	for i := range st.effective.Rows {
		if err := o.stage(st, &st.effective.Rows[i]); err != nil {
			return st, err
		}
	}
	for i := range st.rows {
		if err := o.checkUnit(st, &st.rows[i]); err != nil {
			return st, err
		}
	}
	for i := range st.rows {
		if err := o.checkPlace(st, &st.rows[i], author); err != nil {
			return st, err
		}
		if st.own {
			continue
		}
		if err := o.checkTransfer(st, &st.rows[i], author); err != nil {
			return st, err
		}
		if err := o.checkSame(st, &st.rows[i], author); err != nil {
			return st, err
		}
	}
	return st, nil
}

// stage loads or makes a row, checks what is written and merges it.
func (o *ordering) stage(st *staged, rw *change.RowWrite) error {
	t := schema.ByNo(rw.Table)
	if t == nil {
		return &refusal{code: codeSchemaUnknown}
	}
	for i := range st.rows {
		if r := &st.rows[i]; r.after.Table == t && r.after.ID == rw.ID {
			return refuse(codeInvalid, t, "")
		}
	}
	r := stagedRow{write: rw, touched: make([]uint16, len(rw.Writes))}
	for i, w := range rw.Writes {
		if slices.Contains(r.touched[:i], w.Reg) {
			return refuse(codeInvalid, t, "")
		}
		r.touched[i] = w.Reg
		if err := checkValues(t, w); err != nil && !o.died(w) && !emptied(rw, w) {
			return err
		}
	}
	if err := o.find(st, t, &r); err != nil {
		return err
	}
	r.after.Apply(st.signed.Dot, rw)
	for _, no := range r.touched {
		if len(r.after.Heads(no)) > merge.MaxHeads {
			return refuse(codeHeadsFull, t, firstColumn(t, no))
		}
	}
	if r.unitAfter = r.after.Unit(); t == unitTable {
		st.tree.put(r.after.ID, nodeOf(r.after))
	}
	st.rows = append(st.rows, r)
	return nil
}

// find fills in the row as it stands, or a new one.
func (o *ordering) find(st *staged, t *schema.Table, r *stagedRow) error {
	rw := r.write
	old, err := o.tx.Row(t, rw.ID)
	if err != nil {
		return err
	}
	if rw.Creates {
		return st.create(t, r, old)
	}
	if old == nil || old.Birth != rw.Birth {
		link, known, err := o.tx.Link(rw.Birth.Dot)
		if err != nil {
			return err
		}
		if known && link.Refused {
			if waits, err := o.waitingAt(rw.Birth.Dot); err != nil {
				return err
			} else if waits != nil {
				return &refusal{code: codeRowUnknown, detail: t.Name, on: rw.ID, waits: true}
			}
			return refuse(codeCreationRefused, t, "")
		}
		return missing(refuse(codeRowUnknown, t, ""), rw.ID)
	}
	if len(rw.Writes) > 0 && old.Posted() {
		return refuse(codePosted, t, "")
	}
	r.before, r.after, r.unitBefore = old, old.Clone(), old.Unit()
	return nil
}

// create makes the row that the change creates.
func (st *staged) create(t *schema.Table, r *stagedRow, old *merge.Row) error {
	rw := r.write
	switch {
	case old != nil:
		return refuse(codeRowExists, t, "")
	case rw.ID.IsZero() || rw.Birth.Dot != st.signed.Dot || rw.Birth.I >= change.MaxRows:
		return refuse(codeInvalid, t, "")
	}
	for i := range st.rows {
		if other := st.rows[i].write; other.Creates && other.Birth.I == rw.Birth.I {
			return refuse(codeInvalid, t, "")
		}
	}
	for _, reg := range t.Registers() {
		if slices.Contains(r.touched, reg.No) {
			continue
		}
		for _, ci := range reg.Columns {
			if t.Columns[ci].NotNull {
				return refuse(codeValueType, t, t.Columns[ci].Name)
			}
		}
	}
	r.after = merge.NewRow(t, rw.ID, rw.Birth)
	return nil
}

// checkValues holds a register's values against their columns. Registers that
// this program does not know are kept as they come.
func checkValues(t *schema.Table, w change.Write) error {
	if len(w.Vals) == 0 {
		return refuse(codeInvalid, t, "")
	}
	if w.Reg == schema.Alive {
		if len(w.Vals) != 1 || w.Vals[0] != change.Int(0) && w.Vals[0] != change.Int(1) {
			return refuse(codeInvalid, t, "")
		}
		return nil
	}
	i := t.RegisterIndex(w.Reg)
	if i < 0 {
		return nil
	}
	columns := t.Registers()[i].Columns
	if len(columns) != len(w.Vals) {
		return refuse(codeValueType, t, firstColumn(t, w.Reg))
	}
	for j, ci := range columns {
		if c := &t.Columns[ci]; !fits(c, w.Vals[j]) {
			return refuse(codeValueType, t, c.Name)
		}
	}
	return nil
}

func fits(c *schema.Column, v change.Value) bool {
	if v.IsNull() {
		return !c.NotNull
	}
	switch c.Type {
	case schema.Integer, schema.Money, schema.Time:
		return v.Kind() == change.KindInt
	case schema.Real:
		return v.Kind() == change.KindReal
	case schema.ID:
		_, ok := v.ID()
		return ok
	default:
		return v.Kind() == change.KindText
	}
}

func firstColumn(t *schema.Table, no uint16) string {
	if names := t.RegisterColumns(no); len(names) > 0 {
		return names[0]
	}
	return ""
}

// checkUnit holds the tree of units together: what is named exists, nothing
// stands above itself, there is one root.
func (o *ordering) checkUnit(st *staged, r *stagedRow) error {
	t := r.after.Table
	if _, ok := st.tree.node(r.unitAfter); !ok {
		return missing(refuse(codeUnitUnknown, t, t.Scope), r.unitAfter)
	}
	if t != unitTable {
		return nil
	}
	n, _ := st.tree.node(r.after.ID)
	for _, above := range []struct {
		id     change.ID
		column string
	}{{n.parent, "parent_id"}, {n.manager, "managed_by_id"}} {
		if _, ok := st.tree.node(above.id); !above.id.IsZero() && !ok {
			return missing(refuse(codeUnitUnknown, t, above.column), above.id)
		}
	}
	if n.parent.IsZero() != (r.after.ID == st.tree.root) {
		return refuse(codeUnitRoot, t, "parent_id")
	}
	if _, ok := st.tree.line(r.after.ID); !ok {
		return refuse(codeUnitCycle, t, "parent_id")
	}
	return nil
}

// checkPlace judges the author's right, before and after, and then the log: who
// has no right at all often knows no log either, and is told of the right.
func (o *ordering) checkPlace(st *staged, r *stagedRow, author *Device) error {
	if err := o.checkAuthor(st, r, author); err != nil {
		return err
	}
	if err := o.checkLog(st, r); err != nil {
		return err
	}
	return o.checkProvince(st, r)
}

// checkAuthor asks for the author's right now or, failing that, where he stood.
func (o *ordering) checkAuthor(st *staged, r *stagedRow, author *Device) error {
	if author == nil {
		return nil
	}
	err := o.checkRights(st, r, author)
	if no := (*refusal)(nil); !errors.As(err, &no) {
		return err
	}
	allowed, failed := o.wasAllowed(st, r, author)
	if failed != nil {
		return failed
	}
	if r.late = allowed; allowed {
		return nil
	}
	return err
}

// checkRights asks for the author's right to the row as it was and as it is.
func (o *ordering) checkRights(st *staged, r *stagedRow, author *Device) error {
	if r.before != nil {
		if err := o.checkRight(o.tree, r.before, author); err != nil {
			return err
		}
	}
	return o.checkRight(st.tree, r.after, author)
}

// checkRight asks for a mandate over the row as it stands. A unit is judged by
// those above it.
func (o *ordering) checkRight(tr *tree, r *merge.Row, author *Device) error {
	t, unit := r.Table, r.Unit()
	if t == unitTable {
		if n, _ := tr.node(unit); !n.parent.IsZero() {
			unit = n.parent
		}
	}
	if err := o.checkMandate(tr, t, unit, author); err != nil {
		return err
	}
	return o.checkAnswer(tr, r, author)
}

// checkMandate asks for a mandate over a unit that lets its holder write the table.
func (o *ordering) checkMandate(tr *tree, t *schema.Table, unit change.ID, author *Device) error {
	mandates, err := o.mandatesOf(author.Person)
	if err != nil {
		return err
	}
	code := codeMandateUnit
	above := tr.above(unit)
	for _, m := range mandates {
		if !slices.Contains(above, m.Unit) {
			continue
		}
		if m.Role >= t.Writer {
			return nil
		}
		code = codeMandateTable
	}
	return missing(refuse(code, t, ""), author.Person)
}
