package export

import (
	"bufio"
	"fmt"

	"amble/crawler/page"
)

// gexf writes GEXF 1.2 (gexf.net), which more programs read than 1.3. Attributes go by number there.
type gexf struct {
	w       *bufio.Writer
	columns []*Column
}

func (g *gexf) begin() {
	g.w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
  <graph mode="static" defaultedgetype="directed">
    <attributes class="node">
      <attribute id="0" title="url" type="string"/>
`)
	for i, c := range g.columns {
		fmt.Fprintf(g.w, "      <attribute id=\"%d\" title=\"%s\" type=\"%s\"/>\n", i+1, c.Name, xmlType(c.Kind))
	}
	g.w.WriteString("    </attributes>\n    <attributes class=\"edge\">\n")
	for i, part := range edgeParts {
		fmt.Fprintf(g.w, "      <attribute id=\"%d\" title=\"%s\" type=\"string\"/>\n", i, part)
	}
	g.w.WriteString("    </attributes>\n    <nodes>\n")
}

func (g *gexf) node(n uint32, p *page.Page) {
	url := xmlText(p.URL)
	fmt.Fprintf(g.w, "      <node id=\"n%d\" label=\"%s\"><attvalues><attvalue for=\"0\" value=\"%s\"/>", n, url, url)
	for i, c := range g.columns {
		if v := nodeValue(c, p); v != "" {
			fmt.Fprintf(g.w, "<attvalue for=\"%d\" value=\"%s\"/>", i+1, xmlText(v))
		}
	}
	g.w.WriteString("</attvalues></node>\n")
}

func (g *gexf) middle() { g.w.WriteString("    </nodes>\n    <edges>\n") }

func (g *gexf) edge(n int64, e edge) {
	fmt.Fprintf(g.w, "      <edge id=\"e%d\" source=\"n%d\" target=\"n%d\"><attvalues>", n, e.from, e.to)
	for i, v := range e.parts() {
		if v != "" {
			fmt.Fprintf(g.w, "<attvalue for=\"%d\" value=\"%s\"/>", i, xmlText(v))
		}
	}
	g.w.WriteString("</attvalues></edge>\n")
}

func (g *gexf) end() { g.w.WriteString("    </edges>\n  </graph>\n</gexf>\n") }
