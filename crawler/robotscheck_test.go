package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/page"
	"amble/frontier/canon"
)

// robotsTransport is a site of the given files, in the form of crawlertest.
func robotsTransport(t *testing.T, files string) *crawlertest.Transport {
	t.Helper()
	site, err := crawlertest.ParseSite(t.Name(), []byte("Serves robots.txt.\nseed: http://seed.test/\n-- seed.test/x --\n"+files))
	if err != nil {
		t.Fatal(err)
	}
	return crawlertest.NewTransport(site)
}

// checks are all that Robots yields, and its error.
func checks(ctx context.Context, c *crawler.Crawler, urls ...string) (all []*crawler.RobotsCheck, err error) {
	for check, e := range c.Robots(ctx, urls...) {
		if e != nil {
			return all, e
		}
		all = append(all, check)
	}
	return all, nil
}

func verdicts(all []*crawler.RobotsCheck) string {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "%v %s: %s\n", c.Verdict.Allowed, c.URL, c.Verdict.Reason)
	}
	return b.String()
}

// requests are what the server was asked, with the time of each since start.
func requests(tr *crawlertest.Transport, start time.Time) string {
	var b strings.Builder
	for _, q := range tr.Log.Requests() {
		fmt.Fprintf(&b, "%v %s\n", q.Start.Sub(start), q.URL())
	}
	return b.String()
}

func TestRobotsAsksEachOriginOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := robotsTransport(t, `
-- a.site.test/robots.txt --
!header Cache-Control: max-age=60
User-agent: *
Disallow: /no
Sitemap: /map.xml
What is this?
-- b.site.test/index.html --
-- other.test/robots.txt --
User-agent: mybot
Crawl-delay: 2.5
`)
		start := time.Now()
		c := newCrawler(t, crawler.Config{Transport: tr, UserAgent: "mybot/1.0"})
		all, err := checks(t.Context(), c, "http://a.site.test/yes", "http://b.site.test/#part", "http://other.test",
			"http://a.site.test/no?x", "http://b.site.test/no", "http://other.test/")
		if err != nil {
			t.Fatal(err)
		}
		want := `true http://a.site.test/yes: no rule matches (group *)
true http://b.site.test/: robots.txt answered 404: everything is allowed
true http://other.test/: no rule matches (group mybot)
false http://a.site.test/no?x: line 2 "Disallow: /no" (group *)
true http://b.site.test/no: robots.txt answered 404: everything is allowed
true http://other.test/: no rule matches (group mybot)
`
		if diff := gocmp.Diff(want, verdicts(all)); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
		// The two hosts of one registrable domain share its rate; the other domain need not wait.
		want = `0s http://a.site.test/robots.txt
1s http://b.site.test/robots.txt
1s http://other.test/robots.txt
`
		if diff := gocmp.Diff(want, requests(tr, start)); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		a := all[3]
		if a.Group != "*" || a.Token != "mybot" || a.Status != 200 || a.Requests != 1 || a.Err != nil || a.Bytes == 0 ||
			a.RobotsURL != "http://a.site.test/robots.txt" || !slices.Equal(a.Sitemaps, []string{"/map.xml"}) || len(a.Warnings) != 1 {
			t.Errorf("check %+v", a)
		}
		if !a.FetchedAt.Equal(start) || !a.ExpiresAt.Equal(start.Add(24*time.Hour)) {
			t.Errorf("read at %v, expires at %v, whatever max-age says", a.FetchedAt, a.ExpiresAt)
		}
		if o := all[2]; o.CrawlDelay != 2500*time.Millisecond || o.Interval != o.CrawlDelay || o.Group != "mybot" {
			t.Errorf("check %+v", o)
		}
		if a.CrawlDelay != 0 || a.Interval != time.Second {
			t.Errorf("crawl-delay %v, interval %v", a.CrawlDelay, a.Interval)
		}
	})
}

