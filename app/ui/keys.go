package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// ctrl is a key with Control held.
func ctrl(key fyne.KeyName) *desktop.CustomShortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierControl}
}

// shortcuts are the window's own keys: tabs cannot be reached by the keyboard
// otherwise.
func (w *Window) shortcuts() map[string]func() {
	return map[string]func(){
		ctrl(fyne.KeyF).ShortcutName(): func() { w.tabs.SelectIndex(0); w.win.Canvas().Focus(w.list.search) },
		ctrl(fyne.KeyS).ShortcutName(): func() { w.panel.save(nil) },
		ctrl(fyne.KeyN).ShortcutName(): func() { w.panel.add() },
		ctrl(fyne.Key1).ShortcutName(): func() { w.tabs.SelectIndex(0) },
		ctrl(fyne.Key2).ShortcutName(): func() { w.tabs.SelectIndex(1) },
	}
}

func (w *Window) listen() {
	for _, key := range []fyne.KeyName{fyne.KeyF, fyne.KeyS, fyne.KeyN, fyne.Key1, fyne.Key2} {
		s := ctrl(key)
		w.win.Canvas().AddShortcut(s, func(fyne.Shortcut) { w.keys[s.ShortcutName()]() })
	}
}

// entry is a text field that lets the window's shortcuts through: the toolkit
// gives a focused field every shortcut, also those it has no use for.
type entry struct {
	widget.Entry
	w *Window
}

func newEntry(w *Window, long bool) *entry {
	e := &entry{w: w}
	e.MultiLine = long
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	if long {
		e.Wrapping = fyne.TextWrapWord
		e.SetMinRowsVisible(3)
	}
	e.ExtendBaseWidget(e)
	return e
}

// TypedShortcut runs the window's shortcut or the field's.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	if f, ours := e.w.keys[s.ShortcutName()]; ours {
		f()
		return
	}
	e.Entry.TypedShortcut(s)
}
