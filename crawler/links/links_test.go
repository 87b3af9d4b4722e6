package links_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"amble/crawler/crawlfile"
	"amble/crawler/links"
	"amble/crawler/page"
)

// hostile makes a crawl file whose texts and places would act on a terminal, and break XML and JSON that did not escape them; n pages link to one URL.
func hostile(t *testing.T, n int) *crawlfile.File {
	t.Helper()
	f, err := crawlfile.Create(t.Context(), filepath.Join(t.TempDir(), "c.db"), crawlfile.Info{Seeds: []string{"http://a.test/"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	evil := "\x1b[31m</failure>]]>\u202e\"&\x00\x9b"
	var b crawlfile.Batch
	b.Pages = append(b.Pages,
		&page.Page{URL: "http://a.test/gone", Depth: 1, Attempts: 1, Status: 404, Err: &page.Error{Class: page.Client, Text: "404 " + evil}},
		&page.Page{URL: "http://a.test/", Attempts: 1, Status: 200, IDs: []string{}, Fragments: []page.Fragment{{URL: "http://a.test/", ID: evil}}})
	for i := range n {
		b.Pages = append(b.Pages, &page.Page{
			URL: fmt.Sprintf("http://a.test/%d", i), Depth: 1, Attempts: 1, Status: 200, Links: []page.Link{{URL: "http://a.test/gone", Text: evil}},
		})
	}
	if err := f.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestForeignTextsAreHarmless in every format, each of which can be read by a reader of its kind.
func TestForeignTextsAreHarmless(t *testing.T) {
	f := hostile(t, 150)
	for _, format := range links.Formats {
		var out bytes.Buffer
		n, err := links.Write(t.Context(), &out, f, format)
		if err != nil || n.Links != 151 || n.URLs != 2 {
			t.Fatalf("%s: %+v, %v", format, n, err)
		}
		if i := bytes.IndexAny(out.Bytes(), "\x1b\x00"); i >= 0 {
			t.Errorf("%s: a control character at %d", format, i)
		}
		switch format {
		case links.JSON:
			var v struct {
				Broken []struct{ URL, Reason string }
			}
			if err := json.Unmarshal(out.Bytes(), &v); err != nil || len(v.Broken) != 151 {
				t.Errorf("%d broken links, %v", len(v.Broken), err)
			}
		case links.JUnit:
			var v struct {
				Suites []struct {
					Tests    int `xml:"tests,attr"`
					Failures int `xml:"failures,attr"`
					Cases    []struct {
						Name    string `xml:"name,attr"`
						Failure *struct {
							Text string `xml:",chardata"`
						} `xml:"failure"`
					} `xml:"testcase"`
				} `xml:"testsuite"`
			}
			if err := xml.Unmarshal(out.Bytes(), &v); err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, c := range v.Suites[0].Cases {
				if c.Failure != nil {
					failed++
				}
				if c.Name == "http://a.test/gone" && !strings.Contains(c.Failure.Text, "and 50 more") {
					t.Errorf("the failure does not say that there are more pages: %.200s", c.Failure.Text)
				}
			}
			if s := v.Suites[0]; s.Tests != len(s.Cases) || s.Failures != failed || failed != 2 {
				t.Errorf("%d tests and %d failures are announced, %d and %d are there", s.Tests, s.Failures, len(s.Cases), failed)
			}
		}
	}
}

// TestRedirectsWithoutEndAreBroken: each of them is an answer, and no browser comes to an end of them.
func TestRedirectsWithoutEndAreBroken(t *testing.T) {
	f, err := crawlfile.Create(t.Context(), filepath.Join(t.TempDir(), "c.db"), crawlfile.Info{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	to := func(url, redirect string) *page.Page {
		return &page.Page{URL: "http://a.test" + url, Attempts: 1, Status: 302, Redirect: "http://a.test" + redirect}
	}
	home := &page.Page{URL: "http://a.test/", Attempts: 1, Status: 200}
	for _, name := range []string{"in", "ping", "fine", "far", "lost"} {
		home.Links = append(home.Links, page.Link{URL: "http://a.test/" + name})
	}
	err = f.Commit(t.Context(), &crawlfile.Batch{Pages: []*page.Page{
		home, to("/in", "/ping"), to("/ping", "/pong"), to("/pong", "/peng"), to("/peng", "/ping"),
		to("/fine", "/fine2"), to("/fine2", "/"), to("/far", "/not-fetched"), to("/lost", "/lost2"), to("/lost2", "/gone"),
		{URL: "http://a.test/gone", Attempts: 1, Status: 410, Err: &page.Error{Class: page.Client, Text: "410 Gone"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := links.Write(t.Context(), &out, f, links.Text); err != nil {
		t.Fatal(err)
	}
	const want = `http://a.test/in
  redirect: 302 into a circle of redirects
    on http://a.test/
http://a.test/lost
  410 Gone, at http://a.test/gone, to which it redirects
    on http://a.test/
http://a.test/ping
  redirect: 302 into a circle of redirects
    on http://a.test/

3 broken links to 3 URLs; 11 URLs asked for: 11 pages and 0 checks.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	out.Reset()
	if _, err := links.Write(t.Context(), &out, f, links.JUnit); err != nil || strings.Count(out.String(), "<failure") != 3 {
		t.Errorf("JUnit, %v: %s", err, &out)
	}
}
