package diff_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
	"amble/crawler/diff"
	"amble/crawler/page"
)

// everyKind are two crawls that differ in all ways, with a text in all places.
func everyKind(text string) (old, new crawl) {
	home := func(s string, links ...string) *page.Page {
		p := ok("/", s, links...)
		for i := range p.Links {
			p.Links[i].Text = text
		}
		return p
	}
	titled := func(p *page.Page) *page.Page {
		return with(p, func(p *page.Page) { p.Title, p.Description, p.Lang = text, text, "en" })
	}
	old = of(home("one", "/broken", "/mended"), titled(ok("/gone", "gone")), titled(ok("/from", "moved")), titled(ok("/changed", "a")), ok("/broken", "x"), fails("/mended", 404, page.Client), fails("/down", 503, page.Server),
		with(titled(ok("/behind", "c")), func(p *page.Page) { p.Referrer = at("/changed") }))
	new = of(home("two", "/broken", "/mended"), titled(ok("/new", "new")), titled(ok("/to", "moved")), with(titled(ok("/changed", "b")), func(p *page.Page) { p.Title = text + "!"; p.Truncated = true }),
		with(fails("/broken", 404, page.Client), func(p *page.Page) { p.Err.Text = text }), ok("/mended", "m"), ok("/down", "d"), with(titled(ok("/under", "u")), func(p *page.Page) { p.Referrer = at("/down") }))
	return old, new
}

// TestText is what a person reads.
func TestText(t *testing.T) {
	old, new := everyKind("A title")
	c := open(t, old.file(t), new.file(t), diff.Options{})
	var out bytes.Buffer
	if _, err := diff.Write(t.Context(), &out, c, diff.Text); err != nil {
		t.Fatal(err)
	}
	got := strings.NewReplacer(c.Old().Path, "old.db", c.New().Path, "new.db").Replace(out.String())
	const want = `--- old.db  2026-01-02 15:04 UTC, complete, 8 URLs
+++ new.db  2026-01-02 15:04 UTC, complete, 8 URLs

New pages
  http://a.test/mended
    “T m”
  http://a.test/new
    “A title”

Pages that are gone
  http://a.test/broken
    404 Not Found
  http://a.test/gone
    nothing links to it any more

Pages that moved
  http://a.test/from
    to http://a.test/to, which has the same content

Pages that changed
  http://a.test/
    title        “T one” → “T two”
    content      not the same
  http://a.test/changed
    title        “A title” → “A title!”
    content      not the same
  http://a.test/down
    status       503 → 200

Newly broken links
  http://a.test/broken
    4xx: A title; answered 200 OK before
      on http://a.test/: “A title”

Mended links
  http://a.test/mended
    was 4xx: failed; answers 200 OK now
      on http://a.test/: “A title”

Pages that the newer crawl did not reach
  http://a.test/behind
    http://a.test/changed, which led to it, was not read, or not to its end

Pages that the older crawl did not see
  http://a.test/under
    http://a.test/down, which led to it, was not read, or not to its end

Pages: 2 new, 2 gone, 1 moved, 3 changed, 1 unreached, 1 unseen. Links: 1 newly
broken, 1 mended. 0 URLs are the same in both.
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestJSON: all of it is in the documented form, and each difference on a line of its own.
func TestJSON(t *testing.T) {
	old, new := everyKind("A title")
	c := open(t, old.file(t), new.file(t), diff.Options{})
	var out bytes.Buffer
	sum, err := diff.Write(t.Context(), &out, c, diff.JSON)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(out.Bytes()))
	dec.DisallowUnknownFields()
	var v diff.Document
	if err := dec.Decode(&v); err != nil || dec.More() {
		t.Fatal(err)
	}
	if v.Summary != diff.Totals(sum) || len(v.Differences) != sum.All() || v.Old.URLs != 8 || v.New.State != crawlfile.Complete || v.Notes == nil {
		t.Errorf("%+v", v)
	}
	kinds := make(map[diff.Kind]int)
	for _, d := range v.Differences {
		kinds[d.Change]++
		if line, err := json.Marshal(d); err != nil || !bytes.Contains(out.Bytes(), append(line, '\n')) {
			t.Errorf("no line %s: %v", line, err)
		}
	}
	for _, k := range diff.Kinds {
		if kinds[k] != sum.Count(k) || kinds[k] == 0 {
			t.Errorf("%d of kind %s, want %d", kinds[k], k, sum.Count(k))
		}
	}
}

// TestForeignTextsAreHarmless in every format.
func TestForeignTextsAreHarmless(t *testing.T) {
	old, now := everyKind("\x1b[31m</script><script>alert(1)</script>\u202e\"&'\x00\x9b\u200b`")
	c := open(t, old.file(t), now.file(t), diff.Options{Title: "<b>\x1b\u202e"})
	for _, format := range diff.Formats {
		var out bytes.Buffer
		if _, err := diff.Write(t.Context(), &out, c, format); err != nil {
			t.Fatal(err)
		}
		for _, r := range out.String() {
			if r != '\n' && unicode.IsControl(r) || format != diff.JSON && unicode.Is(unicode.Cf, r) {
				t.Errorf("%s: the character %U", format, r)
			}
		}
		if format == diff.HTML && (strings.Contains(out.String(), "<script>alert") || strings.Contains(out.String(), "<bdi><b>")) {
			t.Errorf("%s: a foreign element", format)
		}
	}
	if _, err := diff.Write(t.Context(), new(bytes.Buffer), c, "xml"); err == nil {
		t.Error("an unknown format is no error")
	}
}

// TestLongLists: the web page and the text are cut and say so; JSON has all.
func TestLongLists(t *testing.T) {
	old, new := of(ok("/", "home")), of(ok("/", "home"), fails("/bad", 404, page.Client), fails("/worse", 404, page.Client))
	for i := range 20 {
		new.pages = append(new.pages, ok(fmt.Sprintf("/%02d", i), fmt.Sprint(i), "/bad"))
	}
	new.pages = append(new.pages, ok("/x", "x", "/worse"))
	c := open(t, old.file(t), new.file(t), diff.Options{Most: 1})
	for format, want := range map[diff.Format][]string{
		diff.Text: {"      and in 10 places more\n  http://a.test/worse\n"},
		diff.HTML: {"The first 1 of 21.", "and in 15 places more", "The first 1 of 2.", `select(.change == &#34;broken&#34;)`},
	} {
		var out bytes.Buffer
		if _, err := diff.Write(t.Context(), &out, c, format); err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			if !strings.Contains(out.String(), s) {
				t.Errorf("%s: nowhere %q", format, s)
			}
		}
	}
}
