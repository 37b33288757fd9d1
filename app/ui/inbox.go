package ui

import (
	"maps"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/present"
	"dongbo/internal/change"
)

// mostCards bounds what is drawn at once; the rest comes as these are settled.
const mostCards = 30

// inboxPane lists what needs a person.
type inboxPane struct {
	w       *Window
	empty   *widget.Label
	message *widget.Label
	cards   map[change.ID]*card
	order   []change.ID
	notices []present.Notice
	drawn   map[present.Notice]*noticeCard
	list    *fyne.Container
	box     fyne.CanvasObject
}

func newInboxPane(w *Window) *inboxPane {
	p := &inboxPane{w: w, empty: widget.NewLabel(""), message: widget.NewLabel(""), cards: map[change.ID]*card{}, list: container.NewVBox()}
	p.empty.Alignment = fyne.TextAlignCenter
	p.empty.Wrapping = fyne.TextWrapWord
	p.message.Hide()
	p.box = container.NewBorder(container.NewVBox(p.message, p.empty), nil, nil, nil, container.NewVScroll(container.NewPadded(p.list)))
	return p
}

// draw shows the inbox. A card whose conflict stands as it did is left alone:
// a person may be typing into it.
func (p *inboxPane) draw() {
	showText(p.empty, p.w.conflicts.Empty(), widget.MediumImportance)
	all, notices := p.w.conflicts.List(), p.w.conflicts.Notices()
	order, kept := []change.ID{}, map[change.ID]*card{}
	for _, c := range all[:min(len(all), mostCards)] {
		k := p.cards[c.ID]
		if k == nil || !reflect.DeepEqual(k.c, c) {
			k = newCard(p, c)
		}
		kept[c.ID] = k
		order = append(order, c.ID)
	}
	if maps.Equal(kept, p.cards) && slices.Equal(order, p.order) && slices.Equal(notices, p.notices) {
		return
	}
	p.cards, p.order, p.notices = kept, order, notices
	p.list.RemoveAll()
	for _, id := range order {
		p.list.Add(kept[id].box)
	}
	p.drawNotices(notices)
}

// noticeCard is one notice as it was drawn, with the answers that it offered.
type noticeCard struct {
	choices []present.Choice
	box     fyne.CanvasObject
}

// drawNotices adds the notices. One that stands as it did is left alone: a person
// may be typing a reason.
func (p *inboxPane) drawNotices(notices []present.Notice) {
	kept := map[present.Notice]*noticeCard{}
	for _, n := range notices {
		choices := p.w.conflicts.Choices(n)
		k := p.drawn[n]
		if k == nil || !slices.Equal(k.choices, choices) {
			k = &noticeCard{choices, p.notice(n, choices)}
		}
		kept[n] = k
		p.list.Add(k.box)
	}
	p.drawn = kept
}

// notice draws what is to know, and a button for each answer that it offers: one
// under the other, since they are sentences.
func (p *inboxPane) notice(n present.Notice, choices []present.Choice) fyne.CanvasObject {
	text := widget.NewLabel(n.Text)
	text.Wrapping = fyne.TextWrapWord
	if len(choices) == 0 {
		return widget.NewCard("", n.Title, text)
	}
	why := newEntry(p.w, false)
	why.SetPlaceHolder(p.w.desk.T("app.conflicts.why"))
	answers := container.NewVBox()
	for _, choice := range choices {
		b := widget.NewButton(choice.Label, func() { p.choose(n, choice, why.Text) })
		b.Alignment = widget.ButtonAlignLeading
		answers.Add(b)
	}
	return widget.NewCard("", n.Title, container.NewVBox(text, answers, why))
}

func (p *inboxPane) choose(n present.Notice, choice present.Choice, why string) {
	w, done := p.w, ""
	w.background(func() (err error) {
		done, err = w.conflicts.Choose(n, choice, why)
		_ = w.conflicts.Reload()
		_ = w.status.Reload()
		return err
	}, func(err error) {
		if err != nil {
			showText(p.message, w.desk.Say(err), widget.DangerImportance)
		} else {
			showText(p.message, done, widget.SuccessImportance)
		}
		p.draw()
		w.drawStatus()
		w.reload.run()
	})
}

// card is one conflict: columns named by people, and the result.
type card struct {
	p       *inboxPane
	c       present.Conflict
	picked  int // version, 0: none yet
	takes   []*widget.Button
	results map[string]*entry
	plain   map[string]*widget.Label // results that cannot be typed
	why     *entry
	settle  *widget.Button
	box     fyne.CanvasObject
}

