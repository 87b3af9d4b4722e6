package crawler_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// whySite has a URL for each fate.
const whySite = `Every page of this site has a fate of its own.
seed: http://a.test/
-- a.test/robots.txt --
User-agent: *
Disallow: /private
-- a.test/index.html --
<a href="/one">One</a> <a href="/private/x">Private</a> <a href="/old">Old</a> <a href="/to-private">P</a> <a href="/gone">Gone</a>
<a rel="nofollow ugc" href="/ad">Ad</a> <a href="http://far.test/">Far</a> <a href="/print/x">Print</a> <a href="/img/x">Img</a>
<a href="/hop">Hop</a> <a rel=nofollow href="/twice">Not by this</a> <a href="/twice">By this</a> <a href="/flaky">Flaky</a>
-- a.test/one --
<a href="/two">Two</a>
-- a.test/two --
<a href="/three">Three</a> <a rel="nofollow" href="/ad">Ad again</a>
-- a.test/three --
Too deep.
-- a.test/old --
!redirect 301 /new
-- a.test/new --
New
-- a.test/to-private --
!redirect 302 /private/y
-- a.test/hop --
!redirect 302 http://far.test/hop
-- a.test/twice --
Twice
-- a.test/flaky --
!status 500
-- far.test/index.html --
Far
-- moved.test/index.html --
!redirect 301 http://www.moved.test/
-- www.moved.test/index.html --
<a href="/in">In</a> <a href="http://www.other.test/">Out</a>
-- www.moved.test/in --
In
`

// whyConfig is a crawl of whySite, to file.
func whyConfig(t *testing.T, file string) crawler.Config {
	t.Helper()
	site, err := crawlertest.ParseSite("why", []byte(whySite))
	if err != nil {
		t.Fatal(err)
	}
	return crawler.Config{
		MaxDepth: 2, Rate: crawler.Unlimited, Retries: crawler.None, Transport: crawlertest.NewTransport(site), File: file,
		Exclude: []*regexp.Regexp{regexp.MustCompile("/print/"), regexp.MustCompile("/img/")},
	}
}

