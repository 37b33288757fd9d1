package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/present"
	"dongbo/internal/change"
)

// formPane is the side panel with one member.
type formPane struct {
	w       *Window
	title   *widget.Label
	unit    *widget.Label
	units   *widget.Select // for a new member, where there is a choice
	unitIDs []change.ID
	changed *widget.Label // what somebody else changed meanwhile
	again   *widget.Button
	texts   map[string]*entry
	choices map[string]*widget.Select
	remarks map[string]*widget.Label
	message *widget.Label
	saveKey *widget.Button
	head    *fyne.Container
	body    *fyne.Container
	empty   fyne.CanvasObject
	box     fyne.CanvasObject

	filling  bool // the fields are being set by us
	saving   bool
	problems []present.Problem
}

func newFormPane(w *Window) *formPane {
	d := w.desk
	p := &formPane{w: w, title: widget.NewLabel(""), unit: widget.NewLabel(""), changed: widget.NewLabel(""), message: widget.NewLabel(""),
		texts: map[string]*entry{}, choices: map[string]*widget.Select{}, remarks: map[string]*widget.Label{}}
	p.title.TextStyle.Bold = true
	p.title.SizeName = theme.SizeNameSubHeadingText
	p.title.Truncation, p.unit.Truncation = fyne.TextTruncateEllipsis, fyne.TextTruncateEllipsis
	p.changed.Wrapping, p.changed.Importance = fyne.TextWrapWord, widget.WarningImportance
	p.message.Truncation = fyne.TextTruncateEllipsis
	p.again = widget.NewButton(d.T("app.form.reload"), func() {
		if id, open := w.form.Open(); open {
			p.load(id)
		}
	})
	p.units = widget.NewSelect(nil, func(string) {
		if i := p.units.SelectedIndex(); i >= 0 && !p.filling {
			w.form.SetUnit(p.unitIDs[i])
		}
	})
	p.saveKey = widget.NewButtonWithIcon(d.T("app.form.save_key"), theme.DocumentSaveIcon(), func() { p.save(nil) })
	p.saveKey.Importance = widget.HighImportance
	p.head = container.NewVBox(p.title, p.unit, p.units, p.changed, p.again)
	foot := container.NewBorder(nil, nil, nil, p.saveKey, p.message)
	p.body = container.NewBorder(container.NewPadded(p.head), container.NewPadded(foot), nil, nil, container.NewVScroll(container.NewPadded(p.fields())))
	hint := widget.NewLabel(d.T("app.form.pick"))
	hint.Wrapping, hint.Alignment = fyne.TextWrapWord, fyne.TextAlignCenter
	p.empty = container.NewBorder(widget.NewLabel(""), nil, nil, nil, container.NewPadded(hint))
	p.box = container.NewStack(p.empty, p.body)
	return p
}

// fields builds a label and an input for each field, with room for a remark.
func (p *formPane) fields() fyne.CanvasObject {
	grid := container.New(layout.NewFormLayout())
	for _, f := range present.MemberFields {
		remark := widget.NewLabel("")
		remark.Wrapping = fyne.TextWrapWord
		remark.SizeName = theme.SizeNameCaptionText
		remark.Hide()
		p.remarks[f.Column] = remark
		grid.Add(container.NewVBox(widget.NewLabel(p.w.desk.Label(f.Column))))
		grid.Add(container.NewVBox(p.input(f), remark))
	}
	return grid
}

func (p *formPane) input(f present.Field) fyne.CanvasObject {
	typed := func(text string) {
		if !p.filling {
			p.w.form.SetText(f.Column, text)
			p.w.check.run()
		}
	}
	if f.List == "" {
		e := newEntry(p.w, f.Long)
		e.OnChanged = typed
		p.texts[f.Column] = e
		return e
	}
	s := widget.NewSelect(nil, func(label string) {
		for _, o := range p.w.form.Choices(f) {
			if o.Label == label {
				typed(o.Value)
				return
			}
		}
	})
	p.choices[f.Column] = s
	return s
}

// load shows a member.
func (p *formPane) load(id change.ID) {
	if err := p.w.form.Load(id); err != nil {
		p.say(p.w.desk.Say(err), widget.DangerImportance)
		return
	}
	p.draw()
	p.say("", widget.MediumImportance)
	p.w.list.table.Refresh()
}

