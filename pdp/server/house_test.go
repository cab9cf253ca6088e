package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// The house: a package imports only packages of strictly lower rank. The rules
// below read the files themselves, so that the test cache sees every change.
const module = "github.com/mayi-authz/mayi/"

var ranks = map[string]int{
	"cmd/mayi":                     8,
	"pdp/server":                   7,
	"pdp/server/unary":             6,
	"pdp/extauthz":                 6,
	"pdp/decideapi":                6,
	"policystore":                  5,
	"pdp/door":                     5,
	"policystore/source/directory": 4,
	"policystore/source/archive":   4,
	"pdp/authn":                    4,
	"pdp/policytest":               4,
	"pdp/policytest/workload":      4,
	"pdp":                          3,
	"policystore/source":           3,
	"conditions":                   2,
	"pdp/route":                    2,
	"arn":                          1,
	"arn/wildcard":                 0,
	"config":                       0,
	"pdp/mayiv1":                   0,
	"pdp/strictjson":               0,

	"policystore/source/directory/kubelettest": 0, // for tests
}

// pure lists the packages that know nothing but values, and what they may import
// besides lower ranks. Anything else (os, net, log, sync/atomic, reflect, unsafe,
// protobuf, …) is refused.
var pure = []string{"arn", "arn/wildcard", "conditions", "pdp", "pdp/route", "pdp/strictjson"}

var pureImports = []string{
	"bytes", "cmp", "crypto/sha256", "crypto/subtle", "encoding", "encoding/base64", "encoding/hex", "errors", "fmt", "io", "iter",
	"maps", "math", "math/big", "math/bits", "net/netip", "regexp", "regexp/syntax", "slices", "sort", "strconv", "strings",
	"sync", "time", "unicode", "unicode/utf16", "unicode/utf8",
	"github.com/go-json-experiment/json/jsontext",
	"github.com/gaissmai/bart",
}

// reserved imports belong to few packages; the reason stands beside them.
var reserved = []struct {
	prefix, why string
	allowed     []string
}{
	{"github.com/envoyproxy/", "Envoy's generated types weigh a megabyte; the adapter has a codec of its own, and only tests compare it with theirs", nil},
	{"google.golang.org/grpc", "the wire stops at the adapters and the roof", []string{"pdp/extauthz", "pdp/server/unary", "pdp/decideapi", "pdp/server", "pdp/mayiv1", "cmd/mayi"}},
	{"google.golang.org/protobuf", "generated types stop at the adapters", []string{"pdp/extauthz", "pdp/decideapi", "pdp/server", "pdp/mayiv1"}},
	{"github.com/theory/jsonpath", "it is the reference evaluator's: its numbers are not exact", []string{"pdp/policytest"}},
	{module + "config", "only the roof reads settings", []string{"pdp/server", "cmd/mayi"}},
	{module + "policystore", "adapters see a pdp.Provider", []string{"policystore", "policystore/source/directory", "policystore/source/archive", "pdp/server", "cmd/mayi"}},
	{module + "pdp/policytest", "it is for tests and tools", []string{"cmd/mayi"}},
}

const maxFileLines, maxFuncLines = 400, 60

func TestHouse(t *testing.T) {
	for _, fault := range inspect(os.DirFS("../..")) {
		t.Error(fault)
	}
}

// inspect returns every broken rule of the module in fsys.
func inspect(fsys fs.FS) (faults []string) {
	comments := map[string]int{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "bench" || name != "." && strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case name == "go.mod":
			faults = append(faults, inspectModule(fsys)...)
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			src, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			dir := path.Dir(name)
			if _, ok := comments[dir]; !ok {
				comments[dir] = 0
			}
			file := goFile{name: name, dir: dir, lines: strings.Count(string(src), "\n")}
			file.fset = token.NewFileSet()
			file.ast, err = parser.ParseFile(file.fset, name, src, parser.ParseComments)
			if err != nil {
				return err
			}
			if file.ast.Doc != nil {
				comments[dir]++
			}
			faults = append(faults, file.inspect()...)
		}
		return nil
	})
	if err != nil {
		faults = append(faults, err.Error())
	}
	for dir, n := range comments {
		if n != 1 {
			faults = append(faults, dir+": has "+strconv.Itoa(n)+" package comments; expected exactly one")
		}
	}
	slices.Sort(faults)
	return faults
}

func inspectModule(fsys fs.FS) (faults []string) {
	mod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return []string{err.Error()}
	}
	for line := range strings.Lines(string(mod)) {
		if strings.HasPrefix(strings.TrimSpace(line), "replace") {
			faults = append(faults, "go.mod: holds a replace")
		}
	}
	return faults
}

type goFile struct {
	name, dir string
	lines     int
	fset      *token.FileSet
	ast       *ast.File
}

