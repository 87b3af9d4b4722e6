package crawler_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
)

// randomGraph is a site of several hosts, with redirects, also from a seed to another host.
func randomGraph(t *testing.T, r *rand.Rand) *crawlertest.Site {
	pages := make(map[string]string)
	url := func(i int) string { return fmt.Sprintf("http://%c.test/%d", 'a'+i%3, i) }
	n := 8 + r.IntN(25)
	for i := range n {
		var links []string
		for range r.IntN(5) {
			links = append(links, url(r.IntN(n)))
		}
		if pages[url(i)] = strings.Join(links, " "); i > 0 && r.IntN(6) == 0 {
			pages[url(i)] = "-> " + url(r.IntN(n))
		}
	}
	pages["http://a.test/"] = url(r.IntN(n)) + " " + url(0) + " " + url(1)
	pages["http://s.test/"] = "-> " + url(r.IntN(n))
	return graph(t, pages)
}

// copyFile copies a crawl file as it lies there, as a death would leave it: nothing is written meanwhile.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	for _, side := range []string{"", "-wal"} {
		in, err := os.Open(from + side)
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(to + side)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		in.Close()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestResumeAfterDeathWithAnotherReach: a crawl dies at any page; what goes on, perhaps dies again, may have a wider or a smaller depth, another scope
// or other exclusions; in the end, with the reach that it has then, the file holds what a crawl with that reach from the beginning holds, and
// nothing that it did not have to fetch twice was fetched twice.
func TestResumeAfterDeathWithAnotherReach(t *testing.T) {
	cases := 40
	if testing.Short() {
		cases = 10
	}
	seeds := []string{"http://a.test/", "http://s.test/"}
	even := regexp.MustCompile(`[02468]$`)
	for i := range cases {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		site := randomGraph(t, r)
		reach := func(cfg *crawler.Config) {
			cfg.MaxDepth = r.IntN(6) - 1
			cfg.Scope = []crawler.Scope{crawler.ScopeHost, crawler.ScopeAny}[r.IntN(2)]
			if cfg.Exclude = nil; r.IntN(3) == 0 {
				cfg.Exclude = []*regexp.Regexp{even}
			}
		}
		tr := crawlertest.NewTransport(site)
		cfg := crawler.Config{Rate: crawler.Unlimited, Workers: 1 + r.IntN(6), PerHost: 4, Transport: tr, File: filepath.Join(t.TempDir(), "0.db")}
		reach(&cfg)
		steps := fmt.Sprintf("depth %d, scope %s, exclude %v", cfg.MaxDepth, cfg.Scope, cfg.Exclude)
		for run := range 1 + r.IntN(4) {
			pages := newCrawler(t, cfg).Pages(t.Context(), seeds...)
			if run > 0 {
				pages = newCrawler(t, cfg).Resume(t.Context())
			}
			next := filepath.Join(t.TempDir(), "next.db")
			dies, n := r.IntN(12), 0
			for _, err := range pages {
				if err != nil {
					t.Fatalf("case %d: %v", i, err)
				}
				if n++; n == dies {
					copyFile(t, cfg.File, next)
					break
				}
			}
			if n < dies || dies == 0 { // it came to its end before
				copyFile(t, cfg.File, next)
			}
			cfg.File = next
			if r.IntN(2) == 0 {
				reach(&cfg)
			}
			steps += fmt.Sprintf("; died at page %d; depth %d, scope %s, exclude %v", dies, cfg.MaxDepth, cfg.Scope, cfg.Exclude)
		}
		// The whole, which need not be narrower than what was fetched before: what is on record stays.
		cfg.MaxDepth, cfg.Scope, cfg.Exclude = -1, crawler.ScopeAny, nil
		for _, err := range newCrawler(t, cfg).Resume(t.Context()) {
			if err != nil {
				t.Fatalf("case %d: %v", i, err)
			}
		}
		fresh := cfg
		fresh.File = filepath.Join(t.TempDir(), "fresh.db")
		for _, err := range newCrawler(t, fresh).Pages(t.Context(), seeds...) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if diff := gocmp.Diff(exported(t, fresh.File), exported(t, cfg.File)); diff != "" {
			t.Fatalf("case %d: %s\n(-fresh +resumed):\n%s", i, steps, diff)
		}
	}
}

// TestWhatCannotChange is refused before anything is fetched, and the file is left as it was.
func TestWhatCannotChange(t *testing.T) {
	cfg := crawler.Config{
		MaxDepth: 1, Rate: crawler.Unlimited, File: filepath.Join(t.TempDir(), "c.db"),
		Transport: crawlertest.NewTransport(graph(t, map[string]string{"http://a.test/": "/b", "http://a.test/b": ""})),
	}
	for _, err := range newCrawler(t, cfg).Pages(t.Context(), "http://a.test/") {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := exported(t, cfg.File)
	for name, change := range map[string]func(*crawler.Config){
		"canonical":  func(c *crawler.Config) { c.FollowCanonical = true },
		"duplicates": func(c *crawler.Config) { c.StopAtDuplicates = true },
		"rewrite":    func(c *crawler.Config) { c.Rewrite.DropParams = []string{"x"} },
		"host":       func(c *crawler.Config) { c.LimitBy = crawler.ByHost },
		"redirects":  func(c *crawler.Config) { c.MaxRedirects = 3 },
		"fields":     func(c *crawler.Config) { c.Fields = []crawler.FieldRule{{Name: "a", From: "css:p"}} },
		"structured": func(c *crawler.Config) { c.Structured = true },
	} {
		other := cfg
		change(&other)
		var last error
		for _, err := range newCrawler(t, other).Resume(t.Context()) {
			last = err
		}
		if !errors.Is(last, crawler.ErrFixed) || exported(t, cfg.File) != before {
			t.Errorf("%s: %v, want ErrFixed and the file as it was", name, last)
		}
	}
}

// slowDoor is a site whose shortest path is the slow one: what it leads to is read by a longer path before.
type slowDoor struct{}

func (slowDoor) RoundTrip(req *http.Request) (*http.Response, error) {
	links := map[string]string{
		"/": "/door /1", "/1": "/2", "/2": "/target", "/door": "/target", "/target": "/beyond", "/beyond": "",
	}
	status := http.StatusOK
	body := ""
	switch to, ok := links[req.URL.Path]; {
	case !ok:
		status = http.StatusNotFound
	default:
		for _, l := range strings.Fields(to) {
			body += fmt.Sprintf("<a href=%q>x</a>", l)
		}
	}
	if req.URL.Path == "/door" {
		time.Sleep(time.Minute)
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"text/html"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

// TestDeathBeforeAReplay: a crawl dies when a shorter path to a page is on record, and its links have not been taken in by it yet.
func TestDeathBeforeAReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := crawler.Config{
			MaxDepth: 3, Rate: crawler.Unlimited, PerHost: 4, Transport: slowDoor{}, File: filepath.Join(t.TempDir(), "c.db"),
		}
		died := filepath.Join(t.TempDir(), "died.db")
		for p, err := range newCrawler(t, cfg).Pages(t.Context(), "http://a.test/") {
			if err != nil {
				t.Fatal(err)
			}
			if p.URL == "http://a.test/door" {
				copyFile(t, cfg.File, died)
				break
			}
		}
		cfg.File = died
		for _, err := range newCrawler(t, cfg).Resume(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		got := exported(t, died)
		if !strings.Contains(got, `{"url":"http://a.test/beyond","depth":3,`) || !strings.Contains(got, `{"url":"http://a.test/target","depth":2,`) {
			t.Errorf("the crawl ended with\n%s", got)
		}
	})
}
