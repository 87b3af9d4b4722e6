package crawler_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
)

func parseSite(t *testing.T, text string) *crawlertest.Site {
	t.Helper()
	site, err := crawlertest.ParseSite(t.Name(), []byte("A site of a test.\nseed: http://a.test/\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// TestPageDirectivesAreHeeded: links of a page under nofollow are recorded and not followed, wherever the page says it.
func TestPageDirectivesAreHeeded(t *testing.T) {
	site := parseSite(t, `
-- a.test/index.html --
<a href=meta>1</a> <a href=header>2</a> <a href=mine>3</a> <a href=others>4</a> <a href=noindex>5</a>
-- a.test/meta --
<meta name="ROBOTS" content="none"><a href=no-1>x</a>
-- a.test/header --
!header X-Robots-Tag: nofollow
<a href=no-2>x</a>
-- a.test/mine --
<meta name="mybot" content="nofollow"><a href=no-3>x</a>
-- a.test/others --
!header X-Robots-Tag: otherbot: nofollow
<meta name="otherbot" content="nofollow"><a href=yes-1>x</a>
-- a.test/noindex --
!header X-Robots-Tag: unavailable_after: 25 Jun 1999 15:00:00 PST
<title>Old news</title><a href=yes-2>Old</a>
`)
	for _, respect := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			res := run(t, crawler.Config{
				MaxDepth: 2, UserAgent: "mybot/1.0", RespectNoindex: respect, Transport: crawlertest.NewTransport(site),
			}, "http://a.test/")
			var got []string
			for _, p := range res.Pages {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s", strings.TrimPrefix(p.URL, "http://a.test"), p.Robots)))
				if p.URL == "http://a.test/noindex" {
					if kept := p.Title != "" || p.SHA256 != "" || p.Links[0].Text != ""; kept == respect {
						t.Errorf("respect noindex %v: %+v", respect, p)
					}
				}
				if strings.HasPrefix(p.Robots, "no") && len(p.Links) != 1 {
					t.Errorf("%s has %d links on record, want 1", p.URL, len(p.Links))
				}
			}
			want := "/ /header nofollow /meta noindex, nofollow /mine nofollow /noindex noindex /others /yes-1 /yes-2"
			if strings.Join(got, " ") != want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
			}
		})
	}
}

func TestFollowCanonical(t *testing.T) {
	site := parseSite(t, `
-- a.test/index.html --
<a href="/print">1</a> <a href="/self">2</a>
-- a.test/print --
<link rel=canonical href="/page"><a href="/only-on-print">x</a>
-- a.test/page --
<link rel=canonical href="/page"><a href="/on-page">x</a>
-- a.test/self --
<link rel=canonical href="/self#top"><a href="/on-self">x</a>
-- a.test/on-page --
x
-- a.test/on-self --
x
-- a.test/only-on-print --
x
`)
	for follow, want := range map[bool]string{
		true:  "0 / 1 /page 1 /print=/page 1 /self 2 /on-page 2 /on-self",
		false: "0 / 1 /print 1 /self 2 /on-self 2 /only-on-print",
	} {
		synctest.Test(t, func(t *testing.T) {
			res := run(t, crawler.Config{MaxDepth: 2, FollowCanonical: follow, Transport: crawlertest.NewTransport(site)}, "http://a.test/")
			var got []string
			for _, p := range res.Pages {
				s := fmt.Sprintf("%d %s", p.Depth, strings.TrimPrefix(p.URL, "http://a.test"))
				if p.DuplicateOf != "" {
					s += "=" + strings.TrimPrefix(p.DuplicateOf, "http://a.test")
				}
				got = append(got, s)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("follow canonical %v: %s\nwant %s", follow, strings.Join(got, " "), want)
			}
		})
	}
}

