package extract

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Formatting elements such as b go on behind the end of the paragraph in which they were opened (HTML, "the list of active formatting
// elements"). The list is bounded, or a page could make any number of elements of few bytes.

// format opens a formatting element.
func (b *builder) format(n *html.Node) {
	b.push(n)
	same, since := 0, 0
	for i := len(b.formatting) - 1; i >= 0 && b.formatting[i] != nil; i-- {
		since++
		f := b.formatting[i]
		if f.DataAtom == n.DataAtom && slices.Equal(f.Attr, n.Attr) {
			if same++; same == 3 { // HTML: the "Noah's Ark clause"
				b.formatting = slices.Delete(b.formatting, i, i+1)
				break
			}
		}
		if since == maxFormatting {
			b.formatting = slices.Delete(b.formatting, i, i+1)
			break
		}
	}
	b.formatting = append(b.formatting, n)
}

// reconstruct opens formatting elements anew that were closed by an element around them.
func (b *builder) reconstruct() {
	i := len(b.formatting)
	for i > 0 && b.formatting[i-1] != nil && !slices.Contains(b.open, b.formatting[i-1]) {
		i--
		b.work += len(b.open)
	}
	for ; i < len(b.formatting); i++ {
		n := b.clone(b.formatting[i])
		b.push(n)
		b.formatting[i] = n
	}
}

func (b *builder) clone(n *html.Node) *html.Node {
	b.nodes += 1 + len(n.Attr)
	b.elements++
	return &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Attr: n.Attr}
}

// clearFormatting forgets the formatting elements up to the last marker.
func (b *builder) clearFormatting() {
	for len(b.formatting) > 0 {
		last := b.formatting[len(b.formatting)-1]
		b.formatting = b.formatting[:len(b.formatting)-1]
		if last == nil {
			return
		}
	}
}

// active is the place of the last formatting element of a name behind the last marker; -1 if there is none.
func (b *builder) active(name atom.Atom) int {
	for i := len(b.formatting) - 1; i >= 0 && b.formatting[i] != nil; i-- {
		if b.formatting[i].DataAtom == name {
			return i
		}
	}
	return -1
}

// forget takes an element out of both lists.
func (b *builder) forget(n *html.Node) {
	if i := slices.Index(b.formatting, n); i >= 0 {
		b.formatting = slices.Delete(b.formatting, i, i+1)
	}
	if i := slices.Index(b.open, n); i > 0 {
		b.open = slices.Delete(b.open, i, i+1)
	}
}

// adopt closes a formatting element, be it nested crosswise with others (HTML, "the adoption agency algorithm").
func (b *builder) adopt(name atom.Atom) {
	if top := b.top(); is(top, name) && !slices.Contains(b.formatting, top) {
		b.popTo(len(b.open) - 1)
		return
	}
	for range 8 {
		at := b.active(name)
		if at < 0 {
			b.closeOther(name, name.String())
			return
		}
		f := b.formatting[at]
		place := slices.Index(b.open, f)
		b.work += len(b.open)
		if place < 0 {
			b.formatting = slices.Delete(b.formatting, at, at+1)
			return
		}
		if slices.ContainsFunc(b.open[place+1:], ordinaryScope) {
			return
		}
		block := slices.IndexFunc(b.open[place+1:], isSpecial)
		if block < 0 {
			b.popTo(place)
			if at = slices.Index(b.formatting, f); at >= 0 {
				b.formatting = slices.Delete(b.formatting, at, at+1)
			}
			return
		}
		b.rehome(f, place, place+1+block)
	}
}

// rehome takes the block out of the formatting element f that is open at a place, and puts f into the block.
func (b *builder) rehome(f *html.Node, place, blockAt int) {
	block := b.open[blockAt]
	last := block
	var bookmark *html.Node // behind which f goes in the list; nil for where f is
	for i, n := blockAt-1, 1; i > place; i, n = i-1, n+1 {
		node := b.open[i]
		at := slices.Index(b.formatting, node)
		if at >= 0 && n > 3 {
			b.formatting = slices.Delete(b.formatting, at, at+1)
			at = -1
		}
		if at < 0 {
			b.open = slices.Delete(b.open, i, i+1)
			continue
		}
		c := b.clone(node)
		b.formatting[at], b.open[i] = c, c
		if last == block {
			bookmark = c
		}
		moveTo(c, last)
		last = c
	}
	if last.Parent != nil {
		last.Parent.RemoveChild(last)
	}
	foster := b.foster
	b.foster = true // where the element around f is part of a table
	b.insertInto(b.open[place-1], last)
	b.foster = foster
	c := b.clone(f)
	for block.FirstChild != nil {
		moveTo(c, block.FirstChild)
	}
	block.AppendChild(c)
	at := slices.Index(b.formatting, f)
	b.formatting[at] = c
	if i := slices.Index(b.formatting, bookmark); bookmark != nil && i >= 0 {
		b.formatting = slices.Insert(b.formatting, i+1, c)
		b.formatting = slices.Delete(b.formatting, at, at+1)
	}
	b.open = slices.Delete(b.open, place, place+1)
	b.open = slices.Insert(b.open, slices.Index(b.open, block)+1, c)
}

func moveTo(parent, n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
	parent.AppendChild(n)
}
