package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dongbo/assets"
	"dongbo/internal/change"
	"dongbo/internal/fault"
	"dongbo/internal/merge"
	"dongbo/internal/replica"
	"dongbo/internal/unionstore"
	"dongbo/schema"
)

// columnTitle is a column's name for people.
func (p *program) columnTitle(name string) string {
	code := fault.Code("field." + name)
	if title := fault.Text(p.lang, code); title != string(code) {
		return title
	}
	return p.text("column." + name)
}

// columnTitles joins the names of columns.
func (p *program) columnTitles(names []string) string {
	titles := make([]string, len(names))
	for i, name := range names {
		titles[i] = p.columnTitle(name)
	}
	return strings.Join(titles, ", ")
}

// codelists names the lists whose slugs stand in columns, by table and column.
var codelists = map[string]string{
	"member.gender": "gender", "member.status": "member_status", "member.union_role": "union_role", "position.office": "union_role", "dues_payment.method": "dues_method",
	"unit.kind": "unit_kind", "unit.employer_kind": "employer_kind",
	"unit.status": "unit_status", "unit_edge.kind": "unit_edge_kind",
}

// rows are those of a replica or of the server, where ids find their names.
type rows interface {
	Row(table string, id change.ID) (*merge.Row, error)
}

// valueText writes a stored value for people.
func (p *program) valueText(r rows, t *schema.Table, column string, v change.Value) string {
	c := t.Column(column)
	switch {
	case v.IsNull():
		return p.text("value.empty")
	case column == "alive" && v.Int() == 0:
		return p.text("value.delete")
	case column == "alive":
		return p.text("value.keep")
	case c == nil:
		return v.String()
	case c.Name == merge.SameAs:
		id, _ := v.ID()
		return p.memberText(r, id, "")
	case c.Type == schema.ID:
		return p.refText(r, c.Ref, v)
	case c.Type == schema.Date:
		return unionstore.DateText(v.Text())
	case c.Type == schema.Time:
		return p.whenText(time.UnixMilli(v.Int()))
	case c.Type == schema.Money:
		return thousands(v.Int()) + " đ"
	}
	for _, code := range assets.Codelist(codelists[t.Name+"."+column]) {
		if code.Slug == v.Text() {
			return code.Label(p.lang)
		}
	}
	return v.String()
}

// thousands writes a number as offices do: 1.234.567.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return sign + s
}

// refText names the row that an id stands for, where the replica has it.
func (p *program) refText(r rows, table string, v change.Value) string {
	id, ok := v.ID()
	if t := schema.ByName(table); ok && t != nil {
		if row, err := r.Row(table, id); err == nil && row != nil {
			for _, c := range []string{"full_name", "name", "receipt_no", "label_vi"} {
				if name := row.Value(c).Text(); name != "" {
					return name
				}
			}
		}
	}
	return v.String()
}

// whoText names a person and the computer, never a side of the line.
func (p *program) whoText(o replica.Origin) string {
	switch {
	case o.Person == "" && o.Device == "":
		return p.text("value.somebody")
	case o.Device == "":
		return o.Person
	case o.Person == "":
		return p.text("value.computer", "device", o.Device)
	}
	return o.Person + ", " + p.text("value.computer", "device", o.Device)
}

// originWhen is the moment by the author's clock, or by the server's where that is
// all that is known.
func (p *program) originWhen(o replica.Origin) string {
	if o.At.IsZero() {
		return p.whenText(o.ServerAt)
	}
	return p.whenText(o.At)
}

func (p *program) whenText(t time.Time) string {
	if t.IsZero() {
		return p.text("value.no_time")
	}
	return t.Format("15:04 02/01/2006")
}

// oneArgument is for commands that take exactly one.
func (p *program) oneArgument(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return errors.New(p.text("cmd.one_argument", "what", what, "n", len(args)))
		}
		return nil
	}
}
