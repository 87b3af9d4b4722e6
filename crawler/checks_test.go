package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
)

// checked is what a crawl file has of checks: URL -> verdict of those that were no pages, and the broken links.
func checked(t *testing.T, file string) (checks map[string]string, broken []string) {
	t.Helper()
	f, err := crawlfile.OpenReadOnly(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	checks = make(map[string]string)
	verdicts := make(map[string]string)
	for v, err := range f.Targets(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		verdicts[v.URL] = fmt.Sprintf("%s %d", v.Verdict, v.Status)
	}
	for c, err := range f.Checks(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if checks[c.URL] = "waits"; c.Done {
			checks[c.URL] = verdicts[c.URL]
		}
	}
	for b, err := range f.Broken(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		broken = append(broken, b.From+" "+b.Name())
	}
	return checks, broken
}

// TestChecksPayLikePages: the gaps of a domain are kept from the pages to the checks, and between HEAD and GET; robots.txt is asked for once, and
// obeyed; what HEAD is refused is asked for by GET.
func TestChecksPayLikePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, err := crawlertest.Lookup("links")
		if err != nil {
			t.Fatal(err)
		}
		tr := crawlertest.NewTransport(site)
		file := filepath.Join(t.TempDir(), "c.db")
		run(t, crawler.Config{
			MaxDepth: 1, Rate: 1, Retries: crawler.None, Transport: tr, File: file, Check: crawler.Checks{External: true, Assets: true, Fragments: true},
		}, site.Seeds...)
		for host, gaps := range tr.Log.Gaps(nil) {
			for _, g := range gaps {
				if g < time.Second {
					t.Errorf("two requests to %s are %v apart", host, g)
				}
			}
		}
		for host, n := range tr.Log.MaxConcurrent(nil) {
			if n > 1 {
				t.Errorf("%d requests to %s at once", n, host)
			}
		}
		methods := make(map[string][]string)
		for _, q := range tr.Log.Requests() {
			methods[q.URL()] = append(methods[q.URL()], q.Method)
		}
		for url, want := range map[string]string{
			"http://out.test/robots.txt": "GET", "http://links.test/robots.txt": "GET", "http://links.test/places": "GET",
			"http://out.test/fine": "HEAD", "http://out.test/by-get": "HEAD GET", "http://out.test/says-404": "HEAD GET", "http://out.test/gone": "HEAD GET",
			"http://out.test/to-fine": "HEAD", "http://out.test/disallowed/x": "", "http://out.test/nofollow": "", "http://out.test/wrong": "",
			"http://links.test/too-deep": "HEAD", "http://links.test/wrong": "", "http://links.test/private/x": "", "http://links.test/a.png": "HEAD",
		} {
			if got := strings.Join(methods[url], " "); got != want {
				t.Errorf("%s was asked for by %q, want %q", url, got, want)
			}
		}
	})
}

// linkWeb is a random web of two hosts within the crawl and two beyond it.
func linkWeb(r *rand.Rand) map[string]string {
	pages := make(map[string]string)
	n := 4 + r.IntN(20)
	url := func(i int) string { return fmt.Sprintf("http://%s.test/%d", []string{"in", "in", "x", "y"}[i%4], i) }
	for i := range n {
		if r.IntN(5) == 0 && i > 0 {
			pages[url(i)] = "-> " + url(r.IntN(n))
			continue
		}
		var links []string
		for range r.IntN(6) {
			links = append(links, url(r.IntN(n+6))) // some of them there are not
		}
		pages[url(i)] = strings.Join(links, " ")
	}
	return pages
}

// mustCheck works out, one URL after the other, what a crawl of a web from its first page to a depth checks.
func mustCheck(pages map[string]string, depth int) map[string]string {
	in := func(u string) bool { return strings.HasPrefix(u, "http://in.test/") }
	read := map[string]bool{}
	level := []string{"http://in.test/0"}
	outside := map[string]bool{}
	// Redirects are no clicks: within a level they are followed to their end.
	for d := 0; d <= depth; d++ {
		var next []string
		for len(level) > 0 {
			u := level[0]
			level = level[1:]
			if read[u] {
				continue
			}
			read[u] = true
			if to, ok := strings.CutPrefix(pages[u], "-> "); ok {
				if in(to) || d == 0 {
					level = append(level, to)
				}
				continue
			}
			for _, l := range strings.Fields(pages[u]) {
				outside[l] = true
				if in(l) {
					next = append(next, l)
				}
			}
		}
		level = next
	}
	want := map[string]string{}
	for todo := slices.Collect(mapKeys(outside)); len(todo) > 0; todo = todo[1:] {
		u := todo[0]
		if _, again := want[u]; again || read[u] {
			continue
		}
		text, there := pages[u]
		to, redirects := strings.CutPrefix(text, "-> ")
		switch {
		case !there:
			want[u] = "broken 404"
		case redirects && to == u:
			want[u] = "broken 302"
		case redirects:
			want[u] = "ok 302"
			todo = append(todo, to)
		default:
			want[u] = "ok 200"
		}
	}
	return want
}

