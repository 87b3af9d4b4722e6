package crawler_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler"
)

var politeTable = flag.Bool("polite", false, "compare long crawls, up to 10,000 domains, with what manners demand, and print the table")

// politeWeb is a web whose domains ask for different intervals; a twentieth of them is slow, a fortieth fails at every third page, as often as it is
// asked for it, and another fortieth answers nothing but that it cannot.
type politeWeb struct {
	domains, pages int
	intervals      []time.Duration
	slow           time.Duration // that a slow domain takes to answer; others take a fiftieth

	mu       sync.Mutex
	requests map[int]int
}

func (w *politeWeb) interval(domain int) time.Duration { return w.intervals[domain%len(w.intervals)] }

func (w *politeWeb) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	domain, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(host, "d"), ".test"))
	w.mu.Lock()
	w.requests[domain]++
	w.mu.Unlock()
	if domain%20 == slowDomain {
		time.Sleep(w.slow)
	} else {
		time.Sleep(w.slow / 50)
	}
	out.Header().Set("Content-Type", "text/html")
	switch {
	case domain%40 == deadDomain:
		out.WriteHeader(http.StatusInternalServerError)
	case r.URL.Path == "/robots.txt":
		out.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(out, "User-agent: *\nCrawl-delay: %g\n", w.interval(domain).Seconds())
	case r.URL.Path == "/":
		io.WriteString(out, "<title>first</title>")
		for i := 1; i < w.pages; i++ {
			fmt.Fprintf(out, "<a href=/%d>%d</a>", i, i)
		}
	case domain%40 == failingDomain && third(r.URL.Path):
		out.WriteHeader(http.StatusInternalServerError)
	default:
		fmt.Fprintf(out, "<title>%s</title>", r.URL.Path)
	}
}

// Which domains are so, of as many as the modulus.
const (
	slowDomain    = 3  // of 20
	failingDomain = 13 // of 40
	deadDomain    = 33 // of 40
)

// third reports whether a path is that of a page which fails in a failing domain.
func third(path string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(path, "/"))
	return err == nil && n%3 == 0
}

// good is how many pages there are that answer.
func (w *politeWeb) good() (n int) {
	for domain := range w.domains {
		switch {
		case domain%40 == deadDomain:
		case domain%40 == failingDomain:
			n += w.pages - (w.pages-1)/3
		default:
			n += w.pages
		}
	}
	return n
}

// RoundTrip answers without sockets.
func (w *politeWeb) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// crawl crawls the web and returns how long that took, and the bound: the greatest product of requests and interval of any domain. No crawl that
// keeps its manners takes less than the bound without one interval.
func (w *politeWeb) crawl(t *testing.T, workers int, transport http.RoundTripper) (took, bound time.Duration, pages int) {
	t.Helper()
	w.requests = make(map[int]int)
	var seeds []string
	for i := range w.domains {
		seeds = append(seeds, fmt.Sprintf("http://d%d.test/", i))
	}
	c := newCrawler(t, crawler.Config{MaxDepth: -1, Rate: 1000, Workers: workers, Transport: transport, MaxCrawlDelay: time.Hour})
	begun := time.Now()
	for p, err := range c.Pages(t.Context(), seeds...) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Err == nil {
			pages++
		}
	}
	took = time.Since(begun)
	longest := time.Duration(0)
	for domain, n := range w.requests {
		if d := time.Duration(n) * w.interval(domain); d > bound {
			bound, longest = d, w.interval(domain)
		}
	}
	if want := w.good(); pages != want {
		t.Errorf("%d domains, %d workers: %d pages, want %d", w.domains, workers, pages, want)
	}
	if took < bound-longest || took > bound+bound/50 {
		t.Errorf("%d domains, %d workers: took %v, and manners demand %v", w.domains, workers, took, bound)
	}
	return took, bound, pages
}

func politeRow(domains, workers int, how string, took, bound time.Duration, pages int) {
	fmt.Printf("| %d | %d | %s | %d | %v | %v | %.2f %% |\n", domains, workers, how, pages, bound.Round(time.Millisecond), took.Round(time.Millisecond),
		100*(took.Seconds()/bound.Seconds()-1))
}

// TestPoliteCrawlEndsWithItsSlowestDomain: domains that ask for different intervals, slow ones and failing ones among them, are crawled in the time
// that the one needs whose requests at its interval take longest, and no more than a fiftieth longer.
func TestPoliteCrawlEndsWithItsSlowestDomain(t *testing.T) {
	sizes := []int{1, 40}
	if *politeTable {
		sizes = []int{1, 100, 10_000}
		fmt.Print("| domains | workers | | pages | bound | took | above |\n|---|---|---|---|---|---|---|\n")
	}
	for _, domains := range sizes {
		for _, workers := range []int{16, 256} {
			synctest.Test(t, func(t *testing.T) {
				w := &politeWeb{domains: domains, pages: 20, intervals: []time.Duration{5 * time.Minute, 2 * time.Minute, time.Minute}, slow: time.Second}
				took, bound, pages := w.crawl(t, workers, w)
				if *politeTable {
					politeRow(domains, workers, "simulated", took, bound, pages)
				}
			})
		}
	}
}

// TestPoliteCrawlOverSockets does so for few domains in real time.
func TestPoliteCrawlOverSockets(t *testing.T) {
	if !*politeTable {
		t.Skip("takes a minute and a quiet machine: make bench-polite")
	}
	for _, domains := range []int{1, 10} {
		for _, workers := range []int{16, 256} {
			w := &politeWeb{domains: domains, pages: 20, intervals: []time.Duration{500 * time.Millisecond, 200 * time.Millisecond}, slow: 50 * time.Millisecond}
			server := httptest.NewServer(w)
			transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
			}}
			took, bound, pages := w.crawl(t, workers, transport)
			politeRow(domains, workers, "sockets", took, bound, pages)
			transport.CloseIdleConnections()
			server.Close()
		}
	}
}
