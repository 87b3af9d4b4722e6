package extract

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// What stands in what: scopes, special elements, and end tags that need not be written (HTML, "the stack of open elements").

// special are the elements that an end tag of an ordinary element does not reach across.
var special = atoms(atom.Address, atom.Applet, atom.Area, atom.Article, atom.Aside, atom.Base, atom.Basefont, atom.Bgsound, atom.Blockquote,
	atom.Body, atom.Br, atom.Button, atom.Caption, atom.Center, atom.Col, atom.Colgroup, atom.Dd, atom.Details, atom.Dir, atom.Div, atom.Dl,
	atom.Dt, atom.Embed, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.Frame, atom.Frameset, atom.H1, atom.H2,
	atom.H3, atom.H4, atom.H5, atom.H6, atom.Head, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Iframe, atom.Img, atom.Input, atom.Keygen,
	atom.Li, atom.Link, atom.Listing, atom.Main, atom.Marquee, atom.Menu, atom.Meta, atom.Nav, atom.Noembed, atom.Noframes, atom.Noscript,
	atom.Object, atom.Ol, atom.P, atom.Param, atom.Plaintext, atom.Pre, atom.Script, atom.Section, atom.Select, atom.Source, atom.Style,
	atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Template, atom.Textarea, atom.Tfoot, atom.Th, atom.Thead, atom.Title, atom.Tr,
	atom.Track, atom.Ul, atom.Wbr, atom.Xmp)

func atoms(all ...atom.Atom) map[atom.Atom]bool {
	m := make(map[atom.Atom]bool, len(all))
	for _, a := range all {
		m[a] = true
	}
	return m
}

func isSpecial(n *html.Node) bool {
	if n.Namespace != "" {
		return integrates(n)
	}
	return special[n.DataAtom]
}

// A boundary is where a scope ends.
type boundary func(*html.Node) bool

func ordinaryScope(n *html.Node) bool {
	if n.Namespace != "" {
		return integrates(n)
	}
	return is(n, atom.Applet, atom.Caption, atom.Html, atom.Table, atom.Td, atom.Th, atom.Marquee, atom.Object, atom.Template, atom.Select)
}

func buttonScope(n *html.Node) bool { return ordinaryScope(n) || is(n, atom.Button) }
func listScope(n *html.Node) bool   { return ordinaryScope(n) || is(n, atom.Ol, atom.Ul) }
func tableScope(n *html.Node) bool  { return is(n, atom.Html, atom.Table, atom.Template) }

// find is the place of the innermost open element of one of the names that is in a scope; 0 if there is none.
func (b *builder) find(ends boundary, names ...atom.Atom) int {
	for i := len(b.open) - 1; i > 0; i-- {
		b.work++
		if is(b.open[i], names...) {
			return i
		}
		if ends(b.open[i]) {
			break
		}
	}
	return 0
}

// close closes the innermost open element of one of the names in a scope, and all within it.
func (b *builder) close(ends boundary, names ...atom.Atom) {
	if i := b.find(ends, names...); i > 0 {
		b.popTo(i)
	}
}

// imply closes elements whose end tags need not be written, but for one of a name.
func (b *builder) imply(but atom.Atom) {
	for {
		n := b.top()
		if !is(n, atom.Dd, atom.Dt, atom.Li, atom.Optgroup, atom.Option, atom.P, atom.Rb, atom.Rp, atom.Rt, atom.Rtc) || n.DataAtom == but {
			return
		}
		b.popTo(len(b.open) - 1)
	}
}

// closeItem closes a li, dd or dt before the next one: those alone that nothing but div, address and p stands in.
func (b *builder) closeItem(names ...atom.Atom) {
	for i := len(b.open) - 1; i > 0; i-- {
		b.work++
		n := b.open[i]
		if is(n, names...) {
			b.popTo(i)
			break
		}
		if isSpecial(n) && !is(n, atom.Address, atom.Div, atom.P) {
			break
		}
	}
	b.close(buttonScope, atom.P)
}

// within is the innermost open part of a table, or template, which decides on what may follow, and its place; 0 if there is none.
func (b *builder) within() (atom.Atom, int) {
	for i := len(b.open) - 1; i > 0; i-- {
		b.work++
		n := b.open[i]
		if n.Namespace != "" {
			continue
		}
		switch n.DataAtom {
		case atom.Td, atom.Th, atom.Caption, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Table, atom.Colgroup, atom.Template:
			return n.DataAtom, i
		}
	}
	return 0, 0
}

// integrates tells whether an svg or math element holds HTML.
func integrates(n *html.Node) bool {
	switch n.Namespace + " " + n.Data {
	case "svg foreignobject", "svg desc", "svg title":
		return true
	case "math mi", "math mo", "math mn", "math ms", "math mtext":
		return true
	case "math annotation-xml":
		for _, a := range n.Attr {
			if a.Key == "encoding" && (isToken([]byte(a.Val), "text/html") || isToken([]byte(a.Val), "application/xhtml+xml")) {
				return true
			}
		}
	}
	return false
}
