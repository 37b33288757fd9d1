package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/present"
)

// Failed shows why there is no window, and runs until it is closed.
func Failed(a fyne.App, d *present.Desk, err error) {
	a.Settings().SetTheme(officeTheme{theme.DefaultTheme()})
	w := a.NewWindow(d.T("common.app"))
	w.SetContent(container.NewPadded(failure(d, err, w.Close)))
	w.Resize(fyne.NewSize(520, 200))
	w.ShowAndRun()
}

func failure(d *present.Desk, err error, leave func()) fyne.CanvasObject {
	title := widget.NewLabelWithStyle(d.T("app.cannot_open"), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	why := widget.NewLabel(d.Say(err))
	why.Wrapping = fyne.TextWrapWord
	return container.NewBorder(title, container.NewHBox(widget.NewButton(d.T("common.close"), leave)), nil, nil, why)
}
