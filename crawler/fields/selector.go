package fields

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/cascadia"
)

// A selector is taken apart at its commas and combinators. What stands between, a compound such as a.price[href], cascadia matches; how
// elements must stand to each other is matched here (see document.match), for cascadia tries all ways up a page, which for four
// steps in a page that is nested 500 deep are billions.

const (
	maxSelector  = 4 << 10 // bytes
	maxCompounds = 32      // in a row
)

type selector struct {
	paths []selectorPath // separated by commas
}

// selectorPath is compounds in a row, and the combinators between them.
type selectorPath struct {
	compounds   []compound
	combinators []byte // of each compound with the one before; the first is 0
}

type compound struct {
	match cascadia.Sel
	cost  int        // simple selectors in it
	looks []lookaway // what it must look at beside the element
}

// lookaway is a pseudo-class that looks at other elements than the one that it is asked about.
type lookaway struct {
	what  lookKind
	outer int // how many :has stand around it
}

type lookKind int

const (
	atSiblings lookKind = iota
	atAncestors
	atText // of all within
	atInner
)

// pseudoClasses are those that cascadia has, and where they look.
var pseudoClasses = map[string]lookKind{
	"first-child": atSiblings, "last-child": atSiblings, "only-child": atSiblings, "first-of-type": atSiblings, "last-of-type": atSiblings,
	"only-of-type": atSiblings, "nth-child": atSiblings, "nth-last-child": atSiblings, "nth-of-type": atSiblings, "nth-last-of-type": atSiblings,
	"has": atInner, "haschild": atInner, "not": -1, "contains": atText, "containsown": atText, "matches": atText, "matchesown": atText,
	"empty": atSiblings, "root": -1, "link": -1, "input": -1, "lang": atAncestors, "enabled": -1, "disabled": atAncestors, "checked": -1,
}

// selectorReader reads one selector. Places are offsets in it.
type selectorReader struct {
	s     string
	at    int
	depth int // of :not and :has
}

func parseSelector(s string) (*selector, error) {
	if len(s) > maxSelector {
		return nil, wrong("the selector has more than %d bytes: write several fields of one name", maxSelector)
	}
	r := &selectorReader{s: s}
	sel := &selector{}
	for {
		p, err := r.path()
		if err != nil {
			return nil, err
		}
		sel.paths = append(sel.paths, p)
		if r.at == len(s) {
			return sel, nil
		}
		if s[r.at] != ',' {
			return nil, r.fault(r.at, "a selector does not go on like this")
		}
		r.at++
	}
}

// fault says what is wrong at a place of the selector.
func (r *selectorReader) fault(at int, format string, args ...any) error {
	place := "at its end"
	if at < len(r.s) {
		rest := []rune(r.s[at:])
		place = fmt.Sprintf("at character %d (%s)", utf8.RuneCountInString(r.s[:at])+1, string(rest[:min(len(rest), 20)]))
	}
	return wrong("in the selector %q, %s: %s", strings.TrimSpace(r.s), place, fmt.Sprintf(format, args...))
}

func (r *selectorReader) space() (any bool) {
	for r.at < len(r.s) && strings.IndexByte(" \t\n\r\f", r.s[r.at]) >= 0 {
		r.at++
		any = true
	}
	return any
}

// path reads compounds up to a comma, a closing parenthesis or the end.
func (r *selectorReader) path() (p selectorPath, err error) {
	combinator := byte(0)
	for {
		r.space()
		c, err := r.compound()
		if err != nil {
			return p, err
		}
		p.compounds, p.combinators = append(p.compounds, c), append(p.combinators, combinator)
		if len(p.compounds) > maxCompounds {
			return p, r.fault(r.at, "it has more than %d steps", maxCompounds)
		}
		combinator = 0
		if r.space() {
			combinator = ' '
		}
		if r.at == len(r.s) || r.s[r.at] == ',' || r.s[r.at] == ')' {
			return p, nil
		}
		if strings.IndexByte(">+~", r.s[r.at]) >= 0 {
			combinator = r.s[r.at]
			r.at++
		}
		if combinator == 0 {
			return p, r.fault(r.at, "a selector does not go on like this")
		}
	}
}

// compound reads what is said of one element.
func (r *selectorReader) compound() (c compound, err error) {
	start := r.at
	for r.at < len(r.s) && strings.IndexByte(" \t\n\r\f>+~,)", r.s[r.at]) < 0 {
		if c.cost > 0 && strings.IndexByte("#.[:", r.s[r.at]) < 0 {
			break
		}
		looks, err := r.simple()
		if err != nil {
			return c, err
		}
		c.looks = append(c.looks, looks...)
		c.cost++
	}
	if c.cost == 0 {
		return c, r.fault(r.at, "the name of an element or class is missing: write, for example, div or .price")
	}
	c.match, err = cascadia.Parse(r.s[start:r.at])
	if err != nil { // each part was right by itself
		return c, r.fault(start, "this is no selector: write, for example, div.price")
	}
	for _, l := range c.looks {
		c.cost += l.outer
	}
	return c, nil
}

