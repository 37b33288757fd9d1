package schema

import (
	"fmt"
	"strings"
)

// Hidden columns of every synced table on SQLite. They are local to the file,
// never synced, and are how our own writes are told from other programs': one
// of ours always changes Birth or Version in the same statement.
const (
	BirthColumn   = "sync_birth"   // the row's birth dot, packed; NULL: written by another program, not yet sealed
	VersionColumn = "sync_version" // which dots the registers stand at; NULL: all at the birth dot
)

// LeavingMark is the Version that our code sets on a row before it removes it,
// so that the capture trigger lets the row go.
const LeavingMark = "X'00'"

// ShadowTable names the table that keeps rows as they stood before another
// program replaced or deleted them.
func (t *Table) ShadowTable() string { return "sync_old_" + t.Name }

// CaptureTable holds, for each register column that another program updated,
// the value that stood there before.
const CaptureTable = "sync_capture"

// Why FAIL: with the default ABORT, SQLite opens a statement journal for every
// insert on a table that has a trigger and copies each page it touches; that
// more than doubles the cost of an insert. With FAIL it need not. The price: of
// a many-row INSERT that meets an existing id, the rows before it stay, where
// the program did not say OR ABORT or open a transaction.
const onConflict = " ON CONFLICT FAIL"

// CreateTable returns the SQLite DDL of t. Plain leaves out what exists for
// sync only: the yardstick that the benchmarks measure against.
func (t *Table) CreateTable(plain bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s (\n  id BLOB NOT NULL%s PRIMARY KEY%s DEFAULT (%s)", t.Name, onConflict, onConflict, NewIDSQL())
	for i := range t.Columns {
		c := &t.Columns[i]
		fmt.Fprintf(&b, ",\n  %s %s", c.Name, c.SQLType())
		if c.NotNull {
			b.WriteString(" NOT NULL" + onConflict)
		}
	}
	if !plain {
		fmt.Fprintf(&b, ",\n  %s INTEGER,\n  %s BLOB", BirthColumn, VersionColumn)
	}
	b.WriteString("\n) STRICT, WITHOUT ROWID")
	return b.String()
}

// SQLType is the column's type on SQLite.
func (c *Column) SQLType() string {
	switch c.Type {
	case Integer, Money, Time:
		return "INTEGER"
	case Real:
		return "REAL"
	case ID:
		return "BLOB"
	default:
		return "TEXT"
	}
}

// BirthIndex finds a row by the change that made it; its NULLs are the rows
// that other programs inserted and nobody sealed yet, so that inserts need no
// log of their own.
func (t *Table) BirthIndex() string {
	return fmt.Sprintf("CREATE INDEX sync_birth_%s ON %s(%s)", t.Name, t.Name, BirthColumn)
}

// CreateShadow returns the DDL of the shadow table.
func (t *Table) CreateShadow() string {
	return fmt.Sprintf("CREATE TABLE %s (id BLOB PRIMARY KEY%s, %s, %s, %s) WITHOUT ROWID",
		t.ShadowTable(), onConflict, t.columnList(), BirthColumn, VersionColumn)
}

// columnList names the declared columns, id not among them.
func (t *Table) columnList() string {
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = t.Columns[i].Name
	}
	return strings.Join(names, ", ")
}

// keepInShadow copies a row as it stands into the shadow table.
func (t *Table) keepInShadow(where string) string {
	all := "id, " + t.columnList() + ", " + BirthColumn + ", " + VersionColumn
	return fmt.Sprintf("INSERT OR IGNORE INTO %s (%s) SELECT %s FROM %s WHERE %s", t.ShadowTable(), all, all, t.Name, where)
}

// CreateCapture is the DDL of the capture table, one for all tables.
const CreateCapture = "CREATE TABLE " + CaptureTable + " (tbl INTEGER, id BLOB, col INTEGER, old ANY, PRIMARY KEY (tbl, id, col)" + onConflict + ") STRICT, WITHOUT ROWID"

// Trigger is one capture trigger.
type Trigger struct{ Name, SQL string }

// Triggers returns the triggers that capture other programs' writes to t. They
// use nothing that SQLite 3.40 does not have built in.
func (t *Table) Triggers() []Trigger {
	out := []Trigger{t.insertTrigger(), t.idTrigger(), t.deleteTrigger()}
	if t.Frozen != "" {
		out = append(out, t.frozenTriggers()...)
	}
	for i := range t.Columns {
		out = append(out, t.updateTrigger(&t.Columns[i]))
	}
	return out
}

// stranger is true for a write that is not ours.
const stranger = "NEW." + VersionColumn + " IS OLD." + VersionColumn

