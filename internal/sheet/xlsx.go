package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"dongbo/internal/fault"
)

// workbook is a zip file of XML parts; only those needed are read.
type workbook struct {
	parts    map[string]*zip.File
	limits   Limits
	strings  []string // shared strings
	styles   []cellStyle
	date1904 bool
	sheets   []sheetRef
}

type sheetRef struct {
	name, part string
	hidden     bool
}

// openXLSX finds the sheet that holds a list.
func (b *Book) openXLSX(data []byte) error {
	wb, err := readWorkbook(data, b.opts.Limits)
	if err != nil {
		return err
	}
	for _, s := range wb.sheets {
		if !s.hidden {
			b.Sheets = append(b.Sheets, s.name)
		}
	}
	var first error
	for _, s := range wb.sheets {
		if b.opts.Sheet != "" && s.name != b.opts.Sheet || b.opts.Sheet == "" && s.hidden {
			continue
		}
		err := b.openSheet(wb, s)
		if err == nil {
			b.Sheet = s.name
			return nil
		}
		if !errors.Is(err, fault.New(fault.SheetEmpty)) && !errors.Is(err, fault.New(fault.SheetNoHeader)) {
			return err
		}
		if first == nil || errors.Is(first, fault.New(fault.SheetEmpty)) {
			first = err
		}
	}
	if first == nil && b.opts.Sheet != "" {
		return fault.New(fault.SheetNoSuchSheet, "sheet", b.opts.Sheet, "sheets", strings.Join(b.Sheets, ", "))
	}
	if first == nil {
		first = fault.New(fault.SheetEmpty)
	}
	return first
}

func (b *Book) openSheet(wb *workbook, s sheetRef) error {
	g := grid{limits: b.opts.Limits, date1904: wb.date1904}
	if err := wb.readCells(s.part, &g); err != nil {
		return err
	}
	return b.useGrid(g)
}

func readWorkbook(data []byte, limits Limits) (*workbook, error) {
	if tooManyParts(data) {
		return nil, tooBig("", "parts", maxParts)
	}
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.Wrap(err, fault.SheetTruncated)
	}
	wb := &workbook{parts: make(map[string]*zip.File, len(zr.File)), limits: limits}
	var total uint64
	for _, f := range zr.File {
		if f.UncompressedSize64 > uint64(limits.UnzippedBytes)-total {
			return nil, tooBig("", "bytes", limits.UnzippedBytes)
		}
		total += f.UncompressedSize64
		wb.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, "\\", "/"), "/"))] = f
	}
	if wb.parts["xl/workbook.xml"] == nil {
		return nil, fault.New(fault.SheetNotSpreadsheet)
	}
	for _, read := range []func() error{wb.readSheets, wb.readStrings, wb.readStyles} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return wb, nil
}

// element is a part's start tag or text, as walk hands it on.
type element struct {
	name string // without its name space
	attr []xml.Attr
}

func (e element) get(name string) string {
	for _, a := range e.attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// walker is told what a part holds, in order. A nil function is not called.
type walker struct {
	start func(element) error
	text  func([]byte) error
	end   func(name string) error
}

// walk reads a part as a stream: raw tokens, for name spaces do not matter
// (strict and transitional files differ in nothing else that we read). It
// trusts no declared size.
func (wb *workbook) walk(name string, w walker) error {
	f := wb.parts[strings.ToLower(name)]
	if f == nil {
		return nil
	}
	rc, err := f.Open()
	if err != nil {
		return fault.Wrap(err, fault.SheetTruncated)
	}
	defer rc.Close()
	in := newPieces(io.LimitReader(rc, wb.limits.UnzippedBytes))
	dec := xml.NewDecoder(in)
	depth := 0
	for {
		tok, err := dec.RawToken()
		if err == io.EOF && depth == 0 {
			return nil
		}
		if err != nil {
			return orTruncated(err)
		}
		in.next()
		switch t := tok.(type) {
		case xml.StartElement:
			depth++
			if w.start != nil {
				err = w.start(element{t.Name.Local, t.Attr})
			}
		case xml.EndElement:
			depth--
			if w.end != nil {
				err = w.end(t.Name.Local)
			}
		case xml.CharData:
			if w.text != nil {
				err = w.text(t)
			}
		}
		if err != nil {
			return err
		}
	}
}

// readSheets lists the sheets in their order, with the part of each.
func (wb *workbook) readSheets() error {
	target := map[string]string{}
	err := wb.walk("xl/_rels/workbook.xml.rels", walker{start: func(e element) error {
		if e.name == "Relationship" && len(target) < maxParts {
			t := e.get("Target")
			if !strings.HasPrefix(t, "/") {
				t = path.Join("xl", t)
			}
			target[e.get("Id")] = strings.TrimPrefix(t, "/")
		}
		return nil
	}})
	if err != nil {
		return err
	}
	return wb.walk("xl/workbook.xml", walker{start: func(e element) error {
		switch e.name {
		case "workbookPr":
			d := e.get("date1904")
			wb.date1904 = d == "1" || d == "true"
		case "sheet":
			if part := target[e.get("id")]; strings.Contains(part, "worksheets/") && len(wb.sheets) < maxParts {
				wb.sheets = append(wb.sheets, sheetRef{name: e.get("name"), part: part, hidden: strings.Contains(strings.ToLower(e.get("state")), "hidden")})
			}
		}
		return nil
	}})
}

// readStrings reads the shared strings: the runs of a rich text together, the
// phonetic reading of Japanese files left out.
func (wb *workbook) readStrings() error {
	var b strings.Builder
	var size int64
	inText, phonetic := false, false
	return wb.walk("xl/sharedStrings.xml", walker{
		start: func(e element) error {
			switch e.name {
			case "si":
				b.Reset()
			case "rPh":
				phonetic = true
			case "t":
				inText = !phonetic
			}
			return nil
		},
		text: func(t []byte) error {
			if !inText {
				return nil
			}
			if size += int64(len(t)); size > wb.limits.TextBytes {
				return tooBig("", "bytes", wb.limits.TextBytes)
			}
			b.Write(t)
			return nil
		},
		end: func(name string) error {
			switch name {
			case "si":
				if len(wb.strings) >= wb.limits.Cells {
					return tooBig("", "cells", wb.limits.Cells)
				}
				wb.strings = append(wb.strings, unescapeX(b.String()))
			case "rPh":
				phonetic = false
			case "t":
				inText = false
			}
			return nil
		},
	})
}

// unescapeX undoes _x000D_, by which workbooks write control characters.
func unescapeX(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			b.WriteString(s)
			return b.String()
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		b.WriteRune(rune(n))
		s = s[i+7:]
	}
}
