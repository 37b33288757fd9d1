package schema

import "sync"

// LatestFrom is where the numbers of Latest registers begin. A program that
// does not know a register must order its heads as one that does, and from the
// number it knows how.
const LatestFrom = 1 << 15

// mayLiveWithOthers refuses what programs of other releases could not live
// with: they have rows that lack the new column, writes that fill the register
// as they know it, and states that begin with the registers they know.
func (t *Table) mayLiveWithOthers() {
	since := t.Since
	for i := range t.Columns {
		c := &t.Columns[i]
		r := &t.registers[t.RegisterIndex(c.RegisterOf())]
		switch {
		case c.Since < since:
			t.refuse(c, "an older column stands behind a newer one: add at the end")
		case c.NotNull && c.Since > t.Since:
			t.refuse(c, "a column that was added later cannot be NOT NULL: rows stand without it")
		case c.Since != r.Since:
			t.refuse(c, "it joins a register that older programs write without it: give it one of its own")
		case r.No != t.Columns[r.Columns[0]].No:
			t.refuse(c, "a register has the number of its first column")
		case (r.Policy == Latest) != (r.No >= LatestFrom):
			t.refuse(c, "the registers numbered from LatestFrom on, and they alone, are Latest")
		}
		since = c.Since
	}
	if s := t.byName[t.Scope]; s != nil && (s.No != 1 || s.Type != ID || len(t.registers[0].Columns) != 1) {
		t.refuse(s, "the scope column is number 1, an ID and its own register: so older programs know whose the row is")
	}
}

// Any returns the table with that number. One that this program does not know
// becomes a table without a name, of which it knows the scope column alone:
// its rows are kept raw and handed on.
func Any(no uint16) *Table {
	if t := ByNo(no); t != nil {
		return t
	}
	return nameless(no)
}

func nameless(no uint16) *Table {
	if t, ok := unknown.Load(no); ok {
		return t.(*Table)
	}
	scope := unit()
	scope.Name = "unit_id"
	t := &Table{No: no, Scope: scope.Name, Columns: []Column{scope}}
	t.index()
	kept, _ := unknown.LoadOrStore(no, t) // the same for ever: tables are compared
	return kept.(*Table)
}

var unknown sync.Map // number → *Table

// Known tells whether this program's declaration has the table.
func (t *Table) Known() bool { return t.Name != "" }

// As returns the table as the declaration of that version has it.
func (t *Table) As(version uint16) *Table {
	if t.Since > version {
		return nameless(t.No)
	}
	old := *t
	old.Columns = nil
	for _, c := range t.Columns {
		if c.Since <= version {
			old.Columns = append(old.Columns, c)
		}
	}
	old.index()
	return &old
}

// Become makes this process a program of another release, which has what is
// added up to that version: a table of a name that is taken adds its columns to
// that one. It is for the TestMain of tests in which programs of different
// releases live together, before anything else has run.
func Become(version uint16, added ...Table) {
	Version = version
	for _, a := range added {
		a.Columns = append([]Column(nil), a.Columns...)
		t := ByName(a.Name)
		if t == nil {
			t = &a
			if a.Since > version {
				continue
			}
			tables = append(tables, t)
			t.enter()
			t.Columns = t.As(version).Columns
			t.index()
			continue
		}
		for _, c := range a.Columns {
			if c.Since <= version {
				t.Columns = append(t.Columns[:len(t.Columns):len(t.Columns)], c)
			}
		}
		t.index()
	}
	link()
}
