package crawler_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/page"
)

// graph is a site of pages by URL with their links, written as "link link" or "-> target" for a redirect.
func graph(t *testing.T, pages map[string]string) *crawlertest.Site {
	t.Helper()
	nodes := make(map[string]crawlertest.Node)
	for u, links := range pages {
		n := crawlertest.Node{Links: strings.Fields(links)}
		if to, ok := strings.CutPrefix(links, "-> "); ok {
			n = crawlertest.Node{Redirect: to}
		}
		nodes[u] = n
	}
	s, err := crawlertest.NewGraph(t.Name(), nodes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newCrawler(t *testing.T, cfg crawler.Config) *crawler.Crawler {
	t.Helper()
	c, err := crawler.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// outline is what a crawl found, a line a page.
func outline(pages []*crawler.PageData) string {
	var b strings.Builder
	for _, p := range pages {
		fmt.Fprintf(&b, "%d %s %d", p.Depth, p.URL, p.Status)
		if p.Referrer != "" {
			fmt.Fprintf(&b, " from %s", p.Referrer)
		}
		if p.Redirect != "" {
			fmt.Fprintf(&b, " to %s", p.Redirect)
		}
		if p.Err != nil {
			fmt.Fprintf(&b, " (%s)", p.Err.Class)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func run(t *testing.T, cfg crawler.Config, seeds ...string) *crawler.Result {
	t.Helper()
	res, err := newCrawler(t, cfg).Run(t.Context(), seeds...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestRunTellsEverythingOfASite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := graph(t, map[string]string{
			"http://a.test/":     "/b /c#part /c http://far.test/ mailto:x@a.test",
			"http://a.test/b":    "/old /missing",
			"http://a.test/c":    "/deep",
			"http://a.test/old":  "-> /new",
			"http://a.test/new":  "",
			"http://a.test/deep": "/deeper",
		})
		start := time.Now()
		res := run(t, crawler.Config{MaxDepth: 2, Transport: crawlertest.NewTransport(site)}, "http://a.test")
		want := `0 http://a.test/ 200
1 http://a.test/b 200 from http://a.test/
1 http://a.test/c 200 from http://a.test/
2 http://a.test/deep 200 from http://a.test/c
2 http://a.test/missing 404 from http://a.test/b (4xx)
2 http://a.test/new 200 from http://a.test/old
2 http://a.test/old 302 from http://a.test/b to http://a.test/new
`
		if diff := gocmp.Diff(want, outline(res.Pages)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if want := []string{"a.test", "far.test"}; !slices.Equal(res.Domains, want) {
			t.Errorf("domains %v, want %v", res.Domains, want)
		}
		s := res.Stats
		if s.End != crawler.Complete || s.Pages != 7 || s.Failed != 1 || s.Requests != 8 || s.ByClass[page.Client] != 1 || s.ByStatus[200] != 5 {
			t.Errorf("statistics %+v", s)
		}
		// Eight requests, robots.txt among them, a second apart.
		if took := time.Since(start); took != 7*time.Second || s.Elapsed != took {
			t.Errorf("took %v, and says %v; want 7s", took, s.Elapsed)
		}
		front := res.Pages[0]
		if links := len(front.Links); links != 3 || front.Title != "http://a.test/" || front.SHA256 == "" || front.Charset != "utf-8" {
			t.Errorf("front page %+v", front)
		}
	})
}

// TestManyHostsTakeAsLongAsTheLargest, through the whole crawler: gaps of exactly the interval on every domain, robots.txt and
// redirects included.
func TestManyHostsTakeAsLongAsTheLargest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := make(map[string]string)
		var seeds []string
		largest := 0
		for h := range 20 {
			host := fmt.Sprintf("http://h%d.test", h)
			seeds = append(seeds, host+"/")
			for i := range 2 * h {
				pages[host+"/"] += fmt.Sprintf("/%d ", i)
				pages[fmt.Sprintf("%s/%d", host, i)] = fmt.Sprintf("-> /r%d", i)
				pages[fmt.Sprintf("%s/r%d", host, i)] = "/"
			}
			pages[host+"/"] += "/"
			largest = max(largest, 4*h+2)
		}
		tr := crawlertest.NewTransport(graph(t, pages))
		start := time.Now()
		run(t, crawler.Config{MaxDepth: 3, Workers: 2, Transport: tr}, seeds...)
		if took, want := time.Since(start), time.Duration(largest-1)*time.Second; took != want {
			t.Errorf("took %v, want %v", took, want)
		}
		for host, gaps := range tr.Log.Gaps(nil) {
			for i, gap := range gaps {
				if gap != time.Second {
					t.Errorf("%s: gap %d is %v, want 1s", host, i, gap)
				}
			}
		}
		if twice := tr.Log.Duplicates(); len(twice) > 0 {
			t.Errorf("asked for more than once: %v", twice)
		}
	})
}

// TestResultDoesNotDependOnTiming: random sites with random response times give the same result with any number of workers.
func TestResultDoesNotDependOnTiming(t *testing.T) {
	for i := range 60 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			nodes := make(map[string]crawlertest.Node)
			url := func(n int) string { return fmt.Sprintf("http://%c.test/%d", 'a'+n%3, n) }
			for n := range 25 {
				var node crawlertest.Node
				for range r.IntN(4) {
					node.Links = append(node.Links, url(r.IntN(25)))
				}
				if r.IntN(8) == 0 {
					node.Redirect = url(r.IntN(25))
				}
				nodes[url(n)] = node
			}
			site, err := crawlertest.NewGraph("random", nodes)
			if err != nil {
				t.Fatal(err)
			}
			var want string
			for _, workers := range []int{1, 8} {
				tr := crawlertest.NewTransport(site)
				tr.Latency = func(*http.Request) time.Duration { return rand.N(3 * time.Second) } // r is not for many goroutines
				res := run(t, crawler.Config{
					MaxDepth: 3, Scope: crawler.ScopeAny, Workers: workers, PerHost: workers, Rate: crawler.Unlimited, Transport: tr,
				}, url(0), url(1))
				got := outline(res.Pages)
				if want == "" {
					want = got
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Fatalf("case %d: 1 and %d workers differ:\n%s", i, workers, diff)
				}
			}
		})
	}
}

