// Package links tells which links of a crawl are broken, for people, programs and continuous integration.
//
// It reads a crawl file, of a crawl that has ended or one that runs. A link is broken if what it names, or where that redirects to in the end,
// failed when the crawl asked for it; and so is one to a place that a page does not have, where the crawl noted places
// (crawler.Checks.Fragments). Links to what was not asked for, and to servers that did not let on (a login, a refusal of strangers, too many
// requests), are undecided: they are counted and never called broken. See [crawlfile.Broken] and [crawlfile.Verdict].
//
// What is written streams: memory does not grow with the crawl.
package links

import (
	"bufio"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"strings"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// Format is a form of the results.
type Format string

// The formats.
const (
	Text  Format = "text"  // for reading: by URL, with the pages that link there
	JSON  Format = "json"  // one object: counts, and an array of broken links, one on each line
	JUnit Format = "junit" // XML as CI systems read it: a test case for each URL that was asked for, and each place that is not there
)

// Formats are all of them.
var Formats = []Format{Text, JSON, JUnit}

// Count is what Write found.
type Count struct {
	URLs, Links int // that are broken: URLs, with their fragments, and the links to them
}

// Write writes the results of a crawl to w and counts what is broken. It blocks until that is done or ctx is cancelled.
func Write(ctx context.Context, w io.Writer, f *crawlfile.File, format Format) (Count, error) {
	stats, err := f.CheckStats(ctx)
	if err != nil {
		return Count{}, err
	}
	o := output{w: bufio.NewWriterSize(w, 1<<16), f: f, stats: stats}
	switch format {
	case Text:
		err = o.text(ctx)
	case JSON:
		err = o.json(ctx)
	case JUnit:
		err = o.junit(ctx)
	default:
		err = fmt.Errorf("links: format %q is not known: use text, json or junit", format)
	}
	if err == nil {
		err = o.w.Flush()
	}
	return o.n, err
}

// output is one Write.
type output struct {
	w     *bufio.Writer
	f     *crawlfile.File
	stats crawlfile.CheckStats
	n     Count
	last  string
}

func (o *output) printf(format string, args ...any) { fmt.Fprintf(o.w, format, args...) } // errors stay with o.w

// count counts a link, and reports whether it is the first to its URL.
func (o *output) count(b *crawlfile.Broken) (first bool) {
	o.n.Links++
	if first = o.n.Links == 1 || b.Name() != o.last; first {
		o.n.URLs++
		o.last = b.Name()
	}
	return first
}

func (o *output) text(ctx context.Context) error {
	for b, err := range o.f.Broken(ctx) {
		if err != nil {
			return err
		}
		if o.count(&b) {
			o.printf("%s\n  %s\n", page.OneLine(b.Name()), page.OneLine(b.Reason()))
		}
		switch b.Kind {
		case "seed":
			o.printf("    where the crawl began\n")
			continue
		case "link", "fragment":
			o.printf("    on %s", page.OneLine(b.From))
		case "sitemap":
			o.printf("    in the sitemap %s", page.OneLine(b.From))
		default:
			o.printf("    on %s, as %s", page.OneLine(b.From), b.Kind)
		}
		if b.Text != "" {
			o.printf(": “%s”", page.OneLine(b.Text))
		}
		o.printf("\n")
	}
	if o.n.Links > 0 {
		o.printf("\n")
	}
	switch {
	case o.n.Links == 0:
		o.printf("No broken links")
	default:
		o.printf("%s to %s", plural(o.n.Links, "broken link"), plural(o.n.URLs, "URL"))
	}
	o.printf("; %s asked for: %s and %s", plural(o.stats.Asked, "URL"), plural(o.stats.Asked-o.stats.Checks, "page"), plural(o.stats.Checks, "check"))
	if n := o.stats.Undecided; n > 0 {
		o.printf("; %d undecided", n)
	}
	var left []string
	if n := o.stats.Pending; n > 0 {
		left = append(left, plural(n, "page"))
	}
	if n := o.stats.Waiting; n > 0 {
		left = append(left, plural(n, "check"))
	}
	if len(left) > 0 {
		o.printf("; %s left for another run", strings.Join(left, " and "))
	}
	o.printf(".\n")
	return nil
}

// jsonLink is a broken link in JSON.
type jsonLink struct {
	URL    string `json:"url"`
	Kind   string `json:"kind"`
	From   string `json:"from,omitempty"`
	Text   string `json:"text,omitempty"`
	Final  string `json:"final,omitempty"` // where it is not the URL
	Status int    `json:"status,omitempty"`
	Class  string `json:"class"` // of failure, or fragment
	Reason string `json:"reason"`
}

func (o *output) json(ctx context.Context) error {
	o.printf(`{"asked":%d,"checks":%d,"undecided":%d,"waiting":%d,"pending":%d,"broken":[`,
		o.stats.Asked, o.stats.Checks, o.stats.Undecided, o.stats.Waiting, o.stats.Pending)
	enc := json.NewEncoder(o.w)
	enc.SetEscapeHTML(false)
	for b, err := range o.f.Broken(ctx) {
		if err != nil {
			return err
		}
		if o.count(&b); o.n.Links > 1 {
			o.printf(",")
		} else {
			o.printf("\n")
		}
		j := jsonLink{URL: b.Name(), Kind: b.Kind, From: b.From, Text: b.Text, Status: b.Status, Class: "fragment", Reason: b.Reason()}
		if b.Err != nil {
			j.Class = string(b.Err.Class)
		}
		if b.Final != b.URL {
			j.Final = b.Final
		}
		if err := enc.Encode(j); err != nil {
			return err
		}
	}
	o.printf("]}\n")
	return nil
}

// pagesNamed is how many pages a failed test case names.
const pagesNamed = 100

// junit writes one suite. What is broken comes by URL, as what was asked for does, so both are read side by side; the attributes with the
// totals stand first, so what is broken is read once before.
func (o *output) junit(ctx context.Context) error {
	urls, _, err := o.f.CountBroken(ctx)
	if err != nil {
		return err
	}
	cases, err := o.cases(ctx)
	if err != nil {
		return err
	}
	o.printf(xml.Header+"<testsuites>\n<testsuite name=\"links\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\">\n", cases, urls, o.stats.Undecided)
	next, stop := iter.Pull2(o.f.Broken(ctx))
	defer stop()
	b, err, more := next()
	fail := func() (name string) {
		name = b.Name()
		o.printf(`<testcase classname="%s" name="%s"><failure type="%s" message="%s">`, o.class(&b), attr(name), o.kind(&b), attr(b.Reason()))
		n := 0
		for ; more && err == nil && b.Name() == name; b, err, more = next() {
			o.count(&b)
			if n++; n <= pagesNamed {
				o.printf("\n%s", attr(strings.TrimSpace(b.Kind+" "+b.From+" "+b.Text)))
			}
		}
		if n > pagesNamed {
			o.printf("\nand %d more", n-pagesNamed)
		}
		o.printf("\n</failure></testcase>\n")
		return name
	}
	for t, terr := range o.f.Targets(ctx) {
		if terr != nil {
			return terr
		}
		failed := false
		for more && err == nil && b.ID == "" && b.URL <= t.URL {
			failed = fail() == t.URL || failed
		}
		switch {
		case err != nil:
			return err
		case failed:
		case t.Verdict == crawlfile.Undecided:
			why := "the server does not let on"
			if t.Err != nil {
				why = t.Err.Error()
			}
			o.printf(`<testcase classname="url" name="%s"><skipped message="%s"/></testcase>`+"\n", attr(t.URL), attr(why))
		default: // what failed and nobody links to is no broken link
			o.printf(`<testcase classname="url" name="%s"/>`+"\n", attr(t.URL))
		}
	}
	for more && err == nil {
		fail()
	}
	o.printf("</testsuite>\n</testsuites>\n")
	return err
}

// cases is the number of test cases: one for each URL that was asked for, and one for each place that there is not.
func (o *output) cases(ctx context.Context) (n int, err error) {
	last := ""
	n = o.stats.Asked
	for b, err := range o.f.Broken(ctx) {
		if err != nil {
			return 0, err
		}
		if name := b.Name(); b.ID != "" && name != last {
			n++
			last = name
		}
	}
	return n, nil
}

func (o *output) class(b *crawlfile.Broken) string {
	if b.ID != "" {
		return "fragment"
	}
	return "url"
}

func (o *output) kind(b *crawlfile.Broken) string {
	if b.Err == nil {
		return "fragment"
	}
	return attr(string(b.Err.Class))
}

// attr is s for XML, in attributes and in text: what XML cannot hold becomes U+FFFD.
func attr(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
