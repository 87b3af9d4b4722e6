package fields

import (
	"iter"
	"strings"

	"golang.org/x/net/html"
)

// visitCost is what reading one element's properties counts as. Items may refer to each other so that the same ones are read any number of times.
const visitCost = 50

// items reads microdata (HTML, "microdata").
type items struct {
	d    *document
	g    *gathering
	ids  map[string]*html.Node
	open map[*html.Node]bool // items that are being read: one may refer to what it stands in
}

func (g *gathering) microdata(d *document) {
	m := items{d: d, g: g, open: make(map[*html.Node]bool)}
	for i := range d.elements {
		n := d.elements[i].node
		if !has(n, "itemscope") || has(n, "itemprop") {
			continue
		}
		if m.done() {
			return
		}
		path := "microdata:"
		if t := m.itemType(n); t != "" {
			g.add(path+"@type", t)
			path += t
		}
		m.item(n, path)
	}
}

func has(n *html.Node, attr string) bool {
	_, ok := attribute(n, attr)
	return ok
}

// done reports whether no more is wanted, or may be looked at.
func (m *items) done() bool { return m.g.full() || m.d.work <= 0 }

// words are those of an attribute, which may be as long as the page and be read for each item that refers to its element.
func (m *items) words(n *html.Node, attr string) iter.Seq[string] {
	v, _ := attribute(n, attr)
	m.d.spend(len(v) / readStep)
	return strings.FieldsSeq(v)
}

func (m *items) itemType(n *html.Node) string {
	for t := range m.words(n, "itemtype") {
		return typeName(t)
	}
	return ""
}

// item takes the properties of an item.
func (m *items) item(n *html.Node, path string) {
	if m.open[n] || len(m.open) > maxJSONNesting || len(path) > MaxName {
		return
	}
	m.open[n] = true
	defer delete(m.open, n)
	if id := m.d.attribute(n, "itemid"); id != "" {
		m.g.add(join(path, "@id"), id)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		m.within(c, path)
	}
	for ref := range m.words(n, "itemref") {
		if m.done() || !m.d.spend(visitCost) {
			return
		}
		if at := m.byID(ref); at != nil {
			m.within(at, path)
		}
	}
}

// within takes the properties of an item in an element and below.
func (m *items) within(n *html.Node, path string) {
	if n.Type != html.ElementNode || n.Data == "template" {
		return
	}
	if m.done() || !m.d.spend(visitCost) {
		return
	}
	nested := has(n, "itemscope")
	for prop := range m.words(n, "itemprop") {
		if !m.d.spend(visitCost) {
			return
		}
		prop = prop[strings.LastIndexAny(prop, "/#")+1:]
		at := join(path, prop)
		if !nested {
			if !m.g.add(at, m.value(n)) {
				return
			}
			continue
		}
		if t := m.itemType(n); t != "" {
			m.g.add(join(at, "@type"), t)
		}
		m.item(n, at)
	}
	if nested {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		m.within(c, path)
	}
}

// value is the value of a property (HTML, "values").
func (m *items) value(n *html.Node) string {
	name := ""
	switch n.Data {
	case "meta":
		name = "content"
	case "audio", "embed", "iframe", "img", "source", "track", "video":
		name = "src"
	case "a", "area", "link":
		name = "href"
	case "object":
		name = "data"
	case "data", "meter":
		name = "value"
	case "time":
		if has(n, "datetime") {
			name = "datetime"
		}
	}
	if v, ok := attribute(n, "content"); ok && name == "" { // as many write it, and search engines read it
		return m.d.value(v, false)
	}
	return m.d.of(n, name)
}

func (m *items) byID(id string) *html.Node {
	if m.ids == nil {
		m.ids = make(map[string]*html.Node)
		for i := range m.d.elements {
			n := m.d.elements[i].node
			if v, _ := attribute(n, "id"); v != "" && m.ids[v] == nil {
				m.ids[v] = n
			}
		}
	}
	return m.ids[id]
}
