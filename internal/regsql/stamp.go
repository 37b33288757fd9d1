package regsql

import (
	"fmt"

	"dongbo/schema"
)

// Stamp says which program wrote a file last: the format of what it keeps
// beside the declared tables, and the version of the declaration. It stands in
// SQLite's user_version, so that each transaction may ask for it.
type Stamp struct{ Format, Schema uint16 }

func (s Stamp) String() string { return fmt.Sprintf("%d.%d", s.Format, s.Schema) }

// Newer tells whether a program of that format and of this process's
// declaration must keep its hands off the file.
func (s Stamp) Newer(format uint16) bool { return s.Format > format || s.Schema > schema.Version }

// UnpackStamp reads a stamp as user_version holds it.
func UnpackStamp(n int64) Stamp { return Stamp{uint16(n >> 16), uint16(n)} }

// Stamp reads the file's stamp; of a new file it is zero.
func (c *Conn) Stamp() (Stamp, error) {
	n, err := c.Int("PRAGMA user_version")
	return UnpackStamp(n), err
}

// SetStamp writes the stamp of this program.
func (c *Conn) SetStamp(format uint16) error {
	return c.Exec(fmt.Sprintf("PRAGMA user_version = %d", int64(format)<<16|int64(schema.Version)))
}
