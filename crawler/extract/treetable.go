package extract

import "golang.org/x/net/html/atom"

// Tables hold little else than their parts (HTML, "in table" to "in cell"). Each of these takes a start tag where the
// part of that name, open at a place, is the innermost one, and reports whether it is done with it.

func tablePart(name atom.Atom) bool {
	switch name {
	case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr:
		return true
	}
	return false
}

func (b *builder) tableTag(name, kind atom.Atom, at int) bool {
	row, body := kind == atom.Tr, kind == atom.Tbody || kind == atom.Thead || kind == atom.Tfoot
	switch name {
	case atom.Td, atom.Th:
		b.popTo(at + 1)
		switch {
		case row:
			b.push(b.element(""))
			return true
		case body:
			b.push(b.named(atom.Tr))
		default:
			b.push(b.named(atom.Tbody))
		}
		return false
	case atom.Tr:
		switch {
		case row:
			b.popTo(at)
			return false
		case body:
			b.popTo(at + 1)
			b.push(b.element(""))
			return true
		}
		b.popTo(at + 1)
		b.push(b.named(atom.Tbody))
		return false
	case atom.Caption, atom.Col, atom.Colgroup, atom.Tbody, atom.Tfoot, atom.Thead:
		if row || body {
			b.popTo(at)
			return false
		}
		if b.popTo(at + 1); name == atom.Col {
			b.push(b.named(atom.Colgroup))
			return false
		}
		b.push(b.element(""))
		return true
	case atom.Table:
		b.close(tableScope, atom.Table)
		return false
	case atom.Style, atom.Script, atom.Template:
		b.common(name)
		return true
	case atom.Form:
		if b.form == nil {
			b.form = b.void()
		}
		return true
	case atom.Input:
		for _, a := range b.attributes(nil) {
			if a.Key == "type" && isToken([]byte(a.Val), "hidden") {
				b.void()
				return true
			}
		}
	}
	b.foster = true
	b.bodyTag(name)
	b.foster = false
	return true
}

func (b *builder) columnTag(name atom.Atom, at int) bool {
	switch name {
	case atom.Col:
		b.void()
		return true
	case atom.Template:
		b.common(name)
		return true
	}
	b.popTo(at)
	return false
}
