package extract

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// startTag takes the start tag at the tokenizer.
func (b *builder) startTag() {
	b.skipLF = false
	name, data := b.name()
	if top := b.top(); top != nil && top.Namespace != "" && !(integrates(top) && data != "mglyph" && data != "malignmark") {
		if !b.z.tag.breaksOut && !(b.z.tag.font && b.hasAny("color", "face", "size")) {
			b.foreign(top.Namespace)
			return
		}
		for i := len(b.open); ; i-- {
			if n := b.open[i-1]; n.Namespace == "" || integrates(n) {
				b.popTo(i)
				break
			}
		}
	}
	before := b.top()
	b.htmlTag(name)
	if top := b.top(); b.xml && top != nil && top != before && top.Namespace == "" && top.Data == data && b.z.selfClosing() {
		b.z.raw = nil
		b.endTag() // the tag is the whole element
	}
}

func (b *builder) hasAny(names ...string) bool {
	for _, a := range b.attributes(nil) {
		for _, n := range names {
			if a.Key == n {
				return true
			}
		}
	}
	return false
}

// foreign takes a tag of svg or math.
func (b *builder) foreign(namespace string) {
	n := b.element(namespace)
	b.push(n)
	if b.z.selfClosing() {
		b.popTo(len(b.open) - 1)
	}
}

func (b *builder) htmlTag(name atom.Atom) {
	if b.phase != inBody && b.headTag(name) {
		return
	}
	for range 8 { // each time a part of a table is closed, or opened
		kind, at := b.within()
		done := true
		switch kind {
		case atom.Td, atom.Th, atom.Caption:
			if done = !tablePart(name) || at == 0; !done {
				b.popTo(at)
			} else {
				b.bodyTag(name)
			}
		case atom.Colgroup:
			done = b.columnTag(name, at)
		case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr:
			done = b.tableTag(name, kind, at)
		default:
			b.bodyTag(name)
		}
		if done {
			return
		}
	}
}

// headTag takes a start tag before the body, and reports whether it belongs there.
func (b *builder) headTag(name atom.Atom) bool {
	switch name {
	case atom.Html:
		b.needRoot()
		n := len(b.root.Attr)
		b.root.Attr = b.attributes(b.root.Attr)
		b.nodes += len(b.root.Attr) - n
		return true
	case atom.Head:
		if b.needRoot(); b.head == nil {
			b.head = b.element("")
			b.push(b.head)
			b.phase = inHead
		}
		return true
	case atom.Body:
		b.openBody(b.element(""))
		return true
	case atom.Base, atom.Basefont, atom.Bgsound, atom.Link, atom.Meta, atom.Title, atom.Style, atom.Script, atom.Noscript, atom.Template, atom.Noframes:
	default:
		for i := 1; i < len(b.open); i++ {
			if is(b.open[i], atom.Template) {
				b.bodyTag(name)
				return true
			}
		}
		b.needBody()
		return false
	}
	if b.phase == afterHead && name == atom.Noscript {
		b.needBody()
		return false
	}
	b.needHead()
	if b.phase == afterHead { // it goes there all the same
		b.open = append(b.open[:1], b.head)
		b.phase = inHead
	}
	if is(b.top(), atom.Noscript) {
		switch name {
		case atom.Noscript:
			return true
		case atom.Base, atom.Title, atom.Script, atom.Template:
			b.popTo(len(b.open) - 1)
		}
	}
	switch name {
	case atom.Noscript, atom.Template:
		b.push(b.element(""))
	default:
		b.common(name)
	}
	return true
}

// common takes the tags that mean the same in the head and in the body, and reports whether it is one of them.
func (b *builder) common(name atom.Atom) bool {
	switch name {
	case atom.Base:
		n := b.void()
		for _, a := range n.Attr {
			if a.Key == "href" && b.base == nil {
				b.base = &a.Val
			}
		}
	case atom.Basefont, atom.Bgsound, atom.Link, atom.Meta:
		b.void()
	case atom.Title, atom.Style, atom.Script, atom.Noframes:
		b.rawTag()
	case atom.Template:
		b.push(b.element(""))
	default:
		return false
	}
	return true
}

// void inserts an element that has no content.
func (b *builder) void() *html.Node {
	n := b.element("")
	b.insert(n)
	return n
}

// rawTag opens an element whose content is a text.
func (b *builder) rawTag() {
	b.push(b.element(""))
	b.z.raw, b.raw = b.z.tag, true
}

