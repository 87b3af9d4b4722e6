package report_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func parse(t testing.TB, doc string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// voids are elements without an end tag.
var voids = []string{"meta", "link", "br", "hr", "img", "input", "col", "wbr"}

// checkValid holds a report against what every page must keep: tags are closed in the order in which they were opened, ids are unique, what is
// pointed at is there, and nothing is loaded or run but the page's own script.
func checkValid(t testing.TB, doc string) {
	t.Helper()
	var open []string
	scripts := 0
	for z := html.NewTokenizer(strings.NewReader(doc)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			break
		}
		switch tok := z.Token(); {
		case kind == html.StartTagToken && !slices.Contains(voids, tok.Data):
			open = append(open, tok.Data)
		case kind == html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> closes %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("not closed: %v", open)
	}
	ids := make(map[string]bool)
	var refs []string
	for n := range parse(t, doc).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			scripts++
		case "img", "iframe", "object", "embed", "link", "video", "audio", "base", "form", "use", "image":
			t.Errorf("<%s> in the report", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				if ids[a.Val] || a.Val == "" {
					t.Errorf("id %q twice or empty", a.Val)
				}
				ids[a.Val] = true
			case a.Key == "aria-labelledby" || a.Key == "for" || a.Key == "aria-describedby":
				refs = append(refs, strings.Fields(a.Val)...)
			case a.Key == "href":
				if id, ok := strings.CutPrefix(a.Val, "#"); ok {
					refs = append(refs, id)
				} else if !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") {
					t.Errorf("<%s> leads to %s", n.Data, a.Val)
				}
			case a.Key == "src" || a.Key == "style" || a.Key == "srcset" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
	for _, id := range refs {
		if !ids[id] {
			t.Errorf("nothing has the id %q, which something points at", id)
		}
	}
	if scripts != 1 || !strings.Contains(doc, "default-src &#39;none&#39;") {
		t.Errorf("%d scripts, want one, and a policy", scripts)
	}
}

// rowsOf are the rows of a table, as text.
func rowsOf(doc *html.Node, id string) (rows []string) {
	for n := range doc.Descendants() {
		if n.Data != "table" || attr(n, "id") != id {
			continue
		}
		for tr := range n.Descendants() {
			if tr.Data != "tr" {
				continue
			}
			var cells []string
			for td := range tr.ChildNodes() {
				if td.Data == "td" {
					cells = append(cells, textOf(td))
				}
			}
			if cells != nil {
				rows = append(rows, strings.Join(cells, " | "))
			}
		}
	}
	return rows
}

func textOf(n *html.Node) string {
	var parts []string
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			parts = append(parts, strings.Fields(c.Data)...)
		}
	}
	return strings.Join(parts, " ")
}
