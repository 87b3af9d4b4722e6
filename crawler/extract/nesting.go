package extract

// maxNesting bounds how many levels of svg, math and template are told apart. What is nested deeper is counted only.
const maxNesting = 64

// A scope is an open element within which tags have another meaning.
type scope uint8

const (
	noScope scope = iota
	templateScope
	// Foreign content: the names of HTML elements do not count.
	svgScope
	mathScope
	// These are foreign content too. Unlike in HTML, what they hold is not one text.
	svgScriptScope
	svgStyleScope
	// HTML integration points and MathML text integration points: HTML again, within svg or math.
	foreignObjectScope
	descScope
	svgTitleScope
	mathTextScope
	annotationScope
)

func (s scope) foreign() bool { return svgScope <= s && s <= svgStyleScope }
func (s scope) hides() bool   { return s == templateScope || s == svgScriptScope || s == svgStyleScope }

// nesting is the stack of open scopes: all that has to be known of the tree in order to tell HTML from svg and math, and
// what is to be seen from what a template holds. A page that leaves elements open or closes them crosswise may be read
// otherwise than by a full parser, but only within its svg and math.
type nesting struct {
	stack  [maxNesting]scope
	n      int
	over   int // scopes opened beyond maxNesting
	hiding int // how many of stack show nothing of what they hold
}

func (n *nesting) depth() int { return n.n }

// unseen tells whether nothing counts here: within a template, or a script or style element of svg.
func (n *nesting) unseen() bool { return n.hiding > 0 }

func (n *nesting) top() scope {
	if n.n == 0 {
		return noScope
	}
	return n.stack[n.n-1]
}

// foreign tells whether the next start tag stands in svg or math rather than in HTML.
func (n *nesting) foreign() bool {
	return n.top().foreign()
}

// cdata tells whether CDATA sections are read as text here. Strictly not within HTML elements in an integration point, but the
// titles and descriptions of svg pictures hold text, not elements.
func (n *nesting) cdata() bool { return n.top() > templateScope }

func (n *nesting) open(s scope) {
	if n.n == maxNesting {
		n.over++
		return
	}
	if s.hides() {
		n.hiding++
	}
	n.stack[n.n] = s
	n.n++
}

// close ends the innermost open s and all within it. Without one it does nothing; the end of a template is the limit for
// everything but a template's end.
func (n *nesting) close(s scope) {
	if n.over > 0 {
		n.over--
		return
	}
	for i := n.n - 1; i >= 0; i-- {
		if n.stack[i] == s {
			n.cut(i)
			return
		}
		if n.stack[i] == templateScope {
			return
		}
	}
}

// leaveForeign ends the svg and math elements up to the nearest HTML.
func (n *nesting) leaveForeign() { n.leaveTo(0) }

// leaveTo is leaveForeign for the levels above depth.
func (n *nesting) leaveTo(depth int) {
	i := n.n
	for i > depth && n.stack[i-1].foreign() {
		i--
	}
	n.cut(i)
}

func (n *nesting) cut(to int) {
	for n.n > to {
		n.n--
		if n.stack[n.n].hides() {
			n.hiding--
		}
	}
	n.over = 0
}

// foreignScope is the scope that a start tag opens within foreign content.
func (n *nesting) foreignScope(t *tag) scope {
	s := t.scope
	switch s {
	case templateScope: // in svg an element like any other
		return noScope
	case mathTextScope, annotationScope:
		if n.top() != mathScope {
			return noScope
		}
	case foreignObjectScope, descScope, svgTitleScope:
		if n.top() == mathScope {
			return noScope
		}
	}
	return s
}

// scopeNames are the names whose end tags close a scope.
var scopeNames = map[scope]string{
	templateScope:      "template",
	svgScope:           "svg",
	mathScope:          "math",
	svgScriptScope:     "script",
	svgStyleScope:      "style",
	foreignObjectScope: "foreignobject",
	descScope:          "desc",
	svgTitleScope:      "title",
	mathTextScope:      "mi mo mn ms mtext",
	annotationScope:    "annotation-xml",
}
