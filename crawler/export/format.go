package export

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Format is a form of output.
type Format string

// The formats.
const (
	JSONL   Format = "jsonl"   // one JSON object for each page, see package page
	CSV     Format = "csv"     // RFC 4180 with a header, for spreadsheets: counts of links, images and meta elements
	Text    Format = "text"    // a paragraph for each page: URL, title, links
	URLs    Format = "urls"    // the URL of each page on a line
	Parquet Format = "parquet" // Apache Parquet, for data frames and databases; lists and times as such
	Sitemap Format = "sitemap" // sitemap.xml by sitemaps.org: the pages that are for search engines
	DOT     Format = "dot"     // pages and the links between them, for Graphviz
	GraphML Format = "graphml" // the same for yEd, Gephi, NetworkX, igraph
	GEXF    Format = "gexf"    // the same for Gephi
)

// ErrFormat says that no format has the name or goes with the file's ending.
var ErrFormat = errors.New("unknown output format")

// endings are the formats and the file endings that ask for them; the first of a format is its own.
var endings = []struct {
	ending string
	format Format
}{
	{".jsonl", JSONL}, {".csv", CSV}, {".txt", Text}, {".urls", URLs}, {".parquet", Parquet}, {".xml", Sitemap},
	{".dot", DOT}, {".gv", DOT}, {".graphml", GraphML}, {".gexf", GEXF},
}

// Formats are all formats.
func Formats() []Format {
	var all []Format
	for _, e := range endings {
		if len(all) == 0 || all[len(all)-1] != e.format {
			all = append(all, e.format)
		}
	}
	return all
}

// FormatOf is the format that a file's ending asks for, whatever its case and whether or not an ending of compression follows
// (see [Create]); ErrFormat if it is none of those that the error lists.
func FormatOf(filename string) (Format, error) {
	plain, _ := compression(filename)
	ext := strings.ToLower(filepath.Ext(plain))
	var known []string
	for _, e := range endings {
		if e.ending == ext {
			return e.format, nil
		}
		known = append(known, e.ending)
	}
	return "", fmt.Errorf("%w: %q ends in none of %s", ErrFormat, filename, strings.Join(known, " "))
}

// ParseFormat is the format of the given name; ErrFormat if there is none.
func ParseFormat(name string) (Format, error) {
	var known []string
	for _, f := range Formats() {
		if string(f) == name {
			return f, nil
		}
		known = append(known, string(f))
	}
	return "", fmt.Errorf("%w %q: choose one of %s", ErrFormat, name, strings.Join(known, " "))
}

// graph reports whether the format has pages and the links between them.
func (f Format) graph() bool { return f == DOT || f == GraphML || f == GEXF }

// Tabular reports whether pages have columns in the format, which can be chosen.
func (f Format) Tabular() bool { return f != URLs && f != Sitemap }
