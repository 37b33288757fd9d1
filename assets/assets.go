// Package assets holds what the programs ship beside their code: the
// administrative units in force (units), the codelists of the register
// (codelist), the words of the screens in Vietnamese and English (lang), and
// two member lists for the demonstration (demo).
//
// A unit of the state is a Province or a Commune, with its code. A codelist is
// a list of Codes: a slug for machines, a label in each language for people,
// and the aliases under which offices write it. A text is found by a dotted
// key; texts lie one file a subject, lang/<language>/<subject>.json, and every
// key stands in both languages with the same {placeholders}.
//
// All of it is embedded and parsed on first use; what comes out is shared, so
// callers only read it.
package assets

import "embed"

//go:embed units/vn_units.json codelist/*.csv lang/*/*.json demo
var files embed.FS