// sitemapSite has a sitemap index in robots.txt, with a compressed-looking text child and one that does not exist.
const sitemapSite = `
-- a.test/robots.txt --
User-agent: *
Disallow: /secret
Sitemap: http://a.test/sitemap.xml
-- a.test/sitemap.xml --
!header Content-Type: application/xml
<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>http://a.test/one.xml</loc></sitemap><sitemap><loc>http://a.test/two.txt</loc></sitemap>
<sitemap><loc>http://a.test/missing.xml</loc></sitemap></sitemapindex>
-- a.test/one.xml --
!header Content-Type: application/xml
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://a.test/listed</loc><lastmod>2026-03-04</lastmod></url>
<url><loc>http://a.test/secret</loc></url><url><loc>http://elsewhere.test/</loc></url></urlset>
-- a.test/two.txt --
!header Content-Type: text/plain
http://a.test/plain
http://a.test/linked
-- a.test/index.html --
<a href="/linked">x</a>
-- a.test/listed --
<a href="/deep">x</a>
-- a.test/plain --
x
-- a.test/linked --
x
-- a.test/deep --
x
-- a.test/secret --
x
`

func TestSitemapsAreCrawledWhereAskedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	site := parseSite(t, sitemapSite)
	srv, err := crawlertest.Serve(site, "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	run(t, crawler.Config{MaxDepth: 1, Sitemaps: true, Rate: crawler.Unlimited, Dial: srv.Dial, File: file}, "http://a.test/")
	f, err := crawlfile.OpenReadOnly(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for p, err := range f.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%d %s %s", p.Depth, p.URL, p.Sitemap)
		if !p.LastMod.IsZero() {
			line += p.LastMod.Format(" 2006-01-02")
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		"0 http://a.test/", "0 http://a.test/linked http://a.test/two.txt", "0 http://a.test/listed http://a.test/one.xml 2026-03-04",
		"0 http://a.test/plain http://a.test/two.txt", "0 http://a.test/secret http://a.test/one.xml", "1 http://a.test/deep",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := srv.Log().Count("http://a.test/sitemap.xml"); n != 1 {
		t.Errorf("the sitemap was asked for %d times", n)
	}

	srv2, err := crawlertest.Serve(site, "")
	if err != nil {
		t.Fatal(err)
	}
	defer srv2.Close()
	res := run(t, crawler.Config{MaxDepth: 1, Rate: crawler.Unlimited, Dial: srv2.Dial}, "http://a.test/")
	if n := srv2.Log().Count("http://a.test/sitemap.xml"); n != 0 || len(res.Pages) != 2 {
		t.Errorf("nobody asked for sitemaps: %d requests for it, %d pages", n, len(res.Pages))
	}
}

// TestGapsUnderPressure: over all bundled sites that misbehave, with 429, 503, redirects, retries, resets, robots.txt and
// sitemaps, no domain ever sees two requests closer than the interval, nor two at once.
func TestGapsUnderPressure(t *testing.T) {
	for _, name := range []string{"errors", "ratelimit", "redirects", "robots", "hosts", "nofollow", "traps"} {
		t.Run(name, func(t *testing.T) {
			site, err := crawlertest.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				tr := crawlertest.NewTransport(site)
				run(t, crawler.Config{MaxDepth: 3, Scope: crawler.ScopeAny, Sitemaps: true, LimitBy: crawler.ByHost, Transport: tr}, site.Seeds...)
				for host, gaps := range tr.Log.Gaps(nil) {
					for i, gap := range gaps {
						if gap < time.Second {
							t.Errorf("%s: gap %d is %v", host, i, gap)
						}
					}
				}
				for host, n := range tr.Log.MaxConcurrent(nil) {
					if n > 1 {
						t.Errorf("%s: %d requests at once", host, n)
					}
				}
			})
		})
	}
}

// TestRetryAfterIsKept: no request to the domain for as long as it asks, while others go on at full pace.
func TestRetryAfterIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		refuse := func(w http.ResponseWriter, r *http.Request) {
			links := "<a href=/1>1</a><a href=/2>2</a><a href=/3>3</a><a href=/4>4</a><a href=/5>5</a>"
			if r.Host == "busy.test" && r.URL.Path == "/1" && time.Since(begun) < 20*time.Second {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, links)
		}
		tr := &crawlertest.Transport{Handler: http.HandlerFunc(refuse), Log: new(crawlertest.Log)}
		res := run(t, crawler.Config{MaxDepth: 1, IgnoreRobots: true, Transport: tr}, "http://busy.test/", "http://free.test/")
		gaps := tr.Log.Gaps(nil)
		if longest := slices.Max(gaps["busy.test"]); longest != 20*time.Second {
			t.Errorf("the longest gap at the busy host is %v, want 20s", longest)
		}
		for i, gap := range gaps["free.test"] {
			if gap != time.Second {
				t.Errorf("the other host: gap %d is %v, want 1s", i, gap)
			}
		}
		if res.Stats.Failed != 0 || res.Stats.Pages != 12 {
			t.Errorf("%d pages, %d failed; want 12 and 0", res.Stats.Pages, res.Stats.Failed)
		}
	})
}

