// Package fault carries errors that people read. An Error holds a permanent
// code and its arguments; the sentence and the hint are made from a catalogue
// when they are shown, in the reader's language. A sentence says what is wrong
// and where, a hint says what to do. Logs show the chain of causes instead.
//
// Codes are append-only: other programs and old replicas know them. The
// catalogue is one file a subject, catalog_*.go, each with one table.
package fault

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Code names a kind of error, "subject.what_is_wrong".
type Code string

// Internal is the code of every error that is none of ours.
const Internal Code = "internal"

// Error is an error with a code. The zero Args and Err are allowed.
type Error struct {
	Code Code
	Args map[string]any
	Err  error // the cause, if any; never shown to people
}

// Word is an argument that is itself translated: fault.Word("field.phone").
type Word Code

// New makes an error; args are pairs of a name and a value.
func New(code Code, args ...any) *Error {
	e := &Error{Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = make(map[string]any, len(args)/2)
		}
		e.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return e
}

// Wrap makes an error with a cause; it is nil where err is nil.
func Wrap(err error, code Code, args ...any) error {
	if err == nil {
		return nil
	}
	e := New(code, args...)
	e.Err = err
	return e
}

// Error gives the code, the arguments and the chain of causes, for logs.
func (e *Error) Error() string {
	names := make([]string, 0, len(e.Args))
	for n := range e.Args {
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString(string(e.Code))
	for _, n := range names {
		fmt.Fprintf(&b, " %s=%q", n, fmt.Sprint(e.Args[n]))
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is compare codes alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf gives the outermost code of err: "" for nil, Internal for an error
// that has none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e := find(err); e != nil {
		return e.Code
	}
	return Internal
}

func find(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// text is a catalogue entry. Names in braces stand for arguments.
type text struct{ vi, en, hintVi, hintEn string }

var catalog = map[Code]text{
	Internal: {
		vi: "Chương trình gặp lỗi ngoài dự tính.", en: "The program met an error nobody foresaw.",
		hintVi: "Dữ liệu đã nhập vẫn còn. Hãy thử lại; nếu vẫn lỗi, gửi nhật ký cho người hỗ trợ.",
		hintEn: "What you entered is still there. Try again; if it fails again, send the log to your support.",
	},
}

// add puts a subject's table into the catalogue. A code given twice is a
// mistake of ours that the first test run must show.
func add(table map[Code]text) bool {
	for c, t := range table {
		if _, taken := catalog[c]; taken {
			panic("fault: code given twice: " + string(c))
		}
		catalog[c] = t
	}
	return true
}

// Sentence says what is wrong and where, in Vietnamese ("vi", "vi_VN") or
// else English. An error without a code is told as Internal.
func Sentence(lang string, err error) string {
	t, args, ok := lookup(err)
	if !ok {
		return ""
	}
	return fill(lang, pick(lang, t.vi, t.en), args)
}

// Hint says what to do about it; it may be empty.
func Hint(lang string, err error) string {
	t, args, ok := lookup(err)
	if !ok {
		return ""
	}
	return fill(lang, pick(lang, t.hintVi, t.hintEn), args)
}

// Text gives the words of a code by itself: labels and reasons.
func Text(lang string, code Code) string {
	t, ok := catalog[code]
	if !ok {
		return string(code)
	}
	return pick(lang, t.vi, t.en)
}

func lookup(err error) (text, map[string]any, bool) {
	if err == nil {
		return text{}, nil, false
	}
	if e := find(err); e != nil {
		if t, known := catalog[e.Code]; known {
			return t, e.Args, true
		}
		return text{vi: "Lỗi " + string(e.Code) + ".", en: "Error " + string(e.Code) + "."}, nil, true
	}
	return catalog[Internal], nil, true
}

func pick(lang, vi, en string) string {
	if strings.HasPrefix(strings.ToLower(lang), "vi") {
		return vi
	}
	return en
}

// fill puts the arguments in. A placeholder without its argument stays, so
// that the mistake shows.
func fill(lang, s string, args map[string]any) string {
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, 2*len(args))
	for name, v := range args {
		word, isWord := v.(Word)
		value := fmt.Sprint(v)
		if isWord {
			value = Text(lang, Code(word))
		}
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
