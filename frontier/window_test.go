package frontier

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// A window of short URLs is little memory; as many of the longest would be a hundred times as much, for every domain that
// a page names.
func TestLongURLsCountMoreInTheWindow(t *testing.T) {
	for length, stored := range map[int]bool{20: false, 3000: true} {
		synctest.Test(t, func(t *testing.T) {
			w := web{seeds: []string{"http://a.test/"}, pages: map[string]answer{}}
			var links []string
			for i := range 40 {
				u := fmt.Sprintf("http://a.test/%s/%d", strings.Repeat("x", length), i)
				links, w.pages[u] = append(links, u), answer{}
			}
			w.pages["http://a.test/"] = answer{links: links}
			cfg := polite
			cfg.Window = 50
			s, _ := crawl(t.Context(), &w, cfg)
			if len(s.records) != 41 || (s.refills > 0) != stored {
				t.Errorf("URLs of %d bytes: %d records, want 41; %d refills, want some: %v", length, len(s.records), s.refills, stored)
			}
			for _, u := range links {
				if s.fetched[u] != 1 {
					t.Errorf("a URL of %d bytes was fetched %d times", length, s.fetched[u])
				}
			}
		})
	}
}

// Hosts are known for the rest of a crawl, their URLs are not: a page of long URLs, each of another host, must not stay in memory as a whole.
func TestAHostKeepsNoURLInMemory(t *testing.T) {
	const hosts, length = 2000, 8000
	f := New(Config{Limits: Limits{DomainHosts: 10}})
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range hosts {
		f.loop.origin(mustParse(fmt.Sprintf("http://h%d.test/%s", i, strings.Repeat("x", length))), false)
	}
	if kept := heap() - before; kept > hosts*length/2 {
		t.Errorf("%d hosts keep %d bytes, with their URLs' %d", hosts, kept, hosts*length)
	}
	runtime.KeepAlive(f)
}
