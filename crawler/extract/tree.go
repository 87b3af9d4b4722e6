package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding"

	"amble/frontier/canon"
)

// The bounds on a tree. x/net's parser has none that holds: tags for bold that are never closed are opened anew in each paragraph, so that a
// page of 9 KB becomes a tree of half a million nodes, and it says nothing before that is done. So trees are built here, by the same rules
// of the standard, and their bounds are looked at before each node.
const (
	// MaxNodes is how many nodes and attributes a tree has.
	MaxNodes = 400_000
	// MaxDepth is how many elements stand within one another; what is nested deeper stands beside the deepest, as in browsers.
	MaxDepth = 512
	// maxAttrs is how many attributes of an element are kept.
	maxAttrs = 128
	// maxFormatting is how many elements such as b and font are opened anew behind one that was left open: the last ones.
	maxFormatting = 32
	// maxTreeWork bounds the looking up and down of the open elements, in elements.
	maxTreeWork = 50_000_000
)

// Tree is one page as a tree (HTML, "tree construction"). It differs from what x/net's parser makes of a page in this: names in svg and math
// are in lower case throughout, as selectors have them; there are no comments and doctypes; texts may follow texts; framesets are
// elements like others.
type Tree struct {
	Root *html.Node // the document
	Base canon.URL  // what references are resolved against
	Enc  encoding.Encoding
	// Elements is how many elements there are, at the most.
	Elements int
	// Cut says why something is missing; empty if nothing is.
	Cut string
}

// MeasureTree is about how many bytes of memory the tree of a page takes.
func MeasureTree(body []byte) int64 {
	const perMark = 200 // an element, its attributes and its text; every other mark is an end tag
	return int64(min(bytes.Count(body, []byte("<")), MaxNodes)) * perMark
}

// ReadTree reads a page as HTML does, into a tree.
func ReadTree(body []byte, base canon.URL, enc encoding.Encoding) *Tree {
	return Options{}.ReadTree(body, base, enc)
}

// ReadTree is the function ReadTree under these options, of which XML alone counts.
func (o Options) ReadTree(body []byte, base canon.URL, enc encoding.Encoding) *Tree {
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	b := &builder{z: tokenizer{body: body}, xml: o.XML, doc: &html.Node{Type: html.DocumentNode}, quirks: true, keys: make(map[string]string)}
	b.run()
	t := &Tree{Root: b.doc, Base: base, Enc: enc, Elements: b.elements, Cut: b.cut}
	if b.base != nil {
		if u, err := resolveOne(*b.base, base, enc); err == nil {
			t.Base = u
		}
	}
	return t
}

// builder makes the tree of one page. What the standard calls the insertion mode follows from the phase and from the open elements.
type builder struct {
	z       tokenizer
	scratch []byte
	keys    map[string]string // names of attributes, each once

	doc, root, head, body, form *html.Node
	open                        []*html.Node // the first is root
	formatting                  []*html.Node // the list of active formatting elements; nil is a marker
	base                        *string

	phase  phase
	xml    bool // see Options
	quirks bool // a table may stand in a paragraph
	raw    bool // within script, title and the like
	foster bool // what does not belong into a table goes before it
	skipLF bool // the line end behind a pre is not part of it

	nodes, elements, work int
	cut                   string
}

type phase uint8

const (
	beforeHead phase = iota
	inHead
	afterHead
	inBody
)

func (b *builder) run() {
	for b.cut == "" {
		switch b.z.next() {
		case endToken:
			b.needBody()
			return
		case textToken:
			b.text()
		case startTagToken:
			b.startTag()
		case endTagToken:
			b.endTag()
		case skipToken:
			b.doctype()
		}
		b.work += len(b.open)
		switch {
		case b.nodes > MaxNodes:
			b.cut = "the page has more than 400,000 elements, texts and attributes"
		case b.work > maxTreeWork:
			b.cut = "the page's elements are left open so often that it would take too long to read"
		}
		b.z.allowCDATA = b.xml || b.top() != nil && b.top().Namespace != ""
	}
}

// doctype tells a page that was written for the standard.
func (b *builder) doctype() {
	d := b.z.body[b.z.start:b.z.end]
	if b.root != nil || len(d) < 9 || !bytes.EqualFold(d[:9], []byte("<!doctype")) {
		return
	}
	s := strings.ToLower(string(d[9:min(len(d), 300)]))
	name, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimRight(s, ">")), " ")
	old := strings.Contains(rest, "public") && (strings.Contains(rest, "dtd html 3") || strings.Contains(rest, "dtd html 2") ||
		strings.Contains(rest, "//ietf//") || strings.Contains(rest, "transitional") && strings.Contains(rest, "html 4") && !strings.Contains(rest, "http:"))
	b.quirks = name != "html" || old
}

func (b *builder) top() *html.Node {
	if len(b.open) == 0 {
		return nil
	}
	return b.open[len(b.open)-1]
}

// is tells whether n is an HTML element of one of the names.
func is(n *html.Node, names ...atom.Atom) bool {
	if n == nil || n.Namespace != "" {
		return false
	}
	for _, a := range names {
		if n.DataAtom == a {
			return true
		}
	}
	return false
}

// element is an element with the name and the attributes of the tag at the tokenizer.
func (b *builder) element(namespace string) *html.Node {
	n := &html.Node{Type: html.ElementNode, Namespace: namespace, Attr: b.attributes(nil)}
	n.DataAtom, n.Data = b.name()
	b.nodes += 1 + len(n.Attr)
	b.elements++
	return n
}

