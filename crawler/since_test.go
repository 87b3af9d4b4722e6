package crawler_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/page"
)

// leaf is a page of a web that is edited between crawls.
type leaf struct {
	links    []string
	text     string
	redirect string
	status   int    // 0 is 200
	robots   string // its X-Robots-Tag
	manner   manner
	edited   time.Time
}

// manner is how a server deals in validators.
type manner int

const (
	none     manner = iota
	strong          // an ETag of the content
	weak            // likewise, weak
	dated           // a Last-Modified
	both            // a strong ETag and a Last-Modified
	restless        // another ETag in every answer, whatever the content
	deaf            // the same ETag for ever, and no condition heeded
	boastful        // "not modified" to every condition, and the ETag of the content as it is
	backward        // the same with a Last-Modified
	offended        // 412 to every condition
	manners         // how many there are
)

// web answers for leaves by path, all hosts alike.
type web struct {
	mu     sync.Mutex
	leaves map[string]leaf
	n      int
	asked  map[string]int // conditional requests by their answer: "304", "200", ...
}

func (l leaf) body() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<title>%s</title><meta name=description content=d>", l.text)
	for _, to := range l.links {
		fmt.Fprintf(&b, "<a href=%q>%s</a> ", to, l.text)
	}
	return b.String()
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	l, ok := w.leaves[r.URL.Path]
	h := rw.Header()
	none, since := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
	conditional := none != "" || since != ""
	answer := func(status int) {
		if conditional {
			w.asked[fmt.Sprint(status)]++
		}
		rw.WriteHeader(status)
	}
	switch {
	case !ok:
		answer(http.StatusNotFound)
		return
	case l.redirect != "":
		h.Set("Location", l.redirect)
		answer(http.StatusFound)
		return
	case l.status != 0:
		answer(l.status)
		return
	}
	body := l.body()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))[:8]
	h.Set("Content-Type", "text/html")
	if l.robots != "" {
		h.Set("X-Robots-Tag", l.robots)
	}
	modified := l.edited.UTC().Format(http.TimeFormat)
	same := false
	switch l.manner {
	case strong, both:
		h.Set("ETag", `"`+sum+`"`)
		same = none == `"`+sum+`"`
	case weak:
		h.Set("ETag", `W/"`+sum+`"`)
		if same = none == `W/"`+sum+`"`; same {
			h.Set("ETag", `"`+sum+`"`) // as servers do that weaken it when they compress
		}
	case restless:
		h.Set("ETag", fmt.Sprintf(`"restless %d"`, w.n))
	case deaf:
		h.Set("ETag", `"deaf"`)
	case boastful:
		h.Set("ETag", `"`+sum+`"`)
		same = conditional
	case offended:
		h.Set("ETag", `"`+sum+`"`)
		if conditional {
			answer(http.StatusPreconditionFailed)
			return
		}
	}
	if l.manner == dated || l.manner == both || l.manner == backward {
		h.Set("Last-Modified", modified)
		same = same || none == "" && since == modified || l.manner == backward && conditional
	}
	if same {
		if len(l.links)%2 == 0 {
			h.Del("X-Robots-Tag") // as many servers leave out
		}
		answer(http.StatusNotModified)
		return
	}
	answer(http.StatusOK)
	fmt.Fprint(rw, body)
}

func (w *web) path(n int) string { return fmt.Sprintf("/%d", n) }

// randomLeaf is a page of a web of n.
func (w *web) randomLeaf(r *rand.Rand, n int) leaf {
	l := leaf{text: fmt.Sprintf("text %d", r.Uint32()), manner: manner(r.IntN(int(manners))), edited: time.Now().Add(-time.Duration(r.IntN(3)) * time.Second)}
	for range r.IntN(5) {
		l.links = append(l.links, w.path(r.IntN(n)))
	}
	switch r.IntN(12) {
	case 0:
		l.redirect = w.path(r.IntN(n))
	case 1:
		l.status = []int{404, 410, 500, 403}[r.IntN(4)]
	}
	l.robots = []string{"", "", "", "", "noindex", "nofollow", "unavailable_after: " + time.Now().Add(time.Duration(r.IntN(5)-1)*time.Hour+30*time.Minute).Format(time.RFC1123)}[r.IntN(7)]
	return l
}

// edit changes some of the pages.
func (w *web) edit(r *rand.Rand, n int) {
	for i := range n {
		at := w.path(i)
		l, ok := w.leaves[at]
		switch r.IntN(6) {
		case 0:
			fresh := w.randomLeaf(r, n)
			if fresh.edited = time.Now(); ok {
				fresh.manner = l.manner // a server does not change its manners
			}
			w.leaves[at] = fresh
			continue
		case 1:
			delete(w.leaves, at)
			continue
		case 2:
			l.links, l.edited = append(slices.Clone(l.links), w.path(r.IntN(n))), time.Now()
		case 3:
			// Its header says something else, which a 304 tells. That one has gone it cannot tell.
			if l.robots != "" && len(l.links)%2 == 1 {
				l.robots = []string{"noindex", "nofollow", "all", "unavailable_after: " + time.Now().Add(90*time.Minute).Format(time.RFC1123)}[r.IntN(4)]
			}
		}
		if ok {
			w.leaves[at] = l
		}
	}
}

