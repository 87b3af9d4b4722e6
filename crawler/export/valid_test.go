package export

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amble/crawler/page"
)

// What other programs demand of the formats is held here: by what the standards say, and by the programs themselves where there are any.

// checkSitemap holds a document to the schemas of sitemaps.org, and returns what it lists: a urlset or a sitemapindex with one entry at
// least, each a loc and then perhaps a lastmod.
func checkSitemap(t *testing.T, b []byte, root, entry string) (locs []string) {
	t.Helper()
	const space = "http://www.sitemaps.org/schemas/sitemap/0.9"
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = true
	var path []string
	var children []string // of the entry
	var text string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if path = append(path, tok.Name.Local); tok.Name.Space != space {
				t.Errorf("%v in the namespace %q", path, tok.Name.Space)
			}
			if len(tok.Attr) > 0 && len(path) > 1 {
				t.Errorf("%v has attributes: %v", path, tok.Attr)
			}
			text = ""
		case xml.CharData:
			text += string(tok)
		case xml.EndElement:
			switch got := strings.Join(path, " "); got {
			case root + " " + entry + " loc":
				locs = append(locs, text)
				children = append(children, "loc")
				if u, err := url.Parse(text); err != nil || !u.IsAbs() || len(text) < 12 || len(text) > 2048 || strings.ContainsAny(text, "|^`{}\\<>\" ") {
					t.Errorf("loc %q (%v)", text, err)
				}
			case root + " " + entry + " lastmod":
				children = append(children, "lastmod")
				if _, err := time.Parse(time.RFC3339, text); err != nil {
					t.Errorf("lastmod %q: %v", text, err)
				}
			case root + " " + entry:
				if c := strings.Join(children, " "); c != "loc" && c != "loc lastmod" {
					t.Errorf("%s is made of %q", got, c)
				}
				children = nil
			case root:
			default:
				t.Errorf("there is an element %s", got)
			}
			path = path[:len(path)-1]
		}
	}
	if len(locs) == 0 || len(locs) > maxSitemapURLs {
		t.Errorf("%d entries", len(locs))
	}
	return locs
}

func TestSitemapsAreValid(t *testing.T) {
	odd := []*page.Page{
		html("http://a.test/x/", func(p *page.Page) { p.LastModified = "Tue, 03 Mar 2026 00:00:00 GMT" }),
		html("http://a.test/x/a|b[c]%5E%zz%4?q=|^[]{}`\\'&x", nil),
		html("http://a.test/x/"+strings.Repeat("|", 700), nil), // too long when encoded
		html("http://a.test/x/"+strings.Repeat("a", 3000), nil),
		html("http://a.test/x/c", nil),
	}
	f := file(t, odd...)
	name := filepath.Join(t.TempDir(), "s[1].xml")
	out, err := Create(name, Options{Base: "http://a.test/x"})
	if err != nil {
		t.Fatal(err)
	}
	out.format.limits = limits{2, maxSitemapBytes}
	sum, err := out.Write(t.Context(), f)
	if err != nil || sum.Pages != 3 || sum.LeftOut != 2 {
		t.Fatalf("%+v, %v", sum, err)
	}
	var locs []string
	for i, file := range sum.Files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if i == len(sum.Files)-1 {
			if names := checkSitemap(t, b, "sitemapindex", "sitemap"); len(names) != 2 || names[1] != "http://a.test/x/s%5B1%5D-2.xml" {
				t.Errorf("the index names %q", names)
			}
			continue
		}
		locs = append(locs, checkSitemap(t, b, "urlset", "url")...)
	}
	want := []string{"http://a.test/x/", "http://a.test/x/a%7Cb%5Bc%5D%5E%25zz%254?q=%7C%5E%5B%5D%7B%7D%60%5C'&x", "http://a.test/x/c"}
	if fmt.Sprint(locs) != fmt.Sprint(want) {
		t.Errorf("listed %q, want %q", locs, want)
	}
}

