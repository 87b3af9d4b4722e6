package report_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
	"amble/crawler/report"
	"amble/frontier/canon"
)

var update = flag.Bool("update", false, "rewrite testdata; review the difference as code")

var began = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

// crawlOf is a crawl file that holds the pages and what else is in the batch, as if the crawl had just ended.
func crawlOf(t testing.TB, b *crawlfile.Batch) *crawlfile.File {
	t.Helper()
	return crawlAs(t, crawlfile.Info{}, b)
}

// crawlAs is such a file of a crawl of which something is known besides.
func crawlAs(t testing.TB, info crawlfile.Info, b *crawlfile.Batch) *crawlfile.File {
	t.Helper()
	seeds := []string{}
	for _, p := range b.Pages {
		if p.Depth == 0 && p.Referrer == "" {
			seeds = append(seeds, p.URL)
		}
		b.Domains = append(b.Domains, canon.Domain(hostOf(p.URL)))
	}
	info.Version, info.Created, info.Seeds = "0", began, seeds
	f, err := crawlfile.Create(t.Context(), filepath.Join(t.TempDir(), "site.db"), info)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := f.SetEnd(t.Context(), crawlfile.End{State: crawlfile.Complete, FinishedAt: began.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	return f
}

func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, ":")
	return host
}

func reportOf(t testing.TB, f *crawlfile.File, o report.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(t.Context(), &b, f, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden reads a golden crawl of a bundled site; times are made up of places in it.
func golden(t *testing.T, name string) (all []*page.Page) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var j struct {
			URL, Referrer, Redirect, Title, Description, Canonical, Robots, Lang, Charset, SHA256, SimHash string
			Depth, Status                                                                                  int
			Error                                                                                          *struct{ Class, Text string }
			DuplicateOf                                                                                    string `json:"duplicate_of"`
			ContentType                                                                                    string `json:"content_type"`
			Bytes                                                                                          int64
			Links                                                                                          []page.Link
		}
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			t.Fatal(err)
		}
		n := len(all)
		p := &page.Page{URL: j.URL, Referrer: j.Referrer, Redirect: j.Redirect, Title: j.Title, Description: j.Description, Canonical: j.Canonical, Robots: j.Robots,
			Depth: j.Depth, Status: j.Status, DuplicateOf: j.DuplicateOf, ContentType: j.ContentType, Bytes: j.Bytes, Links: j.Links, SHA256: j.SHA256,
			FetchedAt: began.Add(time.Duration(n) * time.Second), Duration: time.Duration(n%7+1) * 30 * time.Millisecond}
		if j.Error != nil {
			p.Err = &page.Error{Class: page.Class(j.Error.Class), Text: j.Error.Text}
		}
		all = append(all, p)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReportsOfBundledSitesAreValid, whatever the sites are made to say.
func TestReportsOfBundledSitesAreValid(t *testing.T) {
	names, err := filepath.Glob("../../testdata/golden/*.jsonl")
	if err != nil || len(names) < 20 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		site := strings.TrimSuffix(filepath.Base(name), ".jsonl")
		t.Run(site, func(t *testing.T) {
			f := crawlOf(t, &crawlfile.Batch{Pages: golden(t, name)})
			checkValid(t, reportOf(t, f, report.Options{}))
		})
	}
}

// TestGoldenReports: what stands in the reports of three bundled sites.
func TestGoldenReports(t *testing.T) {
	for _, site := range []string{"errors", "redirects", "duplicates"} {
		t.Run(site, func(t *testing.T) {
			f := crawlOf(t, &crawlfile.Batch{Pages: golden(t, "../../testdata/golden/"+site+".jsonl"), Traffic: traffic})
			_, got, _ := strings.Cut(reportOf(t, f, report.Options{}), `<main id="content" tabindex="-1">`)
			got, _, _ = strings.Cut(got, "</main>")
			file := filepath.Join("testdata", site+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("go test ./crawler/report -update writes it anew (-want +got):\n%s", diff)
			}
		})
	}
}

var traffic = []crawlfile.Traffic{
	{Domain: "kept.test", Requests: 20, Interval: time.Second, Least: time.Second, Median: 1010 * time.Millisecond, Most: 1, Waited: map[string]time.Duration{"rate": 18 * time.Second, "backoff": 2 * time.Second}, FirstAt: began, LastAt: began.Add(20 * time.Second)},
	{Domain: "longer.test", Requests: 3, Interval: 5 * time.Second, CrawlDelay: 5 * time.Second, Least: time.Second, Median: 5 * time.Second, Most: 1, FirstAt: began, LastAt: began.Add(6 * time.Second)},
	{Domain: "free.test", Requests: 1, Most: 1, FirstAt: began, LastAt: began},
}

