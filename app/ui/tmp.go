// Package ui x
package ui
import ("fyne.io/fyne/v2"
"fyne.io/fyne/v2/widget"
"fyne.io/fyne/v2/test")
var _ fyne.Window
var _ = widget.NewTable
var _ = test.NewApp