// readOnly opens a crawl file until the test ends.
func readOnly(t *testing.T, file string) *crawlfile.File {
	t.Helper()
	f, err := crawlfile.OpenReadOnly(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func why(t *testing.T, f *crawlfile.File, cfg crawler.Config, url string) *crawler.Explanation {
	t.Helper()
	x, err := crawler.Why(t.Context(), f, cfg, url)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range x.String() {
		if unicode.IsControl(r) && r != '\n' {
			t.Errorf("%s: the text holds %U", url, r)
		}
	}
	if js, err := json.Marshal(x); err != nil || !json.Valid(js) {
		t.Errorf("%s: JSON %s, %v", url, js, err)
	}
	return x
}

// steps is a path on one line.
func steps(x *crawler.Explanation) string {
	var all []string
	for _, s := range x.Path {
		all = append(all, s.Kind+" "+strings.TrimPrefix(s.URL, "http://"))
	}
	return strings.Join(all, ", ")
}

// refusals are the rules by which what leads to a URL was not followed.
func refusals(x *crawler.Explanation) string {
	var all []string
	for _, r := range x.Refused {
		all = append(all, r.Rule+" "+strings.TrimPrefix(r.From, "http://"))
	}
	return strings.Join(all, ", ")
}

// TestWhy: every fate that a crawl can bring about, each with its evidence.
func TestWhy(t *testing.T) {
	cfg := whyConfig(t, filepath.Join(t.TempDir(), "c.db"))
	run(t, cfg, "http://a.test/", "http://moved.test/")
	f := readOnly(t, cfg.File)
	for _, c := range []struct {
		url     string
		fate    crawler.Fate
		path    string // for what is on record
		refused string // for what is not
		text    string // a regular expression for the text
	}{
		{"http://a.test/", crawler.FateFetched, "seed a.test/", "", `(?s)Fetched: 200 on \d{4}-.* UTC in .*, at the first attempt\..*The shortest path to it has 0 links:`},
		{"http://a.test/two#part", crawler.FateFetched, "seed a.test/, link a.test/one, link a.test/two", "", `has 2 links:\n  seed      http://a.test/\n  link      http://a.test/one  "One"\n  link      http://a.test/two  "Two"\n$`},
		{"http://a.test/twice", crawler.FateFetched, "seed a.test/, link a.test/twice", "", `Fetched`},
		{"http://a.test/new", crawler.FateFetched, "seed a.test/, link a.test/old, redirect a.test/new", "", `has 1 link:`},
		{"http://a.test/old", crawler.FateRedirected, "seed a.test/, link a.test/old", "", `a redirect to http://a.test/new, which answered 200\.`},
		{"http://a.test/to-private", crawler.FateRedirected, "seed a.test/, link a.test/to-private", "", `which robots.txt disallows\.`},
		{"http://a.test/hop", crawler.FateRedirected, "seed a.test/, link a.test/hop", "", `which was not fetched \(ask why\)\.`},
		{"http://a.test/private/x", crawler.FateDisallowed, "seed a.test/, link a.test/private/x", "", `because of robots.txt: .*line 2 "Disallow: /private"`},
		{"http://a.test/private/y", crawler.FateDisallowed, "seed a.test/, link a.test/to-private, redirect a.test/private/y", "", `Disallow`},
		{"http://a.test/gone", crawler.FateFailed, "seed a.test/, link a.test/gone", "", `Failed \(4xx\), at the first attempt: .*404`},
		{"http://a.test/flaky", crawler.FateFailed, "seed a.test/, link a.test/flaky", "", `Failed \(5xx\)`},
		{"http://www.moved.test/in", crawler.FateFetched, "seed moved.test/, redirect www.moved.test/, link www.moved.test/in", "", `has 1 link:`},

		{"http://a.test/three", crawler.FateNotTaken, "", "depth a.test/two", `at depth 2, the greatest that the crawl was to reach \(--depth 2\)`},
		{"http://a.test/ad", crawler.FateNotTaken, "", "rel-nofollow a.test/, rel-nofollow a.test/two", `2 pages lead to it, but in no way(?s:.*)http://a.test/  "Ad"\n    the link is marked rel="nofollow ugc"`},
		{"http://far.test/", crawler.FateNotTaken, "", "scope a.test/", `far.test is out of scope: --scope host keeps to a.test, moved.test, www.moved.test`},
		{"http://far.test/hop", crawler.FateNotTaken, "", "scope a.test/hop", `out of scope`},
		{"http://www.other.test/", crawler.FateNotTaken, "", "scope www.moved.test/", `www.other.test is out of scope`},
		{"http://a.test/print/x", crawler.FateNotTaken, "", "exclude a.test/", `it matches --exclude "/print/"`},
		{"http://a.test/img/x", crawler.FateNotTaken, "", "exclude a.test/", `it matches --exclude "/img/"`},

		{"https://www.a.test/one/?x=1", crawler.FateUnknown, "", "", `nothing that the crawl saw leads to it\. It would not have been taken: www.a.test is out of scope(?s:.*)hardly differs?:\n  http://a.test/one\n`},
		{"http://a.test/ONE", crawler.FateUnknown, "", "", `leads to it\.\n\nThe crawl knows 1 URL that hardly differs:\n  http://a.test/one\n$`},
		{"http://a.test/nothing-like-it", crawler.FateUnknown, "", "", `leads to it\.\n$`},
	} {
		x := why(t, f, cfg, c.url)
		if x.Fate != c.fate || steps(x) != c.path || refusals(x) != c.refused {
			t.Errorf("%s: %s by %q, refused %q\nwant %s by %q, refused %q", c.url, x.Fate, steps(x), refusals(x), c.fate, c.path, c.refused)
		}
		if text := x.String(); !regexp.MustCompile(c.text).MatchString(text) {
			t.Errorf("%s: want %s in\n%s", c.url, c.text, text)
		}
		if recorded := c.path != ""; recorded != (x.Page != nil) {
			t.Errorf("%s: record %v", c.url, x.Page)
		}
	}
	if x := why(t, f, cfg, "http://a.test/gone"); x.Attempts != 1 || x.Page.Status != 404 || x.Page.Depth != 1 || x.Page.Links != nil {
		t.Errorf("the record of a page that failed: %+v, %d attempts", x.Page, x.Attempts)
	}
	for _, bad := range []string{"", "no url", "ftp://a.test/", "http://"} {
		if x, err := crawler.Why(t.Context(), f, cfg, bad); !errors.Is(err, crawler.ErrURL) {
			t.Errorf("Why(%q) = %v, %v; want ErrURL", bad, x, err)
		}
	}
}

// TestWhyNamesTheScopeRule: each kind of scope, and --include, in its own words.
func TestWhyNamesTheScopeRule(t *testing.T) {
	for _, c := range []struct {
		cfg  crawler.Config
		url  string
		text string
	}{
		{crawler.Config{Scope: crawler.ScopeDomain}, "http://far.test/", `far.test is out of scope: --scope domain keeps to a.test`},
		{crawler.Config{Scope: crawler.ScopePrefix}, "http://far.test/", `far.test/ is out of scope: --scope prefix keeps to a.test/`},
		{crawler.Config{Scope: crawler.ScopeAny, Include: []*regexp.Regexp{regexp.MustCompile("one"), regexp.MustCompile("two$")}}, "http://far.test/", `it does not match --include "one" or "two$"`},
	} {
		cfg := whyConfig(t, filepath.Join(t.TempDir(), "c.db"))
		cfg.Scope, cfg.Include = c.cfg.Scope, c.cfg.Include
		run(t, cfg, "http://a.test/")
		if x := why(t, readOnly(t, cfg.File), cfg, c.url); x.Fate != crawler.FateNotTaken || !strings.Contains(x.String(), c.text) {
			t.Errorf("%s: want %s in\n%s", c.url, c.text, x)
		}
	}
}

// TestWhyPending: a crawl that a limit ended says which, and how many URLs come first.
func TestWhyPending(t *testing.T) {
	cfg := whyConfig(t, filepath.Join(t.TempDir(), "c.db"))
	cfg.MaxPages, cfg.Workers = 2, 1
	run(t, cfg, "http://a.test/")
	f := readOnly(t, cfg.File)
	before := -1
	for p, err := range f.Pending(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		x := why(t, f, cfg, p.URL)
		if x.Fate != crawler.FatePending || x.Wait == nil || x.Wait.State != crawler.Limited || x.Wait.Domain != "a.test" {
			t.Fatalf("%s: %s, waits for %+v", p.URL, x.Fate, x.Wait)
		}
		if p.Depth == 1 {
			if before++; x.Wait.Before != before {
				t.Errorf("%s: %d URLs come first, want %d", p.URL, x.Wait.Before, before)
			}
		}
		if !strings.Contains(x.Summary, "limit of 2 pages was reached") || !strings.HasPrefix(steps(x), "seed a.test/, link a.test/") {
			t.Errorf("%s: %s by %s", p.URL, x.Summary, steps(x))
		}
	}
	if before < 2 {
		t.Errorf("%d URLs are pending, want several", before+1)
	}
}

// TestWhySaysHowTheCrawlEnded, to a URL that waits.
func TestWhySaysHowTheCrawlEnded(t *testing.T) {
	for state, want := range map[string]string{
		crawlfile.Running:     "under way, or was killed. It waits for its turn at a.test, at one request every 5s, where 1 URL comes before it.",
		crawlfile.Limited:     "ended before its turn at a limit (for a reason).",
		crawlfile.Interrupted: "was interrupted before its turn (for a reason).",
		crawlfile.Failed:      "could not go on (for a reason).",
		crawlfile.Complete:    "its host did not answer any more.",
	} {
		f := byHand(t, &crawlfile.Batch{
			Revealed: []crawlfile.Pending{
				{URL: "http://a.test/deeper", Depth: 3}, {URL: "http://b.test/x", Depth: 1}, {URL: "http://a.test/1", Depth: 2},
				{URL: "http://a.test/2", Depth: 2, Referrer: "http://a.test/"}, {URL: "http://a.test/3", Depth: 2},
			},
			Pages:   []*page.Page{{URL: "http://a.test/", Links: []page.Link{{URL: "http://a.test/2"}}}},
			Traffic: []crawlfile.Traffic{{Domain: "a.test", Interval: 5 * time.Second}, {Domain: "b.test", Interval: time.Minute}},
		})
		if err := f.SetEnd(t.Context(), crawlfile.End{State: state, Reason: "for a reason"}); err != nil {
			t.Fatal(err)
		}
		x := why(t, f, crawler.Config{MaxDepth: 3}, "http://a.test/2")
		if !strings.Contains(x.Summary, want) && !(state == crawlfile.Running && strings.Contains(x.Summary, "under way, or was killed")) {
			t.Errorf("%s: %s", state, x.Summary)
		}
		if x.Wait.Before != 1 || x.Wait.IntervalMS != 5000 || strings.Contains(x.Summary, "resume") != (state != crawlfile.Running) {
			t.Errorf("%s: waits for %+v: %s", state, x.Wait, x.Summary)
		}
	}
}

// byHand is a crawl file from the seed http://a.test/ that holds the batch.
func byHand(t *testing.T, b *crawlfile.Batch) *crawlfile.File {
	t.Helper()
	f, err := crawlfile.Create(t.Context(), filepath.Join(t.TempDir(), "c.db"), crawlfile.Info{Seeds: []string{"http://a.test/"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWhyHeedsWhatPagesAsk: nofollow for the whole page, canonical duplicates, and sitemaps.
func TestWhyHeedsWhatPagesAsk(t *testing.T) {
	link := func(urls ...string) (all []page.Link) {
		for _, u := range urls {
			all = append(all, page.Link{URL: u})
		}
		return all
	}
	const sitemap = "http://a.test/sitemap.xml"
	f := byHand(t, &crawlfile.Batch{
		Pages: []*page.Page{
			{URL: "http://a.test/", Status: 200, Links: link("http://a.test/shy", "http://a.test/copy")},
			{URL: "http://a.test/shy", Status: 200, Attempts: 1, Depth: 1, Referrer: "http://a.test/", Robots: "noindex, nofollow", Links: link("http://a.test/hidden")},
			{URL: "http://a.test/copy", Status: 200, Attempts: 1, Depth: 1, Referrer: "http://a.test/", Canonical: "http://a.test/orig", DuplicateOf: "http://a.test/orig", Links: link("http://a.test/below")},
			{URL: "http://a.test/orig", Status: 200, Attempts: 2, Depth: 1, Referrer: "http://a.test/copy"},
			{URL: "http://a.test/listed", Status: 200, Attempts: 1},
			{URL: "http://a.test/unreachable", Depth: 1, Referrer: "http://a.test/", Err: &page.Error{Class: page.DNS, Text: "robots.txt: no such host"}},
			{URL: "http://a.test/r1", Depth: 2, Redirects: 10, Redirect: "http://a.test/r2"},
		},
		Listed: []crawlfile.Listed{{URL: "http://a.test/listed", Sitemap: sitemap}, {URL: "http://b.test/", Sitemap: sitemap}, {URL: "http://a.test/", Sitemap: sitemap}},
	})
	for _, c := range []struct {
		url     string
		fate    crawler.Fate
		path    string
		refused string
		text    string
	}{
		{"http://a.test/shy", crawler.FateFetched, "seed a.test/, link a.test/shy", "", "so they were left alone"},
		{"http://a.test/hidden", crawler.FateNotTaken, "", "page-nofollow a.test/shy", "none of its links (noindex, nofollow)"},
		{"http://a.test/copy", crawler.FateDuplicate, "seed a.test/, link a.test/copy", "", "It names http://a.test/orig as canonical, which answered 200; so"},
		{"http://a.test/orig", crawler.FateFetched, "seed a.test/, link a.test/copy, canonical a.test/orig", "", "2 attempts"},
		{"http://a.test/below", crawler.FateNotTaken, "", "duplicate a.test/copy", "taken for a duplicate of http://a.test/orig"},
		{"http://a.test/listed", crawler.FateFetched, "sitemap a.test/listed", "", "  sitemap   http://a.test/listed  in " + sitemap},
		{"http://a.test/", crawler.FateFetched, "seed a.test/", "", "  seed      http://a.test/"},
		{"http://b.test/", crawler.FateNotTaken, "", "scope a.test/sitemap.xml", "Not fetched: a sitemap lists it, but in no way that the crawl follows."},
		{"http://a.test/unreachable", crawler.FateFailed, "seed a.test/, link a.test/unreachable", "", "Not fetched (dns): robots.txt: no such host."},
		{"http://a.test/r2", crawler.FateNotTaken, "", "depth a.test/r1", "(--depth 2)"}, // the eleventh redirect is a click
	} {
		x := why(t, f, crawler.Config{MaxDepth: 2}, c.url)
		if x.Fate != c.fate || steps(x) != c.path || refusals(x) != c.refused || !strings.Contains(x.String(), c.text) {
			t.Errorf("%s: %s by %q, refused %q\nwant %s by %q, refused %q, and %q in\n%s", c.url, x.Fate, steps(x), refusals(x), c.fate, c.path, c.refused, c.text, x)
		}
	}
}

// TestWhyIsShortOfLongStories: a long path and many links are cut, and say so.
func TestWhyIsShortOfLongStories(t *testing.T) {
	var b crawlfile.Batch
	for i := range 50 {
		p := &page.Page{URL: fmt.Sprintf("http://a.test/%02d", i), Depth: i, Links: []page.Link{
			{URL: fmt.Sprintf("http://a.test/%02d", i+1), Text: "\x1b[2J\u202e"}, {URL: "http://a.test/ad", Rel: "nofollow"},
		}}
		if i > 0 {
			p.Referrer = fmt.Sprintf("http://a.test/%02d", i-1)
		}
		b.Pages = append(b.Pages, p)
	}
	f := byHand(t, &b)
	x := why(t, f, crawler.Config{MaxDepth: -1}, "http://a.test/49")
	if len(x.Path) != 50 || !strings.Contains(x.String(), "\n  ... 30 steps ...\n") || strings.Count(x.String(), "\n") != 25 {
		t.Errorf("%d steps, printed as\n%s", len(x.Path), x)
	}
	x = why(t, f, crawler.Config{MaxDepth: -1}, "http://a.test/ad")
	if len(x.Refused) != crawler.MaxRefusals || x.Leading != 50 || !strings.Contains(x.String(), "\n  and 40 more\n") {
		t.Errorf("%d refusals of %d, printed as\n%s", len(x.Refused), x.Leading, x)
	}
	js, err := json.Marshal(why(t, f, crawler.Config{MaxDepth: -1}, "http://a.test/nowhere"))
	want := `{"url":"http://a.test/nowhere","fate":"unknown","summary":"Not fetched: nothing that the crawl saw leads to it."}`
	if diff := gocmp.Diff(want, string(js)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
