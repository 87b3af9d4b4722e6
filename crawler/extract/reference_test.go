package extract

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"amble/frontier/canon"
)

// realPages is where some hundred pages stand on a machine with Python's documentation, in Debian's place for it.
const realPages = "/usr/share/doc/python3.11/html"

// fromTree reads a page by way of the full parser: slow and simple, it is what HTML is held against.
func fromTree(t testing.TB, body []byte, base canon.URL) (title string, links, images []string) {
	t.Helper()
	root, err := html.ParseWithOptions(bytes.NewReader(body), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Skipf("the parser gives up: %v", err)
	}
	titled, based := false, false
	var hrefs, srcs []string
	value := func(n *html.Node, space, key string) (string, bool) {
		for _, a := range n.Attr {
			if a.Namespace == space && a.Key == key {
				return a.Val, true
			}
		}
		return "", false
	}
	hidden := func(n *html.Node) bool {
		for n = n.Parent; n != nil; n = n.Parent {
			switch n.Data {
			case "template":
				if n.Namespace == "" {
					return true
				}
			case "script", "style": // in svg too, where their content is parsed
				return true
			}
		}
		return false
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || hidden(n) {
			continue
		}
		href, hasHref := value(n, "", "href")
		src, _ := value(n, "", "src")
		switch n.Namespace + ":" + n.Data {
		case ":a", ":area":
			if hasHref {
				hrefs = append(hrefs, href)
			}
		case "svg:a", "math:a":
			if x, ok := value(n, "xlink", "href"); hasHref {
				hrefs = append(hrefs, href)
			} else if ok {
				hrefs = append(hrefs, x)
			}
		case ":iframe", ":frame":
			if strings.TrimSpace(src) != "" {
				hrefs = append(hrefs, src)
			}
		case ":img":
			if strings.TrimSpace(src) != "" {
				srcs = append(srcs, src)
			}
		case ":base":
			if hasHref && !based {
				based = true
				if u, err := base.Resolve(href); err == nil {
					base = u
				}
			}
		case ":title":
			if !titled {
				titled = true
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					title += c.Data
				}
			}
		}
	}
	resolve := func(refs []string) (urls []string) {
		seen := make(map[string]bool)
		for _, r := range refs {
			if u, err := base.Resolve(r); err == nil && !seen[u.String()] {
				seen[u.String()] = true
				urls = append(urls, u.String())
			}
		}
		return urls
	}
	return strings.Join(strings.Fields(title), " "), resolve(hrefs), resolve(srcs)
}

// compare holds HTML against fromTree. Of a broken page the order is left out: the parser moves elements out of tables.
func compare(t *testing.T, body []byte, inOrder bool) (links int) {
	t.Helper()
	base := mustParse(t, here)
	title, links1, images1 := fromTree(t, body, base)
	p := HTML(body, base, nil)
	var links2, images2 []string
	for _, l := range p.Links {
		links2 = append(links2, l.URL)
	}
	for _, i := range p.Images {
		images2 = append(images2, i.Src)
	}
	if !inOrder {
		for _, l := range [][]string{links1, links2, images1, images2} {
			slices.Sort(l)
		}
	}
	d := cmp.Diff(title, p.Title) + cmp.Diff(links1, links2) + cmp.Diff(images1, images2)
	if d != "" {
		shown := body
		if len(shown) > 2000 {
			shown = shown[:2000]
		}
		t.Errorf("(-tree +HTML)\n%s\nin\n%s", d, shown)
	}
	return len(links2)
}

// pieces are what the generated pages are made of. Left out is what the parser drops by the tree (in select, frames outside a
// frameset), and what would need the tree: end tags that break out of svg or its descriptions only if their element is open.
var pieces = []string{
	"text ", "&amp;", "<p>", "</p>", "<div>d</div>", "<div>", "<b>b</b>", "<b>", "<br/>", "<ul><li>l</ul>", "<table><tr><td>t</table>", "<table><td>", "<span>", "</x>",
	"<a href=/@>", "<a href='@'>", "<A HREF=\"?@\">", "<a name=@>", "<a href=/@ rel=nofollow>x</a>", "</a>", "</a>", "<a href=#@>", "<a href=/dup>", "<a href= >",
	"<area href=/area@>", "<iframe src=/if@>", "</iframe>", "<img src=/i@ alt=a>", "<image src=/im@>", "<img src=data:@>", "<a href=mailto:@>",
	"<script>", "</script>", "<script><!-- <script>", "-->", "<style>", "</style>", "<textarea>", "</textarea>", "<xmp>", "</xmp>", "<noscript>", "</noscript>",
	"<noembed>", "</noembed>", "<template>", "</template>", "<!--", "-->", "<!>", "<?x>", "</>", "<![CDATA[ x ]]>", "<svg><![CDATA[<a href=/no@>]]></svg>", "<", ">", "\"", "'", "=", "\x00", "\r\n",
	"<svg>", "</svg>", "<svg>", "</svg>", "<svg/>", "<title>t@</title>", "<svg><title>i@</title></svg>", "<style/>", "<a xlink:href=/xl@>",
	"<path/>", "<g>", "</g>", "<desc>d</desc>", "<desc><a href=/de@></a></desc>", "<foreignObject><iframe src=/fo@></iframe></foreignObject>", "<base href=/b@/>", "<base>", "<x-y href=/no@>", "<p title='<a href=/no@>'>", "<p x=\"", "<a\thref=/t@\n>",
}

func TestGeneratedPagesAgreeWithTheTree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n, links := 20_000, 0
	if testing.Short() || underRace {
		n = 2_000
	}
	for range n {
		var b strings.Builder
		b.WriteString("<!DOCTYPE html><body>")
		for range 1 + r.IntN(14) {
			b.WriteString(strings.ReplaceAll(pieces[r.IntN(len(pieces))], "@", fmt.Sprint(r.IntN(1000))))
		}
		links += compare(t, []byte(b.String()), false)
		if t.Failed() {
			return
		}
	}
	if links < n/4 {
		t.Errorf("%d pages with %d links prove little", n, links)
	}
}

func TestRealPagesAgreeWithTheTree(t *testing.T) {
	files, links := 0, 0
	err := filepath.WalkDir(realPages, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".html" {
			return err
		}
		if files++; (testing.Short() || underRace) && files%10 != 0 {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if links += compare(t, body, true); t.Failed() {
			t.Logf("in %s", path)
		}
		return nil
	})
	if os.IsNotExist(err) || files == 0 {
		t.Skipf("no pages in %s: Debian's python3.11-doc has them", realPages)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d links", files, links)
}
