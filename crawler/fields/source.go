package fields

import (
	"regexp"
	"strings"
	"sync"
)

// source is where the values of a rule come from: one of its parts is set.
type source struct {
	selector   *selector
	attr       string // of the elements that the selector matches; empty for their text
	meta       string // a name, in lower case
	structured string // the name of a field of structured data
}

var (
	attrFunction = lazily(`(?i)::attr\(\s*([^()]*?)\s*\)$`)
	pseudo       = lazily(`::([a-zA-Z-]*(?:\([^()]*\))?)$`)
	attrName     = lazily(`^[A-Za-z_:][A-Za-z0-9_:.-]*$`)
)

// lazily is a regular expression that is compiled when it is first used: most crawls want no field.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

const kinds = "css:, meta:, og:, jsonld: or microdata:"

func parseSource(s string) (source, error) {
	kind, rest, ok := strings.Cut(s, ":")
	rest = strings.TrimSpace(rest)
	switch {
	case s == "":
		return source{}, wrong("the source is missing: it begins with %s; %s", kinds, example)
	case !ok || strings.ContainsAny(kind, " .#[>"):
		return source{}, wrong("%q does not say what it is: for a selector, write css:%s", s, s)
	case rest == "":
		return source{}, wrong("nothing follows %q: %s", s, example)
	}
	switch kind {
	case "css":
		return parseCSS(rest)
	case "meta":
		return source{meta: strings.ToLower(rest)}, nil
	case "og":
		return source{meta: "og:" + strings.ToLower(rest)}, nil
	case "jsonld", "microdata":
		if strings.ContainsAny(rest, " \t$[]*/") || strings.HasPrefix(rest, ".") || strings.HasSuffix(rest, ".") {
			return source{}, wrong("%q is no path: names stand between dots, the type first, as in %s:Product.offers.price", rest, kind)
		}
		return source{structured: kind + ":" + rest}, nil
	}
	return source{}, wrong("%q is not known: a source begins with %s; %s", kind+":", kinds, example)
}

func parseCSS(s string) (src source, err error) {
	sel, name, attr := s, "", false
	if m := attrFunction().FindStringSubmatchIndex(s); m != nil {
		sel, name, attr = s[:m[0]], s[m[2]:m[3]], true
	} else if i := lastAt(s); i >= 0 {
		sel, name, attr = s[:i], strings.TrimSpace(s[i+1:]), true
	} else if m := pseudo().FindStringSubmatchIndex(s); m != nil {
		if name := s[m[2]:m[3]]; !strings.EqualFold(name, "text") {
			return src, wrong("::%s is not known: use ::text or ::attr(NAME), as in css:.price::text", name)
		}
		sel = s[:m[0]]
	}
	if attr && !attrName().MatchString(name) {
		return src, wrong("%q is no name of an attribute: write, for example, css:img.hero@src", name)
	}
	if src.attr = strings.ToLower(name); strings.TrimSpace(sel) == "" {
		return src, wrong("no selector stands before %s: %s", s, example)
	}
	src.selector, err = parseSelector(sel)
	return src, err
}

// lastAt is where the last @ stands that is not within brackets, parentheses or quotes; -1 if there is none.
func lastAt(s string) int {
	at, depth, quote := -1, 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case c == '@' && depth <= 0:
			at = i
		}
	}
	return at
}

// holdsURL tells whether an attribute of an element holds a URL, by the HTML standard.
func holdsURL(element, attr string) bool {
	switch attr {
	case "href", "src", "action", "formaction", "poster", "cite", "background", "longdesc", "itemid", "xlink:href", "manifest":
		return true
	case "data":
		return element == "object"
	}
	return false
}
