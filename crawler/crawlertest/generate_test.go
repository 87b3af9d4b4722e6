package crawlertest

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestEveryRoomOfAMazeIsReached(t *testing.T) {
	for _, hosts := range []int{1, 7} {
		s, err := Maze(2000, hosts)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(s.Hosts()); got != hosts {
			t.Errorf("%d hosts, want %d", got, hosts)
		}
		if got := len(breadthFirst(t, s, 99)); got != 2000 {
			t.Errorf("%d hosts: %d pages reached, want 2000", hosts, got)
		}
	}
}

func TestAMazeHasNoPagesBesidesItsOwn(t *testing.T) {
	s, err := Maze(10, 2)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTransport(s)
	for url, want := range map[string]int{
		"http://maze-0.test/": 200, "http://maze-1.test/p/9": 200, "http://maze-0.test/p/8": 200,
		"http://maze-1.test/": 404, "http://maze-0.test/p/9": 404, "http://maze-0.test/p/10": 404,
		"http://maze-0.test/p/08": 404, "http://maze-0.test/p/+8": 404, "http://maze-0.test/p/-2": 404,
		"http://maze-0.test/p/0": 404, "http://maze-0.test/p/": 404, "http://maze-0.test/8": 404,
		"http://maze-0.test/robots.txt": 404,
	} {
		status, body, err := fetch(t.Context(), tr, url)
		if status != want || err != nil {
			t.Errorf("%s: status %d, want %d, error %v: %s", url, status, want, err, body)
		}
	}
	for _, bad := range [][2]int{{0, 1}, {1, 0}, {-1, -1}} {
		if _, err := Maze(bad[0], bad[1]); err == nil {
			t.Errorf("a maze of %d pages on %d hosts was made", bad[0], bad[1])
		}
	}
}

func TestTheBundledMazeHasTenLinksAPage(t *testing.T) {
	_, body, err := fetch(t.Context(), NewTransport(lookup(t, "maze")), "http://maze.test/p/123")
	if n := strings.Count(body, "<a href="); n != mazeLinks || err != nil {
		t.Errorf("%d links, error %v", n, err)
	}
	if depth := breadthFirst(t, lookup(t, "maze"), 3); len(depth) < 1000 || len(depth) > 1111 {
		t.Errorf("%d pages within three clicks", len(depth))
	}
}

func TestGeneratedPagesDoNotDependOnWhatWasAskedBefore(t *testing.T) {
	s := lookup(t, "traps")
	urls := []string{"calendar/", "calendar/2024/12/", "shop/goods?sid=x", "store/x/basket", "tree/a/b/a/"}
	first := NewTransport(s)
	seen := make(map[string]string)
	for _, u := range urls {
		_, seen[u], _ = fetch(t.Context(), first, "http://traps.test/"+u)
	}
	for i := range urls {
		u := urls[len(urls)-1-i]
		status, body, err := fetch(t.Context(), first, "http://traps.test/"+u)
		if status != 200 || err != nil || body != seen[u] {
			t.Errorf("%s: status %d, error %v, %q then %q", u, status, err, seen[u], body)
		}
	}
	for _, u := range []string{"calendar/2024/13/", "calendar/0000/01/", "shop/other", "store/x/other", "tree/a/b"} {
		if status, _, _ := fetch(t.Context(), first, "http://traps.test/"+u); status != 404 {
			t.Errorf("%s: status %d, want 404", u, status)
		}
	}
}

