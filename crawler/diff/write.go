package diff

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"amble/crawler/crawlfile"
)

// Format is a form of the results.
type Format string

// The formats.
const (
	Text Format = "text" // for reading, by kind
	JSON Format = "json" // one object, with an array of differences, one on each line: see the type Record
	HTML Format = "html" // one web page, which asks nothing of the network; long lists are cut
)

// Formats are all of them.
var Formats = []Format{Text, JSON, HTML}

// Write writes the differences to w, and counts them. It blocks until that is done or ctx is cancelled.
func Write(ctx context.Context, w io.Writer, c *Comparison, format Format) (sum Summary, err error) {
	b := bufio.NewWriterSize(w, 1<<16)
	switch format {
	case Text:
		sum, err = c.text(ctx, b)
	case JSON:
		sum, err = c.json(ctx, b)
	case HTML:
		sum, err = c.html(ctx, b)
	default:
		err = fmt.Errorf("diff: format %q is not known: use text, json or html", format)
	}
	if err == nil {
		err = b.Flush()
	}
	return sum, err
}

// titles head the differences of each kind.
var titles = map[Kind]string{
	New: "New pages", Gone: "Pages that are gone", Moved: "Pages that moved", Changed: "Pages that changed", Broken: "Newly broken links", Mended: "Mended links",
	Unreached: "Pages that the newer crawl did not reach", Unseen: "Pages that the older crawl did not see",
}

// reason says why a page is gone or moved, or was not reached or seen, in a few words.
func reason(d *Difference) string {
	switch d.Why {
	case crawlfile.WhyMissing:
		return answer(d.New.Status)
	case crawlfile.WhyUnlinked:
		return "nothing links to it any more"
	case crawlfile.WhyRedirected:
		return "redirects there"
	case crawlfile.WhySame:
		return "has the same content"
	case crawlfile.WhyCut:
		return "the crawl did not come to its end"
	case crawlfile.WhyLinked:
		return "named by " + d.Via + ", but not asked for: too deep, or out of scope"
	case crawlfile.WhyFailed:
		return d.Via + ", which led to it, was not read, or not to its end"
	case crawlfile.WhyBehind:
		return d.Via + ", which led to it, was not reached either"
	case crawlfile.WhySeed:
		return "the other crawl was told to begin there"
	}
	return ""
}

// answer is a status with its name.
func answer(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// linkReason says what is, or was, wrong with a link, and linkOther how that was, or is, in the other crawl.
func linkReason(d *Difference) string { return d.Link.Broken.Reason() }

func linkOther(d *Difference) string {
	broken := d.Kind == Broken
	switch d.Link.Other {
	case crawlfile.Answered:
		return pick(broken, "answered %s before", "answers %s now", answer(d.Link.Status))
	case crawlfile.NotLinked:
		return pick(broken, "the link is new", "the link is no more", "")
	case crawlfile.NoPage:
		return pick(broken, "the page is new", "the page is gone", "")
	}
	return ""
}

func pick(first bool, a, b, arg string) string {
	if !first {
		a = b
	}
	return strings.ReplaceAll(a, "%s", arg)
}

// holder says where a link stands.
func holder(b *crawlfile.Broken) (where string) {
	switch b.Kind {
	case "seed":
		return "where the crawl began"
	case "link", "fragment":
		return "on " + b.From
	case "sitemap":
		return "in the sitemap " + b.From
	}
	return "on " + b.From + ", as " + b.Kind
}

// nearby is the distance up to which texts count as near-duplicates, as in package similar.
const nearby = 5

// apart says how far two contents are from each other.
func apart(f *FieldChange) string {
	switch {
	case f.Distance < 0:
		return "not the same"
	case f.Distance == 0:
		return "the text is the same, the bytes are not"
	case f.Distance <= nearby:
		return fmt.Sprintf("the text is nearly the same (distance %d of 64)", f.Distance)
	}
	return fmt.Sprintf("another text (distance %d of 64)", f.Distance)
}

// state is how a crawl stands, in a few words.
func state(s *crawlfile.Side) string {
	switch {
	case s.Running:
		return "running"
	case s.End.State == crawlfile.Running:
		return "killed"
	case s.End.State == crawlfile.Complete && s.Pending > 0:
		return fmt.Sprintf("complete but for %s", plural(s.Pending, "URL"))
	}
	return s.End.State
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", thousands(n), noun)
}
