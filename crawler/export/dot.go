package export

import (
	"bufio"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"amble/crawler/page"
)

// dot writes the language of Graphviz (graphviz.org, "DOT Language").
type dot struct {
	w       *bufio.Writer
	columns []*Column
}

func (d *dot) begin() { d.w.WriteString("digraph crawl {\n\trankdir=LR;\n\tnode [shape=box];\n") }

func (d *dot) node(n uint32, p *page.Page) {
	fmt.Fprintf(d.w, "\tn%d [label=%s, URL=%s", n, dotText(p.URL), dotText(p.URL))
	for _, c := range d.columns {
		if v := nodeValue(c, p); v != "" {
			fmt.Fprintf(d.w, ", %s=%s", c.Name, dotText(v))
		}
	}
	d.w.WriteString("];\n")
}

func (d *dot) middle() {}

// edge leaves out that a link is one. The text is a tooltip: as a label, all of them together would hide the graph.
func (d *dot) edge(_ int64, e edge) {
	fmt.Fprintf(d.w, "\tn%d -> n%d", e.from, e.to)
	var attributes []string
	if e.kind != "link" {
		attributes = append(attributes, "kind="+dotText(e.kind), "style=dashed")
	}
	if e.rel != "" {
		attributes = append(attributes, "rel="+dotText(e.rel))
	}
	if e.text != "" {
		attributes = append(attributes, "tooltip="+dotText(e.text))
	}
	if attributes != nil {
		fmt.Fprintf(d.w, " [%s]", strings.Join(attributes, ", "))
	}
	d.w.WriteString(";\n")
}

func (d *dot) end() { d.w.WriteString("}\n") }

// entity is what Graphviz would take for a character reference of HTML in a text.
var entity = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`&(#?[0-9A-Za-z]+;)`) })

// dotText is s between quotes. A backslash begins an escape in the texts that are shown, and so it is doubled.
func dotText(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(page.OneLine(s))
	if strings.Contains(s, "&") {
		s = entity().ReplaceAllString(s, "&amp;$1")
	}
	return `"` + s + `"`
}
