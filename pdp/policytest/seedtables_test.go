package policytest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// A seedFact is what the tests say of one numbered row.
type seedFact struct{ status, reason string }

// rowNumber is the number of a row. Where a row is asked in several ways, more
// follows it in the name of the test.
var rowNumber = regexp.MustCompile(`\b(?:W-ARN-|WC|W|A-|R|K)[0-9]+\b`)

// readSeedRows reads the rows from the literal tables of the tests, running none. A
// table is a list of structs with a field row or number. Its rows say their status,
// or else deviate where they, or a case in them, have a text in a field deviates.
func readSeedRows(t *testing.T) map[string]seedFact {
	t.Helper()
	rows := make(map[string]seedFact)
	for name, reason := range notAsked {
		rows[name] = seedFact{"notApplicable", reason}
	}
	for _, pattern := range []string{"seeds_*_test.go", "../seeds_*_test.go", "../../arn/seeds_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			(&seedFile{texts: constTexts(f), rows: rows}).read(f)
		}
	}
	return rows
}

// constTexts returns the texts of the file's constants by name.
func constTexts(f *ast.File) map[string]string {
	texts := make(map[string]string)
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
			for i, name := range spec.Names {
				if s := evalText(spec.Values[i], texts); s != "" {
					texts[name.Name] = s
				}
			}
		}
		return true
	})
	return texts
}

// evalText returns the text of a literal, a constant or a sum of them, else "".
func evalText(e ast.Expr, texts map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, _ := strconv.Unquote(e.Value)
			return s
		}
	case *ast.Ident:
		return texts[e.Name]
	case *ast.BinaryExpr:
		return evalText(e.X, texts) + evalText(e.Y, texts)
	}
	return ""
}

// A seedFile is a file of tables while it is read.
type seedFile struct {
	texts map[string]string
	rows  map[string]seedFact
}

func (s *seedFile) read(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		list, ok := table.Type.(*ast.ArrayType)
		if !ok {
			return true
		}
		var fields []string
		switch elem := list.Elt.(type) {
		case *ast.StructType:
			for _, field := range elem.Fields.List {
				for _, name := range field.Names {
					fields = append(fields, name.Name)
				}
			}
		case *ast.Ident:
			if elem.Name == "seedRow" {
				fields = []string{"row", "status", "reason", "test"}
			}
		}
		for _, e := range table.Elts {
			if row, ok := e.(*ast.CompositeLit); ok && fields != nil {
				s.readRow(fields, row)
			}
		}
		return true
	})
}

// readRow reads one row. A row that stands in several tables deviates if it does so
// in one.
func (s *seedFile) readRow(fields []string, row *ast.CompositeLit) {
	values := make(map[string]ast.Expr)
	for i, e := range row.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				values[key.Name] = kv.Value
			}
		} else if i < len(fields) {
			values[fields[i]] = e
		}
	}
	number := evalText(values["row"], s.texts) + evalText(values["number"], s.texts)
	name := rowNumber.FindString(number)
	if name == "" {
		return
	}
	fact := seedFact{"green", evalText(values["reason"], s.texts)}
	if status, ok := values["status"].(*ast.Ident); ok {
		fact.status = status.Name
	} else if s.deviates(values["deviates"], row) {
		fact.status = "deviation"
	}
	if old, ok := s.rows[name]; !ok || old.status == "green" {
		s.rows[name] = fact
	}
}

// deviates reports whether the row or a case in it says why it deviates.
func (s *seedFile) deviates(own ast.Expr, row *ast.CompositeLit) bool {
	found := evalText(own, s.texts) != ""
	ast.Inspect(row, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			key, _ := kv.Key.(*ast.Ident)
			found = found || key != nil && key.Name == "deviates" && evalText(kv.Value, s.texts) != ""
		}
		return true
	})
	return found
}
