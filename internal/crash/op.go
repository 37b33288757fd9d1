package crash

import "fmt"

// Kind says what an operation does to a folder.
type Kind int

// The kinds of operations.
const (
	Open     Kind = iota // a file for writing; it is made where it is missing
	Write                // Data at Off
	Truncate             // to Off bytes
	Sync                 // of the file Name, or of the folder where Name is empty
	Remove
	Rename // Name to To
	Mark   // nothing on a disk: something was confirmed to a person
)

var kindNames = [...]string{"open", "write", "truncate", "sync", "remove", "rename", "mark"}

func (k Kind) String() string { return kindNames[k] }

// Op is one thing that a process did to a file of a watched folder.
type Op struct {
	Kind     Kind
	Side     int    // which of the watched folders
	Name, To string // a file in it
	Off      int64
	Data     []byte
}

func (o Op) String() string {
	switch o.Kind {
	case Write:
		return fmt.Sprintf("write %s, %d bytes at %d", o.Name, len(o.Data), o.Off)
	case Truncate:
		return fmt.Sprintf("truncate %s to %d", o.Name, o.Off)
	case Sync:
		if o.Name == "" {
			return "sync the folder"
		}
	case Rename:
		return fmt.Sprintf("rename %s to %s", o.Name, o.To)
	}
	return o.Kind.String() + " " + o.Name
}