func TestRobotsWaitsForItsDomain(t *testing.T) {
	const files = `
-- a.site.test/robots.txt --
User-agent: *
Crawl-delay: 5
-- b.site.test/index.html --
-- c.site.test/index.html --
`
	for name, tc := range map[string]struct {
		cfg  crawler.Config
		want []time.Duration
	}{
		"crawl-delay":          {crawler.Config{}, []time.Duration{5 * time.Second, 5 * time.Second}},
		"a slower rate":        {crawler.Config{Rate: 0.1}, []time.Duration{10 * time.Second, 10 * time.Second}},
		"no rate, crawl-delay": {crawler.Config{Rate: crawler.Unlimited}, []time.Duration{5 * time.Second, 5 * time.Second}},
		"by host":              {crawler.Config{LimitBy: crawler.ByHost}, []time.Duration{0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := robotsTransport(t, files)
				tc.cfg.Transport = tr
				all, err := checks(t.Context(), newCrawler(t, tc.cfg), "http://a.site.test/", "http://b.site.test/", "http://c.site.test/")
				if err != nil || len(all) != 3 {
					t.Fatal(len(all), err)
				}
				if got := tr.Log.Gaps(canon.Domain)["site.test"]; !slices.Equal(got, tc.want) {
					t.Errorf("gaps %v, want %v", got, tc.want)
				}
			})
		})
	}
}

func TestRobotsFollowsFiveRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := robotsTransport(t, `
-- a.test/robots.txt --
!redirect 301 http://b.test/there
-- b.test/there --
!redirect 302 rules
-- b.test/rules --
!header Content-Type: text/plain
User-agent: *
Disallow: /no
-- loop.test/robots.txt --
!redirect 307 /1
-- loop.test/1 --
!redirect 308 /robots.txt
-- self.test/robots.txt --
!redirect 301 /robots.txt
-- mail.test/robots.txt --
!redirect 301 mailto:x@mail.test
-- lost.test/robots.txt --
!redirect 301 http://nowhere.test/robots.txt
`)
		start := time.Now()
		all, err := checks(t.Context(), newCrawler(t, crawler.Config{Transport: tr}), "http://a.test/no", "http://loop.test/no",
			"http://self.test/no", "http://mail.test/no", "http://lost.test/no")
		if err != nil {
			t.Fatal(err)
		}
		want := `false http://a.test/no: line 2 "Disallow: /no" (group *)
true http://loop.test/no: robots.txt answered 308 and leads nowhere: everything is allowed
true http://self.test/no: robots.txt answered 301 and leads nowhere: everything is allowed
true http://mail.test/no: robots.txt answered 301 and leads nowhere: everything is allowed
false http://lost.test/no: robots.txt could not be fetched: everything is disallowed until it can be read
`
		if diff := gocmp.Diff(want, verdicts(all)); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
		want = `0s http://a.test/robots.txt
0s http://b.test/there
1s http://b.test/rules
1s http://loop.test/robots.txt
2s http://loop.test/1
3s http://loop.test/robots.txt
4s http://loop.test/1
5s http://loop.test/robots.txt
6s http://loop.test/1
6s http://self.test/robots.txt
6s http://mail.test/robots.txt
6s http://lost.test/robots.txt
`
		if diff := gocmp.Diff(want, requests(tr, start)); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		hops := []crawler.RobotsRedirect{{Status: 301, To: "http://b.test/there"}, {Status: 302, To: "http://b.test/rules"}}
		if a := all[0]; !slices.Equal(a.Redirects, hops) || a.Status != 200 || a.Requests != 3 || a.RobotsURL != "http://a.test/robots.txt" {
			t.Errorf("check %+v", a)
		}
		if l := all[1]; len(l.Redirects) != 5 || l.Requests != 6 || l.Status != 308 {
			t.Errorf("check %+v", l)
		}
		if e := all[4].Err; e == nil || e.Class != page.DNS || all[4].Status != 0 {
			t.Errorf("the host that is missing: %+v", all[4])
		}
	})
}

