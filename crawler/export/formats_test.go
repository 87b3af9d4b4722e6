package export

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"amble/crawler/page"
)

func html(url string, change func(*page.Page)) *page.Page {
	p := &page.Page{URL: url, Status: 200, ContentType: "text/html", FetchedAt: fetched}
	if change != nil {
		change(p)
	}
	return p
}

func TestSitemapListsWhatIsIndexable(t *testing.T) {
	got := write(t, Sitemap,
		html("http://a.test/", nil),
		html("http://a.test/self?a&b", func(p *page.Page) { p.Canonical, p.LastModified = p.URL, "Tue, 03 Mar 2026 00:00:00 GMT" }),
		html("http://a.test/now", func(p *page.Page) { p.LastModified = "Wed, 04 Mar 2026 04:06:07 GMT" }),
		html("http://a.test/other", func(p *page.Page) { p.Canonical = "http://a.test/" }),
		html("http://a.test/noindex", func(p *page.Page) { p.Robots = "noindex, nofollow" }),
		html("http://a.test/copy", func(p *page.Page) { p.DuplicateOf = "http://a.test/" }),
		html("http://a.test/pdf", func(p *page.Page) { p.ContentType = "application/pdf" }),
		html("http://a.test/gone", func(p *page.Page) { p.Status, p.Err = 404, &page.Error{Class: page.Client} }),
		html("http://b.test/", nil))
	want := urlsetHead + "  <url><loc>http://a.test/</loc></url>\n  <url><loc>http://a.test/now</loc></url>\n" +
		"  <url><loc>http://a.test/self?a&amp;b</loc><lastmod>2026-03-03T00:00:00Z</lastmod></url>\n" + urlsetTail
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLargeSitemapIsAnIndex(t *testing.T) {
	f := file(t, html("http://a.test/x/1", nil), html("http://a.test/x/2", nil), html("http://a.test/x/3", nil), html("http://a.test/4", nil))
	name := filepath.Join(t.TempDir(), "s.xml")
	out, err := Create(name, Options{Base: "HTTP://a.test/x"})
	if err != nil {
		t.Fatal(err)
	}
	out.format.limits = limits{2, 1 << 20}
	sum, err := out.Write(t.Context(), f)
	if err != nil || sum.Pages != 3 || sum.LeftOut != 1 || len(sum.Files) != 3 {
		t.Fatalf("%+v, %v", sum, err)
	}
	index, _ := os.ReadFile(name)
	if want := indexHead + "  <sitemap><loc>http://a.test/x/s-1.xml</loc></sitemap>\n  <sitemap><loc>http://a.test/x/s-2.xml</loc></sitemap>\n" + indexTail; string(index) != want {
		t.Errorf("index:\n%s", index)
	}
	if names, _ := os.ReadDir(filepath.Dir(name)); len(names) != 3 {
		t.Errorf("%v beside the index", names)
	}
	p, _ := Options{Format: Sitemap}.parse()
	p.limits = limits{2, 1 << 20}
	s, err := f.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b bytes.Buffer
	if _, err := p.writeSitemap(t.Context(), &b, s); !errors.Is(err, ErrTooLarge) || b.Len() > 0 {
		t.Errorf("%v after %d bytes, want ErrTooLarge", err, b.Len())
	}
}

func TestGraphsAreWellFormedWhateverPagesHold(t *testing.T) {
	evil := "\"]; <a>&amp; \\ \x1b\x00\ufffe\n'"
	pages := []*page.Page{
		html("http://a.test/", func(p *page.Page) {
			p.Title, p.Links = evil, []page.Link{{URL: "http://a.test/b", Text: evil, Rel: evil}, {URL: "http://elsewhere.test/"}}
		}),
		{URL: "http://a.test/b", Depth: 1, Status: 301, Redirect: "http://a.test/"},
	}
	for _, format := range []Format{GraphML, GEXF} {
		got := write(t, format, pages...)
		if err := xml.Unmarshal([]byte(got), new(struct{})); err != nil {
			t.Errorf("%s: %v\n%s", format, err, got)
		}
		if strings.Count(got, "<node ") != 2 || strings.Count(got, "<edge ") != 2 {
			t.Errorf("%s: not two nodes and two edges:\n%s", format, got)
		}
	}
	want := "digraph crawl {\n\trankdir=LR;\n\tnode [shape=box];\n" +
		`	n0 [label="http://a.test/", URL="http://a.test/", depth="0", status="200", title="\"]; <a>&amp;amp; \\ ` + "\ufffe" + ` '", content_type="text/html"];` + "\n" +
		`	n1 [label="http://a.test/b", URL="http://a.test/b", depth="1", status="301"];` + "\n" +
		`	n0 -> n1 [rel="\"]; <a>&amp;amp; \\ ` + "\ufffe" + ` '", tooltip="\"]; <a>&amp;amp; \\ ` + "\ufffe" + ` '"];` + "\n" +
		`	n1 -> n0 [kind="redirect", style=dashed];` + "\n}\n"
	got := write(t, DOT, pages...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if dot, err := exec.LookPath("dot"); err == nil {
		cmd := exec.Command(dot, "-Tcanon")
		cmd.Stdin = strings.NewReader(got)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("Graphviz: %v\n%s", err, out)
		}
	}
}

func TestParquet(t *testing.T) {
	var b bytes.Buffer
	if err := Write(t.Context(), &b, file(t, sample()...), Parquet); err != nil {
		t.Fatal(err)
	}
	type row struct {
		URL       string     `parquet:"url"`
		Status    *int64     `parquet:"status,optional"`
		FetchedAt *time.Time `parquet:"fetched_at,optional,timestamp(millisecond)"`
		Links     []struct {
			Rel  string `parquet:"rel"`
			Text string `parquet:"text"`
			URL  string `parquet:"url"`
		} `parquet:"links,list"`
		Images []struct {
			Alt string `parquet:"alt"`
			Src string `parquet:"src"`
		} `parquet:"images,list"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; *r.Status != 200 || !r.FetchedAt.Equal(fetched) || len(r.Links) != 2 || r.Links[1].Rel != "next" || r.Images[0].Src != "http://a.test/i.png" {
		t.Errorf("%+v", r)
	}
	if r := rows[1]; r.URL != "http://a.test/a" || r.Status != nil || len(r.Links) != 0 {
		t.Errorf("%+v", r)
	}
}