// named is an HTML element without attributes.
func (b *builder) named(a atom.Atom) *html.Node {
	b.nodes++
	b.elements++
	return &html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String()}
}

// name is that of the tag at the tokenizer.
func (b *builder) name() (atom.Atom, string) {
	p := b.z.start + 1
	if b.z.body[p] == '/' {
		p++
	}
	name := b.lower(b.z.body[p:b.z.nameEnd])
	if a := atom.Lookup(name); a != 0 {
		return a, a.String()
	}
	return 0, b.key(name)
}

// lower is s in lower case, good until the next call.
func (b *builder) lower(s []byte) []byte {
	b.scratch = b.scratch[:0]
	for _, c := range s {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		b.scratch = append(b.scratch, c)
	}
	return b.scratch
}

// key is a name as a string, the same for the same name.
func (b *builder) key(name []byte) string {
	if s, ok := b.keys[string(name)]; ok {
		return s
	}
	s := string(name)
	if len(b.keys) < 1000 {
		b.keys[s] = s
	}
	return s
}

// attributes adds those of the tag at the tokenizer that are not there yet.
func (b *builder) attributes(to []html.Attribute) []html.Attribute {
	var a attr
next:
	for p := b.z.nameEnd; len(to) < maxAttrs; {
		if p = a.read(b.z.body, p); a.none {
			break
		}
		if a.keyEnd == a.key {
			continue
		}
		key := b.lower(b.z.body[a.key:a.keyEnd])
		for _, have := range to {
			if have.Key == string(key) {
				continue next
			}
		}
		k := ""
		if known := atom.Lookup(key); known != 0 {
			k = known.String()
		} else {
			k = b.key(key)
		}
		to = append(to, html.Attribute{Key: k, Val: b.said(inAttributes, a.value, a.valueEnd)})
	}
	return to
}

// said is what a part of the page says.
func (b *builder) said(d decoding, from, to int) string {
	s := b.z.body[from:to]
	if !d.needs(s) {
		return string(s)
	}
	b.scratch = d.append(b.scratch[:0], s)
	return string(b.scratch)
}

// insert puts a node where the next one is due.
func (b *builder) insert(n *html.Node) {
	at := b.top()
	if at == nil {
		at = b.doc
	}
	b.insertInto(at, n)
}

// insertInto puts a node into an element or, where that is part of a table to which it does not belong, before the table.
func (b *builder) insertInto(at, n *html.Node) {
	if b.foster && is(at, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr) {
		for i := len(b.open) - 1; i > 0; i-- {
			if t := b.open[i]; is(t, atom.Table) {
				if t.Parent != nil {
					t.Parent.InsertBefore(n, t)
				} else {
					b.open[i-1].AppendChild(n)
				}
				return
			}
		}
	}
	at.AppendChild(n)
}

// push inserts an element and opens it.
func (b *builder) push(n *html.Node) {
	if len(b.open) >= MaxDepth {
		b.popTo(len(b.open) - 1)
	}
	b.insert(n)
	b.open = append(b.open, n)
	if setsMarker(n) {
		b.formatting = append(b.formatting, nil)
	}
}

// setsMarker tells whether formatting elements do not reach into an element.
func setsMarker(n *html.Node) bool {
	return is(n, atom.Td, atom.Th, atom.Caption, atom.Applet, atom.Marquee, atom.Object, atom.Template)
}

// popTo closes the open elements from i on. The root, and body, stay open to the end.
func (b *builder) popTo(i int) {
	least := 1
	if b.body != nil {
		least = 2
	}
	for i = max(i, least); len(b.open) > i; {
		n := b.top()
		b.open = b.open[:len(b.open)-1]
		if setsMarker(n) {
			b.clearFormatting()
		}
	}
}

// text takes a text token.
func (b *builder) text() {
	s := b.said(b.z.decoding, b.z.from, b.z.to)
	if b.skipLF {
		b.skipLF = false
		s = strings.TrimPrefix(strings.TrimPrefix(s, "\r"), "\n")
	}
	if s == "" {
		return
	}
	if b.raw {
		b.addText(s)
		return
	}
	blank := strings.Trim(s, htmlSpace) == ""
	if b.phase != inBody {
		if blank {
			return
		}
		b.needBody()
	}
	top := b.top()
	if top.Namespace != "" {
		b.addText(s)
		return
	}
	if is(top, atom.Colgroup) && !blank {
		b.popTo(len(b.open) - 1)
		top = b.top()
	}
	if is(top, atom.Table, atom.Tbody, atom.Tfoot, atom.Thead, atom.Tr) && !blank {
		b.foster = true
		defer func() { b.foster = false }()
	}
	b.reconstruct()
	b.addText(s)
}

func (b *builder) addText(s string) {
	b.nodes++
	b.insert(&html.Node{Type: html.TextNode, Data: s})
}

// needRoot, needHead and needBody make what a page may leave out.
func (b *builder) needRoot() {
	if b.root == nil {
		b.root = b.named(atom.Html)
		b.push(b.root)
	}
}

func (b *builder) needHead() {
	if b.needRoot(); b.head == nil {
		b.head = b.named(atom.Head)
		b.push(b.head)
		b.phase = inHead
	}
}

func (b *builder) needBody() {
	if b.phase != inBody {
		b.needHead()
		b.openBody(b.named(atom.Body))
	}
}

func (b *builder) openBody(n *html.Node) {
	b.needHead()
	b.open = b.open[:1]
	b.formatting = nil
	b.push(n)
	b.body, b.phase = n, inBody
}
