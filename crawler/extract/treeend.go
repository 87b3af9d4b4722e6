package extract

import (
	"golang.org/x/net/html/atom"
)

// endTag takes the end tag at the tokenizer.
func (b *builder) endTag() {
	b.skipLF = false
	if b.raw {
		b.raw = false
		b.popTo(len(b.open) - 1)
		return
	}
	name, data := b.name()
	if b.phase != inBody && !b.headEnd(name) {
		return
	}
	if top := b.top(); top.Namespace != "" {
		if name == atom.P || name == atom.Br {
			for i := len(b.open); ; i-- {
				if n := b.open[i-1]; n.Namespace == "" || integrates(n) {
					b.popTo(i)
					break
				}
			}
		} else if b.foreignEnd(data) {
			return
		}
	}
	kind, at := b.within()
	if kind == atom.Colgroup && name != atom.Col && name != atom.Colgroup && name != atom.Template {
		b.popTo(at)
		kind, _ = b.within()
	}
	if name == atom.Table || tablePart(name) {
		b.close(tableScope, name)
		return
	}
	if kind != atom.Td && kind != atom.Th && kind != atom.Caption && kind != atom.Template && kind != 0 {
		b.foster = true
		defer func() { b.foster = false }()
	}
	b.bodyEnd(name, data)
}

// headEnd takes an end tag before the body, and reports whether it is one of the body.
func (b *builder) headEnd(name atom.Atom) bool {
	switch name {
	case atom.Head:
		if b.needHead(); b.phase == inHead {
			b.open = b.open[:1]
			b.phase = afterHead
		}
		return false
	case atom.Noscript, atom.Template:
		for i := len(b.open) - 1; i > 0; i-- {
			if is(b.open[i], name) {
				b.popTo(i)
				break
			}
		}
		return false
	case atom.Body, atom.Html, atom.Br, atom.P:
		if name == atom.P || name != atom.Br && is(b.top(), atom.Noscript) {
			return false
		}
		b.needBody()
		return name == atom.Br
	}
	for i := 2; i < len(b.open); i++ {
		if is(b.open[i], atom.Template) {
			return true
		}
	}
	return false
}

// foreignEnd closes an element of svg or math, and reports whether there is one of that name.
func (b *builder) foreignEnd(data string) bool {
	for i := len(b.open) - 1; i > 0 && b.open[i].Namespace != ""; i-- {
		b.work++
		if b.open[i].Data == data {
			b.popTo(i)
			return true
		}
	}
	return false
}

// bodyEnd takes an end tag by the rules of "in body".
func (b *builder) bodyEnd(name atom.Atom, data string) {
	switch name {
	case atom.Body, atom.Html:
		// What follows belongs to the body all the same.
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Button, atom.Center, atom.Details, atom.Dialog, atom.Dir, atom.Div,
		atom.Dl, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Header, atom.Hgroup, atom.Listing, atom.Main, atom.Menu,
		atom.Nav, atom.Ol, atom.Pre, atom.Search, atom.Section, atom.Select, atom.Summary, atom.Ul, atom.Applet, atom.Marquee, atom.Object, atom.Dd, atom.Dt:
		b.close(ordinaryScope, name)
	case atom.Li:
		b.close(listScope, name)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		b.close(ordinaryScope, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)
	case atom.P:
		if b.find(buttonScope, atom.P) == 0 {
			b.push(b.named(atom.P))
		}
		b.close(buttonScope, atom.P)
	case atom.Form:
		form := b.form
		b.form = nil
		if i := b.find(ordinaryScope, atom.Form); i > 0 && b.open[i] == form {
			b.imply(0)
			b.open = append(b.open[:i], b.open[i+1:]...)
		}
	case atom.A, atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		b.adopt(name)
	case atom.Br:
		b.reconstruct()
		b.insert(b.named(atom.Br))
	case atom.Template:
		for i := len(b.open) - 1; i > 0; i-- {
			if is(b.open[i], atom.Template) {
				b.popTo(i)
				return
			}
		}
	default:
		b.closeOther(name, data)
	}
}

// closeOther closes the innermost open element of a name, unless a special one stands in it.
func (b *builder) closeOther(name atom.Atom, data string) {
	for i := len(b.open) - 1; i > 0; i-- {
		b.work++
		if n := b.open[i]; n.Namespace == "" && n.DataAtom == name && n.Data == data {
			b.popTo(i)
			return
		} else if isSpecial(n) {
			return
		}
	}
}