// TestReportFinds what is wrong with a small site, in the part where one would look for it.
func TestReportFinds(t *testing.T) {
	html := func(url, title, description string, links ...page.Link) *page.Page {
		return &page.Page{URL: url, Depth: 1, Referrer: "http://a.test/", Status: 200, ContentType: "text/html", Bytes: 100, SHA256: "of " + url, Title: title, Description: description, Links: links}
	}
	home := html("http://a.test/", "Home", "d", page.Link{URL: "http://a.test/gone", Text: "the old page"}, page.Link{URL: "http://a.test/r1"}, page.Link{URL: "https://www.other.test/x", Rel: "nofollow"})
	home.Depth, home.Referrer = 0, ""
	second := html("http://a.test/2", "Same", strings.Repeat("d", 200), page.Link{URL: "http://a.test/gone"})
	twin := html("http://a.test/3", "Same", "")
	second.SHA256, twin.SHA256 = "twin", "twin"
	untitled := html("http://a.test/4", "", "d")
	untitled.Robots, untitled.Canonical = "noindex", "http://a.test/gone"
	pages := []*page.Page{home, second, twin, untitled,
		{URL: "http://a.test/gone", Depth: 1, Referrer: "http://a.test/", Status: 404, Err: &page.Error{Class: page.Client, Text: "404 Not Found"}},
		{URL: "http://a.test/r1", Depth: 1, Referrer: "http://a.test/", Status: 301, Redirect: "http://a.test/r2"},
		{URL: "http://a.test/r2", Depth: 1, Redirects: 1, Referrer: "http://a.test/r1", Status: 302, Redirect: "http://a.test/gone"},
		{URL: "http://a.test/loop", Depth: 1, Referrer: "http://a.test/", Status: 302, Redirect: "http://a.test/loop"},
		{URL: "http://a.test/secret", Depth: 1, Referrer: "http://a.test/", Err: &page.Error{Class: page.Robots, Text: "Disallow: /secret"}},
		{URL: "http://a.test/lone", Status: 200, ContentType: "text/html", Title: "Lone", Description: "d", Bytes: 1},
	}
	f := crawlOf(t, &crawlfile.Batch{Pages: pages, Listed: []crawlfile.Listed{{URL: "http://a.test/lone", Sitemap: "http://a.test/s.xml"}, {URL: "http://a.test/gone", Sitemap: "http://a.test/s.xml"}}, Traffic: traffic})
	doc := parse(t, reportOf(t, f, report.Options{}))
	for table, want := range map[string][]string{
		"broken-list": {"http://a.test/gone | 404 Not Found | 3 | http://a.test/ “the old page” http://a.test/2 without text http://a.test/s.xml a sitemap, which lists it",
			"http://a.test/r1 | 404 Not Found http://a.test/gone to which it redirects | 1 | http://a.test/ without text"},
		"redirect-list":    {"http://a.test/r2 | 302 | http://a.test/gone | 404 | 0", "http://a.test/r1 | 301 | http://a.test/r2 http://a.test/gone | 404 | 1", "http://a.test/loop | 302 | http://a.test/loop | goes round in a circle | 0"},
		"no-title":         {"http://a.test/4 | 1"},
		"same-title":       {"Same | 2 | http://a.test/2 http://a.test/3"},
		"no-description":   {"http://a.test/3 | 1"},
		"long-description": {"http://a.test/2 | 200 | " + strings.Repeat("d", 200)},
		"same-content":     {"2 | http://a.test/2 http://a.test/3"},
		"canonical-list":   {"http://a.test/4 | http://a.test/gone | failed: 4xx"},
		"orphan-list":      {"http://a.test/lone | http://a.test/s.xml | 200"},
		"listed-bad":       {"http://a.test/gone | http://a.test/s.xml | 404"},
		"noindex-list":     {"http://a.test/4 | noindex | http://a.test/"},
		"held-list":        {"http://a.test/secret | robots.txt forbids | http://a.test/"},
		"domain-list":      {"a.test | 3 | 2 | yes | http://a.test/gone", "other.test | 1 | 1 | no | https://www.other.test/x"},
	} {
		if diff := cmp.Diff(want, rowsOf(doc, table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table, diff)
		}
	}
}

