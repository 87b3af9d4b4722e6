package crawler_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/crawlfile"
	"amble/crawler/fields"
)

var headings = []crawler.FieldRule{{Name: "text", From: "css:title", First: true}, {Name: "link", From: "css:a@href", Include: []string{`/$`}}}

// fieldsOf are the fields of a crawl's pages by URL, as they are in its results and in its file.
func fieldsOf(t *testing.T, res *crawler.Result, file string) map[string]map[string][]string {
	t.Helper()
	all := make(map[string]map[string][]string)
	for _, p := range res.Pages {
		all[p.URL] = p.Fields
	}
	f, err := crawlfile.OpenReadOnly(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for p, err := range f.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(all[p.URL], p.Fields); diff != "" {
			t.Errorf("%s: in the file they differ: %s", p.URL, diff)
		}
	}
	return all
}

// TestFieldsOfPagesThatHaveNotChanged are those that reading them would give.
func TestFieldsOfPagesThatHaveNotChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb("/a", "/b")
		dir := t.TempDir()
		crawl := func(name, since string, rules []crawler.FieldRule) map[string]map[string][]string {
			cfg := w.config(filepath.Join(dir, name))
			cfg.Fields = rules
			if since != "" {
				cfg.Since = filepath.Join(dir, since)
			}
			return fieldsOf(t, run(t, cfg, "http://a.test/"), cfg.File)
		}
		first := crawl("1.db", "", headings)
		if len(first) != 3 || len(first["http://a.test/"]["link"]) != 2 || len(first["http://a.test/a"]) != 1 {
			t.Fatal(first)
		}
		if diff := gocmp.Diff(first, crawl("2.db", "1.db", headings)); diff != "" || w.asked["304"] != 3 {
			t.Errorf("%v %s", w.asked, diff)
		}
		rules := []crawler.FieldRule{{Name: "text", From: "css:title"}, {Name: "any", From: "css:html"}}
		if diff := gocmp.Diff(crawl("3.db", "", rules), crawl("4.db", "2.db", rules)); diff != "" || w.asked["304"] != 3 {
			t.Errorf("with other rules: %v %s", w.asked, diff)
		}
	})
}

func TestFieldsAreNotKeptAgainstNoindex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWeb("/a")
		l := w.leaves["/a"]
		l.robots = "noindex"
		w.leaves["/a"] = l
		cfg := w.config(filepath.Join(t.TempDir(), "c.db"))
		cfg.Fields, cfg.RespectNoindex = headings, true
		got := fieldsOf(t, run(t, cfg, "http://a.test/"), cfg.File)
		if len(got["http://a.test/"]) != 2 || got["http://a.test/a"] != nil {
			t.Error(got)
		}
	})
}

func TestWrongFieldsAreFoundBeforeAnything(t *testing.T) {
	_, err := crawler.New(crawler.Config{Fields: []crawler.FieldRule{{Name: "a", From: "css:p["}}})
	if want := `crawler: field "a": in the selector "p[", at character 2 ([): the closing ] is missing`; !errors.Is(err, fields.ErrRule) || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestBombsOfElementsAreNoted: pages of few bytes that a tree of any size could be made of are recorded as others are.
func TestBombsOfElementsAreNoted(t *testing.T) {
	bomb := &strings.Builder{}
	for i := range 30_000 {
		fmt.Fprintf(bomb, "<b id=%d>", i)
	}
	bomb.WriteString(`<a href="/next">x</a>` + strings.Repeat("<p>x", 100_000))
	tr := &crawlertest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/" {
			io.WriteString(w, bomb.String())
		}
	})}
	cfg := crawler.Config{
		MaxDepth: 1, Rate: crawler.Unlimited, IgnoreRobots: true, Transport: tr, Fields: []crawler.FieldRule{{Name: "id", From: "css:b[id='7']@id"}},
	}
	res, err := newCrawler(t, cfg).Run(t.Context(), "http://a.test/")
	if err != nil {
		t.Fatal(err)
	}
	if p := res.Pages[0]; len(res.Pages) != 2 || p.Err != nil || len(p.Links) != 1 || len(p.Fields["id"]) == 0 || len(p.Fields[fields.Note]) != 1 {
		t.Errorf("%d pages, %v %v", len(res.Pages), p.Err, p.Fields[fields.Note])
	}
}
