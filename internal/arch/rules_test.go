package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A rule looks at the tree and says in one sentence each what breaks it: where,
// which rule, and why the rule stands.
type rule func(tr *tree) []string

var rules = []rule{
	importsGoDown, librariesHaveOwners, pureIsPure, nothingIsUnplaced,
	packagesAreExplained, functionsAreShort, filesAreShort,
	noMachinePaths, requirementsAreUsed,
}

// imports calls f for each import of each file.
func (tr *tree) imports(f func(s source, where, importPath string)) {
	for _, s := range tr.files {
		for _, spec := range s.syntax.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err == nil {
				f(s, fmt.Sprintf("%s:%d", s.path, tr.line(spec)), p)
			}
		}
	}
}

// importsGoDown holds the import table. Tests may reach further than the code
// they test (a fake of the other side is often the other side), but replica and
// server stay strangers even there: what needs both is a test of sim.
func importsGoDown(tr *tree) (broken []string) {
	tr.imports(func(s source, where, p string) {
		dir, ours := tr.ours(p)
		l, placed := layerOf(s.dir)
		if !ours || !placed || l.allows(dir) {
			return
		}
		if s.test && !strangers(s.dir, dir) {
			return
		}
		broken = append(broken, fmt.Sprintf(
			"%s: %s may not import %s: an import goes downward only, and %s (it may import: %s)",
			where, l.dir, dir, l.why, l.may))
	})
	return broken
}

// strangers tells whether a and b are the two sides of the line.
func strangers(a, b string) bool {
	const r, s = "internal/replica", "internal/server"
	return under(a, r) && under(b, s) || under(a, s) && under(b, r)
}

// librariesHaveOwners keeps some libraries where they belong; the first row
// that names the library decides.
func librariesHaveOwners(tr *tree) (broken []string) {
	tr.imports(func(s source, where, p string) {
		for _, o := range owners {
			if !under(p, o.lib) {
				continue
			}
			l, _ := layerOf(s.dir)
			if !contains(strings.Fields(o.dirs), l.dir) {
				broken = append(broken, fmt.Sprintf("%s: only %s may import %s: %s", where, o.dirs, o.lib, o.why))
			}
			return
		}
	})
	return broken
}

// pureIsPure keeps effects out of the layers that the table calls pure or calm.
func pureIsPure(tr *tree) (broken []string) {
	tr.imports(func(s source, where, p string) {
		l, _ := layerOf(s.dir)
		if !l.pure || s.test {
			return
		}
		if contains(impure, p) || l.calm && contains(dice, p) {
			broken = append(broken, fmt.Sprintf(
				"%s: %s is pure and may not import %s: effects stay at the rim, so that %s", where, l.dir, p, l.why))
		}
	})
	for _, s := range tr.files {
		if l, _ := layerOf(s.dir); l.pure && !s.test {
			broken = append(broken, tr.clockReads(s, l)...)
		}
	}
	return broken
}

// clockReads finds the calls that ask the time.
func (tr *tree) clockReads(s source, l layer) (broken []string) {
	name := importedAs(s.syntax, "time")
	if name == "" {
		return nil
	}
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == name && contains(clocks, sel.Sel.Name) {
			broken = append(broken, fmt.Sprintf(
				"%s:%d: %s is pure and may not call time.%s: no clock takes part in a decision; let the caller hand the time in",
				s.path, tr.line(sel), l.dir, sel.Sel.Name))
		}
		return true
	})
	return broken
}

// importedAs is the name under which a file knows a package of one word.
func importedAs(f *ast.File, importPath string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value != strconv.Quote(importPath) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return importPath
	}
	return ""
}

// nothingIsUnplaced asks for a row in the import table before a new folder.
func nothingIsUnplaced(tr *tree) (broken []string) {
	seen := map[string]bool{}
	for _, s := range tr.files {
		if _, placed := layerOf(s.dir); !placed && !seen[s.dir] {
			seen[s.dir] = true
			broken = append(broken, fmt.Sprintf(
				"%s: the folder has no place in the import table (internal/arch/table_test.go): say first what it may import, and why", s.dir))
		}
	}
	return broken
}

// packagesAreExplained asks each package for a document that begins as Go expects.
func packagesAreExplained(tr *tree) (broken []string) {
	explained := map[string]bool{}
	for _, s := range tr.files {
		if s.test {
			continue
		}
		doc, name := s.syntax.Doc.Text(), s.syntax.Name.Name
		good := strings.HasPrefix(doc, "Package "+name+" ") || name == "main" && len(doc) > 20
		explained[s.dir] = explained[s.dir] || good
	}
	for dir, good := range explained {
		if !good {
			broken = append(broken, fmt.Sprintf(
				"%s: no package document (\"Package … is …\"): a reader meets the nouns there first", dir))
		}
	}
	slices.Sort(broken)
	return broken
}

// functionsAreShort holds the cap on functions outside tests.
func functionsAreShort(tr *tree) (broken []string) {
	for _, f := range tr.functions() {
		if f.lines > maxFunc {
			broken = append(broken, fmt.Sprintf(
				"%s: function %s has %d lines, over %d: what does not fit a screen is not seen whole", f.where, f.name, f.lines, maxFunc))
		}
	}
	return broken
}

// function is one function with its length.
type function struct {
	where, name string
	lines       int
}

// functions lists the functions that people wrote, tests apart.
func (tr *tree) functions() (list []function) {
	for _, s := range tr.files {
		if s.test || s.made {
			continue
		}
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				where := fmt.Sprintf("%s:%d", s.path, tr.line(f))
				list = append(list, function{where, f.Name.Name, tr.length(f)})
			}
		}
	}
	return list
}

// filesAreShort holds the cap on files that people wrote.
func filesAreShort(tr *tree) (broken []string) {
	for _, s := range tr.files {
		if !s.made && s.lines > maxFile {
			broken = append(broken, fmt.Sprintf(
				"%s: the file has %d lines, over %d: split it by what it decides", s.path, s.lines, maxFile))
		}
	}
	return broken
}

// machinePath matches a path that exists on the machine of one developer only.
var machinePath = regexp.MustCompile(`(^|[^\w./$}-])/(work|root|home/\w+)/`)

// noMachinePaths keeps such paths out of every text of the tree.
func noMachinePaths(tr *tree) (broken []string) {
	for _, rel := range tr.texts {
		text, err := os.ReadFile(filepath.Join(tr.root, filepath.FromSlash(rel)))
		if err != nil || isBinary(text) {
			continue
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if m := machinePath.Find(line); m != nil {
				broken = append(broken, fmt.Sprintf(
					"%s:%d: mentions %q, a path of one machine: a stranger's clone has no such folder", rel, i+1, bytes.TrimSpace(m)))
			}
		}
	}
	return broken
}

// isBinary guesses as git does: a zero byte near the beginning.
func isBinary(text []byte) bool {
	return bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0
}

// requirementsAreUsed asks for a use of each direct requirement of go.mod.
func requirementsAreUsed(tr *tree) (broken []string) {
	used := map[string]bool{}
	tr.imports(func(_ source, _, p string) {
		for _, lib := range tr.direct {
			used[lib] = used[lib] || under(p, lib)
		}
	})
	for _, lib := range tr.direct {
		if !used[lib] {
			broken = append(broken, fmt.Sprintf("go.mod: requires %s, which no file imports: a dependency is a promise to keep up with it", lib))
		}
	}
	return broken
}
