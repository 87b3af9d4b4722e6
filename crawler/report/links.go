package report

import (
	"database/sql"
	"encoding/json"
	"hash/maphash"
	"strings"

	"amble/crawler/page"
	"amble/frontier/canon"
)

// linkScan is what reading the links of all pages yields.
type linkScan struct {
	seed    maphash.Seed
	at      map[uint64]uint32 // place in targets, by the fingerprint of the URL
	targets []target

	all        int64 // links
	nofollow   int64
	toRedirect int64
	domains    map[string]*linkedDomain
	uncounted  int64 // links to domains for which there was no room
}

// target is a URL of which it is told how many link to it: it redirects, or is listed in a sitemap.
type target struct {
	links uint32 // from other pages
	moved bool   // and its redirect was followed
}

// domainsMost is of how many domains the links are counted.
const domainsMost = 200_000

type linkedDomain struct {
	name         string
	links, pages int64
	last         int64 // number of the page that was read last
	example      string
}

func (l *linkScan) key(url string) uint64 { return maphash.String(l.seed, url) }

// of is what is known of a URL; nil if it is of no interest.
func (l *linkScan) of(url string) *target {
	if i, ok := l.at[l.key(url)]; ok {
		return &l.targets[i]
	}
	return nil
}

func (l *linkScan) add(url string) *target {
	k := l.key(url)
	i, ok := l.at[k]
	if !ok {
		i = uint32(len(l.targets))
		l.at[k] = i
		l.targets = append(l.targets, target{})
	}
	return &l.targets[i]
}

// failed is the condition for pages that failed, as opposed to those that were not asked for.
const failed = "error_class IS NOT NULL AND error_class NOT IN ('robots', 'private', 'trap')"

func (r *report) readLinks() error {
	l := &r.links
	l.seed, l.at, l.domains = maphash.MakeSeed(), make(map[uint64]uint32), make(map[string]*linkedDomain)
	err := r.each("SELECT url, error_class IS NULL FROM pages WHERE redirect IS NOT NULL", func(rows *sql.Rows) error {
		var url string
		var moved bool
		err := rows.Scan(&url, &moved)
		l.add(url).moved = moved
		return err
	})
	if err != nil {
		return err
	}
	if err := r.each("SELECT url FROM sitemap_urls", func(rows *sql.Rows) error {
		var url string
		err := rows.Scan(&url)
		l.add(url)
		return err
	}); err != nil {
		return err
	}
	names := make(map[string]string)
	return r.each("SELECT id, url, links FROM pages WHERE links IS NOT NULL", func(rows *sql.Rows) error {
		var id int64
		var url string
		var js []byte
		if err := rows.Scan(&id, &url, (*sql.RawBytes)(&js)); err != nil {
			return err
		}
		var links []page.Link
		if err := json.Unmarshal(js, &links); err != nil {
			return err
		}
		for i := range links {
			l.count(id, url, &links[i], names)
		}
		return nil
	})
}

// count takes in one link. names remembers the domains of hosts.
func (l *linkScan) count(id int64, from string, link *page.Link, names map[string]string) {
	l.all++
	if hasWord(link.Rel, "nofollow") {
		l.nofollow++
	}
	if t := l.of(link.URL); t != nil && link.URL != from {
		t.links++
		if t.moved {
			l.toRedirect++
		}
	}
	host := hostOf(link.URL)
	name, ok := names[host]
	if !ok {
		if len(names) > 10_000 {
			clear(names)
		}
		name = canon.Domain(host)
		names[host] = name
	}
	d := l.domains[name]
	if d == nil {
		if len(l.domains) >= domainsMost {
			l.uncounted++
			return
		}
		d = &linkedDomain{name: name, example: link.URL}
		l.domains[name] = d
	}
	d.links++
	if d.last != id {
		d.pages, d.last = d.pages+1, id
	}
	if link.URL < d.example {
		d.example = link.URL
	}
}

func hasWord(list, word string) bool {
	if !strings.Contains(list, word) {
		return false
	}
	for _, w := range strings.Fields(list) {
		if w == word {
			return true
		}
	}
	return false
}

// hostOf is the host of a canonical URL.
func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if strings.HasPrefix(rest, "[") {
		host, _, _ := strings.Cut(rest, "]")
		return host + "]"
	}
	host, _, _ := strings.Cut(rest, ":")
	return host
}
