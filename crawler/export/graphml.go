package export

import (
	"bufio"
	"fmt"
	"strconv"

	"amble/crawler/page"
)

// graphML writes GraphML 1.0 (graphml.graphdrawing.org).
type graphML struct {
	w       *bufio.Writer
	columns []*Column
}

func (g *graphML) begin() {
	g.w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
  <key id="url" for="node" attr.name="url" attr.type="string"/>
`)
	for _, c := range g.columns {
		fmt.Fprintf(g.w, "  <key id=\"%s\" for=\"node\" attr.name=\"%s\" attr.type=\"%s\"/>\n", c.Name, c.Name, xmlType(c.Kind))
	}
	for _, part := range edgeParts {
		fmt.Fprintf(g.w, "  <key id=\"edge-%s\" for=\"edge\" attr.name=\"%s\" attr.type=\"string\"/>\n", part, part)
	}
	g.w.WriteString("  <graph id=\"crawl\" edgedefault=\"directed\">\n")
}

func (g *graphML) node(n uint32, p *page.Page) {
	fmt.Fprintf(g.w, "    <node id=\"n%d\"><data key=\"url\">%s</data>", n, xmlText(p.URL))
	for _, c := range g.columns {
		if v := nodeValue(c, p); v != "" {
			fmt.Fprintf(g.w, "<data key=\"%s\">%s</data>", c.Name, xmlText(v))
		}
	}
	g.w.WriteString("</node>\n")
}

func (g *graphML) middle() {}

func (g *graphML) edge(n int64, e edge) {
	fmt.Fprintf(g.w, "    <edge id=\"e%d\" source=\"n%d\" target=\"n%d\">", n, e.from, e.to)
	for i, v := range e.parts() {
		if v != "" {
			fmt.Fprintf(g.w, "<data key=\"edge-%s\">%s</data>", edgeParts[i], xmlText(v))
		}
	}
	g.w.WriteString("</edge>\n")
}

func (g *graphML) end() { g.w.WriteString("  </graph>\n</graphml>\n") }

// xmlType is the type of a column's values in GraphML and in GEXF; a list is the number of its elements.
func xmlType(k Kind) string {
	switch k {
	case KindInteger, KindList:
		return "long"
	case KindNumber:
		return "double"
	case KindBoolean:
		return "boolean"
	}
	return "string"
}

// nodeValue is the value of a node's column as text; "" if it is missing.
func nodeValue(c *Column, p *page.Page) string {
	if c.Kind == KindList {
		return strconv.FormatInt(c.count(p), 10)
	}
	return plain(c.of(p))
}