// add begins a new member.
func (p *formPane) add() {
	p.w.guard(func() {
		ids, names, err := p.w.desk.Units()
		if err != nil || len(ids) == 0 {
			p.say(p.w.desk.Say(err), widget.DangerImportance)
			return
		}
		p.w.tabs.SelectIndex(0)
		p.w.form.New(ids[0])
		p.unitIDs, p.units.Options = ids, names
		p.draw()
		p.say("", widget.MediumImportance)
		p.w.list.table.Refresh()
		p.w.win.Canvas().Focus(p.texts["full_name"])
	})
}

// draw puts the form's state into the fields.
func (p *formPane) draw() {
	id, open := p.w.form.Open()
	if !open {
		p.body.Hide()
		p.empty.Show()
		return
	}
	p.empty.Hide()
	p.body.Show()
	p.title.SetText(p.w.form.Title())
	p.unit.SetText(p.w.form.Unit())
	p.drawUnits(id.IsZero())
	p.filling = true
	for _, f := range present.MemberFields {
		if e := p.texts[f.Column]; e != nil {
			if text := p.w.form.Text(f.Column); e.Text != text {
				e.SetText(text)
			}
			continue
		}
		p.drawChoice(f)
	}
	p.filling = false
	p.drawChanged(nil)
	p.problems = nil
	p.drawProblems()
	p.body.Refresh() // the head has another height
}

func (p *formPane) drawUnits(fresh bool) {
	if !fresh || len(p.unitIDs) < 2 {
		p.units.Hide()
		p.unit.Show()
		return
	}
	p.unit.Hide()
	p.units.Show()
	p.units.SetSelectedIndex(0)
}

func (p *formPane) drawChoice(f present.Field) {
	s, now := p.choices[f.Column], p.w.form.Text(f.Column)
	s.Options = nil
	for _, o := range p.w.form.Choices(f) {
		s.Options = append(s.Options, o.Label)
		if o.Value == now {
			s.Selected = o.Label
		}
	}
	s.Refresh()
}

// findProblems is called off the toolkit's goroutine.
func (p *formPane) findProblems() {
	found := p.w.form.Check()
	p.w.post(func() { p.problems = found })
}

// drawProblems puts a sentence under each field that has one.
func (p *formPane) drawProblems() {
	for _, f := range present.MemberFields {
		text, importance := "", widget.WarningImportance
		if n := p.w.form.Split(f.Column); n > 0 {
			text, importance = p.w.desk.T("app.form.split", "n", n), widget.DangerImportance
		}
		for _, pr := range p.problems {
			if pr.Column == f.Column {
				text = strings.TrimSpace(text + " " + p.w.desk.Say(pr.Err))
				if pr.Fatal {
					importance = widget.DangerImportance
				}
			}
		}
		showText(p.remarks[f.Column], text, importance)
	}
}

// showText sets a label that takes no room while it has nothing to say.
func showText(l *widget.Label, text string, importance widget.Importance) {
	if l.Text == text && l.Importance == importance && l.Visible() == (text != "") {
		return
	}
	l.Importance = importance
	l.SetText(text)
	if text == "" {
		l.Hide()
	} else {
		l.Show()
	}
}

// drawChanged says what somebody else changed while this form was edited.
func (p *formPane) drawChanged(fields []string) {
	text := ""
	if len(fields) > 0 {
		text = p.w.desk.T("app.form.changed", "fields", strings.Join(fields, ", "))
	}
	showText(p.changed, text, widget.WarningImportance)
	if text == "" {
		p.again.Hide()
	} else {
		p.again.Show()
	}
}

func (p *formPane) say(text string, importance widget.Importance) {
	p.message.Importance = importance
	p.message.SetText(text)
}

// save saves in the background, then goes on to next where that went well.
func (p *formPane) save(next func()) {
	if _, open := p.w.form.Open(); !open || p.saving {
		return
	}
	p.saving = true
	p.saveKey.Disable()
	p.say(p.w.desk.T("app.form.saving"), widget.MediumImportance)
	p.w.background(func() error { _, err := p.w.form.Save(); return err }, func(err error) {
		p.saving = false
		p.saveKey.Enable()
		if err != nil {
			p.say(p.w.desk.Say(err), widget.DangerImportance)
			p.w.check.run()
			return
		}
		p.draw()
		p.say(p.w.desk.T("app.form.saved"), widget.SuccessImportance)
		p.w.reload.run()
		if next != nil {
			next()
		}
	})
}
