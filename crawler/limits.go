package crawler

import (
	"amble/frontier"
)

// Limits bounds what a site can make of itself. URLs beyond a limit look like some of endlessly many: they are held back, each
// with a record of class [page.Trap] that says which limit it was. In every field 0 means the default, which no honest site is known to
// meet, and None (or any negative number) no limit. Seeds are never held back.
//
// The first five follow from a URL alone, or from the way to it, so that a crawl stays exact. The others count: where one of them
// binds, it depends on the order of discovery which URLs are held back, as with MaxPages.
type Limits struct {
	URLLength     int // bytes of a URL
	PathDepth     int // segments of a path
	PathRepeats   int // times that a run of segments may stand in a path in a row, as in /a/b/a/b/a/b
	YearsAhead    int // years from now to the date that a calendar's URL names
	RedirectChain int // redirects in a row, those that count as clicks included

	HostPages   int // URLs of one origin (scheme, host and port)
	PathQueries int // URLs that differ in nothing but the query
	QueryOrders int // URLs that differ in nothing but the order of the query's parameters
	SessionIDs  int // URLs that differ in nothing but a session id
	DomainHosts int // hosts of one registrable domain
}

// DefaultLimits are the limits that the zero Limits stands for.
var DefaultLimits = Limits{
	URLLength: 8 << 10, PathDepth: 100, PathRepeats: 3, YearsAhead: 50, RedirectChain: 100,
	HostPages: 10_000_000, PathQueries: 1_000_000, QueryOrders: 10, SessionIDs: 10, DomainHosts: 100_000,
}

// fields are the limits in the order of the struct.
func (l *Limits) fields() []*int {
	return []*int{
		&l.URLLength, &l.PathDepth, &l.PathRepeats, &l.YearsAhead, &l.RedirectChain,
		&l.HostPages, &l.PathQueries, &l.QueryOrders, &l.SessionIDs, &l.DomainHosts,
	}
}

// withDefaults puts the defaults in the place of zeros, and zeros in that of None.
func (l Limits) withDefaults() Limits {
	defaults := DefaultLimits
	for i, f := range defaults.fields() {
		v := l.fields()[i]
		orDefault(v, *f)
		*v = max(*v, 0)
	}
	return l
}

// frontier are the limits that the schedule keeps.
func (l *Limits) frontier() frontier.Limits {
	return frontier.Limits{
		URLLength: l.URLLength, PathDepth: l.PathDepth, PathRepeats: l.PathRepeats, YearsAhead: l.YearsAhead,
		HostPages: l.HostPages, PathQueries: l.PathQueries, QueryOrders: l.QueryOrders, SessionIDs: l.SessionIDs, DomainHosts: l.DomainHosts,
	}
}