func (t *Table) insertTrigger() Trigger {
	return t.trigger("insert", fmt.Sprintf(`BEFORE INSERT ON %[1]s
WHEN NEW.sync_birth IS NULL AND (length(NEW.id) <> 16 OR EXISTS (SELECT 1 FROM %[1]s WHERE id = NEW.id)) BEGIN
  SELECT RAISE(FAIL, 'id phải là BLOB 16 byte; hãy bỏ trống để được cấp (id must be a 16-byte BLOB; leave it out to get one)') WHERE length(NEW.id) <> 16;
  %[3]s%[2]s;
END`, t.Name, t.keepInShadow("id = NEW.id AND sync_birth IS NOT NULL"), t.frozenReplace()))
}

// frozenReplace refuses INSERT OR REPLACE over a row that may not change.
func (t *Table) frozenReplace() string {
	if t.Frozen == "" {
		return ""
	}
	return fmt.Sprintf("SELECT RAISE(FAIL, '%s') FROM %s WHERE id = NEW.id AND (%s);\n  ",
		frozenSentence, t.Name, strings.ReplaceAll(t.Frozen, "OLD.", ""))
}

func (t *Table) idTrigger() Trigger {
	return t.trigger("id", fmt.Sprintf(`BEFORE UPDATE OF id ON %s WHEN NEW.id IS NOT OLD.id BEGIN
  SELECT RAISE(FAIL, 'không được đổi id của bản ghi (the id of a row never changes)');
END`, t.Name))
}

func (t *Table) deleteTrigger() Trigger {
	return t.trigger("delete", fmt.Sprintf(`BEFORE DELETE ON %s WHEN OLD.sync_birth IS NOT NULL AND OLD.sync_version IS NOT %s BEGIN
  %s;
END`, t.Name, LeavingMark, t.keepInShadow("id = OLD.id")))
}

const frozenSentence = "bản ghi đã ghi sổ không sửa, không xóa; hãy lập bản ghi điều chỉnh (a posted row is never changed or deleted; enter a reversing row)"

func (t *Table) frozenTriggers() []Trigger {
	return []Trigger{
		t.trigger("frozen_update", fmt.Sprintf(`BEFORE UPDATE OF %s ON %s WHEN %s AND (%s) BEGIN
  SELECT RAISE(FAIL, '%s');
END`, t.columnList(), t.Name, stranger, t.Frozen, frozenSentence)),
		t.trigger("frozen_delete", fmt.Sprintf(`BEFORE DELETE ON %s WHEN OLD.sync_version IS NOT %s AND (%s) BEGIN
  SELECT RAISE(FAIL, '%s');
END`, t.Name, LeavingMark, t.Frozen, frozenSentence)),
	}
}

func (t *Table) updateTrigger(c *Column) Trigger {
	return t.trigger("update_"+c.Name, fmt.Sprintf(`AFTER UPDATE OF %[2]s ON %[1]s WHEN %[3]s AND OLD.sync_birth IS NOT NULL AND NEW.%[2]s IS NOT OLD.%[2]s BEGIN
  INSERT OR IGNORE INTO %[4]s VALUES (%[5]d, OLD.id, %[6]d, OLD.%[2]s);
END`, t.Name, c.Name, stranger, CaptureTable, t.No, c.No))
}

func (t *Table) trigger(what, body string) Trigger {
	name := "sync_" + t.Name + "_" + what
	return Trigger{Name: name, SQL: "CREATE TRIGGER " + name + " " + body}
}

// NewIDSQL is an SQL expression for a fresh id, shaped like a UUIDv7 (48 bits
// of milliseconds, so that rows made together lie together; the rest random).
// It uses SQLite 3.40 built-ins only, so that any program can insert.
func NewIDSQL() string {
	const ms = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
	var b strings.Builder
	b.WriteString("CAST(")
	for shift := 40; shift >= 0; shift -= 8 {
		fmt.Fprintf(&b, "substr(%s, 1 + ((%s >> %d) & 255), 1) || ", byteTable(0, 256), ms, shift)
	}
	fmt.Fprintf(&b, "substr(%s, 1 + (random() & 15), 1) || randomblob(1) || ", byteTable(0x70, 16))
	fmt.Fprintf(&b, "substr(%s, 1 + (random() & 63), 1) || randomblob(7) AS BLOB)", byteTable(0x80, 64))
	return b.String()
}

// byteTable is a blob literal of n consecutive bytes: SQLite 3.40 has no other
// way from a number to a byte.
func byteTable(from, n int) string {
	var b strings.Builder
	b.WriteString("X'")
	for i := range n {
		fmt.Fprintf(&b, "%02X", from+i)
	}
	b.WriteString("'")
	return b.String()
}