// simple reads one of the things that are said of an element.
func (r *selectorReader) simple() (looks []lookaway, err error) {
	start := r.at
	switch r.s[r.at] {
	case '[':
		if err := r.brackets(); err != nil {
			return nil, err
		}
		return nil, r.check(start, "write an attribute as [name], [name=value] or [name*=\"part\"]")
	case ':':
		return r.pseudoClass()
	case '.', '#':
		r.at++
		r.word()
		return nil, r.check(start, "a name must follow, as in .price or #main")
	case '*':
		r.at++
		return nil, nil
	}
	if r.word(); r.at == start {
		return nil, r.fault(start, "here the name of an element or class is due, as in div or .price")
	}
	return nil, r.check(start, "write the name of an element, such as div")
}

// check has cascadia read what stands from start on.
func (r *selectorReader) check(start int, instead string) error {
	if _, err := cascadia.Parse(r.s[start:r.at]); err != nil {
		return r.fault(start, "%s", instead)
	}
	return nil
}

// word reads letters, digits and what a backslash or another script makes one.
func (r *selectorReader) word() {
	for r.at < len(r.s) {
		switch c := r.s[r.at]; {
		case c == '\\' && r.at+1 < len(r.s):
			r.escape()
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c >= 0x80:
			r.at++
		default:
			return
		}
	}
}

// escape reads a backslash and what it makes part of a name: up to six hexadecimal digits and one white space, or another character (CSS Syntax, "consume
// an escaped code point").
func (r *selectorReader) escape() {
	const hex = "0123456789abcdefABCDEF"
	start := r.at + 1
	for r.at++; r.at < len(r.s) && r.at-start < 6 && strings.IndexByte(hex, r.s[r.at]) >= 0; {
		r.at++
	}
	switch {
	case r.at == start:
		r.at++
	case r.at+1 < len(r.s) && r.s[r.at] == '\r' && r.s[r.at+1] == '\n':
		r.at += 2
	case r.at < len(r.s) && strings.IndexByte(" \t\n\r\f", r.s[r.at]) >= 0:
		r.at++
	}
}

// quoted reads a text in quotes.
func (r *selectorReader) quoted() error {
	start := r.at
	for r.at++; r.at < len(r.s); r.at++ {
		switch r.s[r.at] {
		case '\\':
			r.at++
		case r.s[start]:
			r.at++
			return nil
		}
	}
	return r.fault(start, "the closing quote is missing")
}

// brackets reads what stands between brackets.
func (r *selectorReader) brackets() error {
	start := r.at
	for r.at++; r.at < len(r.s); {
		last := r.s[r.at] == ']'
		if err := r.pass(); err != nil || last {
			return err
		}
	}
	return r.fault(start, "the closing ] is missing")
}

// parentheses reads what stands between them.
func (r *selectorReader) parentheses() error {
	start, depth := r.at, 0
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if err := r.pass(); err != nil || depth == 0 {
			return err
		}
	}
	return r.fault(start, "the closing ) is missing")
}

// pass goes past one character, with what it escapes, or past a whole string.
func (r *selectorReader) pass() error {
	switch r.s[r.at] {
	case '"', '\'':
		return r.quoted()
	case '\\':
		r.at = min(r.at+2, len(r.s))
	default:
		r.at++
	}
	return nil
}

// pseudoClass reads a pseudo-class, with what stands in its parentheses.
func (r *selectorReader) pseudoClass() (looks []lookaway, err error) {
	start := r.at
	if r.at++; strings.HasPrefix(r.s[r.at:], ":") {
		return nil, r.fault(start, "this can stand at the very end alone, as ::text or ::attr(NAME)")
	}
	r.word()
	name := strings.ToLower(r.s[start+1 : r.at])
	kind, known := pseudoClasses[name]
	if !known {
		return nil, r.fault(start, "this pseudo-class is not known: there are %s", strings.Join(names(), ", "))
	}
	if kind >= 0 {
		looks = append(looks, lookaway{what: kind})
	}
	if r.at == len(r.s) || r.s[r.at] != '(' {
		return looks, r.check(start, "something in parentheses is missing here, as in :nth-child(2) or :not(.old)")
	}
	if name != "not" && name != "has" && name != "haschild" {
		if err := r.parentheses(); err != nil {
			return nil, err
		}
		return looks, r.check(start, "what stands in the parentheses is not understood: write, for example, :nth-child(2n+1) or :contains(\"text\")")
	}
	if r.depth++; r.depth > 3 {
		return nil, r.fault(start, ":not and :has stand within one another more than three deep")
	}
	inner, err := r.inner(start, name)
	r.depth--
	if name == "not" { // looks from where it stands
		return append(looks, inner...), err
	}
	for _, l := range inner {
		looks = append(looks, lookaway{l.what, l.outer + 1})
	}
	return looks, err
}

// inner reads the selectors in the parentheses of :not and :has. They have one step: more would be tried in all ways.
func (r *selectorReader) inner(start int, name string) (looks []lookaway, err error) {
	r.at++
	for {
		p, err := r.path()
		if err != nil {
			return nil, err
		}
		if len(p.compounds) > 1 {
			return nil, r.fault(start, "in :%s stands what is said of one element, such as :%s(a.old), without steps", name, name)
		}
		looks = append(looks, p.compounds[0].looks...)
		if r.at == len(r.s) {
			return nil, r.fault(start, "the closing ) is missing")
		}
		r.at++
		if r.s[r.at-1] == ')' {
			return looks, r.check(start, "this is not understood: write, for example, :not(.old) or :has(img)")
		}
	}
}

// names are the pseudo-classes that there are.
func names() []string {
	var all []string
	for name := range pseudoClasses {
		all = append(all, ":"+name)
	}
	slices.Sort(all)
	return all
}
