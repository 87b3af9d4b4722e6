package frontier

import (
	"time"

	"amble/frontier/canon"
)

// maxSitemapHops is how deep indexes of sitemaps may nest, redirects included. The protocol allows one level; some sites have two.
const maxSitemapHops = 5

// maxSitemaps is how many of one origin are fetched: as many as one index may list (sitemaps.org).
const maxSitemaps = 50_000

// addSitemap puts a sitemap into the schedule, once. One that the robots.txt of its own origin names, or an index there that was
// named so, is invited: it is fetched whatever the rules say. Nobody can invite to another's house.
func (l *loop) addSitemap(u canon.URL, invited bool, hops int8, now time.Time) {
	k := l.f.cfg.Seed.Key(u)
	if _, ok := l.sitemaps[k]; ok || l.limited != "" || hops > maxSitemapHops {
		return
	}
	it := l.item(u, k, sitemapLevel, false)
	if it.o.sitemaps++; it.o.sitemaps > maxSitemaps || it.o.surplus {
		return
	}
	l.sitemaps[k] = struct{}{}
	it.kind, it.invited, it.hops = Sitemap, invited, hops
	l.pending++
	l.route(it, now)
}

// sitemap takes in what a sitemap listed, which the worker has admitted already.
func (l *loop) sitemap(t *Task, o Outcome, now time.Time) {
	for _, u := range o.Sitemaps {
		l.addSitemap(u, t.it.invited && u.Origin() == t.it.o.name, t.it.hops+1, now)
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