func TestRobotsTriesAgainWhatMayPass(t *testing.T) {
	for name, tc := range map[string]struct {
		directive string
		cfg       crawler.Config
		requests  int
		allowed   bool
		status    int
		class     page.Class
		// The first gap lies between these: the pause after a failure is partly random, unless the server names one.
		least, most time.Duration
	}{
		"503 twice":        {"!flaky 2 503", crawler.Config{}, 3, true, 200, "", time.Second, time.Second},
		"429, Retry-After": {"!flaky 1 429 Retry-After: 7", crawler.Config{}, 2, true, 200, "", 7 * time.Second, 7 * time.Second},
		"a reset":          {"!flaky 1 reset", crawler.Config{}, 2, true, 200, "", time.Second, time.Second},
		"500 for ever":     {"!status 500", crawler.Config{}, 3, false, 500, page.Server, time.Second, time.Second},
		"429 for ever":     {"!status 429", crawler.Config{}, 3, false, 429, page.Client, time.Second, time.Second},
		"no retries":       {"!status 500", crawler.Config{Retries: crawler.None}, 1, false, 500, page.Server, 0, 0},
		"404 is final":     {"!status 404", crawler.Config{}, 1, true, 404, "", 0, 0},
		"403 is final":     {"!status 403", crawler.Config{}, 1, true, 403, "", 0, 0},
		"broken off":       {"!truncate 3", crawler.Config{Retries: crawler.None}, 1, false, 200, page.Reset, 0, 0},
		"silence":          {"!hang", crawler.Config{Retries: 1, Timeout: 4 * time.Second}, 2, false, 0, page.Timeout, 4500 * time.Millisecond, 5 * time.Second},
		"fast, and resets": {"!reset", crawler.Config{Rate: crawler.Unlimited, Retries: 1}, 2, false, 0, page.Reset, 500 * time.Millisecond, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body := "User-agent: *\nDisallow: /no\n"
				if tc.directive == "!hang" || tc.directive == "!reset" {
					body = ""
				}
				tr := robotsTransport(t, "-- a.test/robots.txt --\n"+tc.directive+"\n"+body)
				tc.cfg.Transport = tr
				all, err := checks(t.Context(), newCrawler(t, tc.cfg), "http://a.test/yes")
				if err != nil || len(all) != 1 {
					t.Fatal(len(all), err)
				}
				c := all[0]
				var class page.Class
				if c.Err != nil {
					class = c.Err.Class
				}
				if c.Requests != tc.requests || c.Verdict.Allowed != tc.allowed || c.Status != tc.status || class != tc.class {
					t.Errorf("got %d requests, status %d, class %q, %+v", c.Requests, c.Status, class, c.Verdict)
				}
				gaps := tr.Log.Gaps(nil)["a.test"]
				if len(gaps) != tc.requests-1 {
					t.Fatalf("gaps %v, want %d", gaps, tc.requests-1)
				}
				if len(gaps) > 0 && (gaps[0] < tc.least || gaps[0] > tc.most) {
					t.Errorf("first gap %v, want %v to %v", gaps[0], tc.least, tc.most)
				}
			})
		})
	}
}

func TestRobotsEndsWithItsContext(t *testing.T) {
	for name, tc := range map[string]struct {
		files string
		asked int
	}{
		"while it waits for the domain": {"-- a.site.test/robots.txt --\nUser-agent: *\nCrawl-delay: 3600\n-- b.site.test/x --\n", 1},
		"while a request is under way":  {"-- a.site.test/x --\n-- b.site.test/robots.txt --\n!hang\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := robotsTransport(t, tc.files)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				start := time.Now()
				all, err := checks(ctx, newCrawler(t, crawler.Config{Transport: tr}), "http://a.site.test/", "http://b.site.test/")
				if !errors.Is(err, context.Canceled) || len(all) != 1 {
					t.Errorf("%d checks, error %v", len(all), err)
				}
				if took := time.Since(start); took != 10*time.Second {
					t.Errorf("ended after %v, want 10s", took)
				}
				if n := len(tr.Log.Requests()); n != tc.asked {
					t.Errorf("%d requests, want %d", n, tc.asked)
				}
			})
		})
	}
}