// bodyTag takes a start tag by the rules of "in body".
func (b *builder) bodyTag(name atom.Atom) {
	if b.common(name) {
		return
	}
	switch name {
	case atom.Html:
		b.root.Attr = b.attributes(b.root.Attr)
	case atom.Body:
		if b.body != nil {
			b.body.Attr = b.attributes(b.body.Attr)
		}
	case atom.Caption, atom.Col, atom.Colgroup, atom.Frame, atom.Head, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
		// they mean nothing here
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Center, atom.Details, atom.Dialog, atom.Dir, atom.Div, atom.Dl,
		atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Header, atom.Hgroup, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.P,
		atom.Search, atom.Section, atom.Summary, atom.Ul:
		b.block()
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.close(buttonScope, atom.P)
		if is(b.top(), atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6) {
			b.popTo(len(b.open) - 1)
		}
		b.push(b.element(""))
	case atom.Pre, atom.Listing:
		b.block()
		b.skipLF = true
	case atom.Form:
		if b.form == nil || b.find(tableScope, atom.Template) > 0 {
			b.block()
			b.form = b.top()
		}
	case atom.Li:
		b.closeItem(atom.Li)
		b.push(b.element(""))
	case atom.Dd, atom.Dt:
		b.closeItem(atom.Dd, atom.Dt)
		b.push(b.element(""))
	case atom.Button:
		b.close(ordinaryScope, atom.Button)
		b.inline()
	case atom.Hr:
		b.close(buttonScope, atom.P)
		if b.find(ordinaryScope, atom.Select) > 0 {
			b.imply(0)
		}
		b.void()
	case atom.Select:
		if b.find(ordinaryScope, atom.Select) > 0 { // it ends that one
			b.close(ordinaryScope, atom.Select)
			return
		}
		b.inline()
	case atom.Table:
		if !b.quirks {
			b.close(buttonScope, atom.P)
		}
		b.push(b.element(""))
	case atom.Optgroup, atom.Option:
		if b.find(ordinaryScope, atom.Select) > 0 {
			b.imply(map[bool]atom.Atom{true: atom.Optgroup}[name == atom.Option])
		} else if is(b.top(), atom.Option) {
			b.popTo(len(b.open) - 1)
		}
		b.inline()
	case atom.Rb, atom.Rtc, atom.Rp, atom.Rt:
		if b.find(ordinaryScope, atom.Ruby) > 0 {
			b.imply(map[bool]atom.Atom{true: atom.Rtc}[name == atom.Rp || name == atom.Rt])
		}
		b.push(b.element(""))
	default:
		b.phrase(name)
	}
}

// phrase takes the start tags that stand in running text.
func (b *builder) phrase(name atom.Atom) {
	switch name {
	case atom.A:
		if i := b.active(atom.A); i >= 0 {
			old := b.formatting[i]
			b.adopt(atom.A)
			b.forget(old)
		}
		b.reconstruct()
		b.format(b.element(""))
	case atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		b.reconstruct()
		b.format(b.element(""))
	case atom.Nobr:
		if b.reconstruct(); b.find(ordinaryScope, atom.Nobr) > 0 {
			b.adopt(atom.Nobr)
			b.reconstruct()
		}
		b.format(b.element(""))
	case atom.Area, atom.Br, atom.Embed, atom.Img, atom.Image, atom.Input, atom.Keygen, atom.Wbr:
		if name == atom.Input {
			b.close(ordinaryScope, atom.Select)
		}
		b.reconstruct()
		if n := b.void(); name == atom.Image {
			n.DataAtom, n.Data = atom.Img, "img"
		}
	case atom.Param, atom.Source, atom.Track:
		b.void()
	case atom.Textarea:
		b.rawTag()
		b.skipLF = true
	case atom.Xmp:
		b.close(buttonScope, atom.P)
		b.reconstruct()
		b.rawTag()
	case atom.Plaintext:
		b.close(buttonScope, atom.P)
		b.rawTag()
	case atom.Iframe, atom.Noembed:
		b.rawTag()
	case atom.Svg, atom.Math:
		b.reconstruct()
		b.foreign(name.String())
	default:
		b.inline()
	}
}

func (b *builder) block() {
	b.close(buttonScope, atom.P)
	b.push(b.element(""))
}

func (b *builder) inline() {
	b.reconstruct()
	b.push(b.element(""))
}
