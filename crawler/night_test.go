package crawler_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler"
	"amble/crawler/page"
)

// night is a web of many hosts, each of pages in a chain of tens, with all that happens in a night. It is a RoundTripper without sockets.
type night struct {
	hosts, pages int
	begun        time.Time
	from, to     time.Duration // when the whole network is down
	dns          bool          // it shows as a name service that fails

	mu     sync.Mutex
	starts map[string][]time.Time
	answer map[string]int // by URL, 200 alone
	wasted int            // requests in the outage
	busied map[string]bool
	until  map[string]time.Time // what Retry-After asked for
	early  []string
}

func (n *night) host(i int) string { return fmt.Sprintf("h%d.test", i) }

func (n *night) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Hostname()
	i, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(host, "h"), ".test"))
	now := time.Now()
	at := now.Sub(n.begun)
	n.mu.Lock()
	n.starts[host] = append(n.starts[host], now)
	if at >= n.from && at < n.to {
		n.wasted++
		n.mu.Unlock()
		if n.dns {
			return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
	}
	if now.Before(n.until[host]) {
		n.early = append(n.early, host)
	}
	busy := i%50 == 7 && !n.busied[r.URL.String()] && len(n.starts[host])%40 == 9
	if busy {
		n.busied[r.URL.String()], n.until[host] = true, now.Add(1500*time.Second)
	}
	n.mu.Unlock()
	switch {
	case i%20 == 3: // slow
		time.Sleep(4 * time.Second)
	default:
		time.Sleep(20 * time.Millisecond)
	}
	h, status, body := http.Header{"Content-Type": {"text/html"}}, 200, ""
	switch {
	case r.URL.Path == "/robots.txt":
		h.Set("Content-Type", "text/plain")
		if i%100 == 11 {
			body = "User-agent: *\nCrawl-delay: 660\n"
		} else {
			status = 404
		}
	case busy:
		status = 429
		h.Set("Retry-After", "1500")
	case i%40 == 13 && at >= 6*time.Hour && at < 7*time.Hour: // fails for an hour
		status = 500
	default:
		p, _ := strconv.Atoi(r.URL.Path[1:])
		n.mu.Lock()
		n.answer[r.URL.String()]++
		n.mu.Unlock()
		var b strings.Builder
		fmt.Fprintf(&b, "<title>%d</title>", p)
		for k := 10*p + 1; k <= 10*p+10 && k < n.pages; k++ {
			fmt.Fprintf(&b, `<a href="/%d">%d</a>`, k, k)
		}
		if p == 0 {
			fmt.Fprintf(&b, `<a href="http://%s/0">next</a>`, n.host((i+1)%n.hosts))
		}
		body = b.String()
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: r,
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}, nil
}

// TestANightInFastForward: a thousand hosts at a request in ten minutes each, some slow, some that fail for an hour, some that ask for more
// time; an hour without a network. In the morning every page is there, once, nobody was asked too soon, and the crawl took no longer than
// manners demand.
func TestANightInFastForward(t *testing.T) {
	for dns, hosts := range map[bool]int{false: 1000, true: 200} {
		if testing.Short() {
			hosts = 200
		}
		synctest.Test(t, func(t *testing.T) {
			const interval = 10 * time.Minute
			const pages = 60
			n := &night{
				hosts: hosts, pages: pages, begun: time.Now(), from: 3 * time.Hour, to: 4 * time.Hour, dns: dns,
				starts: map[string][]time.Time{}, answer: map[string]int{}, busied: map[string]bool{}, until: map[string]time.Time{},
			}
			var seeds []string
			for i := range hosts {
				seeds = append(seeds, "http://"+n.host(i)+"/0")
			}
			c := newCrawler(t, crawler.Config{
				MaxDepth: -1, Scope: crawler.ScopeAny, Rate: 1 / interval.Seconds(), Transport: n,
				StopAt: n.begun.Add(13 * time.Hour), MaxCrawlDelay: time.Hour, MaxBackoff: time.Hour,
			})
			recorded, failed := make(map[string]int), make(map[string]int)
			for p, err := range c.Pages(t.Context(), seeds...) {
				if err != nil {
					t.Fatal(err)
				}
				if recorded[p.URL]++; p.Err != nil && p.Err.Class == page.Server && p.Status == 500 && failed[p.URL[:strings.LastIndex(p.URL, "/")]] == 0 {
					failed[p.URL[:strings.LastIndex(p.URL, "/")]]++ // the one whose retries told that the host fails
					n.mu.Lock()
					n.answer[p.URL] = 1
					n.mu.Unlock()
				} else if p.Err != nil {
					t.Errorf("dns %v: %s failed: %v", dns, p.URL, p.Err)
				}
			}
			took := time.Since(n.begun)
			if s := c.Progress(); s.End != crawler.Complete {
				t.Errorf("dns %v: ended %s: %s", dns, s.End, s.Reason)
			}
			if want := hosts * pages; len(recorded) != want {
				t.Errorf("dns %v: %d pages on record, want %d", dns, len(recorded), want)
			}
			for u, times := range recorded {
				if times != 1 || n.answer[u] != 1 {
					t.Errorf("dns %v: %s was recorded %d times and answered %d times", dns, u, times, n.answer[u])
				}
			}
			slowest := time.Duration(0)
			for host, starts := range n.starts {
				interval := interval
				if strings.HasSuffix(host, "11.test") {
					interval = 11 * time.Minute // as its robots.txt asks
				}
				slowest = max(slowest, time.Duration(len(starts)-1)*interval)
				for i := 1; i < len(starts); i++ {
					if gap := starts[i].Sub(starts[i-1]); gap < interval {
						t.Errorf("dns %v: %s: requests %d and %d are %v apart", dns, host, i-1, i, gap)
					}
				}
			}
			if len(n.early) > 0 {
				t.Errorf("dns %v: asked before the time that Retry-After named: %v", dns, n.early)
			}
			if n.wasted > 64+64 {
				t.Errorf("dns %v: %d requests while the network was down", dns, n.wasted)
			}
			least := slowest + n.to - n.from
			if took < pages*interval || took > least+least/50 {
				t.Errorf("dns %v: took %v, and manners demand %v", dns, took, least)
			}
			t.Logf("dns %v: took %v of %v, %d requests in vain", dns, took, least, n.wasted)
		})
	}
}