func TestRobotsAsksNoMoreThanItsCallerTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := robotsTransport(t, "-- a.test/x --\n-- b.test/x --\n")
		c := newCrawler(t, crawler.Config{Transport: tr})
		for _, err := range c.Robots(t.Context(), "http://a.test/", "http://b.test/") {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if n := len(tr.Log.Requests()); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		all, err := checks(t.Context(), c, "http://a.test/", "mailto:x@a.test")
		if !errors.Is(err, crawler.ErrURL) || len(all) != 0 || len(tr.Log.Requests()) != 1 {
			t.Errorf("a URL that is none: %d checks, error %v, %d requests", len(all), err, len(tr.Log.Requests()))
		}
	})
}

// TestRobotsAgreesWithTheCrawl on every page of the bundled sites: what is allowed is fetched, what is not is not.
func TestRobotsAgreesWithTheCrawl(t *testing.T) {
	for _, name := range []string{"robots", "redirects", "errors", "tree"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site, err := crawlertest.Lookup(name)
				if err != nil {
					t.Fatal(err)
				}
				cfg := crawler.Config{MaxDepth: 2, Scope: crawler.ScopeAny, Transport: crawlertest.NewTransport(site)}
				res := run(t, cfg, site.Seeds...)
				var urls []string
				crawled := make(map[string]bool)
				for _, p := range res.Pages {
					urls = append(urls, p.URL)
					crawled[p.URL] = p.Attempts > 0
				}
				cfg.Transport = crawlertest.NewTransport(site)
				all, err := checks(t.Context(), newCrawler(t, cfg), urls...)
				if err != nil || len(all) != len(urls) || len(all) == 0 {
					t.Fatalf("%d checks of %d URLs, %v", len(all), len(urls), err)
				}
				for _, c := range all {
					if c.Verdict.Allowed != crawled[c.URL] {
						t.Errorf("%s: allowed %v (%s), fetched %v", c.URL, c.Verdict.Allowed, c.Verdict.Reason, crawled[c.URL])
					}
				}
			})
		})
	}
}

