package fields

import (
	"math"

	"golang.org/x/net/html"

	"amble/crawler/extract"
)

// maxWork bounds what the fields of one page may cost: about how many elements are looked at. It is some seconds at the most, and a
// hundred times what a large page and many fields take.
const maxWork = 100_000_000

// lightStep is how many siblings, ancestors or bytes of text are passed in the time that it takes to ask an element something.
const lightStep = 20

// readStep is how many bytes of a text, or of an attribute, are read in that time.
const readStep = 2

// document is a page's tree with its elements in a row.
type document struct {
	tree     *extract.Tree
	elements []element
	work     int64 // left

	own, above, before []uint32 // see match
	gathered           *gathering
}

// element is one of the page, in document order. Those before it that matter are named by their places; -1 is none.
type element struct {
	node             *html.Node
	parent, previous int32
	depth            int32
	children         int32 // elements
	text             int32 // bytes, without what is within its elements
}

func newDocument(t *extract.Tree, work int64) *document {
	d := &document{tree: t, work: work, elements: make([]element, 0, t.Elements)}
	// The last element met at each depth is the one before the next there, as long as its parent is the same.
	var last []int32
	var add func(n *html.Node, parent int32, depth int)
	add = func(n *html.Node, parent int32, depth int) { // extract.MaxDepth deep
		place := int32(len(d.elements))
		e := element{node: n, parent: parent, previous: -1, depth: int32(depth)}
		if len(last) == depth {
			last = append(last, -1)
		}
		if last[depth] >= 0 && d.elements[last[depth]].parent == parent {
			e.previous = last[depth]
		}
		last[depth] = place
		d.elements = append(d.elements, e)
		if parent >= 0 {
			d.elements[parent].children++
		}
		if n.Data == "template" && n.Namespace == "" {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.Type {
			case html.ElementNode:
				add(c, place, depth+1)
			case html.TextNode:
				d.elements[place].text += int32(len(c.Data))
			}
		}
	}
	for c := t.Root.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			add(c, -1, 0)
		}
	}
	return d
}

// afford takes so much off the work that is left, and reports whether that much was.
func (d *document) afford(cost float64) bool {
	if cost > float64(d.work) {
		return false
	}
	d.work -= int64(cost)
	return true
}

// spend takes so much off the work that is left, all of it if need be, and reports whether any is left.
func (d *document) spend(cost int) bool {
	d.work = max(d.work-int64(cost), 0)
	return d.work > 0
}

// cost is the most that a compound's asking each element can take.
func (d *document) cost(c *compound) float64 {
	sum := float64(len(d.elements) * c.cost)
	for _, l := range c.looks {
		for i := range d.elements {
			e := &d.elements[i]
			each, deep := 1.0, l.outer
			switch l.what {
			case atSiblings:
				if e.parent >= 0 {
					each = 1 + float64(d.elements[e.parent].children)/lightStep
				}
			case atAncestors:
				each = 1 + float64(e.depth)/lightStep
			case atText: // of whatever it stands in
				each, deep = 1+float64(e.text)/lightStep, deep+1
			case atInner:
				each, deep = float64(c.cost), deep+1
			}
			sum += each * math.Pow(float64(e.depth+1), float64(deep))
		}
	}
	return sum
}

// match marks the elements that a selector matches, in document order. It reports whether all of it could be tried.
//
// For each element it notes which of the path's first compounds lead to it: bit k of own says that compounds 0 to k match with it
// as the last. above has what its ancestors have, and before what its earlier siblings have. So each element is looked at once.
func (d *document) match(s *selector) (hits []int32, all bool) {
	n := len(d.elements)
	if d.own == nil {
		d.own, d.above, d.before = make([]uint32, n), make([]uint32, n), make([]uint32, n)
	}
	hit := make([]bool, n)
	all = true
	for i := range s.paths {
		p := &s.paths[i]
		cost := 0.0
		for k := range p.compounds {
			cost += d.cost(&p.compounds[k])
		}
		if !d.afford(cost) {
			all = false
			continue
		}
		last := uint32(1) << (len(p.compounds) - 1)
		for at := range d.elements {
			d.matchAt(p, at)
			if d.own[at]&last != 0 {
				hit[at] = true
			}
		}
	}
	for i, yes := range hit {
		if yes {
			hits = append(hits, int32(i))
		}
	}
	return hits, all
}

func (d *document) matchAt(p *selectorPath, at int) {
	e := &d.elements[at]
	var own, parent, previous uint32
	d.above[at], d.before[at] = 0, 0
	if e.parent >= 0 {
		parent = d.own[e.parent]
		d.above[at] = d.above[e.parent] | parent
	}
	if e.previous >= 0 {
		previous = d.own[e.previous]
		d.before[at] = d.before[e.previous] | previous
	}
	for k := range p.compounds {
		led := uint32(1)
		switch p.combinators[k] {
		case ' ':
			led = d.above[at] >> (k - 1)
		case '>':
			led = parent >> (k - 1)
		case '+':
			led = previous >> (k - 1)
		case '~':
			led = d.before[at] >> (k - 1)
		}
		if led&1 != 0 && p.compounds[k].match.Match(e.node) {
			own |= 1 << k
		}
	}
	d.own[at] = own
}

// text is what an element says.
func (d *document) text(n *html.Node) string {
	return extract.Text(n, MaxValue, func(length int) bool { return d.spend(1 + length/readStep) })
}

// attribute is the value of an element's attribute; "" if it has none. One that holds a URL is made absolute.
func (d *document) attribute(n *html.Node, name string) string {
	v, _ := attribute(n, name)
	return d.value(v, holdsURL(n.Data, name))
}

// value is what an attribute says, as a value; a URL is made absolute.
func (d *document) value(v string, url bool) string {
	cost := 1 + len(v)/readStep
	if url { // which is taken apart byte by byte, together with that of the page
		cost += len(d.tree.Base.String())
	}
	if !d.spend(cost) {
		return ""
	}
	if url {
		v = d.tree.Resolve(v)
	}
	return extract.Collapse(v, MaxValue)
}

func attribute(n *html.Node, name string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
