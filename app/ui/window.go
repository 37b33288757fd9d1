// Package ui draws the office's window. It is the only place that knows Fyne's
// widgets; what they say and do is app/present's.
//
// Everything here belongs to the toolkit's goroutine. Work that reads or writes
// the replica for longer than a frame goes to a goroutine of its own
// (Window.background, coalesced) and its end comes back through Window.post,
// the single place that calls fyne.Do. Refresh is the one callback for whatever
// was committed to the file, by whatever process.
package ui

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"dongbo/app/present"
)

// Options are what the window needs from main.
type Options struct {
	Desk   *present.Desk
	Syncer present.Syncer // may be nil
	// Post runs f on the toolkit's goroutine; nil: fyne.Do.
	Post func(f func())
}

// Window is the office's window.
type Window struct {
	desk *present.Desk
	win  fyne.Window
	post func(func())
	ctx  context.Context

	mu    sync.Mutex
	ended bool
	busy  sync.WaitGroup // work that still uses the replica

	members   *present.Members
	form      *present.Form
	conflicts *present.Conflicts
	status    *present.StatusLine
	sync      *present.SyncNow

	list   *listPane
	panel  *formPane
	inbox  *inboxPane
	bar    *statusBar
	tabs   *container.AppTabs
	keys   map[string]func() // our shortcuts, by the toolkit's name of them
	reload *coalesced
	check  *coalesced
}

// New makes the window and fills it. It is shown by Show.
func New(a fyne.App, o Options) *Window {
	a.Settings().SetTheme(officeTheme{theme.DefaultTheme()})
	speak(o.Desk.Lang)
	d := o.Desk
	w := &Window{desk: d, win: a.NewWindow(d.T("common.app")), ctx: context.Background(),
		members: present.NewMembers(d), form: present.NewForm(d), conflicts: present.NewConflicts(d),
		status: present.NewStatusLine(d), sync: present.NewSyncNow(d, o.Syncer)}
	post := o.Post
	if post == nil {
		post = fyne.Do
	}
	w.post = func(f func()) {
		if w.begin() {
			w.busy.Done()
			post(f)
		}
	}
	w.keys = w.shortcuts()
	w.reload = &coalesced{w: w, work: func() { _ = w.members.Reload() }, then: w.drawList}
	w.check = &coalesced{w: w}
	w.list, w.panel, w.inbox, w.bar = newListPane(w), newFormPane(w), newInboxPane(w), newStatusBar(w)
	w.check.work, w.check.then = w.panel.findProblems, w.panel.drawProblems
	split := container.NewHSplit(w.list.box, w.panel.box)
	split.Offset = 0.7
	w.tabs = container.NewAppTabs(container.NewTabItem(d.T("app.tab.members"), split),
		container.NewTabItem(d.T("app.tab.inbox"), w.inbox.box))
	w.win.SetContent(container.NewBorder(nil, w.bar.box, nil, nil, w.tabs))
	w.listen()
	w.win.SetCloseIntercept(func() { w.guard(w.win.Close) })
	w.win.Resize(fyne.NewSize(1240, 760))
	w.panel.draw()
	return w
}

// Show shows the window and puts the cursor into the search field.
func (w *Window) Show() {
	w.win.Show()
	w.win.Canvas().Focus(w.list.search)
}

// Watch follows the file until ctx ends; it blocks.
func (w *Window) Watch(ctx context.Context) error {
	go func() {
		tick := time.NewTicker(2 * time.Second) // "under way" and "yesterday" pass without a commit
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.post(w.drawStatus)
			}
		}
	}()
	return present.Watch(ctx, w.desk.R, w.Refresh)
}

// Refresh reads everything again and draws it. It may be called from any
// goroutine but the toolkit's.
func (w *Window) Refresh() {
	_ = w.members.Reload() // each presenter keeps its error and says it
	_ = w.conflicts.Reload()
	_ = w.status.Reload()
	reloaded, changed, err := w.form.Follow()
	w.post(func() {
		w.drawList()
		w.inbox.draw()
		w.drawStatus()
		switch {
		case err != nil:
			w.panel.say(w.desk.Say(err), widget.DangerImportance)
		case reloaded:
			w.panel.draw()
		default:
			w.panel.drawChanged(changed)
		}
	})
}

// background runs work off the toolkit's goroutine and then with its error on it.
func (w *Window) background(work func() error, then func(error)) {
	if !w.begin() {
		return
	}
	go func() {
		err := work()
		w.busy.Done()
		w.post(func() { then(err) })
	}()
}

// begin counts work in, unless the window has ended.
func (w *Window) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.busy.Add(1)
	}
	return !w.ended
}

// End waits for what still uses the replica and lets nothing more begin: after
// it the file may be closed.
func (w *Window) End() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.busy.Wait()
}

func (w *Window) drawList() { w.list.draw() }

func (w *Window) drawStatus() {
	w.bar.draw()
	if name := w.status.Facts().UnitName; name != "" {
		w.win.SetTitle(w.desk.T("app.title", "unit", name))
	}
	label := w.desk.T("app.tab.inbox")
	if n := w.conflicts.Count(); n > 0 {
		label = w.desk.T("app.tab.inbox_n", "n", n)
	}
	if w.tabs.Items[1].Text != label {
		w.tabs.Items[1].Text = label
		w.tabs.Refresh()
	}
}

// guard asks about unsaved edits before next, which leaves the form.
func (w *Window) guard(next func()) {
	if !w.form.Dirty() {
		next()
		return
	}
	d := w.desk
	ask := dialog.NewConfirm(d.T("app.form.unsaved"), d.T("app.form.ask_save", "name", w.form.Title()), func(save bool) {
		if save {
			w.panel.save(next)
			return
		}
		w.form.Close()
		next()
	}, w.win)
	ask.SetConfirmText(d.T("common.save"))
	ask.SetDismissText(d.T("app.form.drop"))
	ask.Show()
}

// coalesced is work that is asked for more often than it can be done: one at a
// time, and once more at the end where it was asked for meanwhile.
type coalesced struct {
	w           *Window
	work, then  func()
	busy, again bool
}

func (c *coalesced) run() {
	if c.busy {
		c.again = true
		return
	}
	c.busy = true
	c.w.background(func() error { c.work(); return nil }, func(error) {
		c.busy = false
		c.then()
		if c.again {
			c.again = false
			c.run()
		}
	})
}