func TestLeavingTheLoopEndsTheCrawl(t *testing.T) {
	for name, leave := range map[string]func(){"break": nil, "panic": func() { panic("the caller's own") }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := crawlertest.NewTransport(graph(t, map[string]string{
					"http://a.test/": "/1 /2 /3 /4 /5 /6", "http://a.test/1": "", "http://a.test/2": "", "http://a.test/3": "",
				}))
				tr.Latency = func(*http.Request) time.Duration { return time.Second }
				c := newCrawler(t, crawler.Config{MaxDepth: 1, Rate: crawler.Unlimited, PerHost: 4, Transport: tr})
				func() {
					defer func() {
						if v := recover(); (v != nil) != (leave != nil) {
							t.Errorf("recovered %v", v)
						}
					}()
					n := 0
					for _, err := range c.Pages(t.Context(), "http://a.test/") {
						if err != nil {
							t.Error(err)
						}
						if n++; n == 2 && leave != nil {
							leave()
						} else if n == 2 {
							break
						}
					}
				}()
				before := len(tr.Log.Requests())
				time.Sleep(time.Minute)
				if after := len(tr.Log.Requests()); after != before {
					t.Errorf("%d requests were made after the loop was left", after-before)
				}
				if end := c.Progress().End; end != crawler.Interrupted {
					t.Errorf("the crawl ended %q, want interrupted", end)
				}
			}) // the bubble fails the test if a goroutine is left
		})
	}
}

func TestCancelledContextIsTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		tr := crawlertest.NewTransport(graph(t, map[string]string{"http://a.test/": "/1 /2 /3 /4 /5 /6"}))
		var pages int
		var last error
		for p, err := range newCrawler(t, crawler.Config{MaxDepth: 1, Transport: tr}).Pages(ctx, "http://a.test/") {
			if last != nil {
				t.Errorf("a page or error after the error: %v %v", p, err)
			}
			if last = err; err == nil {
				pages++
			}
		}
		if !errors.Is(last, context.DeadlineExceeded) || pages != 2 {
			t.Errorf("%d pages and error %v, want 2 pages and a deadline", pages, last)
		}
	})
}

func TestStopEndsWithoutAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := crawlertest.NewTransport(graph(t, map[string]string{"http://a.test/": "/1 /2 /3 /4 /5 /6"}))
		c := newCrawler(t, crawler.Config{MaxDepth: 1, Transport: tr})
		c.Stop() // without a crawl: nothing
		pages := 0
		for _, err := range c.Pages(t.Context(), "http://a.test/") {
			if err != nil {
				t.Error(err)
			}
			if pages++; pages == 2 {
				c.Stop()
			}
		}
		if s := c.Progress(); pages != 2 || s.End != crawler.Interrupted {
			t.Errorf("%d pages, end %q", pages, s.End)
		}
	})
}

func TestLimitsNameThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pages := map[string]string{"http://a.test/": "/1 /2 /3 /4 /5 /6"}
		res := run(t, crawler.Config{MaxDepth: 1, MaxPages: 3, Transport: crawlertest.NewTransport(graph(t, pages))}, "http://a.test/")
		if len(res.Pages) != 3 || res.Stats.End != crawler.Limited || !strings.Contains(res.Stats.Reason, "3 pages") {
			t.Errorf("%d pages, end %q: %s", len(res.Pages), res.Stats.End, res.Stats.Reason)
		}
		res = run(t, crawler.Config{MaxDepth: 1, MaxTime: 3500 * time.Millisecond, Transport: crawlertest.NewTransport(graph(t, pages))}, "http://a.test/")
		if len(res.Pages) != 3 || res.Stats.End != crawler.Limited || !strings.Contains(res.Stats.Reason, "3.5s") {
			t.Errorf("%d pages, end %q: %s", len(res.Pages), res.Stats.End, res.Stats.Reason)
		}
	})
}

// TestTimeIsUpForSlowPagesToo: when the time for a crawl is over, a page in flight has ten seconds more, and is left to another run if
// that is not enough.
func TestTimeIsUpForSlowPagesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, err := crawlertest.NewGraph(t.Name(), map[string]crawlertest.Node{
			"http://a.test/": {Links: []string{"http://slow.test/", "http://endless.test/"}}, "http://slow.test/": {Delay: 9 * time.Second}, "http://endless.test/": {Delay: time.Hour},
		})
		if err != nil {
			t.Fatal(err)
		}
		cfg := crawler.Config{
			MaxDepth: 1, MaxTime: 5 * time.Second, Timeout: 2 * time.Hour, Scope: crawler.ScopeAny, Transport: crawlertest.NewTransport(site),
			File: filepath.Join(t.TempDir(), "c.db"),
		}
		res := run(t, cfg, "http://a.test/")
		if took := res.Stats.Elapsed; len(res.Pages) != 2 || res.Stats.End != crawler.Limited || took != 15*time.Second {
			t.Errorf("%d pages, end %q (%s) after %v", len(res.Pages), res.Stats.End, res.Stats.Reason, took)
		}
		cfg.MaxTime = 0
		var rest []string
		for p, err := range newCrawler(t, cfg).Resume(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			rest = append(rest, p.URL)
		}
		if strings.Join(rest, " ") != "http://endless.test/" {
			t.Errorf("resumed: %v", rest)
		}
	})
}

func TestScope(t *testing.T) {
	pages := map[string]string{
		"http://www.a.test/docs/":      "/docs/x /other http://www.a.test/docs/y?q=1 http://api.a.test/ http://b.test/",
		"http://www.a.test/docs/x":     "",
		"http://www.a.test/docs/y?q=1": "",
		"http://www.a.test/other":      "",
		"http://api.a.test/":           "",
		"http://b.test/":               "",
	}
	for _, c := range []struct {
		cfg  crawler.Config
		want string
	}{
		{crawler.Config{}, "www.a.test/docs/ www.a.test/docs/x www.a.test/docs/y?q=1 www.a.test/other"},
		{crawler.Config{Scope: crawler.ScopePrefix}, "www.a.test/docs/ www.a.test/docs/x www.a.test/docs/y?q=1"},
		{crawler.Config{Scope: crawler.ScopeDomain}, "api.a.test/ www.a.test/docs/ www.a.test/docs/x www.a.test/docs/y?q=1 www.a.test/other"},
		{crawler.Config{Scope: crawler.ScopeAny}, "api.a.test/ b.test/ www.a.test/docs/ www.a.test/docs/x www.a.test/docs/y?q=1 www.a.test/other"},
		{crawler.Config{Scope: crawler.ScopeAny, Include: []*regexp.Regexp{regexp.MustCompile(`x$`), regexp.MustCompile(`other`)}}, "www.a.test/docs/ www.a.test/docs/x www.a.test/other"},
		{crawler.Config{Exclude: []*regexp.Regexp{regexp.MustCompile(`\?`)}}, "www.a.test/docs/ www.a.test/docs/x www.a.test/other"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c.cfg.MaxDepth, c.cfg.Transport = 2, crawlertest.NewTransport(graph(t, pages))
			var got []string
			for _, p := range run(t, c.cfg, "http://www.a.test/docs/").Pages {
				got = append(got, strings.TrimPrefix(p.URL, "http://"))
			}
			slices.Sort(got)
			if strings.Join(got, " ") != c.want {
				t.Errorf("%+v fetched\n%s\nwant\n%s", c.cfg.Scope, strings.Join(got, " "), c.want)
			}
		})
	}
}

