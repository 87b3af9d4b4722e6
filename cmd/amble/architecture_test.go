package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows are all imports that amble's packages may make of each other. ARCHITECTURE.md draws them; a new one is a
// decision about the structure, to be made there first.
var arrows = map[string][]string{
	"cmd/amble":           {"crawler", "crawler/crawlertest", "crawler/crawlfile", "crawler/diff", "crawler/export", "crawler/links", "crawler/metrics", "crawler/page", "crawler/report", "crawler/warc", "cmd/amble/logs", "cmd/amble/settings"},
	"cmd/amble/logs":      {},
	"cmd/amble/settings":  {},
	"crawler":             {"crawler/crawlfile", "crawler/extract", "crawler/fetch", "crawler/fields", "crawler/mirror", "crawler/page", "crawler/similar", "crawler/warc", "frontier", "frontier/canon", "politeness"},
	"crawler/crawlertest": {"testdata/sites"},
	"crawler/crawlfile":   {"crawler/page"},
	"crawler/diff":        {"crawler/crawlfile", "crawler/page", "crawler/report/look", "crawler/similar"},
	"crawler/export":      {"crawler/crawlfile", "crawler/page", "frontier/canon"},
	"crawler/extract":     {"crawler/page", "crawler/similar", "frontier/canon"},
	"crawler/fetch":       {"crawler/page", "frontier/canon"},
	"crawler/fields":      {"crawler/extract"},
	"crawler/links":       {"crawler/crawlfile", "crawler/page"},
	"crawler/metrics":     {"crawler", "crawler/page"},
	"crawler/mirror":      {"crawler/extract", "frontier/canon"},
	"crawler/page":        {},
	"crawler/report":      {"crawler/crawlfile", "crawler/fields", "crawler/page", "crawler/report/look", "frontier/canon"},
	"crawler/report/look": {},
	"crawler/similar":     {},
	"crawler/warc":        {},
	"frontier":            {"frontier/canon", "politeness"},
	"frontier/canon":      {},
	"politeness":          {},
	"testdata/sites":      {},
}

// strangers are packages of the standard library that a package must stay away from.
var strangers = map[string][]string{
	"frontier":       {"net", "net/http", "os"},
	"frontier/canon": {"net", "net/http", "os", "time", "context"},
	"politeness":     {"net", "net/http", "os", "context", "sync"},
}

// TestImportArrows holds the code's imports against the plan.
func TestImportArrows(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := make(map[string]bool)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && file != root {
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(file, "go.mod")); d.IsDir() && err == nil && file != root {
			return fs.SkipDir // a module of its own
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(rel))
		test := strings.HasSuffix(file, "_test.go")
		seen[pkg] = true
		allowed, planned := arrows[pkg]
		if !planned {
			t.Errorf("%s: package %s is not in the plan", rel, pkg)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range f.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			inner, own := strings.CutPrefix(name, "amble/")
			switch {
			case own && !test && !slices.Contains(allowed, inner):
				t.Errorf("%s imports %s, which is no arrow of the plan", rel, name)
			case !own && !test && slices.Contains(strangers[pkg], name):
				t.Errorf("%s imports %s, which package %s must not know", rel, name, pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range arrows {
		if !seen[pkg] {
			t.Errorf("package %s is in the plan but not in the code", pkg)
		}
		if name := path.Base(pkg); slices.Contains([]string{"util", "common", "helper", "manager", "base", "types", "models"}, name) {
			t.Errorf("package %s: %s says nothing", pkg, name)
		}
	}
}
