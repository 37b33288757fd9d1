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
//
// Programs of different releases live together: a program keeps what it does
// not know raw and hands it on (Any, release.go). What it must know of the
// unknown to do so stands in the numbers: register 1 of every table but unit is
// the scope column, and registers from LatestFrom on are Latest.
package schema

import "fmt"

// Declared is the version of the declaration in this folder. It grows by one
// with every release that adds a table or a column, which carry it as Since.
const Declared = 1

// Version is the version that this process runs: Declared, but in tests of
// programs of different releases (Become).
var Version uint16 = Declared

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
	Since    uint16 // the version that added it, where that is later than its table's
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
	Since     uint16 // the version that added it, where that is not the first

	registers  []Register
	registerAt []uint16 // by number: one more than the place in registers, 0 for none
	references []Reference
	byName     map[string]*Column
}

// Register is one merge unit of a table: its columns in declared order.
type Register struct {
	No      uint16
	Policy  Policy
	Class   Class
	Since   uint16
	Columns []int // indexes into Table.Columns
}

// Registers returns the table's registers by rising number, Alive not among them.
func (t *Table) Registers() []Register { return t.registers }

// RegisterColumns names the columns of a register, in declared order; none for
// Alive and for a register that this program does not know.
func (t *Table) RegisterColumns(no uint16) (names []string) {
	if i := t.RegisterIndex(no); i >= 0 && no != Alive {
		for _, ci := range t.registers[i].Columns {
			names = append(names, t.Columns[ci].Name)
		}
	}
	return names
}

// RegisterIndex returns the place of register no in Registers, or -1.
func (t *Table) RegisterIndex(no uint16) int {
	if int(no) < len(t.registerAt) {
		return int(t.registerAt[no]) - 1
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
		t.enter()
	}
	link()
}

// link notes which columns name rows of which table.
func link() {
	for _, t := range tables {
		t.references = nil
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

// enter makes the table one that this program knows.
func (t *Table) enter() {
	t.index()
	for int(t.No) >= len(byNo) {
		byNo = append(byNo, nil)
	}
	if byNo[t.No] != nil || byTableName[t.Name] != nil {
		panic(fmt.Sprintf("schema: table %s declared twice", t.Name))
	}
	byNo[t.No], byTableName[t.Name] = t, t
}

// index derives the registers and the name map, and refuses a declaration
// that contradicts itself: that is a programmer's mistake, found at start.
func (t *Table) index() {
	t.registers, t.registerAt, t.byName = nil, nil, make(map[string]*Column, len(t.Columns))
	last := uint16(0)
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.No <= last || t.byName[c.Name] != nil {
			t.refuse(c, "number or name not rising and unique")
		}
		c.Since = max(c.Since, t.Since)
		last, t.byName[c.Name] = c.No, c
		j := t.RegisterIndex(c.RegisterOf())
		if j < 0 {
			t.registers = append(t.registers, Register{No: c.RegisterOf(), Policy: c.Policy, Class: c.Class, Since: c.Since})
			j = len(t.registers) - 1
			t.registerAt = append(t.registerAt, make([]uint16, max(0, int(c.RegisterOf())+1-len(t.registerAt)))...)
			t.registerAt[c.RegisterOf()] = uint16(j + 1)
		}
		r := &t.registers[j]
		if r.Policy != c.Policy || r.Class != c.Class {
			t.refuse(c, "policy or class differs within its register")
		}
		r.Columns = append(r.Columns, i)
	}
	if t.Scope != "id" && t.byName[t.Scope] == nil {
		t.refuse(&Column{Name: t.Scope}, "no scope column of that name")
	}
	t.mayLiveWithOthers()
}

func (t *Table) refuse(c *Column, why string) {
	panic(fmt.Sprintf("schema: %s.%s: %s", t.Name, c.Name, why))
}
