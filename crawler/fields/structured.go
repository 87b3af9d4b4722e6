package fields

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"amble/crawler/extract"
)

// gathering is what a page says in structured data: names and values, those of OpenGraph first, then JSON-LD, then microdata.
type gathering struct {
	pairs []pair
	size  int
	notes []string
}

type pair struct{ name, value string }

// maxPairs is how many values are gathered of a page.
const maxPairs = 20_000

func (g *gathering) note(format string, args ...any) {
	g.notes = append(g.notes, fmt.Sprintf(format, args...))
}

func (g *gathering) full() bool { return len(g.pairs) == maxPairs || g.size > 2*MaxTotal }

// add adds a value, and reports whether there is room for more.
func (g *gathering) add(name, value string) bool {
	if g.full() {
		return false
	}
	name, value = extract.Collapse(name, MaxName), extract.Collapse(value, MaxValue)
	if value != "" {
		g.pairs = append(g.pairs, pair{name, value})
		g.size += len(name) + len(value)
	}
	return true
}

// gather reads the page's structured data once.
func (d *document) gather() *gathering {
	if d.gathered != nil {
		return d.gathered
	}
	g := &gathering{}
	d.gathered = g
	for i := range d.elements {
		n := d.elements[i].node
		if n.Data != "meta" {
			continue
		}
		if name := openGraph(n); name != "" {
			g.add(name, d.content(n, name))
		}
	}
	g.jsonLD(d)
	g.microdata(d)
	return g
}

// openGraph is the OpenGraph property that a meta element states (ogp.me); "" if it is none. Those of the protocol itself are often
// written as names.
func openGraph(n *html.Node) string {
	if p, ok := attribute(n, "property"); ok {
		p = strings.ToLower(strings.TrimSpace(p))
		switch prefix, _, _ := strings.Cut(p, ":"); prefix {
		case "og", "article", "book", "profile", "music", "video", "product":
			if prefix != p {
				return p
			}
		}
	}
	if p, ok := attribute(n, "name"); ok {
		if p = strings.ToLower(strings.TrimSpace(p)); strings.HasPrefix(p, "og:") {
			return p
		}
	}
	return ""
}

// isMeta reports whether an element is a meta element of a name or property. It may have both.
func isMeta(n *html.Node, name string) bool {
	if n.Data != "meta" || n.Namespace != "" {
		return false
	}
	for _, a := range n.Attr {
		if (a.Key == "name" || a.Key == "property") && strings.EqualFold(strings.TrimSpace(a.Val), name) {
			return true
		}
	}
	return false
}

// content is what a meta element of a name says.
func (d *document) content(n *html.Node, name string) string {
	v, _ := attribute(n, "content")
	switch name {
	case "og:url", "og:image", "og:image:url", "og:image:secure_url", "og:video", "og:video:url", "og:video:secure_url", "og:audio", "og:audio:url",
		"og:audio:secure_url":
		return d.value(v, true)
	}
	return d.value(v, false)
}

// typeName is the name of a type without the vocabulary that it is from: Product of https://schema.org/Product.
func typeName(t string) string {
	t = strings.TrimRight(strings.TrimSpace(t), "/#")
	return t[strings.LastIndexAny(t, "/#:")+1:]
}

// join makes a path of names.
func join(path, name string) string {
	if strings.HasSuffix(path, ":") {
		return path + name
	}
	return path + "." + name
}