func (f *goFile) inspect() (faults []string) {
	fault := func(text string) { faults = append(faults, f.name+": "+text) }
	rank, known := ranks[f.dir]
	if !known {
		fault("package has no rank in the house")
	}
	isPure := slices.Contains(pure, f.dir)
	for _, spec := range f.ast.Imports {
		imp, _ := strconv.Unquote(spec.Path.Value)
		if ours, ok := strings.CutPrefix(imp, module); ok {
			if r, ok := ranks[ours]; !ok || r >= rank {
				fault("imports " + ours + ", which does not lie below it")
			}
		} else if isPure && !slices.Contains(pureImports, imp) {
			fault("imports " + imp + ", which the pure core may not")
		}
		for _, r := range reserved {
			if imp == strings.TrimSuffix(r.prefix, "/") || strings.HasPrefix(imp, strings.TrimSuffix(r.prefix, "/")+"/") {
				if !slices.Contains(r.allowed, f.dir) {
					fault("imports " + imp + ": " + r.why)
				}
			}
		}
	}
	if ast.IsGenerated(f.ast) {
		return faults
	}
	if f.lines > maxFileLines {
		fault("has " + strconv.Itoa(f.lines) + " lines; a file has at most " + strconv.Itoa(maxFileLines))
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				fault("has an init function")
			}
			if lines := f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1; lines > maxFuncLines {
				fault("func " + n.Name.Name + " has " + strconv.Itoa(lines) + " lines; a function has at most " + strconv.Itoa(maxFuncLines))
			}
		case *ast.GoStmt:
			if isPure {
				fault("starts a goroutine in the pure core")
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && isPure && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker"}, n.Sel.Name) {
				fault("reads the clock in the pure core: time." + n.Sel.Name)
			}
		}
		return true
	})
	return faults
}

// TestHouseFindsPlantedFaults tries every rule with a fault.
func TestHouseFindsPlantedFaults(t *testing.T) {
	doc := func(pkg string) string { return "// Package " + pkg + " is.\npackage " + pkg + "\n" }
	long := strings.Repeat("// line\n", maxFileLines)
	tests := []struct {
		name, file, src, want string
	}{
		{"upward import", "arn/x.go", doc("arn") + `import _ "github.com/mayi-authz/mayi/pdp"`, "imports pdp, which does not lie below it"},
		{"sideways import", "conditions/x.go", doc("conditions") + `import _ "github.com/mayi-authz/mayi/pdp/route"`, "imports pdp/route, which does not lie below it"},
		{"unknown package", "util/x.go", doc("util"), "package has no rank"},
		{"impure import", "pdp/x.go", doc("pdp") + `import _ "os"`, "imports os, which the pure core may not"},
		{"impure protobuf", "pdp/x.go", doc("pdp") + `import _ "google.golang.org/protobuf/proto"`, "which the pure core may not"},
		{"clock", "pdp/x.go", doc("pdp") + "import \"time\"\nvar x = time.Now()", "reads the clock"},
		{"goroutine", "conditions/x.go", doc("conditions") + "func f() { go f() }", "starts a goroutine"},
		{"init", "pdp/door/x.go", doc("door") + "func init() {}", "has an init function"},
		{"Envoy outside of its adapter", "pdp/door/x.go", doc("door") + `import _ "github.com/envoyproxy/go-control-plane/envoy/type/v3"`, "Envoy's generated types"},
		{"grpc in the store", "policystore/x.go", doc("policystore") + `import _ "google.golang.org/grpc"`, "the wire stops"},
		{"config in an adapter", "pdp/extauthz/x.go", doc("extauthz") + `import _ "github.com/mayi-authz/mayi/config"`, "only the roof reads settings"},
		{"store in an adapter", "pdp/decideapi/x.go", doc("decideapi") + `import _ "github.com/mayi-authz/mayi/policystore"`, "adapters see a pdp.Provider"},
		{"no package comment", "arn/x.go", "package arn\n", "has 0 package comments"},
		{"long file", "arn/x.go", doc("arn") + long, "lines; a file has at most"},
		{"long function", "arn/x.go", doc("arn") + "func f() {\n" + strings.Repeat("\t_ = 1\n", maxFuncLines) + "}\n", "func f has"},
		{"replace", "go.mod", "module x\nreplace a => b\n", "holds a replace"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			faults := inspect(fstest.MapFS{tt.file: {Data: []byte(tt.src)}})
			if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, tt.want) }) {
				t.Errorf("faults %q; expected one that says %q", faults, tt.want)
			}
		})
	}
	t.Run("two package comments", func(t *testing.T) {
		faults := inspect(fstest.MapFS{"arn/a.go": {Data: []byte(doc("arn"))}, "arn/b.go": {Data: []byte(doc("arn"))}})
		if len(faults) != 1 || !strings.Contains(faults[0], "has 2 package comments") {
			t.Errorf("faults %q", faults)
		}
	})
	t.Run("a good house", func(t *testing.T) {
		if faults := inspect(fstest.MapFS{"arn/a.go": {Data: []byte(doc("arn"))}}); len(faults) != 0 {
			t.Errorf("faults %q", faults)
		}
	})
}
