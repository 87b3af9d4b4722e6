package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Collapse is s as a text of at most limit bytes, cut at a rune boundary, as the texts of a Page are: white space is one space, and there
// are no controls.
func Collapse(s string, limit int) string {
	var t text
	t.reset(limit)
	t.add([]byte(s))
	return t.String()
}

// Text is what an element of the tree says, likewise: without what scripts, styles and templates hold, unless it is one of those, and with a
// space where a block or a cell begins or ends. For each node it asks whether to go on, and says how many bytes of text it has.
func Text(n *html.Node, limit int, more func(length int) bool) string {
	var t text
	t.reset(limit)
	walk(n, func(c *html.Node, start bool) step {
		length := 0
		if start && c.Type == html.TextNode {
			length = len(c.Data)
		}
		switch {
		case t.full || !more(length):
			return stop
		case c.Type == html.TextNode:
			if start {
				t.add([]byte(c.Data))
			}
		case c != n && is(c, atom.Script, atom.Style, atom.Template, atom.Noscript):
			return past
		case breaksText(c):
			t.space()
		}
		return into
	})
	return t.String()
}

// blockTags are elements that begin and end a line of text.
var blockTags = func() map[string]bool {
	m := map[string]bool{"body": true, "form": true, "fieldset": true, "details": true, "summary": true, "figure": true, "hgroup": true, "address": true, "search": true, "dialog": true, "optgroup": true, "center": true}
	for name := range strings.FieldsSeq(elementNames[blockElement]) {
		m[name] = true
	}
	return m
}()

func breaksText(n *html.Node) bool { return n.Namespace == "" && blockTags[n.Data] }

// step is how a walk goes on from a node: into it, past it, or not at all.
type step int

const (
	into step = iota
	past
	stop
)

// walk visits n and all below it in document order, each at its start and at its end.
func walk(n *html.Node, visit func(n *html.Node, start bool) step) {
	for at := n; ; {
		s := visit(at, true)
		if s == stop {
			return
		}
		if s == into && at.FirstChild != nil {
			at = at.FirstChild
			continue
		}
		for {
			if visit(at, false) == stop || at == n {
				return
			}
			if at.NextSibling != nil {
				at = at.NextSibling
				break
			}
			at = at.Parent
		}
	}
}

// Resolve is the absolute URL of a reference of the page, in canonical form and with its fragment, if it is one of http or https, and else
// the reference as it is written. It is empty if it is longer than MaxURL.
func (t *Tree) Resolve(ref string) string {
	ref = string(trimmed([]byte(ref)))
	if len(ref) > MaxURL {
		return ""
	}
	if ref == "" || otherScheme([]byte(ref)) {
		return ref
	}
	u, err := resolveOne(ref, t.Base, t.Enc)
	if err != nil {
		return ref
	}
	s := u.String()
	if _, fragment, ok := strings.Cut(ref, "#"); ok && fragment != "" {
		s += "#" + strings.Join(strings.Fields(fragment), "%20")
	}
	return s
}
