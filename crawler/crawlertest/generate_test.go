package crawlertest

import (
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
		page := m.page(paths[i%len(paths)], "")
		if page == nil {
			b.Fatal("no page")
		}
		size += len(page)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.SetBytes(int64(size / b.N))
}