// content is what a crawl tells of pages, but for the times and what compares with another crawl.
func content(pages []*crawler.PageData) map[string]page.Page {
	all := make(map[string]page.Page)
	for _, p := range pages {
		c := *p
		c.Attempts, c.FetchedAt, c.Duration, c.Change, c.NotModified = 0, time.Time{}, 0, "", false
		if strings.HasPrefix(c.ETag, `"restless`) {
			c.ETag = ""
		}
		if len(c.Links) == 0 {
			c.Links = nil
		}
		all[c.URL] = c
	}
	return all
}

// TestSinceFindsWhatACrawlWithoutFinds: on random webs that are edited between two crawls, with honest servers and lying ones, the
// second crawl tells the same of the same pages whether it goes by the first or not, and marks them rightly.
func TestSinceFindsWhatACrawlWithoutFinds(t *testing.T) {
	cases := 60
	if testing.Short() {
		cases = 20
	}
	total := make(map[string]int)
	for i := range cases {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			n := 2 + r.IntN(25)
			w := &web{leaves: make(map[string]leaf), asked: make(map[string]int)}
			time.Sleep(24 * time.Hour)
			for i := range n {
				w.leaves[w.path(i)] = w.randomLeaf(r, n)
			}
			w.leaves["/0"] = leaf{links: []string{"/1", "/2", "/3"}, text: "front", manner: strong}
			cfg := crawler.Config{
				MaxDepth: r.IntN(5) - 1, Workers: 1 + r.IntN(4), PerHost: 4, Rate: crawler.Unlimited, Retries: r.IntN(3) - 1,
				RespectNoindex: r.IntN(3) == 0, Transport: &crawlertest.Transport{Handler: w}, IgnoreRobots: true,
			}
			dir := t.TempDir()
			cfg.File = filepath.Join(dir, "old.db")
			before := run(t, cfg, "http://a.test/0")
			time.Sleep(time.Duration(r.IntN(4)) * time.Hour)
			w.edit(r, n)
			cfg.File = filepath.Join(dir, "plain.db")
			cfg.RespectNoindex = r.IntN(3) == 0
			plain := run(t, cfg, "http://a.test/0")
			clear(w.asked)
			cfg.File, cfg.Since = filepath.Join(dir, "new.db"), filepath.Join(dir, "old.db")
			if r.IntN(4) == 0 {
				cfg.File = "" // all is in memory
			}
			since := run(t, cfg, "http://a.test/0")
			if diff := gocmp.Diff(content(plain.Pages), content(since.Pages)); diff != "" {
				t.Fatalf("case %d: (-without +with):\n%s", i, diff)
			}
			for k, n := range w.asked {
				total[k] += n
			}
			checkChanges(t, before, since)
			if cfg.File != "" {
				chain(t, w, cfg, since)
			}
		})
		if t.Failed() {
			return
		}
	}
	for _, status := range []string{"200", "304", "404", "412", "302"} {
		if total[status] == 0 {
			t.Errorf("no conditional request was answered %s: %v", status, total)
		}
	}
}

// checkChanges holds the marks of a crawl against what both crawls tell.
func checkChanges(t *testing.T, before, after *crawler.Result) {
	t.Helper()
	old := content(before.Pages)
	counted := make(map[page.Change]int)
	for _, p := range after.Pages {
		if p.Change != "" {
			counted[p.Change]++
		}
		was, known := old[p.URL]
		there := known && was.Err == nil
		want := page.Change("")
		switch {
		case p.Err != nil && there && (p.Status == 404 || p.Status == 410):
			want = page.Gone
		case p.Err != nil:
		case !known || was.Status == 404 || was.Status == 410:
			want = page.New
		case p.Redirect != was.Redirect, !there:
			want = page.Changed
		case p.Redirect != "":
			want = page.Unchanged
		case p.SHA256 == "" || was.SHA256 == "":
			want = p.Change // its content was not kept
		case p.SHA256 == was.SHA256:
			want = page.Unchanged
		default:
			want = page.Changed
		}
		if p.Change != want {
			t.Errorf("%s is marked %q, want %q", p.URL, p.Change, want)
		}
		if p.NotModified && p.Status != 200 {
			t.Errorf("%s: status %d of a page that is not modified", p.URL, p.Status)
		}
	}
	now := content(after.Pages)
	var unreached []string
	for _, p := range before.Pages {
		if _, ok := now[p.URL]; !ok && p.Err == nil && p.Status == 200 {
			unreached = append(unreached, p.URL)
		}
	}
	slices.Sort(unreached)
	if !slices.Equal(unreached, after.Unreached) || after.Stats.Unreached != len(unreached) {
		t.Errorf("not reached: %v, count %d; want %v", after.Unreached, after.Stats.Unreached, unreached)
	}
	if !maps.Equal(counted, after.Stats.ByChange) {
		t.Errorf("counted %v, want %v", after.Stats.ByChange, counted)
	}
}

// chain crawls once more, by the crawl before, which went by another one: nothing has changed.
func chain(t *testing.T, w *web, cfg crawler.Config, before *crawler.Result) {
	t.Helper()
	cfg.Since, cfg.File = cfg.File, ""
	again := run(t, cfg, "http://a.test/0")
	if diff := gocmp.Diff(content(before.Pages), content(again.Pages)); diff != "" {
		t.Errorf("the third crawl of a chain (-second +third):\n%s", diff)
	}
	for _, p := range again.Pages {
		if p.Change != page.Unchanged && p.Change != "" || p.Change == "" && p.Err == nil && !strings.Contains(p.Robots, "noindex") {
			t.Errorf("%s is marked %q, though nothing has changed", p.URL, p.Change)
		}
	}
}