func mapKeys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// dying is a RoundTripper that calls die at the nth request from now, and counts what was answered.
type dying struct {
	http.RoundTripper
	mu    sync.Mutex
	n     int
	die   func()
	asked map[string]int
}

func (d *dying) RoundTrip(q *http.Request) (*http.Response, error) {
	d.mu.Lock()
	d.asked[q.URL.String()]++
	if d.n--; d.n == 0 {
		d.die()
	}
	d.mu.Unlock()
	return d.RoundTripper.RoundTrip(q)
}

// TestChecksAreExact: on random webs, by one worker and by many, undisturbed and cut short at any request, exactly what a sequential search finds is
// checked, with its verdict.
func TestChecksAreExact(t *testing.T) {
	cases := 100
	if testing.Short() {
		cases = 15
	}
	for i := range cases {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		pages := linkWeb(r)
		depth := r.IntN(3)
		pages["http://in.test/0"] = strings.TrimPrefix(pages["http://in.test/0"], "-> ")
		want := mustCheck(pages, depth)
		for _, workers := range []int{1, 64} {
			for _, dies := range []int{0, 1 + r.IntN(12), 1 + r.IntN(30)} {
				synctest.Test(t, func(t *testing.T) {
					tr := &dying{RoundTripper: crawlertest.NewTransport(graph(t, pages)), asked: map[string]int{}}
					cfg := crawler.Config{
						MaxDepth: depth, Rate: crawler.Unlimited, Retries: crawler.None, Workers: workers, PerHost: workers, Transport: tr,
						File: filepath.Join(t.TempDir(), "c.db"), Check: crawler.Checks{External: true},
					}
					crawlOnce := func(deaths int, resume bool) error {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						tr.mu.Lock()
						tr.n, tr.die = deaths, cancel
						tr.mu.Unlock()
						c := newCrawler(t, cfg)
						seq := c.Pages(ctx, "http://in.test/0")
						if resume {
							seq = c.Resume(ctx)
						}
						for _, err := range seq {
							if err != nil {
								return err
							}
						}
						return nil
					}
					err := crawlOnce(dies, false)
					if errors.Is(err, context.Canceled) {
						err = crawlOnce(0, true)
					}
					if err != nil {
						t.Fatal(err)
					}
					got, _ := checked(t, cfg.File)
					if diff := gocmp.Diff(want, got); diff != "" {
						t.Fatalf("case %d, depth %d, %d workers, cut at request %d (-want +got):\n%s\nweb %v", i, depth, workers, dies, diff, pages)
					}
					for u, n := range tr.asked {
						if most := 2; dies == 0 && n > most {
							t.Errorf("case %d: %s was asked for %d times", i, u, n)
						}
					}
				})
				if t.Failed() {
					return
				}
			}
		}
	}
}

// TestWhatIsDoneIsNotCheckedAgain: a crawl that is complete makes no request when it is resumed; one that goes deeper reads what was only checked.
func TestWhatIsDoneIsNotCheckedAgain(t *testing.T) {
	site, err := crawlertest.Lookup("links")
	if err != nil {
		t.Fatal(err)
	}
	tr := crawlertest.NewTransport(site)
	cfg := crawler.Config{
		MaxDepth: 1, Rate: crawler.Unlimited, Retries: crawler.None, Transport: tr, File: filepath.Join(t.TempDir(), "c.db"),
		Check: crawler.Checks{External: true, Assets: true},
	}
	run(t, cfg, site.Seeds...)
	_, broken := checked(t, cfg.File)
	n := tr.Log.Len()
	for _, err := range newCrawler(t, cfg).Resume(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if tr.Log.Len() != n {
		t.Errorf("%d requests by a run with nothing to do", tr.Log.Len()-n)
	}
	if _, again := checked(t, cfg.File); !slices.Equal(broken, again) {
		t.Errorf("broken links are %v, and were %v", again, broken)
	}
	cfg.MaxDepth = 2
	read := 0
	for p, err := range newCrawler(t, cfg).Resume(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; !strings.HasPrefix(p.URL, "http://links.test/too-deep") {
			t.Errorf("%s was read", p.URL)
		}
	}
	if read != 2 {
		t.Errorf("%d pages were read, want 2", read)
	}
}

// TestLimitsOnPagesLeaveTheirLinksToBeChecked, and none of them counts as a page.
func TestLimitsOnPagesLeaveTheirLinksToBeChecked(t *testing.T) {
	site, err := crawlertest.Lookup("links")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "c.db")
	res := run(t, crawler.Config{
		MaxDepth: 1, MaxPages: 1, Rate: crawler.Unlimited, Retries: crawler.None, Transport: crawlertest.NewTransport(site), File: file,
		Check: crawler.Checks{External: true},
	}, site.Seeds...)
	checks, _ := checked(t, file)
	if len(res.Pages) != 1 || res.Stats.End != crawler.Limited || checks["http://out.test/fine"] != "ok 200" || checks["http://links.test/places"] != "" {
		t.Errorf("%d pages, %s, checks %v", len(res.Pages), res.Stats.End, checks)
	}
}
