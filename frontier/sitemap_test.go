package frontier

import (
	"fmt"
	"testing"
	"testing/synctest"

	"amble/frontier/canon"
)

// indexes answers for hosts without end: the robots.txt of each names sitemaps at hosts of its own, and each sitemap is an index of more.
func (w *web) indexes(hosts int) {
	name := func(host string, n int) string { return fmt.Sprintf("http://%s-%d.test/s.xml", host, n) }
	var robots string
	for n := range hosts {
		robots += "Sitemap: " + name("m", n) + "\n"
		w.robots[fmt.Sprintf("http://m-%d.test", n)] = "Sitemap: " + name("r", n) + "\n"
		w.pages[name("m", n)] = answer{links: []string{name("i", n)}}
	}
	w.robots["http://a.test"] = robots
}

// What one robots.txt leads to by sitemaps is bounded, by whatever indexes and further robots.txt: its hosts, at least.
func TestSitemapsLeadToSoManyHostsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := web{
			seeds: []string{"http://a.test/"}, robots: make(map[string]string),
			pages: map[string]answer{"http://a.test/": {}},
		}
		w.indexes(maxSitemapOrigins * 3 / 4)
		cfg := polite
		cfg.MaxDepth, cfg.Sitemaps, cfg.Scope = 0, true, func(canon.URL) bool { return true }
		f := New(cfg.with())
		f.Seed(mustParse(w.seeds[0]))
		f.Run(t.Context(), newSurfer(&w))
		if n := len(f.loop.origins); n != 1+maxSitemapOrigins {
			t.Errorf("%d origins were met, want the seed's and %d", n, maxSitemapOrigins)
		}
	})
}

func TestSitemapRootCounts(t *testing.T) {
	r := sitemapRoot{origin: "http://a.test", sitemaps: maxSitemaps - 2}
	for i, want := range []bool{true, true, false} {
		if got := r.allows(mustParse("http://a.test/s.xml")); got != want {
			t.Errorf("sitemap %d: %v, want %v", i, got, want)
		}
	}
	r = sitemapRoot{origin: "http://a.test"}
	for n := range maxSitemapOrigins + 1 {
		if got := r.allows(mustParse(fmt.Sprintf("http://h%d.test/s.xml", n))); got != (n < maxSitemapOrigins) {
			t.Errorf("host %d: %v", n, got)
		}
	}
	if !r.allows(mustParse("http://h7.test/other.xml")) || !r.allows(mustParse("http://a.test/s.xml")) {
		t.Error("a host that was met before, or its own, is held to be new")
	}
}
