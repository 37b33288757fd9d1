// Command dongbo is the desktop.
package main

import (
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"
)

var _ = widget.NewTable
var _ = dialog.NewInformation

func main() { app.New() }
