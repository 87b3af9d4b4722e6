package export

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/zeebo/xxh3"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// A graph has a node for each page that is chosen, numbered from 0 in the order of depth and URL, and an edge for each link or
// redirect between two of them. Links that lead elsewhere are left out.

// drawing is a format of graphs. Its methods are called in the order in which they stand; a bufio.Writer keeps its first error.
type drawing interface {
	begin()
	node(n uint32, p *page.Page)
	middle()
	edge(n int64, e edge)
	end()
}

// edge is a link or a redirect.
type edge struct {
	from, to uint32
	kind     string // link or redirect
	rel      string
	text     string
}

// edgeParts are what the formats say of an edge.
var edgeParts = []string{"kind", "rel", "text"}

func (e edge) parts() []string { return []string{e.kind, e.rel, e.text} }

// nodeColumn reports whether a column is part of a node where no columns are asked for.
func nodeColumn(c *Column) bool {
	return slices.Contains([]string{"depth", "status", "error_class", "title", "content_type"}, c.Name)
}

// attributes are the columns of nodes. The URL is in every node anyway.
func attributes(cs []*Column) []*Column {
	return slices.DeleteFunc(slices.Clone(cs), func(c *Column) bool { return c.Name == "url" })
}

func (p *parsed) draw(w *bufio.Writer) drawing {
	cs := attributes(p.columns)
	switch p.Format {
	case DOT:
		return &dot{w, cs}
	case GraphML:
		return &graphML{w, cs}
	}
	return &gexf{w, cs}
}

// writeGraph reads the pages twice: for the nodes, and for the edges, of which each needs to know both its nodes. What is kept of
// the nodes meanwhile is their fingerprints, some 40 bytes for each.
func (p *parsed) writeGraph(ctx context.Context, w io.Writer, s *crawlfile.Snapshot) (sum Summary, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	d := p.draw(out)
	seed := rand.Uint64() // so that nobody can make URLs with one fingerprint
	numbers := make(map[xxh3.Uint128]uint32)
	d.begin()
	for pg, err := range s.Select(ctx, p.where.and("", brief(p.columns))) {
		if err != nil {
			return sum, fmt.Errorf("export: %w", err)
		}
		n := uint32(sum.Pages)
		numbers[xxh3.HashString128Seed(pg.URL, seed)] = n
		d.node(n, pg)
		if _, err := out.Write(nil); err != nil { // a full disk is known before the last page
			return sum, fmt.Errorf("export: %w", err)
		}
		sum.Pages++
	}
	d.middle()
	n := uint32(0)
	for pg, err := range s.Select(ctx, p.where.and("", false)) {
		if err != nil {
			return sum, fmt.Errorf("export: %w", err)
		}
		for e, target := range leads(n, pg) {
			to, ok := numbers[xxh3.HashString128Seed(target, seed)]
			if !ok {
				continue
			}
			e.to = to
			d.edge(sum.Links, e)
			sum.Links++
		}
		if _, err := out.Write(nil); err != nil {
			return sum, fmt.Errorf("export: %w", err)
		}
		n++
	}
	d.end()
	if err := out.Flush(); err != nil {
		return sum, fmt.Errorf("export: %w", err)
	}
	return sum, nil
}

// leads yields where a page leads to.
func leads(n uint32, p *page.Page) func(yield func(edge, string) bool) {
	return func(yield func(edge, string) bool) {
		if p.Redirect != "" && !yield(edge{from: n, kind: "redirect"}, p.Redirect) {
			return
		}
		for _, l := range p.Links {
			if !yield(edge{from: n, kind: "link", rel: l.Rel, text: l.Text}, l.URL) {
				return
			}
		}
	}
}
