package export

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
	"amble/frontier/canon"
)

// A sitemap lists the pages that are for search engines: HTML that answered 200, does not ask to be left out of indexes, and names no
// other page as canonical, and which the crawl took for nobody's duplicate. All lie below one folder, as the protocol demands.
// Of more than one file a sitemap is an index, which names the others. One without any page is no sitemap: see ErrEmpty.

// Limits of sitemaps.org.
const (
	maxSitemapURLs  = 50_000
	maxSitemapBytes = 50 << 20 // before compression
	maxLoc          = 2047     // characters of a URL, which has less than 2,048
	minLoc          = 12       // which the schema demands
)

// limits are those of one file: tests have smaller ones.
type limits struct{ urls, bytes int }

const (
	urlsetHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
	urlsetTail = "</urlset>\n"
	indexHead  = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
	indexTail  = "</sitemapindex>\n"
)

// ErrTooLarge says that a sitemap takes several files, which cannot be written as one.
var ErrTooLarge = errors.New("the sitemap takes several files")

// plan is how a sitemap is divided into files.
type plan struct {
	base    string
	files   []int // URLs in each; one at least
	leftOut int64
}

// plan reads the pages once, to know how many files they take and where they lie.
func (p *parsed) plan(ctx context.Context, s *crawlfile.Snapshot) (plan, error) {
	limit := p.limits
	if limit == (limits{}) {
		limit = limits{maxSitemapURLs, maxSitemapBytes}
	}
	l := plan{base: p.base, files: []int{0}}
	size := len(urlsetHead) + len(urlsetTail)
	for pg, err := range s.Select(ctx, p.where.and(indexable, true)) {
		if err != nil {
			return l, fmt.Errorf("export: %w", err)
		}
		if l.base == "" {
			u, err := canon.Parse(pg.URL)
			if err != nil {
				return l, fmt.Errorf("export: %s: %w", pg.URL, err)
			}
			l.base = u.Origin() + "/"
			if l.base, err = folder(l.base); err != nil { // which leaves out the usual port
				return l, fmt.Errorf("export: %w", err)
			}
		}
		if !l.lists(pg) {
			l.leftOut++
			continue
		}
		entry := len(sitemapEntry(pg))
		last := len(l.files) - 1
		if l.files[last] == limit.urls || l.files[last] > 0 && size+entry > limit.bytes {
			l.files = append(l.files, 0)
			last, size = last+1, len(urlsetHead)+len(urlsetTail)
		}
		l.files[last]++
		size += entry
	}
	if l.files[0] == 0 {
		return l, p.empty(ctx, s, l)
	}
	if len(l.files) > limit.urls {
		return l, fmt.Errorf("export: a sitemap index names no more than %d files: choose fewer pages", limit.urls)
	}
	return l, nil
}

// lists reports whether an indexable page can be listed.
func (l plan) lists(p *page.Page) bool {
	n := len(loc(p.URL))
	return strings.HasPrefix(p.URL, l.base) && n >= minLoc && n <= maxLoc
}

// entries yields the entries of the sitemap.
func (p *parsed) entries(ctx context.Context, s *crawlfile.Snapshot, l plan) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for pg, err := range s.Select(ctx, p.where.and(indexable, true)) {
			if err != nil {
				yield("", fmt.Errorf("export: %w", err))
				return
			}
			if l.lists(pg) && !yield(sitemapEntry(pg), nil) {
				return
			}
		}
	}
}

// writeSitemap writes a sitemap of one file.
func (p *parsed) writeSitemap(ctx context.Context, w io.Writer, s *crawlfile.Snapshot) (Summary, error) {
	l, err := p.plan(ctx, s)
	if err != nil {
		return Summary{}, err
	}
	if len(l.files) > 1 {
		return Summary{}, fmt.Errorf("export: %w, %d of them, for one holds %d URLs and %d MB: name the file of their index", ErrTooLarge, len(l.files), maxSitemapURLs, maxSitemapBytes>>20)
	}
	return p.sitemapFiles(ctx, s, l, func(int) (io.Writer, error) { return w, nil })
}

// sitemapFiles writes all files of a sitemap but for the index, one after the other, to the writers that open makes. They are
// flushed, and not closed.
func (p *parsed) sitemapFiles(ctx context.Context, s *crawlfile.Snapshot, l plan, open func(i int) (io.Writer, error)) (sum Summary, err error) {
	sum.LeftOut = l.leftOut
	next, stop := iter.Pull2(p.entries(ctx, s, l))
	defer stop()
	for i, urls := range l.files {
		w, err := open(i)
		if err != nil {
			return sum, err
		}
		out := bufio.NewWriterSize(w, 64<<10)
		out.WriteString(urlsetHead)
		for range urls {
			entry, err, ok := next()
			if err == nil && !ok {
				err = errors.New("export: a page of the sitemap is gone") // one snapshot gives the same pages twice
			}
			if err != nil {
				return sum, err
			}
			if _, err := out.WriteString(entry); err != nil {
				return sum, fmt.Errorf("export: %w", err)
			}
			sum.Pages++
		}
		out.WriteString(urlsetTail)
		if err := out.Flush(); err != nil {
			return sum, fmt.Errorf("export: %w", err)
		}
	}
	return sum, nil
}

// writeIndex writes the index of files of these names, which lie in the sitemap's folder.
func (l plan) writeIndex(w io.Writer, names []string) error {
	out := bufio.NewWriter(w)
	out.WriteString(indexHead)
	for _, name := range names {
		u, err := canon.Parse(l.base + url.PathEscape(filepath.Base(name)))
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		fmt.Fprintf(out, "  <sitemap><loc>%s</loc></sitemap>\n", xmlText(loc(u.String())))
	}
	out.WriteString(indexTail)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func sitemapEntry(p *page.Page) string {
	var lastmod string
	if t := modified(p); !t.IsZero() {
		lastmod = "<lastmod>" + t.UTC().Format("2006-01-02T15:04:05Z") + "</lastmod>"
	}
	return "  <url><loc>" + xmlText(loc(p.URL)) + "</loc>" + lastmod + "</url>\n"
}

// modified is when the page was last changed as far as that is known: what the site's own sitemap says, or else Last-Modified. Many
// servers make pages up when they are asked, and give that time as Last-Modified: it says nothing, nor does a time to come.
// Change frequencies and priorities are nowhere known.
func modified(p *page.Page) time.Time {
	if !p.LastMod.IsZero() && p.LastMod.Before(p.FetchedAt) {
		return p.LastMod
	}
	t, err := http.ParseTime(p.LastModified)
	if err != nil || t.After(p.FetchedAt.Add(-time.Minute)) {
		return time.Time{}
	}
	return t
}

// folder is the canonical URL of a folder, with the slash that ends it.
func folder(s string) (string, error) {
	u, err := canon.Parse(s)
	if err != nil {
		return "", fmt.Errorf("base URL %q: %w", s, err)
	}
	f := u.String()
	if strings.ContainsAny(f, "?") {
		return "", fmt.Errorf("base URL %q: the URL of a folder has no query", s)
	}
	return strings.TrimSuffix(f, "/") + "/", nil
}
