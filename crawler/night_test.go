package crawler_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler"
)

// nightWeb answers for a thousand hosts, over twelve hours: some slow, some that ask for a Crawl-delay or for air now and then, some that
// are down for an hour; and for an hour there is no network at all.
type nightWeb struct {
	begun time.Time
	pages int // of each host

	mu     sync.Mutex
	asked  map[string]int       // times that a page was answered with 200
	last   map[string]time.Time // request by host
	least  map[string]time.Duration
	counts map[string]int
}

const (
	outageFrom = 2 * time.Hour
	outageTo   = 3 * time.Hour
)

func (w *nightWeb) RoundTrip(req *http.Request) (*http.Response, error) {
	host, at := req.URL.Host, time.Since(w.begun)
	var n int
	fmt.Sscanf(host, "h%d.test", &n)
	w.mu.Lock()
	if at < outageFrom || at >= outageTo {
		if before, ok := w.last[host]; ok {
			if gap := time.Since(before); w.least[host] == 0 || gap < w.least[host] {
				w.least[host] = gap
			}
		}
		w.last[host] = time.Now()
	}
	w.counts[host]++
	count := w.counts[host]
	w.mu.Unlock()
	switch {
	case at >= outageFrom && at < outageTo:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	case n%50 == 7 && at >= 5*time.Hour && at < 6*time.Hour:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if n%10 == 3 {
		time.Sleep(3 * time.Second)
	}
	answer := func(status int, body string, header ...string) (*http.Response, error) {
		h := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{
			Status: fmt.Sprint(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
		}, nil
	}
	switch {
	case req.URL.Path == "/robots.txt" && n%20 == 5:
		return answer(200, "User-agent: *\nCrawl-delay: 660\n", "Content-Type", "text/plain")
	case req.URL.Path == "/robots.txt":
		return answer(404, "")
	case n%30 == 11 && count%40 == 0:
		return answer(429, "", "Retry-After", "120")
	}
	w.mu.Lock()
	w.asked[req.URL.String()]++
	w.mu.Unlock()
	var page int
	fmt.Sscanf(req.URL.Path, "/%d", &page)
	var links strings.Builder
	for _, to := range []int{2*page + 1, 2*page + 2, page / 2, page + 1} {
		if to < w.pages {
			fmt.Fprintf(&links, `<a href="/%d">%d</a>`, to, to)
		}
	}
	fmt.Fprintf(&links, `<a href="http://h%d.test/0">next</a>`, (n+1)%1000)
	return answer(200, fmt.Sprintf("<title>%d of %s</title>%s", page, host, links.String()))
}

// TestNightInFastForward: a night of a thousand hosts ends as if nothing had happened. Every page is on record once and was read; gaps
// are kept; and only those hosts that were slow or asked for it took longer than their requests at their interval, and the outage.
func TestNightInFastForward(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of real time")
	}
	synctest.Test(t, func(t *testing.T) {
		const hosts, pages, interval = 1000, 40, 10 * time.Minute
		w := &nightWeb{
			begun: time.Now(), pages: pages,
			asked: make(map[string]int), last: make(map[string]time.Time), least: make(map[string]time.Duration), counts: make(map[string]int),
		}
		c := newCrawler(t, crawler.Config{
			MaxDepth: -1, Scope: crawler.ScopeAny, Rate: 1 / interval.Seconds(), Transport: w, Retries: 5, Workers: 256, MaxCrawlDelay: 15 * time.Minute,
		})
		var seeds []string
		for i := range hosts {
			seeds = append(seeds, fmt.Sprintf("http://h%d.test/0", i))
		}
		begun := time.Now()
		seen := make(map[string]bool)
		for p, err := range c.Pages(t.Context(), seeds...) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Err != nil {
				t.Errorf("%s: %v", p.URL, p.Err)
			}
			if seen[p.URL] {
				t.Errorf("%s is on record twice", p.URL)
			}
			seen[p.URL] = true
		}
		took := time.Since(begun)
		if len(seen) != hosts*pages {
			t.Errorf("%d pages, want %d", len(seen), hosts*pages)
		}
		for url, n := range w.asked {
			if n != 1 {
				t.Errorf("%s was read %d times", url, n)
			}
		}
		for host, gap := range w.least {
			want := interval
			var n int
			if fmt.Sscanf(host, "h%d.test", &n); n%20 == 5 {
				want = 11 * time.Minute
			}
			if gap < want {
				t.Errorf("%s: a gap of %v, want %v at least", host, gap, want)
			}
		}
		// robots.txt and 40 pages at eleven minutes each where that is asked for, the outage, and the hour in which some hosts were down with the time until they are
		// probed again.
		if least, most := 40*11*time.Minute, 41*11*time.Minute+time.Hour+90*time.Minute; took < least || took > most {
			t.Errorf("took %v, want %v to %v", took, least, most)
		}
		if s := c.Progress(); s.End != crawler.Complete || s.Abandoned != 0 {
			t.Errorf("ended as %s (%s), %d URLs given up", s.End, s.Reason, s.Abandoned)
		}
	})
}