// TestSeedsRedirectExtendsTheScope: who asks for a.test wants what stands at www.a.test, too.
func TestSeedsRedirectExtendsTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		res := run(t, crawler.Config{MaxDepth: 1, Transport: crawlertest.NewTransport(graph(t, map[string]string{
			"http://a.test/": "-> http://www.a.test/", "http://www.a.test/": "/in http://b.test/", "http://www.a.test/in": "",
		}))}, "http://a.test/")
		want := `0 http://a.test/ 302 to http://www.a.test/
0 http://www.a.test/ 200 from http://a.test/
1 http://www.a.test/in 200 from http://www.a.test/
`
		if diff := gocmp.Diff(want, outline(res.Pages)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestNofollowIsNotFollowed, but recorded.
func TestNofollowIsNotFollowed(t *testing.T) {
	site, err := crawlertest.ParseSite("nofollow", []byte(`Links under nofollow are recorded and not followed.
seed: http://a.test/
-- a.test/index.html --
<a href="/yes">1</a> <a rel="noopener nofollow" href="/no">2</a> <a href="/also">3</a>
-- a.test/yes --
yes
-- a.test/no --
no
-- a.test/also --
also
`))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		res := run(t, crawler.Config{MaxDepth: 1, Transport: crawlertest.NewTransport(site)}, "http://a.test/")
		if got := len(res.Pages); got != 3 {
			t.Errorf("%d pages, want 3:\n%s", got, outline(res.Pages))
		}
		if links := res.Pages[0].Links; len(links) != 3 {
			t.Errorf("%d links recorded, want 3", len(links))
		}
	})
}

func TestBadConfigurationsAreRefused(t *testing.T) {
	for _, cfg := range []crawler.Config{
		{Scope: "planet"}, {LimitBy: "planet"}, {Workers: -1}, {MaxPages: -1}, {PerHost: -1}, {Burst: -1}, {Timeout: -1},
		{MaxBody: -1}, {MaxTime: -1}, {UserAgent: "123"}, {Resolve: []string{"nonsense"}}, {Rate: 1e-9},
	} {
		if _, err := crawler.New(cfg); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: error %v", cfg, err)
		}
	}
}

