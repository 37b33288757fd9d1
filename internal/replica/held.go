package replica

import (
	"dongbo/internal/fault"
	"dongbo/internal/regsql"
	"dongbo/schema"
)

// A server that is older than this program keeps columns that it does not know,
// but cannot take a table: it could judge neither who may write there nor what.
// It would refuse, and what was refused never comes to life. So rows of such a
// table that other programs write are held unsealed, where they stand and show,
// until the server knows the table; our own screens are told at once.

// sealable returns the tables that the server knows, as far as it has told.
func sealable(c *regsql.Conn) ([]*schema.Table, error) {
	knows, err := serverSchema(c)
	if err != nil || knows >= schema.Version {
		return schema.Tables(), err
	}
	var out []*schema.Table
	for _, t := range schema.Tables() {
		if t.Since <= knows {
			out = append(out, t)
		}
	}
	return out, nil
}

// serverSchema is the version of the server's declaration; before it has told,
// the first.
func serverSchema(c *regsql.Conn) (uint16, error) {
	n, err := metaInt(c, "server_schema")
	return uint16(max(n, 1)), err
}

func (r *Replica) mayEdit(t *schema.Table) error {
	if t.Since <= 1 {
		return nil
	}
	knows, err := serverSchema(r.w)
	if err == nil && t.Since > knows {
		err = fault.New("edit.server_older", "table", t.Name)
	}
	return err
}
