// Package present is what the office's screens show and do, without a toolkit.
//
// A presenter holds what one part of the window needs: Members the list, Form
// one member, Conflicts what only a person can settle, StatusLine where the
// office stands with the server, SyncNow the button. Each reads one replica,
// is safe for concurrent use, and says everything in the reader's language, so
// that the screens only place words. Whatever can take longer than a frame
// (Reload, Save, Settle) is called from a goroutine of the screen's.
//
// Watch is the one place that learns of commits, of this process and others.
package present

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dongbo/assets"
	"dongbo/internal/fault"
	"dongbo/internal/replica"
)

// Desk is what all presenters of one window share.
type Desk struct {
	R    *replica.Replica
	Lang string
	Now  func() time.Time
}

// T gives the words for a key; args are pairs of a name and a value.
func (d *Desk) T(key string, args ...any) string {
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return assets.Text(d.Lang, key, m)
}

// Say tells an error as a person reads it: what is wrong, then what to do.
func (d *Desk) Say(err error) string {
	if err == nil {
		return ""
	}
	if s := sentence(""); errors.As(err, &s) {
		return string(s)
	}
	return strings.TrimSpace(fault.Sentence(d.Lang, err) + " " + fault.Hint(d.Lang, err))
}

// Label names a column.
func (d *Desk) Label(column string) string {
	code := fault.Code("field." + column)
	if s := fault.Text(d.Lang, code); s != string(code) {
		return s
	}
	key := "app.column." + column
	if s := d.T(key); s != key {
		return s
	}
	return column
}

// Number writes a count with the language's thousands separator.
func (d *Desk) Number(n int64) string {
	sep := "."
	if d.Lang == "en" {
		sep = ","
	}
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return s
}

// When says a moment as people do: the hour, and the day in words while it is
// near.
func (d *Desk) When(at time.Time) string {
	now := d.Now()
	at = at.In(now.Location())
	clock := at.Format("15:04")
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
	}
	switch days := int(midnight(now).Sub(midnight(at)).Hours() / 24); {
	case days == 0:
		return d.T("app.when.today", "clock", clock)
	case days == 1:
		return d.T("app.when.yesterday", "clock", clock)
	case days > 1 && days < 7:
		return d.T("app.when.weekday", "clock", clock, "day", d.T("app.weekday."+strconv.Itoa(int(at.Weekday()))))
	}
	return d.T("app.when.date", "clock", clock, "date", at.Format("02/01/2006"))
}

// DateText writes a stored date, whole or partial, as offices do: day first.
func DateText(iso string) string {
	parts := strings.Split(iso, "-")
	if len(parts) > 3 {
		return iso
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "/")
}

// Mask hides the middle of an identity number: enough is left to recognise a
// person by, not enough to use it.
func Mask(number string) string {
	const dots = "•••••"
	n := len(number)
	switch {
	case n >= 12:
		return number[:3] + dots + number[n-4:]
	case n > 4:
		return dots + number[n-4:]
	}
	return number
}

// optionLabel gives a code's words; a text that is no code stands as it is.
func optionLabel(lang, list, value string) string {
	for _, c := range assets.Codelist(list) {
		if c.Slug == value {
			return c.Label(lang)
		}
	}
	return value
}
