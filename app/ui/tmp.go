// Package ui x
package ui
import ("fyne.io/fyne/v2"
"fyne.io/fyne/v2/widget"
var _ fyne.Window
var _ = widget.NewTable
