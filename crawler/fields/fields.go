// Package fields takes out of HTML pages what a user has named: prices, headings, authors, and what pages say of themselves in JSON-LD,
// microdata and OpenGraph.
//
// One field lives like this. The user writes it as NAME=SOURCE ([Parse]) or, with the pages that it is for, in a rules file ([ReadFile]).
// [Compile] checks all rules together, before anything is fetched. For each page an [Extractor] says whether it wants anything of it at all; if
// it does, the page is read into a tree (extract.ReadTree), and [Extractor.Extract] hands over the values by name, in document order.
// Nothing of the tree is kept alive by them.
//
// A source is one of
//
//	css:SELECTOR              the text of each element that the selector matches; also css:SELECTOR::text
//	css:SELECTOR@NAME         their attribute of that name; also css:SELECTOR::attr(NAME)
//	meta:NAME                 the content of each meta element of that name or property
//	og:NAME                   the same as meta:og:NAME
//	jsonld:PATH               what the page's JSON-LD says, by type and properties, as in jsonld:Product.offers.price
//	microdata:PATH            likewise, of its microdata
//
// Selectors are those of CSS as cascadia has them (level 3, with :has, :contains and :matches). Attributes that hold a URL, such as href and
// src, become absolute. Texts have their white space collapsed and are free of controls, as all texts of a page's record; values that are empty count
// as none. What templates hold is no part of the page.
//
// Pages are hostile: a tree is bounded before it grows (extract.MaxNodes), selectors are matched in time proportional to their length and the
// page's, and what might take longer is not tried. Whatever was left out for it is told in the field [Note]. The rules are the user's own.
package fields

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// The bounds on what is kept of a page. A value that is longer is cut at a rune boundary; values and names beyond are left out.
const (
	// MaxValue is the greatest length of a value, in bytes.
	MaxValue = 64 << 10
	// MaxValues is how many values a field has, and MaxNames how many fields structured data can make of a page.
	MaxValues, MaxNames = 10_000, 500
	// MaxTotal is the greatest length of all values of a page together with their names, in bytes.
	MaxTotal = 512 << 10
	// MaxName is the greatest length of a name, in bytes.
	MaxName = 200
	// MaxRules is how many rules there may be.
	MaxRules = 1000
)

// Note is the name of the field that says what was left out of a page's fields, and why. No rule can have it.
const Note = "@note"

// Rule is a field, where its values come from, and the pages that it is for.
type Rule struct {
	// Name is the field's: letters, digits, _ and -, at most MaxName bytes, none of the digits first. Rules may share a name: the values of
	// the first come first.
	Name string `json:"name"`
	// From is the source, as the package comment has it.
	From string `json:"from"`
	// Match, if not empty, is a regular expression (package regexp): a value becomes what its first group, or else all of it, matches, and is
	// left out where nothing does.
	Match string `json:"match,omitempty"`
	// First keeps the first value alone, and none if a rule before this one has given the field a value.
	First bool `json:"first,omitempty"`
	// Include, if not empty, are regular expressions of which one must match in the page's URL; with one of Exclude it must be none.
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude,omitempty"`
}

// ErrRule is the error of a rule that is wrong; what says so is one line for a person.
var ErrRule = errors.New("wrong field")

type ruleError struct{ text string }

func (e *ruleError) Error() string        { return e.text }
func (e *ruleError) Is(target error) bool { return target == ErrRule }

func wrong(format string, args ...any) error { return &ruleError{fmt.Sprintf(format, args...)} }

const example = "write, for example, price=css:.price"

// Parse reads NAME=SOURCE and checks it. The error is ErrRule.
func Parse(s string) (Rule, error) {
	name, from, ok := strings.Cut(s, "=")
	if !ok || strings.ContainsAny(name, ":[") { // the sign is one of a selector
		return Rule{}, wrong("%q: a name and = are missing before the source: %s", s, example)
	}
	r := Rule{Name: strings.TrimSpace(name), From: strings.TrimSpace(from)}
	if _, err := compile(r); err != nil {
		return Rule{}, wrong("%q: %v", s, err)
	}
	return r, nil
}

var validName = lazily(`^[\pL_][\pL\pN_-]*$`)

// compiled is a rule that can be run.
type compiled struct {
	Rule
	source           source
	match            *regexp.Regexp
	include, exclude []*regexp.Regexp
}

func compile(r Rule) (c compiled, err error) {
	c.Rule = r
	if !validName().MatchString(r.Name) {
		return c, wrong("%q is no name of a field: it has letters, digits, _ and -, and begins with a letter: %s", r.Name, example)
	}
	if len(r.Name) > MaxName {
		return c, wrong("the name %.20q... has more than %d bytes: choose a shorter one", r.Name, MaxName)
	}
	if c.source, err = parseSource(r.From); err != nil {
		return c, err
	}
	if r.Match != "" {
		if c.match, err = expression("match", r.Match); err != nil {
			return c, err
		}
	}
	if c.include, err = expressions("include", r.Include); err != nil {
		return c, err
	}
	c.exclude, err = expressions("exclude", r.Exclude)
	return c, err
}

func expressions(key string, all []string) (res []*regexp.Regexp, err error) {
	for _, s := range all {
		re, err := expression(key, s)
		if err != nil {
			return nil, err
		}
		res = append(res, re)
	}
	return res, nil
}

// expression reads a regular expression.
func expression(key, s string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(s)
	if e := (*syntax.Error)(nil); errors.As(err, &e) {
		return nil, wrong("%s: %q is no regular expression: %s at %q: write, for example, '/products/[0-9]+'", key, s, e.Code, e.Expr)
	} else if err != nil {
		return nil, wrong("%s: %q is no regular expression: write, for example, '/products/[0-9]+'", key, s)
	}
	return re, nil
}

// covers reports whether the rule is for the page at a URL.
func (c *compiled) covers(url string) bool {
	return (len(c.include) == 0 || matchesAny(c.include, url)) && !matchesAny(c.exclude, url)
}

func matchesAny(all []*regexp.Regexp, s string) bool {
	for _, re := range all {
		if re.MatchString(s) {
			return true
		}
	}
	return false
}