// TestJudgeRobots by the examples of RFC 9309 and by those that Google gives of precedence, among others.
func TestJudgeRobots(t *testing.T) {
	const simple = `User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
`
	group := func(rules ...string) string { return "User-agent: *\n" + strings.Join(rules, "\n") }
	for _, tc := range []struct {
		file, agent, url string
		allowed          bool
		line             int
	}{
		// RFC 9309, section 5.1.
		{simple, "foobot", "/", false, 7},
		{simple, "foobot", "/example/page.html", true, 8},
		{simple, "foobot", "/example/allowed.gif", true, 9},
		{simple, "foobot", "/example/other.gif", false, 7},
		{simple, "barbot", "/example/page.html", false, 13},
		{simple, "barbot", "/example/a.gif", true, 0},
		{simple, "BazBot", "/example/page.html", false, 13},
		{simple, "quxbot", "/example/page.html", true, 0},
		{simple, "otherbot", "/example/page.html", false, 3},
		{simple, "otherbot", "/a/b.gif", false, 2},
		{simple, "otherbot", "/a/b.gif?c", true, 0},
		{simple, "otherbot", "/publications/a", true, 4},
		{simple, "foobot", "/robots.txt", true, 0},
		// Section 5.2: the longest match.
		{group("Allow: /example/page/", "Disallow: /example/page/disallowed.gif"), "", "/example/page/disallowed.gif", false, 3},
		{group("Allow: /example/page/", "Disallow: /example/page/disallowed.gif"), "", "/example/page/", true, 2},
		// Section 2.2.2: what is compared is the octets, escapes undone where they say nothing.
		{group("Disallow: /foo/bar?baz=quz"), "", "/foo/bar?baz=quz", false, 2},
		{group("Disallow: /foo/bar/ツ"), "", "/foo/bar/%E3%83%84", false, 2},
		{group("Disallow: /foo/bar/%E3%83%84"), "", "/foo/bar/ツ", false, 2},
		{group("Disallow: /foo/bar/%62%61%7A"), "", "/foo/bar/baz", false, 2},
		{group("Disallow: /Foo"), "", "/foo", true, 0},
		// Section 2.2.3: special characters, and how to write them literally.
		{group("Allow: /this/path/exactly$", "Disallow: /this"), "", "/this/path/exactly", true, 2},
		{group("Allow: /this/path/exactly$", "Disallow: /this"), "", "/this/path/exactly/not", false, 3},
		{group("Allow: /this/*/exactly", "Disallow: /this"), "", "/this/a/b/exactly", true, 2},
		{group("Disallow: /path/file-with-a-%2A.html"), "", "/path/file-with-a-*.html", false, 2},
		{group("Disallow: /path/file-with-a-%2A.html"), "", "/path/file-with-a-b.html", true, 0},
		// Google's examples of precedence.
		{group("Allow: /p", "Disallow: /"), "", "http://example.com/page", true, 2},
		{group("Allow: /folder", "Disallow: /folder"), "", "http://example.com/folder/page", true, 2},
		{group("Allow: /page", "Disallow: /*.htm"), "", "http://example.com/page.htm", false, 3},
		{group("Allow: /page", "Disallow: /*.ph"), "", "http://example.com/page.php5", true, 2},
		{group("Allow: /$", "Disallow: /"), "", "http://example.com/", true, 2},
		{group("Allow: /$", "Disallow: /"), "", "http://example.com/page.htm", false, 3},
		// A URL is judged as it would be asked for.
		{group("Disallow: /b"), "", "/a/../b#c", false, 2},
		{group("Disallow: //b"), "", "//b", false, 2},
		{group("Disallow: /a b"), "", "/a b", false, 2},
		{"", "", "/", true, 0},
		{"Disallow: /", "", "/", true, 0},
	} {
		c := newCrawler(t, crawler.Config{UserAgent: tc.agent})
		all, err := c.JudgeRobots(strings.NewReader(tc.file), tc.url)
		if err != nil || len(all) != 1 {
			t.Errorf("%s as %q: %v", tc.url, tc.agent, err)
			continue
		}
		if v := all[0].Verdict; v.Allowed != tc.allowed || v.Line != tc.line {
			t.Errorf("%s as %q: allowed %v by line %d, want %v by line %d:\n%s", tc.url, tc.agent, v.Allowed, v.Line, tc.allowed, tc.line, tc.file)
		}
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestJudgeRobotsSaysWhatIsWrong(t *testing.T) {
	c := newCrawler(t, crawler.Config{})
	broken := errors.New("broken")
	if _, err := c.JudgeRobots(failing{broken}, "/"); !errors.Is(err, broken) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	if _, err := c.JudgeRobots(strings.NewReader(""), "x"); !errors.Is(err, crawler.ErrURL) {
		t.Errorf("a URL that is none: %v", err)
	}
	all, err := c.JudgeRobots(strings.NewReader("Sitemap: /m\n"), "/a?b", "https://Example.com")
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	a := all[0]
	if a.URL != "/a?b" || all[1].URL != "https://example.com/" || a.RobotsURL != "" || !a.FetchedAt.IsZero() || !a.ExpiresAt.IsZero() || a.Bytes != 12 || len(a.Sitemaps) != 1 {
		t.Errorf("checks %+v and %+v", a, all[1])
	}
}
