package fields

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// JSON-LD is read as the tree that it is written as: names are not looked up in any context, and references are not followed.

const (
	maxJSON        = 1 << 20 // bytes of a page's scripts together
	maxJSONNesting = 32      // objects and lists in one another
)

const jsonPrefix = "jsonld:"

func (g *gathering) jsonLD(d *document) {
	room := maxJSON
	for i := range d.elements {
		n := d.elements[i].node
		if n.Data != "script" || n.Namespace != "" || !isJSONLD(n) {
			continue
		}
		var b strings.Builder
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			b.WriteString(c.Data)
		}
		if room -= b.Len(); room < 0 {
			g.note("its JSON-LD has more than %d KiB: the rest is left out", maxJSON>>10)
			return
		}
		dec := json.NewDecoder(strings.NewReader(unwrapped(b.String())))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil || dec.More() {
			g.note("a script of type application/ld+json is no JSON: it is left out")
			continue
		}
		g.node(v, 0)
	}
}

func isJSONLD(n *html.Node) bool {
	t, _ := attribute(n, "type")
	t, _, _ = strings.Cut(t, ";")
	return strings.EqualFold(strings.TrimSpace(t), "application/ld+json")
}

// unwrapped is s without what some put around scripts for readers of XML.
func unwrapped(s string) string {
	s = strings.TrimSpace(s)
	for _, w := range [][2]string{{"//", ""}, {"<!--", "-->"}, {"/*", ""}, {"<![CDATA[", "]]>"}, {"*/", ""}} {
		if strings.HasPrefix(s, w[0]) {
			s = strings.TrimSpace(strings.TrimPrefix(s, w[0]))
			s = strings.TrimSpace(strings.TrimSuffix(strings.TrimRight(strings.TrimSuffix(s, "*/"), " \t\r\n/*"), w[1]))
		}
	}
	return s
}

// node takes an object at the top, or a list of them.
func (g *gathering) node(v any, depth int) {
	if depth > maxJSONNesting {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			g.node(e, depth+1)
		}
	case map[string]any:
		if _, ok := v["@value"]; ok { // no object but a text
			return
		}
		path := jsonPrefix
		for i, t := range types(v) {
			g.add(jsonPrefix+"@type", t)
			if i == 0 {
				path += t
			}
		}
		g.properties(path, v, depth)
		if graph, ok := v["@graph"]; ok {
			g.node(graph, depth+1)
		}
	}
}

// types are the names of an object's types.
func types(v map[string]any) (names []string) {
	switch t := v["@type"].(type) {
	case string:
		names = append(names, typeName(t))
	case []any:
		for _, e := range t {
			if s, ok := e.(string); ok {
				names = append(names, typeName(s))
			}
		}
	}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

func (g *gathering) properties(path string, v map[string]any, depth int) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		switch name {
		case "@context", "@type", "@graph":
		default:
			g.value(join(path, name), v[name], depth+1)
		}
	}
}

// value takes the value of a property.
func (g *gathering) value(path string, v any, depth int) {
	if depth > maxJSONNesting || len(path) > MaxName {
		return
	}
	switch v := v.(type) {
	case string:
		g.add(path, v)
	case json.Number:
		g.add(path, v.String())
	case bool:
		g.add(path, map[bool]string{true: "true", false: "false"}[v])
	case []any:
		for _, e := range v {
			g.value(path, e, depth+1)
		}
	case map[string]any:
		for _, wrapped := range []string{"@value", "@list", "@set"} {
			if inner, ok := v[wrapped]; ok {
				g.value(path, inner, depth+1)
				return
			}
		}
		for _, t := range types(v) {
			g.add(join(path, "@type"), t)
		}
		g.properties(path, v, depth)
	}
}
