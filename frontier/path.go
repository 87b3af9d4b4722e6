package frontier

import "strings"

// Path is the best way known to a URL: the least number of clicks; among equals, the least number of redirects in a row
// at the end; among equals, the least referrer in byte order of canonical URLs. The order is total and every step makes a
// path greater, so the shortest paths form a tree that does not depend on when anything was met.
type Path struct {
	Depth     int    // clicks from a seed; a redirect is no click
	Redirects int    // redirects in a row that lead here; 0 if a link or a seed does
	Referrer  string // canonical URL of the page that links or redirects here; "" for a seed
}

// clicked is the path to the target of a link on the page at from, to which p leads.
func (p Path) clicked(from string) Path { return Path{Depth: p.Depth + 1, Referrer: from} }

// redirected is the path to where the page at from, to which p leads, redirects. So many redirects in a row are free;
// the next one counts as a click. To end the chain there instead would not be exact: a longer path to the same page
// that ends in fewer redirects might lead on, and which of the two is met first is a matter of timing.
func (p Path) redirected(from string, free int) Path {
	if p.Redirects >= free {
		return p.clicked(from)
	}
	return Path{Depth: p.Depth, Redirects: p.Redirects + 1, Referrer: from}
}

// step is the path without its referrer: what the paths of the children depend on.
type step struct{ depth, redirects int }

func (p Path) step() step { return step{p.Depth, p.Redirects} }

func (s step) less(t step) bool {
	return s.depth < t.depth || s.depth == t.depth && s.redirects < t.redirects
}

func (p Path) less(q Path) bool {
	if p.step() != q.step() {
		return p.step().less(q.step())
	}
	return strings.Compare(p.Referrer, q.Referrer) < 0
}