func newCard(p *inboxPane, c present.Conflict) *card {
	d := p.w.desk
	k := &card{p: p, c: c, results: map[string]*entry{}, plain: map[string]*widget.Label{}}
	k.settle = widget.NewButtonWithIcon(d.T("app.conflicts.settle"), theme.ConfirmIcon(), k.save)
	k.settle.Importance = widget.HighImportance
	k.settle.Disable()
	k.why = newEntry(p.w, false)
	k.why.SetPlaceHolder(d.T("app.conflicts.why"))
	grid := container.New(&unevenGrid{first: 150, cols: len(c.Versions) + 2})
	k.addHead(grid)
	for _, line := range c.Lines {
		k.addLine(grid, line)
	}
	grid.Add(widget.NewLabel(""))
	for _, v := range c.Versions {
		b := widget.NewButton(d.T("app.conflicts.take"), func() { k.take(v.N) })
		k.takes = append(k.takes, b)
		grid.Add(b)
	}
	grid.Add(k.settle)
	cause := widget.NewLabel(c.Cause)
	cause.Wrapping = fyne.TextWrapWord
	k.box = widget.NewCard("", c.Where+": "+c.Title, container.NewVBox(cause, grid, k.why))
	return k
}

func (k *card) addHead(grid *fyne.Container) {
	grid.Add(widget.NewLabel(""))
	for _, v := range k.c.Versions {
		who := widget.NewLabelWithStyle(v.Who, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
		who.Wrapping = fyne.TextWrapWord
		when := widget.NewLabel(v.When)
		when.SizeName = theme.SizeNameCaptionText
		grid.Add(container.NewVBox(who, when))
	}
	grid.Add(widget.NewLabelWithStyle(k.p.w.desk.T("app.conflicts.result"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true}))
}

func (k *card) addLine(grid *fyne.Container, line present.Line) {
	grid.Add(widget.NewLabel(line.Label))
	for _, v := range line.Values {
		if v == "" {
			v = k.p.w.desk.T("app.conflicts.blank")
		}
		l := widget.NewLabel(v)
		l.Wrapping = fyne.TextWrapWord
		grid.Add(l)
	}
	if !line.Editable {
		k.plain[line.Column] = widget.NewLabel("")
		grid.Add(k.plain[line.Column])
		return
	}
	e := newEntry(k.p.w, false)
	e.OnChanged = func(string) { k.ready() }
	k.results[line.Column] = e
	grid.Add(e)
}

// take puts a version into the result.
func (k *card) take(n int) {
	k.picked = n
	for i, b := range k.takes {
		b.Importance = widget.MediumImportance
		if i == n-1 {
			b.Importance = widget.WarningImportance
		}
		b.Refresh()
	}
	for _, line := range k.c.Lines {
		if e := k.results[line.Column]; e != nil {
			e.SetText(line.Values[n-1])
		} else {
			k.plain[line.Column].SetText(line.Values[n-1])
		}
	}
	k.ready()
}

// ready lets the result be saved once it is whole: a version was taken, or
// every field typed.
func (k *card) ready() {
	whole := len(k.plain) == 0
	for _, e := range k.results {
		whole = whole && e.Text != ""
	}
	if k.picked > 0 || whole {
		k.settle.Enable()
	} else {
		k.settle.Disable()
	}
}

func (k *card) save() {
	result := map[string]string{}
	for column, e := range k.results {
		result[column] = e.Text
	}
	w, why := k.p.w, k.why.Text
	k.settle.Disable()
	w.background(func() error {
		err := w.conflicts.Settle(k.c, max(k.picked, 1), result, why)
		_ = w.conflicts.Reload()
		_ = w.status.Reload()
		return err
	}, func(err error) {
		if err != nil {
			showText(k.p.message, w.desk.Say(err), widget.DangerImportance)
			k.ready()
		} else {
			showText(k.p.message, w.desk.T("app.conflicts.settled", "title", k.c.Title), widget.SuccessImportance)
		}
		k.p.draw()
		w.drawStatus()
		w.reload.run()
	})
}

// unevenGrid has a narrow first column and equal others.
type unevenGrid struct {
	first float32
	cols  int
}

func (g *unevenGrid) rows(objects []fyne.CanvasObject) (heights []float32) {
	for i, o := range objects {
		if i%g.cols == 0 {
			heights = append(heights, 0)
		}
		heights[len(heights)-1] = max(heights[len(heights)-1], o.MinSize().Height)
	}
	return heights
}

// MinSize is that of readable columns.
func (g *unevenGrid) MinSize(objects []fyne.CanvasObject) fyne.Size {
	height := float32(0)
	for _, h := range g.rows(objects) {
		height += h + theme.Padding()
	}
	return fyne.NewSize(g.first+float32(g.cols-1)*150, height)
}

// Layout places the objects row by row.
func (g *unevenGrid) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := (size.Width - g.first) / float32(g.cols-1)
	heights := g.rows(objects)
	y := float32(0)
	for i, o := range objects {
		col := i % g.cols
		x, wide := float32(0), g.first
		if col > 0 {
			x, wide = g.first+float32(col-1)*width, width-theme.Padding()
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(wide, heights[i/g.cols]))
		if col == g.cols-1 {
			y += heights[i/g.cols] + theme.Padding()
		}
	}
}
