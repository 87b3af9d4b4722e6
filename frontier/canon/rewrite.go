package canon

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rewrite is what a user may ask of URLs beyond the canonical form, so that fewer of them lead to the same page. Each
// changes what is asked of the server, and only who knows the site can tell that it does not mind: the zero value, which
// changes nothing, is the default. Scheme, host and port are never touched.
type Rewrite struct {
	// StripQuery drops the query. It is an error together with SortQuery; DropParams then serves path parameters only.
	StripQuery bool
	// SortQuery sorts the parameters of the query by name. Those of one name keep their order, because it has a meaning
	// to most servers (the first or the last wins, or all make a list), and so their values are not sorted.
	SortQuery bool
	// DropParams are the names of parameters to drop, such as "gclid", "utm_*" or "jsessionid". A "*" stands for any run
	// of characters, also an empty one. ASCII letters match in either case: PHPSESSID and phpsessid name the same
	// thing in every list of such names, and no site is known that tells two of its parameters apart by case only.
	//
	// A name is compared decoded: percent-escapes are, and "+" is a space. What counts is the query, split at "&" and
	// nowhere else (";" is data), and the path parameters of each segment (/a;jsessionid=1/b;x=2), split at ";", in
	// which "+" is itself.
	DropParams []string
}

// Rewriter applies a Rewrite. The nil Rewriter changes nothing. It may be used from many goroutines.
type Rewriter struct {
	strip, sort bool
	names       map[string]bool // without "*", in lower case
	patterns    []string
}

// Bounds on DropParams: matching takes time in proportion to the patterns.
const (
	// MaxDropParams is the greatest number of DropParams that hold a "*". Of others there may be any number.
	MaxDropParams = 100
	// MaxDropParam is the greatest length of one of DropParams in octets.
	MaxDropParam = 200
)

// NewRewriter checks r and makes it ready. It returns nil, which changes nothing, for the zero value. The errors say
// which name is wrong, and how.
func NewRewriter(r Rewrite) (*Rewriter, error) {
	if r.StripQuery && r.SortQuery {
		return nil, errors.New("the query cannot be both stripped and sorted: choose one")
	}
	w := &Rewriter{strip: r.StripQuery, sort: r.SortQuery, names: make(map[string]bool)}
	for _, name := range r.DropParams {
		switch lower := lowerASCII(name); {
		case name == "":
			return nil, errors.New("the name of a parameter to drop is empty")
		case strings.Trim(name, "*") == "":
			return nil, fmt.Errorf("parameters to drop: %q is every parameter: strip the query instead", name)
		case len(name) > MaxDropParam:
			return nil, fmt.Errorf("parameters to drop: %.20q... has more than %d octets", name, MaxDropParam)
		case strings.ContainsAny(name, "&=?#") || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' }):
			return nil, fmt.Errorf("parameters to drop: %q is no name: give it as it is read, without value and separators", name)
		case strings.Contains(name, "*"):
			w.patterns = append(w.patterns, lower)
		default:
			w.names[lower] = true
		}
	}
	if len(w.patterns) > MaxDropParams {
		return nil, fmt.Errorf("parameters to drop: %d names have a *, at most %d may", len(w.patterns), MaxDropParams)
	}
	if !w.strip && !w.sort && !w.drops() {
		return nil, nil
	}
	return w, nil
}

func (w *Rewriter) drops() bool { return len(w.names)+len(w.patterns) > 0 }

// Apply is u rewritten: canonical again, and the same when it is rewritten again. What is kept is kept octet for octet.
//
// Empty pieces of a query (a=1&&b=2) go where it is sorted, and where a parameter of it is dropped; else they stay. A
// query that loses all that it has loses its "?"; one that had nothing keeps it, but for StripQuery.
func (w *Rewriter) Apply(u URL) URL {
	if w == nil || u.s == "" {
		return u
	}
	if w.drops() && strings.IndexByte(u.Path(), ';') >= 0 {
		u = u.withPath(pathWithout(u.Path(), func(name, _ string) bool { return w.dropped(name) }))
	}
	if int(u.pathEnd) == len(u.s) {
		return u
	}
	if w.strip {
		u.s = u.s[:u.pathEnd]
		return u
	}
	query, changed := w.query(u.Query())
	if !changed {
		return u
	}
	if query != "" {
		query = "?" + query
	}
	u.s = u.s[:u.pathEnd] + query
	return u
}