func TestBadSeedsAreRefused(t *testing.T) {
	c := newCrawler(t, crawler.Config{File: filepath.Join(t.TempDir(), "c.db")})
	for _, seeds := range [][]string{nil, {"ftp://a.test/"}, {"http://a.test/", "::"}, {""}} {
		n := 0
		for p, err := range c.Pages(t.Context(), seeds...) {
			if n++; p != nil || !errors.Is(err, crawler.ErrSeed) {
				t.Errorf("%q: page %v, error %v", seeds, p, err)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d errors, want 1", seeds, n)
		}
	}
}

// TestPacingOverSockets: the gaps that a real server sees.
func TestPacingOverSockets(t *testing.T) {
	site, err := crawlertest.NewGraph("pacing", map[string]crawlertest.Node{
		"http://a.test/": {Links: []string{"/1", "/2", "/3", "/4", "/5", "/6"}}, "http://a.test/1": {Delay: 150 * time.Millisecond},
		"http://a.test/2": {Redirect: "/3"}, "http://b.test/": {Links: []string{"/1", "/2", "/3"}}, "http://c.test/": {},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	const interval = 50 * time.Millisecond
	run(t, crawler.Config{MaxDepth: 2, Rate: 20, Dial: srv.Dial}, "http://a.test/", "http://b.test/", "http://c.test/")
	// A server's clock reading may be late for one request and prompt for the next; a tenth of the interval is allowed for that.
	for host, gaps := range srv.Log().Gaps(nil) {
		for i, gap := range gaps {
			if gap < interval-interval/10 {
				t.Errorf("%s: gap %d is %v, want %v", host, i, gap, interval)
			}
		}
	}
	for host, n := range srv.Log().MaxConcurrent(nil) {
		if n != 1 {
			t.Errorf("%s: %d requests at once", host, n)
		}
	}
}

// crawlFile crawls the bundled tree into a file with n workers, leaving after so many pages (0: never), and resuming
// until it is complete.
func crawlFile(t *testing.T, workers, leave int) string {
	t.Helper()
	site, err := crawlertest.Lookup("tree")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	cfg := crawler.Config{
		MaxDepth: 5, Rate: crawler.Unlimited, Workers: workers, PerHost: workers, Dial: srv.Dial,
		File: filepath.Join(t.TempDir(), "c.db"),
	}
	yielded := make(map[string]int)
	pages := newCrawler(t, cfg).Pages(t.Context(), site.Seeds...)
	for range 100 {
		n := 0
		for p, err := range pages {
			if err != nil {
				t.Fatal(err)
			}
			yielded[p.URL]++
			if n++; n == leave {
				break
			}
		}
		if leave == 0 || n < leave {
			break
		}
		pages = newCrawler(t, cfg).Resume(t.Context())
	}
	for u, n := range yielded {
		if n > 1 {
			t.Errorf("%s was yielded %d times", u, n)
		}
	}
	return exported(t, cfg.File)
}

// TestResumedCrawlEqualsAnUndisturbedOne.
func TestResumedCrawlEqualsAnUndisturbedOne(t *testing.T) {
	want := crawlFile(t, 1, 0)
	if n := strings.Count(want, "\n"); n != 84 {
		t.Fatalf("the tree has %d pages, want 84", n)
	}
	for _, c := range [][2]int{{4, 0}, {1, 10}, {4, 7}} {
		if diff := gocmp.Diff(want, crawlFile(t, c[0], c[1])); diff != "" {
			t.Errorf("%d workers, left every %d pages (-undisturbed +resumed):\n%s", c[0], c[1], diff)
		}
	}
}

func TestCrawlFileErrorsAreFatalAndLast(t *testing.T) {
	file := filepath.Join(t.TempDir(), "missing", "c.db")
	n := 0
	for p, err := range newCrawler(t, crawler.Config{File: file}).Pages(t.Context(), "http://a.test/") {
		if n++; p != nil || err == nil {
			t.Errorf("page %v, error %v", p, err)
		}
	}
	for p, err := range newCrawler(t, crawler.Config{File: file}).Resume(t.Context()) {
		if n++; p != nil || err == nil {
			t.Errorf("resume: page %v, error %v", p, err)
		}
	}
	if n != 2 {
		t.Errorf("%d errors, want 2", n)
	}
}

// TestEachBundledSiteEnds, with its own flags' depth, on a Transport: nothing of a site's faults reaches the caller as an error.
func TestEachBundledSiteEnds(t *testing.T) {
	for _, site := range crawlertest.Sites() {
		if site.Name == "maze" {
			continue // its 100,000 pages are for the golden crawl and the benchmarks
		}
		t.Run(site.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := crawlertest.NewTransport(site)
				res := run(t, crawler.Config{MaxDepth: 3, Scope: crawler.ScopeAny, Transport: tr}, site.Seeds...)
				if res.Stats.End != crawler.Complete || len(res.Pages) == 0 {
					t.Errorf("end %q with %d pages", res.Stats.End, len(res.Pages))
				}
				if classes := maps.Keys(res.Stats.ByClass); slices.Contains(slices.Collect(classes), page.Internal) {
					t.Errorf("a fault in amble:\n%s", outline(res.Pages))
				}
			})
		})
	}
}

