// Package export writes pages in forms that other programs read: JSON Lines, CSV and plain text.
//
// One page goes out like this. It comes from a crawl file ([Write], by depth and then by URL) or straight from a running
// crawl (an [Encoder], in the order of fetching), is stripped of what could do harm where the output is opened, such as
// terminal escapes and spreadsheet formulas, and is written as one line, one record or one paragraph. JSON Lines is for
// programs and keeps everything.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"amble/crawler/crawlfile"
)

// Format is a form of output.
type Format string

// The formats.
const (
	JSONL Format = "jsonl" // one JSON object for each page, see package page
	CSV   Format = "csv"   // RFC 4180 with a header, for spreadsheets: counts of links, images and meta elements
	Text  Format = "text"  // a paragraph for each page: URL, title, links
)

// ErrFormat says that no format has the name or goes with the file's ending.
var ErrFormat = errors.New("unknown output format")

// endings are the formats and the file endings that ask for them.
var endings = []struct {
	ending string
	format Format
}{{".jsonl", JSONL}, {".csv", CSV}, {".txt", Text}}

// FormatOf is the format that a file's ending asks for, whatever its case; ErrFormat if it is none of those that the
// error lists.
func FormatOf(filename string) (Format, error) {
	ext := strings.ToLower(filepath.Ext(filename))
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
	for _, e := range endings {
		if string(e.format) == name {
			return e.format, nil
		}
		known = append(known, string(e.format))
	}
	return "", fmt.Errorf("%w %q: choose one of %s", ErrFormat, name, strings.Join(known, " "))
}

// Write writes all pages of a crawl file to w, by depth and then by URL in byte order. It holds one page in memory at a
// time, and may run while the crawl goes on: it then shows the file as it was at the beginning.
func Write(ctx context.Context, w io.Writer, f *crawlfile.File, format Format) error {
	e, err := NewEncoder(w, format)
	if err != nil {
		return err
	}
	for p, err := range f.Pages(ctx) {
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		if err := e.Encode(p); err != nil {
			return err
		}
	}
	return e.Flush()
}
