package report

import (
	_ "embed"
	"html/template"
	"sync"
	"time"

	"amble/crawler/report/look"
)

//go:embed report.html
var bodyText string

var body = sync.OnceValue(func() *template.Template { return look.New("report", bodyText) })

// summary makes the figures at the top, of what the other parts found.
func (r *report) summary() error {
	var pages, ok, moved, held, bytes, depth, hosts, waiting int64
	var first, last string
	var median float64
	err := r.one(`SELECT count(*), coalesce(sum(error_class IS NULL AND redirect IS NULL), 0), coalesce(sum(error_class IS NULL AND redirect IS NOT NULL), 0),
  coalesce(sum(error_class IN ('robots', 'private', 'trap')), 0), coalesce(sum(iif(not_modified, 0, bytes)), 0), coalesce(max(depth), 0), count(DISTINCT domain), min(fetched_at), max(fetched_at) FROM pages`,
		&pages, &ok, &moved, &held, &bytes, &depth, &hosts, null{&first}, null{&last})
	if err != nil {
		return err
	}
	if err := r.one("SELECT count(*) FROM pending", &waiting); err != nil {
		return err
	}
	if err := r.one(`SELECT duration_ms FROM pages WHERE duration_ms IS NOT NULL AND status IS NOT NULL ORDER BY duration_ms
LIMIT 1 OFFSET (SELECT count(*) / 2 FROM pages WHERE duration_ms IS NOT NULL AND status IS NOT NULL)`, &median); err != nil {
		return err
	}
	tile := func(v, name, note string) { r.Tiles = append(r.Tiles, look.Tile{Value: v, Name: name, Note: note}) }
	tile(look.Count(pages), "URLs on record", "")
	tile(look.Count(ok), "pages that were read", "")
	tile(look.Count(r.links.all), "links", "")
	tile(look.Bytes(bytes), "received", "after decompression")
	tile(look.Duration(time.Duration(median*float64(time.Millisecond))), "median response time", "")
	tile(look.Count(depth), "clicks to the deepest page", "")
	tile(look.Count(hosts), "domains crawled", "")
	if d := span(first, last); d > 0 {
		tile(look.Duration(d), "from the first to the last request", "")
	}
	if waiting > 0 {
		tile(look.Count(waiting), "URLs not fetched yet", "amble resume goes on with them")
	}
	find := func(n int64, name, note, kind, to string) {
		if n == 0 {
			kind = look.Good
		}
		r.Findings = append(r.Findings, look.Tile{Value: look.Count(n), Name: name, Note: note, Kind: kind, To: to})
	}
	find(r.dead.targets, "broken URLs", counted(r.dead.links, "link to them", "links to them"), look.Bad, "broken")
	if r.checked.fragments {
		find(r.missing.targets, "places that are not there", counted(r.missing.links, "link to them", "links to them"), look.Bad, "broken")
	}
	find(moved, "redirects", counted(r.links.toRedirect, "link to them", "links to them"), look.Warn, "redirects")
	count := func(table string) int64 {
		for _, p := range r.Parts {
			for _, t := range p.Tables {
				if t.ID == table {
					return t.Count()
				}
			}
		}
		return 0
	}
	find(count("no-title"), "pages without a title", "", look.Warn, "titles")
	find(count("same-title"), "titles used more than once", "", look.Warn, "titles")
	find(count("no-description"), "pages without a description", "", look.Warn, "titles")
	if count("field-list") > 0 {
		find(r.unmet, "fields that no page has", "of those asked for", look.Warn, "fields")
	}
	find(count("same-content"), "groups of identical pages", "", look.Warn, "duplicates")
	find(count("orphan-list"), "URLs in sitemaps without a link", "", look.Warn, "sitemaps")
	find(held, "URLs not asked for", "robots.txt, traps, private networks", look.Warn, "directives")
	return nil
}

// span is the time between two times of the crawl file.
func span(first, last string) time.Duration {
	a, err1 := time.Parse(time.RFC3339, first)
	b, err2 := time.Parse(time.RFC3339, last)
	if err1 != nil || err2 != nil {
		return 0
	}
	return b.Sub(a)
}
