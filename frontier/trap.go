package frontier

import (
	"fmt"
	"strings"

	"amble/frontier/canon"
	"amble/politeness"
)

// Limits bounds what a site can make of itself: URLs beyond them look like some of endlessly many, and are held back. In every
// field 0 means no limit. The first four follow from a URL alone, or from the page that led to it, and keep a crawl exact. The
// others count, so where they bind it depends on the order of discovery which URLs are held back. Seeds are never held back.
type Limits struct {
	URLLength   int // bytes of a URL
	PathDepth   int // segments of a path
	PathRepeats int // times that a run of segments may stand in a path in a row, as in /a/b/a/b/a/b
	YearsAhead  int // years from now to the date that a calendar's URL names

	HostPages   int // URLs of one origin
	PathQueries int // URLs that differ in nothing but the query
	QueryOrders int // URLs that differ in nothing but the order of the query's parameters
	SessionIDs  int // URLs that differ in nothing but a session id
	DomainHosts int // origins of one registrable domain
}

// trap is the limit by which a URL was held back; the zero value is none.
type trap uint8

const (
	trapURLLength trap = iota + 1
	trapPathDepth
	trapPathRepeats
	trapYearsAhead
	trapHostPages
	trapPathQueries
	trapQueryOrders
	trapSessionIDs
	trapDomainHosts
)

// text says what the limit t is, for a person.
func (l *Limits) text(t trap) string {
	switch t {
	case trapURLLength:
		return fmt.Sprintf("the URL is longer than %d bytes (--max-url-length)", l.URLLength)
	case trapPathDepth:
		return fmt.Sprintf("the path has more than %d segments (--max-path-depth)", l.PathDepth)
	case trapPathRepeats:
		return fmt.Sprintf("the path repeats itself more than %d times in a row (--max-path-repeats)", l.PathRepeats)
	case trapYearsAhead:
		return fmt.Sprintf("the URL names a date more than %d years ahead (--max-years-ahead)", l.YearsAhead)
	case trapHostPages:
		return fmt.Sprintf("the host has more than %d URLs (--max-host-pages)", l.HostPages)
	case trapPathQueries:
		return fmt.Sprintf("more than %d URLs differ in the query alone (--max-path-queries)", l.PathQueries)
	case trapQueryOrders:
		return fmt.Sprintf("more than %d URLs differ in the order of the query's parameters alone (--max-query-orders)", l.QueryOrders)
	case trapSessionIDs:
		return fmt.Sprintf("more than %d URLs differ in a session id alone (--max-session-ids)", l.SessionIDs)
	case trapDomainHosts:
		return fmt.Sprintf("the domain has more than %d hosts (--max-domain-hosts)", l.DomainHosts)
	}
	return ""
}

// shape is what the limits need to know of a URL. Workers work it out, so that the loop only has to count.
type shape struct {
	trap                 trap   // what the URL alone shows
	path, order, session uint64 // what it is counted under; 0 for nothing
}

// shapeOf looks at a URL.
func (c *Config) shapeOf(u canon.URL) (s shape) {
	l := &c.Limits
	over := func(n, limit int) bool { return limit > 0 && n > limit }
	switch {
	case over(len(u.String()), l.URLLength):
		s.trap = trapURLLength
	case over(u.Segments(), l.PathDepth):
		s.trap = trapPathDepth
	case over(u.Repeats(), l.PathRepeats):
		s.trap = trapPathRepeats
	case l.YearsAhead > 0 && c.Year > 0:
		if year, ok := u.Year(); ok && year > c.Year+l.YearsAhead {
			s.trap = trapYearsAhead
		}
	}
	if s.trap != 0 {
		return s
	}
	if l.SessionIDs > 0 {
		if free, ok := u.SessionFree(); ok {
			s.session = c.Seed.Key(free)[0]
		}
	}
	if u.Query() == "" {
		return s
	}
	if l.PathQueries > 0 {
		s.path = c.Seed.Key(u.WithoutQuery())[0]
	}
	if l.QueryOrders > 0 {
		if k, ok := c.Seed.Unordered(u); ok {
			s.order = k[0]
		}
	}
	return s
}

// census counts URLs under what the limits are about. It belongs to the loop.
type census struct {
	limits               *Limits
	hosts                map[string]int     // origins by registrable domain
	crowds               map[string]*origin // by registrable domain: what stands for all origins that are too many
	path, order, session map[uint64]int32
}

func newCensus(l *Limits) census {
	return census{
		limits: l, hosts: make(map[string]int), crowds: make(map[string]*origin),
		path: make(map[uint64]int32), order: make(map[uint64]int32), session: make(map[uint64]int32),
	}
}

// host counts an origin that was never met before, and reports whether it is one too many.
func (c *census) host(u canon.URL) bool {
	if c.limits.DomainHosts == 0 {
		return false
	}
	d := u.Domain()
	switch n := c.hosts[d]; n {
	case c.limits.DomainHosts:
		return true
	case 0:
		c.hosts[strings.Clone(d)] = 1 // d would keep the URL in memory
	default:
		c.hosts[d] = n + 1
	}
	return false
}

// crowd stands for all the origins of a domain that are too many. Nothing waits in its schedule: what lies there is held back.
func (c *census) crowd(name string) *origin {
	o := c.crowds[name]
	if o == nil {
		name = strings.Clone(name)
		o = &origin{name: name, d: newDomain(name, politeness.Pace{}), surplus: true}
		c.crowds[name] = o
	}
	return o
}

// judge counts a URL that was never met before, and tells by which limit it is held back. What is held back does not count.
func (c *census) judge(s shape, o *origin) trap {
	l := c.limits
	switch {
	case s.trap != 0:
		return s.trap
	case o.surplus:
		return trapDomainHosts
	case l.HostPages > 0 && o.urls >= l.HostPages:
		return trapHostPages
	case s.session != 0 && int(c.session[s.session]) >= l.SessionIDs:
		return trapSessionIDs
	case s.order != 0 && int(c.order[s.order]) >= l.QueryOrders:
		return trapQueryOrders
	case s.path != 0 && int(c.path[s.path]) >= l.PathQueries:
		return trapPathQueries
	}
	c.count(s, o)
	return 0
}

func (c *census) count(s shape, o *origin) {
	o.urls++
	for _, n := range []struct {
		in  map[uint64]int32
		key uint64
	}{{c.session, s.session}, {c.order, s.order}, {c.path, s.path}} {
		if n.key != 0 {
			n.in[n.key]++
		}
	}
}
