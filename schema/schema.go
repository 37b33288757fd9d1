// Package schema says once what the register stores and how it merges.
//
// A Table is a kind of record; every table has an id (16 bytes) and a scope
// column that names the unit whose row it is. A Column carries its type, its
// sensitivity Class and its place in a Register: one column, or one named
// group of columns that only make sense together. A Register is the grain of
// merging: two writes to it that have not seen each other are a conflict, or,
// where the Policy says Latest, the later one is shown.
//
// Everything else follows from this declaration: SQLite tables and capture
// triggers (sqlite.go), validation, the wire's masks, import and export.
//
// Table and column numbers are permanent: they stand in files, signatures and
// logs of every replica ever enrolled. Never renumber, never reuse; add at the
// end. STRICT types and NOT NULL are promises for ever.
package schema

import "fmt"

// Version is the version of the declaration. It grows by one with every
// release that adds a table or a column.
const Version = 2

// Type is a column's storage type, the same on every store.
type Type uint8

// The storage types. ID is a 16-byte BLOB; Date is text YYYY, YYYY-MM or
// YYYY-MM-DD; Money is a whole number of đồng.
const (
	Text Type = iota
	Integer
	Real
	ID
	Date
	Money
	Time // milliseconds since 1970, UTC; for people, never for merging
)

// Class is a column's sensitivity under the law on personal data
// (Law 91/2025/QH15, Decree 356/2025/NĐ-CP). Rows are hashed and logged per class.
type Class uint8

// The classes.
const (
	Basic Class = iota
	Sensitive
	Finance
	Classes = 3
)

// Policy says what becomes of two writes that have not seen each other.
type Policy uint8

// The policies. Append tables take rows and never change them.
const (
	Review Policy = iota
	Latest
)

// Role is what a mandate lets a person do. A higher role includes the lower.
type Role uint8

// The roles, by rising power.
const (
	NoRole Role = iota
	Officer
	Staff
	Admin
	ServerOnly // no person has it
)

// ParseRole reads a role as commands and mandates spell it.
func ParseRole(s string) (Role, bool) {
	for r := Officer; r <= Admin; r++ {
		if r.String() == s {
			return r, true
		}
	}
	return NoRole, false
}

func (r Role) String() string { return [...]string{"none", "officer", "staff", "admin", "server"}[r] }

// Alive is the number of the hidden register that every row has: whether the
// row exists. Deleting is a write to it.
const Alive = 0

// Column is one declared column.
type Column struct {
	No       uint16
	Name     string
	Type     Type
	NotNull  bool
	Class    Class
	Policy   Policy
	Register uint16 // the group's number; 0: the column is its own register
	Ref      string // the table that this ID column names, if any
	GoesWith bool   // the row goes along when the row that Ref names moves
}

// Table is one declared table.
type Table struct {
	No        uint16
	Name      string
	Scope     string // the column that says whose row it is; "id" for units
	Published bool   // superiors publish its rows to everything below them
	Writer    Role   // the lowest role that may write it
	Frozen    string // SQL condition under which a row may no longer change ("1": append); empty: never
	FrozenBy  []string
	Columns   []Column

	registers  []Register
	references []Reference
	byName     map[string]*Column
}

// Register is one merge unit of a table: its columns in declared order.
type Register struct {
	No      uint16
	Policy  Policy
	Class   Class
	Columns []int // indexes into Table.Columns
}

// Registers returns the table's registers by rising number, Alive not among them.
func (t *Table) Registers() []Register { return t.registers }

// RegisterIndex returns the place of register no in Registers, or -1.
func (t *Table) RegisterIndex(no uint16) int {
	for i := range t.registers {
		if t.registers[i].No == no {
			return i
		}
	}
	return -1
}

// Column returns the named column, or nil.
func (t *Table) Column(name string) *Column { return t.byName[name] }

// RegisterOf returns the number of the register that holds c.
func (c *Column) RegisterOf() uint16 {
	if c.Register != 0 {
		return c.Register
	}
	return c.No
}

// ScopeRegister is the register of the scope column; 0 where the row is its
// own scope (units).
func (t *Table) ScopeRegister() uint16 {
	if c := t.byName[t.Scope]; c != nil {
		return c.No
	}
	return 0
}

// Reference is a column that names rows of another table.
type Reference struct {
	Table  *Table
	Column *Column
}

// References returns the columns that name rows of t.
func (t *Table) References() []Reference { return t.references }

// Tables returns every declared table by rising number.
func Tables() []*Table { return tables }

// ByNo returns the table with that permanent number, or nil.
func ByNo(no uint16) *Table {
	if int(no) < len(byNo) {
		return byNo[no]
	}
	return nil
}

// ByName returns the named table, or nil.
func ByName(name string) *Table { return byTableName[name] }

var (
	byNo        []*Table
	byTableName = map[string]*Table{}
)

func init() {
	for _, t := range tables {
		t.index()
		for int(t.No) >= len(byNo) {
			byNo = append(byNo, nil)
		}
		if byNo[t.No] != nil || byTableName[t.Name] != nil {
			panic(fmt.Sprintf("schema: table %s declared twice", t.Name))
		}
		byNo[t.No], byTableName[t.Name] = t, t
	}
	for _, t := range tables {
		for i := range t.Columns {
			c := &t.Columns[i]
			if to := byTableName[c.Ref]; to != nil {
				to.references = append(to.references, Reference{t, c})
			} else if c.Ref != "" {
				panic(fmt.Sprintf("schema: %s.%s names rows of no table", t.Name, c.Name))
			}
		}
	}
}

// index derives the registers and the name map, and refuses a declaration
// that contradicts itself: that is a programmer's mistake, found at start.
func (t *Table) index() {
	t.byName = make(map[string]*Column, len(t.Columns))
	last := uint16(0)
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.No <= last || t.byName[c.Name] != nil {
			panic(fmt.Sprintf("schema: %s.%s: number or name not rising and unique", t.Name, c.Name))
		}
		last, t.byName[c.Name] = c.No, c
		j := t.RegisterIndex(c.RegisterOf())
		if j < 0 {
			t.registers = append(t.registers, Register{No: c.RegisterOf(), Policy: c.Policy, Class: c.Class})
			j = len(t.registers) - 1
		}
		r := &t.registers[j]
		if r.Policy != c.Policy || r.Class != c.Class {
			panic(fmt.Sprintf("schema: %s.%s: policy or class differs within its register", t.Name, c.Name))
		}
		r.Columns = append(r.Columns, i)
	}
	if t.Scope != "id" && t.byName[t.Scope] == nil {
		panic(fmt.Sprintf("schema: %s: no scope column %s", t.Name, t.Scope))
	}
}
