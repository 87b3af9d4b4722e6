package crawlfile

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/page"
)

func TestQueries(t *testing.T) {
	html := func(url, title, description, sha string, d time.Duration, links ...string) *page.Page {
		p := &page.Page{URL: url, Status: 200, ContentType: "text/html", Title: title, Description: description, SHA256: sha, Bytes: 10, Duration: d}
		for _, l := range links {
			p.Links = append(p.Links, page.Link{URL: l, Text: "to " + l})
		}
		return p
	}
	f := create(t)
	commit(t, f, Batch{
		Revealed: []Pending{{URL: "waiting"}},
		Pages: []*page.Page{
			html("home", "Home", "d", "aa", 30*time.Millisecond, "about", "gone", "forbidden", "out", "waiting", "home"),
			html("about", "About", "", "bb", 10*time.Millisecond, "gone", "dead", "out", "out2", "home2"),
			html("copy", "", "d", "bb", 20*time.Millisecond),
			html("home2", "Home", "d", "cc", 0),
			{URL: "gone", Status: 404, Err: &page.Error{Class: page.Client, Text: "404"}, ContentType: "text/html", SHA256: "cc", Bytes: 10},
			{URL: "dead", Err: &page.Error{Class: page.DNS, Text: "no such host"}},
			{URL: "forbidden", Err: &page.Error{Class: page.Robots, Text: "disallowed"}},
			{URL: "old", Status: 301, Redirect: "copy", SHA256: "ee"},
			{URL: "old2", Status: 302, Redirect: "gone", SHA256: "ff"},
		},
		Listed: []Listed{{URL: "about", Sitemap: "map"}, {URL: "copy", Sitemap: "map"}, {URL: "never", Sitemap: "map"}},
		Traffic: []Traffic{
			{Domain: "a.test", Requests: 3, Interval: time.Second, FirstAt: created, LastAt: created.Add(2 * time.Second),
				Waited: map[string]time.Duration{"rate": 1500 * time.Millisecond, "server": 500 * time.Millisecond}},
			{Domain: "b.test", Requests: 2, FirstAt: created, LastAt: created.Add(9500 * time.Millisecond)},
			{Domain: "c.test", Requests: 1, FirstAt: created, LastAt: created},
		},
	})
	want := map[string][]string{
		"broken-links":    {"dead|NULL|dns|about|to dead", "gone|404|4xx|about|to gone", "gone|404|4xx|home|to gone"},
		"slowest-pages":   {"30|10|200|home", "20|10|200|copy", "10|10|200|about"},
		"untitled-pages":  {"about|0|1", "copy|1|0"},
		"duplicate-pages": {"bb|2|about", "bb|2|copy"},
		"links-out":       {"out|2|about", "out2|1|about"},
		"orphans":         {"copy|0|NULL", "home|0|NULL", "old|0|NULL", "old2|0|NULL"},
		"slowest-domains": {"b.test|2|NULL|9.5|NULL|NULL", "a.test|3|1000|2|rate|75", "c.test|1|NULL|0|NULL|NULL"},
		"unlinked-pages":  {"copy|map|200", "never|map|NULL"},
		"redirects":       {"old|301|copy|200|NULL", "old2|302|gone|404|4xx"},
	}
	for _, q := range Queries {
		if diff := cmp.Diff(want[q.Name], query(t, f.Path(), q.SQL)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", q.Name, diff)
		}
		if q.What == "" || strings.Contains(q.SQL, ";") {
			t.Errorf("%s: %q, one statement wanted", q.Name, q.What)
		}
		delete(want, q.Name)
	}
	if len(want) > 0 {
		t.Errorf("no such queries: %v", want)
	}
}
