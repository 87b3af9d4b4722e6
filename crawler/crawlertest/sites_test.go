package crawlertest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEverySiteSaysWhatItProvesAndHowToCrawlIt(t *testing.T) {
	for _, s := range Sites() {
		if !strings.HasSuffix(s.Proves, ".") || len(s.Proves) < 40 {
			t.Errorf("%s: first line %q is no sentence", s.Name, s.Proves)
		}
		args := strings.Join(s.Args, " ")
		if !strings.Contains(args, "--rate 0") || !strings.Contains(args, "--depth ") {
			t.Errorf("%s: args %q lack --rate 0 or --depth", s.Name, args)
		}
		if strings.Contains(args, "--max-pages") {
			t.Errorf("%s: a crawl with --max-pages depends on the order", s.Name)
		}
	}
	for _, want := range strings.Fields(`tree hosts shortslow robots redirects errors charsets malformed traps ratelimit
		bodies maze nofollow bombs rubbish drip facets sessions softerror chains wildcard growth hugepage private
		duplicates cookies login texts styled`) {
		if _, err := Lookup(want); err != nil {
			t.Error(err)
		}
	}
}

func TestAllSitesCanBeServedTogether(t *testing.T) {
	m, err := Merge("all", Sites()...)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(m.Hosts(), "tree.test") || !slices.Contains(m.Hosts(), "maze.test") {
		t.Errorf("hosts %v", m.Hosts())
	}
	if _, err := Merge("twice", m, m); err == nil {
		t.Error("two sites with the same hosts were merged")
	}
}

func TestLookupOfAnUnknownNameListsTheNames(t *testing.T) {
	_, err := Lookup("forest")
	if !errors.Is(err, ErrNoSite) || !strings.Contains(err.Error(), "softerror, styled, texts, traps, tree") {
		t.Errorf("got %v", err)
	}
}

func TestWhatACallerChangesStaysItsOwn(t *testing.T) {
	a, _ := Lookup("tree")
	a.Seeds[0], a.Args[0] = "changed", "changed"
	b, _ := Lookup("tree")
	if b.Seeds[0] != "http://tree.test/" || b.Args[0] != "--depth" {
		t.Errorf("got %v %v", b.Seeds, b.Args)
	}
}

var meant404 = []string{
	"http://errors.test/404", "http://bombs.test/missing", "http://drip.test/endless-404", "http://softerror.test/honest/404",
	"http://texts.test/error",
}

// TestEveryFileAnswers asks for every seed and every file. Only sites about failures may fail, and no page may be missing.
func TestEveryFileAnswers(t *testing.T) {
	for _, s := range Sites() {
		synctest.Test(t, func(t *testing.T) {
			tr := NewTransport(s)
			for _, u := range append(s.URLs(), s.Seeds...) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				status, _, err := fetchSome(ctx, tr, u, 64<<10)
				cancel()
				if err != nil && !slices.Contains([]string{"errors", "rubbish", "drip", "texts"}, s.Name) {
					t.Errorf("%s: %v", u, err)
				}
				if status == 421 || status == 404 && !slices.Contains(meant404, u) {
					t.Errorf("%s: status %d", u, status)
				}
			}
			if len(tr.Log.Requests()) < len(s.Seeds) {
				t.Errorf("%s: %d requests", s.Name, len(tr.Log.Requests()))
			}
		})
	}
}

func TestTreeHasItsPagesAtEveryDepth(t *testing.T) {
	depth := breadthFirst(t, lookup(t, "tree"), 9)
	var at [10]int
	for _, d := range depth {
		at[d]++
	}
	if want := [10]int{1, 5, 15, 21, 33, 9}; at != want {
		t.Errorf("pages by depth %v, want %v", at, want)
	}
}

func TestShortSlowKeepsItsPromiseOfDepths(t *testing.T) {
	depth := breadthFirst(t, lookup(t, "shortslow"), 9)
	for u, want := range map[string]int{
		"http://slow.test/": 1, "http://goal.test/": 2, "http://quick.test/2": 2, "http://goal.test/beyond": 3,
		"http://goal.test/out": 4, "http://start.test/both": 2, "http://start.test/after": 3,
	} {
		if got, ok := depth[u]; !ok || got != want {
			t.Errorf("%s: depth %d, want %d", u, got, want)
		}
	}
}

func TestTrapsNeverEnd(t *testing.T) {
	s := lookup(t, "traps")
	at := func(depth int) (n int) {
		for _, d := range breadthFirst(t, s, depth) {
			if d == depth {
				n++
			}
		}
		return n
	}
	if a, b := at(5), at(7); a < 30 || b < 3*a {
		t.Errorf("%d pages at depth 5, %d at depth 7: the traps do not grow", a, b)
	}
}

func lookup(t testing.TB, name string) *Site {
	t.Helper()
	s, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fetch gets a URL without following redirects.
func fetch(ctx context.Context, rt http.RoundTripper, u string) (status int, body string, err error) {
	return fetchSome(ctx, rt, u, 4<<20) // some bodies have no end
}

func fetchSome(ctx context.Context, rt http.RoundTripper, u string, most int64) (status int, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, "GET", u, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, most))
	return resp.StatusCode, string(b), err
}

var href = regexp.MustCompile(`<a href="([^"]*)"`)

// breadthFirst is the least depth of every page within most clicks of the seeds, for sites with plain links only.
func breadthFirst(t *testing.T, s *Site, most int) map[string]int {
	t.Helper()
	depth := make(map[string]int)
	synctest.Test(t, func(t *testing.T) {
		tr := &Transport{Handler: s.Handler()}
		next := slices.Clone(s.Seeds)
		for _, u := range next {
			depth[u] = 0
		}
		for len(next) > 0 {
			u := next[0]
			next = next[1:]
			status, body, err := fetch(t.Context(), tr, u)
			if err != nil || status != 200 {
				delete(depth, u) // not a page: another site, or no HTML
				continue
			}
			base, _ := url.Parse(u)
			for _, m := range href.FindAllStringSubmatch(body, -1) {
				to, err := base.Parse(m[1])
				if err != nil || to.Scheme != "http" || depth[u] == most {
					continue
				}
				to.Fragment, to.Host = "", strings.TrimSuffix(strings.ToLower(to.Host), ":80")
				if to.Path == "" {
					to.Path = "/"
				}
				if _, met := depth[to.String()]; !met {
					depth[to.String()] = depth[u] + 1
					next = append(next, to.String())
				}
			}
		}
	})
	return depth
}
