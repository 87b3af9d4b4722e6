package crawler_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler"
)

// brokenSite has a first page, which names the pages 1 to pages, and in which broken decides what becomes of each.
type brokenSite struct {
	pages  int
	status int // that a broken page answers; 0 if it does not answer
	broken func(page int, now time.Duration) bool
	begun  time.Time
}

func (s brokenSite) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	page, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	switch broken := page > 0 && s.broken(page, time.Since(s.begun)); {
	case r.URL.Path == "/robots.txt":
		rec.WriteHeader(http.StatusNotFound)
	case broken && s.status == 0:
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	case broken:
		rec.WriteHeader(s.status)
	default:
		rec.Header().Set("Content-Type", "text/html")
		for i := 1; page == 0 && i <= s.pages; i++ {
			fmt.Fprintf(rec, "<a href=/%d>%d</a>", i, i)
		}
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// TestBrokenPagesAreNoOutage: pages that fail for good, here and there or all in a row, are on record as failed once they had their attempts, and do not
// count as a host that is down, which would keep the crawl waiting and end it unfinished. A host that is down is waited for, and its pages are lost to no failure.
func TestBrokenPagesAreNoOutage(t *testing.T) {
	every := func(n int) func(int, time.Duration) bool {
		return func(page int, _ time.Duration) bool { return page%n == 0 }
	}
	from := func(n int) func(int, time.Duration) bool {
		return func(page int, _ time.Duration) bool { return page >= n }
	}
	for name, c := range map[string]struct {
		site   brokenSite
		failed int
		end    crawler.End
		longer time.Duration // than a second for each request, at the most
	}{
		"every third page is broken":       {brokenSite{pages: 60, status: 500, broken: every(3)}, 20, crawler.Complete, 10 * time.Second},
		"every third page is unavailable":  {brokenSite{pages: 60, status: 502, broken: every(3)}, 20, crawler.Complete, 10 * time.Second},
		"every third page hangs":           {brokenSite{pages: 60, broken: every(3)}, 20, crawler.Complete, 20 * 3 * 2 * 5 * time.Second}, // and a pause as long as the answer
		"the last forty pages are broken":  {brokenSite{pages: 60, status: 500, broken: from(21)}, 40, crawler.Complete, 5 * time.Minute},
		"all of the pages are broken":      {brokenSite{pages: 60, status: 500, broken: from(1)}, 60, crawler.Complete, 5 * time.Minute},
		"the last pages are unavailable":   {brokenSite{pages: 60, status: 503, broken: from(21)}, 0, crawler.Limited, 2 * time.Hour},
		"two minutes of errors everywhere": {brokenSite{pages: 60, status: 500, broken: func(_ int, now time.Duration) bool { return now > 20*time.Second && now < 140*time.Second }}, 0, crawler.Complete, 5 * time.Minute},
		"an hour without the server behind": {brokenSite{pages: 60, status: 503, broken: func(_ int, now time.Duration) bool { return now > 20*time.Second && now < 20*time.Minute }}, 0,
			crawler.Complete, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.site.begun = time.Now()
				crawl := newCrawler(t, crawler.Config{
					MaxDepth: -1, Rate: 1, Retries: 2, Timeout: 5 * time.Second, Transport: c.site, File: filepath.Join(t.TempDir(), "c.db"),
				})
				res, err := crawl.Run(t.Context(), "http://site.test/")
				if err != nil {
					t.Fatal(err)
				}
				if s := res.Stats; s.Failed != c.failed || s.End != c.end || s.Elapsed > time.Duration(s.Requests)*time.Second+c.longer {
					t.Errorf("%d failed, %s (%s), %v for %d requests; want %d failed, %s", s.Failed, s.End, s.Reason, s.Elapsed, s.Requests, c.failed, c.end)
				}
			})
		})
	}
}
