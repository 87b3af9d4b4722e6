package fields

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"amble/crawler/extract"
	"amble/frontier/canon"
)

// BenchmarkRealPages reads pages of Debian's python3.11-doc into trees, and takes five fields and structured data out of them.
func BenchmarkRealPages(b *testing.B) {
	var bodies [][]byte
	size := 0
	err := filepath.WalkDir("/usr/share/doc/python3.11-doc/html/library", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".html" {
			return err
		}
		body, err := os.ReadFile(path)
		bodies = append(bodies, body)
		size += len(body)
		return err
	})
	if err != nil {
		b.Skip("no pages: Debian's package python3.11-doc has them")
	}
	var rules []Rule
	for name, from := range map[string]string{
		"h1": "css:h1", "func": "css:dl.py.function > dt@id", "sig": "css:dl.py.function > dt", "crumb": "css:.related li.nav-item a", "new": "css:.versionadded",
	} {
		rules = append(rules, Rule{Name: name, From: from})
	}
	x, err := Compile(rules, true)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("tree", func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			for _, body := range bodies {
				extract.ReadTree(body, canon.URL{}, nil)
			}
		}
	})
	b.Run("fields", func(b *testing.B) {
		var trees []*extract.Tree
		for _, body := range bodies {
			trees = append(trees, extract.ReadTree(body, canon.URL{}, nil))
		}
		b.SetBytes(int64(size))
		b.ReportAllocs()
		for b.Loop() {
			for _, t := range trees {
				x.Extract(t, "http://a.test/")
			}
		}
	})
}