func TestContactIsSent(t *testing.T) {
	for contact, want := range map[string][2]string{
		"":                        {crawler.DefaultUserAgent, ""},
		"ops@example.com":         {crawler.DefaultUserAgent + " (+ops@example.com)", "ops@example.com"},
		"https://example.com/bot": {crawler.DefaultUserAgent + " (+https://example.com/bot)", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			var agent, from string
			tr := &crawlertest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				agent, from = r.UserAgent(), r.Header.Get("From")
				http.NotFound(w, r)
			})}
			run(t, crawler.Config{Contact: contact, Transport: tr}, "http://a.test/")
			if agent != want[0] || from != want[1] {
				t.Errorf("contact %q: User-Agent %q, From %q", contact, agent, from)
			}
		})
	}
	if _, err := crawler.New(crawler.Config{Contact: "somebody (\r\nX: y)"}); err == nil {
		t.Error("a contact that breaks the header was accepted")
	}
}

// TestLimitByAddress over real sockets: two names that resolve to one address share its interval.
func TestLimitByAddress(t *testing.T) {
	site, err := crawlertest.NewGraph("addresses", map[string]crawlertest.Node{
		"http://a.test/": {Links: []string{"/1", "/2"}}, "http://b.test/": {Links: []string{"/1", "/2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := crawlertest.Serve(site, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	_, port, _ := strings.Cut(srv.Addr(), ":")
	const interval = 50 * time.Millisecond
	run(t, crawler.Config{
		MaxDepth: 1, Rate: 20, LimitBy: crawler.ByIP, Resolve: []string{"a.test:" + port + ":127.0.0.1", "b.test:" + port + ":127.0.0.1"},
	}, "http://a.test:"+port+"/", "http://b.test:"+port+"/")
	all := srv.Log().Gaps(func(string) string { return "" })[""]
	if len(all) < 3 {
		t.Fatalf("%d gaps", len(all))
	}
	for i, gap := range all {
		if gap < interval-interval/10 {
			t.Errorf("gap %d at the address is %v, want %v", i, gap, interval)
		}
	}
}

// TestCredentialsStayWithTheSeeds: what speaks for the user goes to the origins that they named, and nowhere else that a link or a
// redirect leads to.
func TestCredentialsStayWithTheSeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		tr := &crawlertest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization") + r.Header.Get("Cookie"); got != "" {
				log = append(log, r.Host+r.URL.Path+" "+got)
			}
			if r.Header.Get("X-Other") != "x" {
				t.Errorf("%s%s did not get the other header", r.Host, r.URL.Path)
			}
			switch r.Host + r.URL.Path {
			case "mine.test/":
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, "<a href=http://other.test/>1</a> <a href=/away>2</a>")
			case "mine.test/away":
				http.Redirect(w, r, "http://evil.test/", http.StatusFound)
			default:
				http.NotFound(w, r)
			}
		})}
		run(t, crawler.Config{
			MaxDepth: 1, Scope: crawler.ScopeAny, Workers: 1, Transport: tr,
			Header: http.Header{"Authorization": {"Bearer s"}, "Cookie": {"c=1"}, "X-Other": {"x"}},
		}, "http://mine.test/")
		if got, want := strings.Join(log, ", "), "mine.test/robots.txt Bearer sc=1, mine.test/ Bearer sc=1, mine.test/away Bearer sc=1"; got != want {
			t.Errorf("credentials went to %s\nwant %s", got, want)
		}
	})
}
