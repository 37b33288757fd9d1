package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/present"
)

// listPane is the search field over the table of members.
type listPane struct {
	w      *Window
	search *entry
	count  *widget.Label
	notice *widget.Label
	table  *memberTable
	box    fyne.CanvasObject
}

func newListPane(w *Window) *listPane {
	d := w.desk
	p := &listPane{w: w, search: newEntry(w, false), count: widget.NewLabel(d.T("app.opening")), notice: widget.NewLabel("")}
	p.search.SetPlaceHolder(d.T("app.search"))
	p.search.Icon = theme.SearchIcon()
	p.search.OnChanged = func(text string) {
		w.members.SetQuery(text)
		w.reload.run()
	}
	p.search.OnSubmitted = func(string) { p.table.open(0) }
	p.notice.Wrapping = fyne.TextWrapWord
	p.notice.Alignment = fyne.TextAlignCenter
	p.notice.Hide()
	p.table = newMemberTable(w)
	add := widget.NewButtonWithIcon(d.T("app.add"), theme.ContentAddIcon(), func() { w.panel.add() })
	head := container.NewBorder(nil, nil, nil, container.NewHBox(p.count, add), p.search)
	body := container.NewStack(container.New(&fitColumns{table: p.table}, p.table),
		container.NewBorder(widget.NewLabel(""), nil, nil, nil, container.NewPadded(p.notice)))
	p.box = container.NewBorder(container.NewPadded(head), nil, nil, nil, body)
	return p
}

func (p *listPane) draw() {
	p.count.SetText(p.w.members.Headline())
	notice := p.w.members.Notice()
	p.notice.SetText(notice)
	if notice == "" {
		p.notice.Hide()
	} else {
		p.notice.Show()
	}
	p.table.Refresh()
}

// memberTable is the toolkit's table with whole rows: a tap or Enter opens the
// member, and its row stays marked.
type memberTable struct {
	widget.Table
	w  *Window
	at int // the row that the keyboard stands on
}

func newMemberTable(w *Window) *memberTable {
	t := &memberTable{w: w, at: -1}
	t.Length = func() (int, int) {
		// Before its first layout the toolkit would make a separator for every
		// row there is (fyne 2.8.1, table.go visibleRowHeights).
		if t.Size().Height <= 0 {
			return 0, len(present.MemberColumns)
		}
		return w.members.Count(), len(present.MemberColumns)
	}
	t.CreateCell = newCell
	t.UpdateCell = t.fill
	t.ShowHeaderRow = true
	t.CreateHeader = func() fyne.CanvasObject {
		l := widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		l.Truncation = fyne.TextTruncateEllipsis
		return l
	}
	t.UpdateHeader = func(id widget.TableCellID, o fyne.CanvasObject) {
		if id.Col >= 0 && id.Col < len(present.MemberColumns) {
			o.(*widget.Label).SetText(w.desk.Label(present.MemberColumns[id.Col]))
		}
	}
	t.OnSelected = func(id widget.TableCellID) {
		t.UnselectAll() // so that the same cell can be tapped again
		t.open(id.Row)
	}
	t.OnHighlighted = func(id widget.TableCellID) { t.at = id.Row }
	t.ExtendBaseWidget(t)
	return t
}

// newCell is a label on a ground that marks the open row.
func newCell() fyne.CanvasObject {
	l := widget.NewLabel("")
	l.Truncation = fyne.TextTruncateEllipsis
	return container.NewStack(canvas.NewRectangle(color.Transparent), l)
}

func (t *memberTable) fill(id widget.TableCellID, o fyne.CanvasObject) {
	ground, label := o.(*fyne.Container).Objects[0].(*canvas.Rectangle), o.(*fyne.Container).Objects[1].(*widget.Label)
	row, ok := t.w.members.Row(id.Row)
	text, importance := "", widget.MediumImportance
	if ok {
		text = row.Cells[id.Col]
		if row.Review && id.Col == len(row.Cells)-1 {
			importance = widget.DangerImportance
		}
	}
	if label.Text != text || label.Importance != importance {
		label.Text, label.Importance = text, importance
		label.Refresh()
	}
	fillColor := color.Color(color.Transparent)
	if open, is := t.w.form.Open(); ok && is && open == row.ID && !open.IsZero() {
		fillColor = theme.Color(theme.ColorNameSelection)
	}
	if ground.FillColor != fillColor {
		ground.FillColor = fillColor
		ground.Refresh()
	}
}

// open shows a row in the form.
func (t *memberTable) open(row int) {
	if r, ok := t.w.members.Row(row); ok {
		t.w.guard(func() { t.w.panel.load(r.ID) })
	}
}

// TypedKey opens the row at Enter; the toolkit knows the space bar alone.
func (t *memberTable) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		t.open(t.at)
		return
	}
	t.Table.TypedKey(e)
}

// fitColumns gives the table its room and its columns their shares of it.
type fitColumns struct {
	table *memberTable
	width float32
}

// columnWidths are the least widths; what is left goes to name and department.
var columnWidths = map[string]float32{
	"full_name": 190, "birth_date": 98, "national_id": 124, "department": 130, "phone": 108, "status": 156,
}

// MinSize is small: the table scrolls.
func (f *fitColumns) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(420, 160) }

// Layout sets the columns where the width has changed.
func (f *fitColumns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width != f.width {
		f.width = size.Width
		left := size.Width - float32(len(present.MemberColumns)-1)*theme.Padding()
		for _, c := range present.MemberColumns {
			left -= columnWidths[c]
		}
		for i, c := range present.MemberColumns {
			width := columnWidths[c]
			if c == "full_name" || c == "department" {
				width += max(0, left/2)
			}
			f.table.SetColumnWidth(i, width)
		}
	}
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}