// TestReportTellsWhatWasChecked besides the pages: links that leave the crawl, what pages are made of, and places in them.
func TestReportTellsWhatWasChecked(t *testing.T) {
	gone := &page.Error{Class: page.Client, Text: "404 Not Found"}
	home := &page.Page{URL: "http://a.test/", Status: 200, ContentType: "text/html", Bytes: 1, IDs: []string{"top"},
		Links:     []page.Link{{URL: "http://b.test/gone", Text: "B"}, {URL: "http://b.test/gone", Text: "again"}, {URL: "http://b.test/login"}, {URL: "http://b.test/fine"}},
		Assets:    []page.Asset{{URL: "http://a.test/logo.png", Kind: "image"}},
		Fragments: []page.Fragment{{URL: "http://a.test/", ID: "top"}, {URL: "http://a.test/", ID: "nowhere"}}}
	two := &page.Page{URL: "http://a.test/2", Depth: 1, Referrer: home.URL, Status: 200, ContentType: "text/html", Bytes: 1, Links: []page.Link{{URL: "http://b.test/gone"}}, Fragments: []page.Fragment{{URL: "http://a.test/", ID: "nowhere"}}}
	checks := []crawlfile.Check{
		{URL: "http://b.test/gone"}, {URL: "http://b.test/login"}, {URL: "http://b.test/fine"}, {URL: "http://a.test/logo.png"}, {URL: "http://b.test/later"},
	}
	f := crawlOf(t, &crawlfile.Batch{Pages: []*page.Page{home, two}, Checks: checks})
	settled := []crawlfile.Check{
		{URL: "http://b.test/gone", Method: "GET", Page: &page.Page{Status: 404, Err: gone, Attempts: 1, FetchedAt: began}},
		{URL: "http://b.test/login", Method: "GET", Page: &page.Page{Status: 401, Err: &page.Error{Class: page.Client, Text: "401 Unauthorized"}, Attempts: 1, FetchedAt: began}},
		{URL: "http://b.test/fine", Method: "HEAD", Page: &page.Page{Status: 200, Attempts: 1, FetchedAt: began}},
		{URL: "http://a.test/logo.png", Method: "GET", Page: &page.Page{Status: 404, Err: gone, Attempts: 1, FetchedAt: began}},
	}
	if err := f.Commit(t.Context(), &crawlfile.Batch{Checks: settled}); err != nil {
		t.Fatal(err)
	}
	got := reportOf(t, f, report.Options{})
	checkValid(t, got)
	doc := parse(t, got)
	for table, want := range map[string][]string{
		"broken-list": {"http://b.test/gone | 404 Not Found | 3 | http://a.test/ “B” http://a.test/2 without text", "http://a.test/logo.png | 404 Not Found | 1 | http://a.test/ as image"},
		"places-list": {"http://a.test/#nowhere | no such place | 2 | http://a.test/ http://a.test/2"},
	} {
		if diff := cmp.Diff(want, rowsOf(doc, table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table, diff)
		}
	}
	for _, want := range []string{"asked for 4 URLs that they link to", "1 check is left for another run", "Of 1 URL it cannot be told"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// TestReportTellsOfFields: which pages have them, what they are, and which pages should have them and do not.
func TestReportTellsOfFields(t *testing.T) {
	of := func(path string, fields map[string][]string) *page.Page {
		return &page.Page{URL: "http://a.test/" + path, Status: 200, ContentType: "text/html", Bytes: 1, Fields: fields}
	}
	gone := of("shop/gone", nil)
	gone.Status, gone.Err = 404, &page.Error{Class: page.Client, Text: "404 Not Found"}
	pages := []*page.Page{gone, of("", nil),
		of("shop/1", map[string][]string{"price": {"1 €", "2 €"}, "og:title": {strings.Repeat("x", 300)}}),
		of("shop/2", map[string][]string{"price": {"2 €", "3 €", "4 €"}, "og:title": {"T"}, "og:type": {"<b>"}}),
		of("shop/3", nil), of("shop/4", nil), of("shop/5", nil), of("shop/6", nil)}
	info := crawlfile.Info{Fields: []string{"brand", "price", crawlfile.AllFields},
		Reading: []byte(`{"fields":[{"name":"brand","from":"css:.brand"},{"name":"price","from":"css:.price","include":["/shop/"],"exclude":["/6"]}]}`)}
	f := crawlAs(t, info, &crawlfile.Batch{Pages: pages})
	got := reportOf(t, f, report.Options{})
	checkValid(t, got)
	if diff := cmp.Diff([]string{
		"brand | 0 | 0 |  | 7 | http://a.test/ http://a.test/shop/1 http://a.test/shop/2",
		"price | 2 | 5 | 1 € 2 € 3 € | 3 | http://a.test/shop/3 http://a.test/shop/4 http://a.test/shop/5",
		"og:title | 2 | 2 | " + strings.Repeat("x", 240) + "… T |  | ",
		"og:type | 1 | 1 | <b> |  | ",
	}, rowsOf(parse(t, got), "field-list")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "1 field is on no page"; !strings.Contains(got, want) {
		t.Errorf("the report does not say %q", want)
	}
	short := reportOf(t, f, report.Options{Most: 1})
	checkValid(t, short)
	if rows := rowsOf(parse(t, short), "field-list"); len(rows) != 1 || !strings.Contains(short, "The first 1 of 4.") {
		t.Errorf("cut to one row there are %q", rows)
	}
	if strings.Contains(reportOf(t, crawlOf(t, &crawlfile.Batch{Pages: []*page.Page{of("", nil)}}), report.Options{}), `id="fields"`) {
		t.Error("a crawl that was asked for no fields has a part about them")
	}
}

// TestNothingOfAHostileSiteRuns: neither markup nor addresses nor characters of a site do anything in its report.
func TestNothingOfAHostileSiteRuns(t *testing.T) {
	const evil = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\" onload=\"x \u202e\u200b\x1b[31m"
	p := &page.Page{URL: "http://a.test/", Status: 200, ContentType: "text/html" + evil, Bytes: 1, Title: evil + strings.Repeat("t", 1000), Description: evil + strings.Repeat("d", 1000),
		Canonical: "javascript:alert(1)", Robots: evil, Links: []page.Link{{URL: "http://a.test/x'\"><script>", Text: evil}, {URL: "javascript:alert(2)", Text: evil}}}
	pages := []*page.Page{p,
		{URL: "javascript:alert(3)", Depth: 1, Referrer: "javascript:alert(4)", Err: &page.Error{Class: page.DNS, Text: evil}},
		{URL: "http://a.test/x'\"><script>", Depth: 1, Referrer: p.URL, Status: 404, Err: &page.Error{Class: page.Client, Text: evil}},
		{URL: "http://a.test/r", Depth: 1, Referrer: p.URL, Status: 301, Redirect: "javascript:alert(5)"}}
	f := crawlOf(t, &crawlfile.Batch{Pages: pages, Listed: []crawlfile.Listed{{URL: "javascript:alert(6)", Sitemap: "data:text/html," + evil}}})
	got := reportOf(t, f, report.Options{File: "a `$(touch x)`" + evil + ".db"})
	checkValid(t, got)
	for _, bad := range []string{"<script>alert", "<img", "\u202e", "\u200b", "\x1b", `href="javascript:`} {
		if strings.Contains(got, bad) {
			t.Errorf("the report contains %q", bad)
		}
	}
}

// TestListsAreCut, and say how the rest is had.
func TestListsAreCut(t *testing.T) {
	home := &page.Page{URL: "http://a.test/", Status: 200, ContentType: "text/html", Bytes: 1}
	pages := []*page.Page{home}
	for i := range 5000 {
		u := "http://a.test/" + string(rune('a'+i%26)) + "/" + strings.Repeat("x", i%50) + "/" + strings.Repeat("y", i/26)
		home.Links = append(home.Links, page.Link{URL: u})
		pages = append(pages, &page.Page{URL: u, Depth: 1, Referrer: home.URL, Status: 404, Err: &page.Error{Class: page.Client, Text: "404 Not Found"}})
	}
	doc := reportOf(t, crawlOf(t, &crawlfile.Batch{Pages: pages}), report.Options{Most: 10, File: "it's.db"})
	checkValid(t, doc)
	if rows := rowsOf(parse(t, doc), "broken-list"); len(rows) != 10 {
		t.Errorf("%d rows", len(rows))
	}
	for _, want := range []string{"The first 10 of 5,000.", "amble links &#39;it&#39;\\&#39;&#39;s.db&#39;"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if len(doc) > 2<<20 {
		t.Errorf("%d bytes", len(doc))
	}
}

// TestReportOfNothing: a crawl that has just begun has one, too.
func TestReportOfNothing(t *testing.T) {
	checkValid(t, reportOf(t, crawlOf(t, &crawlfile.Batch{}), report.Options{}))
}