func TestAGraphIsServedAsItIsGiven(t *testing.T) {
	s, err := NewGraph("g", map[string]Node{
		"http://a.test":         {Links: []string{"/x?y=1&z=2", "//b.test/", `"><script>`}},
		"http://a.test/x?y=1":   {Redirect: "/"},
		"http://a.test/gone":    {Status: 410},
		"http://a.test/moved":   {Redirect: "http://b.test/", Status: 308},
		"http://a.test/a%20b/c": {Delay: time.Nanosecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTransport(s)
	for url, want := range map[string]int{
		"http://a.test/": 200, "http://a.test/x?y=1": 302, "http://a.test/x": 404, "http://a.test/gone": 410,
		"http://a.test/moved": 308, "http://a.test/a%20b/c": 200, "http://a.test/robots.txt": 404,
	} {
		if status, _, err := fetch(t.Context(), tr, url); status != want || err != nil {
			t.Errorf("%s: status %d, want %d, error %v", url, status, want, err)
		}
	}
	_, body, _ := fetch(t.Context(), tr, "http://a.test/")
	for _, want := range []string{`href="/x?y=1&amp;z=2"`, `href="//b.test/"`, `href="&#34;&gt;&lt;script&gt;"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	for _, bad := range []string{"http://example.com/", "https://a.test/", "http://a.test:80/", "http://a.test/#x", "a", "http://a.test/*"} {
		if _, err := NewGraph("g", map[string]Node{bad: {}}); err == nil {
			t.Errorf("a graph with the page %s was made", bad)
		}
	}
}

func BenchmarkMazePage(b *testing.B) {
	m := &maze{pages: 1_000_000}
	paths := make([]string, 1024)
	for i := range paths {
		paths[i] = "p/" + strconv.Itoa(i*977+1)
	}
	size, i := 0, 0
	for b.Loop() {
		page, _ := m.page("", paths[i%len(paths)], "")
		if page == nil {
			b.Fatal("no page")
		}
		size += len(page)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.SetBytes(int64(size / b.N))
}

func TestEndlessWebsLeadOn(t *testing.T) {
	s := parse(t, `Webs without end.
seed: http://a.test/
-- a.test/index.html --
-- a.test/chain/* --
!generate redirects 3
-- a.test/round/* --
!generate redirects endless
-- a.test/many/* --
!generate links 5 to 3
-- a.test/facets/* --
!generate facets
-- a.test/soft/* --
!generate soft404
-- a.test/grow/* --
!generate grow
-- a.test/deep/* --
!generate deep
-- a.test/visits/* --
!generate visits
-- a.test/php/* --
!generate sessions php
-- a.test/java/* --
!generate sessions java
-- a.test/asp/* --
!generate sessions asp
-- *.a.test/* --
!generate hosts a.test
`)
	for _, c := range []struct{ url, want string }{
		{"/chain/", "302 /chain/1"},
		{"/chain/2", "302 /chain/3"},
		{"/chain/3", "200 The end of 3 redirects"},
		{"/chain/4", "404 404 Not Found"},
		{"/chain/02", "404 404 Not Found"},
		{"/round/123456789", "302 /round/123456790"},
		{"/many/", "200 5 links 0 1 2 0 1"},
		{"/many/2", "200 One of many, number 2"},
		{"/many/3", "404 404 Not Found"},
		{"/facets/?size=s&colour=red&brand=oak", "200 Goods, brand=oak&colour=red&size=s /facets/ " +
			"/facets/?size=s&colour=red&brand=oak&sort=price /facets/?size=s&colour=red&brand=oak&sort=name"},
		{"/facets/?colour=red&size=s&brand=oak&sort=name", "200 Goods, brand=oak&colour=red&size=s&sort=name /facets/"},
		{"/soft/any/thing", "200 We could not find what you are looking for help/ news/"},
		{"/grow/", "200 A name of 0 letters /grow/" + strings.Repeat("g", 64)},
		{"/grow/gg", "200 A name of 2 letters /grow/" + strings.Repeat("g", 64)},
		{"/grow/" + strings.Repeat("g", 64), "200 A name of 64 letters /grow/" + strings.Repeat("g", 256)},
		{"/deep/x/y/", "200 Level 2"},
		{"/visits/5", "200 The river walk /visits/11 /visits/12"},
		{"/php/?PHPSESSID=x", "200 The shop, visitor ID32 /php/goods?PHPSESSID=ID32 /php/basket?PHPSESSID=ID32"},
		{"/java/goods;jsessionid=X", "200 The shop, visitor ID32 /java/goods;jsessionid=ID32 /java/basket;jsessionid=ID32"},
		{"/asp/(S(x))/basket", "200 The shop, visitor ID24 /asp/(S(ID24))/goods /asp/(S(ID24))/basket"},
		{"/asp/(S(x))/other", "404 404 Not Found"},
	} {
		if got := shape(t, s, "http://a.test"+c.url); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.url, got, c.want)
		}
	}
	first, again := shape(t, s, "http://x.a.test/"), shape(t, s, "http://y.a.test/")
	if !strings.HasSuffix(first, " http://a.x.a.test/") || strings.Count(first, ".a.test/") != 3 || first == again {
		t.Errorf("hosts: %s and %s", first, again)
	}
	if got := shape(t, s, "http://x.a.test/robots.txt"); got != "404 404 Not Found" {
		t.Errorf("robots.txt of a host: %s", got)
	}
}

var (
	titleOf  = regexp.MustCompile(`<title>(.*)</title>`)
	anyHref  = regexp.MustCompile(`href="?([^" >\n]*)`)
	visitors = regexp.MustCompile(`\b([0-9a-f]{32}|[0-9A-F]{32}|[a-z0-9]{24})\b`)
)

// shape is a page's status, title and links, or where it redirects to, with each session number as ID and its length.
func shape(t *testing.T, s *Site, u string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", u, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := NewTransport(s).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	parts := []string{strconv.Itoa(resp.StatusCode)}
	if to := resp.Header.Get("Location"); to != "" {
		parts = append(parts, to)
	}
	if m := titleOf.FindSubmatch(b); m != nil {
		parts = append(parts, html.UnescapeString(string(m[1])))
	}
	for _, m := range anyHref.FindAllSubmatch(b, -1) {
		parts = append(parts, html.UnescapeString(string(m[1])))
	}
	return visitors.ReplaceAllStringFunc(strings.Join(parts, " "), func(id string) string { return fmt.Sprintf("ID%d", len(id)) })
}
