package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// source is one Go file of the tree.
type source struct {
	path   string // slashes, from the root of the tree
	dir    string
	test   bool
	made   bool // carries the standard header of generated code
	lines  int
	syntax *ast.File
}

// tree is what the rules look at.
type tree struct {
	root   string
	module string
	direct []string // direct requirements of go.mod
	set    *token.FileSet
	files  []source
	texts  []string // every file that is no Go file, too
}

// skipped folders hold nothing of ours, or files that are wrong on purpose.
var skipped = []string{".git", "bin", "dist", "testdata", "vendor", "node_modules"}

// readTree parses the Go files under root.
func readTree(t *testing.T, root string) *tree {
	t.Helper()
	tr := &tree{root: root, set: token.NewFileSet()}
	tr.readModule(t)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // another program's file that has just gone
			}
			return err
		}
		if d.IsDir() {
			if name != root && contains(skipped, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		return tr.readFile(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// readModule takes the module's name and direct requirements from go.mod.
func (tr *tree) readModule(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(tr.root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	block := ""
	for line := range strings.Lines(string(text)) {
		word := strings.Fields(line)
		switch {
		case len(word) == 0:
		case word[0] == "module":
			tr.module = word[1]
		case word[len(word)-1] == "(":
			block = word[0]
		case word[0] == ")":
			block = ""
		case strings.Contains(line, "// indirect"):
		case block == "require":
			tr.direct = append(tr.direct, word[0])
		case word[0] == "require":
			tr.direct = append(tr.direct, word[1])
		}
	}
}

// readFile parses a Go file; of others it keeps the name.
func (tr *tree) readFile(name string) error {
	rel, err := filepath.Rel(tr.root, name)
	if err != nil {
		return err
	}
	rel = filepath.ToSlash(rel)
	tr.texts = append(tr.texts, rel)
	if path.Ext(rel) != ".go" {
		return nil
	}
	syntax, err := parser.ParseFile(tr.set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	tr.files = append(tr.files, source{
		path:   rel,
		dir:    path.Dir(rel),
		test:   strings.HasSuffix(rel, "_test.go"),
		made:   ast.IsGenerated(syntax),
		lines:  tr.set.File(syntax.FileStart).LineCount() - 1, // the last line ends
		syntax: syntax,
	})
	return nil
}

// ours gives the folder of an import path of this module.
func (tr *tree) ours(importPath string) (dir string, ok bool) {
	return strings.CutPrefix(importPath, tr.module+"/")
}

// line is the line number of a node.
func (tr *tree) line(n ast.Node) int { return tr.set.Position(n.Pos()).Line }

// length is the number of lines a node covers.
func (tr *tree) length(n ast.Node) int {
	return tr.set.Position(n.End()).Line - tr.set.Position(n.Pos()).Line + 1
}