func TestEmptySitemapSaysWhy(t *testing.T) {
	hindered := []*page.Page{
		{URL: "http://a.test/gone", Status: 404, ContentType: "text/html", Robots: "noindex", Err: &page.Error{Class: page.Client}},
		{URL: "http://a.test/wait", Err: &page.Error{Class: page.Robots}},
		html("http://a.test/pdf", func(p *page.Page) { p.ContentType = "application/pdf" }),
		html("http://a.test/none", func(p *page.Page) { p.ContentType = "" }),
		html("http://a.test/no", func(p *page.Page) { p.Robots = "noindex,nofollow" }),
		html("http://a.test/other", func(p *page.Page) { p.Canonical = "http://a.test/" }),
		html("http://a.test/copy", func(p *page.Page) { p.DuplicateOf = "http://a.test/" }),
	}
	for _, c := range []struct {
		o     Options
		pages []*page.Page
		want  string
	}{
		{Options{}, nil, "the crawl file has no pages"},
		{Options{Where: "depth = 9"}, hindered, "the condition is true of no page"},
		{Options{}, hindered, "of the pages crawled, 2 not answered with 200, 2 not HTML, 1 noindex, 1 with another page as canonical, 1 duplicates"},
		{Options{Where: "status is null"}, hindered, "of the pages that the condition chooses, 1 not answered with 200"},
		{Options{Base: "http://b.test/x"}, []*page.Page{html("http://a.test/", nil)}, "of the pages crawled, 1 not below http://b.test/x/"},
	} {
		name := filepath.Join(t.TempDir(), "s.xml")
		out, err := Create(name, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(t.Context(), file(t, c.pages...)); !errors.Is(err, ErrEmpty) || !strings.HasSuffix(err.Error(), ": "+c.want) {
			t.Errorf("%+v: %v, want ErrEmpty: %s", c.o, err, c.want)
		}
		if left, _ := os.ReadDir(filepath.Dir(name)); len(left) > 0 {
			t.Errorf("%+v: there is %v", c.o, left)
		}
	}
}

// TestNetworkXReadsGraphs as they were meant. It needs Python with NetworkX, as in Debian's python3-networkx.
func TestNetworkXReadsGraphs(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import networkx").Run(); err != nil {
		t.Skip("there is no NetworkX: ", err)
	}
	const title = `"<b>&amp;'` + "é\U0001F980"
	pages := []*page.Page{
		html("http://a.test/?a=1&b=<2>", func(p *page.Page) {
			p.Title = title
			p.Links = []page.Link{{URL: "http://a.test/b", Text: "one"}, {URL: "http://a.test/b", Text: "two", Rel: "nofollow"}}
		}),
		{URL: "http://a.test/b", Depth: 1, Status: 301, Redirect: "http://a.test/?a=1&b=<2>"},
	}
	const script = `
import sys, networkx
read = {"graphml": networkx.read_graphml, "gexf": lambda f: networkx.read_gexf(f, version="1.2draft")}[sys.argv[1]]
g = read(sys.stdin.buffer)
assert g.is_directed() and g.is_multigraph(), type(g)
for _, n in sorted(g.nodes(data=True)):
    print(n["url"], n["depth"] + 1, n["status"] + 1, n.get("title", "-"), n.get("content_type", "-"))
for a, b, e in sorted(((g.nodes[a]["url"], g.nodes[b]["url"], e) for a, b, e in g.edges(data=True)), key=str):
    print(a, b, e["kind"], e.get("rel", "-"), e.get("text", "-"))
`
	want := "http://a.test/?a=1&b=<2> 1 201 " + title + " text/html\nhttp://a.test/b 2 302 - -\n" +
		"http://a.test/?a=1&b=<2> http://a.test/b link nofollow two\nhttp://a.test/?a=1&b=<2> http://a.test/b link - one\n" +
		"http://a.test/b http://a.test/?a=1&b=<2> redirect - -\n"
	for _, format := range []Format{GraphML, GEXF} {
		cmd := exec.Command(python, "-c", script, string(format))
		cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
		cmd.Stdin = strings.NewReader(write(t, format, pages...))
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", format, err, out, want)
		}
	}
}
