package crawlertest

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"time"
)

// pages computes the page at a path below the prefix of its file, or where it redirects to; nil and "" if there is none.
// It must give the same page for the same arguments, whatever was asked before: a crawl's result may not depend on its
// order.
type pages func(host, rest, query string) (page []byte, redirect string)

// generators make the pages of "!generate NAME ARGS" for the paths below a prefix.
var generators = map[string]func(prefix string, args []string) (pages, error){
	"maze":      parseMaze,
	"calendar":  calendar,
	"sessions":  sessions,
	"repeat":    repeat,
	"redirects": redirects,
	"links":     links,
	"facets":    facets,
	"soft404":   soft404,
	"grow":      grow,
	"deep":      deep,
	"hosts":     hosts,
	"visits":    visits,
}

func (f *file) buildPages() (err error) {
	name := f.generate[0]
	build, ok := generators[name]
	if !ok {
		names := slices.Sorted(maps.Keys(generators))
		return fmt.Errorf("!generate: no generator %q; there are %s", name, strings.Join(names, ", "))
	}
	f.pages, err = build(f.prefix, f.generate[1:])
	if f.header["Content-Type"] == "" {
		f.header["Content-Type"] = "text/html; charset=utf-8"
	}
	return err
}

// calendar is one month a page, each with links to the month before and the month after, from year 1 to 9999.
func calendar(prefix string, args []string) (pages, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("calendar takes no arguments")
	}
	const form = "2006/01/"
	return func(_, rest, _ string) ([]byte, string) {
		month := time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
		if rest != "" {
			var err error
			if month, err = time.Parse(form, rest); err != nil || month.Year() < 1 {
				return nil, ""
			}
		}
		var links []string
		for _, step := range []int{-1, 1} {
			if to := month.AddDate(0, step, 0); to.Year() >= 1 && to.Year() <= 9999 {
				links = append(links, prefix+to.Format(form), to.Format("January 2006"))
			}
		}
		return trapPage(month.Format("January 2006"), links)
	}, nil
}

// repeat answers every directory with the same relative links, as a server does that ignores the end of a path.
func repeat(_ string, args []string) (pages, error) {
	if len(args) > 0 {
		return nil, fmt.Errorf("repeat takes no arguments")
	}
	return func(_, rest, _ string) ([]byte, string) {
		if rest != "" && !strings.HasSuffix(rest, "/") {
			return nil, ""
		}
		return trapPage("Below "+rest, []string{"a/", "a", "b/", "b"})
	}, nil
}

// trapPage is a page with a title and links, given as targets and texts in turn.
func trapPage(title string, links []string) (page []byte, redirect string) {
	b := fmt.Appendf(nil, "<!DOCTYPE html>\n<title>%s</title>\n", html.EscapeString(title))
	for pair := range slices.Chunk(links, 2) {
		b = fmt.Appendf(b, "<a href=\"%s\">%s</a>\n", html.EscapeString(pair[0]), html.EscapeString(pair[1]))
	}
	return b, ""
}
