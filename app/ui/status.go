package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/present"
)

// askFor is how long the button waits for somebody to take its request up.
const askFor = 20 * time.Second

// statusBar is always visible: the state by icon, word and colour, the facts
// in words, and the button.
type statusBar struct {
	w        *Window
	icon     *widget.Icon
	word     *widget.Label
	sentence *widget.Label
	button   *widget.Button
	line     *fyne.Container
	box      fyne.CanvasObject

	drawn  present.StatusText
	asking time.Time // when the button was pressed; zero: not waiting
	failed string
}

func newStatusBar(w *Window) *statusBar {
	b := &statusBar{w: w, icon: widget.NewIcon(nil), word: widget.NewLabel(""), sentence: widget.NewLabel(w.desk.T("app.opening"))}
	b.word.TextStyle.Bold = true
	b.sentence.Truncation = fyne.TextTruncateEllipsis
	b.button = widget.NewButtonWithIcon(w.desk.T("common.sync_now"), theme.ViewRefreshIcon(), b.press)
	left := container.NewHBox(b.icon, b.word)
	b.line = container.NewBorder(nil, nil, left, b.button, b.sentence)
	b.box = container.NewVBox(widget.NewSeparator(), container.NewPadded(b.line))
	return b
}

func (b *statusBar) press() {
	b.asking, b.failed = b.w.desk.Now(), ""
	b.draw()
	b.w.background(func() error { return b.w.sync.Press(b.w.ctx) }, func(err error) {
		if err != nil {
			b.asking, b.failed = time.Time{}, b.w.desk.Say(err)
		}
		b.draw()
	})
}

func (b *statusBar) draw() {
	b.drawButton()
	t := b.w.status.Text()
	switch {
	case b.failed != "":
		t.Sentence = b.failed
	case t.Trouble != "":
		t.Sentence = t.Trouble
	}
	if t == b.drawn {
		return
	}
	b.drawn = t
	icon, importance := looks(t.State)
	b.icon.SetResource(icon)
	b.word.Importance = importance
	b.word.SetText(t.Word)
	b.sentence.SetText(t.Sentence)
	b.line.Refresh() // the word has another width
}

// looks gives each state an icon and a colour; its word stands beside them.
func looks(s present.State) (fyne.Resource, widget.Importance) {
	switch s {
	case present.Waiting:
		return theme.NewWarningThemedResource(theme.UploadIcon()), widget.WarningImportance
	case present.Sending:
		return theme.NewPrimaryThemedResource(theme.UploadIcon()), widget.HighImportance
	case present.NeedsYou:
		return theme.NewErrorThemedResource(theme.WarningIcon()), widget.DangerImportance
	}
	return theme.NewSuccessThemedResource(theme.ConfirmIcon()), widget.SuccessImportance
}

// drawButton keeps the button down until the request has been taken up.
func (b *statusBar) drawButton() {
	waited := b.w.desk.Now().Sub(b.asking)
	waiting := !b.asking.IsZero() && waited < askFor && (b.w.status.Facts().Asked || waited < time.Second)
	text := b.w.desk.T("common.sync_now")
	if waiting {
		text = b.w.desk.T("app.sync.asking")
	} else {
		b.asking = time.Time{}
	}
	if b.button.Text == text {
		return
	}
	b.button.SetText(text)
	if waiting {
		b.button.Disable()
	} else {
		b.button.Enable()
	}
}
