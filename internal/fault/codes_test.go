package fault

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryCodeInTheSourcesHasASentence reads every call of New and Wrap and
// every constant of type Code: the code must be in the catalogue, and a call
// with literal arguments must give those that the sentence and the hint name.
func TestEveryCodeInTheSourcesHasASentence(t *testing.T) {
	set := token.NewFileSet()
	sources := sourcesBelow(t, set, "../..")
	consts := constants(sources)
	for name, code := range consts {
		if _, ok := catalog[code]; !ok && code != "" {
			t.Errorf("fault.%s: the code %q has no sentence", name, code)
		}
	}
	calls := 0
	for _, f := range sources {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			code, args, ok := codeOf(call, consts)
			if !ok {
				return true
			}
			calls++
			text, known := catalog[code]
			if !known {
				t.Errorf("%s: the code %q has no sentence", set.Position(call.Pos()), code)
				return true
			}
			if strings.HasSuffix(set.Position(call.Pos()).Filename, "wire/errors.go") {
				return true // to compare with; what is returned has its arguments
			}
			for _, name := range missing(text, args) {
				if name != "file" { // package sheet adds the file's name on the way up
					t.Errorf("%s: the sentence of %q wants {%s}, which is not given", set.Position(call.Pos()), code, name)
				}
			}
			return true
		})
	}
	if calls < 60 || len(consts) < 40 {
		t.Errorf("only %d calls and %d constants found: this test reads nothing", calls, len(consts))
	}
}

func sourcesBelow(t *testing.T, set *token.FileSet, dir string) (out []*ast.File) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "vendor" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		out = append(out, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// constants are those that package fault declares as codes.
func constants(sources []*ast.File) map[string]Code {
	out := map[string]Code{}
	for _, f := range sources {
		if f.Name.Name != "fault" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" {
				if s, ok := literal(spec.Values[0]); ok {
					out[spec.Names[0].Name] = Code(s)
				}
			}
			return true
		})
	}
	return out
}

// codeOf reads fault.New(code, args …) and fault.Wrap(err, code, args …).
func codeOf(call *ast.CallExpr, consts map[string]Code) (code Code, args []ast.Expr, ok bool) {
	fun, isSel := call.Fun.(*ast.SelectorExpr)
	if !isSel || !isFault(fun.X) {
		return "", nil, false
	}
	args = call.Args
	switch {
	case fun.Sel.Name == "Wrap" && len(args) > 1:
		args = args[1:]
	case fun.Sel.Name == "New" && len(args) > 0:
	default:
		return "", nil, false
	}
	if s, ok := literal(args[0]); ok {
		return Code(s), args[1:], true
	}
	if sel, ok := args[0].(*ast.SelectorExpr); ok && isFault(sel.X) {
		return consts[sel.Sel.Name], args[1:], true
	}
	return "", nil, false // a variable: its values are constants or come from elsewhere
}

func isFault(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "fault"
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

var places = regexp.MustCompile(`\{(\w+)\}`)

func missing(t text, args []ast.Expr) (out []string) {
	var given []string
	for i := 0; i < len(args); i += 2 {
		s, ok := literal(args[i])
		if !ok {
			return nil
		}
		given = append(given, s)
	}
	for _, m := range places.FindAllStringSubmatch(t.vi+t.hintVi, -1) {
		if !slices.Contains(given, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}
