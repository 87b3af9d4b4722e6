package crawler_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
)

// randomSite has three hosts, two of them of one domain, with links and redirects at random.
func randomSite(t *testing.T, r *rand.Rand) (site *crawlertest.Site, url func(int) string, n int) {
	t.Helper()
	hosts := []string{"http://www.a.test", "http://api.a.test", "http://b.test"}
	n = 5 + r.IntN(35)
	url = func(i int) string { return fmt.Sprintf("%s/%d", hosts[i%3], i) }
	nodes := make(map[string]crawlertest.Node)
	for i := range n {
		var node crawlertest.Node
		for range r.IntN(4) {
			node.Links = append(node.Links, url(r.IntN(n)))
		}
		if r.IntN(6) == 0 {
			node.Redirect = url(r.IntN(n))
		}
		nodes[url(i)] = node
	}
	site, err := crawlertest.NewGraph("random", nodes)
	if err != nil {
		t.Fatal(err)
	}
	return site, url, n
}

// recordedIn are the URLs of an export.
func recordedIn(export string) map[string]bool {
	urls := make(map[string]bool)
	for line := range strings.Lines(export) {
		_, rest, _ := strings.Cut(line, `"url":"`)
		u, _, _ := strings.Cut(rest, `"`)
		urls[u] = true
	}
	return urls
}

// killed is a copy of a crawl file as a crawl that is killed now leaves it.
func killed(t *testing.T, file string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "c.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(file + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

var scopes = []crawler.Scope{crawler.ScopePrefix, crawler.ScopeHost, crawler.ScopeDomain, crawler.ScopeAny}

// TestWiderReachEqualsAFreshCrawl: a crawl that is left, or killed, at any page, and resumed with another depth and scope each time, narrower
// ones among them, comes in the end to what a fresh crawl with the last settings comes to, if those let in all that the others did. No page on
// record is asked for again.
func TestWiderReachEqualsAFreshCrawl(t *testing.T) {
	cases := 80
	if testing.Short() {
		cases = 30
	}
	for i := range cases {
		r := rand.New(rand.NewPCG(uint64(i), 21))
		site, url, n := randomSite(t, r)
		seeds := []string{url(r.IntN(n)), url(r.IntN(n))}[:1+r.IntN(2)]
		type step struct {
			depth, scope, leave int
			kill                bool
		}
		var steps []step
		depth, scope := 0, 0
		for range 1 + r.IntN(3) {
			s := step{r.IntN(6), r.IntN(len(scopes)), r.IntN(12), r.IntN(2) == 0}
			depth, scope = max(depth, s.depth), max(scope, s.scope)
			steps = append(steps, s)
		}
		steps = append(steps, step{depth: depth + r.IntN(2), scope: min(scope+r.IntN(2), len(scopes)-1)})
		config := func(s step, file string, tr *crawlertest.Transport) crawler.Config {
			return crawler.Config{
				MaxDepth: s.depth, Scope: scopes[s.scope], Rate: crawler.Unlimited, Workers: 1 + r.IntN(4), PerHost: 1 + r.IntN(2),
				MaxRedirects: 3, Transport: tr, File: file,
			}
		}
		last := steps[len(steps)-1]
		fresh := config(last, filepath.Join(t.TempDir(), "fresh.db"), crawlertest.NewTransport(site))
		run(t, fresh, seeds...)
		want := exported(t, fresh.File)
		if n := strings.Count(want, "\n"); n == 0 || n != len(recordedIn(want)) {
			t.Fatalf("case %d: %d lines, %d URLs", i, n, len(recordedIn(want)))
		}

		file, before := filepath.Join(t.TempDir(), "c.db"), map[string]bool{}
		for j, s := range steps {
			tr := crawlertest.NewTransport(site)
			c := newCrawler(t, config(s, file, tr))
			pages := c.Resume(t.Context())
			if j == 0 {
				pages = c.Pages(t.Context(), seeds...)
			}
			k, next := 0, file
			for p, err := range pages {
				if err != nil {
					t.Fatal(err)
				}
				if before[p.URL] {
					t.Errorf("case %d, step %d: %s was yielded again", i, j, p.URL)
				}
				if k++; k == s.leave {
					if s.kill {
						next = killed(t, file)
					}
					break
				}
			}
			for _, q := range tr.Log.Requests() {
				if before[q.URL()] {
					t.Errorf("case %d, step %d: %s was asked for again", i, j, q.URL())
				}
			}
			file = next
			before = recordedIn(exported(t, file))
		}
		if diff := gocmp.Diff(want, exported(t, file)); diff != "" {
			t.Fatalf("case %d: seeds %v, steps %+v (-fresh +resumed):\n%s", i, seeds, steps, diff)
		}
	}
}

// TestWhatCannotChange in a crawl that has begun is refused, and the crawl file stays as it was.
func TestWhatCannotChange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 22))
	site, url, _ := randomSite(t, r)
	cfg := crawler.Config{
		MaxDepth: 1, Rate: crawler.Unlimited, Transport: crawlertest.NewTransport(site), File: filepath.Join(t.TempDir(), "c.db"),
	}
	run(t, cfg, url(0))
	want := exported(t, cfg.File)
	for what, change := range map[string]func(*crawler.Config){
		"canonical":  func(c *crawler.Config) { c.FollowCanonical = true },
		"duplicates": func(c *crawler.Config) { c.StopAtDuplicates = true },
		"rewrite":    func(c *crawler.Config) { c.Rewrite = crawler.Rewrite{StripQuery: true} },
		"parameters": func(c *crawler.Config) { c.Rewrite = crawler.Rewrite{DropParams: []string{"x"}} },
		"host":       func(c *crawler.Config) { c.LimitBy = crawler.ByHost },
		"redirects":  func(c *crawler.Config) { c.MaxRedirects = 3 },
	} {
		other := cfg
		change(&other)
		other.MaxDepth = 5
		n := 0
		for p, err := range newCrawler(t, other).Resume(t.Context()) {
			if n++; p != nil || !errors.Is(err, crawler.ErrFixed) {
				t.Errorf("%s: page %v, error %v", what, p, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d errors", what, n)
		}
	}
	for _, err := range newCrawler(t, cfg).Resume(t.Context()) {
		if err != nil {
			t.Error(err)
		}
	}
	if diff := gocmp.Diff(want, exported(t, cfg.File)); diff != "" {
		t.Errorf("after refusals (-before +after):\n%s", diff)
	}
}
