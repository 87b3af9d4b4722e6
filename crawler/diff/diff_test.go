package diff_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
	"amble/crawler/diff"
	"amble/crawler/page"
)

// TestWhatBecameOfPages holds what is told of pages, with the reasons, and what is not.
func TestWhatBecameOfPages(t *testing.T) {
	none := []string{}
	home := func(links ...string) *page.Page { return ok("/", "home "+strings.Join(links, " "), links...) }
	behind := func(p *page.Page, referrer string) *page.Page {
		return with(p, func(p *page.Page) { p.Referrer = at(referrer) })
	}
	hash := func(p *page.Page, simhash string) *page.Page {
		return with(p, func(p *page.Page) { p.SimHash, p.Title = simhash, "T" })
	}
	for name, c := range map[string]struct {
		old, new crawl
		want     []string
		same     int
	}{
		"nothing": {of(home("/a"), ok("/a", "a"), fails("/b", 404, page.Client)), of(home("/a"), fails("/b", 404, page.Client), ok("/a", "a")), none, 3},
		"new":     {of(home()), of(home("/a"), ok("/a", "a")), []string{"new /a", "changed / title(T home |T home /a) links+[/a]-[] content(-1)"}, 0},
		"new after 404": {of(home(), fails("/a", 404, page.Client), fails("/b", 410, page.Client)), of(home(), ok("/a", "a"), to("/b", "/a")),
			[]string{"new /a", "new /b"}, 1},
		"new and failing is no page":         {of(home()), of(home(), fails("/a", 404, page.Client), fails("/b", 503, page.Server), fails("/c", 0, page.Robots)), none, 1},
		"missing":                            {of(home("/a"), ok("/a", "a"), to("/b", "/a")), of(home("/a"), fails("/a", 410, page.Client), fails("/b", 404, page.Client)), []string{"gone /a: missing", "gone /b: missing", "broken /a on /: answered"}, 1},
		"nothing links to it":                {of(home("/a"), ok("/a", "a")), of(home()), []string{"gone /a: unlinked", "changed / title(T home /a|T home ) links+[]-[/a] content(-1)"}, 0},
		"nothing leads to what is behind it": {of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b"), "/a")), of(with(home("/a"), func(p *page.Page) { p.Links = nil })), []string{"gone /a: unlinked", "gone /b: unlinked"}, 1},
		"what is behind a page that is missing is gone": {of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b"), "/a")), of(home("/a"), fails("/a", 404, page.Client)),
			[]string{"gone /a: missing", "gone /b: unlinked", "broken /a on /: answered"}, 1},
		"what failed and is not there is nothing": {of(home(), fails("/a", 404, page.Client), fails("/b", 0, page.Robots)), of(home()), none, 1},

		"not reached: cut":     {of(home("/a"), ok("/a", "a")), crawl{pages: []*page.Page{home("/a")}, state: crawlfile.Limited}, []string{"unreached /a: cut"}, 1},
		"not reached: left":    {of(home("/a"), ok("/a", "a")), crawl{pages: []*page.Page{home("/a")}, pending: []string{"/a"}}, []string{"unreached /a: cut"}, 1},
		"not reached: failed":  {of(home("/a"), ok("/a", "a"), ok("/b", "b")), crawl{pages: []*page.Page{home("/a")}, state: crawlfile.Failed}, []string{"unreached /a: cut", "unreached /b: cut"}, 1},
		"not reached: limits":  {of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b", "/c"), "/a"), behind(ok("/c", "c"), "/b")), of(home("/a"), ok("/a", "a", "/b")), []string{"unreached /b: linked /a", "unreached /c: behind /b"}, 2},
		"not reached: by hops": {of(home("/a"), to("/a", "/b"), behind(ok("/b", "b"), "/a")), of(home("/a"), to("/a", "/b")), []string{"unreached /b: linked /a"}, 2},
		"not reached: behind a failure": {of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b", "/c"), "/a"), behind(ok("/c", "c"), "/b")), of(home("/a"), fails("/a", 503, page.Server)),
			[]string{"changed /a status(200|503)", "broken /a on /: answered", "unreached /b: failed /a", "unreached /c: behind /b"}, 1},
		"not reached: behind robots.txt": {of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b"), "/a")), of(home("/a"), fails("/a", 0, page.Robots)),
			[]string{"changed /a status(200|robots)", "unreached /b: failed /a"}, 1},
		"not reached: listed": {of(home("/a"), ok("/a", "a")), crawl{pages: []*page.Page{home()}, listed: []crawlfile.Listed{{URL: at("/a"), Sitemap: at("/sitemap.xml")}}},
			[]string{"changed / title(T home /a|T home ) links+[]-[/a] content(-1)", "unreached /a: linked /sitemap.xml"}, 0},
		"not reached: another seed": {of(home(), with(ok("/a", "a"), func(p *page.Page) { p.Referrer = "" })), of(home()), []string{"unreached /a: seed"}, 1},
		"not seen: cut":             {crawl{pages: []*page.Page{home("/a")}, state: crawlfile.Interrupted}, of(home("/a"), ok("/a", "a")), []string{"unseen /a: cut"}, 1},
		"not seen: limits":          {of(home("/a")), of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b"), "/a")), []string{"unseen /a: linked /", "unseen /b: behind /a"}, 1},
		"not seen: behind a failure": {of(home("/a"), fails("/a", 0, page.Timeout)), of(home("/a"), ok("/a", "a", "/b"), behind(ok("/b", "b"), "/a")),
			[]string{"changed /a status(timeout|200)", "mended /a on /: answered", "unseen /b: failed /a"}, 1},

		"moved with a redirect": {of(home("/a"), ok("/a", "a")), of(home("/a"), to("/a", "/b"), ok("/b", "a")), []string{"moved /b was /a: redirected"}, 1},
		"moved with a redirect and its own URL in it": {of(home(), hash(ok("/a", "a"), "0000000000000001")), of(home(), to("/a", "/b"), hash(ok("/b", "b"), "000000000000000f")),
			[]string{"moved /b was /a: redirected"}, 1},
		"a redirect to another text is no move": {of(home("/a"), hash(ok("/a", "a"), "0000000000000001")), of(home("/a"), to("/a", "/b"), hash(ok("/b", "b"), "00000000ffffffff")),
			[]string{"new /b", "changed /a status(200|301) redirect(|/b)"}, 1},
		"moved to a URL that was missing": {of(home(), ok("/a", "a"), fails("/b", 404, page.Client)), of(home(), fails("/a", 404, page.Client), ok("/b", "a")),
			[]string{"moved /b was /a: same"}, 1},
		"moved, of two alike": {of(home(), ok("/a1", "x"), ok("/a2", "x")), of(home(), ok("/b1", "x"), ok("/b2", "x"), ok("/b3", "x")),
			[]string{"new /b3", "moved /b1 was /a1: same", "moved /b2 was /a2: same"}, 1},
		"moved with its own URL in it": {of(home(), hash(ok("/a", "a"), "00000000000000ff")), of(home(), hash(ok("/b", "b"), "00000000000000ff")), []string{"moved /b was /a: same"}, 1},
		"of several texts alike nobody knows which moved": {of(home(), hash(ok("/a", "a"), "00000000000000ff"), hash(ok("/b", "b"), "00000000000000ff")), of(home(), hash(ok("/c", "c"), "00000000000000ff")),
			[]string{"new /c", "gone /a: unlinked", "gone /b: unlinked"}, 1},
		"a copy is no move":                  {of(home(), ok("/a", "a")), of(home(), ok("/a", "a"), ok("/b", "a")), []string{"new /b"}, 2},
		"what was not reached has not moved": {of(home(), ok("/a", "a")), crawl{pages: []*page.Page{home(), ok("/b", "a")}, state: crawlfile.Limited}, []string{"new /b", "unreached /a: cut"}, 1},
		"an empty page has not moved": {of(home(), with(ok("/a", ""), func(p *page.Page) { p.Bytes = 0; p.Title = "" })), of(home(), with(ok("/b", ""), func(p *page.Page) { p.Bytes = 0; p.Title = "" })),
			[]string{"new /b", "gone /a: unlinked"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got, sum := told(t, open(t, c.old.file(t), c.new.file(t), diff.Options{}))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if sum.Same != c.same {
				t.Errorf("%d are the same, want %d", sum.Same, c.same)
			}
		})
	}
}

// TestFields holds what counts as a change of a page.
func TestFields(t *testing.T) {
	page1 := func() *page.Page {
		return with(ok("/", "a", "/x", "/y"), func(p *page.Page) {
			p.Description, p.Canonical, p.Lang, p.Robots, p.SimHash = "d", at("/c"), "en", "noindex", "00000000000000f1"
		})
	}
	for name, c := range map[string]struct {
		old, new *page.Page
		o        diff.Options
		want     string
	}{
		"times, paths and validators": {page1(), with(page1(), func(p *page.Page) {
			p.Depth, p.Redirects, p.FetchedAt, p.Duration, p.ETag, p.LastModified, p.Charset, p.Attempts = 3, 2, began, time.Second, "e", "l", "utf-8", 3
			p.Change, p.DuplicateOf = page.New, at("/x")
		}), diff.Options{}, ""},
		"each short field": {page1(), with(page1(), func(p *page.Page) {
			p.ContentType, p.Title, p.Description, p.Canonical, p.Robots, p.Lang = "text/plain", "t", "", at("/d"), "", "de"
		}), diff.Options{}, "content_type(text/html|text/plain) title(T a|t) description(d|) canonical(/c|/d) robots(noindex|) lang(en|de)"},
		"ignored": {page1(), with(page1(), func(p *page.Page) {
			p.ContentType, p.Title, p.SHA256, p.Links = "text/plain", "t", "b", nil
		}), diff.Options{Ignore: []diff.Field{diff.Title, diff.Content, diff.Links}}, "content_type(text/html|text/plain)"},
		"all ignored":              {page1(), with(page1(), func(p *page.Page) { p.Title = "t" }), diff.Options{Ignore: diff.Fields}, ""},
		"another order of links":   {ok("/", "a", "/x", "/y"), with(ok("/", "b", "/y", "/x"), func(p *page.Page) { p.Title = "T a" }), diff.Options{}, "content(-1)"},
		"links of what was cut":    {with(ok("/", "a", "/x"), func(p *page.Page) { p.Truncated = true }), with(ok("/", "b"), func(p *page.Page) { p.Title = "T a"; p.Truncated = true }), diff.Options{}, "content(-1)"},
		"bytes alone":              {page1(), with(page1(), func(p *page.Page) { p.SHA256 = "b" }), diff.Options{}, "content(0)"},
		"bytes alone, not asked":   {page1(), with(page1(), func(p *page.Page) { p.SHA256 = "b" }), diff.Options{MinDistance: 1}, ""},
		"less than was asked":      {page1(), with(page1(), func(p *page.Page) { p.SHA256, p.SimHash = "b", "0000000000000001" }), diff.Options{MinDistance: 5}, ""},
		"as much as was asked":     {page1(), with(page1(), func(p *page.Page) { p.SHA256, p.SimHash = "b", "0000000000000001" }), diff.Options{MinDistance: 4}, "content(4)"},
		"too little text to tell":  {ok("/", "a"), with(ok("/", "b"), func(p *page.Page) { p.Title = "T a" }), diff.Options{MinDistance: 64}, "content(-1)"},
		"a redirect elsewhere":     {to("/", "/a"), to("/", "/b"), diff.Options{}, "redirect(/a|/b)"},
		"another kind of redirect": {to("/", "/a"), with(to("/", "/a"), func(p *page.Page) { p.Status = 302 }), diff.Options{}, "status(301|302)"},
		"another failure":          {fails("/", 0, page.DNS), fails("/", 0, page.Refused), diff.Options{}, "status(dns|refused)"},
		"a failure after the head": {page1(), fails("/", 200, page.Protocol), diff.Options{}, "status(200|protocol)"},
		"404 and 410":              {fails("/", 404, page.Client), fails("/", 410, page.Client), diff.Options{}, "status(404|410)"},
		"unread, by its ETag":      {&page.Page{URL: at("/"), Status: 200, Attempts: 1, ETag: `"1"`}, &page.Page{URL: at("/"), Status: 200, Attempts: 1, ETag: `"2"`}, diff.Options{}, "content(-1)"},
		"unread, weakly the same":  {&page.Page{URL: at("/"), Status: 200, Attempts: 1, ETag: `"1"`}, &page.Page{URL: at("/"), Status: 200, Attempts: 1, ETag: `W/"1"`}, diff.Options{}, ""},
		"unread, by its length":    {&page.Page{URL: at("/"), Status: 200, Attempts: 1, Bytes: 1}, &page.Page{URL: at("/"), Status: 200, Attempts: 1, Bytes: 2}, diff.Options{}, "content(-1)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			lines, _ := told(t, open(t, of(c.old).file(t), of(c.new).file(t), c.o))
			for _, line := range lines {
				if what, ok := strings.CutPrefix(line, "changed / "); ok { // the seed is a link, too, which may have broken
					got += what
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestMap compares a site with itself at another address.
func TestMap(t *testing.T) {
	site := crawl{pages: []*page.Page{
		with(ok("/", "home", "/a", "/gone", "http://elsewhere.test/"), func(p *page.Page) { p.Canonical = at("/") }), ok("/a", "a", "/"), to("/r", "/a"), fails("/gone", 404, page.Client),
	}}
	staging := site
	staging.host = "staging.test:8080"
	for _, p := range []int{0, 1} { // the bytes have the host in them
		q := *staging.pages[p]
		q.SHA256 += " staged"
		staging.pages = append(append([]*page.Page(nil), staging.pages[:p]...), append([]*page.Page{&q}, staging.pages[p+1:]...)...)
	}
	old, new := staging.file(t), site.file(t)
	_, err := diff.Open(t.Context(), old, new, diff.Options{})
	if !errors.Is(err, diff.ErrNothingInCommon) || !strings.HasSuffix(err.Error(), "--map http://staging.test:8080/=http://a.test/") {
		t.Errorf("without a map: %v", err)
	}
	o := diff.Options{Map: []crawlfile.Prefix{{Old: "http://staging.test:8080/", New: "http://a.test/"}}}
	got, _ := told(t, open(t, old, new, o))
	want := []string{"changed / was http://staging.test:8080/ content(-1)", "changed /a was http://staging.test:8080/a content(-1)"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	o.Ignore = []diff.Field{diff.Content}
	got, sum := told(t, open(t, old, new, o))
	if len(got) != 0 || sum.Same != 4 {
		t.Errorf("%q, %d the same", got, sum.Same)
	}
	// The other way round, of two prefixes the first counts, and quotes are no end of anything.
	o.Map = []crawlfile.Prefix{{Old: "http://a.test/a", New: "http://it's.test/A"}, {Old: "http://a.test/", New: "http://staging.test:8080/"}}
	got, _ = told(t, open(t, new, old, o))
	want = []string{"new http://staging.test:8080/a", "gone http://it's.test/A was /a: unlinked",
		"changed http://staging.test:8080/ was / links+[http://staging.test:8080/a]-[http://it's.test/A]",
		"changed http://staging.test:8080/r was /r redirect(http://it's.test/A|http://staging.test:8080/a)"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the other way round (-want +got)\n%s", d)
	}
}

// TestErrors: what can be wrong with the files, and what to do.
func TestErrors(t *testing.T) {
	a, b := of(ok("/", "a")).file(t), of(ok("/", "b")).file(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(a, link); err != nil {
		t.Skip(err)
	}
	text := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(text, []byte("nothing of the kind, and longer than the header of a database is, by a few words or so: a hundred bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old, new string
		want     error
	}{
		{a, a, diff.ErrSameFile},
		{a, link, diff.ErrSameFile},
		{a, "none.db", fs.ErrNotExist},
		{text, b, crawlfile.ErrNotCrawlFile},
		{b, text, crawlfile.ErrNotCrawlFile},
		{a, of().file(t), diff.ErrNothingInCommon},
		{of().file(t), of().file(t), diff.ErrNothingInCommon},
		{a, of(ok("http://other.test/", "a")).file(t), diff.ErrNothingInCommon},
	} {
		if _, err := diff.Open(t.Context(), c.old, c.new, diff.Options{}); !errors.Is(err, c.want) {
			t.Errorf("%s and %s: %v, want %v", c.old, c.new, err, c.want)
		}
	}
}

// TestNotes: what is to be known is said, and nothing where there is nothing.
func TestNotes(t *testing.T) {
	home := ok("/", "home")
	for name, c := range map[string]struct {
		old, new crawl
		want     []string
	}{
		"nothing":          {of(home), of(home), nil},
		"wrong way round":  {crawl{pages: []*page.Page{home}, later: time.Hour}, of(home), []string{"was begun before"}},
		"limited":          {of(home), crawl{pages: []*page.Page{home}, state: crawlfile.Limited}, []string{"was limited. A page that it did not come to is not told to be gone."}},
		"killed":           {crawl{pages: []*page.Page{home}, state: crawlfile.Running}, of(home), []string{"was killed. A page that it did not come to is not told to be new."}},
		"hosts given up":   {of(home), crawl{pages: []*page.Page{home}, pending: []string{"/a"}}, []string{"hosts that did not answer left 1 URL."}},
		"another depth":    {crawl{pages: []*page.Page{home}, reach: `"depth":3,"scope":"host"`}, crawl{pages: []*page.Page{home}, reach: `"depth":2,"scope":"host","exclude":["/x","/y"]`}, []string{"depth 3, then 2; exclude none, then /x /y."}},
		"with and without": {crawl{pages: []*page.Page{home}, reach: `"assets":true`}, of(home), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := open(t, c.old.file(t), c.new.file(t), diff.Options{}).Notes()
			for i, n := range got {
				if i >= len(c.want) || !strings.Contains(n, c.want[i]) {
					t.Errorf("note %q, want %q", n, c.want)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("%d notes, want %d", len(got), len(c.want))
			}
		})
	}
}