// withPath is u with another canonical path, no longer than its own.
func (u URL) withPath(path string) URL {
	if path == u.Path() {
		return u
	}
	u.s, u.pathEnd = u.s[:u.path]+path+u.s[u.pathEnd:], u.path+uint16(len(path))
	return u
}

// param is a piece of a query: its name, decoded, all of it, and the how many-th it was.
type param struct {
	name, text string
	at         int
}

// query is q rewritten, and whether that is another.
func (w *Rewriter) query(q string) (rewritten string, changed bool) {
	if q == "" {
		return q, false
	}
	kept := make([]param, 0, 1+strings.Count(q, "&"))
	dropped, size := false, 0
	for piece := range strings.SplitSeq(q, "&") {
		if piece == "" {
			dropped = dropped || w.sort
			continue
		}
		name := paramName(piece)
		if w.dropped(name) {
			dropped = true
			continue
		}
		kept = append(kept, param{name, piece, len(kept)})
		size += len(piece) + 1
	}
	order := func(a, b param) int { return cmp.Or(strings.Compare(a.name, b.name), a.at-b.at) }
	sorted := !w.sort || slices.IsSortedFunc(kept, order)
	if !dropped && sorted {
		return q, false
	}
	if !sorted {
		slices.SortFunc(kept, order)
	}
	var b strings.Builder
	b.Grow(size)
	for i, p := range kept {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.text)
	}
	return b.String(), true
}

// paramName is the name of a piece of a query, decoded.
func paramName(piece string) string {
	name, _, _ := strings.Cut(piece, "=")
	if strings.IndexByte(name, '+') >= 0 {
		name = strings.ReplaceAll(name, "+", " ")
	}
	return unescape(name)
}

// pathWithout is a canonical path without the path parameters that drop says, by their decoded name and by their value
// as it stands.
func pathWithout(path string, drop func(name, value string) bool) string {
	out := make([]byte, 0, len(path))
	for segment := range strings.SplitSeq(path[1:], "/") {
		out = append(out, '/')
		begin := len(out)
		first, params, more := strings.Cut(segment, ";")
		out = append(out, first...)
		for more {
			var piece string
			piece, params, more = strings.Cut(params, ";")
			name, value, _ := strings.Cut(piece, "=")
			if piece == "" || !drop(unescape(name), value) {
				out = append(append(out, ';'), piece...)
			}
		}
		if dots(string(out[begin:])) > 0 { // what is left would not name a segment, but move to another
			out = append(out[:begin], segment...)
		}
	}
	return string(out)
}

// dropped reports whether a decoded name is among those to drop.
func (w *Rewriter) dropped(name string) bool {
	if !w.drops() {
		return false
	}
	name = lowerASCII(name)
	if w.names[name] {
		return true
	}
	for _, p := range w.patterns {
		if matchStar(p, name) {
			return true
		}
	}
	return false
}

// matchStar reports whether s matches a pattern in which "*" is any run of octets: each piece between stars is looked
// for where the one before it ends, which suffices for all but the last.
func matchStar(pattern, s string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	s, ok := strings.CutPrefix(s, first)
	for ok && star {
		var piece string
		if piece, rest, star = strings.Cut(rest, "*"); !star {
			return strings.HasSuffix(s, piece)
		}
		if _, s, ok = strings.Cut(s, piece); !ok {
			return false
		}
	}
	return ok && s == ""
}

// lowerASCII lowers the letters of ASCII and leaves all else as it is.
func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}
