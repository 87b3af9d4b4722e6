package diff_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
	"amble/crawler/diff"
	"amble/crawler/page"
)

// TestWhatBecameOfLinks: a link is told to be newly broken, or mended, only if the other crawl tells so.
func TestWhatBecameOfLinks(t *testing.T) {
	none := []string{}
	home := func(links ...string) *page.Page { return ok("/", "home", links...) }
	missing := func(path string) *page.Page { return fails(path, 404, page.Client) }
	asset := func(p *page.Page, urls ...string) *page.Page {
		return with(p, func(p *page.Page) {
			for _, u := range urls {
				p.Assets = append(p.Assets, page.Asset{URL: at(u), Kind: "image"})
			}
		})
	}
	places := func(p *page.Page, ids ...string) *page.Page {
		return with(p, func(p *page.Page) { p.IDs = append([]string{}, ids...) })
	}
	names := func(p *page.Page, url, id string) *page.Page {
		return with(p, func(p *page.Page) { p.Fragments = append(p.Fragments, page.Fragment{URL: at(url), ID: id}) })
	}
	const everything = `"assets":true,"fragments":true`
	full := func(pages ...*page.Page) crawl { return crawl{pages: pages, reach: everything} }
	for name, c := range map[string]struct {
		old, new                     crawl
		want                         []string
		unknownBroken, unknownMended int
	}{
		"broken as before":          {of(home("/a"), missing("/a")), of(home("/a"), fails("/a", 410, page.Client)), none, 0, 0},
		"answered":                  {of(home("/a"), ok("/a", "a")), of(home("/a"), missing("/a")), []string{"broken /a on /: answered"}, 0, 0},
		"answered by a redirect":    {of(home("/a"), to("/a", "/b"), ok("/b", "b")), of(home("/a"), to("/a", "/b"), missing("/b")), []string{"broken /a on /: answered"}, 0, 0},
		"not linked":                {of(home()), of(home("/a"), missing("/a")), []string{"broken /a on /: not linked"}, 0, 0},
		"not linked from here":      {of(home("/a", "/b"), missing("/a"), ok("/b", "b")), of(home("/a", "/b"), missing("/a"), ok("/b", "c", "/a")), []string{"broken /a on /b: not linked"}, 0, 0},
		"no page":                   {of(home()), of(home(), ok("/b", "b", "/a"), missing("/a")), []string{"broken /a on /b: no page"}, 0, 0},
		"linked and not asked for":  {of(home("/a")), of(home("/a"), missing("/a")), none, 1, 0},
		"linked and not allowed":    {of(home("/a"), fails("/a", 0, page.Robots)), of(home("/a"), missing("/a")), none, 1, 0},
		"a login, and now it fails": {of(home("/a"), fails("/a", 401, page.Client)), of(home("/a"), missing("/a")), none, 1, 0},
		"the page failed":           {of(home(), fails("/b", 503, page.Server)), of(home(), ok("/b", "b", "/a"), missing("/a")), none, 1, 0},
		"the page was not seen":     {crawl{pages: []*page.Page{home("/b")}, state: crawlfile.Limited}, of(home("/b"), ok("/b", "b", "/a"), missing("/a")), none, 1, 0},
		"on a page that moved":      {of(home(), ok("/b", "b", "/a"), missing("/a")), of(home(), ok("/c", "b", "/a"), missing("/a")), none, 0, 0},
		"newly, on a page that moved": {of(home(), ok("/b", "b", "/a"), ok("/a", "a")), of(home(), ok("/c", "b", "/a"), missing("/a")),
			[]string{"broken /a on /c: answered"}, 0, 0},

		"answers":                      {of(home("/a"), missing("/a")), of(home("/a"), ok("/a", "a")), []string{"mended /a on /: answered"}, 0, 0},
		"is no more":                   {of(home("/a"), missing("/a")), of(home()), []string{"mended /a on /: not linked"}, 0, 0},
		"is no more, though it fails":  {of(home("/a", "/b"), missing("/a"), ok("/b", "b", "/a")), of(home("/a", "/b"), missing("/a"), ok("/b", "c")), []string{"mended /a on /b: not linked"}, 0, 0},
		"the page is gone":             {of(home(), ok("/b", "b", "/a"), missing("/a")), of(home(), missing("/b")), []string{"mended /a on /b: no page"}, 0, 0},
		"nothing links to the page":    {of(home(), ok("/b", "b", "/a"), missing("/a")), of(home()), []string{"mended /a on /b: no page"}, 0, 0},
		"the page was not reached":     {of(home(), ok("/b", "b", "/a"), missing("/a")), crawl{pages: []*page.Page{home()}, state: crawlfile.Limited}, none, 0, 1},
		"was not asked for any more":   {of(home("/a"), missing("/a")), crawl{pages: []*page.Page{home("/a")}, pending: []string{"/a"}}, none, 0, 1},
		"the page redirects elsewhere": {of(home(), ok("/b", "b", "/a"), missing("/a")), of(home(), to("/b", "/")), []string{"mended /a on /b: not linked"}, 0, 0},

		"checked":                    {crawl{pages: []*page.Page{home("http://b.test/")}, checks: []*page.Page{ok("http://b.test/", "")}}, crawl{pages: []*page.Page{home("http://b.test/")}, checks: []*page.Page{missing("http://b.test/")}}, []string{"broken http://b.test/ on /: answered"}, 0, 0},
		"checked for the first time": {of(home("http://b.test/")), crawl{pages: []*page.Page{home("http://b.test/")}, checks: []*page.Page{missing("http://b.test/")}}, none, 1, 0},
		"an image":                   {full(asset(home(), "/i"), ok("/i", "")), full(asset(home(), "/i"), missing("/i")), []string{"broken /i on /: answered"}, 0, 0},
		"a new image":                {full(home()), full(asset(home(), "/i"), missing("/i")), []string{"broken /i on /: not linked"}, 0, 0},
		"images were not noted":      {of(home()), full(asset(home(), "/i"), missing("/i")), none, 1, 0},
		"a place":                    {full(names(places(home()), "/a", "x"), places(ok("/a", "a"), "x")), full(names(places(home()), "/a", "x"), places(ok("/a", "b"), "y")), []string{"broken /a#x on /: answered"}, 0, 0},
		"a link to a place":          {full(places(home()), places(ok("/a", "a"))), full(names(places(home()), "/a", "x"), places(ok("/a", "a"))), []string{"broken /a#x on /: not linked"}, 0, 0},
		"places were not noted":      {of(home(), ok("/a", "a")), full(names(places(home()), "/a", "x"), places(ok("/a", "a"))), none, 1, 0},
		"a place again":              {full(names(places(home()), "/a", "x"), places(ok("/a", "a"))), full(names(places(home()), "/a", "x"), places(ok("/a", "b"), "x")), []string{"mended /a#x on /: answered"}, 0, 0},
		"a sitemap": {crawl{pages: []*page.Page{home(), ok("/s", "s")}}, crawl{pages: []*page.Page{home(), ok("/s", "s"), missing("/a")}, listed: []crawlfile.Listed{{URL: at("/a"), Sitemap: at("/s")}}},
			[]string{"broken /a on /s: not linked"}, 0, 0},
		"a seed": {of(home()), of(fails("/", 404, page.Client)), []string{"broken / on : answered"}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			all, sum := told(t, open(t, c.old.file(t), c.new.file(t), diff.Options{}))
			got := []string{}
			for _, line := range all {
				if strings.HasPrefix(line, "broken ") || strings.HasPrefix(line, "mended ") {
					got = append(got, line)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if sum.UnknownBroken != c.unknownBroken || sum.UnknownMended != c.unknownMended {
				t.Errorf("nothing is known of %d and %d links, want %d and %d", sum.UnknownBroken, sum.UnknownMended, c.unknownBroken, c.unknownMended)
			}
		})
	}
}
