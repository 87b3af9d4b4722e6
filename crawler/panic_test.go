package crawler_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/page"
)

// panicker panics over some requests, as a fault in amble's own reading of an answer would.
type panicker struct {
	http.RoundTripper
	at func(*http.Request) bool
}

func (p panicker) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.at(r) {
		panic("the page was too much")
	}
	return p.RoundTripper.RoundTrip(r)
}

// TestPanicIsThePagesFailure, and nobody else's: the others are crawled, with one worker and with many, the crawl ends by itself, and it is
// complete.
func TestPanicIsThePagesFailure(t *testing.T) {
	site := map[string]string{
		"http://a.test/": "/1 /bad /2 http://b.test/", "http://a.test/1": "/bad /3", "http://a.test/2": "", "http://a.test/3": "", "http://a.test/bad": "/4", "http://a.test/4": "",
		"http://b.test/": "/1", "http://b.test/1": "",
	}
	for name, c := range map[string]struct {
		bad    string
		failed int
		pages  int
	}{
		"page":   {"http://a.test/bad", 1, 7},
		"seed":   {"http://a.test/", 1, 1},
		"robots": {"http://b.test/robots.txt", 1, 7}, // b.test/ is held back, and so what it leads to is not known
	} {
		for _, workers := range []int{1, 8} {
			t.Run(name, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "c.db")
				synctest.Test(t, func(t *testing.T) {
					tr := panicker{crawlertest.NewTransport(graph(t, site)), func(r *http.Request) bool { return r.URL.String() == c.bad }}
					res := run(t, crawler.Config{
						MaxDepth: 3, Scope: crawler.ScopeAny, Workers: workers, PerHost: workers, Rate: crawler.Unlimited, Transport: tr, File: file,
					}, "http://a.test/")
					if res.Stats.End != crawler.Complete {
						t.Errorf("the crawl ended %q: %s", res.Stats.End, res.Stats.Reason)
					}
					failed := 0
					for _, p := range res.Pages {
						if p.Err == nil {
							continue
						}
						failed++
						if p.URL == c.bad && (p.Err.Class != page.Internal || !strings.Contains(p.Err.Text, "the page was too much")) {
							t.Errorf("%s failed by %v", p.URL, p.Err)
						}
					}
					if failed != c.failed || len(res.Pages) != c.pages {
						t.Errorf("%d pages, %d of them failed; want %d and %d:\n%s", len(res.Pages), failed, c.pages, c.failed, outline(res.Pages))
					}
				})
			})
		}
	}
}
