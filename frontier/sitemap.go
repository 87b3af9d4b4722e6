package frontier

import (
	"time"

	"amble/frontier/canon"
)

// maxSitemapHops is how deep indexes of sitemaps may nest, redirects included. The protocol allows one level; some sites have two.
const maxSitemapHops = 5

// maxSitemaps is how many of one origin are fetched: as many as one index may list (sitemaps.org). So many may one robots.txt lead to, too.
const maxSitemaps = 50_000

// maxSitemapOrigins is how many origins besides its own one robots.txt may lead to by sitemaps, and by the indexes there. An index may
// list hosts without end, each with an index that does, and every one would be asked for its robots.txt before the pages' turn comes.
const maxSitemapOrigins = 1000

// sitemapRoot is where sitemaps come from, by whatever indexes: a robots.txt, or one that the user named.
type sitemapRoot struct {
	origin   string
	sitemaps int
	others   map[string]struct{} // origins besides its own
}

// allows counts one more sitemap, unless it is one too many, or lies at one origin too many.
func (r *sitemapRoot) allows(u canon.URL) bool {
	if r.sitemaps >= maxSitemaps {
		return false
	}
	if at := u.Origin(); at != r.origin {
		if _, ok := r.others[at]; !ok {
			if len(r.others) >= maxSitemapOrigins {
				return false
			}
			if r.others == nil {
				r.others = make(map[string]struct{})
			}
			r.others[at] = struct{}{}
		}
	}
	r.sitemaps++
	return true
}

// rootOf is where the sitemaps come from that the robots.txt of g names. One that was read for the sake of a sitemap alone names them on
// the account of whoever named that: or else each host could name a thousand more.
func rootOf(g *origin) *sitemapRoot {
	if g.urls == 0 && g.mapped != nil {
		return g.mapped
	}
	return &sitemapRoot{origin: g.name}
}

// addSitemap puts a sitemap into the schedule, once. One that the robots.txt of its own origin names, or an index there that was
// named so, is invited: it is fetched whatever the rules say. Nobody can invite to another's house.
func (l *loop) addSitemap(u canon.URL, from *sitemapRoot, invited bool, hops int8, now time.Time) {
	k := l.f.cfg.Seed.Key(u)
	if _, ok := l.sitemaps[k]; ok || l.limited != "" || hops > maxSitemapHops || !from.allows(u) {
		return
	}
	it := l.item(u, k, nil, sitemapLevel, false)
	if it.o.mapped == nil {
		it.o.mapped = from
	}
	if it.o.sitemaps++; it.o.sitemaps > maxSitemaps || it.o.surplus {
		return
	}
	l.sitemaps[k] = from
	it.kind, it.invited, it.hops = Sitemap, invited, hops
	l.pending++
	l.route(it, now)
}

// sitemap takes in what a sitemap listed, which the worker has admitted already.
func (l *loop) sitemap(t *Task, o Outcome, now time.Time) {
	from := l.sitemaps[t.it.key]
	if from == nil && len(o.Sitemaps) > 0 {
		from = &sitemapRoot{origin: t.it.o.name}
	}
	for _, u := range o.Sitemaps {
		l.addSitemap(u, from, t.it.invited && u.Origin() == t.it.o.name, t.it.hops+1, now)
	}
	if l.f.cfg.Extend == nil || t.Kind == Relist {
		return
	}
	switch {
	case len(l.roots) > 0:
		l.listed = append(l.listed, earlyList{t.Listed, t.scopeGen})
	case t.scopeGen < l.f.scopeGen.Load():
		l.relist(t.Listed, true)
	}
}

// relist admits what sitemaps listed once more (nil: all that any did), because the scope has grown or for another reason.
func (l *loop) relist(urls []canon.URL, grown bool) {
	if grown {
		l.growth.replays++
	}
	l.internal(item{kind: Relist, listed: &urls, grown: grown})
}