// TestScopeThatGrowsSurvivesResuming: a page of the first run links to a host that comes into scope only in the second, by a
// seed's redirect; the link is followed all the same.
func TestScopeThatGrowsSurvivesResuming(t *testing.T) {
	site := graph(t, map[string]string{
		"http://b.test/": "http://c.test/x", "http://a.test/": "-> http://c.test/",
		"http://c.test/": "", "http://c.test/x": "/below", "http://c.test/below": "",
	})
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for leave := range 6 {
		cfg := crawler.Config{
			MaxDepth: 3, Workers: 1, Rate: crawler.Unlimited, Dial: srv.Dial, File: filepath.Join(t.TempDir(), "c.db"),
		}
		n := 0
		for _, err := range newCrawler(t, cfg).Pages(t.Context(), "http://b.test/", "http://a.test/") {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == leave {
				break
			}
		}
		for _, err := range newCrawler(t, cfg).Resume(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if pages := strings.Count(exported(t, cfg.File), "\n"); pages != 5 {
			t.Errorf("left after %d pages: %d in the end, want 5:\n%s", leave, pages, exported(t, cfg.File))
		}
	}
}

// TestRequestsOfARunThatWasKilledCount: it has left no statistics, and what it last noted of its domain is out of date.
func TestRequestsOfARunThatWasKilledCount(t *testing.T) {
	pages := map[string]string{"http://a.test/": ""}
	for i := range 20 {
		pages["http://a.test/"] += fmt.Sprintf(" /%d", i)
		pages[fmt.Sprintf("http://a.test/%d", i)] = ""
	}
	tr := crawlertest.NewTransport(graph(t, pages))
	file := filepath.Join(t.TempDir(), "c.db")
	cfg := crawler.Config{MaxDepth: 1, Rate: crawler.Unlimited, Transport: tr, File: file, MaxPages: 10}
	for _, err := range newCrawler(t, cfg).Pages(t.Context(), "http://a.test/") {
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{"DELETE FROM meta WHERE key IN ('statistics', 'finished_at')", "UPDATE meta SET value = 'running' WHERE key = 'state'", "UPDATE traffic SET requests = 2"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	cfg.MaxPages = 0
	c := newCrawler(t, cfg)
	for _, err := range c.Resume(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s, made := c.Progress().Stats, len(tr.Log.Requests()); s.Pages != 21 || made != 22 || s.Requests != 21 { // all but the first run's robots.txt
		t.Errorf("%d pages by %d requests, of which the crawl knows %d; want 21, 22, 21", s.Pages, made, s.Requests)
	}
}

// TestManyRedirectingSeedsCostNoMore: each seed's redirect brings another host into scope, and pages are replayed once, not once
// for each of them.
func TestManyRedirectingSeedsCostNoMore(t *testing.T) {
	pages := make(map[string]string)
	var seeds []string
	for i := range 1500 {
		seeds = append(seeds, fmt.Sprintf("http://h%d.test/", i))
		pages[seeds[i]] = fmt.Sprintf("-> http://www.h%d.test/", i)
		pages[fmt.Sprintf("http://www.h%d.test/", i)] = ""
	}
	site := graph(t, pages)
	synctest.Test(t, func(t *testing.T) {
		res := run(t, crawler.Config{Transport: crawlertest.NewTransport(site)}, seeds...)
		if len(res.Pages) != 3000 {
			t.Errorf("%d pages, want 3000", len(res.Pages))
		}
	})
}

// TestEveryCommittedPageIsHandedOut to a caller who goes on reading after ctx has ended.
func TestEveryCommittedPageIsHandedOut(t *testing.T) {
	site, err := crawlertest.Maze(3000, 8)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		c := newCrawler(t, crawler.Config{
			MaxDepth: -1, Scope: crawler.ScopeAny, Rate: crawler.Unlimited, PerHost: 4, Transport: crawlertest.NewTransport(site),
		})
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		for p := range c.Pages(ctx, site.Seeds...) {
			if p != nil {
				n++
			}
			if n == 50 {
				cancel()
			}
		}
		cancel()
		if got := c.Progress().Pages; got != n {
			t.Errorf("%d pages were recorded and %d handed out", got, n)
		}
	}
}
